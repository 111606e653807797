"""A form as a browser has it: draws it with the project's templates, parses it strictly, sends what it would send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.datastructures import MultiDict

from ticketflower.forms import Form, Shown

TEMPLATES = Path(__file__).parents[2] / "templates"
_JINJA = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
_FORM = _JINJA.from_string(
    '{% from "forms/_form.html" import form_fields %}{% from "forms/_error_summary.html" import error_summary %}'
    "<!doctype html><html lang=en><title>x</title>{{ error_summary(form.problems) }}"
    '<form data-values="{{ form.values_json }}">{{ form_fields(form) }}</form></html>'
)
_VALUES = _JINJA.from_string(
    '{% from "forms/_values.html" import values %}'
    "<!doctype html><html lang=en><title>x</title>{{ values(list) }}</html>"
)
_SANITIZED = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "time": re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?"),
    "datetime-local": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?"),
}


class Page:
    """A drawn form, or drawn values. ``strict`` fails on markup that isn't valid HTML."""

    def __init__(self, html: str, *, strict: bool = True) -> None:
        self.html = html
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = parser.parse(html)
        if strict:
            # What an answer holds is not the template's fault: a control character is an error to a validator.
            ours = [error for error in parser.errors if error[1] not in ("invalid-codepoint",)]
            assert ours == [], ours

    @classmethod
    def of(cls, form: Form) -> Page:
        return cls(_FORM.render(form=form))

    @classmethod
    def of_values(cls, shown: list[Shown]) -> Page:
        return cls(_VALUES.render(list=shown))

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        return [
            element
            for element in self.root.iter()
            if (not tags or element.tag in tags)
            and all(element.get(name.strip("_").replace("_", "-")) == value for name, value in attributes.items())
        ]

    def one(self, *tags: str, **attributes: str) -> Element:
        (found,) = self.all(*tags, **attributes)
        return found

    def by_id(self, id: str) -> Element:
        return self.one(id=id)

    def text(self, element: Element | None = None) -> str:
        return " ".join(" ".join((element if element is not None else self.root).itertext()).split())

    def sent(self, **changes: str | list[str] | None) -> MultiDict[str, str]:
        """What the form sends: as it stands, or with these controls (``f_`` for ``f-``) set; None leaves one out."""
        answers: MultiDict[str, str] = MultiDict()
        for name, value in self._successful():
            answers.add(name, value)
        for name, change in changes.items():
            key = "f-" + name.removeprefix("f_")
            answers.poplist(key)
            for value in [] if change is None else [change] if isinstance(change, str) else change:
                answers.add(key, value)
        return answers

    def _successful(self) -> Iterator[tuple[str, str]]:
        for element in self.all("input", "select", "textarea"):
            name = element.get("name")
            assert name, "a control without a name"
            kind = element.get("type", "text")
            if kind in ("checkbox", "radio"):
                if element.get("checked") is not None:
                    yield name, element.get("value", "on")
            elif element.tag == "select":
                options = list(element.iter("option"))
                chosen = [option for option in options if option.get("selected") is not None] or options[:1]
                yield name, chosen[-1].get("value", "")
            else:
                yield name, _as_sent(element, kind)


def _as_sent(element: Element, kind: str) -> str:
    if element.tag == "textarea":
        value = element.text or ""
    else:
        value = element.get("value", "")
        if kind != "hidden":
            value = value.replace("\n", "").replace("\r", "")
        if kind in ("email", "url"):
            value = value.strip()
        if kind in _SANITIZED and not _SANITIZED[kind].fullmatch(value):
            value = ""
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
