"""What people do in a browser, in words: each step works with script and without."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.people import PASSWORD, Person

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def sign_in(page: Page, person: Person) -> None:
    """Signs somebody in, through the page."""
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def sign_up(page: Page, company: str, email: str) -> None:
    """Signs a company up; the window then belongs to its first person, Ana Alm."""
    page.goto("/")
    page.get_by_role("link", name="Sign your company up").first.click()
    page.get_by_label("Company name").fill(company)
    page.get_by_label("Your first name").fill("Ana")
    page.get_by_label("Your last name").fill("Alm")
    page.get_by_label("Your email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create company").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello Ana Alm")


def upload_and_activate(page: Page, example: str) -> None:
    """Uploads one of the example documents, looks at its draft, and activates it."""
    page.goto("/workflows")
    page.get_by_role("link", name="Upload a workflow").first.click()
    page.get_by_label("A file").set_input_files(EXAMPLES / f"{example}.yaml")
    page.get_by_role("button", name="Store as draft").click()
    expect(page.locator("#flash")).to_contain_text("is stored as a draft")
    page.get_by_role("button", name="Activate version 1").click()
    expect(page.locator("#flash")).to_contain_text("Version 1 is active")
