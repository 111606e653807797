"""What is known of conditions without data. "Can't both hold" is a proof, so data must never contradict it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketflower.engine.conditions import always_false, can_both_hold, check_condition, compile_condition, names


def v(name: str) -> dict[str, Any]:
    return {"var": name}


def is_(name: str, constant: object) -> dict[str, Any]:
    return {"==": [v(name), constant]}


X = v("x")
Y = v("y")
APART: list[tuple[Any, Any]] = [
    (is_("x", True), is_("x", False)),
    (is_("x", True), {"==": [False, X]}),
    (is_("x", True), {"equals": [{"var": ["x"]}, False]}),
    (is_("x", True), {"!=": [X, True]}),
    (is_("x", True), {"!": is_("x", True)}),
    (is_("x", "a"), is_("x", "b")),
    (is_("x", 1), is_("x", 2)),
    (is_("x", None), is_("x", False)),
    (is_("x", None), {">": [X, 0]}),
    (is_("x", None), X),
    (is_("x", None), {"in": [X, ["a", "b"]]}),
    (is_("x", None), {"matches": [X, "a"]}),
    (is_("x", None), {"!=": [X, None]}),
    ({"===": [X, 1]}, {"===": [X, True]}),
    ({"===": [X, 1]}, is_("x", 2)),
    (X, {"!": X}),
    ({"!!": X}, {"!": X}),
    (is_("x", True), {"!": X}),
    ({"<=": [X, 1000]}, {">": [X, 1000]}),
    ({"<": [X, 5]}, {">=": [X, 5]}),
    ({"<": [X, 5]}, {"<": [9, X]}),
    ({"<": [X, 5]}, {">": [X, 5]}),
    ({"<": [X, 5]}, {"!": {"<": [X, 7]}}),
    ({"<": [X, 5]}, is_("x", 5)),
    ({"<": [X, 5]}, is_("x", "7")),
    ({"<": [1, X, 5]}, {">": [X, 5]}),
    ({"<": [X, "2026-01-01"]}, {">=": [X, "2026-01-01"]}),
    ({"in": [X, ["a", "b"]]}, {"in": [X, ["c", None]]}),
    ({"in": [X, ["a", "b"]]}, {"!": {"in": [X, ["a", "b", "c"]]}}),
    ({"in": [X, ["a", "b"]]}, is_("x", "c")),
    ({"missing": ["x"]}, {"!": {"missing": ["x", "y"]}}),
    ({"missing": ["x"]}, X),
    ({"!": {"missing": ["x"]}}, is_("x", None)),
    ({"some": [X, {"==": [v(""), 1]}]}, {"none": [X, {"==": [v(""), 1]}]}),
    ({"contains": [X, "a"]}, {"!": {"contains": [X, "a"]}}),
    ({">": [X, Y]}, {"!": {"<": [Y, X]}}),
    ({"==": [X, Y]}, {"!=": [Y, X]}),
    ({">=": [{"count": [X, Y]}, 2]}, {"<": [{"count": [X, Y]}, 2]}),
    ({"<": [v("_.tasks.t.started"), 3]}, {">=": [v("_.tasks.t.started"), 3]}),
    ({"and": [is_("x", True), is_("y", 1)]}, {"and": [is_("y", 1), is_("x", False)]}),
    ({"or": [is_("x", "a"), is_("x", "b")]}, {"or": [is_("x", "c"), is_("x", "d")]}),
    ({"or": [is_("x", "a"), is_("y", "b")]}, {"!": {"or": [is_("x", "a"), is_("y", "b")]}}),
    (
        {"and": [is_("x", True), {"or": [{"<=": [Y, 10]}, is_("z", True)]}]},
        {"and": [{">": [Y, 10]}, {"!=": [v("z"), True]}]},
    ),
    ({"if": [is_("x", True), is_("y", 1), is_("y", 2)]}, {"and": [is_("x", True), is_("y", 2)]}),
    ({"always": True}, {"!": {"always": True}}),
    (None, {"and": [is_("x", 1), is_("x", 2)]}),
]
TOGETHER: list[tuple[Any, Any]] = [
    (None, None),
    (None, is_("x", True)),
    (is_("x", True), is_("x", True)),
    (is_("x", True), is_("y", False)),
    (is_("x", True), is_("x", 1)),
    (is_("x", True), is_("x", "1")),
    (is_("x", 0), is_("x", "")),
    (is_("x", False), X),
    (is_("x", 1), {"!==": [X, 1]}),
    (is_("x", 1), {"!=": [X, "1"]}),
    ({"!": X}, is_("x", None)),
    ({"!": {"<": [X, 5]}}, {"!": {">=": [X, 5]}}),
    (is_("x", 0), {"!": {"<": [X, 5]}}),
    ({"<=": [X, 5]}, {">=": [X, 5]}),
    ({"<": [X, 5]}, {">": [X, "10"]}),
    ({"<": [X, "a"]}, {">": [X, 5]}),
    ({"!=": [X, 1]}, {"!=": [X, 2]}),
    ({"or": [is_("x", "a"), is_("x", "b")]}, {"or": [is_("x", "b"), is_("x", "c")]}),
    ({"missing": ["x", "y"]}, is_("x", 1)),
    ({"missing": [["x"], "y"]}, {"!": {"missing": ["y"]}}),
    ({"!": {"missing": [["x"], "y"]}}, {"missing": ["y"]}),
    ({"matches": [X, "^a"]}, {"matches": [X, "b$"]}),
]


def label(pair: tuple[Any, Any]) -> str:
    return " with ".join(json.dumps(condition) for condition in pair)


@pytest.mark.parametrize("pair", APART, ids=label)
def test_two_conditions_that_exclude_each_other_are_seen(pair: tuple[Any, Any]) -> None:
    assert can_both_hold(*pair) is False
    assert can_both_hold(*reversed(pair)) is False


@pytest.mark.parametrize("pair", TOGETHER, ids=label)
def test_two_conditions_that_can_hold_together_are_left_alone(pair: tuple[Any, Any]) -> None:
    assert can_both_hold(*pair) is True
    assert can_both_hold(*reversed(pair)) is True


@pytest.mark.parametrize(
    "condition",
    [
        {"and": [is_("x", 1), is_("x", 2)]},
        {"!": {"always": True}},
        {"and": [False, X]},
        {"or": [False, 0, "", None]},
        {"if": [X, False, {"and": [X, Y]}]},
        {"==": [1, 2]},
        {"<": [X, None]},
        {"<": [X, ""]},
        {"in": [X, []]},
        {"missing": []},
        {"<": [9, X, 5]},
    ],
    ids=json.dumps,
)
def test_a_condition_that_never_holds_is_seen(condition: Any) -> None:
    assert always_false(condition) is True
    assert compile_condition(condition).holds({"x": 1}) is False


@pytest.mark.parametrize(
    "condition", [None, X, {"!": X}, is_("x", None), {"!=": [X, 1]}, {"if": [X, False, Y]}, {"always": True}]
)
def test_a_condition_that_may_hold_is_left_alone(condition: Any) -> None:
    assert always_false(condition) is False


def test_the_names_are_those_that_are_written_in_the_condition() -> None:
    rule = {"and": [v("a.b"), {"missing": ["c"]}, v("_.iteration"), {"all": [v("d"), v("e")]}]}
    assert names(rule) == {"a.b", "c", "_.iteration", "d"}
    assert names(None) == frozenset()


def test_a_condition_with_too_many_cases_is_answered_soon_and_on_the_safe_side() -> None:
    many: Any = {"and": [{"or": [is_(f"f{n}", 1), is_(f"g{n}", 2)]} for n in range(30)]}
    started = time.process_time()
    assert can_both_hold(many, {"!": many}) is True
    assert time.process_time() - started < 1


CONSTANTS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        2,
        5,
        1.0,
        0.5,
        "",
        " ",
        "0",
        "1",
        "01",
        "1.0",
        "2",
        "a",
        "b",
        "2026-01-01",
        "2026-02-01",
        [],
    ]
)
TERMS = st.sampled_from([X, Y, {"var": ["x"]}, {"+": [X, 1]}, {"count": [X, Y]}, {"length": [X]}])


@st.composite
def demands(draw: st.DrawFn) -> Any:
    operator = draw(
        st.sampled_from(["==", "!=", "===", "!==", "<", "<=", ">", ">=", "in", "contains", "missing", "if", "some"])
    )
    term, constant = draw(TERMS), draw(CONSTANTS)
    if operator == "in":
        return {"in": [term, draw(st.lists(CONSTANTS, max_size=3))]}
    if operator == "missing":
        return {"missing": draw(st.lists(st.sampled_from(["x", "y"]), max_size=2))}
    if operator == "if":
        return {"if": draw(st.lists(TERMS | CONSTANTS, min_size=1, max_size=4))}
    if operator == "some":
        return {draw(st.sampled_from(["some", "none"])): [term, {"==": [v(""), constant]}]}
    pair = [term, constant] if draw(st.booleans()) else [constant, term]
    if operator in ("<", "<=") and draw(st.booleans()):
        pair = [draw(CONSTANTS), term, draw(CONSTANTS)]
    return {operator: pair}


CONDITIONS = st.recursive(
    demands() | TERMS,
    lambda inner: (
        st.builds(
            lambda op, parts: {op: parts}, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)
        )
        | inner.map(lambda part: {"!": [part]})
    ),
    max_leaves=5,
)
ANSWERS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        2,
        3,
        5,
        6,
        0.5,
        "",
        " ",
        "0",
        "1",
        "01",
        "1.0",
        "2",
        "5",
        "a",
        "b",
        "ab",
        "2026-01-15",
        [],
        [1],
        ["a"],
        {},
    ]
)


@settings(max_examples=800, deadline=None)
@given(
    a=CONDITIONS,
    b=CONDITIONS,
    rows=st.lists(st.fixed_dictionaries({"x": ANSWERS, "y": ANSWERS}), min_size=1, max_size=40),
)
def test_what_is_proven_apart_never_holds_together_on_any_data(a: Any, b: Any, rows: list[dict[str, Any]]) -> None:
    assert check_condition({"and": [a, b]}, ["x", "y"]) == []
    first, second = compile_condition(a), compile_condition(b)
    together = any(first.holds(data) and second.holds(data) for data in rows)
    assert can_both_hold(a, b) or not together
    if always_false(a):
        assert not any(first.holds(data) for data in rows)
