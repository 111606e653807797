"""One declaration for each call: its route, who may make it, what it takes and gives. The OpenAPI document is these.

A reading call is a function that gives a JSON value. A changing one does its change by one service and gives the number
of what it made, or None; what the caller then sees is ``shows``. The two are apart so that a POST that is sent again
with its ``Idempotency-Key`` can be shown what is there without being done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketflower.actor import Actor
from ticketflower.blueprints.api.answers import json_answer, refusal_answer, respond
from ticketflower.blueprints.api.bodies import Body, read_document
from ticketflower.blueprints.api.parameters import Parameter, read_parameters
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.writing import Statement
from ticketflower.errors import Conflict
from ticketflower.services.idempotency import Answer, answer_once, once_of
from ticketflower.web.identity import current_actor
from ticketflower.web.permissions import Allow, Permission

Json = Any
PREFIX = "/api/v1"
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way.

    Args:
        place: what stands in the address, by name.
        query: the query parameters that were given.
        body: what was sent; ``{}`` where nothing was.
        also: statements that belong to the change's own commit (``Once.also``).
    """

    session: Session
    actor: Actor
    now: datetime
    place: Mapping[str, Any]
    query: Mapping[str, Json]
    body: Mapping[str, Json] = field(default_factory=dict)
    also: Sequence[Statement] = ()


Shows = Callable[[Call, int | None], Json]
Reads = Callable[[Call], Json]
Changes = Callable[[Call], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is declared about a call.

    Args:
        rule: its address after ``/api/v1``, as Flask writes it.
        name: its endpoint, and its ``operationId``.
        summary: one line; ``description`` is what is behind it.
        gives: the name of the schema of a good answer; ``status`` is that answer's.
        more: other good statuses, each with its description.
        can: statuses of refusals beside those that follow from the rest.
        keyed: it takes an ``Idempotency-Key``.
        makes: the change makes something that has a number of its own; ``found_at`` is where it can be read then.
    """

    method: str
    rule: str
    name: str
    tag: str
    summary: str
    description: str
    permission: Permission
    gives: str
    status: int = 200
    more: Mapping[int, str] = field(default_factory=dict)
    query: tuple[Parameter, ...] = ()
    body: Body | None = None
    takes_document: bool = False
    can: frozenset[int] = frozenset()
    keyed: bool = False
    makes: bool = False
    found_at: str | None = None


class Operations:
    """The API's calls, registered on its blueprint and listed for its OpenAPI document."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.listed: list[Operation] = []

    def reads(
        self,
        rule: str,
        *,
        tag: str,
        allow: Allow,
        gives: str,
        query: Sequence[Parameter] = (),
    ) -> Callable[[Reads], Reads]:
        """Registers a GET."""

        def register(function: Reads) -> Reads:
            operation = _declared("GET", rule, function, tag=tag, allow=allow, gives=gives, query=tuple(query))

            def view(**place: Any) -> Response:
                return respond(json_answer(function(call_of(operation, place))))

            self._add(operation, view, allow)
            return function

        return register

    def changes(
        self,
        rule: str,
        *,
        tag: str,
        allow: Allow,
        gives: str,
        shows: Shows,
        method: str = "POST",
        body: Body | None = None,
        takes_document: bool = False,
        status: int = 200,
        makes: bool = False,
        found_at: str | None = None,
        can: Sequence[int] = (),
    ) -> Callable[[Changes], Changes]:
        """Registers a call that changes something.

        Args:
            shows: the value of the good answer; it gets what the function gave.
            makes: the function makes something and gives its number; it passes ``Call.also`` to its service.
            found_at: the address of what it made, after ``/api/v1``, with ``{}`` for the number.
        """

        def register(function: Changes) -> Changes:
            operation = _declared(
                method,
                rule,
                function,
                tag=tag,
                allow=allow,
                gives=gives,
                status=status,
                body=body,
                takes_document=takes_document,
                can=frozenset(can),
                keyed=method == "POST",
                makes=makes,
                found_at=found_at,
            )

            def view(**place: Any) -> Response:
                return _change(operation, call_of(operation, place), function, shows)

            self._add(operation, view, allow)
            return function

        return register

    def add(self, operation: Operation, view: Callable[..., Response], allow: Allow) -> None:
        """Registers a call that is unlike the others, with its own view."""
        self._add(operation, view, allow)

    def _add(self, operation: Operation, view: Callable[..., Response], allow: Allow) -> None:
        self.listed.append(operation)
        self.blueprint.add_url_rule(operation.rule, operation.name, view, methods=[operation.method], allow=allow)


def _declared(method: str, rule: str, function: Callable[..., Any], *, allow: Allow, **more: Any) -> Operation:
    summary, _, description = (function.__doc__ or "").strip().partition("\n\n")
    return Operation(
        method=method,
        rule=rule,
        name=function.__name__,
        summary=" ".join(summary.split()).rstrip("."),
        description=" ".join(description.split()),
        permission=Permission.of(allow),
        **more,
    )


def call_of(operation: Operation, place: Mapping[str, Any]) -> Call:
    """The call that this request makes, with what it sends checked."""
    query = read_parameters(operation.query)
    body = operation.body.read() if operation.body else {}
    if operation.takes_document:
        body = dict(zip(("source", "media"), read_document(), strict=True))
    return Call(db.session(), current_actor(), utc_now(), place, query, body)


def _change(operation: Operation, call: Call, function: Changes, shows: Shows) -> Response:
    """Does a change and answers, once if the call has a key."""

    def act(call: Call) -> Answer:
        made = function(call)
        answer = _good(operation, shows(call, made), made)
        call.session.commit()  # ends the reading: a rollback would make the connection forget its prepared statements
        return answer

    key = request.headers.get(IDEMPOTENCY_KEY) if operation.keyed else None
    if key is None:
        return respond(act(call))
    once = once_of(call.actor, key, operation.method, request.path, request.get_data(cache=True))
    answer, again = answer_once(
        call.session,
        once,
        call.now,
        lambda: act(replace(call, also=once.also)),
        lambda made: _again(operation, call, shows, made),
        refusal_answer,
    )
    return respond(answer, again=again)


def _again(operation: Operation, call: Call, shows: Shows, made: int | None) -> Answer:
    """The answer of a call whose change is there although its process died before it could answer."""
    if operation.makes and made is None:
        raise Conflict(
            "The first call with this Idempotency-Key was cut off before it could answer. Look whether what it makes "
            "is there; if not, send it again with another key."
        )
    return _good(operation, shows(call, made), made)


def _good(operation: Operation, value: Json, made: int | None) -> Answer:
    location = PREFIX + operation.found_at.format(made) if operation.found_at and made is not None else None
    return json_answer(value, operation.status, location)
