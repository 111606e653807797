"""TicketFlower: ticket types and workflows that a small business defines itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from htmx_flask import Htmx
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import import_string

from config import Config
from ticketflower.db import db
from ticketflower.web import errors, gate, logs, viewing
from ticketflower.web.application import Door, TicketFlower
from ticketflower.web.assets import Assets
from ticketflower.web.identity import identify_browser, login_manager
from ticketflower.web.pages import answer_browser

ROOT = Path(__file__).resolve().parent.parent

#: The parts of the site: a blueprint each. What one needs of the application beside its routes (destinations, a door, a
#: template's global) it says in a function under its own ``record_once``.
AREAS = (
    "ticketflower.blueprints.health:health",
    "ticketflower.blueprints.auth:auth",
    "ticketflower.blueprints.home:home",
    "ticketflower.blueprints.live:live",
    "ticketflower.blueprints.work:work",
    "ticketflower.blueprints.tickets:tickets",
    "ticketflower.blueprints.desk:desk",
    "ticketflower.blueprints.api:api",
    "ticketflower.blueprints.design:design",
    "ticketflower.cli:command_line",
)


def create_app(settings: Mapping[str, Any]) -> Flask:
    """The application.

    Args:
        settings: what ``Config.flask_settings`` returns; anything of Flask's may be added.
    """
    app = TicketFlower(__name__, template_folder=ROOT / "templates", static_folder=None)
    app.config.update(cookie_settings(settings["SETTINGS"]))
    app.config.update(settings, TRUSTED_HOSTS=None)  # the gate looks, and knows IPv6
    app.jinja_env.undefined = StrictUndefined

    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    login_manager.init_app(app, add_context_processor=False)
    Htmx(app)
    app.doors["/"] = Door(identify_browser, answer_browser, has_cookies=True)
    logs.log_requests(app)
    gate.set_up(app)
    errors.set_up(app)
    viewing.set_up(app)
    for area in AREAS:
        app.register_blueprint(import_string(area))
    put_before(app, settings["SETTINGS"])
    return app


def cookie_settings(config: Config) -> dict[str, Any]:
    """How the cookie is named and how long it lives. It is written when it changes, not with every answer.

    ``__Host-`` makes browsers refuse one that another host of the domain, or a plain connection, tries to plant.
    """
    return {
        "SESSION_COOKIE_NAME": "__Host-ticketflower" if config.is_https else "ticketflower",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=config.SESSION_HOURS),
        "WTF_CSRF_CHECK_DEFAULT": False,  # the gate asks, in its order
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form may stand open over lunch
        "WTF_CSRF_SSL_STRICT": False,  # Sec-Fetch-Site says more than a referrer, which some browsers don't send
    }


def put_before(app: TicketFlower, config: Config) -> None:
    """Puts static files and the trust in proxies before the application."""
    assets = Assets(ROOT / "static", config.INSTANCE_DIR / "static")
    app.jinja_env.globals["static_url"] = assets.url
    app.wsgi_app = assets.serve(app.wsgi_app, gate.security_headers(config))  # type: ignore[method-assign]
    if config.TRUSTED_PROXIES:
        hops = config.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
