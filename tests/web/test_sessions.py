"""Sessions are rows: they end on the server (security.md, Web)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask

from tests.databases import TestDatabase
from tests.pages import Browser
from tests.people import Company, Person
from tests.queries import count_queries

COOKIE = "ticketflower"


def cookie(browser: Browser) -> str:
    found = browser.get_cookie(COOKIE)
    assert found is not None
    return found.value


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").page.has_id("dashboard")


def with_cookie(app: Flask, value: str) -> Browser:
    thief = Browser(app)
    thief.set_cookie(COOKIE, value)
    return thief


def secret(browser: Browser) -> str:
    with browser.session_transaction() as session:
        return str(session["_user_id"])


def test_the_database_holds_the_hash_of_the_cookies_secret_and_not_the_secret(
    client: Browser, alice: Person, admin: psycopg.Connection
) -> None:
    client.sign_in(alice)
    rows = admin.execute("SELECT company_id, user_id, token_hash FROM user_sessions").fetchall()
    assert rows == [(alice.company.id, alice.id, hashlib.sha256(secret(client).encode()).hexdigest())]


def test_a_copied_cookie_is_dead_after_sign_out(app: Flask, client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    copied = cookie(client)
    assert is_signed_in(with_cookie(app, copied))
    client.get("/")
    assert client.submit("/sign-out").location == "/"
    assert not is_signed_in(client)
    assert not is_signed_in(with_cookie(app, copied))


def test_the_id_changes_at_sign_in_and_the_earlier_session_ends(app: Flask, client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    first, first_cookie = secret(client), cookie(client)
    client.send("/sign-in", {"email": alice.email, "password": alice.password})
    assert secret(client) != first
    assert is_signed_in(client)
    assert not is_signed_in(with_cookie(app, first_cookie))


def test_what_was_planted_before_the_sign_in_is_worth_nothing_after(client: Browser, alice: Person) -> None:
    client.get("/sign-in")
    planted = client.csrf_token()
    client.submit(email=alice.email, password=alice.password)
    assert client.post("/sign-out", data={"csrf_token": planted}).status_code == 400
    assert is_signed_in(client)


@pytest.mark.parametrize("change", [{"active": False}, {"password": "another long password"}])
def test_deactivation_and_a_new_password_end_every_session(
    browser: Callable[[], Browser], acme: Company, bob: Person, change: dict[str, object]
) -> None:
    laptop, phone = browser().sign_in(bob), browser().sign_in(bob)
    alices = browser().sign_in(acme.admin)
    acme.change(bob, **change)
    assert not is_signed_in(laptop)
    assert not is_signed_in(phone)
    assert is_signed_in(alices)


def test_a_deactivated_person_cannot_come_back(client: Browser, acme: Company, bob: Person) -> None:
    acme.change(bob, active=False)
    client.get("/sign-in")
    answer = client.submit(email=bob.email, password=bob.password)
    assert answer.status_code == 422
    assert answer.page.problems == [
        ("email", "Email address and password don't belong together. Check both, then try again.")
    ]


def test_a_session_that_ran_out_is_no_session(client: Browser, alice: Person, admin: psycopg.Connection) -> None:
    client.sign_in(alice)
    admin.execute("UPDATE user_sessions SET expires_at = now() - interval '1 second'")
    assert not is_signed_in(client)


def test_a_session_lasts_as_long_as_the_settings_say(
    database: TestDatabase, make_app: Callable[..., Flask], alice: Person, admin: psycopg.Connection
) -> None:
    Browser(make_app(database, SESSION_HOURS="3")).sign_in(alice)
    row = admin.execute("SELECT extract(epoch FROM expires_at - created_at)::int FROM user_sessions").fetchone()
    assert row == (3 * 3600,)


def test_the_cookie_is_for_this_host_its_scripts_cannot_read_it(client: Browser, alice: Person) -> None:
    client.get("/sign-in")
    answer = client.submit(email=alice.email, password=alice.password)
    flags = {part.strip().split("=")[0].lower() for part in answer.headers["Set-Cookie"].split(";")}
    assert {"httponly", "path", "samesite", "expires"} <= flags
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert not {"domain", "secure"} & flags


def test_the_cookie_is_secure_and_bound_to_the_host_over_https(
    database: TestDatabase, make_app: Callable[..., Flask], alice: Person
) -> None:
    app = make_app(database, BASE_URL="https://localhost")
    set_cookie = Browser(app).get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-ticketflower=")
    assert "; Secure" in set_cookie
    assert "; Path=/" in set_cookie


def test_the_cookie_is_not_written_again_with_each_page(client: Browser, alice: Person) -> None:
    client.sign_in(alice).get("/")
    assert "Set-Cookie" not in client.get("/").headers


def test_a_secret_that_nobody_has_is_nobody(client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    with client.session_transaction() as session:
        session["_user_id"] = "guessed"
    assert not is_signed_in(client)


def test_finding_out_who_asks_takes_two_queries(client: Browser, alice: Person) -> None:
    client.sign_in(alice).get("/")
    with count_queries() as queries:
        client.get("/sign-in")
    assert len(queries) == 2, queries
