"""What every request passes on its way in, and what every answer carries (security.md, Web)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Blueprint, Flask
from sqlalchemy import text

from tests.databases import TestDatabase
from tests.pages import Browser
from tests.people import Person
from tests.queries import count_queries
from ticketflower.db import db
from ticketflower.web.permissions import PUBLIC, SIGNED_IN

STALE = "You signed in or out since this page was opened"


def test_a_post_without_a_token_is_refused(client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    answer = client.post("/sign-out")
    assert answer.status_code == 400
    assert STALE in answer.page.text
    assert client.get("/").page.has_id("dashboard")


def test_a_token_of_another_session_is_refused(browser: Callable[[], Browser], alice: Person, bob: Person) -> None:
    bobs = browser().sign_in(bob)
    answer = browser().sign_in(alice).post("/sign-out", data={"csrf_token": bobs.csrf_token()})
    assert answer.status_code == 400


def test_a_token_in_the_header_that_htmx_sends_is_enough(client: Browser, alice: Person) -> None:
    token = client.sign_in(alice).csrf_token()
    answer = client.post("/sign-out", headers={"X-CSRFToken": token}, htmx=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/")


def test_a_token_has_no_time_limit(client: Browser, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    token = client.sign_in(alice).csrf_token()
    in_13_days = time.time() + 13 * 24 * 3600
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: in_13_days)
    assert client.post("/sign-out", data={"csrf_token": token}).location == "/"


def test_what_was_typed_is_shown_to_copy_when_the_page_was_out_of_date(client: Browser, alice: Person) -> None:
    client.sign_in(alice)
    form = {"reason": "Two lines\nof <b>reason</b>", "password": "hidden-one", "new_password": "hidden-two"}
    answer = client.post("/sign-out", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert "Two lines of <b>reason</b>" in answer.page.text
    assert "hidden" not in answer.page.text


def test_a_form_that_is_out_of_date_keeps_standing_under_htmx(client: Browser, alice: Person) -> None:
    answer = client.sign_in(alice).post("/sign-out", htmx=True)
    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#flash"
    assert STALE in answer.page.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_site_cannot_send_anything_even_with_a_token(client: Browser, alice: Person, method: str) -> None:
    token = client.sign_in(alice).csrf_token()
    headers = {"Sec-Fetch-Site": "cross-site", "X-CSRFToken": token}
    path = "/sign-out" if method == "POST" else "/"
    answer = client.open(path, method=method, headers=headers)
    assert answer.status_code == (400 if method == "POST" else 405)
    assert client.get("/").page.has_id("dashboard")


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_our_own_pages_can_send(client: Browser, alice: Person, site: str) -> None:
    client.sign_in(alice)
    assert client.send("/sign-out", headers={"Sec-Fetch-Site": site}).status_code == 303


def test_a_link_on_another_site_leads_here(client: Browser) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.fixture
def scribe(database: TestDatabase, make_app: Callable[..., Flask]) -> Flask:
    """An application with a route that writes, by GET and by POST."""
    app = make_app(database)
    app.testing = False
    area = Blueprint("scribe", __name__)

    def write() -> str:
        db.session.execute(text("UPDATE users SET first_name = 'Written'"))
        db.session.commit()
        return "written"

    area.get("/scribe", endpoint="get", allow=SIGNED_IN)(write)
    area.post("/scribe", endpoint="post", allow=SIGNED_IN)(write)
    app.register_blueprint(area)
    return app


def test_a_get_cannot_write(scribe: Flask, alice: Person) -> None:
    browser = Browser(scribe).sign_in(alice)
    assert browser.get("/scribe").status_code == 500
    assert alice.actor.name == "Alice Archer"


def test_a_post_can_write(scribe: Flask, alice: Person) -> None:
    browser = Browser(scribe).sign_in(alice)
    token = browser.csrf_token()
    answer = super(Browser, browser).open("/scribe", method="POST", data={"csrf_token": token})
    assert answer.text == "written"
    assert alice.actor.name == "Written Archer"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "", "[::2]", "a b", "localhost@evil"]
)
def test_a_host_that_is_not_ours_is_refused(client: Browser, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"


def test_a_trusted_name_that_begins_with_a_dot_covers_the_names_under_it(
    database: TestDatabase, make_app: Callable[..., Flask]
) -> None:
    browser = Browser(make_app(database, TRUSTED_HOSTS=".example.org,tickets.example.net"))
    hosts = ["a.example.org", "TICKETS.example.net:8000", "example.net", "aexample.org"]
    assert [browser.get("/", headers={"Host": host}).status_code for host in hosts] == [200, 200, 400, 400]


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_the_names_of_this_machine_are_ours(client: Browser, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/tasks", "/sign-in", "/nowhere", "/live", "/api/v1/tickets"])
def test_a_query_that_is_no_utf_8_is_refused_in_words(client: Browser, alice: Person, path: str) -> None:
    answer = client.sign_in(alice).get(path, environ_overrides={"QUERY_STRING": "status=\xff"})
    assert answer.status_code == 400
    assert "This could not be read." in answer.text


@pytest.mark.parametrize("path", ["/tickets/new/%00", "/workflows/a%00b/activate", "/tickets/1/offers/%00"])
def test_an_address_with_a_nul_is_nowhere(client: Browser, alice: Person, path: str) -> None:
    client.sign_in(alice)
    assert client.send(path, {"idempotency_key": "one"}).status_code == 404


def test_more_than_the_largest_request_is_refused(database: TestDatabase, make_app: Callable[..., Flask]) -> None:
    browser = Browser(make_app(database, MAX_CONTENT_LENGTH=str(1024 * 1024)))
    assert browser.post("/sign-in", data={"email": "x" * (1024 * 1024 + 1)}).status_code == 413


def test_a_form_has_a_thousand_parts_at_most(client: Browser) -> None:
    few = {f"field-{number}": (None, "x") for number in range(900)}
    many = {f"field-{number}": (None, "x") for number in range(1001)}
    assert client.send("/sign-in", {**few}, content_type="multipart/form-data").status_code == 422
    assert client.send("/sign-in", {**many}, content_type="multipart/form-data").status_code == 413


NETWORK = {"REMOTE_ADDR": "203.0.113.9"}


def https_app(database: TestDatabase, make_app: Callable[..., Flask], **more: str) -> Flask:
    return make_app(database, BASE_URL="https://localhost", **more)


def test_nothing_is_served_over_the_network_in_the_clear(
    database: TestDatabase, make_app: Callable[..., Flask]
) -> None:
    app = https_app(database, make_app)
    answer = Browser(app).get("/sign-in", environ_overrides=NETWORK)
    assert answer.status_code == 403
    assert "https only, at https://localhost" in answer.page.text


def test_probes_and_this_machine_may_ask_in_the_clear(database: TestDatabase, make_app: Callable[..., Flask]) -> None:
    browser = Browser(https_app(database, make_app))
    assert browser.get("/healthz", environ_overrides=NETWORK).status_code == 200
    assert browser.get("/sign-in", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
    assert browser.get("/sign-in", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200


def test_a_proxy_is_believed_only_when_it_is_named(database: TestDatabase, make_app: Callable[..., Flask]) -> None:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.4"}
    unknown, known = https_app(database, make_app), https_app(database, make_app, TRUSTED_PROXIES="1")
    assert Browser(unknown).get("/sign-in", headers=told, environ_overrides=NETWORK).status_code == 403
    assert Browser(known).get("/sign-in", headers=told, environ_overrides=NETWORK).status_code == 200


def test_plain_http_for_others_can_be_allowed(database: TestDatabase, make_app: Callable[..., Flask]) -> None:
    app = make_app(database, BASE_URL="http://localhost", ALLOW_HTTP="1")
    assert Browser(app).get("/sign-in", environ_overrides=NETWORK).status_code == 200


def test_browsers_keep_to_https_only_where_there_is_https(
    app: Flask, database: TestDatabase, make_app: Callable[..., Flask]
) -> None:
    assert "Strict-Transport-Security" not in Browser(app).get("/").headers
    secure = Browser(https_app(database, make_app))
    assert secure.get("/").headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/healthz", "/static/css/app.css", "/static/nothing"])
def test_every_answer_carries_the_policy(client: Browser, path: str) -> None:
    headers = client.get(path).headers  # the browser has looked at the rest
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(headers.getlist("Content-Security-Policy")) == 1


def test_pages_are_asked_for_again_and_kept_by_nobody_else(client: Browser, alice: Person) -> None:
    answer = client.sign_in(alice).get("/")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {"HX-Request", "HX-Request-Type", "Cookie"} <= set(answer.vary)


def test_a_request_has_a_name_that_only_our_proxy_may_give(
    client: Browser, database: TestDatabase, make_app: Callable[..., Flask]
) -> None:
    asked = {"X-Request-Id": "given-by-somebody"}
    assert client.get("/", headers=asked).headers["X-Request-Id"] != "given-by-somebody"
    behind = Browser(make_app(database, TRUSTED_PROXIES="1"))
    assert behind.get("/", headers=asked).headers["X-Request-Id"] == "given-by-somebody"
    forged = {"X-Request-Id": 'x", "level": "FATAL'}
    assert behind.get("/", headers=forged).headers["X-Request-Id"] != forged["X-Request-Id"]


def test_public_routes_ask_nobody_who_they_are(database: TestDatabase, make_app: Callable[..., Flask]) -> None:
    app = make_app(database)
    area = Blueprint("open", __name__)
    area.get("/open", endpoint="open", allow=PUBLIC)(lambda: "open")
    app.register_blueprint(area)
    with count_queries() as queries:
        app.test_client().get("/open")
    assert queries == []
