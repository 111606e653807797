"""The product on gunicorn, in a process of its own, with fragments that a test can tell apart.

``python -m tests.live.server PORT`` serves the database that DATABASE_URL names; it says READY when it answers.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask, render_template_string
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import Config
from ticketflower import create_app
from ticketflower.access import visible_ticket
from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.live import fragments
from ticketflower.models import Company
from ticketflower.serving import gunicorn_server
from ticketflower.serving.live_sockets import LiveSockets

CARD = """
{%- import "_macros.html" as ui with context -%}
<section id="card">{{ name }} of {{ company }} sees {{ view }}
{{ ui.post_button("Start", url_for("auth.sign_out"), id="start") }}</section>
"""

fragment = fragments.registry.fragment


@fragment("card", topics=["queue:{user}", "unassigned"], target="#card", roles=[SystemRole.TASK_WORKER])
def card(session: Session, actor: Actor, view: Any) -> str:
    return render_template_string(
        CARD, name=actor.name, company=session.scalars(select(Company.name)).one(), view=dict(view)
    )


@fragment("desk", topics=["errors"], target="#desk", roles=[SystemRole.TICKET_ADMIN])
def desk(session: Session, actor: Actor, view: Any) -> str:
    return render_template_string("<p id='desk'>{{ name }}'s desk</p>", name=actor.name)


@fragment("state", topics=["ticket:{id}"], target="#ticket-{id}-state", check=visible_ticket)
def state(session: Session, actor: Actor, number: int) -> str:
    return render_template_string("<p id='ticket-{{ number }}-state'>ticket {{ number }}</p>", number=number)


@fragment("large", topics=["board"], target="#large")
def large(session: Session, actor: Actor, view: Any) -> str:
    return "x" * 3_000_000


@fragment("broken", topics=["board"], target="#broken")
def broken(session: Session, actor: Actor, view: Any) -> str:
    session.execute(text("SELECT 1 / 0"))
    return ""


def make_app(config: Config) -> Flask:
    assert config.DATABASE_URL is not None
    settings = config.flask_settings(config.DATABASE_URL, None)
    pool = int(os.environ.get("TEST_POOL", "5"))
    options = {"connect_args": {"autocommit": True}, "pool_size": pool, "max_overflow": 0, "pool_timeout": 5}
    app = create_app({**settings, "SQLALCHEMY_ENGINE_OPTIONS": options})
    app.wsgi_app = LiveSockets(app.wsgi_app, config.MAX_SOCKETS)  # type: ignore[method-assign]
    return app


def say_ready() -> None:
    sys.stdout.write("READY\n")
    sys.stdout.flush()


def main() -> None:
    config = Config.from_environment(os.environ)
    gunicorn_server.serve(config, lambda: make_app(config), say_ready)


if __name__ == "__main__":
    sys.exit(main())
