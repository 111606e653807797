"""Submitting a ticket: types, form, drafts (ux.md, Forms and Drafts)."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask

from tests.pages import Browser
from tests.people import Company, Person
from tests.queries import count_queries
from tests.shop import Shop

FORM = "/tickets/new/purchase-request"
GOOD = {"f-item": "A chair", "f-amount": "120", "f-requester": "Uma"}

GUARDED = """
workflow: guarded
title: Guarded
fields_schema: {type: object, properties: {what: {type: string, title: What}}}
tickets:
  secret-request: {title: Ask in secret, fields: [what], company_role_access: [spy]}
completions:
  done: {title: Done, completion_status: COMPLETED, fields: [what]}
"""

WITH_EXTRAS = """
workflow: extras
title: Extras
fields_schema:
  type: object
  properties:
    who: {type: string, format: user, title: Who}
    paper: {type: string, format: file, title: Paper}
    parts:
      type: array
      title: Parts
      items: {type: object, properties: {name: {type: string, title: Name}}, required: [name]}
tickets:
  with-person:
    title: With a person
    description: Says who it is about.
    ext_ref: [{label: The rules, desc: What holds, uri: "https://example.com/rules"}]
    fields: [who]
  with-file: {title: With a file, fields: [paper]}
  with-rows: {title: With rows, fields: [parts]}
completions:
  done: {title: Done, completion_status: COMPLETED, fields: [who, paper, parts]}
