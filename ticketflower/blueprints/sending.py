"""Forms that are sent: once, however often the button is clicked (ux.md, Swaps, history, sessions).

A form carries a key in the hidden field ``idempotency_key``; ``services.idempotency`` keeps what it led to.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from flask import request

from ticketflower.actor import Actor
from ticketflower.db import db
from ticketflower.engine.writing import Statement
from ticketflower.errors import Refusal
from ticketflower.problems import Problem
from ticketflower.services.idempotency import Answer, answer_once, form_as_body, once_of

FIELD = "idempotency_key"
SENT_BEFORE = "You sent this form before, with other answers. To send it again as it is now, press the button once more"


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return secrets.token_urlsafe(18)


def sent_key() -> str:
    """The key of the form that was sent; "" if it has none."""
    return request.form.get(FIELD, "")


def sent_once(
    actor: Actor,
    now: datetime,
    act: Callable[[Sequence[Statement]], str],
    found_at: Callable[[int | None], str],
    more: bytes = b"",
) -> str:
    """Does what a form asks for, unless this very form was sent before: then leads to where it led.

    Args:
        act: does it by one service, whose ``also`` it gets, and gives the address of the page that comes next.
        found_at: the address of what was made, by its number, for when the first process died before it could answer.
        more: what was sent beside the form's fields: a file.

    Returns:
        The address of the page that comes next.

    Raises:
        Refusal: whatever ``act`` raises; the key may then be used again.
    """
    key = sent_key()
    if not key:
        return act(())
    body = form_as_body(request.form.items(multi=True)) + more
    once = once_of(actor, key, request.method, request.path, body)
    answer, _again = answer_once(
        db.session(),
        once,
        now,
        lambda: Answer(303, location=act(once.also)),
        lambda made: Answer(303, location=found_at(made)),
    )
    return answer.location or ""


def problems_of(refusal: Refusal) -> list[Problem]:
    """What a form says about a refusal: its problems, or the refusal itself as a problem of the whole form."""
    if not refusal.problems:
        return [Problem("", refusal.detail)]
    return [
        Problem("", SENT_BEFORE, code=problem.code) if problem.code == "idempotency_key" else problem
        for problem in refusal.problems
    ]
