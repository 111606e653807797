"""The second wall: PostgreSQL itself keeps companies apart (security.md, Walls between companies)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from tests.data.conftest import OURS, THEIRS
from tests.data.rows import TENANT_TABLES, insert_row, plain_engine, row_of, table_of
from tests.databases import TestDatabase
from ticketflower.database_roles import UnsafeRole, check_database_roles
from ticketflower.db import company_session, driver_url, enter_company, leave_company, make_sessions
from ticketflower.models import Base
from ticketflower.schema import NEVER_UPDATED
from ticketflower.serving.database import Database

#: How a transaction may come to no company, or to the wrong one.
SETTINGS = {
    "never made": None,
    "made empty": "",
    "made for another company": str(THEIRS),
    "made for no company": "999999",
}
#: The functions that may look over the wall, and the ids that each gives.
OVER_THE_WALL = {
    "find_user(wanted text)": ["company_id", "user_id"],
    "find_session(wanted text, at timestamp with time zone)": ["company_id", "user_id", "session_id"],
    "find_token(wanted text)": ["company_id", "user_id", "token_id"],
    "all_companies()": ["company_id"],
    "engine_inbox(at timestamp with time zone, tries integer, most integer)": ["company_id", "ticket_id"],
}


@contextmanager
def transaction(database: TestDatabase, setting: str | None) -> Iterator[Connection]:
    """A transaction of the app's role on a new connection, rolled back."""
    with plain_engine(database.url).connect() as connection:
        if setting is not None:
            connection.execute(text(f"SET LOCAL app.company_id = '{setting}'"))
        yield connection


def fetch(database: TestDatabase, query: str) -> list[tuple]:
    with psycopg.connect(database.superuser_url) as connection:
        return connection.execute(query).fetchall()


def test_every_table_with_a_company_is_known_to_the_tests_and_to_the_database(walled: TestDatabase) -> None:
    found = fetch(walled, "SELECT table_name FROM information_schema.columns WHERE column_name = 'company_id'")
    assert sorted(name for (name,) in found) == sorted(TENANT_TABLES)
    with_company = [name for name, table in Base.metadata.tables.items() if "company_id" in table.columns]
    assert sorted(with_company) == TENANT_TABLES


@pytest.mark.parametrize("name", [*TENANT_TABLES, "companies"])
def test_row_level_security_is_enabled_and_forced(walled: TestDatabase, name: str) -> None:
    enabled = fetch(
        walled, f"SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'public.{name}'::regclass"
    )
    assert enabled == [(True, True)]


def test_one_policy_holds_everybody_and_the_only_exception_lets_the_owner_read(walled: TestDatabase) -> None:
    """A second permissive policy for the app's role would be joined with OR and open the wall."""
    policies = fetch(
        walled,
        """
        SELECT c.relname, p.polname, p.polpermissive, p.polcmd, p.polroles::regrole[]::text[],
               pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        """,
    )
    setting = "(NULLIF(current_setting('app.company_id'::text, true), ''::text))::bigint"
    own = {name: f"({'id' if name == 'companies' else 'company_id'} = {setting})" for name in policies_wanted()}
    assert {p[0]: p[5:] for p in policies if p[1] == "own_company"} == {name: (own[name],) * 2 for name in own}
    assert {p[2:5] == (True, "*", ["-"]) for p in policies if p[1] == "own_company"} == {True}
    others = [p for p in policies if p[1] != "own_company"]
    assert {(p[1], p[3], *p[4]) for p in others} == {("looked_up", "r", "ticketflower_owner")}


def policies_wanted() -> list[str]:
    return [*TENANT_TABLES, "companies"]


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("name", TENANT_TABLES)
def test_without_the_right_company_nothing_is_read_or_written(
    walled: TestDatabase, name: str, setting: str | None
) -> None:
    with transaction(walled, setting) as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {name} WHERE company_id = {OURS}")) == 0
        assert connection.execute(text(f"DELETE FROM {name} WHERE company_id = {OURS}")).rowcount == 0
        if name not in NEVER_UPDATED:
            update = f"UPDATE {name} SET company_id = company_id WHERE company_id = {OURS}"
            assert connection.execute(text(update)).rowcount == 0
        with pytest.raises(ProgrammingError, match=f'row-level security policy for table "{name}"'):
            insert_row(connection, table_of(name), row_of(table_of(name), OURS))


@pytest.mark.parametrize("name", TENANT_TABLES)
def test_with_the_right_company_its_rows_are_there_and_no_others(walled: TestDatabase, name: str) -> None:
    with transaction(walled, str(OURS)) as connection:
        assert connection.scalars(text(f"SELECT company_id FROM {name}")).all() == [OURS]


