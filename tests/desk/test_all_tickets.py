"""All tickets, for ticket admins: tabs, filters, search."""

from __future__ import annotations

from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.pages import Browser, text_of
from tests.queries import count_queries
from tests.shop import Shop
from ticketflower.live.fragments import registry


def numbers(client: Browser, path: str) -> list[int]:
    found = client.get(path).page.all("li", class_="row")
    return [int((row.get("id") or "").removeprefix("ticket-")) for row in found]


def test_an_admin_sees_everybodys_tickets_with_who_submitted_them(client: Browser, shop: Shop) -> None:
    mine, theirs = shop.submit(shop.uma), shop.submit(shop.ulf)
    assert numbers(client.sign_in(shop.tom), "/tickets/all") == [theirs, mine]
    assert client.page is not None
    assert "from Ulf Acme" in text_of(client.page.by_id(f"ticket-{theirs}"))


def test_tabs_keep_the_other_filters_and_filters_the_tab(client: Browser, shop: Shop) -> None:
    shop.submit(shop.uma)
    page = client.sign_in(shop.tom).get("/tickets/all?status=archive&q=desk&type=purchase-request").page
    assert page.link("Active") == "/tickets/all?status=active&type=purchase-request&q=desk"
    values = page.form("/tickets/all").values
    assert values == {"q": ["desk"], "type": ["purchase-request"], "status": ["archive"]}


def test_type_status_words_and_numbers_narrow_the_list(client: Browser, shop: Shop) -> None:
    desk = shop.submit(shop.uma)
    text = shop.submit(shop.uma, "content-request", brief="Opening hours")
    shop.hold(text)
    client.sign_in(shop.tom)
    assert numbers(client, "/tickets/all?type=content-request") == [text]
    assert numbers(client, "/tickets/all?status=ON_HOLD") == [text]
    assert numbers(client, "/tickets/all?q=opening") == [text]
    assert numbers(client, f"/tickets/all?q={desk}") == [desk]
    assert numbers(client, "/tickets/all?q=nothing+like+that") == []
    assert numbers(client, "/tickets/all?status=archive") == []
    shop.cancel(desk)
    assert numbers(client, "/tickets/all?status=archive") == [desk]


def test_every_type_that_tickets_may_have_can_be_chosen_once(client: Browser, shop: Shop) -> None:
    shop.store("purchase-approval", None)
    page = client.sign_in(shop.tom).get("/tickets/all").page
    options = [option.get("value") for option in page.by_id("type").iter("option")]
    assert options == ["", "content-request", "purchase-request"]


def test_a_push_has_the_filters_of_the_page(app: Flask, client: Browser, shop: Shop) -> None:
    desk = shop.submit(shop.uma)
    shop.submit(shop.uma, "content-request", brief="Opening hours")
    page = client.sign_in(shop.tom).get("/tickets/all?q=desk").page
    assert page.by_id("live").get("hx-ws:connect") == "/live?topics=all-tickets:q%3Ddesk"
    with shop.company.session() as session, app.test_request_context():
        pushed = registry.fragments["all-tickets"].render(session, shop.tom.actor, MultiDict({"q": "desk"}))
    assert f'id="ticket-{desk}"' in pushed
    assert "Opening hours" not in pushed


def test_the_list_costs_the_same_for_one_row_and_for_many(app: Flask, shop: Shop) -> None:
    client, costs = Browser(app).sign_in(shop.tom), []
    for many in (1, 29):
        for _ in range(many):
            shop.submit(shop.uma)
        client.get("/tickets/all")
        with count_queries() as queries:
            client.get("/tickets/all")
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
