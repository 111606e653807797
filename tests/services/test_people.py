"""A company's people: who may make and change them, and what assignment reads about them."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.people import PASSWORD, Company, Person
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Conflict, Forbidden, NotFound, Unacceptable
from ticketflower.services import people
from ticketflower.services.accounts import AddressTaken
from ticketflower.services.people import PersonChanges


def load_of(admin: psycopg.Connection, person: Person) -> tuple[Any, ...] | None:
    return admin.execute("SELECT available, company_roles FROM user_loads WHERE user_id = %s", [person.id]).fetchone()


def create(company: Company, actor: Person, **changes: Any) -> int:
    answers = {
        "email": "new@acme.example",
        "password": PASSWORD,
        "first_name": "New",
        "last_name": "Person",
        "system_roles": ["user"],
        "company_roles": [],
    }
    with company.session() as session:
        return people.create_user(session, actor.actor, **{**answers, **changes}, now=NOON)


def test_only_an_admin_makes_and_changes_people_and_roles(acme: Company, bob: Person) -> None:
    with acme.session() as session:
        actor = bob.actor
        for change in (
            lambda: create(acme, bob),
            lambda: people.change_user(session, actor, bob.id, PersonChanges(system_roles=["admin"]), NOON),
            lambda: people.create_company_role(session, actor, "Board", "", NOON),
        ):
            with pytest.raises(Forbidden, match="needs the role admin"):
                change()
    assert bob.actor.system_roles == {SystemRole.USER, SystemRole.TASK_WORKER}


def test_every_problem_is_told_at_once_with_its_place(acme: Company) -> None:
    with pytest.raises(Unacceptable) as refusal:
        create(
            acme,
            acme.admin,
            email="new",
            password="short",
            first_name="x" * 101,
            system_roles=["user", "king"],
            company_roles=["Board"],
        )
    assert [(problem.pointer, problem.detail) for problem in refusal.value.problems] == [
        ("/email", "Email address must be in the format name@example.com."),
        ("/password", "Password must be 8 characters or more."),
        ("/first_name", "First name must be 100 characters or fewer."),
        (
            "/system_roles/1",
            "There is no system role 'king'. Select from admin, user, ticket_admin, task_worker, workflow_creator.",
        ),
        ("/company_roles/0", "The company has no role 'Board'. Select one that it has, or make this one first."),
    ]


@pytest.mark.parametrize("who", ["colleague", "outsider"])
def test_an_address_in_use_anywhere_cannot_be_used_and_no_more_is_told(
    acme: Company, bob: Person, charlie: Person, who: str
) -> None:
    taken = bob.email if who == "colleague" else charlie.email
    with pytest.raises(AddressTaken) as on_create:
        create(acme, acme.admin, email=taken.upper())
    with pytest.raises(AddressTaken) as on_change:
        acme.change(acme.admin, email=taken)
    assert on_create.value.detail == on_change.value.detail
    assert "can't be used" in on_create.value.detail


def test_another_companys_person_is_nobody(acme: Company, charlie: Person) -> None:
    with acme.session() as session:
        for user_id in (charlie.id, 10**6, 0, -1, 2**63):
            with pytest.raises(NotFound):
                people.change_user(session, acme.admin.actor, user_id, PersonChanges(active=False), NOON)
    assert charlie.actor is not None


def test_what_is_not_named_stays(acme: Company, bob: Person) -> None:
    before = bob.actor
    acme.change(bob, last_name="Becker")
    after = bob.actor
    assert (after.name, after.email, after.system_roles) == ("Bob Becker", before.email, before.system_roles)


@pytest.mark.parametrize("change", [{"active": False}, {"system_roles": ["user"]}])
def test_a_company_keeps_an_admin(acme: Company, bob: Person, change: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="at least one active admin"):
        acme.change(acme.admin, **change)
    acme.change(bob, system_roles=["admin"])
    acme.change(acme.admin, **change)
    assert not acme.admin.actor.has(SystemRole.ADMIN) if "active" not in change else True


def test_two_admins_who_take_each_others_role_at_once_leave_one(
    acme: Company, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.change(bob, system_roles=["admin"])
    actors = [(acme.admin.actor, bob), (bob.actor, acme.admin)]
    both_have_written, outcomes = threading.Barrier(2), []
    really_has = people._has_active_admin

    def look_when_both_have_written(session: Session) -> bool:
        with suppress(threading.BrokenBarrierError):  # the second isn't let in before the first has ended
            both_have_written.wait(timeout=0.5)
        return really_has(session)

    monkeypatch.setattr(people, "_has_active_admin", look_when_both_have_written)

    def demote(index: int) -> None:
        actor, other = actors[index]
        with acme.session() as session:
            try:
                people.change_user(session, actor, other.id, PersonChanges(system_roles=["user"]), NOON)
                outcomes.append("done")
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=demote, args=[index]) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]


@pytest.mark.parametrize(
    ("changes", "available"),
    [
        ({}, True),
        ({"away": True}, False),
        ({"active": False}, False),
        ({"system_roles": ["user"]}, False),
        ({"system_roles": ["task_worker"]}, True),
    ],
)
def test_new_tasks_come_to_active_task_workers_who_are_not_away(
    acme: Company, bob: Person, admin: psycopg.Connection, changes: dict[str, Any], available: bool
) -> None:
    acme.change(bob, **changes)
    assert load_of(admin, bob) == (available, [])


def test_who_comes_back_is_available_again(acme: Company, bob: Person, admin: psycopg.Connection) -> None:
    acme.change(bob, away=True)
    acme.change(bob, away=False)
    assert load_of(admin, bob) == (True, [])


def test_the_names_of_company_roles_are_repeated_for_assignment(acme: Company, admin: psycopg.Connection) -> None:
    dana = acme.add("dana@acme.example", "Dana", "Doe", ["task_worker"], ["Buyers", "Board"])
    assert load_of(admin, dana) == (True, ["Board", "Buyers"])
    acme.change(dana, company_roles=["Buyers"])
    assert load_of(admin, dana) == (True, ["Buyers"])
    acme.change(dana, company_roles=[])
    assert load_of(admin, dana) == (True, [])


def test_a_role_name_is_unique_in_its_company_only(acme: Company, umbrella: Company) -> None:
    for company in (acme, umbrella):
        with company.session() as session:
            people.create_company_role(session, company.admin.actor, "Board", "", NOON)
    with acme.session() as session, pytest.raises(Unacceptable, match="There is a role Board already"):
        people.create_company_role(session, acme.admin.actor, " Board ", "", NOON)


@pytest.mark.parametrize(
    ("name", "description", "place"),
    [("", "", "/role_name"), ("x" * 101, "", "/role_name"), ("Board", "x" * 501, "/description")],
)
def test_a_role_that_breaks_a_rule_is_not_made(acme: Company, name: str, description: str, place: str) -> None:
    with acme.session() as session, pytest.raises(Unacceptable) as refusal:
        people.create_company_role(session, acme.admin.actor, name, description, NOON)
    assert [problem.pointer for problem in refusal.value.problems] == [place]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"theme": "pink"}, "/theme"),
        ({"time_zone": "Mars/Base"}, "/time_zone"),
        ({"email": "bob"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "bob@acme.example"}, "/password"),
        ({"first_name": "\x00"}, "/first_name"),
        ({"company_roles": ["None"]}, "/company_roles/0"),
    ],
)
def test_a_change_that_breaks_a_rule_changes_nothing(
    acme: Company, bob: Person, changes: dict[str, Any], place: str
) -> None:
    before = bob.actor
    with pytest.raises(Unacceptable) as refusal:
        acme.change(bob, last_name="Changed", **changes)
    assert [problem.pointer for problem in refusal.value.problems] == [place]
    assert bob.actor == before


def test_what_an_admin_did_to_people_is_in_the_activity_log(
    acme: Company, bob: Person, admin: psycopg.Connection, sessions: sessionmaker[Session]
) -> None:
    admin.execute("DELETE FROM activity_log")
    acme.change(bob, password="another long password", away=True)
    rows = admin.execute("SELECT actor_id, action, subject_id, values FROM activity_log").fetchall()
    assert rows == [(acme.admin.id, "user:change", bob.id, {"changed": ["away", "password"]})]
