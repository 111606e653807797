"""Every warning: what makes it, and the nearest thing that is right and must not make it."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from ticketflower.documents import check, read

from .building import TRIP, flow, is_false, is_true, places, trip

EXAMPLES = Path(__file__).parents[2] / "examples"
COUNTED = {"<": [{"var": "_.tasks.a.started"}, 3]}


def warned(document: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    report = check(document, **options)
    assert report.errors == (), report.errors
    return places(report.warnings)


@pytest.mark.parametrize("name", ["purchase-approval", "content-review", "house-rules", "new-colleague"])
def test_the_examples_have_no_errors_and_no_warnings_in_a_company_that_has_their_roles(name: str) -> None:
    document = read((EXAMPLES / f"{name}.yaml").read_bytes()).document
    assert warned(document, company_roles=["team-lead"]) == []


OVERLAP: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "two that start together and write one field": (
        flow({"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["start"], "out": ["x", "y"]}}, {"end": ["y"]}),
        [("/tasks/b/output_fields", "overlapping_writes")],
    ),
    "different fields": (
        flow({"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["start"], "out": ["y"]}}, {"end": ["x", "y"]}),
        [],
    ),
    "a branch: opposite conditions": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"], "condition": is_true("start")},
                "b": {"in": ["start"], "out": ["x"], "condition": is_false("start")},
            },
            {"end": ["x"]},
        ),
        [],
    ),
    "a sequence": (
        flow({"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["x"], "out": ["x2", "start"]}}, {"end": ["x2"]}),
        [],
    ),
    "the second is started while the first is still at work": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"]},
                "b": {"in": ["start"], "out": ["y"]},
                "c": {"in": ["y"], "out": ["x"]},
            },
            {"end": {"fields": ["x"], "condition": is_true("x")}},
        ),
        [("/tasks/a", "may_stall"), ("/tasks/c", "may_stall"), ("/tasks/c/output_fields", "overlapping_writes")],
    ),
    "the first of them ends the workflow": (
        flow({"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["start"], "out": ["x"]}}, {"end": ["x"]}),
        [],
    ),
    "a deferred choice: the other is withdrawn": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"], "cancel_when": {"!": [{"missing": ["x"]}]}},
                "b": {"in": ["start"], "out": ["x"], "cancel_when": {"!": [{"missing": ["x"]}]}},
                "c": {"in": ["x"], "out": ["y"]},
            },
            {"end": ["y"]},
        ),
        [],
    ),
    "only one of them is withdrawn": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"], "cancel_when": {"!": [{"missing": ["x"]}]}},
                "b": {"in": ["start"], "out": ["x"]},
                "c": {"in": ["x"], "out": ["y"]},
            },
            {"end": ["y"]},
        ),
        [("/tasks/b/output_fields", "overlapping_writes")],
    ),
    "one clears what the other writes": (
        flow(
            {"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["start"], "out": ["y"], "clears": ["x"]}},
            {"end": {"fields": ["x"], "when_idle": True}},
        ),
        [("/tasks/b/output_fields", "overlapping_writes")],
    ),
    "who clears it restarts the other": (
        flow(
            {
                "a": {"in": ["y"], "out": ["x"], "on_retrigger": "restart"},
                "b": {"in": ["start", "z"], "out": ["y"], "clears": ["x"], "on_retrigger": "ignore"},
                "c": {"in": ["y"], "out": ["z"], "on_retrigger": "ignore", "condition": is_true("y")},
            },
            {"end": ["x"]},
        ),
        [],
    ),
    "a task on demand beside one that writes the same": (
        flow({"a": {"in": ["start"], "out": ["x"]}, "d": {"in": [], "out": ["x"], "on_demand": True}}, {"end": ["y"]})
        | {"completions": {"end": {"title": "E", "completion_status": "COMPLETED", "fields": [], "when_idle": True}}},
        [("/fields_schema/properties/y", "unused_field"), ("/tasks/d/output_fields", "overlapping_writes")],
    ),
}

ITSELF: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "two branches that meet without waiting": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"]},
                "b": {"in": ["start"], "out": ["y"]},
                "c": {"in": ["x", "y"], "out": ["z"]},
                "d": {"in": ["z"], "out": ["end"]},
            },
            {"end": ["end"]},
        ),
        # not "d" as well: the second "c" has its conflict, and so never triggers "d" again by itself
        [("/tasks/c", "conflict_with_itself")],
    ),
    "they wait for one another": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"]},
                "b": {"in": ["start"], "out": ["y"]},
                "c": {"in": ["x", "y"], "out": ["z"], "wait_for": "all"},
                "d": {"in": ["z"], "out": ["end"]},
            },
            {"end": ["end"]},
        ),
        [],
    ),
    "the second trigger is ignored": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"]},
                "b": {"in": ["start"], "out": ["y"]},
                "c": {"in": ["x", "y"], "out": ["z"], "on_retrigger": "ignore"},
            },
            {"end": {"fields": ["z"], "when_idle": True}},
        ),
        [],
    ),
    "it runs twice, but one after the other": (
        flow(
            {"a": {"in": ["start", "y"], "out": ["x"]}, "b": {"in": ["x"], "out": ["y"], "condition": is_false("x")}},
            {"end": {"fields": ["x"], "condition": is_true("x")}},
        ),
        [],
    ),
}

NEVER: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a join behind two branches of which one is taken": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"], "condition": is_true("start")},
                "b": {"in": ["start"], "out": ["y"], "condition": is_false("start")},
                "c": {"in": ["x", "y"], "out": ["z"], "wait_for": "all"},
            },
            {"end": {"fields": ["z"], "when_idle": True}},
        ),
        [("/tasks/c/wait_for", "never_starts")],
    ),
    "a condition on a field that is only written later": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"], "condition": is_true("y")},
                "b": {"in": ["start"], "out": ["y"]},
            },
            {"end": ["y", "x"]},
        ),
        [("/tasks/a/condition", "never_starts")],
    ),
    "a completion that comes before the task": (
        flow({"a": {"in": ["start"], "out": ["x"]}}, {"end": ["start"]}),
        [("/tasks/a/input_fields", "never_starts")],
    ),
    "one completion of two that nothing triggers": (
        flow({}, {"end": ["start"], "lost": ["x"]}, fields={"x": {"type": "boolean"}}),
        [("/completions/lost/fields", "unreachable_completion"), ("/fields_schema/properties/x", "never_written")],
    ),
    "one completion of two whose condition is never true": (
        flow(
            {},
            {
                "end": ["start"],
                "no": {"fields": ["start"], "condition": {"and": [is_true("start"), is_false("start")]}},
            },
        ),
        [("/completions/no/condition", "unreachable_completion")],
    ),
    "completions that hold but don't end": (
        flow({}, {"wait": {"fields": ["start"], "completion_status": "ON_HOLD"}}),
        [("/completions", "never_ends")],
    ),
    "a field that nobody reads or writes": (
        flow({}, {"end": ["start"]}, fields={"spare": {"type": "string"}}),
        [("/fields_schema/properties/spare", "unused_field")],
    ),
    "a field that a condition reads and nobody writes": (
        flow(
            {},
            {"end": {"fields": ["start"], "condition": {"!": [{"var": "spare"}]}}},
            fields={"spare": {"type": "string"}},
        ),
        [("/fields_schema/properties/spare", "never_written")],
    ),
    "a field that is written and only kept for the record": (
        flow({"a": {"in": ["start"], "out": ["x", "note"]}}, {"end": ["x"]}),
        [],
    ),
}

LOOPS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "two tasks that trigger one another for ever": (
        flow({"a": {"in": ["start", "y"], "out": ["x"]}, "b": {"in": ["x"], "out": ["y"]}}, {"end": ["start2"]})
        | {"completions": {"end": {"title": "E", "completion_status": "COMPLETED", "fields": [], "when_idle": True}}},
        [("/fields_schema/properties/start2", "unused_field"), ("/tasks/a", "loop_without_condition")],
    ),
    "a task that triggers itself": (
        flow({"a": {"in": ["start"], "out": ["start"]}}, {"end": {"fields": [], "when_idle": True}}),
        [("/tasks/a", "loop_without_condition")],
    ),
    "the loop has a condition": (
        flow(
            {"a": {"in": ["start", "y"], "out": ["x"], "condition": COUNTED}, "b": {"in": ["x"], "out": ["y"]}},
            {"end": {"fields": [], "when_idle": True}},
        ),
        [],
    ),
    "a completion looks at what the loop writes": (
        flow(
            {"a": {"in": ["start", "y"], "out": ["x"]}, "b": {"in": ["x"], "out": ["y"]}},
            {"end": {"fields": ["y"], "condition": is_true("y")}},
        ),
        [],
    ),
    "an optional field leaves the loop": (
        flow(
            {"a": {"in": ["start", "y"], "out": ["x"]}, "b": {"in": ["x"], "out": ["y"], "optional_fields": ["y"]}},
            {"end": {"fields": [], "when_idle": True}},
        ),
        [],
    ),
}

STALLS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "an answer that nobody reacts to": (
        flow({"a": {"in": ["start"], "out": ["ok"]}}, {"end": {"fields": ["ok"], "condition": is_true("ok")}}),
        [("/tasks/a", "may_stall")],
    ),
    "every answer has its way on": (
        flow(
            {"a": {"in": ["start"], "out": ["ok"]}, "b": {"in": ["ok"], "out": ["x"], "condition": is_false("ok")}},
            {"end": {"fields": ["ok"], "condition": is_true("ok")}, "no": ["x"]},
        ),
        [],
    ),
    "one choice of three is forgotten": (
        flow(
            {"a": {"in": ["start"], "out": ["pick"]}},
            {"end": {"fields": ["pick"], "condition": {"in": [{"var": "pick"}, ["yes", "no"]]}}},
            fields={"pick": {"enum": ["yes", "no", "later"]}},
        ),
        [("/tasks/a", "may_stall")],
    ),
    "a number exactly between": (
        flow(
            {},
            {
                "few": {"fields": ["start"], "condition": {"<": [{"var": "start"}, 10]}},
                "many": {"fields": ["start"], "condition": {">": [{"var": "start"}, 10]}},
            },
            fields={"start": {"type": "integer"}},
        ),
        [("/tickets/begin", "may_stall")],
    ),
    "no gap between the numbers": (
        flow(
            {},
            {
                "few": {"fields": ["start"], "condition": {"<": [{"var": "start"}, 10]}},
                "many": {"fields": ["start"], "condition": {">=": [{"var": "start"}, 10]}},
            },
            fields={"start": {"type": "integer"}},
        ),
        [],
    ),
    "the last task writes what nobody reads": (
        flow(
            {"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["x"], "out": ["z"], "condition": is_true("x")}},
            {"end": {"fields": ["x"], "condition": is_false("x")}},
        ),
        [("/tasks/b", "may_stall")],
    ),
    "idle is an end": (
        flow(
            {"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["x"], "out": ["z"], "condition": is_true("x")}},
            {"end": {"fields": ["x"], "when_idle": True}},
        ),
        [],
    ),
    "a task that may write nothing": (
        flow({"a": {"in": ["start"], "out": ["x"], "optional_fields": ["x"]}}, {"end": ["x"]}),
        [("/tasks/a", "may_stall")],
    ),
    "a completion that doesn't look again": (
        flow(
            {"a": {"in": ["start"], "out": ["x"]}, "b": {"in": ["start"], "out": ["y"]}},
            {"end": {"fields": ["x"], "condition": {"!": [{"missing": ["x", "y"]}]}}},
        ),
        [],
    ),
    "the condition under which a task started still holds after it": (
        flow(
            {
                "a": {"in": ["start"], "out": ["ok"]},
                "b": {"in": ["ok"], "out": ["x"], "condition": is_true("ok")},
                "n": {"in": ["ok"], "out": ["y"], "condition": is_false("ok")},
                "c": {"in": ["x"], "out": ["y"], "condition": is_true("ok")},
            },
            {"end": ["y"]},
        ),
        [],
    ),
    "what was asked before is known": (
        flow(
            {
                "a": {"in": ["start"], "out": ["ok"]},
                "b": {"in": ["ok"], "out": ["x"], "condition": is_true("ok")},
                "c": {"in": ["x"], "out": ["y"], "condition": is_true("ok")},
            },
            {"no": {"fields": ["ok"], "condition": is_false("ok")}, "end": ["y"]},
        ),
        [],
    ),
}

CANCELS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "it may start although it is cancelled": (
        flow(
            {"a": {"in": ["start"], "out": ["x"], "cancel_when": is_true("start")}},
            {"end": ["x"], "off": {"fields": [], "when_idle": True}},
        ),
        [("/tasks/a/cancel_when", "start_and_cancel")],
    ),
    "its condition excludes it": (
        flow(
            {"a": {"in": ["start"], "out": ["x"], "condition": is_false("start"), "cancel_when": is_true("start")}},
            {"end": ["x"], "off": {"fields": [], "when_idle": True}},
        ),
        [],
    ),
    "what cancels it can't be written before": (
        flow(
            {
                "a": {"in": ["start"], "out": ["x"], "cancel_when": is_true("y")},
                "b": {"in": ["start"], "out": ["y"]},
            },
            {"end": ["x"], "off": {"fields": [], "when_idle": True}},
        ),
        [],
    ),
}

ALL = {**OVERLAP, **ITSELF, **NEVER, **LOOPS, **STALLS, **CANCELS}


@pytest.mark.parametrize("name", ALL)
def test_what_an_author_should_look_at_and_nothing_else(name: str) -> None:
    document, expected = ALL[name]
    assert warned(document) == expected


def test_a_role_that_the_company_has_not_got() -> None:
    document = trip(**{"tasks/decide/company_role_access": ["managr", "buyer"]})
    report = check(document, company_roles=["manager", "buyer"])
    assert places(report.warnings) == [("/tasks/decide/company_role_access/0", "unknown_company_role")]
    assert report.warnings[0].hint == "Did you mean `manager`?"


def test_a_layout_of_a_field_that_is_not_shown_there() -> None:
    document = trip(**{"tasks/decide/edit_layout": {"booking": {"ui:help": "x"}}})
    assert warned(document) == [("/tasks/decide/edit_layout/booking", "not_shown")]


def test_a_warning_about_a_stall_gives_an_example() -> None:
    document, _ = STALLS["an answer that nobody reacts to"]
    assert "`ok` = false" in check(document).warnings[0].detail


def test_a_warning_about_a_conflict_names_both_tasks_and_the_field() -> None:
    document, _ = OVERLAP["two that start together and write one field"]
    warning = check(document).warnings[0]
    assert all(name in warning.detail for name in ("`a`", "`b`", "`x`"))
    assert warning.hint is not None


def test_warnings_wait_until_there_are_no_errors() -> None:
    document, _ = OVERLAP["two that start together and write one field"]
    report = check({**document, "titel": "x"})
    assert places(report.errors) == [("/titel", "unknown_key")]
    assert report.warnings == ()


def test_a_workflow_with_hundreds_of_tasks_is_checked_in_a_few_seconds() -> None:
    tasks = {
        f"t{n}": {"in": [f"f{n}", "start"], "out": [f"f{n + 1}", "shared"], "condition": {">": [{"var": "amount"}, n]}}
        for n in range(150)
    }
    ticket = {"title": "Start", "fields": ["start", "amount"]}
    document = flow(tasks, {"end": ["f150"]}, fields={"amount": {"type": "number"}}, ticket=ticket)
    before = perf_counter()
    report = check(document)
    assert perf_counter() - before < 10
    assert report.errors == ()
    assert report.warnings


def test_the_trip_of_the_error_tables_is_silent() -> None:
    assert warned(TRIP) == []
