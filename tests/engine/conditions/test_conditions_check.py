"""What is refused before it is stored: mistakes, with the place and a hint, and attacks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ticketflower.engine.conditions import check_condition
from ticketflower.problems import Problem

FIELDS = ["approved", "amount", "remarks", "items", "address"]
TASKS = ["manager_review", "make_proof"]


def problems(condition: object) -> list[Problem]:
    return check_condition(condition, FIELDS, "/tasks/order/condition", tasks=TASKS)


def only(condition: object) -> Problem:
    [problem] = problems(condition)
    return problem


def short(problem: Problem) -> tuple[str, str]:
    return problem.pointer.removeprefix("/tasks/order/condition"), problem.code


def v(name: object) -> dict[str, Any]:
    return {"var": name}


@pytest.mark.parametrize(
    "condition",
    [
        {"==": [v("approved"), True]},
        {"var": "approved"},
        {"!": v("approved")},
        {"in": [v("remarks"), [None, "redo"]]},
        {"missing": ["approved", "amount"]},
        {"missing": [["approved", "amount"]]},
        {"missing": "approved"},
        {"missing": {"merge": ["approved", {"if": [v("approved"), ["amount"], []]}]}},
        {"missing_some": [1, ["approved", "amount"]]},
        {"var": {"if": [v("approved"), "amount", "remarks"]}},
        {"==": [v("address.city"), "Bern"]},
        {"all": [v("items"), {">": [v("anything.at.all"), 0]}]},
        {"reduce": [v("items"), {"+": [v("accumulator"), v("current.qty")]}, v("amount")]},
        {"some": [v("items"), {"in": [v(""), ["a"]]}]},
        {"in": ["approved", v("_.written")]},
        {"<": [v("_.tasks.make_proof.started"), 3]},
        {"<": [v("_.written_at.approved"), v("_.iteration")]},
        {"<": [v("remarks"), v("_.today")]},
        {"always": True},
        {"matches": [v("remarks"), "^(a+)+$"]},
        {"matches": [v("remarks"), "\\pL{3} [\\pL ]+"]},
        {"==": [{"var": ["amount", 0]}, 0]},
    ],
)
def test_a_condition_that_is_right_has_no_problem(condition: object) -> None:
    assert problems(condition) == []


@pytest.mark.parametrize("condition", [None, True, False, 0, 1, "", "always", [], [{"var": "approved"}], 2.5])
def test_what_is_no_operator_is_no_condition(condition: object) -> None:
    problem = only(condition)
    assert short(problem) == ("", "not_a_condition")
    assert "must be an operator with its arguments" in problem.detail


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        ({}, ""),
        ({"a": 1, "b": 2}, ""),
        ({"==": [v("approved"), True], "!=": [v("amount"), 1]}, ""),
        ({"and": [{}]}, "/and/0"),
        ({"!": {"var": "approved", "==": 1}}, "/!"),
        ({"all": [v("items"), {"a": 1, "b": 2}]}, "/all/1"),
    ],
)
def test_an_object_that_is_not_exactly_one_operator_is_refused(condition: object, at: str) -> None:
    assert short(problems(condition)[0]) == (at, "not_one_operator")


@pytest.mark.parametrize(
    ("operator", "hint"),
    [
        ("equal", 'Did you mean "equals"?'),
        ("mising", 'Did you mean "missing"?'),
        ("reducer", 'Did you mean "reduce"?'),
        ("MAP", 'Did you mean "map"?'),
        ("greater_than", 'Did you mean "greaterThan"?'),
    ],
)
def test_an_unknown_operator_is_refused_with_the_nearest_as_a_hint(operator: str, hint: str) -> None:
    problem = only({"and": [{operator: [1, 2]}]})
    assert short(problem) == (f"/and/0/{operator}", "unknown_operator")
    assert problem.detail == f'There is no operator "{operator}".'
    assert problem.hint == hint


def test_an_operator_like_no_other_gets_the_list_of_operators() -> None:
    problem = only({"~/x": 1})
    assert short(problem) == ("/~0~1x", "unknown_operator")
    assert str(problem.hint).startswith("Operators: var, missing, ")


@pytest.mark.parametrize("operator", ["method", "log"])
@pytest.mark.parametrize("around", [lambda rule: rule, lambda rule: {"all": [v("items"), {"!": rule}]}])
def test_method_and_log_are_refused_wherever_they_stand(operator: str, around: Any) -> None:
    problem = only(around({operator: [v(""), "__class__"]} if around({}) else {operator: [v("approved"), "__class__"]}))
    assert problem.code == "forbidden_operator"


@pytest.mark.parametrize("operator", ["method", "log"])
def test_method_and_log_are_named_as_not_allowed(operator: str) -> None:
    assert only({operator: ["x", "upper"]}).detail.startswith(f'The operator "{operator}" is not allowed.')


@pytest.mark.parametrize("operator", ["datetime.datetime.now", "__class__", "str.format", "var.__globals__"])
def test_names_of_python_are_no_operators(operator: str) -> None:
    assert only({operator: []}).code == "unknown_operator"


@pytest.mark.parametrize(
    ("condition", "at", "detail"),
    [
        ({"==": [1]}, "/==", '"==" must have 2 arguments; this one has 1.'),
        ({"==": [1, 2, 3]}, "/==", '"==" must have 2 arguments; this one has 3.'),
        ({"equals": 1}, "/equals", '"equals" must have 2 arguments; this one has 1.'),
        ({"!": [1, 2]}, "/!", '"!" must have one argument; this one has 2.'),
        ({"!": []}, "/!", '"!" must have one argument; this one has 0.'),
        ({"and": []}, "/and", '"and" must have at least one argument; this one has 0.'),
        ({"<": [1, 2, 3, 4]}, "/<", '"<" must have 2 or 3 arguments; this one has 4.'),
        ({">": [1, 2, 3]}, "/>", '">" must have 2 arguments; this one has 3.'),
        ({"?:": [1, 2]}, "/?:", '"?:" must have 3 arguments; this one has 2.'),
        ({"length": [1, 2, 3]}, "/length", '"length" must have one argument; this one has 3.'),
        ({"all": [[1]]}, "/all", '"all" must have 2 arguments; this one has 1.'),
        ({"var": ["approved", 1, 2]}, "/var", '"var" must have at most 2 arguments; this one has 3.'),
        ({"always": False}, "/always", '"always" must have the argument true.'),
    ],
)
def test_a_wrong_number_of_arguments_is_refused(condition: object, at: str, detail: str) -> None:
    [problem] = [found for found in problems(condition) if found.code == "arguments"]
    assert problem.pointer == "/tasks/order/condition" + at
    assert problem.detail == detail
    assert str(problem.hint).startswith("Write {")


def test_the_hint_for_an_alias_is_written_with_the_alias() -> None:
    assert only({"equals": [1]}).hint == 'Write {"equals": [a, b]}.'


@pytest.mark.parametrize(
    ("condition", "at", "name", "hint"),
    [
        (v("aproved"), "/var", "aproved", 'Did you mean "approved"?'),
        (v(["Amount", 0]), "/var/0", "Amount", 'Did you mean "amount"?'),
        ({"==": [v("adress.city"), 1]}, "/==/0/var", "adress", 'Did you mean "address"?'),
        ({"missing": ["amount", "remark"]}, "/missing/1", "remark", 'Did you mean "remarks"?'),
        ({"missing": [["amount", "remark"]]}, "/missing/0/1", "remark", 'Did you mean "remarks"?'),
        ({"missing": "remark"}, "/missing", "remark", 'Did you mean "remarks"?'),
        ({"missing_some": [1, ["item"]]}, "/missing_some/1/0", "item", 'Did you mean "items"?'),
        ({"all": [v("item"), v("whatever")]}, "/all/0/var", "item", 'Did you mean "items"?'),
        ({"reduce": [v("items"), 1, v("amuont")]}, "/reduce/2/var", "amuont", 'Did you mean "amount"?'),
        ({"var": ["amount", v("itemz")]}, "/var/1/var", "itemz", 'Did you mean "items"?'),
        ({"var": {"if": [v("aproved"), "amount", "remarks"]}}, "/var/if/0/var", "aproved", 'Did you mean "approved"?'),
        ({"var": {"if": [v("approved"), "amount", "remark"]}}, "/var/if/2", "remark", 'Did you mean "remarks"?'),
        ({"missing": {"merge": ["amount", ["item"]]}}, "/missing/merge/1/0", "item", 'Did you mean "items"?'),
        (v(""), "/var", "", "Fields: approved, amount, remarks, items, address"),
        (v(None), "/var", "", "Fields: approved, amount, remarks, items, address"),
        (v([]), "", "", "Fields: approved, amount, remarks, items, address"),
        (v(1), "/var", "1", "Fields: approved, amount, remarks, items, address"),
        (v("zzzzzzz"), "/var", "zzzzzzz", "Fields: approved, amount, remarks, items, address"),
        ({"var": {"if": [v("approved"), "amount"]}}, "/var", "", "Fields: approved, amount, remarks, items, address"),
    ],
)
def test_a_name_that_is_no_field_is_refused_with_the_nearest_as_a_hint(
    condition: object, at: str, name: str, hint: str
) -> None:
    problem = only(condition)
    assert short(problem) == (at, "unknown_field")
    assert problem.detail == f'There is no field "{name}".'
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("_", "unknown_value", "Values: _.iteration, "),
        ("_.iterations", "unknown_value", 'Did you mean "_.iteration"?'),
        ("_.iteration.x", "unknown_value", 'Did you mean "_.iteration"?'),
        ("_.tasks", "unknown_value", "Values: _.iteration, "),
        ("_.tasks.make_proof", "unknown_value", 'Did you mean "_.tasks.make_proof.'),
        ("_.tasks.make_proof.finished", "unknown_value", 'Did you mean "_.tasks.make_proof.started"?'),
        ("_.tasks.make_prof.started", "unknown_task", 'Did you mean "make_proof"?'),
        ("_.written_at", "unknown_value", 'Did you mean "_.written"?'),
        ("_.written_at.aproved", "unknown_field", 'Did you mean "approved"?'),
        ("_.ticket", "unknown_value", 'Did you mean "_.ticket.id"?'),
        ("_.ticket.status", "unknown_value", 'Did you mean "_.ticket.'),
        ("_.__class__", "unknown_value", ""),
    ],
)
def test_a_name_under_the_reserved_name_is_checked(name: str, code: str, hint: str) -> None:
    problem = only({"==": [v(name), 1]})
    assert short(problem) == ("/==/0/var", code)
    assert str(problem.hint).startswith(hint)


def test_task_keys_are_left_alone_where_they_are_not_known() -> None:
    assert check_condition({"<": [v("_.tasks.whatever.started"), 3]}, FIELDS) == []


@pytest.mark.parametrize(
    "name",
    [{"cat": ["appro", "ved"]}, v("remarks"), True, 1.5, ["approved"], {"if": [True, {"cat": ["a"]}, "amount"]}],
)
def test_the_name_of_a_field_is_written_not_computed(name: object) -> None:
    assert "computed_name" in {problem.code for problem in problems({"var": [name]})}


@pytest.mark.parametrize(
    "names", [v("items"), {"map": [v("items"), v("")]}, {"filter": [["amount"], True]}, [[["amount"]]]]
)
def test_the_names_that_missing_looks_for_are_written_not_computed(names: object) -> None:
    assert "computed_name" in {problem.code for problem in problems({"missing": names})}


@pytest.mark.parametrize("operator", ["cat", "merge"])
@pytest.mark.parametrize("around", [lambda rule: rule, lambda rule: {"if": [v("current"), rule, 0]}])
def test_cat_and_merge_are_refused_inside_reduce(operator: str, around: Any) -> None:
    rule = around({operator: [v("accumulator"), v("accumulator")]})
    assert [found.code for found in problems({"reduce": [v("items"), rule, "x"]})] == ["grows"]
    assert [found.code for found in problems({"reduce": [{"map": [v("items"), rule]}, 1, "x"]})] == ["grows"]
    assert problems({"map": [v("items"), rule]}) == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?=a)", "invalid perl operator"),
        ("(a)\\1", "invalid escape sequence"),
        ("(", "missing )"),
        ("a{2000}", "invalid repetition size"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        ("(?i)(\\pL|\\pN){1,100}", "too large"),
        ("\\pL{100}", "too large"),
    ],
)
def test_a_pattern_that_re2_cannot_bound_is_refused(pattern: str, said: str) -> None:
    problem = only({"matches": [v("remarks"), pattern]})
    assert short(problem) == ("/matches/1", "pattern")
    assert said in problem.detail


@pytest.mark.parametrize("pattern", [v("remarks"), None, 5, ["a"], {"cat": ["a", "b"]}])
def test_a_pattern_is_written_not_computed(pattern: object) -> None:
    assert short(only({"matches": [v("remarks"), pattern]})) == ("/matches/1", "pattern")


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x\udfff"])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    assert short(only({"==": [v("remarks"), text]})) == ("/==/1", "text")
    assert ("text" in {found.code for found in problems({text: 1})}) is True
    assert all(found.pointer.isprintable() for found in problems({text: 1}))


@pytest.mark.parametrize(
    "number",
    [float("nan"), float("inf"), -float("inf"), 10**400, 1 << 20_000],
    ids=["nan", "inf", "-inf", "401 digits", "6021 digits"],
)
def test_a_number_that_cannot_be_stored_is_refused(number: float) -> None:
    assert short(only({"<": [v("amount"), number]})) == ("/</1", "number")


@pytest.mark.parametrize("thing", [object(), {1, 2}, b"x", (1, 2), range(3)])
def test_what_is_not_json_is_refused(thing: object) -> None:
    assert short(only({"==": [v("amount"), thing]})) == ("/==/1", "not_json")


@pytest.mark.parametrize("key", [1, None, True, ("a", "b"), 1.5])
def test_an_operator_is_a_text(key: object) -> None:
    assert only({key: [1, 2]}).code == "unknown_operator"


def nested(depth: int, around: Callable[[object], object]) -> object:
    rule: object = v("approved")
    for _ in range(depth):
        rule = around(rule)
    return rule


@pytest.mark.parametrize("around", [lambda rule: {"!": rule}, lambda rule: {"!": [rule]}])
def test_a_condition_is_at_most_20_operators_deep(around: Callable[[object], object]) -> None:
    assert problems(nested(19, around)) == []
    assert [found.code for found in problems(nested(20, around))] == ["too_deep"]


def test_lists_nested_without_operators_are_too_deep_at_40() -> None:
    assert problems({"and": nested(37, lambda rule: [rule])}) == []
    assert [found.code for found in problems({"and": nested(40, lambda rule: [rule])})] == ["too_deep"]


def test_a_condition_is_at_most_4_kb_long() -> None:
    def of(size: int) -> object:
        around = len('{"==":[{"var":"remarks"},"x"]}')
        return {"==": [v("remarks"), "x" + "é" * ((size - around) // 2)]}

    assert problems(of(4_096)) == []
    assert [found.code for found in problems(of(4_098))] == ["too_large"]


def test_a_condition_has_at_most_1000_parts() -> None:
    assert [found.code for found in problems({"and": [[0]] * 600})] == ["too_large"]


def deep(levels: int) -> object:
    rule: Any = 1
    for _ in range(levels):
        rule = {"!": rule}
    return rule


def bomb(levels: int) -> object:
    rule: Any = [1] * 9
    for _ in range(levels):
        rule = [rule] * 9
    return {"and": rule}


@pytest.mark.parametrize(
    "condition",
    [
        deep(50_000),
        bomb(30),
        {"and": [1] * 1_000_000},
        {"in": [v("amount"), list(range(100_000))]},
        {f"op{number}": number for number in range(100_000)},
        {"cat": ["x" * 5_000_000]},
        {"and": [{"var": f"unknown_field_{number}"} for number in range(150)]},
        {"and": [{f"unknown_operator_{number}": 1} for number in range(150)]},
    ],
    ids=["deep", "alias bomb", "wide", "long list", "many keys", "long text", "unknown names", "unknown operators"],
)
def test_a_hostile_condition_is_refused_at_once(condition: object) -> None:
    started = time.process_time()
    found = problems(condition)
    assert 1 <= len(found) <= 50
    assert time.process_time() - started < 1


def test_every_problem_is_reported_at_once_with_its_place() -> None:
    condition = {"and": [{"==": [v("aproved")]}, {"metod": 1}, {"!": {}}, {"==": [v("amount"), "\x00"]}, v("_.tdoay")]}
    assert {short(problem) for problem in problems(condition)} == {
        ("/and/0/==", "arguments"),
        ("/and/0/==/0/var", "unknown_field"),
        ("/and/1/metod", "unknown_operator"),
        ("/and/2/!", "not_one_operator"),
        ("/and/3/==/1", "text"),
        ("/and/4/var", "unknown_value"),
    }


def test_without_a_place_the_pointers_begin_at_the_condition() -> None:
    [problem] = check_condition({"==": [v("aproved"), 1]}, FIELDS)
    assert problem.pointer == "/==/0/var"
