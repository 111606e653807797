"""Weight: at most 45 KB of CSS and JS compressed and 8 requests on a first visit (ux.md, Speed)."""

from __future__ import annotations

import re

import brotli
import pytest
from flask import render_template

from tests.design.stage import STATIC, stage

PAGE = (
    '{% extends "base.html" %}{% import "_macros.html" as ui with context %}'
    "{% block main %}<h1>Page</h1>{% endblock %}{% block scripts %}{{ SCRIPTS }}{% endblock %}"
)
KINDS = {
    "signed out": (False, ""),
    "a page with a live list": (True, "ui.list_scripts()"),
    "a page with a form": (True, "ui.form_scripts()"),
}


def html_of(kind: str) -> str:
    signed_in, scripts = KINDS[kind]
    page = PAGE.replace("{{ SCRIPTS }}", f"{{{{ {scripts} }}}}" if scripts else "")
    app = stage({"page.html": page}, signed_in=signed_in)
    with app.test_request_context():
        return render_template("page.html")


def loaded(html: str) -> set[str]:
    links = re.findall(r'<link rel="(?:stylesheet|manifest|icon)"[^>]*?href="([^"]+)"', html)
    addresses = links + re.findall(r'(?:<script src|<use href)="([^"#]+)', html)
    return {address for address in addresses if not address.startswith("data:")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_visit_takes_at_most_eight_requests(kind: str) -> None:
    with_the_page_itself = 1
    assert len(loaded(html_of(kind))) + with_the_page_itself <= 8


def test_all_styles_and_scripts_together_weigh_at_most_45_kilobytes_compressed() -> None:
    files = [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *STATIC.glob("vendor/*.js")]
    assert sum(len(brotli.compress(path.read_bytes())) for path in files) <= 45_000


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_a_page_loads_is_there(kind: str) -> None:
    missing = [path for path in loaded(html_of(kind)) if not (STATIC / path.removeprefix("/static/")).is_file()]
    assert missing == []


def test_scripts_are_parsed_in_order_before_the_document_is_ready() -> None:
    html = html_of("a page with a live list")
    tags = re.findall(r"<script[^>]*>", html)
    assert not any(" defer" in tag or " async" in tag for tag in tags), "htmx would start before its extensions"
    names = [re.sub(r".*/|\.js.*", "", tag) for tag in tags]
    assert names == ["htmx-4.0.1.min", "hx-ws-4.0.1.min", "app", "hx-upsert-4.0.1.min"]
