"""A POST with an Idempotency-Key is done once (api.md)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.programs import Program
from tests.people import PASSWORD, Company, Person
from ticketflower.blueprints.api import operations as api_operations
from ticketflower.blueprints.api import shapes
from ticketflower.services import idempotency

Programs = Callable[[Person], Program]
DESK = {"ticket_type": "purchase-request", "data": {"item": "A desk", "amount": 420, "requester": "Bob"}}
APPROVED = {"data": {"approved": True}}
TOGETHER = 20


def count(admin: psycopg.Connection, table: str) -> int:
    """How many rows a table has."""
    row = admin.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_the_same_call_again_gets_the_first_answer_again(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    caller = program(alice)
    first = caller.post("/tickets", DESK, key="one")
    caller.post(f"/tickets/{first.json['id']}/hold")
    again = caller.post("/tickets", DESK, key="one")
    assert (again.status_code, again.data, again.headers["Location"]) == (201, first.data, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(admin, "ticket_instances") == 1


def test_another_key_or_none_is_another_call(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    ids = [caller.post("/tickets", DESK, key=key).json["id"] for key in ("one", "two", None, None)]
    assert len(set(ids)) == 4


def test_the_same_key_with_another_body_is_422(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    caller = program(alice)
    assert caller.post("/tickets", DESK, key="one").status_code == 201
    refused = caller.post("/tickets", {**DESK, "data": {**DESK["data"], "amount": 421}}, key="one")
    assert refused.status_code == 422
    assert refused.json["errors"][0]["code"] == "idempotency_key"
    assert count(admin, "ticket_instances") == 1


def test_keys_are_apart_by_user_and_by_path(program: Programs, shop: Company, alice: Person, bob: Person) -> None:
    ours, theirs = program(alice), program(bob)
    first, second = ours.post("/tickets", DESK, key="one"), theirs.post("/tickets", DESK, key="one")
    assert first.json["id"] != second.json["id"]
    assert second.json["created_by"] == bob.id
    assert ours.post(f"/tickets/{first.json['id']}/hold", key="one").json["status"] == "ON_HOLD"


def test_after_24_hours_a_key_is_new(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    caller = program(alice)
    first = caller.post("/tickets", DESK, key="one").json
    admin.execute("UPDATE idempotency_keys SET created_at = created_at - interval '23 hours 59 minutes'")
    assert caller.post("/tickets", DESK, key="one").json == first
    admin.execute("UPDATE idempotency_keys SET created_at = created_at - interval '2 minutes'")
    assert caller.post("/tickets", DESK, key="one").json["id"] != first["id"]


def test_old_keys_are_swept_away_by_new_ones(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    caller = program(alice)
    for number in range(3):
        caller.post("/tickets", DESK, key=f"old {number}")
    admin.execute("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours'")
    caller.post("/tickets", DESK, key="new")
    assert admin.execute("SELECT key FROM idempotency_keys").fetchall() == [("new",)]


def test_a_refusal_is_kept_but_a_conflict_is_not(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    incomplete = {"ticket_type": "purchase-request", "data": {"item": "A desk"}}
    first = caller.post("/tickets", incomplete, key="one")
    assert first.status_code == 422
    again = caller.post("/tickets", incomplete, key="one")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")

    ticket = caller.submit()
    at = f"/tickets/{ticket['id']}"
    assert caller.post(f"{at}/resume", key="two").status_code == 409
    caller.post(f"{at}/hold")
    assert caller.post(f"{at}/resume", key="two").json["status"] == "IN_PROGRESS"


def test_a_conflict_about_an_offer_is_not_kept_either(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    ticket = caller.submit("propose-rules", purpose="Peace")
    at = f"/tickets/{ticket['id']}"
    caller.post(f"{at}/hold")
    assert caller.post(f"{at}/tasks", {"key": "withdraw"}, key="one").status_code == 409
    caller.post(f"{at}/resume")
    taken = caller.post(f"{at}/tasks", {"key": "withdraw"}, key="one")
    assert taken.status_code == 201
    assert caller.post(f"{at}/tasks", {"key": "withdraw"}, key="one").json == taken.json


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_a_key_is_1_to_255_visible_characters(key: str, program: Programs, shop: Company, alice: Person) -> None:
    refused = program(alice).post("/tickets", DESK, headers={"Idempotency-Key": key})
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json["detail"]


def test_every_kind_of_post_is_done_once(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    caller = program(alice)
    person = {"email": "new@acme.example", "password": "longenough"}
    posts = {
        "/users": person,
        "/roles": {"role_name": "buyer"},
        "/workflows/purchase-approval/archive": None,
        f"/tickets/{caller.submit()['id']}/fields": {"data": {"amount": 7}, "reason": "Cheaper"},
    }
    for path, body in posts.items():
        first = caller.post(path, body, key="one")
        assert first.status_code in (200, 201), first.text
        again = caller.post(path, body, key="one")
        assert (again.status_code, again.data) == (first.status_code, first.data)
    document = b"workflow: nonsense"
    first, again = (
        caller.call("POST", "/workflows/validate", key="one", data=document, content_type="application/yaml")
        for _ in range(2)
    )
    assert first.status_code == 422
    assert (first.data, "Idempotency-Replayed" in again.headers) == (again.data, True)
    assert admin.execute("SELECT count(*) FROM workflow_data WHERE writer = 'correction'").fetchone() == (1,)


def at_once(app: Flask, person: Person, path: str, body: object, keys: list[str | None]) -> list[TestResponse]:
    """Sends the same call from as many threads as there are keys, released together."""
    token, gate = person.token(), threading.Barrier(len(keys))

    def send(key: str | None) -> TestResponse:
        caller = Program(app, token)
        gate.wait()
        return caller.post(path, body, key=key)

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(send, keys))


def test_twenty_completions_at_once_with_one_key_get_one_answer(
    app: Flask, program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    task = _own_task(program(alice), alice)
    answers = at_once(app, alice, f"/tasks/{task}/complete", APPROVED, ["one"] * TOGETHER)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert admin.execute("SELECT count(*) FROM workflow_data WHERE task_id = %s", (task,)).fetchone() == (1,)


def test_twenty_completions_at_once_without_a_key_have_one_effect(
    app: Flask, program: Programs, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    task = _own_task(program(alice), alice)
    answers = at_once(app, alice, f"/tasks/{task}/complete", APPROVED, [None] * TOGETHER)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (TOGETHER - 1)
    assert {answer.json["detail"] for answer in answers if answer.status_code == 409} == {
        f"Task {task} is completed already. Look at the ticket to see what was answered."
    }
    assert admin.execute("SELECT count(*) FROM workflow_data WHERE task_id = %s", (task,)).fetchone() == (1,)


def test_twenty_submissions_at_once_with_one_key_make_one_ticket(
    app: Flask, shop: Company, alice: Person, admin: psycopg.Connection
) -> None:
    answers = at_once(app, alice, "/tickets", DESK, ["one"] * TOGETHER)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert count(admin, "ticket_instances") == 1


def test_whoever_waits_longer_than_the_patience_is_told_that_the_first_still_runs(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE_SECONDS", 0.05)
    caller = program(alice)
    with admin.transaction():
        _key_row(admin, alice, "/api/v1/tickets", "one", body_hash="")
        refused = caller.post("/tickets", DESK, key="one")
    assert refused.status_code == 409
    assert "still runs" in refused.json["detail"]
    assert count(admin, "ticket_instances") == 0


@pytest.mark.parametrize(
    ("path", "body", "table"),
    [
        ("/tickets", DESK, "ticket_instances"),
        ("/users", {"email": "new@acme.example", "password": PASSWORD}, "users"),
        ("/roles", {"role_name": "Buyers"}, "company_roles"),
    ],
)
def test_what_a_killed_process_made_is_shown_again(
    path: str,
    body: dict[str, object],
    table: str,
    program: Programs,
    shop: Company,
    alice: Person,
    admin: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caller = program(alice)
    first = caller.post(path, body, key="one")
    made = count(admin, table)
    admin.execute("UPDATE idempotency_keys SET status = NULL, body = NULL")
    monkeypatch.setattr(idempotency, "PATIENCE_SECONDS", 0.05)
    again = caller.post(path, body, key="one")
    assert (again.status_code, again.json, again.headers.get("Location")) == (
        201,
        first.json,
        first.headers.get("Location"),
    )
    assert count(admin, table) == made


def test_a_fault_after_the_change_is_shown_again_without_waiting(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = program(alice)
    caller.client.application.testing = False
    with monkeypatch.context() as broken:
        broken.setattr(shapes, "ticket", lambda view: 1 / 0)
        assert caller.post("/tickets", DESK, key="one").status_code == 500
    caller.client.application.testing = True
    monkeypatch.setattr(idempotency.time, "sleep", _must_not_wait)
    again = caller.post("/tickets", DESK, key="one")
    assert again.status_code == 201
    assert count(admin, "ticket_instances") == 1


def test_a_fault_before_the_change_leaves_nothing(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = program(alice)
    caller.client.application.testing = False
    with monkeypatch.context() as broken:
        broken.setattr("ticketflower.services.tickets.record_activity", lambda *_, **__: 1 / 0)
        assert caller.post("/tickets", DESK, key="one").status_code == 500
    caller.client.application.testing = True
    assert (count(admin, "ticket_instances"), count(admin, "idempotency_keys")) == (0, 0)
    assert caller.post("/tickets", DESK, key="one").status_code == 201


def test_a_cut_off_call_whose_outcome_nobody_noted_says_so(
    program: Programs, shop: Company, alice: Person, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE_SECONDS", 0.05)
    caller = program(alice)
    caller.post("/roles", {"role_name": "buyer"}, key="one")
    admin.execute("UPDATE idempotency_keys SET status = NULL, body = NULL, subject_id = NULL")
    refused = caller.post("/roles", {"role_name": "buyer"}, key="one")
    assert refused.status_code == 409
    assert "Look whether" in refused.json["detail"]


def test_forms_can_use_it_too(shop: Company, alice: Person) -> None:
    fields = [("csrf_token", "a"), ("item", "A desk"), ("idempotency_key", "one")]
    body = idempotency.form_as_body(fields)
    assert body == idempotency.form_as_body([("csrf_token", "b"), *fields[1:]])
    assert body != idempotency.form_as_body([("item", "A chair")])
    once = idempotency.once_of(alice.actor, "one", "POST", "/submit/purchase-request", body)
    acts: list[int] = []

    def act() -> idempotency.Answer:
        acts.append(1)
        return idempotency.Answer(303, location="/tickets/7")

    for expected_again in (False, True):
        with shop.session() as session:
            answer, again = idempotency.answer_once(session, once, shop.now, act, lambda made: act())
        assert (answer.location, again) == ("/tickets/7", expected_again)
    assert acts == [1]
    with shop.session() as session:
        later = shop.now + timedelta(hours=25)
        assert idempotency.answer_once(session, once, later, act, lambda made: act())[1] is False


def _own_task(caller: Program, person: Person) -> int:
    task = caller.submit()["tasks"][0]["id"]
    assert caller.post(f"/tasks/{task}/assign", {"user_id": person.id}).status_code == 200
    return int(task)


def _key_row(admin: psycopg.Connection, person: Person, path: str, key: str, body_hash: str) -> None:
    admin.execute(
        "INSERT INTO idempotency_keys (company_id, user_id, key, method, path, body_hash, created_at)"
        " VALUES (%s, %s, %s, 'POST', %s, %s, now())",
        (person.company.id, person.id, key, path, body_hash),
    )


def _must_not_wait(seconds: float) -> None:
    raise AssertionError("nobody has to wait for an answer that will not come")


def test_every_post_of_the_api_is_keyed() -> None:
    assert {operation.name for operation in api_operations.listed if operation.method == "POST"} == {
        operation.name for operation in api_operations.listed if operation.keyed
    }
