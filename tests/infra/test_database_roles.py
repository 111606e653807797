"""The application works as a role that row-level security holds, or not at all."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine, create_engine

from ticketflower.database_roles import UnsafeRole, check_database_roles
from ticketflower.embedded import Server


def engine_of(url: str) -> Engine:
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))


@pytest.fixture(scope="module")
def roles(postgres: Server) -> tuple[Server, str, str]:
    url, admin_url = postgres.create_database("role_check")
    with psycopg.connect(admin_url) as connection:
        connection.execute("CREATE TABLE companies (id int)")
    return postgres, url, admin_url


def test_the_app_role_is_accepted(roles: tuple[Server, str, str]) -> None:
    check_database_roles(engine_of(roles[1]))


def test_the_owner_of_database_and_tables_is_refused_and_told_how_to_make_the_other(
    roles: tuple[Server, str, str],
) -> None:
    with pytest.raises(UnsafeRole) as refusal:
        check_database_roles(engine_of(roles[2]))
    message = str(refusal.value)
    assert "ticketflower_owner, which owns the database and owns tables" in message
    assert "CREATE ROLE ticketflower_app LOGIN" in message


def test_a_superuser_is_refused(roles: tuple[Server, str, str]) -> None:
    with pytest.raises(UnsafeRole, match="which is a superuser:"):
        check_database_roles(engine_of(roles[0].superuser_url))


@pytest.mark.parametrize(
    ("made_with", "fault"),
    [
        ("BYPASSRLS", "has BYPASSRLS"),
        ("IN ROLE ticketflower_owner", "owns the database and owns tables"),
        ("NOINHERIT IN ROLE ticketflower_owner", "owns the database and owns tables"),
        ("IN ROLE ticketflower_superuser", "may become a role that is superuser"),
    ],
)
def test_a_role_with_a_way_around_the_wall_is_refused(
    roles: tuple[Server, str, str], made_with: str, fault: str
) -> None:
    server, url, _ = roles
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE wrong LOGIN {made_with} PASSWORD 'x'")
        connection.execute("GRANT CONNECT ON DATABASE role_check TO wrong")
        try:
            address = url.replace(url.split("//")[1].split("@")[0], "wrong:x")
            with pytest.raises(UnsafeRole, match=fault):
                check_database_roles(engine_of(address))
        finally:
            connection.execute("REVOKE CONNECT ON DATABASE role_check FROM wrong")
            connection.execute("DROP ROLE wrong")
