"""The document's own JSON Schema, as it is served, and the check that reads the same table."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ticketflower.documents import WORKFLOW_SCHEMA, check, read
from ticketflower.forms import WIDGETS, WORDS

from .building import TRIP, trip
from .test_check_errors import ACTIONS, LAYOUTS, SHAPE

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
VALIDATOR = Draft202012Validator(WORKFLOW_SCHEMA)
OF_THE_SHAPE = {
    "required",
    "unknown_key",
    "type",
    "enum",
    "pattern",
    "too_long",
    "too_short",
    "too_few",
    "too_many",
    "range",
}


def keys(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of the document that the schema knows, with what the schema says of it."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from keys(part, f"{path}/{number}")
    if not isinstance(schema, dict):
        return
    for name, part in schema.get("properties", {}).items():
        yield f"{path}/{name}", part
    for word, part in schema.items():
        if word in ("properties", "$defs", "patternProperties"):
            for name, inner in part.items():
                yield from keys(inner, f"{path}/{name}")
        elif word in ("items", "additionalProperties", "anyOf", "propertyNames"):
            yield from keys(part, f"{path}/{word}")


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(WORKFLOW_SCHEMA)


def test_every_key_has_a_title_and_a_description() -> None:
    found = dict(keys(WORKFLOW_SCHEMA))
    assert len(found) > 100
    missing = [path for path, part in found.items() if not part.get("title") or not part.get("description")]
    assert missing == []


def test_every_part_has_a_title_and_a_description() -> None:
    parts = {**WORKFLOW_SCHEMA["$defs"], "workflow": WORKFLOW_SCHEMA}
    for kind in ("tickets", "tasks", "completions"):
        parts[kind] = WORKFLOW_SCHEMA["properties"][kind]["additionalProperties"]
        assert parts[kind]["examples"]
    assert [name for name, part in parts.items() if not part.get("title") or not part.get("description")] == []


def test_its_own_example_is_a_document_without_errors_or_warnings() -> None:
    for example in WORKFLOW_SCHEMA["examples"]:
        report = check(example)
        assert (report.errors, report.warnings) == ((), ())


def test_each_example_in_it_fits_its_own_part() -> None:
    for name, part in WORKFLOW_SCHEMA["$defs"].items():
        for example in part.get("examples", ()):
            resolved = {"$ref": f"#/$defs/{name}", "$defs": WORKFLOW_SCHEMA["$defs"]}
            assert list(Draft202012Validator(resolved).iter_errors(example)) == [], name


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_satisfy_it(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(read(path.read_bytes()).document)) == []


@pytest.mark.parametrize("changes", [changes for changes, _ in [*SHAPE, *LAYOUTS, *ACTIONS]])
def test_it_refuses_what_the_check_finds_in_the_shape_and_nothing_more(changes: dict[str, Any]) -> None:
    document = trip(**changes)
    of_the_shape = [
        problem
        for problem in check(document).errors
        if problem.code in OF_THE_SHAPE
        # needs the task's type, or bytes instead of characters: beyond the schema
        and "needs `action_url`" not in problem.detail
        and "4 KB" not in problem.detail
    ]
    assert bool(list(VALIDATOR.iter_errors(document))) == bool(of_the_shape), of_the_shape


def test_a_layout_has_the_words_and_widgets_of_the_forms() -> None:
    layout = WORKFLOW_SCHEMA["$defs"]["layout"]["properties"]
    assert set(layout) == WORDS
    assert set(layout["ui:widget"]["enum"]) == WIDGETS


def test_checking_changes_neither_the_schema_nor_the_document() -> None:
    before = copy.deepcopy((WORKFLOW_SCHEMA, TRIP))
    check(TRIP)
    assert before == (WORKFLOW_SCHEMA, TRIP)
