"""Checks what a person or a program gives for fields against the fields' schemas.

Pure: no Flask, no SQLAlchemy, no clock. The rules are engine.md, Iterations and writes (null, empty, required),
api.md (an unknown key, a required one missing, a value against its schema), security.md (what PostgreSQL can't keep).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, cast

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from ticketflower.engine import values_wording as wording
from ticketflower.engine.values_schema import ALLOWED_KEYWORDS, Constants, RunnablePattern, compiled
from ticketflower.problems import Problem, pointer

__all__ = [
    "ALLOWED_KEYWORDS",
    "FieldValidator",
    "Reference",
    "check_data",
    "compile_schema",
    "find_references",
    "is_empty_answer",
]

MAX_BYTES = 1_000_000
MAX_VALUES = 20_000
MAX_DEPTH = 20
MAX_DIGITS = 30
_TOO_LARGE = 10**MAX_DIGITS
_PROBLEMS_PER_FIELD = 20
_PROBLEMS = 100
_HINTS = 10


@dataclass(frozen=True, slots=True)
class FieldValidator:
    """One field's schema, compiled once and kept with the definition.

    Attributes:
        schema: the schema as the document has it.
        validator: what checks a value against it.
    """

    schema: Mapping[str, Any]
    validator: Validator

    def problems(self, key: str, value: object) -> list[Problem]:
        """What is wrong with a value that PostgreSQL can keep, each place under ``/key``; at most 20 places."""
        errors: Iterator[ValidationError] = self.validator.iter_errors(cast(Any, value))
        return list(islice((_in_words(self.schema, key, error) for error in _each_place(errors)), _PROBLEMS_PER_FIELD))


def compile_schema(schema: Mapping[str, Any]) -> FieldValidator:
    """Compiles a field's schema.

    Raises:
        ValueError: a keyword isn't allowed or isn't well formed; the message begins with its name.
    """
    return FieldValidator(schema, compiled(schema))


def is_empty_answer(value: object) -> bool:
    """Null, or text that is empty after trimming; ``[]``, ``0`` and ``false`` are answers (engine.md)."""
    return value is None or (isinstance(value, str) and not value.strip())


def check_data(
    schemas: Mapping[str, Mapping[str, Any] | FieldValidator],
    fields: Sequence[str],
    optional: Collection[str],
    data: object,
    *,
    required_now: Collection[str] = (),
) -> list[Problem]:
    """Everything that is wrong with a ticket's data or a task's output; an empty list means that it can be taken.

    Args:
        schemas: each field's schema, or what :func:`compile_schema` made of it, which saves compiling it again.
        fields: the fields that may be given, in the form's order.
        optional: those of them that may be left out or given as null.
        data: what was sent, any JSON value.
        required_now: optional fields that this time must be given (``required_when``).

    Returns:
        The problems, unknown keys first, then in the order of ``fields``; each points into ``data``. Whatever
        ``data`` is, it never raises.
    """
    if not isinstance(data, Mapping):
        return [Problem("", "The data must be a JSON object with one entry for each field", code="type")]
    problems = _unknown_keys(fields, data)
    left = _Allowance()
    for field in fields:
        validator = schemas[field]
        if not isinstance(validator, FieldValidator):
            validator = compile_schema(validator)
        required = field not in optional or field in required_now
        problems += _check_field(validator, field, data, required, left)
    return problems[:_PROBLEMS]


def _unknown_keys(fields: Sequence[str], data: Mapping[Any, Any]) -> list[Problem]:
    known = set(fields)
    unknown = list(islice((key for key in data if key not in known), _PROBLEMS))
    return [_unknown_key(key, fields if place < _HINTS else ()) for place, key in enumerate(unknown)]


def _unknown_key(key: object, known: Sequence[str]) -> Problem:
    name = _printable(str(key))
    nearest = get_close_matches(name, known, n=1)
    hint = f'Did you mean "{nearest[0]}"?' if nearest else None
    return Problem(pointer(name), f'There is no field "{name}" here', hint, code="unknown_key")


def _printable(name: str) -> str:
    """A name from outside that can be stored and shown: at most 100 characters, none that PostgreSQL refuses."""
    return name[:100].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _check_field(
    validator: FieldValidator, field: str, data: Mapping[str, object], required: bool, left: _Allowance
) -> list[Problem]:
    schema, value = validator.schema, data.get(field)
    if is_empty_answer(value) and (required or value is None):
        if not required:
            return []
        return [Problem(pointer(field), wording.ask(schema, wording.title_of(schema, field)), code="required")]
    flaw = left.take(value)
    if flaw is None:
        return validator.problems(field, value)
    _node, title, where = wording.locate(schema, field, flaw.path)
    place = pointer(field, *(_printable(step) if isinstance(step, str) else step for step in flaw.path))
    return [Problem(place, f"{wording.subject(_printable(title), _printable(where))} {flaw.detail}", code=flaw.code)]


@dataclass(frozen=True, slots=True)
class _Flaw:
    path: tuple[str | int, ...]
    detail: str
    code: str


class _Allowance:
    """How much one submission may still hold, over all of its fields."""

    def __init__(self) -> None:
        self.bytes = MAX_BYTES
        self.values = MAX_VALUES

    def take(self, value: object) -> _Flaw | None:
        """Counts a value, and says what keeps PostgreSQL or a reader from taking it."""
        waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
        while waiting:
            path, inner = waiting.pop()
            flaw = _flaw_of(inner) or self._count(inner, path)
            if flaw is not None:
                return _Flaw(path, *flaw)
            if isinstance(inner, Mapping):
                waiting += [((*path, key), below) for key, below in inner.items()]
            elif isinstance(inner, list):
                waiting += [((*path, place), below) for place, below in enumerate(inner)]
        return None

    def _count(self, value: object, path: tuple[str | int, ...]) -> tuple[str, str] | None:
        self.values -= len(value) if isinstance(value, Mapping | list) else 0
        self.bytes -= len(value.encode()) if isinstance(value, str) else 8
        if isinstance(value, Mapping):
            self.bytes -= sum(len(key.encode()) for key in value)
        if len(path) >= MAX_DEPTH:
            return f"must not be nested deeper than {MAX_DEPTH} levels", "depth"
        if self.bytes < 0:
            return "is too much: everything together must be at most 1 MB", "size"
        if self.values < 0:
            return f"is too much: everything together must be at most {MAX_VALUES:,} values", "size"
        return None


def _flaw_of(value: object) -> tuple[str, str] | None:
    """What is wrong with one value by itself, not counting what is in it."""
    match value:
        case None | bool():
            return None
        case str():
            return (
                None
                if _storable(value)
                else ("must not hold NUL or half of a surrogate pair: neither can be stored", "text")
            )
        case int():
            return None if abs(value) < _TOO_LARGE else (f"must have at most {MAX_DIGITS} digits", "digits")
        case float():
            if not math.isfinite(value):
                return "must be a number that JSON knows, not NaN or Infinity", "type"
            return None if abs(value) < _TOO_LARGE else (f"must have at most {MAX_DIGITS} digits", "digits")
        case list():
            return None
        case Mapping():
            named = all(isinstance(key, str) and _storable(key) for key in value)
            return (
                None
                if named
                else ("must not have a name with NUL or half of a surrogate pair: neither can be stored", "text")
            )
    return "must be a JSON value", "type"


def _storable(text: str) -> bool:
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _each_place(errors: Iterator[ValidationError]) -> Iterator[tuple[tuple[str | int, ...], ValidationError]]:
    """The errors with their places, the first one of each place only: one field, one sentence."""
    seen = set()
    for error in errors:
        path = tuple(error.absolute_path)
        for below in _names_at_fault(error):
            place = (*path, *below)
            if place not in seen:
                seen.add(place)
                yield place, error


def _names_at_fault(error: ValidationError) -> Iterator[tuple[str, ...]]:
    """For an error about an object's names, those names; for any other, the place itself."""
    instance, setting = cast(Any, error.instance), cast(Any, error.validator_value)
    match error.validator:
        case "required":
            yield from ((name,) for name in setting if name not in instance)
        case "dependentRequired":
            yield from (
                (need,) for name, needs in setting.items() if name in instance for need in needs if need not in instance
            )
        case "additionalProperties":
            known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
            yield from ((name,) for name in instance if name not in known)
        case _:
            yield ()


