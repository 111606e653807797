"""The schema: what the migrations make is what the models say, and what the product is asked to keep."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from tests.data.asked_for import ASKED_FOR, TYPES
from tests.data.rows import TENANT_TABLES
from tests.databases import TestDatabase
from ticketflower import embedded, schema
from ticketflower.db import driver_url
from ticketflower.models import Base

PLATFORM_TABLES = {"companies", "superusers", "sign_in_attempts", "alembic_version"}
#: Looked up before the company is known, so unique over all companies (architecture.md, Data).
OVER_ALL_COMPANIES = {("users", "email"), ("user_sessions", "token_hash"), ("api_tokens", "token_hash")}


@pytest.fixture(scope="module")
def from_models(postgres: embedded.Server) -> str:
    """A database made from the models, without any migration."""
    _, admin_url = postgres.create_database("from_models")
    engine = create_engine(driver_url(admin_url))
    Base.metadata.create_all(engine)
    engine.dispose()
    return admin_url


@pytest.fixture(scope="module")
def migrated(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    return make_database("schema")


def fetch(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


# --- migrations and models

#: What PostgreSQL itself says of a schema, each thing with its definition.
CATALOG = {
    "columns": """
        SELECT c.relname || '.' || a.attname,
               format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
               || CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY ' || a.attidentity::text END
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT conrelid::regclass || ': ' || conname, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": """
        SELECT indrelid::regclass || ': ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
          FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace""",
    "sequences": """
        SELECT sequencename::text, data_type::text || ' by ' || increment_by
          FROM pg_sequences WHERE schemaname = 'public'""",
}


@pytest.mark.parametrize("kind", CATALOG)
def test_migrations_make_exactly_what_the_models_say(migrated: TestDatabase, from_models: str, kind: str) -> None:
    """Checks, predicates of partial indexes, defaults and names included, none of which Alembic compares."""
    by_migrations = {k: v for k, v in fetch(migrated.admin_url, CATALOG[kind]) if "alembic_version" not in k}
    by_models = dict(fetch(from_models, CATALOG[kind]))
    assert by_models
    assert by_migrations == by_models


def test_alembic_finds_nothing_to_migrate(migrated: TestDatabase) -> None:
    engine = create_engine(driver_url(migrated.admin_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        assert schema.is_at_head(connection)
    engine.dispose()


def test_a_second_upgrade_changes_nothing(postgres: embedded.Server) -> None:
    url, admin_url = postgres.create_database("twice")
    schema.upgrade(admin_url, url)
    catalog = [fetch(admin_url, query) for query in CATALOG.values()]
    schema.upgrade(admin_url, url)
    assert [fetch(admin_url, query) for query in CATALOG.values()] == catalog


def test_what_a_later_migration_adds_is_the_apps_to_use(migrated: TestDatabase) -> None:
    """The grants are given after each upgrade, to tables, sequences and functions alike."""
    app = "ticketflower_app"
    for name in TENANT_TABLES:
        rights = "SELECT array_agg(has_table_privilege(%s, %s, p)) FROM unnest(%s::text[]) p"
        with psycopg.connect(migrated.admin_url) as connection:
            [held] = connection.execute(rights, (app, name, ["SELECT", "INSERT", "DELETE"])).fetchone() or ()
            [updates] = connection.execute(rights, (app, name, ["UPDATE"])).fetchone() or ()
        assert held == [True, True, True], name
        assert updates == [name not in schema.NEVER_UPDATED], name


# --- what is asked for


@pytest.mark.parametrize("row", ASKED_FOR)
def test_a_column_that_is_asked_for_is_there_with_a_fitting_type(migrated: TestDatabase, row: str) -> None:
    column, kind = ASKED_FOR[row]
    table, name = column.split(".")
    found = fetch(
        migrated.admin_url,
        f"""
        SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
         WHERE attrelid = 'public.{table}'::regclass AND attname = '{name}' AND NOT attisdropped
        """,
    )
    assert found == [TYPES[kind]], f"{row}: {column}"


def test_all_rows_of_the_list_are_looked_at() -> None:
    assert set(ASKED_FOR) == {f"I{n}" for n in range(1, 17)} - {"I11", "I12"} | {
        "I11.user_id",
        "I11.role",
        "I12.user_id",
        "I12.role",
    } | {f"J{n}" for n in range(1, 106)}


@pytest.mark.parametrize(
    ("table", "definition"),
    [
        ("users", "UNIQUE (email)"),  # I6
        ("user_system_roles", "PRIMARY KEY (company_id, user_id, role)"),  # I11
        ("user_company_roles", "PRIMARY KEY (company_id, user_id, role)"),  # I12
        ("company_roles", "UNIQUE (company_id, role_name)"),  # I17
        ("workflow_definitions", "UNIQUE (company_id, key, version)"),
        ("task_definitions", "UNIQUE (company_id, workflow_id, key)"),
        ("ticket_definitions", "UNIQUE (company_id, workflow_id, key)"),
        ("workflow_completion", "UNIQUE (company_id, workflow_id, key)"),
        ("workflow_instances", "UNIQUE (company_id, ticket_id)"),
        ("workflow_data", "UNIQUE (company_id, workflow_id, iteration)"),
        (
            "task_instances",
            "UNIQUE (company_id, workflow_instance_id, task_definition_id, made_at_iteration, item)",
        ),
        ("user_loads", "PRIMARY KEY (company_id, user_id)"),
        ("idempotency_keys", "PRIMARY KEY (company_id, user_id, key, method, path)"),
        ("file_uploads", "UNIQUE (company_id, ext_key)"),
    ],
)
def test_what_must_be_unique_is(migrated: TestDatabase, table: str, definition: str) -> None:
    query = f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'public.{table}'::regclass"
    assert (definition,) in fetch(migrated.admin_url, query)


@pytest.mark.parametrize(
    ("table", "key", "predicate"),
    [
        ("workflow_definitions", "company_id, key", "status = 'ACTIVE'"),
        ("workflow_definitions", "company_id, key", "status = 'DRAFT'"),
        ("ticket_errors", "company_id, ticket_id, cause", "error_status <> 'RESOLVED'"),
    ],
)
def test_what_must_be_unique_while_it_stands_is(migrated: TestDatabase, table: str, key: str, predicate: str) -> None:
    found = [
        definition.replace("::text", "")
        for (definition,) in fetch(migrated.admin_url, f"SELECT indexdef FROM pg_indexes WHERE tablename = '{table}'")
    ]
    assert any("UNIQUE" in each and each.endswith(f"({key}) WHERE ({predicate})") for each in found), found


def test_defaults_are_those_that_were_asked_for(migrated: TestDatabase) -> None:
    defaults = dict(fetch(migrated.admin_url, CATALOG["columns"]))
    assert "DEFAULT 'DRAFT'" in defaults["workflow_definitions.status"]  # J7
    assert "DEFAULT 1" in defaults["workflow_definitions.version"]  # J8


def test_statuses_are_text_and_checked(migrated: TestDatabase) -> None:
    """A native enum gets no index under row-level security (datapath.md, Traps)."""
    assert fetch(migrated.admin_url, "SELECT typname FROM pg_type WHERE typtype = 'e'") == []
    query = "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint WHERE contype = 'c'"
    checks = {name for (name,) in fetch(migrated.admin_url, query)}
    for column in (
        "workflow_definitions.status",
        "workflow_instances.status",
        "ticket_instances.status",
        "task_instances.status",
        "task_definitions.task_type",
        "workflow_completion.completion_status",
        "ticket_errors.error_type",
        "ticket_errors.error_status",
        "user_system_roles.role",
    ):
        table, name = column.split(".")
        assert f"{table} ck_{table}_{name}" in checks


# --- every table, every index, every reference has the company


@pytest.mark.parametrize("name", TENANT_TABLES)
def test_the_company_is_never_null_and_comes_first_in_the_primary_key(migrated: TestDatabase, name: str) -> None:
    columns = dict(fetch(migrated.admin_url, CATALOG["columns"]))
    assert columns[f"{name}.company_id"] == "bigint NOT NULL"
    query = f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid='{name}'::regclass AND contype = 'p'"
    [(key,)] = fetch(migrated.admin_url, query)
    assert key.startswith("PRIMARY KEY (company_id, "), key


def test_every_index_begins_with_the_company(migrated: TestDatabase) -> None:
    """So that a table can be sharded by company; what is looked up before the company is known is the exception."""
    found = fetch(
        migrated.admin_url,
        """
        SELECT i.indrelid::regclass::text, a.attname::text
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE c.relnamespace = 'public'::regnamespace
        """,
    )
    others = {(table, column) for table, column in found if column != "company_id" and table not in PLATFORM_TABLES}
    assert others == OVER_ALL_COMPANIES


def test_every_reference_between_tenants_tables_carries_the_company(migrated: TestDatabase) -> None:
    """Foreign keys ignore row-level security: without it a row could refer to another company's."""
    query = """
        SELECT conrelid::regclass::text, confrelid::regclass::text, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    """
    references = fetch(migrated.admin_url, query)
    assert len(references) > len(TENANT_TABLES)
    for table, target, definition in references:
        if target == "companies":
            assert definition == "FOREIGN KEY (company_id) REFERENCES companies(id)", (table, definition)
        else:
            pattern = rf"FOREIGN KEY \(company_id, \w+\) REFERENCES {target}\(company_id, id\)( ON DELETE CASCADE)?"
            assert re.fullmatch(pattern, definition), (table, definition)


def test_every_tenant_row_belongs_to_a_company_that_exists(migrated: TestDatabase) -> None:
    """Directly, or through the row that it refers to."""
    query = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    targets: dict[str, set[str]] = {}
    for table, target in fetch(migrated.admin_url, query):
        targets.setdefault(table, set()).add(target)
    anchored = {"companies"}
    while more := {table for table in targets if table not in anchored and targets[table] & anchored}:
        anchored |= more
    assert set(TENANT_TABLES) <= anchored


def test_references_are_checked(walled: TestDatabase) -> None:
    """One example of what the composite keys are for: a role of another company's can't be given to somebody."""
    with psycopg.connect(walled.superuser_url) as connection:
        [theirs] = connection.execute("SELECT id FROM company_roles WHERE company_id = 2").fetchone() or ()
        [ours] = connection.execute("SELECT id FROM users WHERE company_id = 1").fetchone() or ()
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(
                "INSERT INTO user_company_roles (company_id, user_id, role) VALUES (1, %s, %s)", (ours, theirs)
            )
