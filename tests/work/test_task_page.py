"""One task's page: reading, filling in, completing; what is typed is never lost."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask

from tests.pages import Browser, Page, text_of
from tests.people import Person
from tests.queries import count_queries
from tests.shop import Shop
from ticketflower.live.fragments import registry


@pytest.fixture
def task(shop: Shop) -> int:
    """Dora has a purchase to approve."""
    return shop.give(shop.task(shop.submit(shop.uma), "manager_review"), shop.dora)


def facts(page: Page) -> dict[str, str]:
    return dict(zip(map(text_of, page.all("dt")), map(text_of, page.all("dd")), strict=True))


def complete_at(task: int) -> str:
    return f"/tasks/{task}/complete"


def test_the_page_shows_what_to_know_and_asks_for_the_rest(client: Browser, shop: Shop, task: int) -> None:
    page = client.sign_in(shop.dora).get(f"/tasks/{task}").page
    assert page.heading == "Approve the purchase"
    assert facts(page)["What do you need?"] == "A desk"
    assert {"f-approved", "f-reason"} <= page.form(complete_at(task)).values.keys()
    assert "Complete task" in page.text


def test_completing_leads_to_the_next_task_and_says_so(client: Browser, shop: Shop, task: int) -> None:
    client.sign_in(shop.dora).get(f"/tasks/{task}")
    answer = client.submit(complete_at(task), {"f-approved": "true"})
    assert answer.location == "/tasks"
    assert "“Approve the purchase” is completed." in client.get("/tasks").page.text
    page = client.get(f"/tasks/{task}").page
    assert facts(page)["Approved?"] == "Yes"
    assert not page.has_id("task-form")


def test_a_wrong_answer_is_told_and_every_answer_kept(client: Browser, shop: Shop, task: int) -> None:
    client.sign_in(shop.dora).get(f"/tasks/{task}")
    answer = client.submit(complete_at(task), {"f-reason": "Because"})
    assert answer.status_code == 422
    assert answer.page.title.startswith("Error: ")
    assert answer.page.problems == [("f-approved", 'Select yes or no for "Approved?"')]
    assert answer.page.form(complete_at(task)).values["f-reason"] == ["Because"]


def test_a_double_click_completes_once_and_leads_on_both_times(
    client: Browser, shop: Shop, task: int, admin: psycopg.Connection
) -> None:
    client.sign_in(shop.dora).get(f"/tasks/{task}")
    first = client.submit(complete_at(task), {"f-approved": "true"})
    second = client.submit(complete_at(task), {"f-approved": "true"})
    assert second.status_code == 303
    assert second.location == first.location
    assert admin.execute("SELECT count(*) FROM workflow_data").fetchone() == (2,)


def test_what_must_be_given_this_time_is_asked_for(client: Browser, shop: Shop) -> None:
    shop.store("house-rules")
    ticket = shop.submit(shop.uma, "propose-rules", purpose="Dogs")
    shop.complete(shop.give(shop.task(ticket, "write"), shop.dora), shop.dora, text="Dogs are welcome.")
    legal = shop.give(shop.task(ticket, "ask_legal"), shop.dora)
    client.sign_in(shop.dora).get(f"/tasks/{legal}")
    answer = client.submit(complete_at(legal), {"f-legal": "change"})
    assert [control for control, _ in answer.page.problems] == ["f-remarks"]


def test_a_half_filled_form_is_there_again_and_gone_once_it_is_sent(
    client: Browser, shop: Shop, task: int, admin: psycopg.Connection
) -> None:
    client.sign_in(shop.dora)
    assert client.send(f"/tasks/{task}/draft", {"f-reason": "Half a rea"}).status_code == 204
    page = client.get(f"/tasks/{task}").page
    assert page.form(complete_at(task)).values["f-reason"] == ["Half a rea"]
    assert page.by_id("task-form").get("data-draft") == f"/tasks/{task}/draft"
    client.submit(complete_at(task), {"f-approved": "true"})
    assert admin.execute("SELECT count(*) FROM drafts").fetchone() == (0,)


def test_without_script_a_button_keeps_the_form_and_another_begins_anew(client: Browser, shop: Shop, task: int) -> None:
    client.sign_in(shop.dora)
    assert client.send(f"/tasks/{task}/draft", {"f-reason": "x", "save": "draft"}).location == f"/tasks/{task}"
    client.get(f"/tasks/{task}")
    assert client.submit(f"/tasks/{task}/draft/discard").location == f"/tasks/{task}"
    assert client.get(f"/tasks/{task}").page.form(complete_at(task)).values["f-reason"] == [""]


def test_a_task_that_was_withdrawn_meanwhile_gives_back_what_was_typed(client: Browser, shop: Shop, task: int) -> None:
    page = client.sign_in(shop.dora).get(f"/tasks/{task}").page
    shop.cancel(ticket_of(page))
    answer = client.submit(complete_at(task), {"f-approved": "true", "f-reason": "A long thought"})
    assert answer.status_code == 409
    assert "was cancelled" in answer.page.text
    assert answer.page.form(complete_at(task)).values["f-reason"] == ["A long thought"]
    assert answer.page.has_id(f"task-{task}-copy")
    assert "Complete task" not in answer.page.text
    assert client.send(complete_at(task), {"f-reason": "Half"}).status_code == 409, "it need not be finished any more"


def ticket_of(page: Page) -> int:
    """The number of the ticket that a task's page leads to."""
    links = [link.get("href", "") for link in page.all("a")]
    return next(int(link.rsplit("/", 1)[1]) for link in links if link.startswith("/tickets/") and link[-1].isdigit())


