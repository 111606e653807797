"""The browser that tests use: it looks at every answer as a strict reader would, on every call.

``browser.get("/tasks")`` fails when the page has no title, two elements with one id, a form that leads nowhere, a
control without a label, HTML that isn't valid, or anything that our content security policy refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask, Response
from flask.testing import FlaskClient
from html5lib.html5parser import ParseError
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.people import Person

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TITLE = re.compile(r"(Error: )?\S.* – TicketFlower")
UNLABELLED = frozenset({"hidden", "submit", "button", "reset", "image"})
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget")


class Page:
    """An HTML answer, read: a whole page, or a fragment for htmx."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.is_whole = html.lstrip()[:9].lower() == "<!doctype"
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        try:
            self.root: Element = parser.parse(html) if self.is_whole else parser.parseFragment(html)
        except ParseError as error:
            line, column = parser.errors[-1][0] if parser.errors else (0, 0)
            raise AssertionError(f"{error} at line {line}, column {column} of\n{html}") from error

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag with these attributes; ``class_`` for one of the classes."""
        wanted_class = attributes.pop("class_", None)
        return [
            element
            for element in self.root.iter(tag)
            if all(element.get(name.replace("_", "-")) == value for name, value in attributes.items())
            and (wanted_class is None or wanted_class in element.get("class", "").split())
        ]

    def by_id(self, name: str) -> Element:
        """The element with this id."""
        found = [element for element in self.root.iter() if element.get("id") == name]
        assert found, f"There is no element with the id {name} in\n{self.html}"
        return found[0]

    def has_id(self, name: str) -> bool:
        """Whether there is an element with this id."""
        return any(element.get("id") == name for element in self.root.iter())

    @property
    def title(self) -> str:
        """The text of ``<title>``."""
        return text_of(self.all("title")[0])

    @property
    def heading(self) -> str:
        """The text of ``<h1>``."""
        return text_of(self.all("h1")[0])

    @property
    def text(self) -> str:
        """Everything that can be read in the page's main part (in the fragment), with single blanks."""
        mains = self.all("main")
        return text_of(mains[0] if mains else self.root)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The lines of the error summary: the id that each leads to, and its words."""
        if not self.has_id("error-summary"):
            return []
        return [(link.get("href", "").lstrip("#"), text_of(link)) for link in self.by_id("error-summary").iter("a")]

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        found = [link.get("href", "") for link in self.all("a") if text_of(link) == words]
        assert found, f"There is no link {words!r}; there are {sorted(text_of(link) for link in self.all('a'))}"
        return found[0]

    def form(self, action: str | None = None) -> Form:
        """The form with this action, by default the only one of the page's main part."""
        place = next(iter(self.all("main")), self.root)
        forms = [form for form in (self.root if action else place).iter("form") if action in (None, form.get("action"))]
        assert len(forms) == 1 or (action and forms), f"{len(forms)} forms have the action {action}, not one"
        return Form(forms[0])

    @property
    def csrf_token(self) -> str:
        """The token that the page's forms carry."""
        found = re.search(r'"X-CSRFToken": "([^"]+)"', self.html) or re.search(
            r'name="csrf_token" value="([^"]+)"', self.html
        )
        assert found, f"There is no CSRF token in\n{self.html}"
        return found[1]


