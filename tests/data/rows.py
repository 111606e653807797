"""A row for any table, made from its columns: for tests that go through every table without knowing what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, Engine, NullPool, Table, create_engine, insert, text

from ticketflower.db import driver_url
from ticketflower.models import Base, Tenant

TENANT_MODELS: list[type[Tenant]] = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Tenant)),
    key=lambda model: model.__tablename__,
)
TENANT_TABLES = [model.__tablename__ for model in TENANT_MODELS]

_numbers = count(1)


def plain_engine(url: str) -> Engine:
    """Connections that no hook of the product has touched, each of them new."""
    return create_engine(driver_url(url), poolclass=NullPool)


@contextmanager
def past_every_wall(superuser_url: str) -> Iterator[Connection]:
    """A superuser's transaction in which foreign keys are not looked at."""
    engine = plain_engine(superuser_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection


def words_of(table: Table) -> dict[str, list[str]]:
    """The words that each column with a CHECK may hold, by column."""
    checks = (check for check in table.constraints if isinstance(check, CheckConstraint))
    listed = (re.fullmatch(r"(\w+) IN \((.*)\)", str(check.sqltext)) for check in checks)
    return {found[1]: re.findall(r"'([^']*)'", found[2]) for found in listed if found}


def row_of(table: Table, company_id: int, mark: str = "something") -> dict[str, Any]:
    """Values for every column but the number that the database gives; each text has the mark in it.

    Args:
        mark: in small letters, since addresses are.
    """
    words = words_of(table)
    given = [column for column in table.columns if column.identity is None]
    values = {column.name: _value(column, words.get(column.name), mark) for column in given}
    return values | {"company_id": company_id}


def _value(column: Column[Any], words: list[str] | None, mark: str) -> Any:
    number = next(_numbers)
    by_type: dict[type, Any] = {
        int: number,
        float: 1.5,
        bool: True,
        datetime: datetime(2026, 3, 2, tzinfo=UTC),
        list: [f"{mark} {number}"],
        object: {"said": f"{mark} {number}"},
        str: words[0] if words else f"{mark} {number}",
    }
    return by_type[column.type.python_type]


def insert_row(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """Inserts without asking for anything back, so that only INSERT is needed."""
    connection.execute(insert(table).values(values).inline())


def table_of(name: str) -> Table:
    """A table of the product by its name."""
    return Base.metadata.tables[name]
