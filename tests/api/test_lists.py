"""Filters, search, and what lists cost (issue: each list in a constant number of queries)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.programs import Program
from tests.people import Company, Person
from tests.queries import count_queries

Programs = Callable[[Person], Program]


def test_active_and_archive_part_the_tickets(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    running, held, over = (caller.submit()["id"] for _ in range(3))
    caller.post(f"/tickets/{held}/hold")
    caller.post(f"/tickets/{over}/cancel")

    def listed(query: str) -> list[int]:
        return [ticket["id"] for ticket in caller.get(f"/tickets?{query}").json["items"]]

    assert listed("") == [over, held, running]
    assert listed("status=active") == [held, running]
    assert listed("status=archive") == [over]
    assert listed("status=ON_HOLD") == [held]
    assert listed("type=purchase-request&status=IN_PROGRESS") == [running]
    assert listed("type=propose-rules") == []


def test_mine_leaves_out_what_colleagues_submitted(
    program: Programs, shop: Company, alice: Person, bob: Person
) -> None:
    program(bob).submit()
    own = program(alice).submit()["id"]
    caller = program(alice)
    assert len(caller.get("/tickets").json["items"]) == 2
    assert [ticket["id"] for ticket in caller.get("/tickets?mine=true").json["items"]] == [own]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("oak", True),
        ("OAK desk", True),
        ("desk oak", True),
        ("oak chair", False),
        ("2500", True),
        ("Bäcker", True),
        ('12"', True),
        ("50%", True),
        ("5_%", False),
        ("back\\slash", True),
        ("item", False),
        ("Request a pur", True),
        ("", True),
    ],
)
def test_search_finds_words_of_what_was_submitted(
    q: str, found: bool, program: Programs, shop: Company, alice: Person
) -> None:
    caller = program(alice)
    caller.submit(item='A desk of oak, 12" deep, 50% off, back\\slash', amount=2500, requester="Bäcker")
    caller.submit("propose-rules", purpose="Quiet after ten")
    items = caller.get("/tickets", query_string={"q": q, "type": "purchase-request"}).json["items"]
    assert bool(items) == found


def test_search_finds_a_ticket_by_its_number(program: Programs, shop: Company, alice: Person) -> None:
    caller = program(alice)
    first, _ = caller.submit()["id"], caller.submit()["id"]
    for q in (str(first), f"#{first}", f" {first} "):
        found = caller.get("/tickets", query_string={"q": q}).json["items"]
        assert [ticket["id"] for ticket in found] == [first]
    assert caller.get("/tickets", query_string={"q": "9" * 18}).json["items"] == []


def test_search_tells_nothing_of_colleagues_tickets(program: Programs, shop: Company, alice: Person) -> None:
    secret = program(alice).submit(item="A surprise for Uma", amount=1, requester="All")
    uma = program(shop.people["uma"])
    for q in ("surprise", str(secret["id"])):
        assert uma.get("/tickets", query_string={"q": q}).json["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/tickets",
        "/tickets?status=archive&q=desk",
        "/tasks",
        "/tasks?assigned_to=me",
        "/tasks?assigned_to=none",
        "/errors",
        "/users",
        "/roles",
        "/workflows",
        "/ticket-types",
        "/tickets/{id}",
        "/tickets/{id}/log",
        "/tickets/{id}/iterations?data=true",
        "/tasks/{task}",
    ],
)
def test_an_answer_costs_the_same_number_of_queries_however_much_there_is(
    path: str, program: Programs, shop: Company, alice: Person
) -> None:
    caller = program(alice)
    ticket = caller.submit("content-request", brief="About us")
    caller.post(f"/tickets/{caller.submit()['id']}/cancel")
    path = path.format(id=ticket["id"], task=ticket["tasks"][0]["id"])
    before = _cost(caller, path)
    for number in range(6):
        other = caller.submit()
        caller.post(f"/tickets/{other['id']}/cancel")
        caller.submit("propose-rules", purpose="More")
        caller.post("/roles", {"role_name": f"role {number}"})
        caller.post("/users", {"email": f"{number}@acme.example", "password": "longenough"})
        caller.post(f"/tickets/{ticket['id']}/fields", {"data": {"brief": "Again", "verdict": "redo"}, "reason": "x"})
    assert _cost(caller, path) == before
    assert before <= 8


def _cost(caller: Program, path: str) -> int:
    caller.get(path)  # compiles the versions that it needs
    with count_queries() as queries:
        assert caller.get(path).status_code == 200
    return len(queries)


def test_nobodys_tasks_are_those_that_wait_and_those_that_ended_so(
    program: Programs, shop: Company, alice: Person
) -> None:
    caller = program(alice)
    tickets = [caller.submit() for _ in range(3)]
    waiting, ended, own = (ticket["tasks"][0]["id"] for ticket in tickets)
    for task in (waiting, ended, own):
        caller.post(f"/tasks/{task}/assign", {"user_id": alice.id})
    for task in (waiting, ended):
        caller.post(f"/tasks/{task}/release")
    caller.post(f"/tickets/{tickets[1]['id']}/cancel")

    def listed(query: str) -> list[int]:
        return [task["id"] for task in caller.get(f"/tasks?{query}").json["items"]]

    assert listed("assigned_to=none") == [ended, waiting]
    assert listed("assigned_to=none&status=CANCELLED") == [ended]
    assert listed("assigned_to=me") == [own]
    assert listed(f"assigned_to={alice.id}") == [own]
    assert listed("") == [own, ended, waiting]
