"""The main job end to end: sign up, upload a workflow, submit a ticket, do its tasks, see it completed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Windows
from tests.browser.steps import (
    answer_yes,
    colleague,
    complete,
    open_task,
    submit_purchase,
    upload_and_activate,
)
from tests.browser.steps import sign_up as sign_a_company_up

pytestmark = pytest.mark.browser


def queue(page: Page) -> Page:
    """The list of one's tasks, with the mouse away from it: new rows are held back under the mouse."""
    page.goto("/tasks")
    page.mouse.move(0, 0)
    page.evaluate("window.stillTheSamePage = true")
    return page


def assert_not_reloaded(page: Page) -> None:
    assert page.evaluate("window.stillTheSamePage === true"), "the page was loaded again"


def test_two_people_take_a_purchase_from_sign_up_to_its_end(windows: Windows, site: Site) -> None:
    ana = windows.open()
    sign_a_company_up(ana, "Main Path Ltd", "ana@main-path.example")
    upload_and_activate(ana, "purchase-approval")
    ben = windows.open(colleague(site.sessions, "ana@main-path.example", "ben@main-path.example"))
    queue(ben)
    expect(ben.locator("#queue")).to_contain_text("No tasks for you")

    ticket = windows.beside(ana)
    ticket.goto(submit_purchase(ana, "A standing desk", "2,000"))
    ticket.evaluate("window.stillTheSamePage = true")
    expect(ticket.locator("main")).to_contain_text("Approve the purchase")

    # Ana and Ben have done equally little, so the first task is hers, and each next one goes to the other.
    open_task(ana, "Approve the purchase")
    expect(ana.locator("main")).to_contain_text("A standing desk")
    answer_yes(ana, "Approved?")
    complete(ana)

    expect(ben.locator("#queue-rows")).to_contain_text("Check the budget")
    expect(ben.locator("#nav-count-tasks")).to_have_text("1")
    assert_not_reloaded(ben)
    queue(ana)
    open_task(ben, "Check the budget")
    answer_yes(ben, "Budget available?")
    complete(ben)

    expect(ana.locator("#queue-rows")).to_contain_text("Place the order")
    assert_not_reloaded(ana)
    open_task(ana, "Place the order")
    ana.get_by_label("Purchase order number").fill("4711")
    ana.get_by_role("button", name="Complete task").click()
    expect(ana.locator("#error-summary")).to_be_focused()
    ana.get_by_label("Purchase order number").fill("PO-4711")
    complete(ana)
    open_task(ben, "Tell the requester")
    answer_yes(ben, "Requester told?")
    complete(ben)

    expect(ticket.locator(".chip").first).to_have_text("Completed")
    expect(ticket.locator("main")).to_contain_text("PO-4711")
    assert_not_reloaded(ticket)


def test_one_person_takes_a_purchase_to_its_end_without_script(windows: Windows) -> None:
    page = windows.open(java_script_enabled=False)
    sign_a_company_up(page, "No Script Ltd", "ana@no-script.example")
    upload_and_activate(page, "purchase-approval")
    address = submit_purchase(page, "A standing desk", "2,000")

    open_task(page, "Approve the purchase")
    page.get_by_role("button", name="Complete task").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert page.title().startswith("Error: Approve the purchase")
    answer_yes(page, "Approved?")
    complete(page)
    open_task(page, "Check the budget")
    page.get_by_role("button", name="Start").click()
    answer_yes(page, "Budget available?")
    complete(page)
    open_task(page, "Place the order")
    page.get_by_label("Purchase order number").fill("PO-4711")
    complete(page)
    open_task(page, "Tell the requester")
    answer_yes(page, "Requester told?")
    complete(page)

    page.goto(address)
    expect(page.locator(".chip").first).to_have_text("Completed")
    page.goto("/tickets?status=archive")
    expect(page.locator("main")).to_contain_text("A standing desk")
