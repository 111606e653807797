"""The OpenAPI document is true: of the URL map, of itself, and of the answers that are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

from tests.api.programs import BASE, Program
from tests.api.test_access import a_conflict
from tests.api.workflows import text_of
from tests.people import Company, Person

Programs = Callable[[Person], Program]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(stranger: Program) -> dict[str, Any]:
    """The document, as anybody gets it."""
    response = stranger.get("/openapi.json")
    assert response.status_code == 200
    return dict(response.json)


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_it_describes_every_route_and_no_other(document: dict[str, Any], app: Flask) -> None:
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item if method in METHODS
    }
    routed = {
        (re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == routed


def test_every_call_tells_who_may_make_it_and_what_can_happen(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            statuses = set(operation["responses"])
            if operation["security"]:
                assert {"401", "429"} <= statuses, where
            if method in ("post", "patch", "put"):
                assert "403" in statuses, where
            for status, response in operation["responses"].items():
                if "$ref" in response:
                    response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
                media = set(response["content"])
                assert media == {"application/json" if status[0] == "2" else "application/problem+json"}, where


def test_every_post_with_a_token_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names = [parameter.get("$ref", "") for parameter in operation.get("parameters", ())]
            assert ("#/components/parameters/Idempotency-Key" in names) == (method == "post"), f"{method} {path}"


def test_every_schema_is_used_and_every_body_has_an_example(document: dict[str, Any]) -> None:
    text = str(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}'" in text, name
    for item in document["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content and "$ref" in content["schema"] and operation["requestBody"]["required"]:
                schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
                assert schema["examples"], operation["operationId"]


class Witness:
    """Checks each answer against what the document says of its call."""

    def __init__(self, document: dict[str, Any], program: Program) -> None:
        self.document = document
        self.program = program
        self.seen: set[str] = set()
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self.registry: Any = Registry().with_resource("urn:api", resource)
        self.paths = [
            (re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", path) + "$"), path)
            for path in sorted(document["paths"], key=lambda path: "{" in path)
        ]

    def call(self, method: str, path: str, status: int, **options: Any) -> TestResponse:
        """Makes a call, and holds its answer against the document."""
        response = self.program.call(method, path, **options)
        assert response.status_code == status, response.text
        template = next(template for pattern, template in self.paths if pattern.match(BASE + path.partition("?")[0]))
        operation = self.document["paths"][template][method.lower()]
        declared = operation["responses"][str(status)]
        if "$ref" in declared:
            declared = self.document["components"]["responses"][declared["$ref"].rpartition("/")[2]]
        schema = declared["content"][response.content_type]["schema"]
        name = schema.get("$ref", "")
        checked = {"$ref": f"urn:api{name}"} if name else schema
        validator = Draft202012Validator(
            checked, registry=self.registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        validator.validate(response.json)
        if status < 400:
            self.seen.add(operation["operationId"])
        return response


def test_every_calls_good_answer_has_the_declared_shape(
    document: dict[str, Any], program: Programs, shop: Company, alice: Person
) -> None:
    witness = Witness(document, program(alice))
    _tell_of_tickets(witness, alice)
    _tell_of_errors(witness)
    _tell_of_workflows(witness)
    _tell_of_people(witness)
    every = {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
    assert witness.seen == every


def test_refusals_have_the_declared_shape(document: dict[str, Any], program: Programs, shop: Company) -> None:
    witness = Witness(document, program(shop.people["uma"]))
    call = witness.call
    call("GET", "/users", 403)
    call("GET", "/tickets/987654321", 404)
    call("GET", "/tickets?limit=0", 422)
    call("POST", "/tickets", 400, data=b"{", content_type="application/json")
    call("POST", "/tickets", 415, data=b"{}", content_type="text/plain")
    call("POST", "/tickets", 422, json={"data": {}})
    call("POST", "/tickets", 404, json={"ticket_type": "no-such-type", "data": {}})
    ticket = call("POST", "/tickets", 201, json={"ticket_type": "propose-rules", "data": {"purpose": "Peace"}}).json
    call("POST", f"/tickets/{ticket['id']}/cancel", 200)
    call("POST", f"/tickets/{ticket['id']}/cancel", 409)


def _tell_of_tickets(witness: Witness, alice: Person) -> None:
    call = witness.call
    call("GET", "/openapi.json", 200)
    call("GET", "/schema/workflow.json", 200)
    call("GET", "/ticket-types", 200)
    body = {"ticket_type": "propose-rules", "data": {"purpose": "Peace"}}
    ticket = call("POST", "/tickets", 201, json=body).json
    at = f"/tickets/{ticket['id']}"
    task = f"/tasks/{ticket['tasks'][0]['id']}"
    call("GET", "/tickets?status=active", 200)
    call("GET", at, 200)
    call("POST", f"{at}/fields", 200, json={"data": {"remarks": "Hurry"}, "reason": "Asked for"})
    call("POST", f"{at}/hold", 200)
    call("POST", f"{at}/resume", 200, json={"reason": "Go on"})
    call("POST", f"{at}/advance", 200)
    call("GET", "/tasks", 200)
    call("GET", task, 200)
    call("POST", f"{task}/assign", 200, json={"user_id": alice.id})
    call("POST", f"{task}/release", 200)
    call("POST", f"{task}/claim", 200)
    call("POST", f"{task}/start", 200)
    call("POST", f"{task}/complete", 200, json={"data": {"text": "1. Be kind."}})
    call("GET", f"{at}/iterations?data=true", 200)
    call("GET", f"{at}/iterations?limit=1", 200)
    call("GET", f"{at}/log", 200)
    offer = call("POST", f"{at}/tasks", 201, json={"key": "withdraw"})
    assert witness.program.client.get(offer.headers["Location"], headers=witness.program.headers).json == offer.json
    call("POST", f"{at}/cancel", 200)
    call("GET", at, 200)


def _tell_of_errors(witness: Witness) -> None:
    call = witness.call
    for answer in ("apply", "discard", "send-back"):
        at = f"/errors/{a_conflict(witness.program)['id']}"
        call("GET", at, 200)
        call("POST", f"{at}/review", 200, json={"notes": "Looking"})
        call("POST", f"{at}/resolve", 409)
        call("POST", f"{at}/retry", 200)
        call("POST", f"{at}/{answer}", 200)
    call("GET", "/errors?status=RESOLVED", 200)
    call("GET", at, 200)
    witness.program.put("/workflows/lonely?activate=true", LONELY)
    call("POST", "/tickets", 201, json={"ticket_type": "lonely-request", "data": {"wish": "Company"}})
    error = call("GET", "/errors?status=open&limit=1", 200).json["items"][0]
    assert error["code"] == "no_worker"
    call("POST", f"/errors/{error['id']}/resolve", 200, json={"notes": "Told them"})


LONELY = """
workflow: lonely
title: Nobody may do this
fields_schema: {type: object, properties: {wish: {type: string}, granted: {type: boolean}}}
tickets: {lonely-request: {title: Ask, fields: [wish]}}
tasks:
  grant: {title: Grant, task_type: FORM, input_fields: [wish], output_fields: [granted], company_role_access: [fairy]}
completions: {done: {title: Done, completion_status: COMPLETED, fields: [granted]}}
"""


def _tell_of_workflows(witness: Witness) -> None:
    call = witness.call
    text = text_of("new-colleague").encode()
    yaml = {"data": text, "content_type": "application/yaml"}
    call("POST", "/workflows/validate", 200, **yaml)
    call("PUT", "/workflows/new-colleague", 201, **yaml)
    call("PUT", "/workflows/new-colleague", 200, **yaml)
    call("POST", "/workflows/new-colleague/activate", 200)
    call("GET", "/workflows", 200)
    call("GET", "/workflows/new-colleague", 200)
    call("POST", "/workflows/new-colleague/archive", 200)


def _tell_of_people(witness: Witness) -> None:
    call = witness.call
    role = call("POST", "/roles", 201, json={"role_name": "buyer"}).json
    assert call("GET", "/roles", 200).json["items"] == [role]
    person = {"email": "new@acme.example", "password": "longenough", "company_roles": ["buyer"]}
    at = f"/users/{call('POST', '/users', 201, json=person).json['id']}"
    call("PATCH", at, 200, json={"first_name": "New"})
    call("GET", at, 200)
    call("GET", "/users", 200)
