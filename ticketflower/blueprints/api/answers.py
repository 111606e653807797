"""What goes out: JSON, and problems as RFC 9457 has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import make_response
from werkzeug.wrappers import Response

from ticketflower.errors import Refusal
from ticketflower.queries.paging import Page
from ticketflower.services.idempotency import Answer
from ticketflower.web.failures import Failure, failure_of

Json = Any
Item = TypeVar("Item")

PROBLEM_JSON = "application/problem+json"
#: A problem's ``type`` is this and its ``kind``; it names the kind and leads nowhere.
PROBLEM_TYPE = "urn:ticketflower:problem:"
WORDS_401 = (
    "Send a token that is known here: Authorization: Bearer TOKEN. "
    "Make one on your profile page, or with: flask token create EMAIL"
)


def json_answer(value: Json, status: int = 200, location: str | None = None) -> Answer:
    """An answer with a JSON value; keys keep their order."""
    return Answer(status, dumped(value), "application/json", location)


def problem_answer(failure: Failure) -> Answer:
    """The answer to a refusal or a fault."""
    value = {
        "type": PROBLEM_TYPE + failure.kind,
        "title": failure.title,
        "status": failure.status,
        "detail": WORDS_401 if failure.status == 401 else failure.detail,
        "errors": [problem.as_json() for problem in failure.problems],
    }
    return Answer(failure.status, dumped(value), PROBLEM_JSON)


def refusal_answer(refusal: Refusal) -> Answer:
    """The answer to a refusal of a service."""
    return problem_answer(failure_of(refusal))


def respond(answer: Answer, *, again: bool = False) -> Response:
    """The response that carries an answer.

    Args:
        again: it was given before, to the same ``Idempotency-Key``.
    """
    response = make_response(answer.body, answer.status, {"Content-Type": answer.media})
    if answer.location:
        response.headers["Location"] = answer.location
    if again:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def dumped(value: Json) -> str:
    """JSON as text that UTF-8 and PostgreSQL can hold, whatever somebody sent and is told about."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_moment)
    return text if _encodes(text) else json.dumps(value, separators=(",", ":"), default=_moment)


def paged(page: Page[Item], shape: Callable[[Item], Json]) -> Json:
    """A list as the API gives it."""
    return {"items": [shape(item) for item in page.items], "next": page.next}


def listed(items: Iterable[Item], shape: Callable[[Item], Json]) -> list[Json]:
    """Some items, each in its shape."""
    return [shape(item) for item in items]


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _moment(value: object) -> str:
    """ISO 8601, UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no JSON form")
