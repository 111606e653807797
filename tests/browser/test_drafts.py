"""Half-filled forms are kept, and stand there again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.people import Company, Person
from tests.shop import Shop

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(company: Company) -> Shop:
    shop = Shop(company)
    shop.store("purchase-approval")
    return shop


def test_what_was_typed_into_a_new_ticket_is_saved_by_itself_and_stands_there_again(
    windows: Windows, shop: Shop, ana: Person
) -> None:
    page = windows.open(ana)
    page.goto("/tickets/new/purchase-request")
    page.get_by_label("What do you need?").press_sequentially("A lamp")
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved")
    elsewhere = windows.open(ana)
    elsewhere.goto("/tickets/new/purchase-request")
    expect(elsewhere.get_by_label("What do you need?")).to_have_value("A lamp")
    expect(elsewhere.locator("main")).to_contain_text("These are your answers as you left them")
    elsewhere.get_by_role("button", name="Begin anew").click()
    expect(elsewhere.get_by_label("What do you need?")).to_have_value("")


def test_the_answers_to_a_task_are_saved_by_themselves_and_gone_once_it_is_completed(
    windows: Windows, shop: Shop, ana: Person
) -> None:
    task = shop.give(shop.task(shop.submit(ana), "manager_review"), ana)
    page = windows.open(ana)
    page.goto(f"/tasks/{task}")
    page.get_by_label("Reason").press_sequentially("We need it")
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved")
    page.goto("/tasks")
    page.goto(f"/tasks/{task}")
    expect(page.get_by_label("Reason")).to_have_value("We need it")
    page.get_by_role("group", name="Approved?").get_by_label("Yes").check()
    page.get_by_role("button", name="Complete task").click()
    expect(page.locator("#flash")).to_contain_text("is completed")


def test_without_script_a_button_saves_it(windows: Windows, shop: Shop, ana: Person) -> None:
    page = windows.open(ana, java_script_enabled=False)
    page.goto("/tickets/new/purchase-request")
    page.get_by_label("What do you need?").fill("A lamp")
    page.get_by_role("button", name="Save for later").click()
    expect(page.locator("#flash")).to_contain_text("Your answers are kept.")
    page.goto("/tickets/new/purchase-request")
    expect(page.get_by_label("What do you need?")).to_have_value("A lamp")
