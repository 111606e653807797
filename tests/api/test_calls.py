"""What goes in and out, whatever is sent: media types, strict JSON, methods, parameters (api.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.api.programs import BASE, Program
from tests.databases import TestDatabase
from tests.people import Company, Person

Programs = Callable[[Person], Program]
PROBLEM_KEYS = ["type", "title", "status", "detail", "errors"]

NOT_JSON = {
    "nothing": b"",
    "half an object": b'{"ticket_type": ',
    "a word": b"ticket",
    "single quotes": b"{'ticket_type': 'x'}",
    "NaN": b'{"ticket_type": "x", "data": {"amount": NaN}}',
    "Infinity": b'{"ticket_type": "x", "data": {"amount": -Infinity}}',
    "too large a number": b'{"ticket_type": "x", "data": {"amount": 1e999}}',
    "too many digits": b'{"ticket_type": "x", "data": {"amount": ' + b"9" * 5000 + b"}}",
    "a key twice": b'{"ticket_type": "x", "ticket_type": "y", "data": {}}',
    "a key twice, deep": b'{"ticket_type": "x", "data": {"a": [{"b": 1, "b": 2}]}}',
    "no UTF-8": b'{"ticket_type": "\xff"}',
    "UTF-16": '{"ticket_type": "x"}'.encode("utf-16"),
    "far too deep": b'{"data": ' + b"[" * 100_000,
    "a control character": b'{"ticket_type": "a\x00b", "data": {}}',
}
BREAKS_A_RULE = {
    "a list": "[]",
    "null": "null",
    "a number": "7",
    "an unknown key": '{"ticket_type": "purchase-request", "data": {}, "dato": 1}',
    "a missing key": '{"ticket_type": "purchase-request"}',
    "null for a required key": '{"ticket_type": null, "data": {}}',
    "another type": '{"ticket_type": 7, "data": {}}',
    "data that is no object": '{"ticket_type": "purchase-request", "data": [1]}',
    "a NUL": '{"ticket_type": "purchase-request", "data": {"item": "a\\u0000b", "amount": 1, "requester": "x"}}',
    "half a surrogate": '{"ticket_type": "propose-rules", "data": {"purpose": "\\ud800"}}',
    "half a surrogate as a key": '{"ticket_type": "purchase-request", "data": {"\\ud800": 1}}',
    "half a surrogate outside": '{"ticket_type": "\\ud800", "data": {}}',
    "a NUL in an unknown key": '{"ticket_type": "purchase-request", "data": {}, "\\u0000": 1}',
    "depth": '{"ticket_type": "purchase-request", "data": {"item": ' + "[" * 60 + "]" * 60 + "}}",
    "a schema's rule": '{"ticket_type": "purchase-request", "data": {"item": "x", "amount": -1, "requester": "x"}}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_400(body: bytes, program: Programs, shop: Company, alice: Person) -> None:
    response = program(alice).call("POST", "/tickets", data=body, content_type="application/json")
    assert response.status_code == 400, response.text
    assert response.json["type"] == "urn:ticketflower:problem:not-json"


@pytest.mark.parametrize("body", BREAKS_A_RULE.values(), ids=BREAKS_A_RULE.keys())
def test_what_breaks_a_rule_is_422_with_its_places(body: str, program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    for key in (None, "one", "one"):
        response = caller.call("POST", "/tickets", data=body.encode(), content_type="application/json", key=key)
        assert response.status_code == 422, response.text
        assert response.json["errors"]
    assert caller.get("/tickets").json["items"] == []


def test_all_problems_of_the_data_are_told_at_once_with_pointers_into_the_body(
    program: Programs, shop: Company, alice: Person
) -> None:
    data = {"amount": "much", "itm": "A desk", "requester": " "}
    response = program(alice).post("/tickets", {"ticket_type": "purchase-request", "data": data})
    assert {problem["pointer"] for problem in response.json["errors"]} == {
        "/data/itm",
        "/data/item",
        "/data/amount",
        "/data/requester",
    }


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/yaml", None])
def test_a_body_of_another_media_type_is_415(
    media: str | None, program: Programs, shop: Company, alice: Person
) -> None:
    caller = program(alice)
    assert caller.call("POST", "/tickets", data=b"{}", content_type=media).status_code == 415
    assert caller.call("PATCH", f"/users/{alice.id}", data=b"{}", content_type=media).status_code == 415


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "application/vnd.acme+json"])
def test_json_goes_by_several_names(media: str, program: Programs, shop: Company, alice: Person) -> None:
    body = b'{"ticket_type": "propose-rules", "data": {"purpose": "Peace"}}'
    assert program(alice).call("POST", "/tickets", data=body, content_type=media).status_code == 201


def test_a_call_that_takes_no_body_is_not_disturbed_by_one(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    ticket = caller.submit()
    assert caller.call("POST", f"/tickets/{ticket['id']}/hold").status_code == 200
    assert caller.call("POST", f"/tickets/{ticket['id']}/resume", json={}).status_code == 200
    assert caller.call("POST", f"/tickets/{ticket['id']}/hold", json={"reason": None}).status_code == 200
    assert caller.call("POST", f"/tickets/{ticket['id']}/resume", json={"raison": "x"}).status_code == 422


def test_what_is_too_large_is_413(program: Programs, shop: Company, alice: Person, app: Flask) -> None:
    body = b'{"ticket_type": "' + b"x" * app.config["MAX_CONTENT_LENGTH"] + b'"}'
    response = program(alice).call("POST", "/tickets", data=body, content_type="application/json")
    assert response.status_code == 413
    assert list(response.json) == PROBLEM_KEYS


@pytest.mark.parametrize(
    "path",
    ["/no-such", "/tickets/x", "/tickets/-1", "/tickets/1.5", "/tickets/" + "9" * 5000, "/"],
    ids=lambda path: path[:20],
)
def test_an_unknown_address_is_404_as_problem_json(path: str, program: Programs, alice: Person) -> None:
    response = program(alice).get(path)
    assert response.status_code == 404
    assert list(response.json) == PROBLEM_KEYS
    assert response.json == program(alice).get("/tickets/987654321").json


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/tickets", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/tickets/1", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/tickets/1/cancel", {"OPTIONS", "POST"}),
    ],
)
def test_another_method_is_405_and_told_which_are_allowed(
    method: str, path: str, allowed: set[str], program: Programs, shop: Company, alice: Person
) -> None:
    response = program(alice).call(method, path)
    assert response.status_code == 405
    assert {word.strip() for word in response.headers["Allow"].split(",")} == allowed
    assert list(response.json) == PROBLEM_KEYS


def test_head_answers_as_get_without_a_body(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    got, head = caller.get("/tickets"), caller.call("HEAD", "/tickets")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.data))


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=1&limit=2",
        "limit=9999999999999999999999",
        "limit=%D9%A1",
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "cursor=ä",
        "cursor=" + "A" * 5000,
        "status=DONE",
        "status=",
        "mine=1",
        "mine=yes",
        "stauts=active",
        "q=%00",
        "q=" + "x" * 201,
        "type=%00",
    ],
)
def test_a_parameter_that_can_t_be_taken_is_422(query: str, program: Programs, shop: Company, alice: Person) -> None:
    response = program(alice).get(f"/tickets?{query}")
    assert response.status_code == 422, response.text
    assert response.json["errors"][0]["pointer"] == "/" + query.partition("=")[0]


@pytest.mark.parametrize("query", ["assigned_to=nobody", "assigned_to=-1", "ticket=x", "ticket=0", "status=active"])
def test_so_it_is_for_tasks(query: str, program: Programs, shop: Company, alice: Person) -> None:
    assert program(alice).get(f"/tasks?{query}").status_code == 422


def test_a_cursor_of_another_list_is_not_taken(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    for _ in range(2):
        caller.submit()
    cursor = caller.get("/tickets?limit=1").json["next"]
    assert caller.get(f"/tickets?cursor={cursor}").status_code == 200
    assert caller.get(f"/tasks?cursor={cursor}").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/tickets",
        "/tasks",
        "/users",
        "/workflows",
        "/ticket-types",
        "/tickets/{id}/log",
        "/tickets/{id}/iterations",
    ],
)
def test_a_list_page_by_page_is_the_list(path: str, program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    ticket, *_ = (caller.submit() for _ in range(3))
    caller.post(f"/tasks/{ticket['tasks'][0]['id']}/complete", {"data": {"approved": True}})
    path = path.format(id=ticket["id"])
    whole = caller.get(f"{path}?limit=200").json
    assert whole["next"] is None
    assert len(whole["items"]) > 1
    pages: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = caller.get(f"{path}?limit=1{cursor}").json
        pages += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert pages == whole["items"]


def test_a_token_may_make_so_many_calls_a_minute(
    database: TestDatabase, make_app: Callable[..., Flask], alice: Person, bob: Person
) -> None:
    limited = make_app(database, API_RATE_LIMIT="3")
    callers = [Program(limited, person.token()) for person in (alice, bob)]
    for caller in callers:
        answers = [caller.get("/tickets") for _ in range(4)]
        statuses = [answer.status_code for answer in answers]
        if statuses == [200, 200, 200, 429]:
            assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
            assert answers[-1].json["type"] == "urn:ticketflower:problem:throttled"
        else:
            assert statuses.count(429) == 0, "a new minute began in between"


def test_nothing_is_kept_by_proxies_and_nothing_is_said_about_the_server(
    program: Programs, shop: Company, alice: Person
) -> None:
    response = program(alice).get("/tickets")
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers


def test_a_fault_is_a_500_that_tells_nothing_of_itself(
    program: Programs, shop: Company, alice: Person, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketflower.blueprints.api.shapes.ticket_row", lambda row: {}["a secret"])
    monkeypatch.setattr(app, "testing", False)
    caller = program(alice)
    caller.submit()
    response = caller.get("/tickets")
    assert response.status_code == 500
    assert list(response.json) == PROBLEM_KEYS
    assert "secret" not in response.text
    assert BASE not in response.text