def _in_words(schema: Mapping[str, Any], key: str, found: tuple[tuple[str | int, ...], ValidationError]) -> Problem:
    path, error = found
    keyword = str(error.validator)
    node, title, where = wording.locate(schema, key, path)
    place = pointer(key, *(_printable(step) if isinstance(step, str) else step for step in path))
    if keyword in ("required", "dependentRequired"):
        return Problem(place, wording.ask(node, title, where), code="required")
    if keyword == "additionalProperties":
        return Problem(place, f"{wording.subject(_printable(title), where)} is not expected here", code="unknown_key")
    setting = error.validator_value
    if isinstance(setting, RunnablePattern):
        setting = setting.text
    elif isinstance(setting, Constants) and keyword == "const":
        setting = setting[0]
    return Problem(place, f"{wording.subject(title, where)} {wording.rule(keyword, setting, node)}", code=keyword)


@dataclass(frozen=True, slots=True)
class Reference:
    """An upload or a person that a value names, to be looked up by the service.

    Attributes:
        pointer: where in the data.
        kind: ``file`` or ``user``.
        id: the id.
    """

    pointer: str
    kind: str
    id: int


def find_references(schemas: Mapping[str, Mapping[str, Any]], data: Mapping[str, object]) -> list[Reference]:
    """Every upload and person that checked data names, also inside lists and groups: the service looks them up."""
    return [found for field, value in data.items() for found in _references(schemas[field], value, (field,))]


def _references(schema: object, value: object, path: tuple[str | int, ...]) -> Iterator[Reference]:
    if not isinstance(schema, Mapping):
        return
    kind = schema.get("format")
    if isinstance(value, str):
        if kind in ("file", "user"):
            yield Reference(pointer(*path), kind, int(value))
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _references(schema.get("items"), entry, (*path, place))
    elif isinstance(value, Mapping):
        for name, below in (schema.get("properties") or {}).items():
            if name in value:
                yield from _references(below, value[name], (*path, name))
