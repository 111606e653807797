"""The commands: one JSON object on the last line, refusals with the reason and exit status 1 (api.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from click.testing import Result
from flask import Flask

from tests.api.programs import Program
from tests.api.workflows import text_of
from tests.people import Company, Person
from ticketflower.services import demo

PASSWORD = "correct horse battery"


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    """Runs a command: ``run("token", "create", "a@acme.example")``."""
    runner = app.test_cli_runner()

    def run_command(*words: str) -> Result:
        return runner.invoke(args=list(words))

    return run_command


@pytest.fixture
def answer(run: Callable[..., Result]) -> Callable[..., Any]:
    """Runs a command with ``--json`` and gives what it answers."""

    def answer_of(*words: str) -> Any:
        result = run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.splitlines()[-1])

    return answer_of


def test_a_company_with_people_and_a_token_is_made_by_four_commands(
    answer: Callable[..., Any], app: Flask, admin: psycopg.Connection
) -> None:
    made = answer("company", "create", "Acme", "--admin-email", "A@Acme.example", "--admin-password", PASSWORD)
    assert made.keys() == {"company_id", "user_id"}
    roles = [
        "--system-role",
        "user",
        "--system-role",
        "task_worker",
        "--company-role",
        "buyer",
        "--company-role",
        "boss",
    ]
    at_acme = ["--company", str(made["company_id"]), "--password", PASSWORD]
    bob = answer("user", "create", "bob@acme.example", *at_acme, *roles)
    eve = answer("user", "create", "eve@acme.example", *at_acme, "--company-role", "buyer")
    token = answer("token", "create", "a@acme.example")["token"]
    users = {user["id"]: user for user in Program(app, token).get("/users").json["items"]}
    assert users[made["user_id"]]["system_roles"] == [
        "admin",
        "user",
        "ticket_admin",
        "task_worker",
        "workflow_creator",
    ]
    assert users[bob["user_id"]]["system_roles"] == ["user", "task_worker"]
    assert users[bob["user_id"]]["company_roles"] == ["boss", "buyer"]
    assert users[eve["user_id"]]["company_roles"] == ["buyer"]
    assert [role["role_name"] for role in Program(app, token).get("/roles").json["items"]] == ["buyer", "boss"]
    available = admin.execute(
        "SELECT user_id, company_roles FROM user_loads WHERE available ORDER BY user_id"
    ).fetchall()
    assert available == [(made["user_id"], []), (bob["user_id"], ["boss", "buyer"])]
    assert answer("check") == {"problems": []}


def test_a_superuser_is_made_once(answer: Callable[..., Any], run: Callable[..., Result], alice: Person) -> None:
    assert answer("superuser", "create", "Staff@Platform.example", "--password", PASSWORD)["user_id"] > 0
    for taken in ("staff@platform.example", alice.email):
        refused = run("superuser", "create", taken, "--password", PASSWORD)
        assert refused.exit_code == 1
        assert "can't be used" in refused.stderr


REFUSED = {
    "an address in use": (
        ["company", "create", "B", "--admin-email", "alice@acme.example", "--admin-password", PASSWORD],
        "can't be used",
    ),
    "a short password": (
        ["company", "create", "B", "--admin-email", "b@b.example", "--admin-password", "short"],
        "8 characters",
    ),
    "no name": (
        ["company", "create", " ", "--admin-email", "b@b.example", "--admin-password", PASSWORD],
        "company name",
    ),
    "no such company": (
        ["user", "create", "b@b.example", "--company", "987654321", "--password", PASSWORD],
        "no company",
    ),
    "no such number": (
        ["user", "create", "b@b.example", "--company", str(2**63), "--password", PASSWORD],
        "no company",
    ),
    "nobody's token": (["token", "create", "nobody@acme.example"], "nobody@acme.example"),
    "a superuser's password": (["superuser", "create", "s@s.example", "--password", "short"], "8 characters"),
    "no address": (["superuser", "create", "staff", "--password", PASSWORD], "name@example.com"),
}


@pytest.mark.parametrize(("words", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_exits_1_with_the_reason_on_stderr(
    words: list[str], reason: str, run: Callable[..., Result], alice: Person
) -> None:
    refused = run(*words, "--json")
    assert refused.exit_code == 1
    assert reason in refused.stderr
    assert refused.stdout == ""


def test_all_reasons_are_told_at_once_and_nothing_is_left_behind(
    run: Callable[..., Result], acme: Company, admin: psycopg.Connection
) -> None:
    words = ["user", "create", "b", "--company", str(acme.id), "--password", "x"]
    refused = run(*words, "--system-role", "king", "--company-role", "x" * 101)
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 4
    taken = ["user", "create", "bob@acme.example", "--company", str(acme.id), "--password", PASSWORD]
    assert run(*taken, "--company-role", "left-behind").exit_code == 1
    assert admin.execute("SELECT count(*) FROM company_roles").fetchone() == (0,)


def test_somebody_deactivated_gets_no_token(
    run: Callable[..., Result], answer: Callable[..., Any], app: Flask, alice: Person, bob: Person
) -> None:
    token = answer("token", "create", alice.email)["token"]
    Program(app, token).patch(f"/users/{bob.id}", {"active": False})
    assert run("token", "create", bob.email).exit_code == 1


def test_without_json_a_person_can_read_it(run: Callable[..., Result], alice: Person) -> None:
    result = run("token", "create", alice.email)
    assert result.exit_code == 0
    assert len(result.stdout.strip()) == 43
    assert run("sweep").stdout == "0 tickets advanced, 0 failed.\n"
    assert run("check").stdout == "The database is sound.\n"


def test_demo_prints_what_it_made_with_the_sign_ins(
    answer: Callable[..., Any], run: Callable[..., Result], app: Flask
) -> None:
    made = answer("demo")
    assert made["tickets"] > 0
    emails = [person["email"] for person in made["sign_ins"]]
    assert {person["password"] for person in made["sign_ins"]} == {demo.PASSWORD}
    token = answer("token", "create", emails[0])["token"]
    assert len(Program(app, token).get("/workflows").json["items"]) >= 3
    again = run("demo")
    assert again.exit_code == 1
    assert again.stderr
    assert answer("check") == {"problems": []}


def test_sweep_advances_what_a_killed_process_left(
    answer: Callable[..., Any], app: Flask, alice: Person, admin: psycopg.Connection
) -> None:
    caller = Program(app, alice.token())
    caller.put("/workflows/purchase-approval?activate=true", text_of("purchase-approval"))
    ticket = caller.submit()
    admin.execute(
        "UPDATE task_instances SET status = 'COMPLETED', output = '{\"approved\": true}', completed_by = assigned_to,"
        " completed_at = now(), change_order = nextval('change_order')"
    )
    admin.execute("UPDATE user_loads SET active = 0")
    assert answer("sweep") == {"advanced": 1, "failed": 0}
    assert caller.get(f"/tickets/{ticket['id']}").json["iteration"] == 1
    assert answer("sweep") == {"advanced": 0, "failed": 0}
    assert answer("check") == {"problems": []}


def test_check_exits_1_when_something_is_wrong(
    run: Callable[..., Result], app: Flask, alice: Person, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE user_loads SET active = 7 WHERE user_id = %s", (alice.id,))
    result = run("check", "--json")
    assert result.exit_code == 1
    problems = json.loads(result.stdout.splitlines()[-1])["problems"]
    assert len(problems) == 1
    assert str(alice.id) in problems[0]
