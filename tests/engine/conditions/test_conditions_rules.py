"""What engine.md changes in JSON Logic and adds to it, a table for each sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ticketflower.engine.conditions import check_condition, compile_condition

DATA: dict[str, Any] = {
    "approved": True,
    "refused": False,
    "amount": 1500,
    "none": 0,
    "empty": "",
    "nothing": None,
    "no_list": [],
    "text": "high risk, handle with care",
    "number": "1500",
    "tags": ["red", "blue", 3, None],
    "rows": [{"qty": 1}, {"qty": 2}],
    "address": {"city": "Bern", "lines": ["a", "b"]},
    "due": "2026-11-20",
    "_": {
        "iteration": 4,
        "written": ["approved", "amount"],
        "written_at": {"approved": 4, "amount": 2},
        "tasks": {"make_proof": {"started": 2, "active": 1, "completed": 1}},
        "ticket": {"id": 7, "type": "purchase", "created_by": 3, "created_at": "2026-11-01T08:00:00Z"},
        "now": "2026-11-21T09:30:00Z",
        "today": "2026-11-21",
    },
}
FIELDS = [*(key for key in DATA if key != "_"), "unwritten"]


def value(rule: dict[str, Any]) -> object:
    assert check_condition(rule, FIELDS, tasks=["make_proof"]) == []
    return compile_condition(rule).value(DATA)


def table(*rows: tuple[dict[str, Any], object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("rule", "expected"), [pytest.param(*row, id=json.dumps(row[0])) for row in rows])


def v(name: str) -> dict[str, Any]:
    return {"var": name}


@table(
    ({"==": [v("nothing"), None]}, True),
    ({"==": [v("unwritten"), None]}, True),
    ({"==": [v("unwritten"), v("nothing")]}, True),
    ({"==": [v("unwritten"), False]}, False),
    ({"==": [False, v("unwritten")]}, False),
    ({"==": [v("unwritten"), 0]}, False),
    ({"==": [v("unwritten"), ""]}, False),
    ({"==": [v("unwritten"), "None"]}, False),
    ({"==": [v("unwritten"), "null"]}, False),
    ({"==": [v("unwritten"), v("no_list")]}, False),
    ({"!=": [v("unwritten"), False]}, True),
    ({"!=": [v("approved"), None]}, True),
    ({"==": [v("refused"), False]}, True),
)
def test_null_equals_only_null(rule: Any, expected: object) -> None:
    assert value(rule) is expected


@table(*(({operator: [v(name), other]}, False) for operator in ("<", "<=", ">", ">=") for name in ("unwritten", "empty")
         for other in (0, -1, 1, "", "a", None, True)),
       *(({operator: [other, v(name)]}, False) for operator in ("<", "<=", ">", ">=") for name in ("unwritten", "empty")
         for other in (0, -1, 1, "a")),
       ({"<=": [0, v("unwritten"), 5]}, False),
       ({"<": [v("empty"), 1, 5]}, False))  # fmt: skip
def test_ordering_with_null_or_empty_text_is_false(rule: Any, expected: object) -> None:
    assert value(rule) is expected


@table(
    *(({operator: [v("unwritten"), 2]}, None) for operator in ("+", "-", "*", "/", "%", "min", "max")),
    *(({operator: [2, v("nothing")]}, None) for operator in ("+", "-", "*", "/", "%", "min", "max")),
    ({"-": [v("unwritten")]}, None),
    ({">": [{"+": [v("amount"), v("unwritten")]}, 0]}, False),
    ({"==": [{"*": [v("unwritten"), 5]}, 0]}, False),
)
def test_arithmetic_with_null_gives_null(rule: Any, expected: object) -> None:
    assert value(rule) is expected


@table(
    ({"/": [1, 0]}, None),
    ({"/": [v("amount"), v("none")]}, None),
    ({"%": [1, 0]}, None),
    ({"%": [1.5, 0]}, None),
    ({"%": [1.5, 0.0]}, None),
    ({"+": [v("text"), 1]}, None),
    ({"+": ["1_000", 1]}, None),
    ({"+": ["nan", 1]}, None),
    ({"+": ["Infinity", 1]}, None),
    ({"+": ["1e999", 1]}, None),
    ({"+": ["٣", 1]}, None),
    ({"+": [v("empty"), 1]}, None),
    ({"+": [v("tags"), 1]}, None),
    ({"+": [v("address"), 1]}, None),
    ({"*": [1e200, 1e200]}, None),
    ({"*": [10**250, 10**250]}, None),
    ({"/": [10**250, 1e-200]}, None),
    ({"max": [v("tags")]}, None),
    ({"+": [v("approved"), 1]}, 2),
    ({"+": [0.5, 0.5]}, 1),
    ({"-": [v("number"), 500]}, 1000),
    ({"substr": [v("unwritten"), 1]}, None),
    ({"substr": [v("text"), v("unwritten")]}, None),
    ({"==": [v("tags"), "red"]}, False),
    ({"==": [v("tags"), ["red", "blue", 3, None]]}, True),
    ({"==": [v("tags"), ["red", "blue", 3, False]]}, False),
    ({"==": [v("no_list"), False]}, False),
    ({"<": [v("tags"), 5]}, False),
    ({"<": [v("address"), v("address")]}, False),
    ({"missing_some": [v("unwritten"), ["unwritten"]]}, []),
)
def test_what_cannot_be_calculated_or_compared_is_null_or_false(rule: Any, expected: object) -> None:
    assert value(rule) == expected


@table(
    ({"==": [v("number"), 1500]}, True),
    ({"===": [v("number"), 1500]}, False),
    ({">": [v("number"), 900]}, True),
    ({">": [v("number"), "900"]}, False),
    ({"<": [v("due"), v("_.today")]}, True),
    ({"<": [v("_.ticket.created_at"), v("_.now")]}, True),
)
def test_text_and_numbers_compare_as_in_json_logic(rule: Any, expected: object) -> None:
    assert value(rule) is expected


@table(
    ({"length": [v("text")]}, 27),
    ({"length": v("tags")}, 4),
    ({"length": [v("address")]}, 2),
    ({"length": [v("no_list")]}, 0),
    ({"length": [v("empty")]}, 0),
    ({"length": [v("unwritten")]}, None),
    ({"length": [v("amount")]}, None),
    ({">": [{"length": v("unwritten")}, -1]}, False),
    ({"contains": [v("text"), "risk"]}, True),
    ({"contains": [v("text"), "Risk"]}, False),
    ({"contains": [v("tags"), "red"]}, True),
    ({"contains": [v("tags"), "re"]}, False),
    ({"contains": [v("tags"), 3]}, True),
    ({"contains": [v("tags"), "3"]}, False),
    ({"contains": [v("tags"), None]}, True),
    ({"contains": [v("unwritten"), "a"]}, False),
    ({"contains": [v("text"), v("unwritten")]}, False),
    ({"matches": [v("text"), "^high"]}, True),
    ({"matches": [v("text"), "risk"]}, True),
    ({"matches": [v("text"), "^risk$"]}, False),
    ({"matches": [v("text"), "(?i)HIGH"]}, True),
    ({"matches": [v("amount"), "1"]}, False),
    ({"matches": [v("unwritten"), ""]}, False),
    ({"matches": [v("text"), "^\\pL+"]}, True),
    ({"count": [v("approved"), v("refused"), v("unwritten"), True]}, 2),
    ({"count": [v("refused")]}, 0),
    ({">=": [{"count": [v("approved"), v("refused"), v("approved")]}, 2]}, True),
    ({"always": True}, True),
    ({"always": []}, True),
    ({"equals": [v("approved"), True]}, True),
    ({"equals": [v("unwritten"), False]}, False),
    ({"not_equals": [v("approved"), True]}, False),
    ({"greaterThan": [v("amount"), 1000]}, True),
    ({"greaterThan": [v("unwritten"), -1]}, False),
    ({"lessThan": [v("amount"), 1000]}, False),
)
def test_the_operators_that_are_added(rule: Any, expected: object) -> None:
    assert value(rule) == expected
    assert type(value(rule)) is type(expected)


@table(
    (v("_.iteration"), 4),
    ({"in": ["amount", v("_.written")]}, True),
    ({"in": ["text", v("_.written")]}, False),
    (v("_.written_at.amount"), 2),
    (v("_.written_at.unwritten"), None),
    ({"<": [v("_.written_at.amount"), v("_.written_at.approved")]}, True),
    (v("_.tasks.make_proof.started"), 2),
    ({"<": [v("_.tasks.make_proof.active"), 1]}, False),
    (v("_.tasks.make_proof.completed"), 1),
    (v("_.ticket.id"), 7),
    (v("_.ticket.type"), "purchase"),
    (v("_.ticket.created_by"), 3),
    (v("_.today"), "2026-11-21"),
    (v("_.now"), "2026-11-21T09:30:00Z"),
    (v("address.city"), "Bern"),
    (v("address.lines.1"), "b"),
    (v("rows.0.qty"), 1),
    (v("rows.2.qty"), None),
    (v("text.0"), None),
    (v("text.upper"), None),
    (v("text.__class__"), None),
    ({"var": ["nothing", 5]}, 5),
    ({"var": ["unwritten", 5]}, 5),
    ({"var": ["refused", 5]}, False),
)
def test_what_a_condition_sees(rule: Any, expected: object) -> None:
    assert value(rule) == expected


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (v("approved"), True),
        (v("unwritten"), False),
        (v("no_list"), False),
        (v("none"), False),
        (v("address"), True),
        ({"cat": ["0"]}, True),
        ({"+": [1, -1]}, False),
    ],
)
def test_a_condition_holds_when_its_value_is_true_in_json_logic(rule: Any, holds: bool) -> None:
    assert compile_condition(rule).holds(DATA) is holds


def test_half_a_character_matches_nothing() -> None:
    assert compile_condition({"matches": [v("text"), "."]}).holds({"text": "a\ud800"}) is False


def test_a_condition_knows_the_fields_that_it_reads() -> None:
    condition = compile_condition(
        {
            "and": [
                {"==": [v("approved"), True]},
                {"missing": ["amount", "due"]},
                {"missing_some": [v("none"), ["text", "address.city"]]},
                {"some": [v("rows"), {"==": [v("qty"), v("other")]}]},
                {"<": [v("_.iteration"), {"var": ["number", v("tags")]}]},
                {"var": {"if": [v("refused"), "empty", "nothing"]}},
            ]
        }
    )
    assert condition.reads == {
        "approved", "amount", "due", "none", "text", "address", "rows", "number", "tags", "refused", "empty", "nothing",
    }  # fmt: skip


def test_a_condition_is_left_as_it_was_by_checking_and_compiling_it() -> None:
    rule = {
        "or": [{"all": [v("rows"), {">": [v("qty"), 0]}]}, {"reduce": [v("rows"), {"+": [v("accumulator"), 1]}, 0]}]
    }
    before = json.dumps(rule)
    check_condition(rule, FIELDS)
    assert compile_condition(rule).holds(DATA)
    assert json.dumps(rule) == before


def test_data_is_left_as_it_was_by_evaluating() -> None:
    data = {"tags": [1, [2]], "rows": [{"qty": 1}]}
    before = json.dumps(data)
    compile_condition({"merge": [v("tags"), {"map": [v("rows"), v("qty")]}, v("rows")]}).value(data)
    assert json.dumps(data) == before


def test_two_conditions_with_the_same_source_are_equal() -> None:
    assert compile_condition({"var": "a"}) == compile_condition({"var": "a"})
    assert compile_condition({"var": "a"}) != compile_condition({"var": "b"})
