"""The pages of sign-up, sign-in and sign-out (checklist C1 to C8; ux.md, Forms)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.databases import TestDatabase
from tests.pages import Browser, Page
from tests.people import PASSWORD, Company, Person
from ticketflower.services import passwords, throttle

NEW = {
    "company_name": "Initech",
    "first_name": "Peter",
    "last_name": "Gibbons",
    "email": "peter@initech.example",
    "password": "a long password",
}
NOT_KNOWN = "Email address and password don't belong together. Check both, then try again."


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets the clock of the sign-in page: ``clock(timedelta(minutes=16))`` after the start of the test."""
    start = datetime.now(UTC)

    def set_clock(later: timedelta) -> None:
        monkeypatch.setattr("ticketflower.blueprints.auth.routes.utc_now", lambda: start + later)

    return set_clock


def sign_up(client: Browser, **changes: str) -> Any:
    client.get("/sign-up")
    return client.submit(**{**NEW, **changes})


def sign_in(client: Browser, email: str, password: str, **more: Any) -> Any:
    client.get("/sign-in")
    return client.submit(email=email, password=password, **more)


def typed(page: Page) -> dict[str, str]:
    return {control.get("name", ""): control.get("value", "") for control in page.all("input")}


def test_signing_up_makes_the_company_and_signs_its_first_person_in(client: Browser, app: Flask) -> None:
    answer = sign_up(client)
    assert (answer.status_code, answer.location) == (303, "/")
    page = client.get("/").page
    assert page.heading == "Hello Peter Gibbons"
    assert page.title == "Home – Initech – TicketFlower"


def test_the_first_person_can_run_the_company_alone(client: Browser) -> None:
    sign_up(client)
    page = client.get("/").page
    assert [heading.get("id") for heading in page.all("h2") if heading.get("id")] == [
        "section-work",
        "section-own",
        "section-company",
        "section-design",
    ]


def test_an_empty_sign_up_names_every_answer_that_is_missing(client: Browser) -> None:
    client.get("/sign-up")
    page = client.submit().page
    assert page.title == "Error: Sign your company up – TicketFlower"
    assert page.problems == [
        ("company_name", "Enter a company name."),
        ("first_name", "Enter your first name."),
        ("last_name", "Enter your last name."),
        ("email", "Enter an email address."),
        ("password", "Enter a password."),
    ]
    for name, sentence in page.problems:
        assert page.by_id(f"error-{name}").find("span").text == sentence
        assert page.by_id(name).get("aria-invalid") == "true"
        assert f"error-{name}" in page.by_id(name).get("aria-describedby", "").split()


def test_the_summary_takes_the_focus_without_script(client: Browser) -> None:
    client.get("/sign-up")
    summary = client.submit().page.by_id("error-summary")
    assert {"role": "alert", "tabindex": "-1", "autofocus": ""}.items() <= dict(summary.items()).items()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("company_name", "x" * 101, "Company name must be 100 characters or fewer."),
        ("company_name", "  ", "Enter a company name."),
        ("company_name", "Ini\ufffftech", "Company name must be made of letters and signs."),
        ("company_name", "Ini\x00tech", "Company name must be made of letters and signs."),
        ("first_name", "x" * 101, "First name must be 100 characters or fewer."),
        ("last_name", "\u007f", "Last name must be made of letters and signs."),
        ("email", "peter", "Email address must be in the format name@example.com."),
        ("email", "peter@localhost", "Email address must be in the format name@example.com."),
        ("email", "a b@initech.example", "Email address must be in the format name@example.com."),
        ("email", "a@b.c" + "d" * 250, "Email address must be in the format name@example.com."),
        ("email", "pëter@initech.example", "Email address must be in the format name@example.com."),
        ("password", "seven77", "Password must be 8 characters or more."),
        ("password", "x" * 129, "Password must be 128 characters or fewer."),
        ("password", "Peter@Initech.example", "Password must be something else than the email address."),
        ("password", "with\x00nothing", "Password must be made of characters that can be typed."),
    ],
)
def test_an_answer_that_breaks_a_rule_is_told_and_everything_stays(
    client: Browser, name: str, value: str, sentence: str
) -> None:
    answer = sign_up(client, **{name: value})
    assert answer.status_code == 422
    assert answer.page.problems == [(name, sentence)]
    kept = {**NEW, name: re.sub("[\x00\x7f\uffff]", "", value), "password": ""}
    assert {key: typed(answer.page)[key] for key in NEW} == kept


