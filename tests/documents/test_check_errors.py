"""Every error that a document can have: one change to a valid document, and the places and codes that it gives."""

from __future__ import annotations

from typing import Any

import pytest

from ticketflower.documents import check, read
from ticketflower.problems import Problem

from .building import GONE, TRIP, flow, places, trip

T = "tasks/decide"
FIELD = "fields_schema/properties"


def found(document: object, **options: Any) -> list[tuple[str, str]]:
    return places(check(document, **options).errors)


def test_the_document_that_the_others_are_made_from_has_neither_errors_nor_warnings() -> None:
    report = check(TRIP)
    assert report.errors == ()
    assert report.warnings == ()


SHAPE: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    # required keys
    ({"workflow": GONE}, [("", "required")]),
    ({"title": GONE}, [("", "required")]),
    ({"fields_schema/properties": GONE, "tickets": GONE}, [("", "required"), ("/fields_schema", "required")]),
    ({"tickets/trip/title": GONE}, [("/tickets/trip", "required")]),
    ({"tickets/trip/fields": GONE}, [("/tickets/trip", "required")]),
    ({f"{T}/title": GONE}, [("/tasks/decide", "required")]),
    ({f"{T}/task_type": GONE}, [("/tasks/decide", "required")]),
    ({f"{T}/input_fields": GONE}, [("/tasks/decide", "required")]),
    ({"completions/booked/title": GONE}, [("/completions/booked", "required")]),
    ({"completions/booked/completion_status": GONE}, [("/completions/booked", "required")]),
    ({"completions/booked/fields": GONE}, [("/completions/booked", "required")]),
    ({"tasks/book/action_url": GONE}, [("/tasks/book", "required")]),
    # nothing to submit, nothing that ends it
    ({"tickets": {}}, [("/tickets", "too_few")]),
    ({"completions": {}}, [("/completions", "too_few")]),
    # unknown keys
    ({"titel": "x"}, [("/titel", "unknown_key")]),
    ({"fields_schema/required": ["place"]}, [("/fields_schema/required", "unknown_key")]),
    ({"tickets/trip/output_fields": []}, [("/tickets/trip/output_fields", "unknown_key")]),
    ({f"{T}/on_retriger": "queue"}, [("/tasks/decide/on_retriger", "unknown_key")]),
    ({"completions/booked/cancel_when": None}, [("/completions/booked/cancel_when", "unknown_key")]),
    ({"ext_ref/0/Label": "x"}, [("/ext_ref/0/Label", "unknown_key")]),
    # types
    ({"title": 3}, [("/title", "type")]),
    ({"tasks": []}, [("/tasks", "type")]),
    ({f"{T}/input_fields": "place"}, [("/tasks/decide/input_fields", "type")]),
    ({f"{T}/optional_fields": None, f"{T}/required_when": {}}, [("/tasks/decide/optional_fields", "type")]),
    ({f"{T}/context_fields/0": 7}, [("/tasks/decide/context_fields/0", "type")]),
    ({f"{T}/on_demand": "yes"}, [("/tasks/decide/on_demand", "type")]),
    ({"completions/booked/when_idle": 1}, [("/completions/booked/when_idle", "type")]),
    ({"tickets/trip": []}, [("/tickets/trip", "type")]),
    ({"fields_schema/type": "array"}, [("/fields_schema/type", "enum")]),
    # words
    ({f"{T}/task_type": "form"}, [("/tasks/decide/task_type", "enum")]),
    ({f"{T}/wait_for": "each"}, [("/tasks/decide/wait_for", "enum")]),
    ({f"{T}/on_retrigger": "again"}, [("/tasks/decide/on_retrigger", "enum")]),
    ({"completions/booked/completion_status": "DONE"}, [("/completions/booked/completion_status", "enum")]),
    ({f"{T}/assignment": "leastloaded"}, [("/tasks/decide/assignment", "enum")]),
    ({f"{T}/assignment": 3}, [("/tasks/decide/assignment", "type")]),
    ({f"{T}/assignment": {}}, [("/tasks/decide/assignment", "required")]),
    ({f"{T}/assignment": {"field": "price"}}, [("/tasks/decide/assignment/field", "not_a_user_field")]),
    ({f"{T}/assignment": {"field": "bos"}}, [("/tasks/decide/assignment/field", "unknown_field")]),
    # keys and titles
    ({"workflow": "Business Trip"}, [("/workflow", "pattern")]),
    ({"workflow": "a" * 101}, [("/workflow", "too_long")]),
    ({"title": ""}, [("/title", "pattern")]),
    ({"title": " \t"}, [("/title", "pattern")]),
    ({f"{T}/title": "x" * 256}, [("/tasks/decide/title", "too_long")]),
    ({"tickets/Trip 2": {"title": "x", "fields": []}}, [("/tickets/Trip 2", "pattern")]),
    ({f"{FIELD}/a.b": {}}, [("/fields_schema/properties/a.b", "pattern")]),
    (
        {f"{FIELD}/_": {}},
        [("/fields_schema/properties/_", "pattern"), ("/fields_schema/properties/_", "reserved_name")],
    ),
    ({f"{FIELD}/constructor": {}}, [("/fields_schema/properties/constructor", "reserved_name")]),
    ({f"{FIELD}/{'a' * 101}": {}}, [(f"/fields_schema/properties/{'a' * 101}", "too_long")]),
    ({f"{FIELD}/Place": {}}, [("/fields_schema/properties/Place", "case_collision")]),
    ({"tasks/1st": {**TRIP["tasks"]["decide"]}}, [("/tasks/1st", "pattern")]),
    ({"tasks/DECIDE": {**TRIP["tasks"]["decide"]}}, [("/tasks/DECIDE", "case_collision")]),
    ({"completions/BOOKED": TRIP["completions"]["booked"]}, [("/completions/BOOKED", "case_collision")]),
    ({"completions/x~1y": TRIP["completions"]["booked"]}, [("/completions/x~1y", "pattern")]),
    # references
    ({"ext_ref/0/uri": "javascript:alert(1)"}, [("/ext_ref/0/uri", "pattern")]),
    ({"ext_ref/0/uri": "https://"}, [("/ext_ref/0/uri", "pattern")]),
    ({"ext_ref/0": {"uri": "https://example.com"}}, [("/ext_ref/0", "required")]),
    ({"ext_ref": {}}, [("/ext_ref", "type")]),
]

