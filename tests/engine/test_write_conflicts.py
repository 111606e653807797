"""engine.md, Write conflicts: two tasks that overlap in time may not write the same field."""

from __future__ import annotations

from tests.engine.play import Play
from ticketflower.engine.events import ConflictFound, Finding, TaskWithdrawn
from ticketflower.engine.state import Held
from ticketflower.engine.words import TaskStatus

SAME_FIELD = """
tasks:
  one: {title: One, task_type: FORM, input_fields: [a], output_fields: [b, d], optional_fields: [d]}
  two: {title: Two, task_type: FORM, input_fields: [a], output_fields: [b, d], optional_fields: [d]}
  reader: {title: R, task_type: FORM, input_fields: [b], output_fields: [c]}
"""


def conflict(flow: Play) -> ConflictFound:
    return next(event for event in flow.events if isinstance(event, ConflictFound))


def test_the_second_of_two_tasks_started_at_the_same_iteration_is_a_conflict() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2")
    assert flow.fields["b"] == "1"
    assert flow.all("two")[0].status == "ERROR"
    assert flow.errors == ["write_conflict"]


def test_the_second_is_a_conflict_wherever_the_two_were_started() -> None:
    flow = (
        Play("""
tasks:
  early: {title: E, task_type: FORM, input_fields: [a], output_fields: [b]}
  late: {title: L, task_type: FORM, input_fields: [c], output_fields: [b]}
""")
        .submit(a="x")
        .correct(c="go")
    )
    flow.complete("late", b="late").complete("early", b="early")
    assert (flow.fields["b"], flow.errors) == ("late", ["write_conflict"])


def test_a_task_that_started_after_the_other_had_written_is_no_conflict() -> None:
    flow = (
        Play("""
tasks:
  first: {title: F, task_type: FORM, input_fields: [a], output_fields: [b]}
  second: {title: S, task_type: FORM, input_fields: [b], output_fields: [b]}
""")
        .submit(a="x")
        .complete("first", b="1")
        .complete("second", b="2")
    )
    assert (flow.fields["b"], flow.errors) == ("2", [])


def test_tasks_that_overlap_and_write_different_fields_are_no_conflict() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", d="2")
    assert (flow.fields, flow.errors) == ({"a": "x", "b": "1", "d": "2"}, [])


def test_a_correction_makes_a_conflict_for_a_task_that_began_before_it() -> None:
    flow = Play(SAME_FIELD).submit(a="x").correct(b="admin").complete("one", b="1")
    assert (flow.fields["b"], conflict(flow).fields["b"]["task_id"]) == ("admin", None)


def test_a_second_instance_of_the_same_definition_conflicts_too() -> None:
    flow = (
        Play("""
tasks:
  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [b]}
""")
        .submit(a="x")
        .correct(a="y")
    )
    flow.complete(1, b="1").complete(2, b="2")
    assert flow.errors == ["write_conflict"]


def test_the_error_says_which_field_which_other_task_which_iterations_and_both_values() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2")
    assert conflict(flow).fields == {"b": {"theirs": "1", "ours": "2", "iteration": 1, "task_id": 1}}
    message = next(event.message for event in flow.events if isinstance(event, Finding))
    for said in ("tasks.two", "b was written by task 1 at iteration 1", "'1'", "'2'", "began at iteration 0"):
        assert said in message


def test_the_error_names_the_last_of_several_other_tasks() -> None:
    flow = (
        Play("""
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: T, task_type: FORM, input_fields: [b], output_fields: [b]}
  slow: {title: S, task_type: FORM, input_fields: [a], output_fields: [b]}
""")
        .submit(a="x")
        .complete("one", b="1")
        .complete("two", b="2")
        .complete("slow", b="3")
    )
    assert conflict(flow).fields["b"] == {"theirs": "2", "ours": "3", "iteration": 2, "task_id": 3}


def test_a_conflicting_output_is_not_folded_in_not_lost_and_makes_no_iteration() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2")
    assert flow.all("two")[0].output == {"b": "2"}
    assert flow.iteration == 1


def test_nothing_of_a_conflicting_output_is_folded_in_not_even_its_other_fields() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2", d="free")
    assert "d" not in flow.fields


