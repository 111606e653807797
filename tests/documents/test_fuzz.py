"""Whatever is sent: the check answers with problems, never with an exception, and each points into the document."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketflower.documents import check, normalise, read, write_yaml
from ticketflower.engine.definition import compile_workflow
from ticketflower.problems import Problem, pointer

from .building import TRIP

EXAMPLES = [
    read(path.read_bytes()).document for path in sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
]
VALID = [TRIP, *EXAMPLES]
WORDS = [
    *(
        "workflow",
        "title",
        "fields_schema",
        "properties",
        "tickets",
        "tasks",
        "completions",
        "fields",
        "task_type",
        "FORM",
    ),
    *(
        "input_fields",
        "output_fields",
        "condition",
        "cancel_when",
        "var",
        "==",
        "and",
        "!",
        "a",
        "approved",
        "string",
        "type",
    ),
    *(
        "assignment",
        "field",
        "edit_layout",
        "ui:order",
        "ui:visible_when",
        "required_when",
        "enum",
        "const",
        "oneOf",
        "items",
    ),
    *("_", "__proto__", "wait_for", "all", "SYNC_ACTION", "input_transform", "mappings", "source", "target", "default"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), part, max_size=5)
    ),
    max_leaves=25,
)


def parts(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a document."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for step, part in steps for path in parts(part, (*at, step)))]


def at_path(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


@st.composite
def mutations(draw: st.DrawFn) -> Any:
    """A valid document with up to three parts replaced, taken out, renamed or copied to another place."""
    document = copy.deepcopy(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([path for path in parts(document) if path]))
        parent = at_path(document, tuple(path))
        match draw(st.sampled_from(["replace", "remove", "rename", "copy"])):
            case "replace":
                parent[last] = draw(JSON)
            case "remove":
                del parent[last]
            case "rename" if isinstance(parent, dict):
                parent[draw(st.sampled_from(WORDS) | st.text(max_size=5))] = parent.pop(last)
            case _:
                parent[last] = copy.deepcopy(at_path(document, draw(st.sampled_from(parts(document)))))
        if not isinstance(document, dict) or len(parts(document)) < 2:
            break
    return document


def points_into(document: Any, problem: Problem) -> bool:
    return problem.pointer in {pointer(*path) for path in parts(document)}


@given(JSON)
def test_any_json_value_is_answered(value: Any) -> None:
    report = check(value, company_roles=["a"], ticket_types_elsewhere={"a": "b"}, key="x")
    assert report.errors
    assert all(points_into(value, problem) for problem in report.errors)


@given(mutations())
@settings(max_examples=300, deadline=None)
def test_any_change_to_a_valid_document_is_answered_and_what_passes_can_be_run_and_exported(document: Any) -> None:
    report = check(document)
    for problem in (*report.errors, *report.warnings):
        assert points_into(document, problem), problem
        assert problem.detail.endswith("."), problem
        assert problem.code != "broken_rule", problem
        problem.detail.encode()
    if not report.errors:
        compile_workflow(document)
        stored = normalise(document)
        assert read(write_yaml(stored), "application/yaml").document == stored
        assert read(json.dumps(stored), "application/json").document == stored
        assert check(stored) == report
