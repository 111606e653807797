"""TicketFlower: ticket types and workflows that a small business defines itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from ticketflower.db import db

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Mapping[str, Any]) -> Flask:
    """The application with these settings (``Config.flask_settings``)."""
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=None)
    app.config.update(settings)
    db.init_app(app)
    return app