class Form:
    """A form of a page, as a browser would fill it in."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.action = element.get("action", "")
        self.method = element.get("method", "get").upper()

    @property
    def values(self) -> dict[str, list[str]]:
        """What the browser would send if nothing were changed; buttons aside."""
        sent: dict[str, list[str]] = {}
        for control in self.element.iter():
            name = control.get("name")
            if name and (value := _value(control)) is not None:
                sent.setdefault(name, []).append(value)
        return sent


def _value(control: Element) -> str | None:
    if control.tag == "textarea":
        return control.text or ""  # the parser drops the newline behind the tag
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None] or options[:1]
        return chosen[0].get("value", text_of(chosen[0])) if chosen else None
    if control.tag != "input" or control.get("type") in ("submit", "button", "file", "image", "reset"):
        return None
    if control.get("type") in ("checkbox", "radio"):
        return control.get("value", "on") if control.get("checked") is not None else None
    return control.get("value", "")


class PageResponse(Response):
    """A response that can be read as a page."""

    @cached_property
    def page(self) -> Page:
        """The HTML, read."""
        assert self.mimetype == "text/html", f"{self.status} is {self.mimetype}, not a page"
        return Page(self.get_data(as_text=True))


class Browser(FlaskClient):
    """A client with cookies of its own that checks every answer.

    Attributes:
        page: the last whole page.
    """

    page: Page | None = None

    def __init__(self, app: Flask) -> None:
        super().__init__(app, PageResponse, use_cookies=True)

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """As Flask's; ``htmx=True`` asks as htmx does for a fragment, and an answer that breaks a rule fails."""
        if options.pop("htmx", False):
            options["headers"] = {"HX-Request": "true", "HX-Request-Type": "partial", **options.get("headers", {})}
        response = super().open(*args, **options)
        check_answer(self.application, response)
        if is_page(response) and response.page.is_whole:
            self.page = response.page
        return response

    def sign_in(self, person: Person) -> Browser:
        """Signs somebody in, through the page."""
        self.get("/sign-in")
        response = self.submit(email=person.email, password=person.password)
        assert response.status_code == 303, response.text
        self.page = None
        return self

    def submit(
        self, action: str | None = None, /, values: Mapping[str, Any] | None = None, **more: Any
    ) -> TestResponse:
        """Sends a form of the last page, with these answers in place of what stands in it.

        Args:
            action: which form; by default the only one in the page's main part.
            values: answers whose names aren't Python names.
        """
        assert self.page is not None, "Open a page first."
        form = self.page.form(action)
        return self.open(form.action, method=form.method, data={**form.values, **(values or {}), **more})

    def send(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """POSTs without a form, with the CSRF token that a form would carry."""
        return self.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, **options)

    def csrf_token(self) -> str:
        """The token of this browser's session."""
        if self.page is None:
            self.get("/")
        assert self.page is not None
        return self.page.csrf_token


def text_of(element: Element) -> str:
    """What can be read in an element, with single blanks."""
    return " ".join("".join(element.itertext()).split())


def is_page(response: TestResponse) -> bool:
    """Whether an answer is a page or a fragment to read; what only leads elsewhere isn't."""
    leads_elsewhere = response.status_code == 204 or 300 <= response.status_code < 400
    return response.mimetype == "text/html" and not leads_elsewhere and bool(response.get_data())


def check_answer(app: Flask, response: TestResponse) -> None:
    """Fails unless an answer keeps the rules that hold for every answer (security.md, Web; ux.md, Standards)."""
    assert response.headers.get("Content-Security-Policy") == POLICY
    assert response.headers.get("X-Content-Type-Options") == "nosniff"
    assert response.headers.get("Referrer-Policy") == "same-origin"
    if not is_page(response):
        return
    assert "HX-Request" in response.vary, "a page and its fragment share an address"
    faults = list(faults_of(app, response.page))
    assert not faults, "\n".join([f"{response.request.method} {response.request.path}:", *faults, response.text])


def faults_of(app: Flask, page: Page) -> Iterator[str]:
    """What is wrong with a page, a sentence each."""
    if page.is_whole:
        yield from _frame_faults(page)
    yield from _id_faults(page)
    yield from _policy_faults(page)
    yield from _label_faults(page)
    yield from _form_faults(app, page)
    yield from _link_faults(app, page)


