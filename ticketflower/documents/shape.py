"""Compares a value with a part of the document's JSON Schema, and says in words what doesn't fit.

It reads the few keywords that the schema uses (see ``schema.py``), so that keys, types and limits are written down
once. What has rules of its own - fields' schemas and conditions - is left to those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from ticketflower.documents.nearest import did_you_mean
from ticketflower.documents.schema import WORKFLOW_SCHEMA
from ticketflower.engine.values_formats import Pattern, compile_pattern
from ticketflower.engine.values_schema import canonical
from ticketflower.problems import Problem, pointer

Rule = Mapping[str, Any]

_CHECKED_ELSEWHERE: Final = frozenset({"#/$defs/field", "#/$defs/condition"})

_IN_WORDS: Final = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object with named parts",
    "null": "null",
}


def kind_of(value: object) -> str:
    """The JSON Schema type of a value; a whole number is an ``integer``, also when it is written 1.0."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    kinds = {float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def has_type(value: object, types: str | list[str]) -> bool:
    """Whether a value is of one of the types; a whole number is a number too."""
    kind = kind_of(value)
    wanted = [types] if isinstance(types, str) else types
    return kind in wanted or (kind == "integer" and "number" in wanted)


def in_words(types: str | list[str]) -> str:
    """``a text or null``: types for a sentence."""
    return " or ".join(_IN_WORDS[kind] for kind in ([types] if isinstance(types, str) else types))


