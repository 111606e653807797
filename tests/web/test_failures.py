"""What is refused, and what breaks: pages, words for htmx, and nothing that helps an attacker."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc
from flask import Blueprint, Flask, abort, redirect
from sqlalchemy import text

from tests.databases import TestDatabase
from tests.pages import Browser
from tests.people import Person
from ticketflower.db import db
from ticketflower.errors import Conflict, Forbidden, NotFound, Refusal, Throttled, Unacceptable
from ticketflower.problems import Problem
from ticketflower.web.permissions import PUBLIC, SIGNED_IN

RAISED: dict[str, Callable[[], Any]] = {
    "refused": lambda: Refusal("It is refused, so it is not done."),
    "not-found": NotFound,
    "forbidden": lambda: Forbidden("This needs the role admin."),
    "conflict": lambda: Conflict("The ticket has ended."),
    "unacceptable": lambda: Unacceptable([Problem("/data/x", "X must be a number.")]),
    "throttled": lambda: Throttled("Too many calls.", retry_after=7),
    "fault": lambda: ZeroDivisionError("the secret is 42"),
    "no-database": lambda: sqlalchemy.exc.TimeoutError("secret pool"),
    "lost-connection": lambda: psycopg.OperationalError("secret server"),
}


@pytest.fixture
def app(database: TestDatabase, make_app: Callable[..., Flask]) -> Flask:
    """An application whose routes fail in every way."""
    app = make_app(database)
    app.testing = False
    area = Blueprint("fail", __name__)

    def fail(how: str) -> str:
        raise RAISED[how]()

    area.get("/fail/<how>", endpoint="get", allow=PUBLIC)(fail)
    area.post("/fail/<how>", endpoint="post", allow=SIGNED_IN)(fail)
    area.get("/gone", endpoint="gone", allow=PUBLIC)(lambda: abort(410))
    area.get("/aborted", endpoint="aborted", allow=PUBLIC)(lambda: abort(redirect("/sign-in")))
    app.register_blueprint(area)

    def half_done() -> str:
        db.session.execute(text("UPDATE users SET first_name = 'Half'"))
        raise Conflict("Not now.")

    app.add_url_rule("/half", view_func=half_done, methods=["POST"], allow=SIGNED_IN)
    return app


@pytest.mark.parametrize(
    ("how", "status", "heading", "words"),
    [
        ("refused", 400, "This could not be read", "It is refused, so it is not done."),
        ("not-found", 404, "Not found", "There is nothing here that you may see."),
        ("forbidden", 403, "You may not do this", "This needs the role admin."),
        ("conflict", 409, "Not possible any more", "The ticket has ended."),
        ("unacceptable", 422, "This could not be read", "X must be a number."),
        ("throttled", 429, "Too many tries", "Wait 7 seconds"),
        ("fault", 500, "Something broke on our side", "tell an admin the reference"),
        ("no-database", 503, "Not available for a moment", "Try again in a minute."),
        ("lost-connection", 503, "Not available for a moment", "Nothing was changed."),
    ],
)
def test_each_failure_has_its_page(client: Browser, how: str, status: int, heading: str, words: str) -> None:
    answer = client.get(f"/fail/{how}")
    assert (answer.status_code, answer.page.heading) == (status, heading)
    assert words in answer.page.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("how", RAISED)
def test_htmx_gets_words_for_the_flash_region(client: Browser, how: str) -> None:
    answer = client.get(f"/fail/{how}", htmx=True)
    assert answer.status_code >= 400
    assert answer.headers["HX-Retarget"] == "#flash"
    assert answer.page.by_id("flash") is not None
    assert not answer.page.is_whole
    assert "secret" not in answer.text


def test_back_gets_the_whole_page_of_a_failure(client: Browser) -> None:
    headers = {"HX-History-Restore-Request": "true"}
    assert client.get("/fail/conflict", htmx=True, headers=headers).page.is_whole


def test_a_fault_names_the_request_for_the_log(client: Browser) -> None:
    answer = client.get("/fail/fault")
    assert answer.headers["X-Request-Id"] in answer.page.text


def test_a_page_of_ours_is_an_answer_also_for_what_has_none(client: Browser) -> None:
    assert client.get("/gone").status_code == 410
    assert client.get("/aborted").location == "/sign-in"
    answer = client.put("/sign-in")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_change_whose_connection_is_lost_is_not_said_to_be_undone(client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    answer = client.send("/fail/lost-connection")
    assert answer.status_code == 500
    assert "Look whether your change is there" in answer.page.text


def test_a_refusal_leaves_nothing_half_done(client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    assert client.send("/half").status_code == 409
    assert alice.actor.name == "Alice Archer"


def test_who_waits_is_told_how_long(client: Browser) -> None:
    assert client.get("/fail/throttled").headers["Retry-After"] == "7"
    assert client.get("/fail/no-database").headers["Retry-After"] == "5"


def test_a_fault_is_in_the_log_with_its_trace(client: Browser, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        client.get("/fail/fault")
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_a_database_that_does_not_answer_is_in_the_log(client: Browser, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        client.get("/fail/no-database")
    assert [record.message for record in caplog.records] == ["The database did not answer."]


def test_a_failed_page_needs_no_database(
    postgres: Any, make_app: Callable[..., Flask], make_database: Callable[[str], TestDatabase]
) -> None:
    doomed = make_database("doomed")
    app = make_app(doomed)
    app.testing = False
    browser = Browser(app)
    browser.get("/sign-in")
    with browser.session_transaction() as session:
        session["_user_id"] = "somebody"
    with app.app_context():
        db.engine.dispose()
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE doomed WITH (FORCE)")
    assert browser.get("/").status_code == 503
    assert browser.get("/nothing").status_code == 503
    assert json.loads(browser.get("/healthz").text) == {"status": "ok"}
    ready = browser.get("/readyz")
    assert (ready.status_code, ready.get_json()["reason"]) == (503, "The database can't be reached.")