@pytest.mark.parametrize("name", [name for name in TENANT_TABLES if name not in NEVER_UPDATED])
def test_a_row_cannot_be_given_to_another_company(walled: TestDatabase, name: str) -> None:
    with (
        transaction(walled, str(OURS)) as connection,
        pytest.raises(ProgrammingError, match="row-level security policy"),
    ):
        connection.execute(text(f"UPDATE {name} SET company_id = {THEIRS}"))


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_company_itself_is_seen_and_changed_by_itself_alone(walled: TestDatabase, setting: str | None) -> None:
    with transaction(walled, setting) as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM companies WHERE id = {OURS}")) == 0
        rename = connection.execute(text(f"UPDATE companies SET name = 'Mine' WHERE id = {OURS}"))
        assert rename.rowcount == 0


def test_a_setting_that_is_no_number_is_an_error_and_no_way_in(walled: TestDatabase) -> None:
    with transaction(walled, "1 OR true") as connection, pytest.raises(Exception, match="invalid input syntax"):
        connection.scalar(text("SELECT count(*) FROM users"))


@pytest.mark.parametrize("name", NEVER_UPDATED)
def test_what_is_written_once_cannot_be_updated_even_in_the_own_company(walled: TestDatabase, name: str) -> None:
    with transaction(walled, str(OURS)) as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"UPDATE {name} SET company_id = company_id"))


# --- the setting ends with the transaction


