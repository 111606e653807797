"""One ticket's page: who sees what, what may be done there (checklist, api.md roles)."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from tests.pages import Browser, Page, text_of
from tests.people import Person
from tests.queries import count_queries
from tests.shop import Shop
from ticketflower.live.fragments import registry


def facts(page: Page) -> dict[str, str]:
    """What the page's lists of facts say, by what they call it."""
    return dict(zip(map(text_of, page.all("dt")), map(text_of, page.all("dd")), strict=True))


def in_navigation(page: Page) -> list[Element]:
    """The labels of the navigation's entries that the page is marked under."""
    marked = [link for link in page.by_id("nav").iter("a") if link.get("aria-current") == "page"]
    return [label for link in marked for label in link.iter("span") if label.get("class") == "nav__label"]


def test_the_page_says_what_it_waits_for_and_for_whom(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    shop.give(shop.task(ticket, "manager_review"), shop.dora)
    page = client.sign_in(shop.uma).get(f"/tickets/{ticket}").page
    assert page.heading == "A desk"
    assert "Waiting for Dora Acme to approve the purchase." in page.text
    assert facts(page)["What do you need?"] == "A desk"
    assert facts(page)["Amount in EUR"] == "420"
    assert "Uma Acme submitted it" in page.text


@pytest.mark.parametrize("page", ["", "/cancel", "/hold", "/resume", "/correct"])
@pytest.mark.parametrize(("submitter", "marked"), [("alice", "My tickets"), ("uma", "All tickets")])
def test_an_admin_finds_others_tickets_under_all_tickets_and_their_own_under_my_tickets(
    client: Browser, shop: Shop, page: str, submitter: str, marked: str
) -> None:
    ticket = shop.submit(getattr(shop, submitter))
    shown = client.sign_in(shop.alice).get(f"/tickets/{ticket}{page}").page
    assert [text_of(link) for link in in_navigation(shown)] == [marked]


def test_a_worker_finds_a_ticket_under_my_tasks(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    shop.give(shop.task(ticket, "manager_review"), shop.dora)
    page = client.sign_in(shop.dora).get(f"/tickets/{ticket}").page
    assert [text_of(link) for link in in_navigation(page)] == ["My tasks"]


def test_a_submitter_sees_what_came_of_it_but_no_links_to_tasks(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    task = shop.give(shop.task(ticket, "manager_review"), shop.dora)
    shop.complete(task, shop.dora, approved=True, reason="We need it.")
    page = client.sign_in(shop.uma).get(f"/tickets/{ticket}").page
    assert facts(page)["Reason"] == "We need it."
    assert f"/tasks/{task}" not in page.html
    assert "did not start" not in page.text, "why something did not happen is the admin's to know"


def test_a_worker_sees_the_fields_and_the_story_of_their_tasks_only(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma, "purchase-request", item="A desk", amount=4200, requester="Uma")
    first = shop.give(shop.task(ticket, "manager_review"), shop.dora)
    shop.complete(first, shop.dora, approved=True, reason="A secret reason")
    shop.give(shop.task(ticket, "finance_review"), shop.didi)
    page = client.sign_in(shop.didi).get(f"/tickets/{ticket}").page
    assert facts(page)["Approved?"] == "Yes"
    for hidden in ("A desk", "4200", "A secret reason", "submitted it", "Dora Acme completed"):
        assert hidden not in page.text
    assert page.heading == "Request a purchase"


@pytest.mark.parametrize("who", ["ulf", "didi"])
def test_a_colleague_who_has_nothing_to_do_with_it_finds_nothing(client: Browser, shop: Shop, who: str) -> None:
    ticket = shop.submit(shop.uma)
    shop.give(shop.task(ticket, "manager_review"), shop.dora)
    client.sign_in(getattr(shop, who))
    hidden, unknown = client.get(f"/tickets/{ticket}"), client.get("/tickets/999999")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.page.text == unknown.page.text


def test_another_company_finds_nothing(client: Browser, shop: Shop, charlie: Person) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(charlie)
    assert client.get(f"/tickets/{ticket}").status_code == 404
    assert client.send(f"/tickets/{ticket}/cancel").status_code == 404
    assert client.get(f"/tickets/{ticket}/cancel").status_code == 404


def test_a_submitter_withdraws_their_ticket(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    page = client.sign_in(shop.uma).get(f"/tickets/{ticket}").page
    asked = client.get(page.link("Withdraw the ticket")).page
    assert asked.heading == f"Withdraw ticket {ticket}?"
    answer = client.submit(f"/tickets/{ticket}/cancel", {"f-reason": "Found one in the cellar"})
    assert answer.status_code == 303
    page = client.get(answer.location).page
    assert "Uma Acme withdrew it: Found one in the cellar" in page.text
    assert not page.has_id("do-cancel")


def test_cancelling_what_has_ended_is_refused_with_the_reason(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.uma).get(f"/tickets/{ticket}/cancel")
    shop.cancel(ticket)
    answer = client.submit(f"/tickets/{ticket}/cancel")
    assert answer.status_code == 409
    assert "It has ended already." in answer.page.text


def test_a_reason_that_is_too_long_comes_back(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.tom).get(f"/tickets/{ticket}/hold")
    answer = client.submit(f"/tickets/{ticket}/hold", {"f-reason": "x" * 2001})
    assert answer.status_code == 422
    assert answer.page.problems == [("f-reason", "Reason must be 2,000 characters or less")]
    assert answer.page.form(f"/tickets/{ticket}/hold").values["f-reason"] == ["x" * 2001]


def test_an_admin_holds_and_resumes(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.tom).get(f"/tickets/{ticket}/hold")
    page = client.get(client.submit(f"/tickets/{ticket}/hold", {"f-reason": "Holidays"}).location).page
    assert "Tom Acme put it on hold: Holidays" in page.text
    assert not page.has_id("do-hold")
    client.get(page.link("Resume"))
    page = client.get(client.submit(f"/tickets/{ticket}/resume").location).page
    assert page.has_id("do-hold")


def test_what_is_an_admins_to_do_is_neither_shown_nor_open_to_others(
    browser: Callable[[], Browser], shop: Shop
) -> None:
    ticket = shop.submit(shop.uma)
    uma = browser().sign_in(shop.uma)
    page = uma.get(f"/tickets/{ticket}").page
    assert not page.has_id("do-hold")
    assert not page.has_id("do-correct")
    for path in ("hold", "resume", "advance", "correct/amount"):
        assert uma.send(f"/tickets/{ticket}/{path}").status_code == 403


def test_an_admin_corrects_a_value_with_a_reason(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    page = client.sign_in(shop.tom).get(f"/tickets/{ticket}").page
    picker = client.get(page.link("Correct a value")).page
    assert "Amount in EUR" in picker.text
    form = f"/tickets/{ticket}/correct/amount"
    client.get(f"/tickets/{ticket}/correct?field=amount")
    answer = client.submit(form, {"f-amount": "380", "f-the.20.reason": "The offer was lower"})
    assert answer.status_code == 303
    page = client.get(answer.location).page
    assert facts(page)["Amount in EUR"] == "380"
    assert "Tom Acme corrected Amount in EUR The offer was lower" in page.text


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"f-amount": "380"}, ("f-the.20.reason", "Enter reason")),
        ({"f-the.20.reason": "No change"}, ("f-amount", "Amount in EUR must be another value than it is now")),
        ({"f-amount": "-1", "f-the.20.reason": "x"}, ("f-amount", "Amount in EUR must be 0 or more")),
        (
            {"f-amount": "5", "f-the.20.reason": "x" * 2001},
            ("f-the.20.reason", "Reason must be 2,000 characters or less"),
        ),
    ],
)
def test_a_correction_that_breaks_a_rule_comes_back(
    client: Browser, shop: Shop, given: dict[str, str], problem: tuple[str, str]
) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.tom).get(f"/tickets/{ticket}/correct?field=amount")
    answer = client.submit(f"/tickets/{ticket}/correct/amount", given)
    assert answer.status_code == 422
    assert answer.page.problems == [problem]


