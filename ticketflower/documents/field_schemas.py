"""The check of one field's JSON Schema: an allow-list, because a schema is somebody else's program.

``jsonschema`` follows references, and some keywords and patterns take for ever (security.md, "Definitions are hostile
input"); what is not in ``keywords.py`` can't stand in a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ticketflower.documents.keywords import ANY_TYPE, FIELD_TYPES, KEYWORDS, RANGES, all_keywords, types_with
from ticketflower.documents.nearest import did_you_mean
from ticketflower.documents.shape import has_type, in_words, kind_of, shape_problems
from ticketflower.engine.values import compile_schema
from ticketflower.engine.values_formats import compile_pattern
from ticketflower.engine.values_schema import canonical
from ticketflower.problems import Problem, pointer

_RULES: Final = all_keywords()
_COMBINING: Final = frozenset({"$ref", "$dynamicRef", "allOf", "anyOf", "not", "if", "then", "else", "$defs", "$id"})


def field_schema_problems(schema: object, at: str = "") -> list[Problem]:
    """Everything that is wrong with a field's schema, parts and entries included.

    Args:
        schema: any JSON value.
        at: the JSON Pointer of the schema in its document.
    """
    return list(_schema_problems(schema, at))


def _schema_problems(schema: object, at: str) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        detail = f"A field needs a schema, which is an object, not {in_words(kind_of(schema))}."
        yield Problem(at, detail, "Write {type: string} for a text.", "no_schema")
        return
    own = [*_keyword_problems(schema, at)]
    yield from own
    for step, inner in _inner_schemas(schema):
        yield from _schema_problems(inner, at + step)
    if not own:
        yield from _combination_problems(schema, at)
        yield from _value_problems(schema, at)


def _inner_schemas(schema: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The schemas of entries and parts, with the pointer from here to them."""
    if "items" in schema:
        yield pointer("items"), schema["items"]
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        yield pointer("additionalProperties"), others
    parts = schema.get("properties")
    if isinstance(parts, dict):
        yield from ((pointer("properties", name), part) for name, part in parts.items())


def _keyword_problems(schema: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Each keyword by itself: is it allowed, does the type have it, is it well formed."""
    types = _types(schema)
    for keyword, value in schema.items():
        here = at + pointer(keyword)
        if keyword not in _RULES:
            yield _unknown_keyword(keyword, here)
        elif types is not None and not _belongs(keyword, types):
            yield _foreign_keyword(keyword, types, here)
        else:
            yield from shape_problems(value, _RULES[keyword], here, f"`{keyword}`")


def _types(schema: Mapping[str, Any]) -> list[str] | None:
    """The types that a schema names; none named: an empty list; named wrongly: None."""
    named = schema.get("type", [])
    listed = [named] if isinstance(named, str) else named
    known = isinstance(listed, list) and all(kind in (*FIELD_TYPES, "null") for kind in listed if isinstance(kind, str))
    return [kind for kind in listed if isinstance(kind, str)] if known else None


def _belongs(keyword: str, types: list[str]) -> bool:
    return keyword in KEYWORDS[ANY_TYPE] or any(keyword in KEYWORDS.get(kind, ()) for kind in types)


def _unknown_keyword(keyword: str, at: str) -> Problem:
    hint = did_you_mean(keyword, _RULES)
    if keyword in _COMBINING:
        hint = "Write the schema out at this place; references and combinations of schemas are not taken."
    return Problem(at, f"The keyword `{keyword[:100]}` isn't allowed in a field's schema.", hint, "unknown_keyword")


def _foreign_keyword(keyword: str, types: list[str], at: str) -> Problem:
    wanted = " or ".join(f"`type: {kind}`" for kind in types_with(keyword))
    detail = f"`{keyword}` belongs to {wanted}."
    hint = f"This field has the type {' or '.join(types)}; take `{keyword}` out." if types else f"Add {wanted}."
    return Problem(at, detail, hint, "foreign_keyword")


def _combination_problems(schema: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Keywords that are right by themselves and not together."""
    for low, high in RANGES:
        if low in schema and high in schema and schema[low] > schema[high]:
            detail = f"`{low}` ({schema[low]}) must not be more than `{high}` ({schema[high]})."
            yield Problem(at + pointer(low), detail, "Exchange the two, or take one out.", "empty_range")
    yield from _choice_problems(schema, at)
    parts = schema.get("properties", {})
    for number, name in enumerate(schema.get("required", ())):
        if name not in parts:
            here = at + pointer("required", number)
            yield Problem(here, f"There is no part `{name[:100]}`.", did_you_mean(name, parts), "unknown_field")
    folded: dict[str, str] = {}
    for name in parts:
        first = folded.setdefault(name.casefold(), name)
        if first != name:
            detail = f"`{first}` and `{name}` differ only in capital letters."
            yield Problem(at + pointer("properties", name), detail, "Rename one of them.", "case_collision")
    if "pattern" in schema:
        yield from _pattern_problems(schema["pattern"], at + pointer("pattern"))


def _choice_problems(schema: Mapping[str, Any], at: str) -> Iterator[Problem]:
    if "enum" in schema and "oneOf" in schema:
        hint = "Keep `oneOf`, which gives each choice a title, or keep `enum`."
        yield Problem(at + pointer("enum"), "A field has `enum` or `oneOf`, not both.", hint, "two_choices")
    seen: set[object] = set()
    constants = [(pointer("enum", n), value) for n, value in enumerate(schema.get("enum", ()))]
    constants += [(pointer("oneOf", n, "const"), each["const"]) for n, each in enumerate(schema.get("oneOf", ()))]
    for step, value in constants:
        if "type" in schema and not has_type(value, schema["type"]):
            detail = f"A choice of this field must be {in_words(schema['type'])}, as its `type` says."
            yield Problem(at + step, detail, "Change the choice or the type.", "type")
        if canonical(value) in seen and step.startswith("/oneOf"):
            yield Problem(at + step, "Two choices have the same value.", "Take one of them out.", "duplicate")
        seen.add(canonical(value))


def _pattern_problems(pattern: str, at: str) -> Iterator[Problem]:
    try:
        compile_pattern(pattern)
    except ValueError as error:
        hint = "Use a regular expression without look-around and back-references (RE2)."
        yield Problem(at, f"The pattern can't be used: {error}.", hint, "bad_pattern")


def _value_problems(schema: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """A default that the schema itself would not take."""
    if "default" not in schema:
        return
    try:
        found = compile_schema(schema).problems("default", schema["default"])
    except ValueError:
        return  # an inner schema is broken, and has its own problem
    for problem in found:
        hint = "Change the default so that the schema takes it, or take it out."
        yield Problem(at + problem.pointer, f"The default doesn't fit: {problem.detail}.", hint, "bad_default")
