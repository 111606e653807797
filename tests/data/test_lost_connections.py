"""A database server that was restarted costs nobody an error page for each connection that lay in the pool."""

from __future__ import annotations

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker


def test_connections_that_the_server_ended_while_idle_are_replaced(
    sessions: sessionmaker[Session], admin: psycopg.Connection
) -> None:
    several = [sessions() for _ in range(3)]
    for session in several:
        session.execute(text("SELECT 1"))
    for session in several:
        session.close()
    admin.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in several:
        with sessions() as session:
            assert session.scalar(text("SELECT 1")) == 1
