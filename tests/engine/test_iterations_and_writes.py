"""engine.md, Iterations and writes: a test for each sentence that the core decides."""

from __future__ import annotations

from tests.engine.play import Play
from ticketflower.engine.events import IterationMade

TWO_STEPS = """
tasks:
  first: {title: First, task_type: FORM, input_fields: [a], output_fields: [b, n], optional_fields: [b, n]}
  second: {title: Second, task_type: FORM, input_fields: [b], output_fields: [end]}
"""

CLEARING = """
tasks:
  proof: {title: Proof, task_type: FORM, input_fields: [a], output_fields: [b], clears: [c, d]}
  verdict: {title: Verdict, task_type: FORM, input_fields: [b], output_fields: [c]}
  echo: {title: Echo, task_type: FORM, input_fields: [c], output_fields: [end]}
"""


def iterations(flow: Play) -> list[IterationMade]:
    return [event for event in flow.events if isinstance(event, IterationMade)]


def test_iteration_0_is_the_submission() -> None:
    flow = Play(TWO_STEPS).submit(a="x")
    assert (flow.iteration, flow.fields) == (0, {"a": "x"})


def test_each_completion_makes_exactly_one_iteration_also_in_parallel() -> None:
    flow = Play("""
tasks:
  one: {title: One, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: Two, task_type: FORM, input_fields: [a], output_fields: [c]}
""").submit(a="x")
    flow.finish("one", b="1").finish("two", c="2").advance()
    assert [(made.iteration, made.written) for made in iterations(flow)] == [(0, ("a",)), (1, ("b",)), (2, ("c",))]


def test_each_correction_makes_an_iteration_of_its_own_with_its_reason() -> None:
    flow = Play(TWO_STEPS).submit(a="x").correct(n=4)
    made = iterations(flow)[-1]
    assert (made.iteration, made.writer, made.reason, made.workspace) == (
        1,
        "correction",
        "because",
        {"a": "x", "n": 4},
    )


def test_an_iteration_holds_the_whole_workspace_what_it_wrote_what_it_cleared_and_who() -> None:
    flow = Play(CLEARING).submit(a="x").complete("proof", b="1").complete("verdict", c="good")
    flow.correct(a="y").complete("proof", b="2")
    made = iterations(flow)[-1]
    assert (made.workspace, made.written, made.cleared) == ({"a": "y", "b": "2"}, ("b",), ("c", "d"))
    assert made.actor_id in {1, 2}


def test_a_written_field_is_an_event_even_if_its_value_is_what_it_was() -> None:
    flow = Play(TWO_STEPS).submit(a="x").correct(a="x")
    assert flow.open == ["first", "first"]


def test_a_field_left_out_is_not_written() -> None:
    flow = Play(TWO_STEPS).submit(a="x").complete("first", n=1)
    assert flow.open == []
    assert "b" not in flow.fields


def test_a_completion_that_writes_nothing_is_an_iteration_all_the_same() -> None:
    flow = Play(TWO_STEPS).submit(a="x").complete("first")
    assert flow.iteration == 1


def test_null_empties_a_field_and_is_a_write() -> None:
    flow = Play(TWO_STEPS).submit(a="x").complete("first", b=None)
    assert flow.fields["b"] is None
    assert flow.open == ["second"]


def test_a_cleared_field_is_absent_as_if_never_written() -> None:
    flow = Play(CLEARING).submit(a="x").complete("proof", b="1").complete("verdict", c="good").correct(a="y")
    flow.complete("proof", b="2")
    assert "c" not in flow.fields
    assert flow.state.versions["c"].written is None


def test_clearing_is_no_event_and_triggers_nothing() -> None:
    flow = Play(CLEARING).submit(a="x").complete("proof", b="1")
    assert flow.open == ["verdict"]


def test_clearing_comes_after_the_tasks_own_writes() -> None:
    flow = (
        Play("""
tasks:
  only: {title: Only, task_type: FORM, input_fields: [a], output_fields: [b], clears: [b]}
  next: {title: Next, task_type: FORM, input_fields: [b], output_fields: [end]}
""")
        .submit(a="x")
        .complete("only", b="1")
    )
    assert "b" not in flow.fields
    assert flow.open == ["next"]


def test_clearing_never_conflicts_itself() -> None:
    flow = Play(CLEARING).submit(a="x").correct(c="good").complete("proof", b="1")
    assert flow.errors == []
    assert "c" not in flow.fields


def test_who_was_at_work_on_a_cleared_field_has_a_conflict() -> None:
    flow = Play(CLEARING).submit(a="x").complete("proof", b="1").correct(a="y")
    flow.complete("proof", b="2").complete("verdict", c="good")
    assert flow.errors == ["write_conflict"]


def test_conditions_see_null_for_a_field_that_was_emptied_never_written_or_cleared() -> None:
    flow = Play("""
tasks:
  emptied: {title: E, task_type: FORM, input_fields: [a], output_fields: [d], condition: {"==": [{var: b}, null]}}
  never: {title: N, task_type: FORM, input_fields: [a], output_fields: [d], condition: {"==": [{var: c}, null]}}
""").submit(a="x")
    flow.correct(b=None)
    assert sorted(flow.correct(a="y").open) == ["emptied", "emptied", "never", "never"]
