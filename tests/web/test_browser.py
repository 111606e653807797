"""The tests' own browser: it sees what it says it sees."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.pages import Browser, Page, faults_of

GOOD = """<!doctype html><html lang="en"><head><title>Tasks – TicketFlower</title></head><body><main><h1>Tasks</h1>
<form method="post" action="/sign-out" novalidate><input type="hidden" name="csrf_token" value="t">
<label for="a">A</label><input id="a" name="a"><button>Send</button></form><a href="/">Home</a></main></body></html>"""


def test_a_good_page_has_no_faults(app: Flask) -> None:
    assert list(faults_of(app, Page(GOOD))) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Tasks – TicketFlower", "Tasks", "The title is ['Tasks']."),
        ("<h1>Tasks</h1>", "", "There are 0 headings of the first level, not one."),
        ("<h1>Tasks</h1>", "<h1>Tasks</h1><h1>More</h1>", "There are 2 headings of the first level, not one."),
        (' lang="en"', "", "The language of the page isn't told."),
        ("<a href", '<p id="a"></p><a href', "The id a stands there 2 times."),
        ('for="a"', 'for="b"', "for=b of <label> refers to nothing."),
        ('<label for="a">A</label>', "", "The control a has no label."),
        ("/sign-out", "/nowhere", "A form leads to POST /nowhere, which isn't there."),
        ("/sign-out", "/healthz", "A form leads to POST /healthz, which isn't there."),
        ('value="t"', 'value=""', "The form to /sign-out has no CSRF token."),
        (" novalidate", "", "The form to /sign-out lets the browser check it: it needs novalidate."),
        ('href="/"', 'href="/nowhere"', "href=/nowhere leads nowhere."),
        ('href="/"', 'href=" javascript:a()"', "<a> leads to a script."),
        (">Home<", "><", "A <a> has no name: {'href': '/'}."),
        (">Send<", "><", "A <button> has no name: {}."),
        ("<h1>", '<h1 style="color:red">', "<h1> has style=color:red."),
        ("<h1>", '<h1 onclick="a()">', "<h1> has onclick=a()."),
        ("<h1>", '<h1 hx-on:click="a()">', "<h1> has hx-on:click=a()."),
        ("</main>", "<script>a()</script></main>", "A script isn't a static file of ours."),
        ("</main>", '<script src="https://cdn.example/a.js"></script></main>', "A script isn't a static file of ours."),
        ("</main>", "</main><main></main>", "There must be one <main>."),
        ("</main>", '<img src="/static/a.png"></main>', "An image has no alternative text: /static/a.png."),
        (
            "<h1>",
            '<div id="error-summary"></div><h1>',
            'The title of a page with an error summary must begin with "Error: ".',
        ),
    ],
)
def test_a_fault_is_seen(app: Flask, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    assert fault in list(faults_of(app, Page(GOOD.replace(old, new, 1))))


@pytest.mark.parametrize(
    "html", ["<p><div></p>", "<td>alone</td><p>", "<!doctype html><html><p></html></p>", "&nothing;"]
)
def test_html_that_is_not_valid_is_seen(html: str) -> None:
    with pytest.raises(AssertionError):
        Page(html)


def test_a_form_is_filled_in_as_a_browser_would(app: Flask) -> None:
    form = Page(
        '<form action="/"><input name="a" value="1"><input type="checkbox" name="b" checked><input type="checkbox" '
        'name="c"><textarea name="d">\nline</textarea><select name="e"><option value="x">X</option>'
        '<option value="y" selected>Y</option></select><input type="file" name="f"><button name="g">G</button></form>'
    ).form()
    assert form.values == {"a": ["1"], "b": ["on"], "d": ["line"], "e": ["y"]}


def test_answers_are_looked_at_on_every_call(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "home.show", lambda: GOOD.replace("</h1>", '</h1><p id="a"></p>'))
    with pytest.raises(AssertionError, match="The id a stands there 2 times"):
        Browser(app).get("/")
