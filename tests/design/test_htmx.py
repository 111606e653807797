"""Every htmx header, from the one module that writes them (ux.md, Swaps, history, sessions)."""

from __future__ import annotations

import json

import pytest
from flask import Flask, make_response
from werkzeug.test import TestResponse

from tests.design.stage import stage
from ticketflower.blueprints import htmx

PAGES = {
    "page.html": "<!doctype html><main>{% include '_part.html' %}</main>",
    "_part.html": "<p id='part'>{{ word }}</p>",
}
FROM_HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def app() -> Flask:
    app = stage(PAGES)

    @app.get("/list")
    def listed() -> object:
        return htmx.page_or_fragment("page.html", "_part.html", word="rows")

    @app.post("/form")
    def form() -> object:
        return htmx.page_or_fragment("page.html", "_part.html", 422, word="Enter a name")

    @app.post("/change")
    def change() -> object:
        return htmx.changed("_part.html", "/list", word="done")

    @app.post("/leave")
    def leave() -> object:
        return htmx.go("/tickets/7")

    @app.get("/secret")
    def secret() -> object:
        return htmx.sign_in_again("/sign-in?next=%2Fsecret")

    @app.post("/refuse")
    def refuse() -> object:
        return htmx.say("Task 7 was completed by <Bora>.", 403)

    return app


def ask(app: Flask, method: str, path: str, **headers: str) -> TestResponse:
    return app.test_client().open(path, method=method, headers=headers)


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def test_a_browser_gets_the_page_and_htmx_the_fragment_of_it(app: Flask) -> None:
    page, part = text(ask(app, "GET", "/list")), text(ask(app, "GET", "/list", **FROM_HTMX))
    assert part == "<p id='part'>rows</p>"
    assert part in page
    assert page.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true", "HX-Request-Type": "full"},
        {"HX-Request": "true", "HX-Request-Type": "partial", "HX-History-Restore-Request": "true"},
        {"HX-History-Restore-Request": "true", "HX-Request-Type": "full"},
    ],
)
def test_back_and_whole_body_swaps_get_the_whole_page(app: Flask, headers: dict[str, str]) -> None:
    assert text(ask(app, "GET", "/list", **headers)).startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/list"), ("POST", "/change"), ("POST", "/leave"), ("GET", "/secret"), ("POST", "/refuse")],
)
@pytest.mark.parametrize("headers", [{}, FROM_HTMX])
def test_caches_are_told_that_one_address_has_two_answers(
    app: Flask, method: str, path: str, headers: dict[str, str]
) -> None:
    assert {"hx-request", "hx-request-type"} <= set(ask(app, method, path, **headers).vary.as_set())


def test_a_form_with_errors_is_422_for_both(app: Flask) -> None:
    assert ask(app, "POST", "/form").status_code == 422
    assert ask(app, "POST", "/form", **FROM_HTMX).status_code == 422


def test_a_change_leads_a_plain_form_on_with_303_and_answers_htmx_with_the_fragment(app: Flask) -> None:
    plain = ask(app, "POST", "/change")
    assert (plain.status_code, plain.headers["Location"]) == (303, "/list")
    assert text(ask(app, "POST", "/change", **FROM_HTMX)) == "<p id='part'>done</p>"


def test_htmx_is_led_by_a_header_because_fetch_would_follow_a_303(app: Flask) -> None:
    led = ask(app, "POST", "/leave", **FROM_HTMX)
    assert (led.status_code, led.headers["HX-Redirect"]) == (204, "/tickets/7")
    assert "Location" not in led.headers
    assert ask(app, "POST", "/leave").status_code == 303


def test_who_is_signed_out_is_led_to_sign_in_and_never_sees_it_in_a_table_cell(app: Flask) -> None:
    fragment = ask(app, "GET", "/secret", **FROM_HTMX)
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/sign-in?next=%2Fsecret")
    assert text(fragment) == ""
    assert ask(app, "GET", "/secret").headers["Location"] == "/sign-in?next=%2Fsecret"


def test_a_refusal_lands_in_the_flash_region_whatever_the_target_was(app: Flask) -> None:
    refused = ask(app, "POST", "/refuse", **FROM_HTMX)
    assert refused.status_code == 403
    assert (refused.headers["HX-Retarget"], refused.headers["HX-Reswap"]) == ("#flash", "outerMorph")
    assert 'id="flash"' in text(refused)
    assert "Task 7 was completed by &lt;Bora&gt;." in text(refused)


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example", "/\\evil.example", "tickets", "", "/a\r\nSet-Cookie: b"]
)
def test_nobody_is_led_off_this_server(app: Flask, url: str) -> None:
    with app.test_request_context(headers=FROM_HTMX), pytest.raises(ValueError, match="not a path on this server"):
        htmx.go(url)


def test_an_event_is_json_that_fits_a_header(app: Flask) -> None:
    with app.test_request_context():
        response = htmx.trigger(make_response(""), "tf:saved", {"title": "Schönes Büro"})
    value = response.headers["HX-Trigger"]
    assert json.loads(value) == {"tf:saved": {"title": "Schönes Büro"}}
    assert value.isascii()


def test_an_address_can_be_put_into_the_address_bar(app: Flask) -> None:
    with app.test_request_context():
        assert htmx.push_url(make_response(""), "/tickets?status=open").headers["HX-Push-Url"] == "/tickets?status=open"
