"""A worker's lists: mine, unassigned, completed (checklist; ux.md, Live)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.pages import Browser, text_of
from tests.people import Person
from tests.queries import count_queries
from tests.shop import Shop
from ticketflower.live.fragments import registry


def rows(client: Browser, path: str = "/tasks") -> list[str]:
    return [text_of(row) for row in client.get(path).page.all("li", class_="row")]


def given(shop: Shop, who: Person) -> int:
    """A task of somebody's."""
    return shop.give(shop.task(shop.submit(shop.uma), "manager_review"), who)


def free(shop: Shop) -> int:
    """A task that is nobody's."""
    return shop.release(given(shop, shop.dora), shop.dora)


def test_mine_are_those_that_i_have_the_oldest_first(client: Browser, shop: Shop) -> None:
    first, second, _other = given(shop, shop.dora), given(shop, shop.dora), given(shop, shop.didi)
    page = client.sign_in(shop.dora).get("/tasks").page
    assert [row.get("id") for row in page.all("li", class_="row")] == [f"task-{first}", f"task-{second}"]
    assert rows(client)[0].startswith("Approve the purchase A desk Request a purchase no. ")


def test_a_free_task_is_under_unassigned_until_somebody_takes_it(browser: Callable[[], Browser], shop: Shop) -> None:
    task = free(shop)
    dora, didi = browser().sign_in(shop.dora), browser().sign_in(shop.didi)
    assert len(rows(dora, "/tasks?tab=unassigned")) == len(rows(didi, "/tasks?tab=unassigned")) == 1
    assert dora.submit(f"/tasks/{task}/claim").location == f"/tasks/{task}"
    assert rows(didi, "/tasks?tab=unassigned") == []
    assert len(rows(dora)) == 1


def test_who_is_too_late_is_told(browser: Callable[[], Browser], shop: Shop) -> None:
    task = free(shop)
    didi = browser().sign_in(shop.didi)
    didi.get("/tasks?tab=unassigned")
    shop.give(task, shop.dora)
    answer = didi.submit(f"/tasks/{task}/claim")
    assert answer.status_code == 409
    assert "assigned already" in answer.page.text


def test_starting_leads_to_the_task(client: Browser, shop: Shop) -> None:
    task = given(shop, shop.dora)
    client.sign_in(shop.dora).get("/tasks")
    assert client.submit(f"/tasks/{task}/start").location == f"/tasks/{task}"
    assert shop.status(task) == "IN_PROGRESS"
    assert not client.get("/tasks").page.has_id(f"task-{task}-start")


def test_releasing_gives_htmx_the_list_and_a_plain_form_the_page(client: Browser, shop: Shop) -> None:
    first, second = given(shop, shop.dora), given(shop, shop.dora)
    page = client.sign_in(shop.dora).get("/tasks").page
    action = page.by_id(f"task-{first}-release").get("action", "")
    answer = client.send(action, htmx=True)
    assert not answer.page.is_whole
    assert not answer.page.has_id(f"task-{first}")
    assert answer.page.has_id(f"task-{second}")
    client.get("/tasks")
    plain = client.submit(f"/tasks/{second}/release?tab=mine")
    assert plain.location == "/tasks?tab=mine"
    assert "You gave the task back." in client.get(plain.location).page.text
    assert shop.assignee(second) is None


def test_a_finding_of_a_row_button_stands_beside_the_list(client: Browser, shop: Shop) -> None:
    task = given(shop, shop.dora)
    client.sign_in(shop.dora).get("/tasks")
    shop.give(task, shop.didi)
    answer = client.send(f"/tasks/{task}/start", htmx=True)
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#flash"


def test_completed_are_those_that_i_did_the_newest_first(client: Browser, shop: Shop) -> None:
    done = [given(shop, shop.dora) for _ in range(2)]
    for task in done:
        shop.complete(task, shop.dora, approved=True)
    page = client.sign_in(shop.dora).get("/tasks?tab=completed").page
    assert [row.get("id") for row in page.all("li", class_="row")] == [f"task-{task}" for task in done[::-1]]


def test_a_long_queue_grows_in_place(client: Browser, shop: Shop) -> None:
    for _ in range(27):
        given(shop, shop.dora)
    client.sign_in(shop.dora)
    assert len(rows(client)) == 25
    assert client.page is not None
    more = client.page.link("Show more tasks")
    assert len(rows(client, more)) == 27
    assert client.page.by_id("queue").get("hx-get") == "/tasks?tab=mine&rows=50", "a gap is filled with as many rows"


@pytest.mark.parametrize("rows_asked", ["x", "-3", "0", "9999999999"])
def test_a_strange_number_of_rows_is_no_error(client: Browser, shop: Shop, rows_asked: str) -> None:
    given(shop, shop.dora)
    assert len(rows(client.sign_in(shop.dora), f"/tasks?rows={rows_asked}")) == 1


def test_a_push_shows_the_list_that_the_page_shows(app: Flask, client: Browser, shop: Shop) -> None:
    task = free(shop)
    page = client.sign_in(shop.dora).get("/tasks?tab=unassigned").page
    assert page.by_id("live").get("hx-ws:connect") == "/live?topics=queue:tab%3Dunassigned"
    with shop.company.session() as session, app.test_request_context():
        pushed = registry.fragments["queue"].render(session, shop.dora.actor, MultiDict({"tab": "unassigned"}))
    assert pushed.startswith('<section id="queue"')
    assert f'id="task-{task}"' in pushed


def test_a_colleague_and_another_company_see_none_of_it(
    browser: Callable[[], Browser], shop: Shop, charlie: Person
) -> None:
    task = given(shop, shop.dora)
    assert rows(browser().sign_in(shop.didi)) == []
    stranger = browser().sign_in(charlie)
    assert rows(stranger) == rows(stranger, "/tasks?tab=unassigned") == []
    for verb in ("start", "claim", "release", "complete", "draft"):
        assert stranger.send(f"/tasks/{task}/{verb}").status_code == 404
    assert browser().sign_in(shop.uma).get("/tasks").status_code == 403


@pytest.mark.parametrize("tab", ["mine", "unassigned", "completed"])
def test_a_list_costs_the_same_for_one_row_and_for_many(app: Flask, shop: Shop, tab: str) -> None:
    client, costs = Browser(app).sign_in(shop.dora), []
    for many in (1, 24):
        for _ in range(many):
            if tab == "unassigned":
                free(shop)
            elif tab == "mine":
                given(shop, shop.dora)
            else:
                shop.complete(given(shop, shop.dora), shop.dora, approved=False)
        client.get(f"/tasks?tab={tab}")
        with count_queries() as queries:
            client.get(f"/tasks?tab={tab}")
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
