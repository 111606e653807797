"""Who may make which call, and what they see (api.md, the table; security.md, Walls between companies)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.programs import Program
from tests.api.workflows import store, text_of
from tests.pages import Browser
from tests.people import Company, Person
from ticketflower.blueprints.api import operations
from ticketflower.blueprints.api.operations import Operation

Programs = Callable[[Person], Program]

ROLES = {"dora": "task_worker", "uma": "user", "tom": "ticket_admin", "wim": "workflow_creator", "ada": "admin"}
ANYONE: set[str] = set()

#: api.md, the column "roles". Who is a submitter, an assignee or the like needs a role that can make them one.
WHO: dict[str, set[str]] = {
    "store_workflow": {"workflow_creator"},
    "validate_workflow": {"workflow_creator"},
    "activate_workflow": {"workflow_creator"},
    "archive_workflow": {"workflow_creator"},
    "list_workflows": {"workflow_creator", "ticket_admin"},
    "show_workflow": {"workflow_creator", "ticket_admin"},
    "show_workflow_schema": ANYONE,
    "show_openapi": ANYONE,
    "list_ticket_types": {"user"},
    "submit_ticket": {"user"},
    "list_tickets": {"user", "ticket_admin"},
    "show_ticket": {"user", "task_worker", "ticket_admin"},
    "take_offer": {"user", "task_worker", "ticket_admin"},
    "correct_fields": {"ticket_admin"},
    "list_iterations": {"user", "ticket_admin"},
    "list_log": {"ticket_admin"},
    "cancel_ticket": {"user", "ticket_admin"},
    "hold_ticket": {"ticket_admin"},
    "resume_ticket": {"ticket_admin"},
    "advance_ticket": {"ticket_admin"},
    "list_tasks": {"task_worker", "ticket_admin"},
    "show_task": {"user", "task_worker", "ticket_admin"},
    "start_task": {"task_worker"},
    "claim_task": {"task_worker"},
    "release_task": {"task_worker"},
    "complete_task": {"user", "task_worker", "ticket_admin"},
    "assign_task": {"ticket_admin"},
    "list_errors": {"ticket_admin"},
    "show_error": {"ticket_admin"},
    "retry_error": {"ticket_admin"},
    "review_error": {"ticket_admin"},
    "resolve_error": {"ticket_admin"},
    "apply_output": {"ticket_admin"},
    "discard_output": {"ticket_admin"},
    "send_back": {"ticket_admin"},
    "list_users": {"admin"},
    "show_user": {"admin"},
    "create_user": {"admin"},
    "change_user": {"admin"},
    "list_roles": {"admin"},
    "create_role": {"admin"},
}
CALLS = [pytest.param(operation, id=operation.name) for operation in operations.listed]
WITH_TOKEN = [call for call in CALLS if WHO.get(str(call.id))]
WITH_NUMBER = [call for call in CALLS if "<number:" in call.values[0].rule]


def make(program: Program, operation: Operation, number: object = 987654321) -> TestResponse:
    """Makes a call with a body that it takes, on a thing with this number (or key)."""
    options: dict[str, Any] = {}
    if operation.body is not None:
        options["json"] = operation.body.example or {}
    if operation.takes_document:
        options |= {"data": text_of("purchase-approval").encode(), "content_type": "application/yaml"}
    path = operation.rule
    for word in ("<number:ticket_id>", "<number:task_id>", "<number:error_id>", "<number:user_id>", "<key>"):
        path = path.replace(word, str(number))
    return program.call(operation.method, path, **options)


def test_the_table_names_every_call_and_no_other() -> None:
    assert {operation.name for operation in operations.listed} == set(WHO)


@pytest.mark.parametrize("operation", WITH_TOKEN)
def test_without_a_token_there_is_no_answer(operation: Operation, stranger: Program) -> None:
    response = make(stranger, operation)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json["type"] == "urn:ticketflower:problem:signed-out"


def test_a_browsers_session_opens_nothing_here(browser: Callable[[], Browser], alice: Person) -> None:
    signed_in = browser()
    signed_in.sign_in(alice)
    assert signed_in.get("/").status_code == 200
    assert signed_in.get("/api/v1/tickets").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YWxpY2U6cGFzcw==", "Bearer nobody's", "Bearer " + "x" * 9000]
)
def test_a_token_that_is_not_known_is_401(header: str, stranger: Program) -> None:
    assert stranger.get("/tickets", headers={"Authorization": header}).status_code == 401


def test_the_token_of_somebody_deactivated_is_401(program: Programs, shop: Company, alice: Person) -> None:
    uma = program(shop.people["uma"])
    assert uma.get("/tickets").status_code == 200
    assert program(alice).patch(f"/users/{shop.people['uma'].id}", {"active": False}).status_code == 200
    assert uma.get("/tickets").status_code == 401


@pytest.mark.parametrize("operation", WITH_TOKEN)
def test_each_role_opens_its_own_calls_and_no_other(operation: Operation, program: Programs, shop: Company) -> None:
    for name, role in ROLES.items():
        response = make(program(shop.people[name]), operation)
        assert (response.status_code != 403) == (role in WHO[operation.name]), f"{name}: {response.text}"
    assert make(program(shop.people["zoe"]), operation).status_code == 403


@pytest.mark.parametrize("operation", WITH_NUMBER)
def test_another_companys_thing_is_answered_as_none_at_all(
    operation: Operation, program: Programs, shop: Company, alice: Person, charlie: Person
) -> None:
    conflict = a_conflict(program(alice))
    numbers = {
        "ticket_id": conflict["ticket_id"],
        "task_id": conflict["task_id"],
        "error_id": conflict["id"],
        "user_id": alice.id,
    }
    outsider = program(charlie)
    name = operation.rule.partition("<number:")[2].partition(">")[0]
    foreign = make(outsider, operation, numbers[name])
    assert foreign.status_code == 404, foreign.text
    for nothing in (987654321, 0, 2**63 - 1, 2**63, 9999999999999999999):
        none = make(outsider, operation, nothing)
        assert (none.status_code, none.data) == (404, foreign.data)
    assert program(alice).get(f"/errors/{conflict['id']}").json == conflict


def test_another_companys_words_open_nothing(
    program: Programs, shop: Company, umbrella: Company, charlie: Person
) -> None:
    outsider = program(charlie)
    refused = outsider.post("/tickets", {"ticket_type": "purchase-request", "data": {"item": "x"}})
    none = outsider.post("/tickets", {"ticket_type": "no-such-type", "data": {"item": "x"}})
    assert (refused.status_code, refused.data) == (none.status_code, none.data)
    assert outsider.get("/workflows/purchase-approval").data == outsider.get("/workflows/no-such").data
    assert outsider.get("/ticket-types").json == {"items": [], "next": None}
    assert outsider.get("/workflows").json == {"items": [], "next": None}
    store(umbrella, "purchase-approval")
    assert outsider.submit()["ticket_type"] == "purchase-request"


def test_lists_hold_nothing_of_another_company(
    program: Programs, shop: Company, alice: Person, charlie: Person
) -> None:
    a_conflict(program(alice))
    outsider = program(charlie)
    for path in ("/tickets", "/tickets?q=desk", "/tasks", "/errors", "/roles"):
        assert outsider.get(path).json == {"items": [], "next": None}, path
    assert [user["email"] for user in outsider.get("/users").json["items"]] == [charlie.email]


def test_a_submitter_sees_their_tickets_and_no_colleagues(program: Programs, shop: Company, alice: Person) -> None:
    uma = program(shop.people["uma"])
    own, foreign = uma.submit(), program(alice).submit()
    assert [ticket["id"] for ticket in uma.get("/tickets").json["items"]] == [own["id"]]
    assert uma.get(f"/tickets/{own['id']}").json["data"] == own["data"]
    for path in (f"/tickets/{foreign['id']}", f"/tickets/{foreign['id']}/iterations"):
        assert uma.get(path).data == uma.get("/tickets/987654321").data
    assert uma.post(f"/tickets/{foreign['id']}/cancel").status_code == 404


def test_a_worker_sees_the_fields_of_their_tasks_only(program: Programs, shop: Company, alice: Person) -> None:
    admin = program(alice)
    ticket = admin.submit(item="A desk", amount=420, requester="Bob")
    review = ticket["tasks"][0]["id"]
    admin.post(f"/tasks/{review}/assign", {"user_id": alice.id})
    admin.post(f"/tasks/{review}/complete", {"data": {"approved": True, "reason": "needed"}})
    tasks = {task["key"]: task["id"] for task in admin.get(f"/tickets/{ticket['id']}").json["tasks"]}
    dora = shop.people["dora"]
    for key in ("order", "notify"):
        admin.post(f"/tasks/{tasks[key]}/assign", {"user_id": alice.id})
    worker = program(dora)
    assert worker.get(f"/tickets/{ticket['id']}").status_code == 404
    admin.post(f"/tasks/{tasks['order']}/assign", {"user_id": dora.id})
    seen = worker.get(f"/tickets/{ticket['id']}").json
    assert seen["data"] == {"approved": True}
    assert [task["id"] for task in seen["tasks"]] == [review, tasks["order"], tasks["notify"]]
    assert worker.get(f"/tasks/{tasks['order']}").json["input"] == {"approved": True}
    assert worker.get(f"/tasks/{tasks['notify']}").status_code == 404


def test_a_worker_lists_their_own_tasks_and_those_they_may_claim(
    program: Programs, shop: Company, alice: Person
) -> None:
    admin, worker = program(alice), program(shop.people["dora"])
    ids = [admin.submit()["tasks"][0]["id"] for _ in range(3)]
    dora = shop.people["dora"].id
    admin.post(f"/tasks/{ids[0]}/assign", {"user_id": dora})
    admin.post(f"/tasks/{ids[1]}/assign", {"user_id": alice.id})
    admin.post(f"/tasks/{ids[2]}/assign", {"user_id": alice.id})
    admin.post(f"/tasks/{ids[2]}/release")

    def listed(query: str) -> list[int]:
        return [task["id"] for task in worker.get(f"/tasks{query}").json["items"]]

    assert listed("") == [ids[2], ids[0]]
    assert listed("?assigned_to=me") == [ids[0]]
    assert listed("?assigned_to=none") == [ids[2]]
    assert listed(f"?assigned_to={alice.id}") == []
    assert worker.get(f"/tasks/{ids[1]}").status_code == 404
    assert worker.post(f"/tasks/{ids[0]}/complete", {"data": {"approved": False}}).status_code == 200
    assert listed("?status=COMPLETED") == [ids[0]]
    admin.post(f"/tasks/{ids[1]}/assign", {"user_id": dora})
    assert admin.post(f"/tasks/{ids[1]}/complete", {"data": {"approved": False}}).status_code == 200
    assert listed("?status=COMPLETED") == [ids[1], ids[0]], "one that an admin completed for her is still hers"
    assert listed("") == [ids[2], ids[1], ids[0]]


def a_conflict(admin: Program) -> dict[str, Any]:
    """A write conflict of the caller's company, as the error desk shows it: two reviews of one text at once."""
    ticket = admin.submit("content-request", brief="About us")
    write = ticket["tasks"][0]["id"]
    answered = admin.post(f"/tasks/{write}/complete", {"data": {"draft": "One"}})
    assert answered.status_code == 200, answered.text
    review = admin.get(f"/tickets/{ticket['id']}").json["tasks"][-1]["id"]
    corrected = admin.post(f"/tickets/{ticket['id']}/fields", {"data": {"draft": "Two"}, "reason": "A typo"})
    second = corrected.json["tasks"][-1]["id"]
    for task, verdict in ((review, "redo"), (second, "publish")):
        done = admin.post(f"/tasks/{task}/complete", {"data": {"verdict": verdict}})
        assert done.status_code == 200, done.text
    assert done.json["status"] == "ERROR"
    error = admin.get("/errors").json["items"][0]
    return dict(admin.get(f"/errors/{error['id']}").json)