@pytest.mark.parametrize("email", ["PETER@initech.example", "  peter@initech.example "])
def test_an_address_in_use_cannot_be_used_and_nothing_is_made(
    client: Browser, browser: Callable[[], Browser], admin: psycopg.Connection, email: str
) -> None:
    sign_up(client)
    answer = sign_up(browser(), company_name="Other", email=email)
    assert answer.status_code == 422
    assert answer.page.problems == [
        ("email", "This email address can't be used. Sign in if it is yours, or enter another one.")
    ]
    assert admin.execute("SELECT count(*) FROM companies").fetchone() == (1,)


def test_passwords_count_by_character_and_keep_their_blanks(client: Browser) -> None:
    assert sign_up(client, password=" pässwört ").status_code == 303
    client.get("/")
    client.submit("/sign-out")
    assert sign_in(client, NEW["email"], "pässwört").status_code == 422
    assert sign_in(client, NEW["email"], " pässwört ").status_code == 303


def test_a_password_is_the_same_however_its_letters_were_typed(client: Browser) -> None:
    composed, decomposed = "pa\u00dfw\u00f6rter", "pa\u00dfwo\u0308rter"
    sign_up(client, password=composed)
    client.get("/")
    client.submit("/sign-out")
    assert sign_in(client, NEW["email"], decomposed).status_code == 303


def test_signing_in_leads_home(client: Browser, alice: Person) -> None:
    answer = sign_in(client, " ALICE@acme.example ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")


def test_signing_in_leads_to_where_somebody_wanted_to_go(client: Browser, alice: Person) -> None:
    client.get("/sign-in?next=/tasks%3Fstatus%3DOPEN")
    assert client.submit(email=alice.email, password=PASSWORD).location == "/tasks?status=OPEN"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "/a\r\nSet-Cookie: x=y",
    ],
)
def test_signing_in_never_leads_to_another_site(client: Browser, alice: Person, elsewhere: str) -> None:
    client.get("/sign-in", query_string={"next": elsewhere})
    assert client.submit(email=alice.email, password=PASSWORD).location == "/"
    client.send("/sign-in", {"email": alice.email, "password": PASSWORD, "next": elsewhere})
    assert client.get("/sign-in", query_string={"next": elsewhere}).location == "/"


