"""Signing up, in and out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.browser.steps import sign_up
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
def test_a_company_signs_up_out_and_in_again(windows: Windows, script: bool) -> None:
    page = windows.open(java_script_enabled=script)
    email = f"ana@front-door-{script}.example".lower()
    sign_up(page, "Front Door Ltd", email)
    expect(page.locator("#company-name")).to_have_text("Front Door Ltd")
    if script:
        page.get_by_role("button", name="Ana Alm").click()
        page.get_by_role("button", name="Sign out").click()
    else:
        page.context.clear_cookies()
        page.goto("/")
    expect(page.get_by_role("link", name="Sign your company up")).to_be_visible()
    page.goto("/workflows")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workflows")


def test_a_wrong_password_is_told_above_the_form_where_the_focus_goes(windows: Windows, ana: Person) -> None:
    page = windows.open()
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page).to_have_title("Error: Sign in – TicketFlower")
    expect(page.get_by_label("Email address")).to_have_value(ana.email)


def test_a_window_whose_session_ended_leads_to_the_sign_in_page_and_back(windows: Windows, ana: Person) -> None:
    page = windows.open(ana)
    other = page.context.new_page()
    other.goto("/")
    page.get_by_role("button", name="Ana Alm").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign your company up")).to_be_visible()
    other.get_by_role("link", name="Workflows").first.click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    other.get_by_label("Email address").fill(ana.email)
    other.get_by_label("Password").fill(ana.password)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Workflows")
