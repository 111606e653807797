"""A field's JSON Schema, compiled: which keywords count, and a validator that can do nothing else.

Pure. What reaches jsonschema is a copy with the allowed keywords only, an empty registry, RE2 patterns and constants in
sets: no reference is followed, no keyword takes more than linear time (security.md, Definitions are hostile input).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import referencing
from jsonschema import validators
from jsonschema._types import draft202012_type_checker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator

from ticketflower.engine.values_formats import FORMATS, Pattern, compile_pattern

ANNOTATIONS = frozenset({"title", "description", "default", "examples"})
TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def canonical(value: object) -> object:
    """A hashable stand-in for a JSON value, equal when the values are equal as JSON Schema says: 1 is 1.0, not true."""
    if isinstance(value, bool) or value is None:
        return (value,)
    if isinstance(value, Mapping):
        return frozenset((key, canonical(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ("list", *(canonical(inner) for inner in value))
    return value


class Constants(Sequence[object]):
    """The constants of an ``enum``, a ``const`` or a ``oneOf``, in order, and found in one step."""

    def __init__(self, values: Iterable[object]) -> None:
        self._values = tuple(values)
        self._known = frozenset(canonical(value) for value in self._values)

    def allows(self, value: object) -> bool:
        return canonical(value) in self._known

    def __getitem__(self, index: Any) -> Any:
        return self._values[index]

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class RunnablePattern:
    """A pattern as written, for the words, and compiled, for the search."""

    text: str
    compiled: Pattern


def _member(_validator: Validator, constants: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if not constants.allows(value):
        yield ValidationError("not one of the constants")


def _multiple_of(validator: Validator, step: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    # In binary floating point 19.99 is no multiple of 0.01; as the decimal that was written it is.
    if validator.is_type(value, "number") and (Fraction(repr(value)) / Fraction(repr(step))).denominator != 1:
        yield ValidationError("not a multiple")


def _unique_items(validator: Validator, unique: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    # jsonschema compares each pair when the entries can't be sorted.
    if unique and validator.is_type(value, "array") and len({canonical(entry) for entry in value}) < len(value):
        yield ValidationError("not unique")


def _pattern(validator: Validator, pattern: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "string") and pattern.compiled.search(value) is None:
        yield ValidationError("does not match")


def _format(validator: Validator, name: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    holds = FORMATS.get(name)
    if holds is not None and validator.is_type(value, "string") and not holds(value):
        yield ValidationError("not of the format")


_OWN: Mapping[str, Any] = {
    "enum": _member,
    "const": _member,
    "oneOf": _member,
    "multipleOf": _multiple_of,
    "uniqueItems": _unique_items,
    "pattern": _pattern,
    "format": _format,
}
_STANDARD = (
    *("type", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("items", "minItems", "maxItems"),
    *("properties", "required", "additionalProperties", "minProperties", "maxProperties", "dependentRequired"),
)
VALIDATED = frozenset({*_OWN, *_STANDARD})
ALLOWED_KEYWORDS = ANNOTATIONS | VALIDATED
"""Every keyword that a field's schema may hold (document.md)."""

_FieldValidator = validators.create(
    meta_schema={},
    validators={**{name: Draft202012Validator.VALIDATORS[name] for name in _STANDARD}, **_OWN},
    type_checker=draft202012_type_checker,
)


def compiled(schema: Mapping[str, Any]) -> Validator:
    """A jsonschema validator for one field.

    Raises:
        ValueError: a keyword isn't allowed or isn't well formed; the message begins with its name.
    """
    return _FieldValidator(_copied(schema), registry=referencing.Registry())


def _copied(schema: Mapping[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = {}
    for keyword, setting in schema.items():
        if keyword in VALIDATED:
            check, expected = _WELL_FORMED[keyword]
            if not check(setting):
                raise ValueError(f"{keyword} must be {expected}")
            copied[keyword] = _COPIES[keyword](setting) if keyword in _COPIES else setting
        elif keyword not in ANNOTATIONS:
            raise ValueError(f"{keyword} isn't allowed in a field's schema")
    return copied


def _type_list(types: Any) -> list[str]:
    return [types] if isinstance(types, str) else list(types)


def _runnable(pattern: str) -> RunnablePattern:
    try:
        return RunnablePattern(pattern, compile_pattern(pattern))
    except ValueError as error:
        raise ValueError(f"pattern can't be run in linear time: {error}") from None


def _copied_or_flag(schema: Any) -> Any:
    return schema if isinstance(schema, bool) else _copied(schema)


def _copied_each(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copied(schema) for name, schema in properties.items()}


_COPIES: Mapping[str, Callable[[Any], Any]] = {
    "type": _type_list,
    "enum": Constants,
    "const": lambda value: Constants([value]),
    "oneOf": lambda branches: Constants(branch["const"] for branch in branches),
    "pattern": _runnable,
    "items": _copied_or_flag,
    "additionalProperties": _copied_or_flag,
    "properties": _copied_each,
}


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_schema(value: object) -> bool:
    return isinstance(value, Mapping | bool)


def _is_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


_COUNT = (_is_count, "a whole number, 0 or more")
_NUMBER = (_is_number, "a number")
_SCHEMA = (_is_schema, "a schema, true or false")
_WELL_FORMED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "type": (
        lambda v: v in TYPES if isinstance(v, str) else _is_names(v) and bool(v) and TYPES.issuperset(v),
        "a type's name, or a list of them",
    ),
    "enum": (lambda v: isinstance(v, list | tuple) and bool(v), "a list with at least one value"),
    "const": (lambda _: True, "a value"),
    "oneOf": (
        lambda v: isinstance(v, list | tuple) and bool(v) and all(isinstance(b, Mapping) and "const" in b for b in v),
        "a list of constants, each {const, title}",
    ),
    "pattern": (lambda v: isinstance(v, str), "text"),
    "format": (lambda v: isinstance(v, str), "text"),
    "items": _SCHEMA,
    "additionalProperties": _SCHEMA,
    "properties": (
        lambda v: isinstance(v, Mapping) and all(isinstance(inner, Mapping) for inner in v.values()),
        "names with a schema each",
    ),
    "required": (_is_names, "a list of names"),
    "dependentRequired": (
        lambda v: isinstance(v, Mapping) and all(_is_names(names) for names in v.values()),
        "names with a list of names each",
    ),
    "uniqueItems": (lambda v: isinstance(v, bool), "true or false"),
    "multipleOf": (lambda v: _is_number(v) and v > 0, "a number above 0"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
}