def test_what_is_pushed_beside_the_form_says_that_the_task_is_gone_and_leaves_the_form_alone(
    app: Flask, client: Browser, shop: Shop, task: int
) -> None:
    page = client.sign_in(shop.dora).get(f"/tasks/{task}").page
    assert page.by_id("live").get("hx-ws:connect") == f"/live?topics=task:{task}"
    shop.cancel(ticket_of(page))
    with shop.company.session() as session, app.test_request_context():
        pushed = registry.fragments["task"].render(session, shop.dora.actor, task)
    assert f'id="task-{task}-state"' in pushed
    assert "What you typed is still here." in pushed
    assert 'id="task-form"' not in pushed
    assert client.get(f"/tasks/{task}", htmx=True).page.has_id(f"task-{task}-copy"), "a missed push is made up for"


def test_a_draft_of_a_task_that_is_gone_can_still_be_read(client: Browser, shop: Shop, task: int) -> None:
    page = client.sign_in(shop.dora).get(f"/tasks/{task}").page
    client.send(f"/tasks/{task}/draft", {"f-reason": "A long thought", "f-approved": ""})
    shop.cancel(ticket_of(page))
    page = client.get(f"/tasks/{task}").page
    assert facts(page)["Reason"] == "A long thought"
    assert not page.has_id("task-form")
    assert not page.has_id(f"task-{task}-copy")
    assert client.send(f"/tasks/{task}/draft", {"f-reason": "More"}).status_code == 409


def test_on_hold_answers_can_be_prepared_but_not_sent(client: Browser, shop: Shop, task: int) -> None:
    page = client.sign_in(shop.dora).get(f"/tasks/{task}").page
    shop.hold(ticket_of(page))
    page = client.get(f"/tasks/{task}").page
    assert "The ticket is on hold." in page.text
    assert "Complete task" not in page.text
    assert "Save for later" in page.text
    answer = client.submit(complete_at(task), {"f-approved": "true"})
    assert answer.status_code == 409
    assert answer.page.form(complete_at(task)).values["f-approved"] == ["true", ""]


def test_a_conflict_is_not_the_workers_error(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma, "content-request", brief="Opening hours")
    shop.complete(shop.give(shop.task(ticket, "write"), shop.dora), shop.dora, draft="Open every day.")
    review = shop.give(shop.task(ticket, "review"), shop.dora)
    client.sign_in(shop.dora).get(f"/tasks/{review}")
    shop.correct(ticket, "Closed on Sundays", verdict="redo")
    answer = client.submit(complete_at(review), {"f-verdict": "publish"})
    assert answer.location == "/tasks"
    assert "a ticket admin decides how it goes on" in client.get("/tasks").page.text
    page = client.get(f"/tasks/{review}").page
    assert "Nothing you entered is lost." in page.text
    assert facts(page)["Verdict"] == "Publish"


def test_a_free_task_can_be_read_and_taken_but_not_filled_in(client: Browser, shop: Shop, task: int) -> None:
    shop.release(task, shop.dora)
    page = client.sign_in(shop.didi).get(f"/tasks/{task}").page
    assert facts(page)["What do you need?"] == "A desk"
    assert not page.has_id("task-form")
    assert client.submit(f"/tasks/{task}/claim").location == f"/tasks/{task}"
    assert client.get(f"/tasks/{task}").page.has_id("task-form")


