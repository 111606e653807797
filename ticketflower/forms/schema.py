"""A form as JSON Schema 2020-12, as the API serves it (api.md: GET /ticket-types, GET /tasks/{id}). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema_for(
    schemas: Mapping[str, Mapping[str, Any]], fields: Sequence[str], optional: Collection[str]
) -> dict[str, Any]:
    """What may be given for a form, as an object's schema: what it takes, ``check_data`` takes too.

    Args:
        schemas: each field's schema.
        fields: the fields that may be given.
        optional: those of them that may be left out or given as null.
    """
    return {
        "$schema": _DIALECT,
        "type": "object",
        "properties": {
            name: _nullable(schemas[name]) if name in optional else _answered(schemas[name]) for name in fields
        },
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def _nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema, or null; what describes the field stays outside, where readers look for it."""
    told = {word: schema[word] for word in ("title", "description", "default", "examples") if word in schema}
    rules = {word: setting for word, setting in schema.items() if word not in told}
    return {**told, "anyOf": [rules, {"type": "null"}]} if rules else dict(schema)


def _answered(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a required field: text must hold something beside spaces (engine.md), null is no answer."""
    if "type" not in schema or (isinstance(schema["type"], list) and "string" in schema["type"]):
        return {**schema, "not": {"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^\s*$"}]}}
    if schema["type"] != "string" or "enum" in schema or "const" in schema:
        return dict(schema)
    if "pattern" in schema:
        return {**schema, "allOf": [{"pattern": r"\S"}]}
    return {**schema, "minLength": max(1, schema.get("minLength", 1)), "pattern": r"\S"}
