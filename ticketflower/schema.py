"""The database's schema as a whole: bring it up to date, tell whether it is, let the app's role use it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

#: Rows that are written once and never changed: the app's role may not even try.
NEVER_UPDATED = ("workflow_data", "ticket_log", "activity_log")


def _alembic() -> AlembicConfig:
    config = AlembicConfig(MIGRATIONS / "alembic.ini")
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def upgrade(admin_url: str, app_url: str) -> None:
    """Runs all migrations that the database lacks and grants the app's role what it needs.

    Args:
        admin_url: a URL of the role that owns the tables (DATABASE_ADMIN_URL).
        app_url: the app's own URL (DATABASE_URL); only its role is used.
    """
    config = _alembic()
    config.attributes["admin_url"] = admin_url
    config.attributes["app_role"] = make_url(app_url).username or ""
    command.upgrade(config, "head")


def newest_revision() -> str | None:
    """The revision that the code expects."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def is_at_head(connection: Connection) -> bool:
    """Whether the database has every migration of this code."""
    return MigrationContext.configure(connection).get_current_revision() == newest_revision()


def grant_to_app(connection: Connection, role: str) -> None:
    """Lets the app's role read and write every table, and nothing that is never updated be updated."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {quoted}",
        *(f"REVOKE UPDATE ON {table} FROM {quoted}" for table in NEVER_UPDATED),
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
    ):
        connection.execute(text(statement))
