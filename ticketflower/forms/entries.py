"""A value as what stands in its control, and what was typed as a value: two directions, one table.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ticketflower.engine.values_schema import canonical
from ticketflower.forms.kinds import Kind, kind_of, type_of
from ticketflower.forms.moments import NotAMoment, read_date, read_date_time, read_time, write_date_time, write_time
from ticketflower.forms.numbers import NotANumber, read_number, write_number


class NotAnAnswer(ValueError):
    """What was typed can't be read; ``str(error)`` follows the title. ``place`` is the entry of a list at fault."""

    def __init__(self, detail: str, place: int | None = None) -> None:
        super().__init__(detail)
        self.place = place


EMPTY = object()
"""Nothing was answered."""


def encode(
    kind: Kind, value: object, zone: ZoneInfo, tokens: Sequence[str] = (), constants: Sequence[object] = ()
) -> tuple[str, ...]:
    """What stands in a control that shows a value.

    Args:
        kind: the control's kind.
        value: the value; None for none.
        zone: the zone in which moments are shown.
        tokens: what the control's choices send.
        constants: their values; none where the value itself is sent.
    """
    if value is None:
        return ()
    match kind:
        case Kind.CHECKBOXES:
            held = {canonical(entry) for entry in value} if isinstance(value, list) else set()
            values = constants or tokens
            return tuple(token for token, known in zip(tokens, values, strict=True) if canonical(known) in held)
        case Kind.RADIOS | Kind.SELECT:
            return tuple(t for t, known in zip(tokens, constants, strict=True) if canonical(known) == canonical(value))
        case Kind.LINES if isinstance(value, list):
            return ("\n".join(_written(entry, zone) for entry in value),)
        case Kind.FILE if isinstance(value, list):
            return tuple(str(entry) for entry in value)
        case Kind.JSON:
            return (json.dumps(value, ensure_ascii=False, indent=2),)
        case Kind.DATE_TIME if isinstance(value, str):
            return (write_date_time(value, zone),)
        case Kind.TIME if isinstance(value, str):
            return (write_time(value),)
    return (_written(value, zone),)


def _written(value: object, zone: ZoneInfo) -> str:
    match value:
        case str():
            return value
        case int() | float() if not isinstance(value, bool):
            return write_number(value)
    return json.dumps(value, ensure_ascii=False)


def normal(entry: str) -> str:
    """An entry as a browser sends it back: line breaks are one character, the ends are trimmed."""
    return entry.replace("\r\n", "\n").replace("\r", "\n").strip()


def decode(
    kind: Kind, schema: Mapping[str, Any], entries: Sequence[str], zone: ZoneInfo, choices: Mapping[str, object]
) -> object:
    """The value that was typed or chosen, or :data:`EMPTY`.

    Args:
        kind: the control's kind.
        schema: the schema of the value.
        entries: what the control sent.
        zone: the zone in which moments are typed.
        choices: the value of each choice, by what it sends; none where what is sent is the value (people).

    Raises:
        NotAnAnswer: it can't be read.
    """
    match kind:
        case Kind.CHECKBOXES:
            return [_chosen(entry, choices) for entry in entries if entry] or EMPTY
        case Kind.FILE if type_of(schema) == "array":
            return [entry for entry in entries if entry] or EMPTY
        case Kind.LINES:
            return _lines(schema["items"], entries, zone)
    entry = normal(entries[-1]) if entries else ""
    if not entry:
        return EMPTY
    if kind in (Kind.RADIOS, Kind.SELECT, Kind.USER):
        return _chosen(entries[-1], choices)
    return _read(kind, entry, zone)


def _chosen(entry: str, choices: Mapping[str, object]) -> object:
    if not choices:
        return entry
    if entry not in choices:
        raise NotAnAnswer("must be one of the choices")
    return choices[entry]


def _lines(items: Mapping[str, Any], entries: Sequence[str], zone: ZoneInfo) -> object:
    kind = kind_of(items)
    lines = [line.strip() for line in normal(entries[-1] if entries else "").split("\n") if line.strip()]
    values = []
    for place, line in enumerate(lines):
        try:
            values.append(_read(kind, line, zone))
        except NotAnAnswer as error:
            raise NotAnAnswer(str(error), place) from None
    return values or EMPTY


def _read(kind: Kind, entry: str, zone: ZoneInfo) -> object:
    reader = _READERS.get(kind)
    if reader is None:
        return entry
    try:
        return reader(entry, zone)
    except (NotANumber, NotAMoment) as error:
        raise NotAnAnswer(str(error)) from None


def _json(entry: str, _zone: ZoneInfo) -> object:
    try:
        return json.loads(entry, parse_constant=_no_such_number)
    except json.JSONDecodeError as error:
        raise NotAnAnswer(f"must be JSON: line {error.lineno}, column {error.colno} can't be read") from None
    except (ValueError, RecursionError):
        raise NotAnAnswer("must be JSON with finite numbers and at most 20 levels") from None


def _no_such_number(name: str) -> object:
    raise ValueError(name)


_READERS: Mapping[Kind, Callable[[str, ZoneInfo], object]] = {
    Kind.NUMBER: lambda entry, _: read_number(entry),
    Kind.INTEGER: lambda entry, _: read_number(entry, whole=True),
    Kind.DATE: lambda entry, _: read_date(entry),
    Kind.TIME: lambda entry, _: read_time(entry),
    Kind.DATE_TIME: read_date_time,
    Kind.JSON: _json,
}
