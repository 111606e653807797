"""The keywords that a field's schema may hold, by its type; what each must be, and what it means.

One table serves the check of a field's schema and the JSON Schema of the document (document.md, Forms).
"""

from __future__ import annotations

from typing import Any, Final

from ticketflower.engine.values_formats import FORMATS

ANY_TYPE: Final = "any"
FIELD_TYPES: Final = ("string", "number", "integer", "boolean", "array", "object")
PATTERN_LENGTH: Final = 1000
CHOICES: Final = 500
"""The most constants that one field may offer."""

FIELD: Final = {"$ref": "#/$defs/field"}


def _described(title: str, description: str, **rules: Any) -> dict[str, Any]:
    return {"title": title, "description": description, **rules}


def _count(title: str, description: str) -> dict[str, Any]:
    return _described(title, description, type="integer", minimum=0)


def _number(title: str, description: str) -> dict[str, Any]:
    return _described(title, description, type="number")


_NAMES: Final = {"type": "array", "uniqueItems": True, "items": {"type": "string"}}

ONE_CONSTANT: Final = _described(
    "Choice",
    "One answer and what it is called.",
    type="object",
    required=["const"],
    additionalProperties=False,
    properties={
        "const": _described(
            "Value", "The value that is stored: a text, a number, true or false.", type=["string", "number", "boolean"]
        ),
        "title": _described("Title", "What the person sees.", type="string", maxLength=255),
        "description": _described("Description", "More words beside the choice.", type="string"),
    },
)

KEYWORDS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    ANY_TYPE: {
        "type": _described(
            "Type",
            "What kind of value it is, or a list of kinds.",
            anyOf=[
                {"type": "string", "enum": list(FIELD_TYPES)},
                {
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {"type": "string", "enum": [*FIELD_TYPES, "null"]},
                },
            ],
        ),
        "title": _described("Title", 'The field\'s label, for example "Amount in EUR".', type="string", maxLength=255),
        "description": _described("Description", "A hint that stands beside the field.", type="string"),
        "default": _described("Default", "What an empty form shows at first. It must satisfy the schema."),
        "examples": _described("Examples", "Values that show what is meant.", type="array"),
        "enum": _described(
            "Enumeration",
            "The values to choose from, when they need no other titles.",
            type="array",
            minItems=1,
            maxItems=CHOICES,
            uniqueItems=True,
            items={"type": ["string", "number", "boolean"]},
        ),
        "oneOf": _described(
            "Choices",
            "The values to choose from, each with a title.",
            type="array",
            minItems=1,
            maxItems=CHOICES,
            items=ONE_CONSTANT,
        ),
        "const": _described("Constant", "The only value that is taken."),
    },
    "string": {
        "minLength": _count("Shortest length", "The fewest characters."),
        "maxLength": _count("Longest length", "The most characters. Above 200 the form shows a text area."),
        "pattern": _described(
            "Pattern",
            "A regular expression (RE2: no look-around, no back-references) that the text must match somewhere; "
            "anchor it with ^ and $ to match the whole.",
            type="string",
            maxLength=PATTERN_LENGTH,
        ),
        "format": _described(
            "Format",
            "What kind of text it is. `textarea` is long text, `file` an upload, `user` a person of the company.",
            type="string",
            enum=sorted({*FORMATS, "textarea"}),
        ),
    },
    "number": {
        "minimum": _number("Minimum", "The smallest number."),
        "maximum": _number("Maximum", "The largest number."),
        "exclusiveMinimum": _number("Exclusive minimum", "The number must be greater than this."),
        "exclusiveMaximum": _number("Exclusive maximum", "The number must be less than this."),
        "multipleOf": _described("Step", "The number must be a multiple of this.", type="number", exclusiveMinimum=0),
    },
    "boolean": {},
    "array": {
        "items": {**FIELD, **_described("Entries", "The schema of each entry.")},
        "minItems": _count("Fewest entries", "The fewest entries."),
        "maxItems": _count("Most entries", "The most entries."),
        "uniqueItems": _described("Unique", "true: no entry may be given twice.", type="boolean"),
    },
    "object": {
        "properties": _described(
            "Parts",
            "The parts of the group, each with a schema.",
            type="object",
            propertyNames={"$ref": "#/$defs/name"},
            additionalProperties=FIELD,
        ),
        "required": _described("Required parts", "The parts that must be filled in.", **_NAMES),
        "additionalProperties": _described(
            "Other parts", "false: no other parts are taken.", anyOf=[{"type": "boolean"}, FIELD]
        ),
        "minProperties": _count("Fewest parts", "The fewest parts that must be given."),
        "maxProperties": _count("Most parts", "The most parts that may be given."),
        "dependentRequired": _described(
            "Depending parts",
            "For a part: the parts that must be given as soon as it is.",
            type="object",
            additionalProperties=_NAMES,
        ),
    },
}
KEYWORDS["integer"] = KEYWORDS["number"]

RANGES: Final = (
    ("minLength", "maxLength"),
    ("minimum", "maximum"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
"""Keywords of which the first may not be larger than the second."""


def all_keywords() -> dict[str, dict[str, Any]]:
    """Every keyword of a field's schema with its own schema, in the order of the table."""
    return {name: rule for group in KEYWORDS.values() for name, rule in group.items()}


def types_with(keyword: str) -> list[str]:
    """The types that have a keyword; empty for those that every type has."""
    return [kind for kind in FIELD_TYPES if keyword in KEYWORDS[kind]]