@pytest.fixture
def one_connection(walled: TestDatabase) -> Iterator[Engine]:
    """The product's engine, with a pool of one connection: whatever stays on it, the next one gets."""
    engine = create_engine(driver_url(walled.url), connect_args={"autocommit": True}, pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


USERS = text("SELECT company_id FROM users")


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_company_does_not_stay_on_a_pooled_connection(one_connection: Engine, end: str) -> None:
    sessions = make_sessions(one_connection)
    with company_session(sessions, OURS) as session:
        assert session.scalars(USERS).all() == [OURS]
        first = session.scalar(text("SELECT pg_backend_pid()"))
        getattr(session, end)()
    with sessions() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == first
        assert session.scalars(USERS).all() == []
        assert session.scalar(text("SELECT current_setting('app.company_id', true)")) == ""
    with company_session(sessions, THEIRS) as session:
        assert session.scalars(USERS).all() == [THEIRS]


def test_after_an_error_in_the_database_the_connection_has_no_company(one_connection: Engine) -> None:
    sessions = make_sessions(one_connection)
    with company_session(sessions, OURS) as session, pytest.raises(ProgrammingError):
        session.execute(text("SELECT nothing FROM nowhere"))
    with sessions() as session:
        assert session.scalars(USERS).all() == []


def test_each_transaction_of_a_session_enters_the_company_anew(one_connection: Engine) -> None:
    with company_session(make_sessions(one_connection), OURS) as session:
        for end in (session.commit, session.rollback, session.commit):
            assert session.scalars(USERS).all() == [OURS]
            end()
        leave_company(session)
        assert session.scalars(USERS).all() == []
        session.commit()
        enter_company(session, THEIRS)
        assert session.scalars(USERS).all() == [THEIRS]


def test_a_savepoint_keeps_the_company(one_connection: Engine) -> None:
    with company_session(make_sessions(one_connection), OURS) as session:
        with session.begin_nested():
            assert session.scalars(USERS).all() == [OURS]
        assert session.scalars(USERS).all() == [OURS]


# --- the app's role


def test_the_app_role_is_neither_owner_nor_superuser_nor_beyond_the_wall(walled: TestDatabase) -> None:
    app = make_url(walled.url).username
    powers = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
    [flags] = fetch(walled, f"SELECT {powers} FROM pg_roles WHERE rolname = '{app}'")
    assert not any(flags)
    owners = fetch(
        walled, "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    assert owners == [("ticketflower_owner",)]
    memberships = f"SELECT count(*) FROM pg_auth_members WHERE member = '{app}'::regrole"
    assert fetch(walled, memberships) == [(0,)]
    check_database_roles(plain_engine(walled.url))


@pytest.mark.parametrize("url", ["admin_url", "superuser_url"])
def test_start_up_refuses_a_role_that_the_wall_does_not_hold(walled: TestDatabase, url: str) -> None:
    with pytest.raises(UnsafeRole, match="could read every company's data"):
        check_database_roles(plain_engine(getattr(walled, url)))


def test_an_installation_whose_application_is_the_owner_does_not_start(walled: TestDatabase) -> None:
    with pytest.raises(UnsafeRole, match="ticketflower_owner"):
        Database(walled.admin_url, walled.admin_url).bring_up_to_date()


ESCAPES = {
    "TRUNCATE users": pg.InsufficientPrivilege,
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY": pg.InsufficientPrivilege,
    "ALTER TABLE users NO FORCE ROW LEVEL SECURITY": pg.InsufficientPrivilege,
    "DROP POLICY own_company ON users": pg.InsufficientPrivilege,
    "CREATE POLICY mine ON users USING (true)": pg.InsufficientPrivilege,
    "CREATE TABLE public.copy (id int)": pg.InsufficientPrivilege,
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'": pg.InsufficientPrivilege,
    "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()": (
        pg.InsufficientPrivilege
    ),
    "SET ROLE ticketflower_owner": pg.InsufficientPrivilege,
    "SET SESSION AUTHORIZATION ticketflower_owner": pg.InsufficientPrivilege,
    "SET session_replication_role = replica": pg.InsufficientPrivilege,
    "COPY users TO PROGRAM 'cat'": pg.InsufficientPrivilege,
    "UPDATE alembic_version SET version_num = '0'": pg.InsufficientPrivilege,
    "SET LOCAL row_security = off; SELECT * FROM users": pg.InsufficientPrivilege,
}


@pytest.mark.parametrize("statement", ESCAPES)
def test_the_app_role_cannot_take_the_wall_down(walled: TestDatabase, statement: str) -> None:
    with psycopg.connect(walled.url) as connection, pytest.raises(ESCAPES[statement]):
        connection.execute(statement)


@pytest.mark.parametrize("name", TENANT_TABLES)
def test_no_table_can_be_emptied_at_once(walled: TestDatabase, name: str) -> None:
    """TRUNCATE asks no policy."""
    with psycopg.connect(walled.url) as connection, pytest.raises(pg.InsufficientPrivilege):
        connection.execute(f"TRUNCATE {name}")


# --- the functions


def functions(database: TestDatabase, condition: str) -> list[tuple]:
    return fetch(
        database,
        f"""
        SELECT p.oid::regproc || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS signature,
               p.proowner::regrole::text, p.proconfig, p.prorettype::regtype::text, p.proretset,
               (SELECT array_agg(name ORDER BY place) FROM unnest(p.proargnames, p.proargmodes, p.proallargtypes)
                  WITH ORDINALITY AS given(name, mode, type, place) WHERE mode = 't'),
               (SELECT array_agg(DISTINCT type::regtype::text) FROM unnest(p.proargmodes, p.proallargtypes)
                  AS given(mode, type) WHERE mode = 't'),
               p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)
          FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND {condition} ORDER BY 1
        """,
    )


def test_the_functions_that_look_over_the_wall_are_these_and_return_ids_only(walled: TestDatabase) -> None:
    found = functions(walled, "p.prosecdef")
    assert {row[0]: row[5] for row in found} == OVER_THE_WALL
    assert {row[3] for row in found} <= {"record", "bigint"}
    assert {tuple(row[6]) if row[6] else (row[3],) for row in found} == {("bigint",)}


def test_they_belong_to_the_tables_owner_who_is_no_superuser(walled: TestDatabase) -> None:
    assert {row[1] for row in functions(walled, "true")} == {"ticketflower_owner"}
    assert fetch(walled, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'ticketflower_owner'") == [
        (False,)
    ]


def test_every_function_has_a_search_path_that_nobody_can_slip_a_table_into(walled: TestDatabase) -> None:
    paths = {row[0]: row[2] for row in functions(walled, "true")}
    assert paths
    assert set(map(tuple, paths.values())) == {("search_path=pg_catalog, public, pg_temp",)}


def test_no_function_may_be_called_by_everybody(walled: TestDatabase) -> None:
    assert [row[0] for row in functions(walled, "true") if row[7]] == []


def test_a_role_of_somebody_else_can_neither_read_nor_call(walled: TestDatabase) -> None:
    with psycopg.connect(walled.superuser_url) as connection:
        connection.execute("CREATE ROLE stranger; GRANT USAGE ON SCHEMA public TO stranger; SET LOCAL ROLE stranger")
        for statement in ("SELECT * FROM all_companies()", "SELECT * FROM find_user('x')", "SELECT * FROM users"):
            with pytest.raises(pg.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
        connection.rollback()


def test_the_owner_sees_no_row_but_through_the_functions_and_what_they_look_up(walled: TestDatabase) -> None:
    """The policies are forced: a migration that reads tenants' data by accident finds none."""
    looked_up = {row[0] for row in fetch(walled, "SELECT polrelid::regclass::text FROM pg_policy WHERE polcmd = 'r'")}
    with psycopg.connect(walled.admin_url) as connection:
        for name in TENANT_TABLES:
            seen = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            assert seen == (2 if name in looked_up else 0,), name
