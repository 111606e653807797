"""Two people write one value: the admin sees it on the error desk as it happens, and answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.people import Company, Person
from tests.shop import Shop

pytestmark = pytest.mark.browser

TWO_QUOTES = """workflow: quotes
title: Quotes
fields_schema:
  type: object
  properties:
    item: {type: string, title: Item}
    price: {type: integer, title: Price}
    bought: {type: boolean, title: "Bought?"}
tickets:
  quote: {title: Get a quote, fields: [item]}
tasks:
  ask_first: {title: Ask the first shop, task_type: FORM, input_fields: [item], output_fields: [price]}
  ask_second: {title: Ask the second shop, task_type: FORM, input_fields: [item], output_fields: [price]}
  buy: {title: Buy it, task_type: FORM, input_fields: [price], on_retrigger: restart, output_fields: [bought]}
completions:
  done: {title: Bought, completion_status: COMPLETED, fields: [bought]}
"""


@pytest.fixture
def desk(windows: Windows, company: Company, ana: Person, ben: Person) -> Page:
    """Ana's error desk, empty; then Ben answers with another price than she did, in his own window."""
    shop = Shop(company)
    shop.store("quotes", TWO_QUOTES)
    ticket = shop.submit(ana, "quote", item="A lamp")
    shop.complete(shop.give(shop.task(ticket, "ask_first"), ana), ana, price=10)
    task = shop.give(shop.task(ticket, "ask_second"), ben)

    desk = windows.open(ana)
    desk.goto("/errors")
    expect(desk.locator("#errors")).to_contain_text("Nothing needs you")
    desk.mouse.move(0, 0)
    desk.evaluate("window.stillTheSamePage = true")

    page = windows.open(ben)
    page.goto(f"/tasks/{task}")
    page.get_by_label("Price").fill("12")
    page.get_by_role("button", name="Complete task").click()
    expect(page.locator("#flash")).to_contain_text("Somebody changed the same value meanwhile")
    return desk


def test_a_conflict_appears_on_the_desk_without_reload_and_is_applied(desk: Page) -> None:
    expect(desk.locator("#errors-rows")).to_contain_text("Ask the second shop")
    expect(desk.locator("#nav-count-errors")).to_have_text("1")
    assert desk.evaluate("window.stillTheSamePage === true")
    desk.locator("#errors-rows").get_by_role("link").first.click()
    expect(desk.locator(".versus__side--theirs .versus__value")).to_have_text("10")
    expect(desk.locator(".versus__side--ours .versus__value")).to_have_text("12")
    desk.get_by_label("Notes").fill("The second shop delivers.")
    desk.get_by_role("button", name="Apply the task's answers").click()
    expect(desk.locator("#flash")).to_contain_text("The task's answers are applied.")
    expect(desk.locator("main")).to_contain_text("The second shop delivers.")
    desk.get_by_role("link", name="Get a quote no.").click()
    expect(desk.locator("main")).to_contain_text("12")
    desk.goto("/errors")
    expect(desk.locator("#errors")).to_contain_text("Nothing needs you")


def test_a_task_that_is_sent_back_shows_what_the_ticket_holds_now(desk: Page) -> None:
    desk.locator("#errors-rows").get_by_role("link").first.click()
    desk.get_by_role("button", name="Send the task back").click()
    expect(desk.locator("#flash")).to_contain_text("The task is open again.")
    desk.locator("main").get_by_role("link", name="Ask the second shop").click()
    expect(desk.locator("main")).to_contain_text("Ben Berg")
    expect(desk.locator(".chip").first).to_have_text("Open")
