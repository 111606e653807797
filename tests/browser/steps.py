"""What people do in a browser, in words: each step works with script and without."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session, sessionmaker

from tests.people import PASSWORD, Company, Person
from ticketflower.clock import utc_now
from ticketflower.services.accounts import find_person

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


def colleague(sessions: sessionmaker[Session], admin_email: str, email: str) -> Person:
    """Adds Ben Berg, user and task_worker, to the company that somebody signed up in the browser."""
    with sessions() as session:
        found = find_person(session, admin_email)
    assert found is not None, f"{admin_email} has not signed up"
    company = Company(sessions, found[0], "", utc_now())
    company.people["ana"] = Person(company, found[1], admin_email)
    return company.add(email, "Ben", "Berg", ["user", "task_worker"])


def submit_purchase(page: Page, item: str, amount: str) -> str:
    """Submits the example's ticket; the address of its page."""
    page.goto("/tickets/new")
    page.get_by_role("link", name="Request a purchase").click()
    page.get_by_label("What do you need?").fill(item)
    page.get_by_label("Amount in EUR").fill(amount)
    page.get_by_label("For whom?").fill("The front desk")
    page.get_by_role("button", name="Submit ticket").click()
    expect(page.locator("#flash")).to_contain_text("is submitted")
    return page.url


def open_task(page: Page, title: str) -> None:
    """Opens a task of one's own list."""
    page.goto("/tasks")
    page.locator("#queue-rows").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def answer_yes(page: Page, question: str) -> None:
    """Answers a yes/no question."""
    page.get_by_role("group", name=question).get_by_label("Yes").check()


def complete(page: Page) -> None:
    """Sends the task's form."""
    page.get_by_role("button", name="Complete task").click()
    expect(page.locator("#flash")).to_contain_text("is completed")
