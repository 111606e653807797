"""A company with a running workflow, and clients with tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.api.programs import Program
from tests.api.workflows import store
from tests.people import Company, Person


@pytest.fixture
def program(app: Flask) -> Callable[[Person], Program]:
    """Makes a program that calls the API with somebody's token: ``program(alice).get("/tickets")``."""
    return lambda person: Program(app, person.token())


@pytest.fixture
def stranger(app: Flask) -> Program:
    """A program without a token."""
    return Program(app, None)


@pytest.fixture
def shop(acme: Company) -> Company:
    """Acme with purchase-approval, house-rules and content-review active, and people with one role each.

    Dora works, Uma submits, Tom administers tickets, Wim writes workflows, Ada administers the company, Zoe has none.
    """
    for name, role in (
        ("Dora", "task_worker"),
        ("Uma", "user"),
        ("Tom", "ticket_admin"),
        ("Wim", "workflow_creator"),
        ("Ada", "admin"),
    ):
        acme.add(f"{name.lower()}@acme.example", name, "Acme", [role])
    acme.add("zoe@acme.example", "Zoe", "Acme", [])
    for name in ("purchase-approval", "house-rules", "content-review"):
        store(acme, name)
    return acme
