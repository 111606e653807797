"""One field's schema: the allow-list, keyword by keyword."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketflower.documents import field_schema_problems
from ticketflower.documents.keywords import all_keywords
from ticketflower.engine.values import ALLOWED_KEYWORDS, compile_schema

from .building import places

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string", "title": "T", "description": "D", "default": "x", "examples": ["y"]},
        {"type": "string", "minLength": 1, "maxLength": 1, "pattern": "^[a-z]+$"},
        *[{"type": "string", "format": name} for name in ("textarea", "email", "uri", "date", "date-time", "time")],
        *[{"type": "string", "format": name} for name in ("file", "user")],
        {
            "type": "number",
            "minimum": 0,
            "maximum": 9.5,
            "exclusiveMinimum": -1,
            "exclusiveMaximum": 10,
            "multipleOf": 0.5,
        },
        {"type": "integer", "minimum": 0, "default": 0},
        {"type": "boolean", "default": False},
        {"enum": ["a", 1, True]},
        {"type": "string", "enum": ["a", "b"], "default": "a"},
        {"oneOf": [{"const": "a", "title": "A", "description": "?"}, {"const": "b"}]},
        {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3, "uniqueItems": True},
        {"type": "array", "items": {"enum": ["a", "b"]}},
        {"type": "object", "properties": {"a": TEXT, "b": {"type": "object"}}, "required": ["a"]},
        {"type": "object", "additionalProperties": False, "minProperties": 0, "maxProperties": 2},
        {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "dependentRequired": {"a": ["b"]}},
        {"type": ["string", "null"], "maxLength": 3},
    ],
)
def test_what_a_field_may_be(schema: dict[str, Any]) -> None:
    assert field_schema_problems(schema) == []
    compile_schema(schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (None, [("", "no_schema")]),
        (True, [("", "no_schema")]),
        ("string", [("", "no_schema")]),
        *[({word: {}}, [(f"/{word}", "unknown_keyword")]) for word in ("$ref", "$defs", "allOf", "anyOf", "not", "if")],
        *[({"type": "object", word: {}}, [(f"/{word}", "unknown_keyword")]) for word in ("patternProperties", "$id")],
        ({"type": "array", "contains": {}}, [("/contains", "unknown_keyword")]),
        ({"type": "string", "x-note": 1}, [("/x-note", "unknown_keyword")]),
        ({"type": "text"}, [("/type", "enum")]),
        ({"type": []}, [("/type", "too_few")]),
        ({"type": 3}, [("/type", "type")]),
        ({"type": ["string", "text"]}, [("/type/1", "enum")]),
        ({"type": "string", "minimum": 1}, [("/minimum", "foreign_keyword")]),
        ({"type": "number", "format": "date"}, [("/format", "foreign_keyword")]),
        ({"type": "boolean", "items": {}}, [("/items", "foreign_keyword")]),
        ({"maxLength": 3}, [("/maxLength", "foreign_keyword")]),
        ({"type": "string", "maxLength": -1}, [("/maxLength", "range")]),
        ({"type": "string", "maxLength": 1.5}, [("/maxLength", "type")]),
        ({"type": "string", "maxLength": True}, [("/maxLength", "type")]),
        ({"type": "string", "format": "ipv4"}, [("/format", "enum")]),
        ({"type": "string", "pattern": "(?=a)"}, [("/pattern", "bad_pattern")]),
        ({"type": "string", "pattern": "(a)\\1"}, [("/pattern", "bad_pattern")]),
        ({"type": "string", "pattern": "("}, [("/pattern", "bad_pattern")]),
        ({"type": "string", "pattern": "a" * 1001}, [("/pattern", "too_long")]),
        ({"type": "string", "minLength": 3, "maxLength": 2}, [("/minLength", "empty_range")]),
        ({"type": "number", "minimum": 3, "maximum": 2}, [("/minimum", "empty_range")]),
        ({"type": "number", "multipleOf": 0}, [("/multipleOf", "range")]),
        ({"type": "number", "minimum": "1"}, [("/minimum", "type")]),
        ({"enum": []}, [("/enum", "too_few")]),
        ({"enum": "a"}, [("/enum", "type")]),
        ({"enum": ["a", "a"]}, [("/enum/1", "duplicate")]),
        ({"enum": ["a", None]}, [("/enum/1", "type")]),
        ({"enum": [1, 1.0]}, [("/enum/1", "duplicate")]),
        ({"enum": ["x"] * 0 + [str(n) for n in range(501)]}, [("/enum", "too_many")]),
        ({"type": "string", "enum": ["a", 1]}, [("/enum/1", "type")]),
        ({"oneOf": [{"title": "A"}]}, [("/oneOf/0", "required")]),
        ({"oneOf": [{"const": 1, "type": "integer"}]}, [("/oneOf/0/type", "unknown_key")]),
        ({"oneOf": [{"const": "a"}, {"const": "a", "title": "B"}]}, [("/oneOf/1/const", "duplicate")]),
        ({"enum": ["a"], "oneOf": [{"const": "a"}]}, [("/enum", "two_choices"), ("/oneOf/0/const", "duplicate")]),
        ({"type": "string", "default": 3}, [("/default", "bad_default")]),
        ({"type": "number", "minimum": 1, "default": 0}, [("/default", "bad_default")]),
        ({"enum": ["a"], "default": "b"}, [("/default", "bad_default")]),
        ({"type": "string", "format": "date", "default": "2026-02-30"}, [("/default", "bad_default")]),
        ({"type": "string", "title": 3}, [("/title", "type")]),
        ({"type": "array", "items": {"type": "strin"}}, [("/items/type", "enum")]),
        ({"type": "array", "items": True}, [("/items", "no_schema")]),
        ({"type": "array", "items": {"$ref": "file:///etc/passwd"}}, [("/items/$ref", "unknown_keyword")]),
        ({"type": "object", "properties": {"a b": {}}}, [("/properties/a b", "pattern")]),
        ({"type": "object", "properties": {"a": {}, "A": {}}}, [("/properties/A", "case_collision")]),
        ({"type": "object", "properties": {"a": 3}}, [("/properties/a", "no_schema")]),
        ({"type": "object", "properties": {"a": {}}, "required": ["b"]}, [("/required/0", "unknown_field")]),
        (
            {"type": "object", "additionalProperties": {"allOf": []}},
            [("/additionalProperties/allOf", "unknown_keyword")],
        ),
    ],
)
def test_what_a_field_may_not_be(schema: object, expected: list[tuple[str, str]]) -> None:
    assert places(field_schema_problems(schema)) == expected


def test_the_pointer_begins_where_the_schema_stands() -> None:
    assert field_schema_problems({"type": "x"}, "/a/b")[0].pointer == "/a/b/type"


def test_the_table_of_keywords_is_that_of_the_values_check() -> None:
    assert set(all_keywords()) == ALLOWED_KEYWORDS


SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["string", "a", "(", "date", "array"]),
    lambda part: (
        st.lists(part, max_size=2) | st.dictionaries(st.sampled_from(["a", "const", "type", "items"]), part, max_size=2)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*ALLOWED_KEYWORDS, "$ref"]), SETTINGS, max_size=4))
def test_what_passes_can_be_compiled_and_nothing_raises(schema: dict[str, Any]) -> None:
    if not field_schema_problems(schema):
        compile_schema(schema)