"""


def drafts(admin: psycopg.Connection) -> list[tuple[object, ...]]:
    return admin.execute("SELECT user_id, subject, entered FROM drafts ORDER BY subject").fetchall()


@pytest.mark.parametrize("key", ["nothing", "a%00b", "%20", "x" * 5000])
def test_a_type_that_there_is_not_is_not_there(client: Browser, shop: Shop, key: str) -> None:
    client.sign_in(shop.uma)
    assert client.get(f"/tickets/new/{key}").status_code == 404
    assert client.send(f"/tickets/new/{key}", GOOD).status_code == 404
    assert client.send(f"/tickets/new/{key}/draft", GOOD).status_code == 404


def test_types_show_what_they_are_for_and_lead_to_their_form(client: Browser, shop: Shop) -> None:
    shop.store("extras", WITH_EXTRAS)
    page = client.sign_in(shop.uma).get("/tickets/new").page
    assert "From a wish to an order, with finance above 1,000." in page.text, "the workflow speaks for a silent type"
    assert "Says who it is about." in page.text
    assert page.link("Request a purchase") == FORM
    assert page.link("The rules") == "https://example.com/rules"


def test_where_nothing_can_be_submitted_everybody_is_told_what_helps(
    browser: Callable[[], Browser], acme: Company, alice: Person, bob: Person
) -> None:
    page = browser().sign_in(alice).get("/tickets/new").page
    assert page.link("Go to the workflows") == "/workflows", "she may write them herself"
    page = browser().sign_in(bob).get("/tickets/new").page
    assert "Ask whoever writes your company's workflows." in page.text


def test_a_type_for_another_company_role_is_neither_shown_nor_there(client: Browser, shop: Shop) -> None:
    shop.store("guarded", GUARDED)
    client.sign_in(shop.uma)
    assert "Ask in secret" not in client.get("/tickets/new").page.text
    refused, unknown = client.get("/tickets/new/secret-request"), client.get("/tickets/new/no-such-type")
    assert refused.status_code == unknown.status_code == 404
    assert refused.page.text == unknown.page.text


def test_a_company_role_opens_its_type(client: Browser, shop: Shop) -> None:
    shop.store("guarded", GUARDED)
    spy = shop.company.add("spy@acme.example", "Sid", "Spy", ["user"], ["spy"])
    assert client.sign_in(spy).get("/tickets/new").page.link("Ask in secret") == "/tickets/new/secret-request"


def test_a_sent_form_is_a_ticket_and_its_page_comes_next(client: Browser, shop: Shop) -> None:
    client.sign_in(shop.uma).get(FORM)
    answer = client.submit(FORM, GOOD)
    assert answer.status_code == 303
    page = client.get(answer.location).page
    assert page.heading == "A chair"
    assert "is submitted" in page.text


def test_a_wrong_answer_is_told_and_every_answer_kept(client: Browser, shop: Shop) -> None:
    client.sign_in(shop.uma).get(FORM)
    answer = client.submit(FORM, {**GOOD, "f-amount": "a lot", "f-requester": ""})
    assert answer.status_code == 422
    assert answer.page.title.startswith("Error: ")
    assert [control for control, _ in answer.page.problems] == ["f-amount", "f-requester"]
    assert answer.page.form(FORM).values["f-item"] == ["A chair"]
    assert answer.page.form(FORM).values["f-amount"] == ["a lot"]


def test_a_double_click_makes_one_ticket_and_both_are_led_to_it(
    client: Browser, shop: Shop, admin: psycopg.Connection
) -> None:
    client.sign_in(shop.uma).get(FORM)
    first = client.submit(FORM, GOOD)
    second = client.submit(FORM, GOOD)  # the same page: the same key
    assert second.status_code == 303
    assert second.location == first.location
    assert admin.execute("SELECT count(*) FROM ticket_instances").fetchone() == (1,)


def test_a_form_that_comes_back_changed_asks_once_more(client: Browser, shop: Shop, admin: psycopg.Connection) -> None:
    client.sign_in(shop.uma).get(FORM)
    client.submit(FORM, GOOD)
    again = client.submit(FORM, {**GOOD, "f-item": "Another chair"})
    assert again.status_code == 422
    assert "You sent this form before, with other answers." in again.page.text
    assert client.submit(FORM).status_code == 303
    assert admin.execute("SELECT count(*) FROM ticket_instances").fetchone() == (2,)


def test_what_is_typed_is_kept_and_stands_there_again(client: Browser, shop: Shop, admin: psycopg.Connection) -> None:
    client.sign_in(shop.uma).get(FORM)
    assert client.submit(FORM).status_code == 422
    page = client.get(FORM).page
    values = {name: given[0] for name, given in page.form(FORM).values.items()} | {
        "f-item": "Half a ch",
        "f-amount": "?",
    }
    assert client.send(f"{FORM}/draft", values).status_code == 204
    again = client.get(FORM).page
    assert again.form(FORM).values["f-item"] == ["Half a ch"]
    assert again.form(FORM).values["f-amount"] == ["?"], "what can't be read yet is kept as it is"
    assert "your answers as you left them" in again.text
    kept = drafts(admin)[0][2]
    assert isinstance(kept, list)
    assert {name for name, _ in kept} <= {"f-item", "f-amount", "f-requester"}, "no tokens are stored"


def test_a_draft_is_its_writers_alone(browser: Callable[[], Browser], shop: Shop) -> None:
    uma, ulf = browser().sign_in(shop.uma), browser().sign_in(shop.ulf)
    uma.send(f"{FORM}/draft", {"f-item": "Mine"})
    assert ulf.get(FORM).page.form(FORM).values["f-item"] == [""]


def test_a_sent_form_leaves_no_draft(client: Browser, shop: Shop, admin: psycopg.Connection) -> None:
    client.sign_in(shop.uma).get(FORM)
    client.send(f"{FORM}/draft", {"f-item": "A ch"})
    client.get(FORM)
    client.submit(FORM, GOOD)
    assert drafts(admin) == []


def test_a_save_that_arrives_after_its_form_was_sent_keeps_nothing(
    client: Browser, shop: Shop, admin: psycopg.Connection
) -> None:
    page = client.sign_in(shop.uma).get(FORM).page
    key = page.form(FORM).values["idempotency_key"][0]
    client.submit(FORM, GOOD)
    assert client.send(f"{FORM}/draft", {**GOOD, "idempotency_key": key}).status_code == 204
    assert drafts(admin) == []


def test_without_script_a_button_keeps_the_form_and_another_begins_anew(client: Browser, shop: Shop) -> None:
    client.sign_in(shop.uma).get(FORM)
    assert client.send(f"{FORM}/draft", {"f-item": "Later", "save": "draft"}).location == FORM
    assert client.get(FORM).page.form(FORM).values["f-item"] == ["Later"]
    assert client.submit(f"{FORM}/draft/discard").location == FORM
    assert client.get(FORM).page.form(FORM).values["f-item"] == [""]


def test_a_draft_may_hold_whatever_can_be_typed(client: Browser, shop: Shop) -> None:
    client.sign_in(shop.uma)
    assert client.send(f"{FORM}/draft", {"f-item": "a\0b"}).status_code == 204
    assert client.get(FORM).page.form(FORM).values["f-item"] == ["ab"]
    assert client.send(f"{FORM}/draft", {"f-item": "x" * 600_000}).status_code == 422


def test_a_row_is_added_without_losing_an_answer(client: Browser, shop: Shop) -> None:
    shop.store("extras", WITH_EXTRAS)
    form = "/tickets/new/with-rows"
    client.sign_in(shop.uma).get(form)
    answer = client.submit(form, {"f-parts-0-name": "Leg", "row": "add f-parts"})
    assert answer.status_code == 200
    values = answer.page.form(form).values
    assert values["f-parts-0-name"] == ["Leg"]
    assert values["f-parts-1-name"] == [""]


def test_a_form_that_needs_a_file_says_that_it_must_wait(client: Browser, shop: Shop) -> None:
    shop.store("extras", WITH_EXTRAS)
    page = client.sign_in(shop.uma).get("/tickets/new/with-file").page
    assert "coming soon" in page.text
    assert "Submit ticket" not in page.text


def test_people_are_offered_only_where_a_form_asks_for_one(client: Browser, shop: Shop) -> None:
    shop.store("extras", WITH_EXTRAS)
    client.sign_in(shop.uma)
    assert "Dora Acme" in client.get("/tickets/new/with-person").page.text
    assert "Dora Acme" not in client.get(FORM).page.text


def test_who_is_no_user_submits_nothing(client: Browser, shop: Shop) -> None:
    client.sign_in(shop.dora)
    assert client.get("/tickets/new").status_code == 403
    assert client.send(FORM, GOOD).status_code == 403


def test_the_pages_cost_the_same_however_much_there_is(app: Flask, shop: Shop) -> None:
    client = Browser(app).sign_in(shop.uma)
    for path in ("/tickets/new", FORM):
        client.get(path)
        with count_queries() as queries:
            client.get(path)
        assert len(queries) <= 12, queries


def test_another_company_sees_none_of_it(client: Browser, shop: Shop, charlie: Person) -> None:
    client.sign_in(charlie)
    assert "Request a purchase" not in client.get("/tickets/new").page.text
    assert client.get(FORM).status_code == 404
    assert client.send(f"{FORM}/draft", GOOD).status_code == 404
