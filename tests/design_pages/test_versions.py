"""The list and the versions: who may read and change them, what the pages say, what they cost."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml

from tests.conftest import NOON
from tests.design_pages.conftest import SMALL
from tests.pages import Browser, text_of
from tests.people import Company, Person
from tests.queries import count_queries
from ticketflower.services.tickets import submit_ticket

MOST_QUERIES = 12


def submit(company: Company, person: Person, count: int) -> None:
    for _ in range(count):
        with company.session() as session:
            submit_ticket(session, person.actor, "leave-request", {"days": 3}, NOON)


def test_the_list_shows_each_workflow_with_its_versions_and_running_tickets(
    creator: Browser, store: Callable[..., str], acme: Company, alice: Person, purchase: str
) -> None:
    store(SMALL, activate=True)
    submit(acme, alice, 2)
    store(SMALL, activate=True)
    submit(acme, alice, 1)
    store(SMALL)
    store(purchase)
    page = creator.get("/workflows").page
    assert [text_of(line) for line in page.by_id("workflow-leave").iter("li")][1:] == [
        "Version 2 Active 1 running ticket",
        "Version 1 Archived 2 running tickets",
    ]
    assert text_of(next(page.by_id("workflow-leave").iter("li"))).startswith("Version 3 Draft stored ")
    assert page.has_id("workflow-purchase-approval")


def test_archived_versions_without_tickets_are_counted_only(creator: Browser, store: Callable[..., str]) -> None:
    for _ in range(3):
        store(SMALL, activate=True)
    lines = [text_of(line) for line in creator.get("/workflows").page.by_id("workflow-leave").iter("li")]
    assert lines == ["Version 3 Active no running tickets", "2 archived versions with no running tickets"]


def test_an_empty_list_says_what_to_do(creator: Browser, browser: Callable[[], Browser], reader: Person) -> None:
    assert "No workflows yet" in creator.get("/workflows").page.text
    assert creator.get("/workflows").page.link("Upload a workflow") == "/workflows/_upload"
    assert "workflow_creator" in browser().sign_in(reader).get("/workflows").page.text


def test_workflows_stand_in_the_navigation_of_those_who_may_read_them(
    creator: Browser, browser: Callable[[], Browser], reader: Person, bob: Person
) -> None:
    assert creator.get("/").page.has_id("nav-count-definitions")
    assert browser().sign_in(reader).get("/").page.has_id("nav-count-definitions")
    assert not browser().sign_in(bob).get("/").page.has_id("nav-count-definitions")


def test_a_ticket_admin_reads_and_may_change_nothing(
    store: Callable[..., str], browser: Callable[[], Browser], reader: Person
) -> None:
    store(SMALL, activate=True)
    store(SMALL)
    rita = browser().sign_in(reader)
    for address in ("/workflows", "/workflows/leave", "/workflows/leave/1", "/workflows/leave/2"):
        page = rita.get(address).page
        assert [form.get("action") for main in page.all("main") for form in main.iter("form")] == []
        assert not [link for link in page.all("a") if "/edit" in link.get("href", "")]
    for address in ("/workflows/_upload", "/workflows/leave/edit"):
        assert rita.get(address).status_code == 403
    for address in (
        "/workflows/_upload",
        "/workflows/leave/edit",
        "/workflows/leave/activate",
        "/workflows/leave/archive",
    ):
        assert rita.send(address, {"document": SMALL}).status_code == 403


def test_who_is_neither_creator_nor_ticket_admin_gets_nothing(
    store: Callable[..., str], browser: Callable[[], Browser], bob: Person
) -> None:
    store(SMALL, activate=True)
    worker = browser().sign_in(bob)
    for address in ("/workflows", "/workflows/leave", "/workflows/leave/1", "/workflows/leave/1/document.yaml"):
        assert worker.get(address).status_code == 403


def test_before_activating_the_page_says_what_that_does(
    creator: Browser, store: Callable[..., str], acme: Company, alice: Person
) -> None:
    store(SMALL, activate=True)
    submit(acme, alice, 2)
    store(SMALL, activate=True)
    submit(acme, alice, 1)
    page = creator.get(store(SMALL)).page
    words = "New tickets use version 3; 2 running tickets stay on version 1; 1 running ticket stays on version 2."
    assert words in page.text


def test_activating_archives_the_version_before(creator: Browser, store: Callable[..., str]) -> None:
    store(SMALL, activate=True)
    creator.get(store(SMALL))
    done = creator.submit("/workflows/leave/activate")
    assert done.location == "/workflows/leave/2"
    page = creator.get("/workflows/leave").page
    assert "Version 2 is active. New tickets use it from now on." in page.text
    aside = text_of(page.all("aside")[0])
    assert "Version 2 Active" in aside
    assert "Version 1 Archived" in aside


def test_only_the_draft_that_was_shown_is_activated(creator: Browser, store: Callable[..., str]) -> None:
    address = store(SMALL)
    shown = creator.get(address).page.form("/workflows/leave/activate").values
    creator.get("/workflows/leave/edit")
    creator.submit(document=SMALL + "# changed\n", act="store")
    refused = creator.post("/workflows/leave/activate", data=shown)
    assert refused.status_code == 409
    assert "Somebody changed the draft of “leave” meanwhile." in refused.page.text
    assert "Draft" in text_of(creator.get(address).page.all("aside")[0])


def test_activating_twice_by_one_form_has_one_effect(creator: Browser, store: Callable[..., str]) -> None:
    creator.get(store(SMALL))
    first = creator.submit("/workflows/leave/activate")
    again = creator.submit("/workflows/leave/activate")
    assert (first.status_code, again.status_code) == (303, 303)
    assert again.location == first.location


def test_archiving_takes_the_workflow_out_of_use(
    creator: Browser, store: Callable[..., str], acme: Company, alice: Person
) -> None:
    store(SMALL, activate=True)
    submit(acme, alice, 1)
    page = creator.get("/workflows/leave").page
    assert (
        "Nobody can submit tickets of this workflow any more; 1 running ticket on version 1 goes on to the end."
        in page.text
    )
    assert creator.submit("/workflows/leave/archive").status_code == 303
    page = creator.get("/workflows/leave").page
    assert "Version 1 Archived" in text_of(page.all("aside")[0])
    creator.get("/workflows/leave")
    assert creator.send("/workflows/leave/archive").status_code == 409


def test_a_version_is_told_in_words_with_its_conditions_also_as_json(
    creator: Browser, store: Callable[..., str], purchase: str
) -> None:
    page = creator.get(store(purchase)).page
    review = text_of(page.by_id("tasks-finance_review"))
    assert "Starts When “Approved?” is written, and Approved? is yes and Amount in EUR is more than 1,000" in review
    assert "Asks for Budget available?" in review
    assert '{ ">": [ { "var": "amount" }, 1000 ] }' in review
    assert "Approved?, Reason (optional)" in text_of(page.by_id("tasks-manager_review"))
    assert "The ticket is cancelled" in text_of(page.by_id("completions-refused"))
    assert "What do you need?, Amount in EUR, For whom?" in text_of(page.by_id("tickets-purchase-request"))
    assert text_of(page.by_id("field-approved")) == "Approved? approved Yes or No Approve the purchase"


@pytest.mark.parametrize("name", ["house-rules", "new-colleague", "content-review"])
def test_every_example_can_be_shown(creator: Browser, store: Callable[..., str], name: str) -> None:
    from tests.design_pages.conftest import EXAMPLES

    assert creator.get(store((EXAMPLES / f"{name}.yaml").read_text())).status_code == 200


def test_external_references_are_links_that_tell_nothing_of_us(creator: Browser, store: Callable[..., str]) -> None:
    reference = 'ext_ref: [{label: Policy, desc: Who may go, uri: "https://example.com/policy"}]\n'
    page = creator.get(store(SMALL.replace("fields_schema:", reference + "fields_schema:"))).page
    link = next(link for link in page.all("a") if link.get("href") == "https://example.com/policy")
    assert link.get("rel") == "noopener noreferrer nofollow"
    assert "Who may go" in page.text


def test_the_export_is_the_authors_own_text_or_the_same_document_as_json(
    creator: Browser, store: Callable[..., str]
) -> None:
    store("# remark\n" + SMALL)
    as_yaml = creator.get("/workflows/leave/1/document.yaml")
    assert as_yaml.text == "# remark\n" + SMALL
    assert as_yaml.headers["Content-Disposition"] == "attachment; filename=leave-1.yaml"
    as_json = creator.get("/workflows/leave/1/document.json")
    assert as_json.mimetype == "application/json"
    assert json.loads(as_json.text) == yaml.safe_load(SMALL)
    assert creator.get("/workflows/leave/1/document.xml").status_code == 404


def test_hostile_words_in_a_document_stay_words(creator: Browser, store: Callable[..., str]) -> None:
    evil = "<script>alert(1)</script>"
    page = creator.get(store(SMALL.replace("title: Grant the leave", f'title: "{evil}"'))).page
    assert evil in page.text


@pytest.mark.parametrize("workflows", [1, 20])
def test_the_list_costs_the_same_however_much_there_is(
    creator: Browser, store: Callable[..., str], acme: Company, alice: Person, workflows: int
) -> None:
    for number in range(workflows):
        key = f"leave-{number}"
        store(
            SMALL.replace("workflow: leave", f"workflow: {key}").replace("leave-request", f"ask-{key}"), activate=True
        )
    with count_queries() as queries:
        creator.get("/workflows")
    assert len(queries) <= MOST_QUERIES
    costs.append(len(queries))
    assert len(set(costs)) == 1


costs: list[int] = []


def test_a_version_page_costs_few_queries(creator: Browser, store: Callable[..., str]) -> None:
    address = store(SMALL)
    with count_queries() as queries:
        creator.get(address)
    assert len(queries) <= MOST_QUERIES


def test_the_list_goes_on_page_by_page(creator: Browser, store: Callable[..., str]) -> None:
    for number in range(26):
        key = f"leave-{number:02}"
        store(SMALL.replace("workflow: leave", f"workflow: {key}").replace("leave-request", f"ask-{key}"))
    first = creator.get("/workflows").page
    assert not first.has_id("workflow-leave-25")
    second = creator.get(first.link("Show more workflows")).page
    assert second.has_id("workflow-leave-25")
    assert not second.has_id("workflow-leave-00")


def test_htmx_gets_the_list_alone(creator: Browser, store: Callable[..., str]) -> None:
    store(SMALL)
    answer = creator.get("/workflows", htmx=True)
    assert not answer.page.is_whole
    assert answer.page.has_id("workflow-leave")
