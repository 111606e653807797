"""How many statements, commits and round trips a completion takes, and how many bytes a workflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Counts what psycopg does in this process: ``statements``, ``commits`` and ``round trips``."""
    seen: Counter[str] = Counter()
    execute, leave = psycopg.Cursor.execute, psycopg.Pipeline.__exit__

    def counting_execute(self: psycopg.Cursor[Any], *arguments: Any, **options: Any) -> Any:
        seen["statements"] += 1
        seen["commits"] += str(arguments[0]).startswith("COMMIT")
        seen["round trips"] += self.connection.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF
        return execute(self, *arguments, **options)

    def counting_leave(self: psycopg.Pipeline, *arguments: Any) -> Any:
        seen["round trips"] += 1
        return leave(self, *arguments)

    with (
        patch.object(psycopg.Cursor, "execute", counting_execute),
        patch.object(psycopg.Pipeline, "__exit__", counting_leave),
    ):
        yield seen


def size(superuser_url: str, schema: str) -> int:
    """Bytes of all tables of a schema with their indexes."""
    query = """
    SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %s AND c.relkind = 'r'
    """
    with psycopg.connect(superuser_url) as conn:
        row = conn.execute(query, (schema,)).fetchone()
    assert row is not None
    return int(row[0])


def growth(superuser_url: str, schema: str, work: Callable[[], None]) -> int:
    """Bytes that a piece of work adds to a schema."""
    before = size(superuser_url, schema)
    work()
    return size(superuser_url, schema) - before
