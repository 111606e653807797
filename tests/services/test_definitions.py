"""Definitions: stored whole or not at all, one draft and one active version each (engine.md, Definitions)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.people import Company, Person
from ticketflower.actor import Actor
from ticketflower.engine.words import DefinitionStatus
from ticketflower.errors import Conflict, Forbidden, NotFound, Unacceptable
from ticketflower.queries import definitions as queries
from ticketflower.services import definitions, tickets

YAML, JSON = "application/yaml", "application/json"

LEAVE = """\
# Who may be away, and when
workflow: leave
title: Leave
fields_schema:
  type: object
  properties:
    from: {type: string, format: date, title: First day}
    granted: {type: boolean, title: "Granted?"}
tickets:
  leave-request: {title: Ask for leave, fields: [from]}
tasks:
  grant:
    title: Grant the leave
    description: Look at the plan first.
    ext_ref: [{label: Plan, desc: Who is away, uri: "https://example.com/plan"}]
    task_type: FORM
    input_fields: [from]
    output_fields: [granted]
    company_role_access: [team-lead]
    edit_layout: {granted: {"ui:help": "No more than two at once"}}
completions:
  decided: {title: Decided, completion_status: COMPLETED, fields: [granted]}
"""


def store(
    company: Company, text: str = LEAVE, key: str = "leave", media: str = YAML, **more: Any
) -> definitions.Stored:
    """Stores a document as the company's admin."""
    actor = company.admin.actor
    with company.session() as session:
        return definitions.store_draft(session, actor, key, text, media, company.now, **more)


def activate(company: Company, key: str = "leave") -> definitions.Stored:
    """Activates as the company's admin."""
    actor = company.admin.actor
    with company.session() as session:
        return definitions.activate(session, actor, key, company.now)


def archive(company: Company, key: str = "leave") -> definitions.Stored:
    """Archives as the company's admin."""
    actor = company.admin.actor
    with company.session() as session:
        return definitions.archive(session, actor, key, company.now)


def view(company: Company, key: str = "leave", version: int | None = None) -> queries.DefinitionView:
    """A version as the company's admin sees it."""
    actor = company.admin.actor
    with company.session() as session:
        return queries.definition_view(session, actor, key, version)


def standing(company: Company, key: str = "leave") -> dict[int, str]:
    """The status of each version."""
    return {number: status.value for number, status in view(company, key).versions}


def test_a_new_document_is_the_first_draft_and_is_replaced_by_the_next(acme: Company) -> None:
    first = store(acme)
    assert (first.version, first.status, first.created) == (1, DefinitionStatus.DRAFT, True)
    second = store(acme, LEAVE.replace("Ask for leave", "Take leave"))
    assert (second.version, second.created) == (1, False)
    assert view(acme).document["tickets"]["leave-request"]["title"] == "Take leave"


def test_an_active_version_is_never_changed_and_the_next_activation_archives_it(acme: Company) -> None:
    store(acme)
    assert activate(acme).status is DefinitionStatus.ACTIVE
    before = view(acme, version=1)
    again = store(acme, LEAVE.replace("title: Leave", "title: Holidays"))
    assert (again.version, again.created) == (2, True)
    assert view(acme, version=1).document == before.document
    assert standing(acme) == {1: "ACTIVE", 2: "DRAFT"}
    activate(acme)
    assert standing(acme) == {1: "ARCHIVED", 2: "ACTIVE"}
    assert view(acme).title == "Holidays"


def test_a_ticket_stays_on_the_version_that_was_active_when_it_was_submitted(acme: Company, alice: Person) -> None:
    store(acme, activate=True)
    with acme.session() as session:
        first = tickets.submit_ticket(session, alice.actor, "leave-request", {"from": "2026-12-24"}, acme.now)
    store(acme, LEAVE.replace("Grant the leave", "Decide"), activate=True)
    with acme.session() as session:
        second = tickets.submit_ticket(session, alice.actor, "leave-request", {"from": "2026-12-31"}, acme.now)
        titles = session.connection().exec_driver_sql(
            "SELECT k.ticket_id, d.title FROM task_instances k JOIN task_definitions d ON d.id = k.task_definition_id"
        )
        assert dict(titles.all()) == {first: "Grant the leave", second: "Decide"}
    actor = alice.actor
    with acme.session() as session:
        (workflow,) = queries.list_definitions(session, actor).items
    assert [(each.version, each.status, each.running) for each in workflow.versions] == [
        (2, "ACTIVE", 1),
        (1, "ARCHIVED", 1),
    ]
    assert (workflow.active, workflow.draft, workflow.running) == (2, None, 2)