NAMES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"tickets/trip/fields/0": "plaec"}, [("/tickets/trip/fields/0", "unknown_field")]),
    (
        {"tickets/trip/optional_fields/0": "stop"},
        [
            ("/tickets/trip/edit_layout/stops/ui:visible_when", "not_optional"),
            ("/tickets/trip/optional_fields/0", "unknown_field"),
        ],
    ),
    ({f"{T}/input_fields/1": "prize"}, [("/tasks/decide/input_fields/1", "unknown_field")]),
    ({f"{T}/output_fields/0": "aproved"}, [("/tasks/decide/output_fields/0", "unknown_field")]),
    ({f"{T}/context_fields/0": "stop"}, [("/tasks/decide/context_fields/0", "unknown_field")]),
    ({f"{T}/clears": ["bookings"]}, [("/tasks/decide/clears/0", "unknown_field")]),
    ({"completions/booked/fields/0": "bookin"}, [("/completions/booked/fields/0", "unknown_field")]),
    ({f"{T}/required_when": {"raeson": {"always": True}}}, [("/tasks/decide/required_when/raeson", "unknown_field")]),
    (
        {f"{T}/required_when": {"approved": {"always": True}}},
        [("/tasks/decide/required_when/approved", "not_optional")],
    ),
    ({f"{T}/optional_fields": ["reason", "booking"]}, [("/tasks/decide/optional_fields/1", "not_listed")]),
    ({"tickets/trip/optional_fields": ["stops", "booking"]}, [("/tickets/trip/optional_fields/1", "not_listed")]),
    ({f"{T}/input_fields": ["place", "place"]}, [("/tasks/decide/input_fields/1", "duplicate")]),
    ({f"{T}/company_role_access": ["a", "b", "a"]}, [("/tasks/decide/company_role_access/2", "duplicate")]),
]

CONDITIONS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"tasks/book/condition": {"=": [1, 1]}}, [("/tasks/book/condition/=", "unknown_operator")]),
    (
        {"tasks/book/condition": {"==": [{"var": "aproved"}, True]}},
        [("/tasks/book/condition/==/0/var", "unknown_field")],
    ),
    ({"tasks/book/condition": True}, [("/tasks/book/condition", "not_a_condition")]),
    ({"tasks/book/cancel_when": {"method": ["x", "y"]}}, [("/tasks/book/cancel_when/method", "forbidden_operator")]),
    ({f"{T}/required_when": {"reason": None}}, [("/tasks/decide/required_when/reason", "not_a_condition")]),
    (
        {"completions/refused/condition": {"<": [{"var": "_.tasks.decid.started"}, 3]}},
        [("/completions/refused/condition/</0/var", "unknown_task")],
    ),
    (
        {"tickets/trip/edit_layout/stops/ui:visible_when": {"!!": [{"var": "pric"}]}},
        [("/tickets/trip/edit_layout/stops/ui:visible_when/!!/0/var", "unknown_field")],
    ),
]

LAYOUTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"tickets/trip/edit_layout": []}, [("/tickets/trip/edit_layout", "type")]),
    ({"tickets/trip/edit_layout/ui:oder": []}, [("/tickets/trip/edit_layout/ui:oder", "unknown_key")]),
    (
        {"tickets/trip/edit_layout/ui:order": ["plase", "*"]},
        [("/tickets/trip/edit_layout/ui:order/0", "unknown_field")],
    ),
    ({"tickets/trip/edit_layout/plase": {}}, [("/tickets/trip/edit_layout/plase", "unknown_field")]),
    ({"tickets/trip/edit_layout/place/ui:widget": "<script>"}, [("/tickets/trip/edit_layout/place/ui:widget", "enum")]),
    (
        {"tickets/trip/edit_layout/place/ui:options": {"rows": 0, "onclick": "x"}},
        [
            ("/tickets/trip/edit_layout/place/ui:options/onclick", "unknown_key"),
            ("/tickets/trip/edit_layout/place/ui:options/rows", "range"),
        ],
    ),
    (
        {"tickets/trip/edit_layout/place/ui:visible_when": {"always": True}},
        [("/tickets/trip/edit_layout/place/ui:visible_when", "not_optional")],
    ),
    (
        {"tickets/trip/edit_layout/ui:visible_when": {"always": True}},
        [("/tickets/trip/edit_layout/ui:visible_when", "not_optional")],
    ),
    (
        {"tickets/trip/edit_layout/stops/items/town/ui:visible_when": {"always": True}},
        [("/tickets/trip/edit_layout/stops/items/town/ui:visible_when", "not_optional")],
    ),
    (
        {"tickets/trip/edit_layout/stops/items/twon": {}},
        [("/tickets/trip/edit_layout/stops/items/twon", "unknown_field")],
    ),
    ({"tickets/trip/edit_layout/place/help": {}}, [("/tickets/trip/edit_layout/place/help", "unknown_field")]),
    ({"display_layout": {"ui:order": [1]}}, [("/display_layout/ui:order/0", "type")]),
]

ACTIONS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"tasks/book/action_url": "http://example.com/"}, [("/tasks/book/action_url", "pattern")]),
    ({"tasks/book/action_url": "https://user:pw@example.com/"}, [("/tasks/book/action_url", "pattern")]),
    ({"tasks/book/action_url": "https://example.com\\@evil.example"}, [("/tasks/book/action_url", "pattern")]),
    ({"tasks/book/action_url": None}, [("/tasks/book/action_url", "type")]),
    ({f"{T}/action_url": "https://example.com/"}, [("/tasks/decide/action_url", "not_for_task_type")]),
    ({f"{T}/timeout_seconds": 3}, [("/tasks/decide/timeout_seconds", "not_for_task_type")]),
    ({"tasks/book/timeout_seconds": 0}, [("/tasks/book/timeout_seconds", "range")]),
    ({"tasks/book/timeout_seconds": 10**9}, [("/tasks/book/timeout_seconds", "range")]),
    ({"tasks/book/input_transform/http_method": "BREW"}, [("/tasks/book/input_transform/http_method", "enum")]),
    (
        {"tasks/book/input_transform/headers": {"X-A": "a\r\nB: c"}},
        [("/tasks/book/input_transform/headers/X-A", "pattern")],
    ),
    ({"tasks/book/input_transform/headers": {"X A": "a"}}, [("/tasks/book/input_transform/headers/X A", "pattern")]),
    (
        {"tasks/book/input_transform/mappings/0": {"target": "body.a"}},
        [("/tasks/book/input_transform/mappings/0", "one_of")],
    ),
    (
        {"tasks/book/input_transform/mappings/0": {"source": "$.place", "static": 1, "target": "body.a"}},
        [("/tasks/book/input_transform/mappings/0", "one_of")],
    ),
    (
        {"tasks/book/input_transform/mappings/0/source": "$.plaec"},
        [("/tasks/book/input_transform/mappings/0/source", "unknown_field")],
    ),
    (
        {"tasks/book/input_transform/mappings/0/source": "place"},
        [("/tasks/book/input_transform/mappings/0/source", "pattern")],
    ),
    (
        {"tasks/book/input_transform/mappings/0/target": "cookies.a"},
        [("/tasks/book/input_transform/mappings/0/target", "pattern")],
    ),
    (
        {"tasks/book/output_transform/mappings/0/target": "bookin"},
        [("/tasks/book/output_transform/mappings/0/target", "not_listed")],
    ),
    (
        {"tasks/book/input_transform/expression": {"type": "python", "expression": ""}},
        [
            ("/tasks/book/input_transform/expression/expression", "too_short"),
            ("/tasks/book/input_transform/expression/type", "enum"),
        ],
    ),
    (
        {"tasks/book/input_transform/expression": {"type": "jsonata", "expression": "é" * 2049}},
        [("/tasks/book/input_transform/expression/expression", "too_long")],
    ),
    (
        {"tasks/book/output_transform/http_method": "GET"},
        [("/tasks/book/output_transform/http_method", "unknown_key")],
    ),
]