def test_a_field_that_there_is_not_and_a_ticket_that_has_ended_cannot_be_corrected(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.tom)
    assert client.get(f"/tickets/{ticket}/correct?field=nothing").status_code == 404
    assert client.send(f"/tickets/{ticket}/correct/nothing").status_code == 404
    shop.cancel(ticket)
    assert client.get(f"/tickets/{ticket}/correct").status_code == 409


def test_an_offer_is_a_button_and_its_task_comes_next(client: Browser, shop: Shop) -> None:
    shop.store("house-rules")
    ticket = shop.submit(shop.uma, "propose-rules", purpose="Dogs")
    client.sign_in(shop.uma).get(f"/tickets/{ticket}")
    first = client.submit(f"/tickets/{ticket}/offers/withdraw")
    task = shop.task(ticket, "withdraw")
    assert first.location == f"/tasks/{task}"
    assert client.submit(f"/tickets/{ticket}/offers/withdraw").location == first.location, "a double click is one task"
    page = client.get(first.location).page
    assert page.heading == "Withdraw the proposal"
    assert not page.has_id("release"), "who is no task worker could not take it back"
    done = client.submit(f"/tasks/{task}/complete", {"f-withdrawn": "true"})
    assert done.location == f"/tickets/{ticket}"
    assert "It has ended: Withdrawn." in client.get(done.location).page.text


