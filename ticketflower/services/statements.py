"""Statements that a caller adds to the commit of a change: the row of an idempotency key (api.md)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ticketflower.db import driver_of
from ticketflower.engine.writing import Statement


def run_statements(session: Session, also: Sequence[Statement], made: int) -> None:
    """Runs them in the open transaction, with the number of the thing that was made as ``%(made)s``."""
    conn = driver_of(session)
    for statement, params in also:
        conn.execute(statement, {**params, "made": made})
