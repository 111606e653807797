"""Whether the process lives and whether it can work: for whoever watches over the server."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError, TimeoutError

from ticketflower import schema
from ticketflower.db import db
from ticketflower.web.permissions import PUBLIC

health = Blueprint("health", __name__)


@health.get("/healthz", allow=PUBLIC)
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz", allow=PUBLIC)
def ready() -> ResponseReturnValue:
    """The database can be reached and has every migration of this code."""
    try:
        at_head = schema.is_at_head(db.session.connection())
    except (OperationalError, TimeoutError):
        return _not_ready("The database can't be reached.")
    return jsonify(status="ok") if at_head else _not_ready("The database lacks migrations, or has newer ones.")


def _not_ready(reason: str) -> ResponseReturnValue:
    db.session.rollback()
    return jsonify(status="not ready", reason=reason), 503
