"""Which control a field's schema gets (document.md, Forms). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ticketflower.engine.values_wording import number_words
from ticketflower.forms.layout import Layout

LONG_TEXT = 200
"""A text with a greater ``maxLength`` gets several lines."""

MOST_RADIOS = 5
"""A choice of more gets a select."""


class Kind(StrEnum):
    """The kinds of controls; the value is also the name that templates choose by."""

    TEXT = "text"
    TEXTAREA = "textarea"
    EMAIL = "email"
    URI = "uri"
    DATE = "date"
    DATE_TIME = "date-time"
    TIME = "time"
    FILE = "file"
    USER = "user"
    NUMBER = "number"
    INTEGER = "integer"
    RADIOS = "radios"
    SELECT = "select"
    CHECKBOXES = "checkboxes"
    LINES = "lines"
    ROWS = "rows"
    GROUP = "group"
    JSON = "json"


LISTS = frozenset({Kind.CHECKBOXES, Kind.LINES, Kind.ROWS})
PICKED = frozenset({Kind.DATE, Kind.DATE_TIME, Kind.TIME})
CHOICES = frozenset({Kind.RADIOS, Kind.SELECT, Kind.USER, Kind.CHECKBOXES})
_ONE_A_LINE = frozenset(
    {Kind.TEXT, Kind.TEXTAREA, Kind.EMAIL, Kind.URI, Kind.DATE, Kind.DATE_TIME, Kind.TIME, Kind.NUMBER, Kind.INTEGER}
)
_FORMATS = {
    kind.value: kind for kind in (Kind.EMAIL, Kind.URI, Kind.DATE, Kind.DATE_TIME, Kind.TIME, Kind.FILE, Kind.USER)
}


@dataclass(frozen=True, slots=True)
class Constant:
    """One of the values that a choice offers."""

    value: object
    label: str
    hint: str = ""


def type_of(schema: Mapping[str, Any]) -> str:
    """The one type that the schema allows, null aside; ``""`` when it allows several or says none."""
    types = schema.get("type")
    named = [types] if isinstance(types, str) else [name for name in types or () if name != "null"]
    return named[0] if len(named) == 1 else ""


def constants_of(schema: Mapping[str, Any]) -> list[Constant]:
    """What a ``oneOf``, ``enum``, ``const`` or boolean offers; null is no choice, it is the answer left empty."""
    if "oneOf" in schema:
        offered = [
            Constant(branch["const"], str(branch.get("title") or constant_label(branch["const"])), _description(branch))
            for branch in schema["oneOf"]
        ]
    elif "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        offered = [Constant(value, constant_label(value)) for value in values]
    elif type_of(schema) == "boolean":
        offered = [Constant(True, "Yes"), Constant(False, "No")]
    else:
        offered = []
    return [constant for constant in offered if constant.value is not None]


def _description(branch: Mapping[str, Any]) -> str:
    found = branch.get("description")
    return found if isinstance(found, str) else ""


def constant_label(value: object) -> str:
    """A constant in words, for a reader: text as it is, yes and no, numbers as people read them."""
    match value:
        case str():
            return value
        case bool():
            return "Yes" if value else "No"
        case int() | float():
            return number_words(value)
    return json.dumps(value, ensure_ascii=False)


def kind_of(schema: Mapping[str, Any], layout: Layout = Layout()) -> Kind:  # noqa: B008 - frozen
    """The control for a schema, as its layout's ``ui:widget`` refines it where that fits."""
    constants = constants_of(schema)
    if constants:
        return _choice_kind(constants, layout)
    match type_of(schema):
        case "string":
            return _text_kind(schema, layout)
        case "number":
            return Kind.NUMBER
        case "integer":
            return Kind.INTEGER
        case "array":
            return _list_kind(schema.get("items"))
        case "object" if schema.get("properties"):
            return Kind.GROUP
    return Kind.JSON


def _choice_kind(constants: Sequence[Constant], layout: Layout) -> Kind:
    asked = {"radio": Kind.RADIOS, "select": Kind.SELECT}.get(layout.widget())
    return asked or (Kind.RADIOS if len(constants) <= MOST_RADIOS else Kind.SELECT)


def _text_kind(schema: Mapping[str, Any], layout: Layout) -> Kind:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    asked = {"text": Kind.TEXT, "textarea": Kind.TEXTAREA}.get(layout.widget())
    is_long = schema.get("format") == "textarea" or schema.get("maxLength", 0) > LONG_TEXT
    return asked or (Kind.TEXTAREA if is_long else Kind.TEXT)


def _list_kind(items: object) -> Kind:
    if not isinstance(items, Mapping):
        return Kind.JSON
    match kind_of(items):
        case Kind.RADIOS | Kind.SELECT if type_of(items) != "boolean":
            return Kind.CHECKBOXES
        case Kind.USER:
            return Kind.CHECKBOXES
        case Kind.FILE if type_of(items) == "string":
            return Kind.FILE
        case Kind.GROUP:
            return Kind.ROWS
        case kind if kind in _ONE_A_LINE and items.get("format") != "textarea":
            return Kind.LINES
    return Kind.JSON
