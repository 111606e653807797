"""A database in which two companies have a row in every tenant table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from tests.data.rows import TENANT_TABLES, insert_row, past_every_wall, row_of, table_of
from tests.databases import TestDatabase

OURS, THEIRS = 1, 2


@pytest.fixture(scope="session")
def walled(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    """Two companies with one row each in every tenant table. Tests roll back what they do to it."""
    database = make_database("walled")
    with past_every_wall(database.superuser_url) as connection:
        for company_id in (OURS, THEIRS):
            insert_company = text("INSERT INTO companies (id, name) OVERRIDING SYSTEM VALUE VALUES (:id, :name)")
            connection.execute(insert_company, {"id": company_id, "name": f"Company {company_id}"})
            for name in TENANT_TABLES:
                insert_row(connection, table_of(name), row_of(table_of(name), company_id))
    return database