def test_an_offer_that_is_none_is_not_there(client: Browser, shop: Shop) -> None:
    shop.store("house-rules")
    ticket = shop.submit(shop.uma, "propose-rules", purpose="Dogs")
    client.sign_in(shop.uma)
    for key in ("sign", "nothing"):
        assert client.send(f"/tickets/{ticket}/offers/{key}").status_code == 404


def test_an_admin_sees_errors_with_the_way_to_their_answer(client: Browser, shop: Shop) -> None:
    ticket, _review, error = shop.clash()
    page = client.sign_in(shop.tom).get(f"/tickets/{ticket}").page
    assert page.link("Two changes to one field") == f"/errors/{error}"
    assert "“Review the text” is in conflict with another change" in page.text


def test_a_submitter_is_spared_the_engines_errors(client: Browser, shop: Shop) -> None:
    ticket, _review, error = shop.clash()
    page = client.sign_in(shop.uma).get(f"/tickets/{ticket}").page
    assert f"/errors/{error}" not in page.html
    assert "conflict" not in page.text


def test_trying_again_says_when_there_was_nothing_to_do(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.tom)
    assert client.send(f"/tickets/{ticket}/advance").location == f"/tickets/{ticket}"
    assert "There was nothing to move on" in client.get(f"/tickets/{ticket}").page.text


def test_a_long_story_comes_in_pages_and_only_the_newest_is_live(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    task = shop.task(ticket, "manager_review")
    for who in (shop.dora, shop.didi) * 32:
        shop.give(task, who)
    page = client.sign_in(shop.tom).get(f"/tickets/{ticket}").page
    assert page.by_id(f"ticket-{ticket}").get("hx-get") == f"/tickets/{ticket}"
    earlier = client.get(page.link("Show what happened earlier")).page
    assert "Uma Acme submitted it" in earlier.text
    assert "submitted it" not in page.text
    assert earlier.by_id(f"ticket-{ticket}").get("hx-get") is None
    assert client.get(f"/tickets/{ticket}?before=x").status_code == 200


def test_the_page_the_route_and_the_push_show_the_same(app: Flask, client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    client.sign_in(shop.uma)
    fragment = client.get(f"/tickets/{ticket}", htmx=True).page
    assert not fragment.is_whole
    assert fragment.has_id(f"ticket-{ticket}")
    live = registry.fragments["ticket"]
    with shop.company.session() as session, app.test_request_context():
        pushed = live.render(session, shop.uma.actor, ticket)
    assert f'id="ticket-{ticket}"' in pushed
    assert "Approve the purchase" in pushed


def test_the_page_costs_at_most_twelve_queries(app: Flask, shop: Shop) -> None:
    ticket, _review, _error = shop.clash()
    client = Browser(app).sign_in(shop.tom)
    client.get(f"/tickets/{ticket}")
    with count_queries() as queries:
        client.get(f"/tickets/{ticket}")
    assert len(queries) <= 12, queries


def test_trying_again_is_offered_only_where_it_may_help(client: Browser, shop: Shop) -> None:
    conflict, _review, _error = shop.clash()
    client.sign_in(shop.tom)
    assert not client.get(f"/tickets/{conflict}").page.has_id("do-advance")
    document = (
        "workflow: w\ntitle: W\nfields_schema: {properties: {go: {type: boolean}}}\n"
        "tickets: {stall: {title: S, fields: [go]}}\n"
        "completions: {d: {title: D, completion_status: COMPLETED, fields: [go], condition: {var: go}}}\n"
    )
    shop.store("w", document)
    assert client.get(f"/tickets/{shop.submit(shop.uma, 'stall', go=False)}").page.has_id("do-advance")
