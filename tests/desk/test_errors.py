"""The error desk (engine.md, Errors and Write conflicts; api.md)."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.pages import Browser, Page, text_of
from tests.people import Person
from tests.queries import count_queries
from tests.shop import Shop
from ticketflower.blueprints.wording.of_errors import part_at_fault
from ticketflower.live.fragments import registry

STALLING = """
workflow: stalling
title: Stalling
fields_schema: {type: object, properties: {go: {type: boolean, title: "Go?"}}}
tickets:
  stall: {title: Stand still, fields: [go]}
completions:
  done: {title: Done, completion_status: COMPLETED, fields: [go], condition: {"==": [{"var": "go"}, true]}}
"""


def stalled(shop: Shop) -> int:
    """An error that an admin may retry and resolve."""
    shop.store("stalling", STALLING)
    return shop.error(shop.submit(shop.uma, "stall", go=False))


def values_of(page: Page) -> list[str]:
    return [text_of(each) for each in page.all("div", class_="versus__value")]


def rows(client: Browser, path: str = "/errors") -> list[str]:
    return [text_of(row) for row in client.get(path).page.all("li", class_="row")]


def test_the_list_says_what_is_wrong_with_which_ticket(client: Browser, shop: Shop) -> None:
    ticket, _review, _error = shop.clash()
    [row] = rows(client.sign_in(shop.tom))
    assert row.startswith(f"Two changes to one field Review the text Ask for a text no. {ticket}: Opening hours")
    assert row.endswith("New")


def test_a_status_in_the_address_narrows_the_list(client: Browser, shop: Shop) -> None:
    shop.clash()
    client.sign_in(shop.tom)
    assert [len(rows(client, f"/errors?status={status}")) for status in ("open", "NEW", "REVIEWED", "RESOLVED")] == [
        1,
        1,
        0,
        0,
    ]
    assert client.get("/errors?status=LOST").status_code == 422


def test_a_conflict_shows_both_values_and_whose_they_are(client: Browser, shop: Shop) -> None:
    ticket, review, error = shop.clash()
    page = client.sign_in(shop.tom).get(f"/errors/{error}").page
    assert page.heading == "Two changes to one field"
    assert values_of(page) == ["Once more", "Publish"]
    assert "What the ticket holds" in page.text
    assert "What the task would write" in page.text
    assert "Alice Archer, by a correction" in page.text
    assert "Closed on Sundays" in page.text
    assert "Dora Acme, in “Review the text”" in page.text
    assert "tasks.review in Content review, version 1" in page.text
    assert page.link("Review the text") == f"/tasks/{review}"
    assert page.link(f"Ask for a text no. {ticket}") == f"/tickets/{ticket}"


@pytest.mark.parametrize(
    ("verb", "status", "said"),
    [
        ("apply", "COMPLETED", "applied the task's answers"),
        ("discard", "CANCELLED", "discarded the task's answers"),
        ("send-back", "OPEN", "sent the task back"),
    ],
)
def test_each_answer_to_a_conflict_does_what_it_says(
    client: Browser, shop: Shop, verb: str, status: str, said: str
) -> None:
    _ticket, review, error = shop.clash()
    page = client.sign_in(shop.tom).get(f"/errors/{error}").page
    assert f"/errors/{error}/{verb}" in {button.get("formaction") for button in page.all("button")}
    answer = client.send(f"/errors/{error}/{verb}", {"f-notes": "Talked to both."})
    assert answer.location == f"/errors/{error}"
    assert shop.status(review) == status
    page = client.get(answer.location).page
    assert f"Tom Acme {said}" in page.text
    assert "Talked to both." in page.text
    assert not page.has_id("f-notes"), "there is nothing left to answer"
    assert "What the ticket held" in page.text, "it is told as what was"
    assert "What the task gave" in page.text
    assert client.send(f"/errors/{error}/{verb}").status_code == 409


def test_a_conflict_can_only_be_answered(client: Browser, shop: Shop) -> None:
    _ticket, _review, error = shop.clash()
    page = client.sign_in(shop.tom).get(f"/errors/{error}").page
    offered = {button.get("formaction") for button in page.all("button")}
    assert f"/errors/{error}/resolve" not in offered
    assert client.send(f"/errors/{error}/resolve").status_code == 409


def test_an_error_is_reviewed_retried_and_resolved_with_notes(client: Browser, shop: Shop) -> None:
    error = stalled(shop)
    client.sign_in(shop.tom).get(f"/errors/{error}")
    client.send(f"/errors/{error}/review", {"f-notes": "Looked."})
    page = client.get(f"/errors/{error}").page
    assert "Reviewed" in page.text
    assert "Tom Acme looked at it" in page.text
    client.send(f"/errors/{error}/retry")
    assert "Tom Acme tried again" in client.get(f"/errors/{error}").page.text
    client.send(f"/errors/{error}/resolve", {"f-notes": "Left as it is."})
    page = client.get(f"/errors/{error}").page
    assert "Tom Acme resolved it" in page.text
    assert "Looked. Left as it is." in page.text
    assert rows(client) == []
    assert len(rows(client, "/errors?status=RESOLVED")) == 1


def test_notes_that_are_too_long_come_back(client: Browser, shop: Shop) -> None:
    error = stalled(shop)
    client.sign_in(shop.tom).get(f"/errors/{error}")
    answer = client.submit(f"/errors/{error}/review", {"f-notes": "x" * 2001})
    assert answer.status_code == 422
    assert answer.page.problems == [("f-notes", "Notes must be 2,000 characters or less")]
    assert answer.page.form(f"/errors/{error}/review").values["f-notes"] == ["x" * 2001]


def test_what_the_engine_resolved_says_so(client: Browser, shop: Shop) -> None:
    shop.store("stalling", STALLING)
    ticket = shop.submit(shop.uma, "stall", go=False)
    error = shop.error(ticket)
    client.sign_in(shop.tom)
    shop.correct(ticket, "Go on", go=True)
    assert "Resolved by itself: the cause is gone" in client.get(f"/errors/{error}").page.text


def test_what_the_engine_tried_and_when_it_tries_again(client: Browser, shop: Shop, admin: psycopg.Connection) -> None:
    error = stalled(shop)
    admin.execute("UPDATE ticket_instances SET advance_attempts = 2, advance_after = now() + interval '5 minutes'")
    page = client.sign_in(shop.tom).get(f"/errors/{error}").page
    assert "The engine failed 2 times in a row" in page.text
    assert "It tries again at" in page.text
    admin.execute("UPDATE ticket_instances SET advance_attempts = 5")
    assert "It waits for you" in client.get(f"/errors/{error}").page.text


@pytest.mark.parametrize(
    ("message", "task", "part"),
    [
        ("tasks.order.condition took too much work with {}", None, "tasks.order.condition"),
        ("completions.done.condition took too much work", "write", "completions.done.condition"),
        ("tasks.order: nobody to do it (nobody available)", "order", "tasks.order"),
        ("The workflow stands still at iteration 3", None, None),
        ("The workflow could not be moved on", "order", "tasks.order"),
    ],
)
def test_the_part_of_the_definition_at_fault_is_the_one_that_the_message_names(
    message: str, task: str | None, part: str | None
) -> None:
    assert part_at_fault(message, task) == part


def test_no_stack_trace_reaches_the_page(client: Browser, shop: Shop, admin: psycopg.Connection) -> None:
    error = stalled(shop)
    admin.execute("UPDATE ticket_errors SET stack_trace = 'Traceback of ours'")
    assert "Traceback" not in client.sign_in(shop.tom).get(f"/errors/{error}").text


def test_a_push_leaves_the_form_alone(app: Flask, client: Browser, shop: Shop) -> None:
    _ticket, _review, error = shop.clash()
    page = client.sign_in(shop.tom).get(f"/errors/{error}").page
    assert page.by_id("live").get("hx-ws:connect") == f"/live?topics=error:{error}"
    with shop.company.session() as session, app.test_request_context():
        one = registry.fragments["error"].render(session, shop.tom.actor, error)
        listed = registry.fragments["errors"].render(session, shop.tom.actor, MultiDict())
    assert "<textarea" not in one
    assert f'id="error-{error}"' in one
    assert listed.startswith('<section id="errors"')
    assert not client.get(f"/errors/{error}", htmx=True).page.is_whole


def test_the_desk_is_for_ticket_admins(browser: Callable[[], Browser], shop: Shop, charlie: Person) -> None:
    _ticket, _review, error = shop.clash()
    dora, stranger = browser().sign_in(shop.dora), browser().sign_in(charlie)
    for path in ("/errors", f"/errors/{error}", "/tickets/all"):
        assert dora.get(path).status_code == 403
    hidden, unknown = stranger.get(f"/errors/{error}"), stranger.get("/errors/999999")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.page.text == unknown.page.text
    for verb in ("retry", "review", "resolve", "apply", "discard", "send-back"):
        assert dora.send(f"/errors/{error}/{verb}").status_code == 403
        assert stranger.send(f"/errors/{error}/{verb}").status_code == 404
    assert rows(stranger) == []


def test_the_pages_cost_the_same_for_one_row_and_for_many(app: Flask, shop: Shop) -> None:
    client, costs = Browser(app).sign_in(shop.tom), []
    for many in (1, 10):
        for _ in range(many):
            _ticket, _review, error = shop.clash()
        for path in ("/errors", f"/errors/{error}"):
            client.get(path)
            with count_queries() as queries:
                client.get(path)
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 12
