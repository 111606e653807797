"""Hostile conditions that are stored, hostile data: the work is bounded, nothing raises, no Python is reached."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketflower.engine import conditions
from ticketflower.engine.conditions import (
    ConditionTooCostly,
    check_condition,
    compile_condition,
    explain,
    values_read,
)
from ticketflower.engine.conditions.grammar import ALIASES, OPERATORS

FIELDS = ["items", "text", "amount", "approved"]


def v(name: object) -> dict[str, Any]:
    return {"var": name}


def nest(depth: int, rule: Callable[[Any], Any], innermost: object) -> Any:
    built: Any = innermost
    for _ in range(depth):
        built = rule(built)
    return built


def doubled(operator: str, levels: int, first: object) -> Any:
    """``first`` doubled over and over, each level one more map."""
    return nest(levels, lambda inner: {"map": [inner, {operator: [v(""), v("")]}]}, first)


NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9]
COSTLY = {
    "map in map in map": {"map": [v("items"), nest(15, lambda inner: {"map": [NINE, inner]}, 1)]},
    "map in map over constants alone": nest(15, lambda inner: {"map": [NINE, inner]}, 1),
    "filter in all in some": {"some": [NINE, nest(6, lambda i: {"!": {"all": [NINE, {"filter": [NINE, i]}]}}, True)]},
    "merge of long lists in map": {"map": [NINE, {"merge": nest(5, lambda inner: {"map": [NINE, inner]}, [NINE])}]},
    "merge doubled": doubled("merge", 18, v("items")),
    "cat doubled": doubled("cat", 14, [v("text")]),
    "a list doubled in reduce, then compared": {
        "==": [{"reduce": [v("items"), [v("accumulator"), v("accumulator")], 1]}, v("items")]
    },
    "a list doubled in reduce, then joined": {
        "cat": [{"reduce": [v("items"), [v("accumulator"), v("accumulator")], "x"]}, "y"]
    },
    "a list doubled in reduce, compared with its like": {
        "==": [
            {"reduce": [v("items"), [v("accumulator"), v("accumulator")], 1]},
            {"reduce": [v("items"), [v("accumulator"), v("accumulator")], 1]},
        ]
    },
    "a long text searched at each entry": {
        "reduce": [v("items"), {"if": [{"in": ["zz", v("accumulator")]}, "", v("accumulator")]}, v("text")]
    },
    "a long text matched at each entry": {
        "reduce": [
            v("items"),
            {"if": [{"matches": [v("accumulator"), "(a?b?){300}$"]}, "", v("accumulator")]},
            v("text"),
        ]
    },
    "a long list searched at each entry": {
        "reduce": [v("items"), {"if": [{"in": [-1, v("accumulator")]}, 0, v("accumulator")]}, v("items")]
    },
    "a number grown in reduce": {"reduce": [v("items"), {"+": [{"*": [v("accumulator"), v("accumulator")]}, 1]}, 3]},
    "a number grown in reduce, then raised": {"reduce": [v("items"), {"*": [v("accumulator")] * 100}, 1.0000001]},
}
HUGE = {"items": list(range(200_000)), "text": "ab" * 250_000}


SMALL = {"items": list(range(60)), "text": "ab" * 500}
GROWING = [
    "merge doubled",
    "cat doubled",
    "a list doubled in reduce, then joined",
    "a list doubled in reduce, compared with its like",
]


@pytest.mark.parametrize("name", COSTLY)
def test_a_condition_of_great_cost_ends_soon(name: str) -> None:
    assert check_condition(COSTLY[name], FIELDS) == []
    condition = compile_condition(COSTLY[name])
    started = time.process_time()
    with pytest.raises(ConditionTooCostly):
        condition.holds(HUGE)
    assert time.process_time() - started < 3


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", GROWING)
def test_what_grows_without_end_from_little_data_is_stopped(name: str) -> None:
    with pytest.raises(ConditionTooCostly):
        compile_condition(COSTLY[name]).holds(SMALL)


def test_text_that_is_made_at_each_entry_is_paid_for_by_its_length() -> None:
    data = {"items": [1] * 10_000}
    assert compile_condition({"map": [v("items"), {"cat": ["x", v("")]}]}).holds(data)
    with pytest.raises(ConditionTooCostly):
        compile_condition({"map": [v("items"), {"cat": ["x" * 3_000, v("")]}]}).holds(data)


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a|a)*b", "(.*)*x", "([a-z]+)*!", "(a?){30}a{30}x", "(x+x+)+y", "(.*a.{20}|.*b.{20})*z"]
)
def test_a_pattern_takes_a_time_that_grows_with_the_text_only(pattern: str) -> None:
    condition = compile_condition({"matches": [v("text"), pattern]})
    started = time.process_time()
    assert condition.holds({"text": "a" * 20_000 + "?"}) is False
    assert time.process_time() - started < 1


def test_ordinary_work_on_a_long_list_is_well_inside_the_budget() -> None:
    rule = {"all": [v("items"), {"and": [{">": [v("qty"), 0]}, {"in": [v("unit"), ["piece", "box"]]}]}]}
    rows = [{"qty": number + 1, "unit": "box"} for number in range(5_000)]
    assert compile_condition(rule).holds({"items": rows})


def test_what_is_too_costly_says_so_in_words() -> None:
    with pytest.raises(ConditionTooCostly, match=r"more than 100,000 steps for this data\. Make it simpler"):
        compile_condition({"map": [v("items"), v("")]}).value(HUGE)


def test_each_evaluation_has_its_own_budget() -> None:
    condition = compile_condition({"some": [v("items"), {"<": [v(""), 0]}]})
    assert [condition.holds({"items": list(range(10_000))}) for _ in range(30)] == [False] * 30


def test_data_nested_deeper_than_python_can_call_is_compared_and_joined() -> None:
    one: Any = 1
    other: Any = 1
    for _ in range(20_000):
        one, other = [one], [other]
    data = {"items": one, "text": other}
    assert compile_condition({"==": [v("items"), v("text")]}).holds(data) is True
    assert compile_condition({"in": [v("items"), [v("text")]]}).holds(data) is True
    assert compile_condition({"cat": [v("items")]}).value(data) == "1"


class Trap:
    """Stands for a value with methods and attributes that a condition must never reach."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a condition asked a value for {name}")

    def __getitem__(self, key: object) -> object:
        raise AssertionError(f"a condition asked a value for [{key}]")

    def __call__(self, *args: object) -> object:
        raise AssertionError("a condition called a value")

    def __len__(self) -> int:
        raise AssertionError("a condition asked a value for its length")

    def __bool__(self) -> bool:
        return True


