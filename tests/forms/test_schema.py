"""The form's JSON Schema, as the API serves it (api.md): what it takes, the product takes."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ticketflower.engine.values import check_data
from ticketflower.forms import json_schema_for

SCHEMAS: dict[str, Any] = {
    "item": {"type": "string", "title": "What do you need?", "maxLength": 5},
    "code": {"type": "string", "pattern": "^ *[a-z]*$", "minLength": 2},
    "amount": {"type": "number", "minimum": 0, "default": 1},
    "verdict": {"oneOf": [{"const": "redo", "title": "Once more"}]},
    "any": {},
    "several": {"type": ["string", "number"]},
}


def test_it_is_an_object_with_the_forms_fields_and_no_others() -> None:
    schema = json_schema_for(SCHEMAS, ["item", "amount"], ["amount"])
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["type"], schema["required"], schema["additionalProperties"]) == ("object", ["item"], False)
    assert list(schema["properties"]) == ["item", "amount"]


def test_an_optional_field_may_be_null_and_keeps_its_words_where_readers_look() -> None:
    schema = json_schema_for(SCHEMAS, ["amount"], ["amount"])["properties"]["amount"]
    assert schema == {"default": 1, "anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}


@pytest.mark.parametrize("field", list(SCHEMAS))
@pytest.mark.parametrize("optional", [True, False])
@pytest.mark.parametrize(
    "value",
    [None, "", " ", "   ", "\t\n", "ab", "abcdef", "redo", 0, -1, 1.5, True, [], {}, ["x"]],
    ids=repr,
)
def test_it_takes_what_the_product_takes(field: str, optional: bool, value: object) -> None:
    schema = json_schema_for(SCHEMAS, [field], [field] if optional else [])
    takes = Draft202012Validator(schema).is_valid({field: value})
    assert takes is (check_data(SCHEMAS, [field], [field] if optional else [], {field: value}) == [])


def test_it_does_not_change_the_definition() -> None:
    before = repr(SCHEMAS)
    json_schema_for(SCHEMAS, list(SCHEMAS), ["item"])
    assert repr(SCHEMAS) == before
