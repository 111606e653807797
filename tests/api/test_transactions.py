"""How a call ends its transactions."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.api.programs import Program
from tests.people import Company, Person


@pytest.fixture
def rollbacks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What psycopg rolls back while a transaction is open, as connections are told to."""
    seen: list[str] = []
    rollback = psycopg.Connection.rollback

    def noted(self: psycopg.Connection) -> None:
        if self.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            seen.append("ROLLBACK")
        rollback(self)

    monkeypatch.setattr(psycopg.Connection, "rollback", noted)
    return seen


def test_a_change_that_succeeds_rolls_nothing_back(
    program: Callable[[Person], Program], shop: Company, alice: Person, rollbacks: list[str]
) -> None:
    caller = program(alice)
    caller.submit()
    task = caller.get("/tasks").json["items"][0]["id"]
    rollbacks.clear()
    assert caller.post(f"/tasks/{task}/complete", {"data": {"approved": True}}).status_code == 200
    assert rollbacks == [], "psycopg forgets the connection's prepared statements at every rollback"
