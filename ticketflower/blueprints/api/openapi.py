"""The API's own description: OpenAPI 3.1, made from the declarations of the calls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ticketflower.blueprints.api.bodies import DOCUMENT_TYPES
from ticketflower.blueprints.api.operations import IDEMPOTENCY_KEY, PREFIX, Operation
from ticketflower.blueprints.api.schemas import SCHEMAS, ref
from ticketflower.services.idempotency import LONGEST_KEY

Json = dict[str, Any]

_PLACE = re.compile(r"<(?:([a-z]+):)?([a-z_]+)>")
_NUMBER: Json = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}

REFUSALS = {
    400: "The body is not JSON.",
    401: "There is no token, or it is not known.",
    403: "None of your roles may make this call.",
    404: "There is no such thing for you.",
    409: "The state does not allow it.",
    413: "What was sent is too large.",
    415: "What was sent is of a kind that is not read here.",
    422: "What was sent breaks a rule; `errors` tells each place.",
    429: "The token made too many calls; `Retry-After` tells the seconds to wait.",
}
_INTRODUCTION = """\
Everything that the pages of TicketFlower can do, with the same rules.

A token belongs to a user and acts with that user's roles in that user's company. Lists give `items` and `next`; pass \
`next` as `cursor` for what follows. Times are ISO 8601 in UTC. Errors are `application/problem+json` (RFC 9457), with \
`errors` as JSON Pointers into what was sent. A POST with an `Idempotency-Key` is done once: the same key, user, \
method, path and body within 24 hours gets the first answer again."""


def openapi_of(operations: Iterable[Operation], base_url: str, version: str) -> Json:
    """The OpenAPI document of the API.

    Args:
        base_url: where this installation is reached.
        version: of the product.
    """
    listed = list(operations)
    paths: dict[str, Json] = {}
    for operation in listed:
        paths.setdefault(path_of(operation.rule), {})[operation.method.lower()] = _operation(operation)
    bodies = {operation.body.name: operation.body.schema() for operation in listed if operation.body}
    tags = dict.fromkeys(operation.tag for operation in listed)
    return {
        "openapi": "3.1.0",
        "info": {"title": "TicketFlower", "version": version, "description": _INTRODUCTION},
        "servers": [{"url": base_url}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**SCHEMAS, **bodies},
            "responses": {str(status): _refusal(words) for status, words in REFUSALS.items()},
            "parameters": {IDEMPOTENCY_KEY: _idempotency_key()},
        },
    }


def path_of(rule: str) -> str:
    """A call's address as OpenAPI writes it."""
    return PREFIX + _PLACE.sub(r"{\2}", rule)


def _operation(operation: Operation) -> Json:
    described: Json = {"operationId": operation.name, "tags": [operation.tag], "summary": operation.summary}
    roles = operation.permission.roles
    needs = f"For the role {operation.permission.in_words()}." if roles else ""
    description = " ".join(filter(None, (operation.description, needs)))
    if description:
        described["description"] = description
    parameters = _parameters(operation)
    if parameters:
        described["parameters"] = parameters
    body = _body(operation)
    if body:
        described["requestBody"] = body
    described["responses"] = _responses(operation)
    described["security"] = [{"token": []}] if operation.permission.signed_in else []
    return described


def _parameters(operation: Operation) -> list[Json]:
    places = [
        {"name": name, "in": "path", "required": True, "schema": _NUMBER if kind == "number" else {"type": "string"}}
        for kind, name in _PLACE.findall(operation.rule)
    ]
    query = [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.description,
            "schema": dict(parameter.schema),
        }
        for parameter in operation.query
    ]
    keyed = [{"$ref": f"#/components/parameters/{IDEMPOTENCY_KEY}"}] if operation.keyed else []
    return [*places, *query, *keyed]


def _body(operation: Operation) -> Json | None:
    if operation.takes_document:
        shape = {"type": "object", "description": "A workflow document: /api/v1/schema/workflow.json."}
        content = {
            media: {"schema": shape if media.endswith("json") else {"type": "string"}} for media in DOCUMENT_TYPES
        }
        return {"required": True, "content": content}
    if operation.body is None:
        return None
    return {
        "required": operation.body.required,
        "content": {"application/json": {"schema": ref(operation.body.name)}},
    }


def _responses(operation: Operation) -> Json:
    responses: Json = {str(operation.status): _good(operation, operation.summary + ".")}
    responses |= {str(status): _good(operation, words) for status, words in operation.more.items()}
    refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refused(operation))}
    fault = {**_refusal("Something failed that is not the caller's doing.")}
    return {**responses, **refusals, "default": fault}


def refused(operation: Operation) -> set[int]:
    """The statuses with which a call can be refused."""
    statuses = set(operation.can)
    if operation.permission.signed_in:
        statuses |= {401, 429}
    if operation.permission.roles:
        statuses.add(403)
    if "<" in operation.rule:
        statuses.add(404)
    if operation.query or operation.keyed or operation.body:
        statuses.add(422)
    if operation.keyed:
        statuses.add(409)
    if operation.body:
        statuses |= {400, 413, 415}
    if operation.takes_document:
        statuses |= {413, 415, 422}
    return statuses


def _good(operation: Operation, words: str) -> Json:
    answer: Json = {
        "description": words,
        "content": {"application/json": {"schema": ref(operation.gives) if operation.gives else {"type": "object"}}},
    }
    if operation.found_at or 201 in (operation.status, *operation.more):
        answer["headers"] = {"Location": {"description": "Where it can be read.", "schema": {"type": "string"}}}
    return answer


def _refusal(words: str) -> Json:
    return {"description": words, "content": {"application/problem+json": {"schema": ref("Problem")}}}


def _idempotency_key() -> Json:
    return {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "description": "Any text of your own, for example a UUID: the call is done once, however often it is sent.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
        "example": "6f1b2c0e-5d5e-4f0a-9a53-0c4f4e0b7a11",
    }
