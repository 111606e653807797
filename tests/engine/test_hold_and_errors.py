"""engine.md, Hold and Errors: what waits, what goes on, and which errors the engine closes by itself."""

from __future__ import annotations

import pytest

from tests.engine.play import Play
from ticketflower.engine.events import CorrectionDropped, Finding, TaskSkipped
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.words import ErrorType

TWO = """
tasks:
  one: {title: One, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: Two, task_type: FORM, input_fields: [b], output_fields: [c]}
"""


def test_what_was_completed_on_hold_is_kept_and_folded_in_when_the_workflow_is_resumed() -> None:
    flow = Play(TWO).submit(a="x").hold().finish("one", b="1").advance()
    assert (flow.iteration, flow.fields) == (0, {"a": "x"})
    flow.resume()
    assert (flow.iteration, flow.open) == (1, ["two"])


def test_resuming_runs_steps_2_to_5_of_the_held_iteration_before_it_folds_what_was_kept() -> None:
    flow = (
        Play("""
tasks:
  one: {title: One, task_type: FORM, input_fields: [a], output_fields: [b]}
  held: {title: Held, task_type: FORM, input_fields: [c], output_fields: [d]}
completions:
  wait: {title: W, completion_status: ON_HOLD, fields: [c]}
  done: {title: D, completion_status: COMPLETED, fields: [end]}
""")
        .submit(a="x")
        .correct(c="pause")
    )
    assert flow.status == "ON_HOLD"
    flow.finish("one", b="1").resume()
    assert flow.task("held").start_iteration == 1
    assert flow.all("one")[0].end_iteration == 2


def test_the_other_completions_of_the_held_iteration_are_not_looked_at_again() -> None:
    flow = (
        Play("""
tasks:
  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [b]}
completions:
  wait: {title: W, completion_status: ON_HOLD, fields: [a]}
  over: {title: O, completion_status: CANCELLED, fields: [a]}
""")
        .submit(a="x")
        .resume()
    )
    assert flow.status == "IN_PROGRESS"


def test_a_standstill_that_put_the_workflow_on_hold_is_an_error_when_it_is_resumed_with_nothing_to_do() -> None:
    flow = Play("""
completions:
  quiet: {title: Q, completion_status: ON_HOLD, fields: [b], when_idle: true}
  done: {title: D, completion_status: COMPLETED, fields: [end]}
""").submit(a="x")
    assert (flow.status, flow.errors) == ("ON_HOLD", [])
    flow.resume()
    assert (flow.status, flow.errors) == ("IN_PROGRESS", ["stalled"])


def test_a_correction_that_comes_too_late_is_dropped_and_the_log_says_so() -> None:
    flow = Play(TWO).submit(a="x").cancel().correct(b="late")
    assert "b" not in flow.fields
    assert [event.data for event in flow.events if isinstance(event, CorrectionDropped)] == [{"b": "late"}]


def test_an_advance_with_nothing_waiting_does_nothing() -> None:
    flow = Play(TWO).submit(a="x")
    before = (len(flow.events), flow.iteration, flow.status)
    flow.advance()
    assert (len(flow.events), flow.iteration, flow.status) == before


def test_a_standstill_is_one_error_however_often_the_engine_looks() -> None:
    flow = Play("tasks: {}").submit(a="x").advance().advance()
    assert [event.code for event in flow.events if isinstance(event, Finding)] == ["stalled"]


def test_the_standstills_message_says_what_was_skipped_and_what_cures_it() -> None:
    flow = Play("""
tasks:
  big: {title: B, task_type: FORM, input_fields: [a], output_fields: [b], condition: {">": [{var: n}, 5]}}
""").submit(a="x")
    message = next(event.message for event in flow.events if isinstance(event, Finding))
    assert "big" in message
    assert "Correct a field" in message
    assert "cancel the ticket" in message
    assert any(isinstance(event, TaskSkipped) for event in flow.events)


def test_tasks_that_call_a_server_are_made_in_error_and_the_iteration_stands() -> None:
    flow = Play("""
tasks:
  call: {title: C, task_type: SYNC_ACTION, input_fields: [a], output_fields: [b], action_url: "https://example.com"}
""").submit(a="x")
    finding = next(event for event in flow.events if isinstance(event, Finding))
    assert (flow.iteration, flow.all("call")[0].status) == (0, "ERROR")
    assert (finding.code, finding.error_type) == ("not_enabled", ErrorType.TASK_CREATION)


def test_an_error_of_a_task_is_closed_when_the_task_is_cancelled() -> None:
    flow = Play(
        """
tasks:
  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [b], cancel_when: {"==": [{var: c}, "stop"]}}
""",
        workers=[],
    ).submit(a="x")
    assert flow.errors == ["no_worker"]
    assert "no_worker" not in flow.correct(c="stop").errors


def test_more_starts_than_one_advance_may_make_are_a_failure_that_names_the_task() -> None:
    tasks = "\n".join(
        f"  t{n}: {{title: T, task_type: FORM, input_fields: [a], output_fields: [b]}}" for n in range(101)
    )
    with pytest.raises(EngineFailure, match=r"tasks\.t100") as failed:
        Play(f"tasks:\n{tasks}").submit(a="x")
    assert (failed.value.code, failed.value.error_type) == ("too_many_starts", ErrorType.TASK_CREATION)