VALUES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"description": "a\x00b"}, [("/description", "bad_character")]),
    ({"description": "\ud800"}, [("/description", "bad_character")]),
    ({"tasks/book/timeout_seconds": float("nan")}, [("/tasks/book/timeout_seconds", "not_finite")]),
    ({f"{FIELD}/price/minimum": -(2**53)}, [(f"/{FIELD}/price/minimum", "number_too_large")]),
    ({f"{FIELD}/price/examples": [{"__proto__": 1}]}, [(f"/{FIELD}/price/examples/0/__proto__", "reserved_name")]),
    ({"description": "x" * 262_144}, [("", "too_large")]),
]


@pytest.mark.parametrize(("changes", "expected"), [*SHAPE, *NAMES, *CONDITIONS, *LAYOUTS, *ACTIONS, *VALUES])
def test_each_mistake_is_reported_once_at_its_place(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(trip(**changes)) == sorted(expected)


REACH: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    # a task whose input nobody writes
    (
        flow({"a": {"in": ["lost"], "out": ["done"]}}, {"end": ["start"]}),
        [("/tasks/a/input_fields", "unreachable_task")],
    ),
    # a task that only triggers itself
    (
        flow({"a": {"in": ["done"], "out": ["done"]}}, {"end": ["start"]}),
        [("/tasks/a/input_fields", "unreachable_task")],
    ),
    # two that only trigger one another, and the completion behind them
    (
        flow({"a": {"in": ["y"], "out": ["x"]}, "b": {"in": ["x"], "out": ["y"]}}, {"end": ["y"]}),
        [
            ("/completions", "no_way_to_end"),
            ("/tasks/a/input_fields", "unreachable_task"),
            ("/tasks/b/input_fields", "unreachable_task"),
        ],
    ),
    # a join one of whose inputs is never written
    (
        flow({"a": {"in": ["start", "lost"], "out": ["done"], "wait_for": "all"}}, {"end": ["start"]}),
        [("/tasks/a/input_fields", "unreachable_task")],
    ),
    # no input at all
    (flow({"a": {"in": [], "out": ["done"]}}, {"end": ["start"]}), [("/tasks/a/input_fields", "unreachable_task")]),
    # a condition that is false whatever the data
    (
        flow(
            {
                "a": {
                    "in": ["start"],
                    "out": ["done"],
                    "condition": {"and": [{"var": "start"}, {"!": {"var": "start"}}]},
                }
            },
            {"end": ["start"]},
        ),
        [("/tasks/a/condition", "unreachable_task")],
    ),
    # completions that nothing triggers
    (flow({"a": {"in": ["start"], "out": ["done"]}}, {"end": ["lost"]}), [("/completions", "no_way_to_end")]),
    (flow({}, {"end": []}), [("/completions", "no_way_to_end")]),
    # on demand, and idle, need no trigger
    (flow({"a": {"in": [], "out": ["done"], "on_demand": True}}, {"end": ["done"]}), []),
    (flow({}, {"end": {"fields": [], "when_idle": True}}), []),
]


