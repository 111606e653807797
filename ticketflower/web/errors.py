"""Turns whatever is raised on the way of a request into the answer of the door that it came through."""

from __future__ import annotations

import logging

import psycopg
import sqlalchemy.exc
from flask import g, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.sansio.response import Response as AnyResponse
from werkzeug.wrappers import Response

from ticketflower.db import db
from ticketflower.errors import Refusal
from ticketflower.web.application import TicketFlower, this_app
from ticketflower.web.failures import WORDS, Failure, failure_of
from ticketflower.web.gate import SAFE_METHODS

log = logging.getLogger(__name__)

#: The database can't be reached, or has no connection to spare.
NO_DATABASE = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError, psycopg.OperationalError)


def set_up(app: TicketFlower) -> None:
    """Answers refusals, HTTP errors and faults; blueprints need no handlers of their own.

    By class, not by status: Flask asks handlers of a status first, whatever blueprint the request is for.
    """
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _refused)
    for kind in NO_DATABASE:
        app.register_error_handler(kind, _without_database)


def _refused(error: Refusal | HTTPException) -> AnyResponse:
    if isinstance(error, HTTPException) and error.response is not None and not isinstance(error, InternalServerError):
        return error.response  # abort(response)
    try:
        return _answer(failure_of(error))
    except NO_DATABASE as without:  # a page of its own says who looks at it
        return _without_database(without)


def _without_database(error: Exception) -> Response:
    log.error("The database did not answer.", exc_info=error)
    # A connection that is lost at COMMIT leaves open whether the change is there: only a reader may be told "nothing".
    status = 503 if request.method in SAFE_METHODS else 500
    title = "Not available" if status == 503 else "Internal server error"
    headers = {"Retry-After": "5"} if status == 503 else {}
    return _answer(Failure(status, title, title.lower().replace(" ", "-"), WORDS[status], (), headers))


def _answer(failure: Failure) -> Response:
    db.session.rollback()
    if failure.status >= 500:
        g.actor = None  # nobody is looked up for this answer: the database may be what failed
    return this_app().door_of(request.path).answer(failure)
