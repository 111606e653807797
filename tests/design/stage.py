"""A stage for templates and scripts: the real templates, static files and policy, and no database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from htmx_flask import Htmx
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
PAGES = Path(__file__).resolve().parent / "pages"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def viewer(**changes: Any) -> SimpleNamespace:
    """Ana, signed in, with no time zone of her own."""
    ana = {
        "name": "Ana Ferreira",
        "company_name": "Acme",
        "system_roles": {"user"},
        "theme": "system",
        "time_zone": None,
        "acting_superuser_name": None,
    }
    return SimpleNamespace(**(ana | changes))


def nav(items: int = 8) -> list[SimpleNamespace]:
    """Navigation with as many items, the first current, the second with a live count."""
    return [
        SimpleNamespace(
            url=f"/{n}",
            label=f"Page {n}",
            icon="home",
            current=n == 0,
            count=n,
            key="tasks" if n == 1 else "",
            group="",
        )
        for n in range(items)
    ]


def context(signed_in: bool = True, **changes: Any) -> dict[str, Any]:
    """What every template may rely on (docs/templates.md)."""
    return {
        "viewer": viewer() if signed_in else None,
        "nav": nav() if signed_in else [],
        "home_url": "/",
        "sign_in_url": "/sign-in",
        "sign_out_url": "/sign-out",
        "now": NOON,
    } | changes


def stage(pages: dict[str, str] | None = None, **changes: Any) -> Flask:
    """An app that renders the project's templates and ``pages`` beside them."""
    app = Flask("stage", static_folder=str(STATIC), static_url_path="/static")
    app.config["SECRET_KEY"] = "only for this test"
    Htmx(app)
    app.jinja_options = {"loader": ChoiceLoader([DictLoader(pages or {}), FileSystemLoader([TEMPLATES, PAGES])])}
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(csrf_token=lambda: "a-token", static_url=lambda path: f"/static/{path}")
    app.context_processor(lambda: context(**changes))

    @app.after_request
    def policy(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app
