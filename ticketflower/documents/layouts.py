"""Layouts: do they speak of fields that are there, and hide only what may be left out (document.md, Forms).

Their vocabulary is checked with the document's shape (``schema_parts.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ticketflower.documents.nearest import did_you_mean
from ticketflower.documents.parts import Part, fields_of, mapping, parts, texts
from ticketflower.documents.references import unknown_field
from ticketflower.problems import Problem, pointer

REST = "*"
"""In ``ui:order``: all fields that are not named."""


def layout_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Names of fields that are not there, and ``ui:visible_when`` on what must be filled in."""
    fields = fields_of(document)
    for part in parts(document):
        edit, display = mapping(part.body.get("edit_layout")), mapping(part.body.get("display_layout"))
        yield from _names(edit, part.at + pointer("edit_layout"), fields)
        yield from _hiding(edit, part, fields)
        yield from _names(display, part.at + pointer("display_layout"), fields)
    yield from _names(mapping(document.get("display_layout")), pointer("display_layout"), fields)


def layout_warnings(document: dict[str, Any]) -> Iterator[Problem]:
    """Layouts of fields that exist, but that this form or page doesn't show."""
    fields = fields_of(document)
    for part in parts(document):
        if part.kind == "completions":
            continue
        shown = part.shown()
        for key in ("edit_layout", "display_layout"):
            for at, name in _named(mapping(part.body.get(key)), part.at + pointer(key)):
                if name in fields and name not in shown:
                    detail = f"The layout speaks of `{name}`, which is not shown here."
                    yield Problem(at, detail, "Take it out of the layout, or show the field.", "not_shown")


def _named(layout: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    """The fields that one level of a layout names, with the place of each."""
    for key in layout:
        if not key.startswith("ui:"):
            yield at + pointer(key), key
    for number, name in texts(layout.get("ui:order")):
        if name != REST:
            yield at + pointer("ui:order", number), name


def _names(layout: Mapping[str, Any], at: str, fields: Mapping[str, Any]) -> Iterator[Problem]:
    for here, name in _named(layout, at):
        if name not in fields:
            yield unknown_field(name, here, fields)
    for name, inner in layout.items():
        if name in fields:
            yield from _inner_names(mapping(inner), at + pointer(name), mapping(fields[name]))


def _inner_names(layout: Mapping[str, Any], at: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """The same, inside a group or a list: a group's parts, and ``items`` for the entries of a list."""
    inside = {**mapping(schema.get("properties")), **({"items": schema["items"]} if "items" in schema else {})}
    for here, name in _named(layout, at):
        if name not in inside:
            yield _unknown_part(name, here, inside)
    for name, inner in layout.items():
        if name in inside:
            yield from _inner_names(mapping(inner), at + pointer(name), mapping(inside[name]))


def _unknown_part(name: str, at: str, inside: Collection[str]) -> Problem:
    if not inside:
        hint = "Settings of a field begin with `ui:`."
        return Problem(at, f"This field has no parts; there is no `{name[:100]}` in it.", hint, "unknown_field")
    return Problem(at, f"This field has no part `{name[:100]}`.", did_you_mean(name, inside), "unknown_field")


def _hiding(layout: Mapping[str, Any], part: Part, fields: Mapping[str, Any]) -> Iterator[Problem]:
    at = part.at + pointer("edit_layout")
    if "ui:visible_when" in layout:
        yield _not_optional(at + pointer("ui:visible_when"), "A whole form can't be hidden.")
    optional = part.names("optional_fields")
    for name, inner in layout.items():
        if name not in fields:
            continue
        here = at + pointer(name)
        if "ui:visible_when" in mapping(inner) and name not in optional:
            yield _not_optional(here + pointer("ui:visible_when"), _must(name))
        yield from _hidden_parts(mapping(inner), here, mapping(fields[name]))


def _hidden_parts(layout: Mapping[str, Any], at: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    parts_inside = mapping(schema.get("properties"))
    must = [name for _, name in texts(schema.get("required"))]
    for name, inner in layout.items():
        here = at + pointer(name)
        if name in must and "ui:visible_when" in mapping(inner):
            yield _not_optional(here + pointer("ui:visible_when"), _must(name))
        below = parts_inside.get(name, schema.get("items") if name == "items" else None)
        yield from _hidden_parts(mapping(inner), here, mapping(below)) if below is not None else ()


def _must(name: str) -> str:
    return f"`{name}` must be filled in, so it can't be hidden."


def _not_optional(at: str, detail: str) -> Problem:
    hint = "Put `ui:visible_when` on an optional field, or add the field to `optional_fields`."
    return Problem(at, detail, hint, "not_optional")
