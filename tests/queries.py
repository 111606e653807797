"""Counting the SQL statements that something costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def count_queries(engine: Engine | None = None) -> Iterator[list[str]]:
    """Collects the statements that SQLAlchemy sends in the block: ``with count_queries() as queries``.

    BEGIN and COMMIT aren't among them, nor what goes straight to psycopg (the engine's data path has its own count).

    Args:
        engine: whose statements; every engine's when None.
    """
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    target: Any = engine if engine is not None else Engine
    event.listen(target, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(target, "before_cursor_execute", note)
