"""The walls: every route, for every role, with a thing of one's own, another company's, and none (security.md, Walls).

What each route should answer stands in ``walls.py``. A new route without a line there fails here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.api.workflows import store
from tests.conftest import NOON
from tests.pages import Browser
from tests.people import Company, Person, make_company
from tests.web.walls import ELSEWHERE, ROLES, WALLS, Wall
from ticketflower.models import TaskInstance, TicketError
from ticketflower.services import tasks, tickets

#: Stands in everything that the other company has. It must be in no answer that Acme's people get.
CANARY = "kanarienvogel"
#: Roles' names, and what somebody with no role at all is called.
NOBODY = "nothing"
NONE = {
    "ticket": 987654321,
    "ticket_type": "no-such-type",
    "task": 987654321,
    "error": 987654321,
    "workflow": "no-such-workflow",
}


@dataclass
class World:
    """Two companies with a thing of each kind.

    Attributes:
        people: of Acme, one with each role alone, and one without any.
        own: what Acme has, by kind; each person with a right to it by their role has that right to this one.
        foreign: what the other company has.
    """

    people: dict[str, Person]
    own: Mapping[str, Any]
    foreign: Mapping[str, Any]


def things_of(company: Company, submitter: Person, worker: Person, workflow: str, words: str) -> dict[str, Any]:
    """A ticket with its type, a task of it that ``worker`` is to do, an error, a workflow."""
    store(company, workflow)
    type_key, data = {
        "purchase-approval": ("purchase-request", {"item": words, "amount": 420, "requester": words}),
        "content-review": ("content-request", {"brief": words}),
    }[workflow]
    with company.session() as session:
        ticket = tickets.submit_ticket(session, submitter.actor, type_key, data, NOON)
        task = session.scalars(select(TaskInstance.id).where(TaskInstance.ticket_id == ticket)).first()
        assert task is not None
        tasks.assign_task(session, company.admin.actor, task, worker.id, NOON)
        error = TicketError(
            company_id=company.id,
            ticket_id=ticket,
            error_type="WORKFLOW_TRANSITION",
            code="advance_failed",
            cause="advance",
            error_message=words,
        )
        session.add(error)
        session.commit()
        return {"ticket": ticket, "ticket_type": type_key, "task": task, "error": error.id, "workflow": workflow}


@pytest.fixture
def world(acme: Company, sessions: sessionmaker[Session]) -> World:
    """Acme and its neighbour."""
    people = {
        role: acme.add(f"{role}@acme.example", role.capitalize(), "Acme", [role] if role in ROLES else [])
        for role in (*ROLES, NOBODY)
    }
    other = make_company(
        sessions,
        f"{CANARY} & Sons",
        NOON,
        admin=f"{CANARY}@other.example",
        first_name=CANARY,
        last_name=CANARY,
    )
    return World(
        people,
        own=things_of(acme, people["user"], people["task_worker"], "purchase-approval", "A desk"),
        foreign=things_of(other, other.admin, other.admin, "content-review", CANARY),
    )


def rules_of(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(ELSEWHERE):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def ask(browser: Browser, rule: Rule, method: str, wall: Wall, things: Mapping[str, Any]) -> TestResponse:
    """Makes the call, with the token that a form of ours would carry."""
    arguments = {name: things[kind] for name, kind in wall.things.items()}
    adapter = browser.application.url_map.bind("localhost")
    path = adapter.build(rule.endpoint, {**arguments, **wall.fixed}, method=method)
    data = None if method == "GET" else {"csrf_token": browser.csrf_token(), **wall.data}
    return browser.open(path, method=method, data=data, query_string=wall.query)


def bare(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """An answer without what differs from call to call: the request's name, tokens, keys."""
    body = re.sub(r"Ij[\w-]+\.[\w-]+\.[\w-]+", "TOKEN", answer.text)
    headers = [(name, value) for name, value in answer.headers if name not in ("X-Request-Id", "Set-Cookie", "Date")]
    return answer.status_code, body, headers


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "endpoint" in metafunc.fixturenames:
        metafunc.parametrize("endpoint", sorted(WALLS))


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    assert {rule.endpoint for rule, _ in rules_of(app)} == set(WALLS)


def test_every_address_that_names_a_thing_has_its_kind(app: Flask) -> None:
    for rule, _ in rules_of(app):
        wall = WALLS[rule.endpoint]
        assert rule.arguments == {*wall.things, *wall.fixed}, rule.endpoint


def test_each_role_gets_through_its_own_routes_and_no_other(
    endpoint: str, app: Flask, world: World, browser: Callable[[], Browser]
) -> None:
    wall = WALLS[endpoint]
    for rule, method in [(rule, method) for rule, method in rules_of(app) if rule.endpoint == endpoint]:
        for role, person in world.people.items():
            answer = ask(browser().sign_in(person), rule, method, wall, world.own)
            expected = expected_statuses(wall, role, method)
            assert answer.status_code in expected, f"{method} {endpoint} as {role}: {answer.status}\n{answer.text}"
            assert CANARY not in answer.text
        answer = ask(browser(), rule, method, wall, world.own)
        if wall.public:
            assert answer.status_code in expected_statuses(wall, "", method)
        else:
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in")


def expected_statuses(wall: Wall, role: str, method: str) -> set[int]:
    if not (wall.public or wall.everybody or role in wall.roles):
        return {403}
    if role in wall.blind:
        return {404}
    # A change leads on, is refused by the state that another role's has left, or by what the table's form lacks.
    return {200, 303} if method == "GET" else {200, 204, 303, 409, 422}


def test_another_companys_thing_is_answered_as_none_at_all(
    endpoint: str, app: Flask, world: World, browser: Callable[[], Browser]
) -> None:
    wall = WALLS[endpoint]
    if not wall.things:
        assert not wall.blind, "nothing to be blind for"
        return
    for rule, method in [(rule, method) for rule, method in rules_of(app) if rule.endpoint == endpoint]:
        for role in sorted(wall.roles):
            signed_in = browser().sign_in(world.people[role])
            foreign = ask(signed_in, rule, method, wall, world.foreign)
            none = ask(signed_in, rule, method, wall, NONE)
            assert foreign.status_code == 404, f"{method} {endpoint} as {role}: {foreign.status}"
            assert bare(foreign) == bare(none)
