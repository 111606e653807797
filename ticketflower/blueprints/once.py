"""A form that is sent twice has one effect: its hidden ``idempotency_key`` names the act (ux.md, Swaps)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import request
from werkzeug.wrappers import Response

from ticketflower.blueprints import htmx
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.services.idempotency import Answer, answer_once, form_as_body, once_of
from ticketflower.web.identity import current_actor

FIELD = "idempotency_key"


def new_key() -> str:
    """A key for one showing of a form."""
    return secrets.token_urlsafe(16)


def act_once(act: Callable[[], str], otherwise: str, more: bytes = b"") -> Response:
    """Does what this request's form asks for, unless it was done already, and leads to the page that shows it.

    Args:
        act: does it by one service and returns the address of that page.
        otherwise: where to lead when the first try did its work and was cut off before its answer was known.
        more: what was sent beside the form's fields: a file.

    Raises:
        Refusal: whatever ``act`` raises; nothing is kept of it, so the form may be sent again.
    """
    key = request.form.get(FIELD) or new_key()
    body = form_as_body(request.form.items(multi=True)) + more
    once = once_of(current_actor(), key, request.method, request.path, body)
    answer, _ = answer_once(
        db.session(), once, utc_now(), lambda: Answer(303, location=act()), lambda made: Answer(303, location=otherwise)
    )
    return htmx.go(answer.location or otherwise)
