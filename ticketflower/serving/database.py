"""The database of this installation: the one that DATABASE_URL names, or the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from config import Config
from ticketflower import embedded, schema
from ticketflower.database_roles import check_database_roles
from ticketflower.db import make_engine


class NotMigrated(Exception):
    """The database lacks migrations and nobody here may run them."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the data is.

    Attributes:
        url: the address for the application's role.
        admin_url: the address for the owner's role, None when this process may not have it.
        server: the embedded server, None when the database is somewhere else.
    """

    url: str
    admin_url: str | None
    server: embedded.Server | None = None

    def bring_up_to_date(self) -> None:
        """Run the migrations that are missing, and refuse a role that the wall between companies does not hold.

        Errors: NotMigrated when some are missing and there is no admin_url; UnsafeRole.
        """
        engine = make_engine(self.url)
        try:
            if not _is_at_head(engine):
                self._migrate()
            check_database_roles(engine)
        finally:
            engine.dispose()

    def _migrate(self) -> None:
        if self.admin_url is None:
            raise NotMigrated(
                "The database lacks migrations. Set DATABASE_ADMIN_URL to the role that owns the tables and start "
                "again, or run them where that role is known: flask --app app db upgrade"
            )
        schema.upgrade(self.admin_url, self.url)

    def close(self) -> None:
        """Stop using it; an embedded server stops with its last user."""
        if self.server is not None:
            self.server.stop()


def connect(config: Config) -> Database:
    """The database that the settings name; the embedded server is started when it doesn't run.

    Errors: EmbeddedServerError.
    """
    if config.DATABASE_URL is not None:
        return Database(config.DATABASE_URL, config.DATABASE_ADMIN_URL)
    server = embedded.start(config.INSTANCE_DIR)
    return Database(server.url, server.admin_url, server)


@contextmanager
def open_database(config: Config) -> Iterator[Database]:
    """As ``connect``, and closed at the end of the block."""
    database = connect(config)
    try:
        yield database
    finally:
        database.close()


def _is_at_head(engine: Engine) -> bool:
    with engine.connect() as connection:
        return schema.is_at_head(connection)
