"""Values for reading: inputs, a ticket's data, the workspace (document.md, Forms; ux.md, Standards)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.forms.browser import Page
from ticketflower.forms import Choice, Shown, display_values

VERDICT = {"oneOf": [{"const": "redo", "title": "Once more"}, {"const": None, "title": "Never"}]}
ROW = {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}, "amount": {"type": "number"}}}


def shown_of(schema: dict[str, Any], value: object, layout: object = None) -> Shown:
    users = [Choice("7", "Ana Example")]
    zone = ZoneInfo("Europe/Berlin")
    (shown,) = display_values({"a": schema}, ["a"], {"a": layout}, {"a": value}, users=users, zone=zone)
    return shown


def leaves(shown: Shown) -> Iterator[Shown]:
    inside = [*shown.parts, *(cell for row in shown.rows for cell in row)]
    for part in inside:
        yield from leaves(part)
    if not inside:
        yield shown


@pytest.mark.parametrize(
    ("schema", "value", "kind", "text"),
    [
        ({"type": "string"}, "x", "text", "x"),
        ({"type": "string"}, "a\nb", "long", "a\nb"),
        ({"type": "string"}, None, "none", "Not given"),
        ({"type": "string"}, "", "none", "Not given"),
        ({"type": "boolean"}, True, "text", "Yes"),
        ({"type": "boolean"}, False, "text", "No"),
        ({}, True, "text", "Yes"),
        ({"type": "number"}, 1250.5, "number", "1250.5"),
        ({"type": "number"}, 12500.5, "number", "12,500.5"),
        ({"type": "integer"}, 2026, "number", "2026"),
        ({"type": "integer"}, -1250000, "number", "-1,250,000"),
        ({"type": "number"}, 0, "number", "0"),
        (VERDICT, "redo", "text", "Once more"),
        (VERDICT, "gone", "text", "gone"),
        ({"enum": [True, 1]}, 1, "text", "1"),
        ({"type": "string", "format": "date"}, "2026-11-21", "date", "21 November 2026"),
        ({"type": "string", "format": "date"}, "soon", "text", "soon"),
        ({"type": "string", "format": "time"}, "14:30:00", "text", "14:30"),
        ({"type": "string", "format": "time"}, "14:30:00+01:00", "text", "14:30:00+01:00"),
        ({"type": "string", "format": "date-time"}, "2026-11-21T14:30:00Z", "date-time", "21 November 2026, 15:30"),
        ({"type": "string", "format": "date-time"}, "soon", "text", "soon"),
        ({"type": "string", "format": "email"}, "a@b.example", "email", "a@b.example"),
        ({"type": "string", "format": "uri"}, "https://example.com/", "link", "https://example.com/"),
        ({"type": "string", "format": "uri"}, "javascript:alert(1)", "text", "javascript:alert(1)"),
        ({"type": "string", "format": "uri"}, "data:text/html,x", "text", "data:text/html,x"),
        ({"type": "string", "format": "user"}, "7", "text", "Ana Example"),
        ({"type": "string", "format": "user"}, "9", "text", "Person 9"),
        ({"type": "string", "format": "file"}, "12", "file", "File 12"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["a", "b"], "list", "a, b"),
        ({"type": "array", "items": VERDICT}, ["redo"], "list", "Once more"),
        ({"type": "array"}, [1, [2]], "list", "1, 2"),
        ({"type": "array"}, [], "none", "None"),
        ({"type": "array", "items": ROW}, [{"name": "x"}], "table", "1 row"),
        ({"type": "array", "items": ROW}, [{"name": "x"}, 3], "list", "Name: x, Amount: Not given, 3"),
        (ROW, {"name": "x", "amount": 2}, "group", "Name: x, Amount: 2"),
        ({}, {"x": 1}, "json", '{\n  "x": 1\n}'),
    ],
)
def test_a_value_is_shown_in_words(schema: dict[str, Any], value: object, kind: str, text: str) -> None:
    shown = shown_of(schema, value)
    assert (shown.kind, shown.text) == (kind, text)
    drawn = Page.of_values([shown]).text()
    assert [part.text for part in leaves(shown) if " ".join(part.text.split()) not in drawn] == []


def test_never_written_is_told_from_not_given() -> None:
    first, second = display_values({"a": {}, "b": {}}, ["a", "b"], None, {"b": None})
    assert (first.text, first.written) == ("Nothing yet", False)
    assert (second.text, second.written) == ("Not given", True)


def test_titles_order_and_help_come_from_the_layout() -> None:
    layout = {"ui:order": ["b", "a"], "a": {"ui:title": "First", "ui:help": "In EUR"}}
    shown = display_values({"a": {"title": "A"}, "b": {}}, ["a", "b"], layout, {"a": 1, "b": 2})
    assert [(each.key, each.title, each.help) for each in shown] == [("b", "B", ""), ("a", "First", "In EUR")]
    assert "In EUR" in Page.of_values(shown).text()


def test_a_table_has_a_column_for_each_part_and_for_what_the_schema_does_not_know() -> None:
    shown = shown_of({"type": "array", "title": "Items", "items": ROW}, [{"name": "x", "extra": True}, {"amount": 5}])
    assert shown.columns == ("Name", "Amount", "Extra")
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["x", "Not given", "Yes"],
        ["Not given", "5", "Not given"],
    ]
    page = Page.of_values([shown])
    assert [page.text(cell) for cell in page.all("th")] == ["Name", "Amount", "Extra"]
    region = page.one("div", role="region")
    assert (region.get("aria-label"), region.get("tabindex")) == ("Items", "0")


def test_a_link_leads_to_the_web_and_tells_it_nothing() -> None:
    page = Page.of_values([shown_of({"type": "string", "format": "uri"}, "https://example.com/?a=1&b=2")])
    link = page.one("a")
    assert (link.get("href"), link.get("rel")) == ("https://example.com/?a=1&b=2", "noopener noreferrer nofollow")


def test_a_moment_tells_its_machine_time() -> None:
    page = Page.of_values([shown_of({"type": "string", "format": "date-time"}, "2026-11-21T14:30:00Z")])
    time = page.one("time")
    assert (time.get("datetime"), time.get("data-show")) == ("2026-11-21T15:30:00+01:00", "both")


def test_a_day_is_never_moved_to_another_zone() -> None:
    page = Page.of_values([shown_of({"type": "string", "format": "date"}, "2026-11-21")])
    assert (page.one("time").get("datetime"), page.one("time").get("data-show")) == ("2026-11-21", None)


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", {"<b>": "</dd>"}, ["<i>"], [{"name": "<b>", "<u>": 1}]])
def test_no_value_becomes_markup(value: object) -> None:
    for schema in ({}, {"type": "array", "items": ROW}, {"title": "<script>"}):
        page = Page.of_values([shown_of(schema, value, {"ui:help": "<em>"})])
        assert not page.all("script", "b", "i", "u", "em")
