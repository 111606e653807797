"""Databases for tests: one is migrated, the others are copies of it; emptying one takes a few milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from ticketflower import embedded, schema
from ticketflower.embedded.cluster import grant
from ticketflower.models import Base

TEMPLATE = "migrated"


@dataclass(frozen=True)
class TestDatabase:
    """A migrated database of the throw-away server.

    Attributes:
        url: for the app's role.
        admin_url: for the role that owns the tables.
        superuser_url: for looking past every wall.
    """

    __test__ = False

    url: str
    admin_url: str
    superuser_url: str

    @classmethod
    def copy(cls, server: embedded.Server, template: str, name: str) -> TestDatabase:
        """Makes the database ``name`` from ``template``."""
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            owner = make_url(server.admin_url).username or ""
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    *map(sql.Identifier, (name, owner, template))
                )
            )
        return cls.of(server, name)

    @classmethod
    def of(cls, server: embedded.Server, name: str) -> TestDatabase:
        """The database ``name``, with the right to enter it (which a copy doesn't have)."""
        superuser_url = make_url(server.superuser_url).set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(superuser_url) as connection:
            grant(connection, name)
        return cls(server.url_of(name), server.admin_url_of(name), superuser_url)

    def empty(self) -> None:
        """Deletes every row. Replica mode leaves foreign keys out: the tables refer to each other in rings."""
        tables = [table.name for table in Base.metadata.tables.values()]
        deletes = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables)
        with psycopg.connect(self.superuser_url) as connection:
            connection.execute(sql.SQL("SET LOCAL session_replication_role = replica; {}").format(deletes))


def make_template(server: embedded.Server) -> str:
    """Makes the database that the others are copied from; returns its name.

    Each table counts from another thousand, so that a number taken for one of another table finds nothing.
    """
    url, admin_url = server.create_database(TEMPLATE)
    schema.upgrade(admin_url, url)
    numbered = [table.name for table in Base.metadata.sorted_tables if "id" in table.columns]
    with psycopg.connect(admin_url) as connection:
        for place, name in enumerate(numbered, start=1):
            connection.execute(
                sql.SQL("ALTER TABLE {} ALTER COLUMN id RESTART WITH {}").format(
                    sql.Identifier(name), sql.Literal(place * 1000 + 1)
                )
            )
    return TEMPLATE