def _frame_faults(page: Page) -> Iterator[str]:
    titles, headings = page.all("title"), page.all("h1")
    if len(titles) != 1 or not TITLE.fullmatch(text_of(titles[0])):
        yield f"The title is {[text_of(title) for title in titles]}."
    if len(headings) != 1 or not text_of(headings[0]):
        yield f"There are {len(headings)} headings of the first level, not one."
    if len(page.all("main")) != 1:
        yield "There must be one <main>."
    if page.root.get("lang") != "en":
        yield "The language of the page isn't told."
    if page.has_id("error-summary") and not text_of(titles[0]).startswith("Error: "):
        yield 'The title of a page with an error summary must begin with "Error: ".'


def _id_faults(page: Page) -> Iterator[str]:
    ids = [name for element in page.root.iter() if (name := element.get("id")) is not None]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"The id {name} stands there {ids.count(name)} times."
    if not page.is_whole:
        return  # a fragment may refer to what its page has
    for element in page.root.iter():
        for attribute in REFERENCES:
            for name in element.get(attribute, "").split():
                if name not in ids:
                    yield f"{attribute}={name} of <{element.tag}> refers to nothing."


def _policy_faults(page: Page) -> Iterator[str]:
    for element in page.root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script" and (text_of(element) or not element.get("src", "").startswith("/static/")):
            yield "A script isn't a static file of ours."
        if element.tag in ("style", "iframe", "object", "embed", "base"):
            yield f"There is a <{element.tag}>."
        for name, value in element.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                yield f"<{element.tag}> has {name}={value}."
            if name in ("href", "src", "action") and str(value).strip().lower().startswith("javascript:"):
                yield f"<{element.tag}> leads to a script."


def _label_faults(page: Page) -> Iterator[str]:
    labelled = {label.get("for") for label in page.all("label")}
    wrapped = {id(control) for label in page.all("label") for control in label.iter()}
    for control in page.root.iter():
        if control.tag not in ("input", "select", "textarea") or control.get("type") in UNLABELLED:
            continue
        named = control.get("aria-label") or control.get("aria-labelledby")
        if control.get("id") not in labelled and id(control) not in wrapped and not named:
            yield f"The control {control.get('name')} has no label."
    for element in page.root.iter():
        if element.tag in ("button", "a") and not (_name_of(element) or element.get("aria-label")):
            yield f"A <{element.tag}> has no name: {dict(element.items())}."
        if element.tag == "img" and element.get("alt") is None:
            yield f"An image has no alternative text: {element.get('src')}."


def _name_of(element: Element) -> str:
    pictures = [child.get("aria-label", "") for child in element.iter() if str(child.tag).endswith("svg")]
    return text_of(element) or "".join(pictures)


def _form_faults(app: Flask, page: Page) -> Iterator[str]:
    for form in map(Form, page.all("form")):
        if form.element.get("action") is None:
            yield "A form has no action."
        elif not leads_somewhere(app, form.action, form.method):
            yield f"A form leads to {form.method} {form.action}, which isn't there."
        if form.method != "GET" and not any(form.values.get("csrf_token", [])):
            yield f"The form to {form.action} has no CSRF token."
        if form.method != "GET" and form.element.get("novalidate") is None and _is_filled_in(form):
            yield f"The form to {form.action} lets the browser check it: it needs novalidate."


def _is_filled_in(form: Form) -> bool:
    return any(
        control.tag in ("input", "select", "textarea") and control.get("type") not in UNLABELLED
        for control in form.element.iter()
    )


def _link_faults(app: Flask, page: Page) -> Iterator[str]:
    for element in page.root.iter():
        for attribute, method in (("href", "GET"), ("hx-get", "GET"), ("hx-post", "POST")):
            address = element.get(attribute)
            if element.tag in ("link", "use") or address is None or not address.startswith("/"):
                continue
            if not address.startswith("/static/") and not leads_somewhere(app, address, method):
                yield f"{attribute}={address} leads nowhere."


def leads_somewhere(app: Flask, address: str, method: str) -> bool:
    """Whether a route answers there."""
    parts = urlsplit(address)
    try:
        app.url_map.bind("localhost").match(parts.path or "/", method=method)
    except RequestRedirect:
        return True
    except (NotFound, MethodNotAllowed):
        return False
    return True
