"""My tickets: tabs, statuses, rows, pages."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from tests.pages import Browser, text_of
from tests.people import Person
from tests.queries import count_queries
from tests.shop import Shop


def rows(client: Browser, path: str = "/tickets") -> list[str]:
    return [text_of(row) for row in client.get(path).page.all("li", class_="row")]


def test_a_row_says_what_it_is_about_and_what_it_waits_for(client: Browser, shop: Shop) -> None:
    ticket = shop.submit(shop.uma)
    shop.give(shop.task(ticket, "manager_review"), shop.dora)
    [row] = rows(client.sign_in(shop.uma))
    assert row.startswith(f"A desk Request a purchase no. {ticket} Waiting for Dora Acme to approve the purchase")
    assert row.endswith("In progress")


def test_what_has_ended_is_in_the_archive(client: Browser, shop: Shop) -> None:
    kept, ended = shop.submit(shop.uma), shop.submit(shop.uma)
    shop.cancel(ended)
    client.sign_in(shop.uma)
    assert [f"no. {kept} " in row for row in rows(client)] == [True]
    assert [f"no. {ended} " in row for row in rows(client, "/tickets?status=archive")] == [True]


def test_a_status_in_the_address_narrows_the_list(client: Browser, shop: Shop) -> None:
    held, going = shop.submit(shop.uma), shop.submit(shop.uma)
    shop.hold(held)
    client.sign_in(shop.uma)
    assert len(rows(client, "/tickets?status=ON_HOLD")) == 1
    page = client.page
    assert page is not None
    assert f"no. {going} " not in page.text
    assert page.form("/tickets").values["status"] == ["ON_HOLD"]
    assert client.get("/tickets?status=LOST").status_code == 422


def test_there_is_a_way_to_older_tickets(client: Browser, shop: Shop) -> None:
    for _ in range(27):
        shop.submit(shop.uma)
    client.sign_in(shop.uma)
    assert len(rows(client)) == 25
    page = client.page
    assert page is not None
    assert len(rows(client, page.link("Show older tickets"))) == 2


def test_only_the_first_page_follows_what_happens(client: Browser, shop: Shop) -> None:
    for _ in range(26):
        shop.submit(shop.uma)
    page = client.sign_in(shop.uma).get("/tickets?status=IN_PROGRESS").page
    assert page.by_id("live").get("hx-ws:connect") == "/live?topics=my-tickets:status%3DIN_PROGRESS"
    assert page.by_id("my-tickets").get("hx-get") == "/tickets?status=IN_PROGRESS"
    older = client.get(page.link("Show older tickets")).page
    assert older.by_id("live").get("hx-ws:connect") == "/live"
    assert older.by_id("my-tickets").get("hx-get") is None


def test_htmx_gets_the_list_alone(client: Browser, shop: Shop) -> None:
    shop.submit(shop.uma)
    page = client.sign_in(shop.uma).get("/tickets", htmx=True).page
    assert not page.is_whole
    assert page.has_id("my-tickets")


def test_a_ticket_admin_too_sees_only_their_own_here(client: Browser, shop: Shop, alice: Person) -> None:
    shop.submit(shop.uma)
    assert rows(client.sign_in(alice)) == []


def test_nobody_sees_a_colleagues_tickets(browser: Callable[[], Browser], shop: Shop) -> None:
    shop.submit(shop.uma)
    assert rows(browser().sign_in(shop.ulf)) == []
    assert browser().sign_in(shop.dora).get("/tickets").status_code == 403


def test_the_list_costs_the_same_for_one_row_and_for_many(app: Flask, shop: Shop) -> None:
    client, costs = Browser(app).sign_in(shop.uma), []
    for many in (1, 29):
        for _ in range(many):
            shop.submit(shop.uma)
        client.get("/tickets")
        with count_queries() as queries:
            client.get("/tickets")
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