def shape_problems(value: object, rule: Rule, at: str = "", name: str = "The document") -> Iterator[Problem]:
    """What doesn't fit, in the document's order.

    Args:
        value: any JSON value.
        rule: a part of the document's schema.
        at: the JSON Pointer of the value.
        name: what to call the value in a sentence.
    """
    if rule.get("$ref") in _CHECKED_ELSEWHERE:
        return
    rule = _resolved(rule)
    if "anyOf" in rule:
        rule = _branch(value, rule["anyOf"])
        if rule.get("$ref") in _CHECKED_ELSEWHERE:
            return
    if "type" in rule and not has_type(value, rule["type"]):
        yield _wrong_type(value, rule, at, name)
        return
    if "const" in rule and value != rule["const"]:
        yield Problem(at, f"{name} must be `{rule['const']}`.", None, "enum")
    if "enum" in rule and value not in rule["enum"]:
        yield _not_one_of(value, rule["enum"], at, name)
    if isinstance(value, str):
        yield from _text_problems(value, rule, at, name)
    elif isinstance(value, list):
        yield from _list_problems(value, rule, at, name)
    elif isinstance(value, dict):
        yield from _object_problems(value, rule, at, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_problems(value, rule, at, name)


def _resolved(rule: Rule) -> Rule:
    """The rule that a local reference names; what stands beside the reference only titles and describes this use."""
    reference = rule.get("$ref")
    return WORKFLOW_SCHEMA["$defs"][reference.rpartition("/")[2]] if reference else rule


def _branch(value: object, branches: list[Rule]) -> Rule:
    """The alternative of the value's type; where none is, a rule that says which types there are."""
    for branch in branches:
        if has_type(value, _resolved(branch)["type"]):
            return branch if branch.get("$ref") in _CHECKED_ELSEWHERE else _resolved(branch)
    return {"type": [_resolved(branch)["type"] for branch in branches]}


def _wrong_type(value: object, rule: Rule, at: str, name: str) -> Problem:
    hint = None
    if value is None:
        hint = "Write [] for none, or leave the key out." if rule["type"] == "array" else "Give it a value."
    elif rule["type"] == "array" and isinstance(value, str):
        hint = f"Write [{value[:40]}]."
    elif rule["type"] == "string" and isinstance(value, int | float):
        hint = "Put quotes around it."
    return Problem(at, f"{name} must be {in_words(rule['type'])}, not {in_words(kind_of(value))}.", hint, "type")


def _not_one_of(value: object, choices: list[Any], at: str, name: str) -> Problem:
    listed = ", ".join(f"`{choice}`" for choice in choices)
    hint = did_you_mean(value, [str(choice) for choice in choices]) if isinstance(value, str) else None
    return Problem(at, f"{name} must be one of {listed}.", hint, "enum")


def _text_problems(value: str, rule: Rule, at: str, name: str) -> Iterator[Problem]:
    if len(value) < rule.get("minLength", 0):
        yield Problem(at, f"{name} must not be empty.", None, "too_short")
    if len(value) > rule.get("maxLength", len(value)):
        yield Problem(at, f"{name} must be at most {rule['maxLength']} characters long.", "Shorten it.", "too_long")
    elif "pattern" in rule and not _pattern(rule["pattern"]).search(value):
        yield Problem(at, f"{name} must be {rule['description']}.", None, "pattern")


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> Pattern:
    return compile_pattern(pattern)


def _number_problems(value: float, rule: Rule, at: str, name: str) -> Iterator[Problem]:
    if value < rule.get("minimum", value):
        yield Problem(at, f"{name} must be {rule['minimum']} or more.", None, "range")
    if value > rule.get("maximum", value):
        yield Problem(at, f"{name} must be {rule['maximum']} or less.", None, "range")
    if "exclusiveMinimum" in rule and value <= rule["exclusiveMinimum"]:
        yield Problem(at, f"{name} must be more than {rule['exclusiveMinimum']}.", None, "range")


def _list_problems(value: list[Any], rule: Rule, at: str, name: str) -> Iterator[Problem]:
    if len(value) < rule.get("minItems", 0):
        yield Problem(at, f"{name} must have at least {_entries(rule['minItems'])}.", None, "too_few")
    if len(value) > rule.get("maxItems", len(value)):
        yield Problem(at, f"{name} must have at most {_entries(rule['maxItems'])}.", None, "too_many")
    seen: dict[object, int] = {}
    for number, entry in enumerate(value):
        here = at + pointer(number)
        if "items" in rule:
            yield from shape_problems(entry, rule["items"], here, f"Entry {number + 1} of {_inside(name)}")
        first = seen.setdefault(canonical(entry), number)
        if rule.get("uniqueItems") and first != number:
            shown = f"`{entry}`" if isinstance(entry, str) else "This entry"
            yield Problem(here, f"{shown} stands twice in {_inside(name)}.", "Take one of them out.", "duplicate")


def _object_problems(value: dict[str, Any], rule: Rule, at: str, name: str) -> Iterator[Problem]:
    known: Mapping[str, Rule] = rule.get("properties", {})
    for key in rule.get("required", ()):
        if key not in value:
            yield _missing(key, known.get(key, {}), value, at, name)
    if len(value) < rule.get("minProperties", 0):
        yield Problem(at, f"{name} must have at least {_entries(rule['minProperties'])}.", None, "too_few")
    if len(value) > rule.get("maxProperties", len(value)):
        yield Problem(at, f"{name} must have at most {_entries(rule['maxProperties'])}.", None, "too_many")
    others = rule.get("additionalProperties", True)
    for key, part in value.items():
        here = at + pointer(key)
        inner = known.get(key) or _by_pattern(key, rule) or others
        if inner is False:
            yield _unknown(key, known, value, here)
            continue
        if key not in known and "propertyNames" in rule:
            yield from shape_problems(key, rule["propertyNames"], here, f"The key `{key[:100]}`")
        if isinstance(inner, Mapping):
            yield from shape_problems(part, inner, here, f"`{key[:100]}`")


def _by_pattern(key: str, rule: Rule) -> Rule | None:
    """The rule of a key that the schema knows by its form only: a field's name in a layout."""
    patterns: Mapping[str, Rule] = rule.get("patternProperties", {})
    return next((inner for pattern, inner in patterns.items() if _pattern(pattern).search(key)), None)


def _missing(key: str, rule: Rule, value: Mapping[str, Any], at: str, name: str) -> Problem:
    misspelt = [other for other in value if other.casefold() == key]
    detail = f"{name} needs `{key}`."
    if misspelt:
        return Problem(at, detail, f"Rename `{misspelt[0]}`.", "required")
    described = rule.get("description") or _resolved(rule).get("description", "")
    return Problem(at, detail, f"Add `{key}`: {described}" if described else None, "required")


def _unknown(key: str, known: Mapping[str, Rule], value: Mapping[str, Any], at: str) -> Problem:
    free = [name for name in known if name not in value]
    listed = ", ".join(f"`{name}`" for name in known)
    hint = did_you_mean(key, free) or f"Take it out; known here are {listed}."
    return Problem(at, f"There is no key `{key[:100]}` here.", hint, "unknown_key")


def _entries(count: int) -> str:
    return "one entry" if count == 1 else f"{count} entries"


def _inside(name: str) -> str:
    return name[0].lower() + name[1:] if name.startswith(("Entry", "The")) else name