@pytest.mark.parametrize(
    "name", ["__class__", "items.__class__", "text.upper", "text.__len__", "items.append", "__init__"]
)
def test_no_attribute_of_a_value_can_be_read(name: str) -> None:
    data = {"items": [1], "text": "x"}
    assert compile_condition({"var": name}).value(data) is None
    assert compile_condition({"missing": [name]}).value(data) == [name]
    assert compile_condition({"map": [[[1]], {"var": name}]}).value(data) == [None]


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"var", "missing", "missing_some", "matches", "always"}))
def test_no_operator_reaches_into_a_value(operator: str) -> None:
    arity = OPERATORS[operator]
    for arguments in ([v("text")] * max(arity.least, 1), [v("text.upper")] * max(arity.least, 1)):
        compile_condition({operator: arguments}).holds({"text": Trap()})


def test_the_code_of_conditions_asks_nothing_by_a_computed_name() -> None:
    forbidden = {"getattr", "setattr", "eval", "exec", "compile", "__import__", "globals", "vars", "open"}
    for module in Path(conditions.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in forbidden, f"{module.name}:{node.lineno}"


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", " ", "0", "1", "1.0", "-1e5", "1e999", "٣", "items", "text.0", "\ud800", "\x00"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [*FIELDS, "items.0", "text.x", "amount.0.0", "_.iteration", "_.written", "_.today", "_.ticket.id"]
)
CONSTANTS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([0.5, 1e300, 10**200, "", "0", "a", "1", "2026-01-01", "text", "current", "accumulator"])
)


@st.composite
def rules(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    operator = draw(st.sampled_from(sorted({*OPERATORS, *ALIASES})))
    arity = OPERATORS[ALIASES.get(operator, operator)]
    if operator == "var":
        return {"var": draw(st.one_of(NAMES, st.tuples(NAMES, inner).map(list)))}
    if operator == "missing":
        return {"missing": draw(st.lists(NAMES, max_size=3))}
    if operator == "missing_some":
        return {"missing_some": [draw(inner), draw(st.lists(NAMES, max_size=3))]}
    if operator == "matches":
        return {"matches": [draw(inner), draw(st.sampled_from(["", "a", "^[0-9]+$", "(a|b)*c", "\\pL"]))]}
    if operator == "always":
        return {"always": True}
    most = min(arity.most, arity.least + 2)
    return {operator: draw(st.lists(inner, min_size=arity.least, max_size=most))}


RULES = rules(st.recursive(CONSTANTS, lambda inner: rules(inner) | st.lists(inner, max_size=3), max_leaves=12))


@settings(max_examples=400, deadline=None)
@given(rule=RULES, data=st.fixed_dictionaries({}, optional=dict.fromkeys([*FIELDS, "_"], VALUES)))
def test_a_checked_condition_never_raises_whatever_the_data(rule: Any, data: dict[str, Any]) -> None:
    if check_condition(rule, FIELDS):
        return
    condition = compile_condition(rule)
    try:
        first = condition.holds(data)
    except ConditionTooCostly:
        return
    assert first is condition.holds(data)
    assert isinstance(explain(rule, {}), str)
    assert len(values_read(rule, data)) <= 20


@settings(max_examples=300, deadline=None)
@given(thing=VALUES | RULES | st.recursive(SCALARS, lambda inner: rules(inner) | st.lists(inner), max_leaves=20))
def test_checking_never_raises_whatever_is_sent(thing: Any) -> None:
    for problem in check_condition(thing, FIELDS, "/x"):
        assert problem.pointer.startswith("/x")
        assert "\x00" not in problem.pointer + problem.detail + str(problem.hint)
        (problem.pointer + problem.detail + str(problem.hint)).encode()