def test_a_file_is_shown_as_coming_soon(client: Browser, shop: Shop) -> None:
    shop.store("new-colleague")
    lead = shop.company.add("lea@acme.example", "Lea", "Lead", ["user"], ["team-lead"])
    ticket = shop.submit(lead, "hire", name="Nora", start_date="2026-05-01", equipment=["desk"])
    sign = shop.give(shop.task(ticket, "sign"), shop.dora)
    page = client.sign_in(shop.dora).get(f"/tasks/{sign}").page
    assert "coming soon" in page.text
    assert "Complete task" not in page.text


def test_an_admin_fills_in_somebody_elses_task_only_when_asked_to(client: Browser, shop: Shop, task: int) -> None:
    page = client.sign_in(shop.tom).get(f"/tasks/{task}").page
    assert not page.has_id("task-form")
    client.get(page.link("Fill it in yourself"))
    answer = client.submit(complete_at(task), {"f-approved": "false"})
    assert answer.location.startswith("/tickets/")
    assert shop.status(task) == "COMPLETED"


def test_an_admin_hands_a_task_over_and_sees_who_has_how_much(client: Browser, shop: Shop, task: int) -> None:
    shop.give(shop.task(shop.submit(shop.uma), "manager_review"), shop.dora)
    page = client.sign_in(shop.tom).get(f"/tasks/{task}/assign").page
    assert "Didi Acme – no open tasks" in page.text
    assert "Dora Acme – 2 open tasks" in page.text
    assert page.form().values["f-user_id"][0] == str(shop.dora.id)
    answer = client.submit(f"/tasks/{task}/assign", {"f-user_id": str(shop.didi.id)})
    assert answer.status_code == 303
    assert shop.assignee(task) == shop.didi.id


def test_assigning_to_nobody_or_to_somebody_who_may_not_comes_back(client: Browser, shop: Shop, task: int) -> None:
    client.sign_in(shop.tom).get(f"/tasks/{task}/assign")
    for wrong in ("", str(shop.uma.id), "x"):
        answer = client.submit(f"/tasks/{task}/assign", {"f-user_id": wrong})
        assert answer.status_code == 422
        assert [control for control, _ in answer.page.problems] == ["f-user_id"]
    assert shop.assignee(task) == shop.dora.id


def test_assigning_is_an_admins_to_do(client: Browser, shop: Shop, task: int) -> None:
    client.sign_in(shop.dora)
    assert client.get(f"/tasks/{task}/assign").status_code == 403
    assert client.send(f"/tasks/{task}/assign", {"f-user_id": str(shop.didi.id)}).status_code == 403


@pytest.mark.parametrize("who", ["didi", "uma", "ulf"])
def test_who_has_nothing_to_do_with_it_finds_nothing(client: Browser, shop: Shop, task: int, who: str) -> None:
    client.sign_in(getattr(shop, who))
    hidden, unknown = client.get(f"/tasks/{task}"), client.get("/tasks/999999")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.page.text == unknown.page.text
    assert client.send(complete_at(task), {"f-approved": "true"}).status_code == 404
    assert client.send(f"/tasks/{task}/draft", {"f-reason": "x"}).status_code == 404


def test_an_admins_draft_of_a_workers_task_is_not_the_workers(
    browser: Callable[[], Browser], shop: Shop, task: int
) -> None:
    browser().sign_in(shop.tom).send(f"/tasks/{task}/draft", {"f-reason": "Mine"})
    page = browser().sign_in(shop.dora).get(f"/tasks/{task}").page
    assert page.form(complete_at(task)).values["f-reason"] == [""]


def test_another_company_finds_nothing(client: Browser, task: int, charlie: Person) -> None:
    client.sign_in(charlie)
    for path in (f"/tasks/{task}", f"/tasks/{task}/assign"):
        assert client.get(path).status_code == 404


def test_the_page_costs_at_most_twelve_queries(app: Flask, shop: Shop, task: int) -> None:
    client = Browser(app).sign_in(shop.dora)
    client.get(f"/tasks/{task}")
    with count_queries() as queries:
        client.get(f"/tasks/{task}")
    assert len(queries) <= 12, queries
