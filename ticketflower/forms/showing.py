"""Values for reading: a task's inputs, a ticket's data, the workspace (document.md, Forms; ``display_layout``).

Pure. Constants are shown by their titles, moments on the reader's clock, groups and lists as such.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ticketflower.engine.values_schema import canonical
from ticketflower.engine.values_wording import number_words, title_of
from ticketflower.forms.controls import Choice
from ticketflower.forms.kinds import Kind, constant_label, constants_of, kind_of, type_of
from ticketflower.forms.layout import Layout, retitled
from ticketflower.forms.moments import date_time_words, date_words, in_zone
from ticketflower.forms.source import UTC

_WEB = re.compile(r"https?://[^\s<>\"]+\Z", re.IGNORECASE)
NOT_GIVEN = "Not given"
NOT_YET = "Nothing yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value for reading. Templates choose by ``kind`` and print ``text``, never HTML.

    Attributes:
        key: the field's key, or the property's.
        title: what it is called.
        kind: ``text``, ``long`` (keep the line breaks), ``number``, ``date``, ``date-time``, ``link``, ``email``,
            ``file``, ``list``, ``table``, ``group``, ``json``, or ``none``.
        text: the value in words.
        help: the layout's words about it.
        machine: the value for a program: ``datetime`` of a date, ``href`` of a link, the id of a file; else ``""``.
        parts: the entries of a list, the values of a group.
        columns: a table's column titles; ``rows`` its cells.
        written: False when the field was never written, or was cleared.
    """

    key: str
    title: str
    kind: str
    text: str = ""
    help: str = ""
    machine: str = ""
    parts: tuple[Shown, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Shown, ...], ...] = ()
    written: bool = True


def display_values(
    schemas: Mapping[str, Mapping[str, Any]],
    fields: Sequence[str],
    layout: Mapping[str, Any] | None,
    values: Mapping[str, object],
    *,
    users: Sequence[Choice] = (),
    zone: ZoneInfo = UTC,
) -> list[Shown]:
    """Each field's value, in words for its reader.

    Args:
        schemas: each field's schema.
        fields: the fields to show; the layout's ``ui:order`` may order them otherwise.
        layout: the ``display_layout``, or for a task's inputs the ``edit_layout``; whatever is in it.
        values: the workspace's values, by field; absent is never written, None is emptied.
        users: the names of the people that ``user`` fields name, by id as text.
        zone: the zone in which moments are shown.
    """
    wording = Layout(layout)
    reader = _Reader(zone, {user.value: user.label for user in users})
    return [reader.field(schemas[name], wording.at(name), name, values) for name in wording.ordered(fields)]


@dataclass(frozen=True, slots=True)
class _Reader:
    zone: ZoneInfo
    people: Mapping[str, str]

    def field(self, schema: Mapping[str, Any], layout: Layout, name: str, values: Mapping[str, object]) -> Shown:
        titled = retitled(schema, layout)
        if name not in values:
            return Shown(key=name, title=title_of(titled, name), kind="none", text=NOT_YET, written=False)
        return self.value(titled, layout, name, values[name])

    def value(self, schema: Mapping[str, Any], layout: Layout, key: str, value: object) -> Shown:
        return Shown(
            key=key, title=title_of(schema, key), help=layout.text("help"), **self._content(schema, layout, value)
        )

    def _content(self, schema: Mapping[str, Any], layout: Layout, value: object) -> dict[str, Any]:
        if value is None or value == "":
            return {"kind": "none", "text": NOT_GIVEN}
        label = _label_of(schema, value)
        if label is not None:
            return {"kind": "text", "text": label}
        match value:
            case str():
                return self._text(schema, layout, value)
            case bool():
                return {"kind": "text", "text": constant_label(value)}
            case int() | float():
                return {"kind": "number", "text": number_words(value)}
            case list():
                return self._list(schema.get("items"), layout.at("items"), value)
            case Mapping():
                return self._group(schema, layout, value)
        return _json(value)

    def _text(self, schema: Mapping[str, Any], layout: Layout, value: str) -> dict[str, Any]:
        match kind_of(schema, layout):
            case Kind.DATE:
                words = date_words(value)
                return {"kind": "date", "text": words, "machine": value} if words != value else _plain(value)
            case Kind.DATE_TIME:
                moment = in_zone(value, self.zone)
                words = date_time_words(value, self.zone)
                return {"kind": "date-time", "text": words, "machine": moment.isoformat()} if moment else _plain(value)
            case Kind.TIME:
                return _plain(value.removesuffix(":00") if value.count(":") == 2 and "+" not in value else value)
            case Kind.EMAIL:
                return {"kind": "email", "text": value, "machine": f"mailto:{value}"} if "@" in value else _plain(value)
            case Kind.URI if _WEB.match(value):
                return {"kind": "link", "text": value, "machine": value}
            case Kind.USER:
                return _plain(self.people.get(value, f"Person {value}"))
            case Kind.FILE:
                return {"kind": "file", "text": f"File {value}", "machine": value}
        return _plain(value)

    def _list(self, items: object, layout: Layout, value: list[Any]) -> dict[str, Any]:
        if not value:
            return {"kind": "none", "text": "None"}
        schema = items if isinstance(items, Mapping) else {}
        if kind_of(schema) is Kind.GROUP and all(isinstance(row, Mapping) for row in value):
            return self._table(schema, layout, value)
        parts = tuple(self.value(schema, layout, str(place), entry) for place, entry in enumerate(value, start=1))
        return {"kind": "list", "text": ", ".join(part.text for part in parts), "parts": parts}

    def _table(self, schema: Mapping[str, Any], layout: Layout, value: list[Any]) -> dict[str, Any]:
        named = layout.ordered(schema["properties"])
        others = sorted({name for row in value for name in row if name not in schema["properties"]})
        columns = [(name, schema["properties"].get(name, {})) for name in (*named, *others)]
        return {
            "kind": "table",
            "text": f"{len(value)} row{'s' if len(value) > 1 else ''}",
            "columns": tuple(title_of(inner, name) for name, inner in columns),
            "rows": tuple(
                tuple(self.value(inner, layout.at(name), name, row.get(name)) for name, inner in columns)
                for row in value
            ),
        }

    def _group(self, schema: Mapping[str, Any], layout: Layout, value: Mapping[str, Any]) -> dict[str, Any]:
        if type_of(schema) != "object" or not schema.get("properties"):
            return _json(value)
        parts = tuple(self._parts(schema["properties"], layout, value))
        return {"kind": "group", "text": ", ".join(f"{p.title}: {p.text}" for p in parts), "parts": parts}

    def _parts(self, properties: Mapping[str, Any], layout: Layout, value: Mapping[str, Any]) -> Iterator[Shown]:
        for name in (*layout.ordered(properties), *(other for other in value if other not in properties)):
            yield self.value(properties.get(name, {}), layout.at(name), name, value.get(name))


def _label_of(schema: Mapping[str, Any], value: object) -> str | None:
    """What the schema calls this value, if it is one of its constants."""
    if "oneOf" not in schema and "enum" not in schema:
        return None
    wanted = canonical(value)
    return next((constant.label for constant in constants_of(schema) if canonical(constant.value) == wanted), None)


def _plain(text: str) -> dict[str, Any]:
    return {"kind": "long" if "\n" in text else "text", "text": text}


def _json(value: object) -> dict[str, Any]:
    return {"kind": "json", "text": json.dumps(value, ensure_ascii=False, indent=2)}