def test_archived_no_ticket_can_be_submitted_and_the_next_draft_goes_on_counting(acme: Company, alice: Person) -> None:
    store(acme, activate=True)
    assert archive(acme).status is DefinitionStatus.ARCHIVED
    with acme.session() as session, pytest.raises(NotFound):
        tickets.submit_ticket(session, alice.actor, "leave-request", {"from": "2026-12-24"}, acme.now)
    assert store(acme, activate=True).version == 2
    assert standing(acme) == {1: "ARCHIVED", 2: "ACTIVE"}


def test_without_a_draft_nothing_is_activated_and_without_an_active_one_nothing_archived(acme: Company) -> None:
    for act in (activate, archive):
        with pytest.raises(NotFound):
            act(acme, "no-such")
        with pytest.raises(NotFound):
            act(acme, "nul\0")
    store(acme)
    with pytest.raises(Conflict, match="active"):
        archive(acme)
    activate(acme)
    with pytest.raises(Conflict, match="no draft"):
        activate(acme)


def test_every_problem_is_told_at_once_with_its_line_and_nothing_is_stored(
    acme: Company, admin: psycopg.Connection
) -> None:
    broken = LEAVE.replace("task_type: FORM", "task_type: FROM").replace("fields: [granted]", "fields: [grantd]")
    with pytest.raises(Unacceptable) as refused:
        store(acme, broken)
    problems = {problem.pointer: problem for problem in refused.value.problems}
    assert {"/tasks/grant/task_type", "/completions/decided/fields/0"} <= problems.keys()
    assert problems["/tasks/grant/task_type"].line == 16
    assert "granted" in (problems["/completions/decided/fields/0"].hint or "")
    assert admin.execute("SELECT count(*) FROM workflow_definitions").fetchone() == (0,)


@pytest.mark.parametrize(("text", "media"), [("workflow: [", YAML), ('{"workflow": ', JSON), ("", YAML), ("{}", JSON)])
def test_what_can_t_be_read_is_refused_with_its_place(text: str, media: str, acme: Company) -> None:
    with pytest.raises(Unacceptable) as refused:
        store(acme, text, media=media)
    assert all(problem.line for problem in refused.value.problems)


def test_the_key_in_the_address_must_be_the_documents(acme: Company) -> None:
    with pytest.raises(Unacceptable) as refused:
        store(acme, key="holidays")
    assert [problem.pointer for problem in refused.value.problems] == ["/workflow"]


@pytest.mark.parametrize("status", ["DRAFT", "ACTIVE", "ARCHIVED"])
def test_a_ticket_type_belongs_to_one_workflow_whatever_has_become_of_that(status: str, acme: Company) -> None:
    store(acme, activate=status != "DRAFT")
    if status == "ARCHIVED":
        archive(acme)
    with pytest.raises(Unacceptable) as refused:
        store(acme, LEAVE.replace("workflow: leave", "workflow: holidays"), "holidays")
    (problem,) = refused.value.problems
    assert problem.pointer == "/tickets/leave-request"
    assert "leave" in problem.detail


def test_another_companys_ticket_types_are_free(acme: Company, umbrella: Company) -> None:
    store(acme, activate=True)
    assert store(umbrella, activate=True).version == 1


def test_two_documents_at_once_can_t_both_take_a_ticket_type(acme: Company) -> None:
    keys = [f"leave-{number}" for number in range(8)]

    def attempt(key: str) -> bool:
        try:
            store(acme, LEAVE.replace("workflow: leave", f"workflow: {key}"), key)
        except Unacceptable:
            return False
        return True

    with ThreadPoolExecutor(len(keys)) as pool:
        assert sum(pool.map(attempt, keys)) == 1


def test_stored_at_once_each_document_takes_the_place_of_the_one_before(acme: Company) -> None:
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda _: store(acme), range(8)))
    assert sorted(each.created for each in stored) == [False] * 7 + [True]
    assert standing(acme) == {1: "DRAFT"}