@pytest.mark.parametrize(("document", "expected"), REACH)
def test_what_nothing_can_trigger_is_an_error(document: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(document) == expected


def test_a_typing_error_is_not_reported_a_second_time_as_a_task_that_nothing_triggers() -> None:
    document = trip(**{"tickets/trip/fields": ["plaec", "pricee", "boss", "stops"]})
    assert found(document) == [("/tickets/trip/fields/0", "unknown_field"), ("/tickets/trip/fields/1", "unknown_field")]


def test_a_name_that_is_like_nothing_could_be_any_field() -> None:
    assert found(trip(**{"tasks/book/output_fields": ["zzzzzz"]})) == [
        ("/tasks/book/output_fields/0", "unknown_field"),
        ("/tasks/book/output_transform/mappings/0/target", "not_listed"),
    ]


def test_all_problems_come_at_once_in_one_report() -> None:
    document = trip(
        **{"titel": 1, f"{T}/task_type": "form", f"{FIELD}/price/minimun": 1, "completions/booked/fields": 3}
    )
    assert found(document) == [
        ("/completions/booked/fields", "type"),
        ("/fields_schema/properties/price/minimun", "unknown_keyword"),
        ("/tasks/decide/task_type", "enum"),
        ("/titel", "unknown_key"),
    ]


@pytest.mark.parametrize(
    ("changes", "pointer", "named"),
    [
        ({"titel": 1, "title": GONE}, "/titel", "`title`"),
        ({f"{T}/on_retriger": 1}, "/tasks/decide/on_retriger", "`on_retrigger`"),
        ({f"{T}/task_type": "FROM"}, "/tasks/decide/task_type", "`FORM`"),
        ({f"{T}/input_fields/0": "plcae"}, "/tasks/decide/input_fields/0", "`place`"),
        ({f"{FIELD}/place/maxLenght": 3}, "/fields_schema/properties/place/maxLenght", "`maxLength`"),
        ({"ext_ref/0/URI": "https://a.example", "ext_ref/0/uri": GONE}, "/ext_ref/0/URI", "`uri`"),
    ],
)
def test_the_nearest_known_name_is_the_hint(changes: dict[str, Any], pointer: str, named: str) -> None:
    problem = next(problem for problem in check(trip(**changes)).errors if problem.pointer == pointer)
    assert problem.hint is not None
    assert named in problem.hint


def test_the_key_in_the_address_must_be_the_documents() -> None:
    assert found(TRIP, key="business-trip") == []
    assert found(TRIP, key="trip") == [("/workflow", "key_mismatch")]


def test_a_ticket_type_of_another_workflow_is_refused_naming_it() -> None:
    problem = check(TRIP, ticket_types_elsewhere={"trip": "travel", "other": "x"}).errors[0]
    assert (problem.pointer, problem.code) == ("/tickets/trip", "ticket_type_taken")
    assert "`travel`" in problem.detail
    assert found(TRIP, ticket_types_elsewhere={"trip": "business-trip"}) == []


@pytest.mark.parametrize("document", [None, 3, "x", [], True, 1.5])
def test_what_is_no_object_is_one_problem(document: object) -> None:
    assert found(document) == [("", "type")]


def test_nothing_else_is_said_of_a_document_that_is_nested_too_deep() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    assert [code for _, code in found({"tasks": deep})] == ["too_deep"]


def test_twenty_levels_are_taken() -> None:
    deep: Any = "x"
    for _ in range(16):
        deep = [deep]
    assert found(trip(**{f"{FIELD}/price/examples": deep})) == []
    assert found(trip(**{f"{FIELD}/price/examples": [deep]}))[0][1] == "too_deep"


def test_problems_know_their_line() -> None:
    source = read(
        "workflow: x\ntitle: X\nfields_schema: {type: object, properties: {a: {type: strin}}}\ntasks:\n  t: 3\n"
    )
    lines = {
        problem.pointer: (problem.line, problem.column) for problem in check(source.document).located(source).errors
    }
    assert lines["/fields_schema/properties/a/type"] == (3, 48)
    assert lines["/tasks/t"] == (5, 3)
    assert lines[""] == (1, 1)


def test_every_problem_says_what_is_wrong_in_a_sentence() -> None:
    changes = [changes for changes, _ in [*SHAPE, *NAMES, *LAYOUTS, *ACTIONS, *VALUES]]
    problems: list[Problem] = [problem for each in changes for problem in check(trip(**each)).errors]
    for problem in problems:
        assert problem.detail.endswith("."), problem
        assert problem.detail[0].isupper() or problem.detail[0] == "`", problem
        for word in ("invalid", "please", "oops"):
            assert word not in problem.detail.lower()
