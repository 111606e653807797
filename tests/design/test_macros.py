"""What the macros write: words for every status, one id once, nothing that the policy refuses."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from zoneinfo import ZoneInfo

import html5lib
import pytest
from flask import render_template

from tests.design.stage import NOON, nav, stage, viewer
from ticketflower.engine.words import DefinitionStatus, ErrorStatus, TaskStatus, WorkflowStatus


def render(source: str, **changes: object) -> str:
    app = stage({"page.html": '{% import "_macros.html" as ui with context %}' + source}, **changes)
    with app.test_request_context():
        return render_template("page.html").strip()


def whole_page(main: str = "<h1>Hello</h1>", **changes: object) -> str:
    return render(
        '{% extends "base.html" %}{% block title %}Hello{% endblock %}{% block main %}' + main + "{% endblock %}",
        **changes,
    )


WORDS = {
    "NOT_STARTED": "Not started",
    "OPEN": "Open",
    "IN_PROGRESS": "In progress",
    "PENDING": "Waiting",
    "ON_HOLD": "On hold",
    "COMPLETED": "Completed",
    "CANCELLED": "Cancelled",
    "ERROR": "Needs an admin",
    "NEW": "New",
    "REVIEWED": "Reviewed",
    "RESOLVED": "Resolved",
    "DRAFT": "Draft",
    "ACTIVE": "Active",
    "ARCHIVED": "Archived",
}


@pytest.mark.parametrize(("status", "word"), WORDS.items())
def test_a_status_is_a_word_and_a_colour(status: str, word: str) -> None:
    html = render(f"{{{{ ui.chip('{status}') }}}}")
    assert re.fullmatch(rf'<span class="chip chip--[a-z]+">{word}</span>', html)


def test_an_unknown_status_is_still_a_word() -> None:
    assert "Gone fishing" in render("{{ ui.chip('GONE_FISHING') }}")


def test_a_time_is_that_of_the_readers_zone_or_says_that_it_is_utc() -> None:
    assert ">21 Nov 2026, 12:00 UTC</time>" in render("{{ ui.time(now) }}")
    berlin = viewer(zone=ZoneInfo("Europe/Berlin"))
    assert ">21 Nov 2026, 13:00</time>" in render("{{ ui.time(now) }}", viewer=berlin)
    assert 'datetime="2026-11-21T12:00:00+00:00"' in render("{{ ui.time(now) }}", viewer=berlin)


def test_a_date_has_no_leading_zero_and_no_zone() -> None:
    assert ">1 Dec 2026</time>" in render("{{ ui.time(now, 'date') }}", now=NOON + dt.timedelta(days=10))


def test_no_moment_shows_nothing() -> None:
    assert render("{{ ui.time(none) }}") == ""


@pytest.mark.parametrize(
    ("name", "initials"), [("Ana Ferreira", "AF"), ("Cher", "C"), ("", "?"), ("Jan van der Berg", "JB")]
)
def test_initials(name: str, initials: str) -> None:
    assert render(f"{{{{ ui.initials('{name}') }}}}") == initials


def test_what_people_write_is_escaped_everywhere() -> None:
    evil = "<img src=x onerror=alert(1)>"
    html = render(
        "{{ ui.person(evil) }}{{ ui.notice(evil, 'error') }}{{ ui.empty_state(evil, evil, evil, '/x') }}"
        "{{ ui.tabs([{'label': evil, 'url': '/', 'current': true}], evil) }}{{ ui.chip(evil) }}"
        "{{ ui.page_head(evil) }}{{ ui.facts([(evil, evil)]) }}"
        "{{ ui.post_button(evil, '/x', fields={'key': evil}) }}",
        evil=evil,
    )
    assert "<img" not in html


def test_an_answer_that_was_not_given_says_so_and_zero_is_an_answer() -> None:
    assert "Not answered" in render("{{ ui.facts([('Amount', none)]) }}")
    assert "Not answered" not in render("{{ ui.facts([('Amount', 0)]) }}")


def test_a_button_that_posts_carries_the_token_and_what_it_was_given() -> None:
    html = render("{{ ui.post_button('Start task', '/tasks/1/start', fields={'key': 'k1'}) }}")
    assert '<form method="post" action="/tasks/1/start">' in html
    assert 'name="csrf_token" value="a-token"' in html
    assert 'name="key" value="k1"' in html


def test_an_error_is_an_alert_and_good_news_a_status() -> None:
    assert 'role="alert"' in render("{{ ui.notice('No', 'error') }}")
    assert 'role="status"' in render("{{ ui.notice('Yes', 'success') }}")


def ids(html: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', html)


@pytest.mark.parametrize("signed_in", [True, False])
def test_no_id_stands_twice_on_a_page(signed_in: bool) -> None:
    html = whole_page(signed_in=signed_in)
    assert len(ids(html)) == len(set(ids(html)))


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_base_is_valid_html(signed_in: bool) -> None:
    parser = html5lib.HTMLParser(strict=True)
    assert parser.parse(whole_page(signed_in=signed_in)) is not None


def test_the_title_names_page_company_and_product_and_begins_with_error_when_a_form_came_back() -> None:
    assert "<title>Hello – Acme – TicketFlower</title>" in whole_page()
    assert "<title>Error: Hello – Acme – TicketFlower</title>" in whole_page(has_errors=True)


def test_the_companys_name_is_in_the_header_and_acting_for_it_is_said() -> None:
    assert '<span class="masthead__company" id="company-name">Acme</span>' in whole_page()
    acting = whole_page(viewer=viewer(acting_superuser_name="Root"), stop_acting_url="/stop")
    assert "Acting for Acme" in acting
    assert 'action="/stop"' in acting
    assert "Acting for" not in whole_page()


@pytest.mark.parametrize(("items", "in_the_bar"), [(3, 3), (5, 5), (6, 5), (12, 5)])
def test_the_phones_bar_has_at_most_five_places(items: int, in_the_bar: int) -> None:
    html = whole_page(nav=nav(items))
    bar = html.split('id="nav-more"')[0]
    assert bar.count("nav__link") + bar.count("nav__toggle") == in_the_bar
    assert html.count('class="nav__link"') == items


def test_signed_out_pages_have_no_socket_and_no_navigation() -> None:
    html = whole_page(signed_in=False)
    assert "hx-ws:connect" not in html
    assert "<nav" not in html
    assert 'hx-ws:connect="/live"' in whole_page()


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_persons_theme_is_on_the_root(theme: str) -> None:
    assert f'data-theme="{theme}"' in whole_page(viewer=viewer(theme=theme))


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 429, 500, 503])
@pytest.mark.parametrize("signed_in", [True, False])
def test_an_error_page_says_what_and_what_next(code: int, signed_in: bool) -> None:
    html = render(f'{{% extends "errors/{code}.html" %}}', signed_in=signed_in)
    assert html.count("<h1") == 1
    assert html.split("<main")[1].count("<p>") >= 2
    assert 'class="button"' in html
    assert str(code) in html


def test_the_pages_for_a_broken_server_need_nothing_but_the_style_sheet() -> None:
    for code in (500, 503):
        html = render(f'{{% extends "errors/{code}.html" %}}', viewer=None, nav=None, home_url=None)
        assert "<script" not in html
        assert "csrf" not in html


def test_a_refusals_own_words_are_on_the_error_page() -> None:
    html = render('{% extends "errors/409.html" %}', refusal={"detail": "Task 7 was completed by Bora."})
    assert "Task 7 was completed by Bora." in html


@pytest.mark.parametrize("kind", [WorkflowStatus, TaskStatus, ErrorStatus, DefinitionStatus])
def test_every_status_that_the_engine_knows_has_a_word(kind: type[StrEnum]) -> None:
    assert {str(status) for status in kind} <= set(WORDS)