def test_activated_at_once_one_goes_through(acme: Company) -> None:
    store(acme)

    def attempt(_: int) -> bool:
        try:
            activate(acme)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_warnings_are_told_and_kept_and_don_t_stop_it(acme: Company) -> None:
    stored = store(acme)
    assert [problem.code for problem in stored.warnings] == ["unknown_company_role"]
    assert view(acme).warnings == [problem.as_json() for problem in stored.warnings]
    acme.add("lea@acme.example", "Lea", "Lead", ["task_worker"], ["team-lead"])
    assert store(acme).warnings == ()


def test_validate_tells_the_same_and_stores_nothing(acme: Company, alice: Person, admin: psycopg.Connection) -> None:
    with acme.session() as session:
        key, report = definitions.validate(session, alice.actor, LEAVE, YAML)
        assert (key, [problem.code for problem in report.warnings]) == ("leave", ["unknown_company_role"])
        with pytest.raises(Unacceptable):
            definitions.validate(session, alice.actor, LEAVE.replace("FORM", "FROM"), YAML)
    assert admin.execute("SELECT count(*) FROM workflow_definitions").fetchone() == (0,)


def test_only_a_workflow_creator_may(acme: Company, bob: Person) -> None:
    with acme.session() as session:
        for attempt in (
            lambda: definitions.store_draft(session, bob.actor, "leave", LEAVE, YAML, acme.now),
            lambda: definitions.validate(session, bob.actor, LEAVE, YAML),
            lambda: definitions.activate(session, bob.actor, "leave", acme.now),
            lambda: definitions.archive(session, bob.actor, "leave", acme.now),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_the_rows_repeat_the_documents_parts_in_its_order(acme: Company, admin: psycopg.Connection) -> None:
    store(acme)
    store(acme)
    task = admin.execute(
        "SELECT key, position, title, description, version, task_type, input_fields, output_fields, optional_fields,"
        " company_role_access, assignment, edit_layout, ext_ref FROM task_definitions"
    ).fetchall()
    assert task == [
        (
            "grant",
            0,
            "Grant the leave",
            "Look at the plan first.",
            1,
            "FORM",
            ["from"],
            ["granted"],
            [],
            ["team-lead"],
            "least_loaded",
            {"granted": {"ui:help": "No more than two at once"}},
            [{"label": "Plan", "desc": "Who is away", "uri": "https://example.com/plan"}],
        )
    ]
    assert admin.execute("SELECT key, fields FROM ticket_definitions").fetchall() == [("leave-request", ["from"])]
    assert admin.execute("SELECT key, completion_status, fields FROM workflow_completion").fetchall() == [
        ("decided", "COMPLETED", ["granted"])
    ]


def test_the_document_comes_back_in_the_authors_order_and_words(acme: Company) -> None:
    store(acme)
    found = view(acme)
    assert list(found.document) == ["workflow", "title", "fields_schema", "tickets", "tasks", "completions"]
    assert queries.export(found, "yaml") == LEAVE
    as_json = queries.export(found, "json")
    assert json.loads(as_json) == found.document
    store(acme, as_json, media=JSON)
    again = view(acme)
    assert again.document == found.document
    assert queries.export(again, "json") == as_json
    written = queries.export(again, "yaml")
    store(acme, written)
    assert view(acme).document == found.document


def test_who_did_what_is_written_down_and_told(acme: Company, alice: Person, admin: psycopg.Connection) -> None:
    with psycopg.connect(acme.sessions.kw["bind"].url.set(drivername="postgresql").render_as_string(False)) as listener:
        listener.autocommit = True
        listener.execute("LISTEN ticketflower")
        store(acme, activate=True)
        archive(acme)
        told = [json.loads(notice.payload) for notice in listener.notifies(timeout=5, stop_after=2)]
    assert told == [{"company": acme.id, "topics": ["definitions"]}] * 2
    rows = admin.execute("SELECT action, actor_id FROM activity_log WHERE subject = 'workflow' ORDER BY id").fetchall()
    assert rows == [("workflow:store", alice.id), ("workflow:activate", alice.id), ("workflow:archive", alice.id)]


def test_a_version_that_is_not_there_is_not_found(acme: Company, alice: Person, bob: Person) -> None:
    store(acme)
    actor: Actor = alice.actor
    for key, version in (("no-such", None), ("leave", 2), ("leave", 0), ("leave", 2**63), ("l\0", None)):
        with acme.session() as session, pytest.raises(NotFound):
            queries.definition_view(session, actor, key, version)
    with acme.session() as session, pytest.raises(Forbidden):
        queries.definition_view(session, bob.actor, "leave")
