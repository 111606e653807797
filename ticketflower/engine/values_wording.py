"""How a broken rule is said: one sentence made from a field's title, the same on the page and in the API.

Pure. ux.md, Standards: "Enter ...", "Select ...", "X must be ...". Titles are often questions, so a sentence never runs
into one: ``Enter an answer to "For whom?"``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ticketflower.engine.values_formats import FORMAT_WORDS

_LISTED = 10
_SHOWN_CHARACTERS = 80

Path = Sequence[str | int]


def title_of(schema: Mapping[str, Any], key: str) -> str:
    """The field's title, else its key in words: ``po_number`` is ``Po number``."""
    title = schema.get("title")
    if isinstance(title, str) and title.strip():
        return title.strip()
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or key


def is_choice(schema: Mapping[str, Any]) -> bool:
    """Whether the answer is picked and not typed, so that its sentence begins with "Select"."""
    items = schema.get("items")
    return (
        schema.get("type") == "boolean"
        or any(keyword in schema for keyword in ("enum", "oneOf", "const"))
        or schema.get("format") in ("file", "user")
        or (isinstance(items, Mapping) and ("enum" in items or "oneOf" in items))
    )


def ask(schema: Mapping[str, Any], title: str, where: str = "") -> str:
    """What to do about an answer that is missing."""
    if schema.get("type") == "boolean":
        return f'Select yes or no for "{title}"{where}'
    verb = "Select" if is_choice(schema) else "Enter"
    if title.endswith("?"):
        return f'{verb} an answer to "{title}"{where}'
    return f"{verb} {_mid_sentence(title)}{where}"


def subject(title: str, where: str = "") -> str:
    """The start of a sentence about an answer."""
    return f'Your answer to "{title}"{where}' if title.endswith("?") else f"{title}{where}"


def _mid_sentence(title: str) -> str:
    """``Amount in EUR`` goes on as ``amount in EUR``; ``PO number`` and ``I agree`` stay as they are."""
    return title[0].lower() + title[1:] if title[:1].isupper() and title[1:2].islower() else title


def locate(schema: Mapping[str, Any], key: str, path: Path) -> tuple[Mapping[str, Any], str, str]:
    """The schema, the title and the place in words (`` in row 2 of Items``) of a value inside a field's value."""
    node, title, where = schema, title_of(schema, key), ""
    for step in path:
        if isinstance(step, int):
            node = _below(node, "items")
            if isinstance(node.get("properties"), Mapping):
                where = f" in row {step + 1} of {title}"
                title = f"Row {step + 1} of {title}"
            else:
                title = f"Entry {step + 1} of {title}"
        else:
            node = _below(_below(node, "properties"), step)
            title = title_of(node, step)
    ends_on_a_row = bool(path) and isinstance(path[-1], int)
    return node, title, "" if ends_on_a_row else where


def _below(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = node.get(key)
    return found if isinstance(found, Mapping) else {}


def number_words(number: float) -> str:
    """A number as people read it: ``1250.5``, ``12,500``; up to four digits stand together, as years do."""
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, point, fraction = text.partition(".")
    if len(whole.lstrip("-")) > 4:
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        whole = sign + f"{int(digits):,}"
    return whole + point + fraction


def constant_words(value: object) -> str:
    """A constant of a schema as it is written in JSON, cut short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def _one_of(values: Sequence[object]) -> str:
    listed = ", ".join(constant_words(value) for value in values[:_LISTED])
    more = len(values) - _LISTED
    return f"must be one of {listed}" + (f" and {more} more" if more > 0 else "")


def _multiple(step: Any, _schema: Mapping[str, Any]) -> str:
    exact = Decimal(repr(step)) if isinstance(step, float) else Decimal(step)
    if exact == 1:
        return "must be a whole number"
    places = -exact.adjusted()
    if exact == Decimal(1).scaleb(-places) and places > 0:
        return f"must have at most {places} decimal place{'s' if places > 1 else ''}"
    return f"must be a multiple of {number_words(step)}"


_TYPE_WORDS = {
    "string": "text",
    "number": "a number, like 1250.50",
    "integer": "a whole number, like 12",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of values (a JSON object)",
    "null": "empty",
}


def _type(types: Any, _schema: Mapping[str, Any]) -> str:
    return "must be " + " or ".join(_TYPE_WORDS[name] for name in types)


def _pattern(pattern: Any, schema: Mapping[str, Any]) -> str:
    examples = [text for text in schema.get("examples") or () if isinstance(text, str)]
    if examples:
        return f"must look like {examples[0][:_SHOWN_CHARACTERS]}"
    return f"must match the pattern {pattern[:_SHOWN_CHARACTERS]}"


_RULES: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "type": _type,
    "enum": lambda values, _: _one_of(values),
    "oneOf": lambda values, _: _one_of(values),
    "const": lambda value, _: f"must be {constant_words(value)}",
    "minLength": lambda n, _: f"must be {n} characters or more" if n != 1 else "must not be empty",
    "maxLength": lambda n, _: f"must be {n} characters or fewer" if n != 1 else "must be one character at most",
    "pattern": _pattern,
    "format": lambda name, _: FORMAT_WORDS[name],
    "minimum": lambda n, _: f"must be {number_words(n)} or more",
    "exclusiveMinimum": lambda n, _: f"must be more than {number_words(n)}",
    "maximum": lambda n, _: f"must be {number_words(n)} or less",
    "exclusiveMaximum": lambda n, _: f"must be less than {number_words(n)}",
    "multipleOf": _multiple,
    "minItems": lambda n, _: f"must have {n} or more entries" if n != 1 else "must have at least one entry",
    "maxItems": lambda n, _: f"must have {n} or fewer entries",
    "uniqueItems": lambda _v, _s: "must not have the same entry twice",
    "minProperties": lambda n, _: f"must have {n} or more values",
    "maxProperties": lambda n, _: f"must have {n} or fewer values",
}


def rule(keyword: str, setting: object, schema: Mapping[str, Any]) -> str:
    """What an answer must be by one keyword of its schema, to follow its :func:`subject`."""
    return _RULES[keyword](setting, schema)
