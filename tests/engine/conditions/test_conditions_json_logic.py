"""The published behaviour of JSON Logic, operator by operator.

The cases of ``json_logic_cases.json`` are this project's own; each expected value is what json-logic-js 2.0.5, the
reference implementation, gives. Each case is tried twice where it can be: on the workspace, and on the entry of a list.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import json_logic
import pytest

from ticketflower.engine.conditions import check_condition, compile_condition, operations
from ticketflower.engine.conditions.grammar import ALIASES, OPERATORS

CASES: dict[str, list[list[Any]]] = json.loads(Path(__file__).with_name("json_logic_cases.json").read_text())
EACH = [
    pytest.param(*case, id=f"{claim}: {json.dumps(case[0])} of {json.dumps(case[1])}")
    for claim, cases in CASES.items()
    for case in cases
]

# Where json-logic-qubit leaves the published behaviour: rule, its answer. The product's answer is the table's.
LIBRARY_DIFFERS = {
    '{"==": ["7.0", 7]}': False,
    '{"==": [" 7 ", 7]}': False,
    '{"==": ["", 0]}': False,
    '{"==": ["1", true]}': False,
    '{"==": [2, true]}': True,
    '{"==": [null, false]}': True,
    '{"==": ["1e3", 1000]}': False,
    '{"<": ["pen", 5]}': "ValueError",
    '{">": ["pen", 5]}': "ValueError",
    '{"!!": [{"var": "box"}]}': False,
    '{"in": [true, [1, 2]]}': True,
    '{"in": ["", ""]}': True,
    '{"in": [1, "a1b"]}': "TypeError",
    '{"in": ["x", {"var": "o"}]}': True,
    '{"cat": [true, null, 1.5]}': "TrueNone1.5",
    '{"cat": [1e+20, "/", 1e+21]}': "1e+20/1e+21",
    '{"cat": [1e-05]}': "1e-05",
    '{"cat": [1e-07]}': "1e-07",
    '{"cat": [[1, [2, null]], "x"]}': "[1, [2, None]]x",
    '{"substr": [2026, 2]}': "TypeError",
    '{"%": [-7, 4]}': 1,
    '{"%": [7, -4]}': -1,
    '{"var": 2}': "IndexError",
    '{"var": "-1"}': "ink",
    '{"reduce": [{"var": "n"}, {"+": [{"var": "current"}, {"var": "accumulator"}]}, {"var": "from"}]}': "TypeError",
}


def same(a: object, b: object) -> bool:
    """Equal as JSON: yes is not 1."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def on_an_entry(rule: object, data: object) -> object:
    [value] = compile_condition({"map": [{"var": "entries"}, rule]}).value({"entries": [data]})  # type: ignore[misc]
    return value


@pytest.mark.parametrize(("rule", "data", "expected"), EACH)
def test_a_rule_gives_what_json_logic_publishes(rule: Any, data: Any, expected: Any) -> None:
    assert same(on_an_entry(rule, data), expected)
    if isinstance(rule, dict) and isinstance(data, dict):
        assert same(compile_condition(rule).value(data), expected)


@pytest.mark.parametrize(("rule", "data", "expected"), EACH)
def test_a_rule_of_json_logic_can_be_stored_inside_a_condition(rule: Any, data: Any, expected: Any) -> None:
    assert check_condition({"all": [{"var": "entries"}, rule]}, ["entries"]) == []


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_the_library_leaves_the_published_behaviour_exactly_where_we_know_it_does() -> None:
    found: dict[str, object] = {}
    for cases in CASES.values():
        for rule, data, expected in cases:
            answer: object
            try:
                answer = json_logic.jsonLogic(rule, data)
            except Exception as error:  # noqa: BLE001 - which one is what the table says
                answer = type(error).__name__
            if not same(answer, expected):
                found[json.dumps(rule)] = answer
    assert found == LIBRARY_DIFFERS


def test_every_published_operator_has_cases() -> None:
    added = {"length", "contains", "matches", "count", "always"}
    text = json.dumps(CASES)
    assert {name for name in OPERATORS if f'{{"{name}":' not in text} == added


def test_the_operators_are_those_of_the_contract_and_no_others() -> None:
    contract = (
        "var missing missing_some if ?: == === != !== ! !! and or < <= > >= max min + - * / % "
        "map filter reduce all none some merge in cat substr length contains matches count always"
    )
    assert set(OPERATORS) == set(contract.split())
    assert set(ALIASES) == {"equals", "not_equals", "greaterThan", "lessThan"}


def test_the_library_is_what_calculates() -> None:
    """The operations of json-logic-qubit that do what the contract says are its own functions, not copies of them."""
    taken = {name for name, function in operations._LIBRARY.items() if function is json_logic.operations[name]}
    assert taken == {"+", "-", "*", "/", "min", "max", "merge", "substr"}


def test_an_operation_added_to_the_library_is_none_of_ours() -> None:
    json_logic.add_operation("shout", str.upper)
    try:
        [problem] = check_condition({"shout": ["a"]}, [])
        assert problem.code == "unknown_operator"
    finally:
        json_logic.rm_operation("shout")