def test_the_workflow_goes_on_after_a_conflict() -> None:
    flow = Play(SAME_FIELD).submit(a="x").finish("one", b="1").finish("two", b="2").advance()
    assert "reader" in flow.open
    assert flow.complete("reader", c="3").fields["c"] == "3"


def apply(flow: Play, number: int) -> Play:
    task = flow.tasks[number]
    task.status, task.applied = TaskStatus.COMPLETED, True
    return flow.advance()


def test_applying_makes_an_iteration_like_any_other() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2")
    readers = len(flow.all("reader"))
    apply(flow, 2)
    assert (flow.fields["b"], flow.iteration, flow.tasks[2].end_iteration) == ("2", 2, 2)
    assert len(flow.all("reader")) == readers + 1


def test_an_applied_output_conflicts_with_a_task_that_began_before_it() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2")
    flow.correct(a="again")
    apply(flow, 2)
    assert flow.complete("one", b="3").errors.count("write_conflict") == 2


def discard(flow: Play, number: int) -> Play:
    flow.state.tasks.pop(number).status = TaskStatus.CANCELLED
    flow.state.held = Held(settle=True)
    return flow.advance()


def test_after_a_discard_the_standstill_is_looked_at() -> None:
    flow = (
        Play("""
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: T, task_type: FORM, input_fields: [a], output_fields: [b]}
""")
        .submit(a="x")
        .complete("one", b="1")
        .complete("two", b="2")
    )
    assert "stalled" not in flow.errors
    assert "stalled" in discard(flow, 2).errors


def test_after_a_discard_the_queue_is_looked_at() -> None:
    flow = (
        Play("""
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b], on_retrigger: queue}
""")
        .submit(a="x")
        .correct(a="y", b="other")
        .complete("one", b="1")
    )
    assert flow.open == []
    discard(flow, 1)
    assert flow.open == ["one"]
    assert flow.task("one").start_iteration == 1


def test_a_task_that_is_sent_back_is_no_new_start_and_its_next_output_is_no_conflict() -> None:
    flow = Play(SAME_FIELD).submit(a="x").complete("one", b="1").complete("two", b="2")
    task = flow.tasks[2]
    task.status, task.start_iteration = TaskStatus.OPEN, flow.iteration
    assert flow.state.counts["two"].started == 1
    flow.complete(2, b="3")
    assert (flow.fields["b"], task.made_at_iteration, task.start_iteration, task.end_iteration) == ("3", 0, 1, 2)


# A completed task that is not folded in yet.


def test_if_the_workflow_ends_before_its_turn_a_waiting_output_is_cancelled_and_kept_and_the_log_says_so() -> None:
    flow = (
        Play("""
tasks:
  end: {title: E, task_type: FORM, input_fields: [a], output_fields: [end]}
  late: {title: L, task_type: FORM, input_fields: [a], output_fields: [b]}
""")
        .submit(a="x")
        .finish("end", end=True)
        .finish("late", b="1")
        .advance()
    )
    late = flow.all("late")[0]
    assert (flow.status, late.status, late.output, late.end_iteration) == ("COMPLETED", "CANCELLED", {"b": "1"}, None)
    assert [event.why for event in flow.events if isinstance(event, TaskWithdrawn)] == ["workflow_ended"]


def test_a_waiting_output_cannot_be_withdrawn_or_restarted_its_turn_comes() -> None:
    flow = (
        Play("""
tasks:
  first: {title: F, task_type: FORM, input_fields: [a], output_fields: [a]}
  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [b], on_retrigger: restart,
         cancel_when: {"==": [{var: a}, "stop"]}}
""")
        .submit(a="x")
        .finish("first", a="stop")
        .finish("work", b="1")
        .advance()
    )
    assert (flow.all("work")[0].end_iteration, flow.fields["b"]) == (2, "1")


def test_a_waiting_output_counts_as_active_for_a_retrigger() -> None:
    flow = (
        Play("""
tasks:
  first: {title: F, task_type: FORM, input_fields: [a], output_fields: [c]}
  work: {title: W, task_type: FORM, input_fields: [a, c], output_fields: [b], on_retrigger: ignore}
""")
        .submit(a="x")
        .finish("first", c="1")
        .finish("work", b="1")
        .advance()
    )
    assert len(flow.all("work")) == 1