@pytest.mark.parametrize(("email", "password"), [("alice@acme.example", "wrong"), ("nobody@acme.example", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_are_one_answer(
    client: Browser, alice: Person, email: str, password: str
) -> None:
    answer = sign_in(client, email, password, next="/tasks")
    assert answer.status_code == 422
    assert answer.page.problems == [("email", NOT_KNOWN)]
    assert answer.page.title == "Error: Sign in – TicketFlower"
    assert typed(answer.page)["email"] == email
    assert typed(answer.page)["password"] == ""


@pytest.mark.parametrize("email", ["alice@acme.example\0", "\0", "a" * 100_000])
def test_an_address_that_nobody_can_have_is_an_unknown_one(client: Browser, alice: Person, email: str) -> None:
    client.get("/sign-in")
    answer = client.submit(email=email, password="a wrong one\0")
    assert (answer.status_code, len(answer.page.problems)) == (422, 1)


def test_an_empty_sign_in_says_what_to_enter(client: Browser) -> None:
    page = sign_in(client, "", "").page
    assert page.problems == [("email", "Enter your email address."), ("password", "Enter your password.")]


def test_an_unknown_address_costs_as_much_work_as_a_known_one(
    client: Browser, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    real = passwords.hasher

    class Watched:
        def verify(self, stored: str, password: bytes) -> bool:
            verified.append(stored)
            return real.verify(stored, password)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(passwords, "hasher", Watched())
    for email in (alice.email, "nobody@acme.example"):
        sign_in(client, email, "wrong password")
    costs = [stored.split("$")[:4] for stored in verified]
    assert len(costs) == 2
    assert costs[0] == costs[1]


def test_the_eleventh_try_for_an_account_has_to_wait(
    client: Browser, browser: Callable[[], Browser], alice: Person, bob: Person, clock: Callable[[timedelta], None]
) -> None:
    for second in range(throttle.PER_ACCOUNT):
        clock(timedelta(seconds=second))
        assert sign_in(client, alice.email, "wrong").status_code == 422
    clock(timedelta(minutes=5))
    answer = sign_in(client, alice.email, PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "600"
    assert answer.page.problems == [("email", "There were too many tries to sign in. Wait 10 minutes, then try again.")]
    assert typed(answer.page)["email"] == alice.email
    assert sign_in(browser(), bob.email, PASSWORD).status_code == 303
    clock(timedelta(minutes=15, seconds=1))
    assert sign_in(client, alice.email, PASSWORD).status_code == 303


def test_an_account_that_nobody_has_is_throttled_alike(client: Browser, clock: Callable[[timedelta], None]) -> None:
    statuses = [sign_in(client, "nobody@acme.example", "wrong").status_code for _ in range(throttle.PER_ACCOUNT + 1)]
    assert statuses == [422] * throttle.PER_ACCOUNT + [429]


def test_a_right_password_wipes_the_accounts_wrong_ones(client: Browser, alice: Person) -> None:
    for _ in range(2):
        for _ in range(throttle.PER_ACCOUNT - 1):
            sign_in(client, alice.email, "wrong")
        assert sign_in(client, alice.email, PASSWORD).status_code == 303
        client.get("/")
        client.submit("/sign-out")


def test_one_network_address_cannot_try_at_many_accounts(
    client: Browser, acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PER_NETWORK", 5)
    for number in range(5):
        assert sign_in(client, f"somebody{number}@acme.example", "wrong").status_code == 422
    assert sign_in(client, acme.admin.email, PASSWORD).status_code == 429
    elsewhere = client.send(
        "/sign-in", {"email": acme.admin.email, "password": PASSWORD}, environ_overrides={"REMOTE_ADDR": "127.0.0.2"}
    )
    assert elsewhere.status_code == 303


def test_addresses_cannot_be_tried_out_by_signing_up(
    client: Browser, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PER_NETWORK", 5)
    statuses = [sign_up(client, email=alice.email).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_the_table_of_tries_tells_no_address_and_does_not_grow_for_ever(
    client: Browser, alice: Person, admin: psycopg.Connection, clock: Callable[[timedelta], None]
) -> None:
    for _ in range(3):
        sign_in(client, alice.email, "wrong")
    rows = admin.execute("SELECT subject FROM sign_in_attempts").fetchall()
    assert len(rows) == 6
    assert all(len(subject) == 64 for (subject,) in rows)
    clock(timedelta(minutes=16))
    sign_in(client, "nobody@acme.example", "wrong")
    assert admin.execute("SELECT count(*) FROM sign_in_attempts").fetchone() == (2,)


def test_who_is_signed_in_needs_no_sign_in_page(client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    assert client.get("/sign-in").location == "/"
    assert client.get("/sign-up").location == "/"


def test_browsers_know_what_to_fill_in(client: Browser) -> None:
    fields = {control.get("id"): control.get("autocomplete") for control in client.get("/sign-up").page.all("input")}
    assert fields.pop(None) is None  # the token
    assert fields == {
        "company_name": "organization",
        "first_name": "given-name",
        "last_name": "family-name",
        "email": "username",
        "password": "new-password",
    }
    sign_in_page = client.get("/sign-in").page
    assert sign_in_page.by_id("password").get("autocomplete") == "current-password"


def test_text_that_looks_like_html_stays_text(client: Browser) -> None:
    answer = sign_up(client, company_name="<script>alert(1)</script>", email="")
    assert typed(answer.page)["company_name"] == "<script>alert(1)</script>"
    sign_up(client, company_name="<b>Bold & Co</b>")
    assert "<b>Bold & Co</b>" in client.get("/").page.title


def test_a_signed_out_page_leads_back_to_where_it_was(app: Flask, client: Browser, database: TestDatabase) -> None:
    answer = client.post("/sign-out", headers={"Referer": "http://localhost/tickets/5?tab=log"})
    assert answer.location == "/sign-in?next=/tickets/5?tab%3Dlog"


def test_a_referrer_elsewhere_is_not_where_it_was(client: Browser) -> None:
    assert client.post("/sign-out", headers={"Referer": "https://evil.example/x"}).location == "/sign-in"


def test_a_fragment_of_a_signed_out_page_leads_the_whole_page_away(client: Browser) -> None:
    answer = client.post("/sign-out", htmx=True, headers={"HX-Current-URL": "http://localhost/tasks"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/tasks"
    assert answer.text == ""
