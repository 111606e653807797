"""What the templates draw is valid, labelled and harmless, whatever the definition says (ux.md, security.md)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.forms.browser import TEMPLATES, Page
from ticketflower.forms import Choice, build_form
from ticketflower.problems import Problem

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "long": {"type": "string", "format": "textarea"},
    "mail": {"type": "string", "format": "email"},
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "number": {"type": "number"},
    "yes": {"type": "boolean"},
    "radios": {"oneOf": [{"const": EVIL, "title": EVIL, "description": EVIL}, {"const": 2}]},
    "select": {"enum": [EVIL, *"abcde"]},
    "ticks": {"type": "array", "items": {"enum": [EVIL, "b"]}},
    "lines": {"type": "array", "items": {"type": "string"}},
    "person": {"type": "string", "format": "user"},
    "people": {"type": "array", "items": {"type": "string", "format": "user"}},
    "file": {"type": "string", "format": "file"},
    "json": {},
    "group": {"type": "object", "properties": {EVIL: {"type": "string", "title": EVIL}, "": {"type": "boolean"}}},
    "rows": {"type": "array", "items": {"type": "object", "properties": {EVIL: {"enum": [EVIL]}}}},
}


def every_control(title: str, *, problems: bool = False, optional: bool = False) -> Page:
    schemas = {key: {**schema, "title": f"{title} {key}", "description": title} for key, schema in KINDS.items()}
    layout = {
        key: {"ui:help": title, "ui:placeholder": title, "ui:errorText": title, "ui:visible_when": {"==": [title, 1]}}
        for key in KINDS
    }
    shown = {"rows": [{EVIL: EVIL, EVIL + "2": EVIL}], "text": title, "json": {title: [title]}, "person": title}
    form = build_form(
        schemas,
        list(KINDS),
        list(KINDS) if optional else [],
        {**layout, "ui:description": title},
        shown,
        users=[Choice("7", title)],
    )
    if problems:
        form = form.with_problems([Problem(f"/{key}", title) for key in KINDS] + [Problem("", title)])
    return Page.of(form)


PAGES = {
    "fresh": {"title": "Title"},
    "optional": {"title": "Title", "optional": True},
    "with problems": {"title": "Title", "problems": True},
    "evil": {"title": EVIL},
    "evil with problems": {"title": EVIL, "problems": True, "optional": True},
}


@pytest.mark.parametrize("how", PAGES.values(), ids=PAGES)
class TestEveryControl:
    def test_nothing_of_a_definition_becomes_markup(self, how: dict[str, Any]) -> None:
        page = every_control(**how)
        assert not page.all("script", "img", "style")
        assert not [
            name for element in page.root.iter() for name in element.attrib if name.startswith("on") or name == "style"
        ]

    def test_ids_are_unique_and_every_reference_leads_somewhere(self, how: dict[str, Any]) -> None:
        page = every_control(**how)
        ids = [element.get("id") for element in page.root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        wanted = {
            reference
            for element in page.root.iter()
            for name in ("for", "aria-describedby", "aria-labelledby")
            for reference in (element.get(name) or "").split()
        }
        wanted |= {(link.get("href") or "")[1:] for link in page.all("a")}
        assert wanted <= set(ids)

    def test_each_control_has_a_label_and_each_group_a_legend(self, how: dict[str, Any]) -> None:
        page = every_control(**how)
        labelled = {label.get("for") for label in page.all("label")}
        for control in page.all("input", "select", "textarea"):
            if control.get("type") != "hidden":
                assert control.get("id") in labelled
        for fieldset in page.all("fieldset"):
            assert fieldset[0].tag == "legend"
            assert page.text(fieldset[0])

    def test_each_problem_stands_beside_its_control_and_in_the_summary(self, how: dict[str, Any]) -> None:
        page = every_control(**how)
        links = [(link.get("href") or "")[1:] for link in page.all("a")]
        beside = [element.get("id") for element in page.all("p", **{"class": "field__error"})]
        assert beside == [f"error-{id}" for id in links]
        assert len(links) == (len(KINDS) if how.get("problems") else 0)


def test_no_template_switches_escaping_off_or_holds_script_or_style() -> None:
    for template in (TEMPLATES / "forms").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|<script|<style|style=|\bon[a-z]+=|Markup", text), template.name


def test_a_form_of_ten_thousand_constants_is_drawn_once_and_in_order() -> None:
    schema = {"enum": [f"c{n}" for n in range(10_000)]}
    form = build_form({"a": schema}, ["a"], [], None, {"a": "c9999"})
    page = Page.of(form)
    assert len(page.all("option")) == 10_001
    assert form.read(page.sent()).data == {"a": "c9999"}
