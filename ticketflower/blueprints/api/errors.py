"""The error desk: list, read, retry, review, resolve, and the three answers to a write conflict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.blueprints.api import shapes
from ticketflower.blueprints.api.answers import paged
from ticketflower.blueprints.api.blueprint import operations
from ticketflower.blueprints.api.bodies import Body
from ticketflower.blueprints.api.operations import Call
from ticketflower.blueprints.api.parameters import PAGING, number, words
from ticketflower.engine.words import SystemRole
from ticketflower.queries import errors as error_queries
from ticketflower.services import errors as services

Json = Any
ADMIN = SystemRole.TICKET_ADMIN
NOTES = Body(
    "Notes",
    {"notes": {"type": "string", "title": "Notes"}},
    frozenset({"notes"}),
    required=False,
    example={"notes": "Asked the supplier"},
)
Answers = Callable[[Session, Actor, int, str | None, datetime], object]


def error_after(call: Call, made: int | None = None) -> Json:
    """The error as it is after a change."""
    return shapes.error(error_queries.error_view(call.session, call.actor, call.place["error_id"]))


@operations.reads(
    "/errors",
    tag="Errors",
    allow=ADMIN,
    gives="Errors",
    query=(
        words("status", "One status, or `open` (NEW and REVIEWED).", error_queries.STATUSES),
        number("ticket", "A ticket's number."),
        *PAGING,
    ),
)
def list_errors(call: Call) -> Json:
    """List errors, the newest first."""
    return paged(error_queries.list_errors(call.session, call.actor, **call.query), shapes.error_row)


@operations.reads("/errors/<number:error_id>", tag="Errors", allow=ADMIN, gives="ErrorAlone")
def show_error(call: Call) -> Json:
    """Read an error: with both sides of a write conflict.

    By field: `theirs` is the value that stands, `ours` the task's, `iteration` and `task_id` what wrote theirs.
    """
    return error_after(call)


def _answer(name: str, word: str, answers: Answers, summary: str) -> None:
    """Registers one way to answer an error."""

    def change(call: Call) -> None:
        answers(call.session, call.actor, call.place["error_id"], call.body.get("notes"), call.now)

    change.__name__ = name
    change.__doc__ = summary
    register = operations.changes(
        f"/errors/<number:error_id>/{word}",
        tag="Errors",
        allow=ADMIN,
        gives="ErrorAlone",
        body=NOTES,
        shows=error_after,
        can=(409,),
    )
    register(change)


_answer("retry_error", "retry", services.retry_error, "Run the engine again for an error's ticket.")
_answer("review_error", "review", services.review_error, "Mark an error as looked at.")
_answer("resolve_error", "resolve", services.resolve_error, "Close an error by hand.")
_answer("apply_output", "apply", services.apply_output, "Let a conflicting output win over what stands.")
_answer("discard_output", "discard", services.discard_output, "Drop a conflicting output: its task is cancelled.")
_answer(
    "send_back", "send-back", services.send_back, "Give a conflicting task back, to be done with what is there now."
)
