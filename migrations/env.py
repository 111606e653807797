"""Runs the migrations as the role that owns the tables (DATABASE_ADMIN_URL), then lets the app's role use them.

``config.attributes`` may carry ``admin_url`` and ``app_role`` (ticketflower.schema does that); otherwise both come from
the Flask application, so that ``flask db upgrade`` works too.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, make_url

from ticketflower.models import Base
from ticketflower.schema import grant_to_app


def settings() -> tuple[str, str]:
    attributes = context.config.attributes
    if "admin_url" in attributes:
        return attributes["admin_url"], attributes["app_role"]
    from flask import current_app

    app_url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    return current_app.config["DATABASE_ADMIN_URL"], app_url.username or ""


def run(connection: Connection, app_role: str) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if app_role:
            grant_to_app(connection, app_role)


admin_url, app_role = settings()
engine = create_engine(make_url(admin_url).set(drivername="postgresql+psycopg"))
with engine.connect() as connection:
    run(connection, app_role)
engine.dispose()
