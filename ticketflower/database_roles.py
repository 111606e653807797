"""The wall between companies rests on the role that the application connects as; here it is checked.

A role that owns the tables, is a superuser or has BYPASSRLS is not held back by row-level security (a forced policy
holds the owner, but the owner may take it away). So start-up refuses it (architecture.md, Data).
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

HOW_TO_MAKE_THE_ROLES = """\
Make the two roles once, as a superuser of your server (psql):

  CREATE ROLE ticketflower_owner LOGIN PASSWORD '...';
  CREATE ROLE ticketflower_app LOGIN PASSWORD '...';
  CREATE DATABASE ticketflower OWNER ticketflower_owner TEMPLATE template0 ENCODING 'UTF8';

then set DATABASE_ADMIN_URL to the first role and DATABASE_URL to the second. The migrations grant the rest."""

ROLE = text(
    """
    SELECT r.rolname AS name, r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses,
           pg_has_role(d.datdba, 'MEMBER') AS owns_database,
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'public' AND pg_has_role(c.relowner, 'MEMBER')) AS owns_tables,
           EXISTS (SELECT 1 FROM pg_roles o
                    WHERE (o.rolsuper OR o.rolbypassrls) AND o.oid <> r.oid
                      AND pg_has_role(o.oid, 'MEMBER')) AS may_become_one
      FROM pg_roles r, pg_database d
     WHERE r.rolname = session_user AND d.datname = current_database()
    """
)


class UnsafeRole(Exception):
    """The application connects as a role that the wall between companies does not hold."""


def check_database_roles(engine: Engine) -> None:
    """Refuse to work as a role that row-level security does not hold.

    Args:
        engine: of ``DATABASE_URL``, the application's own role.

    Errors: UnsafeRole, which says what is wrong with the role and how to make the right one.
    """
    with engine.connect() as connection:
        name, faults = faults_of(connection)
    if faults:
        raise UnsafeRole(
            f"DATABASE_URL connects as {name}, which {' and '.join(faults)}: it could read every company's data. "
            f"{HOW_TO_MAKE_THE_ROLES}"
        )


def faults_of(connection: Connection) -> tuple[str, list[str]]:
    """The name of the connection's role, and each reason why row-level security does not hold it."""
    role = connection.execute(ROLE).one()
    reasons = {
        "is a superuser": role.is_superuser,
        "has BYPASSRLS": role.bypasses,
        "may become a role that is superuser or has BYPASSRLS": role.may_become_one,
        "owns the database": role.owns_database,
        "owns tables": role.owns_tables,
    }
    # A superuser is a member of every role: naming that once is enough.
    faults = [reason for reason, holds in reasons.items() if holds]
    return role.name, faults[:1] if role.is_superuser else faults
