"""engine.md, From one iteration to the next: steps 1 to 6, a test for each sentence."""

from __future__ import annotations

import pytest

from tests.engine.play import Play
from ticketflower.engine.events import QueueForgotten, TaskSkipped
from ticketflower.engine.state import MAX_ITERATIONS


def field_read_by(task: str, more: str = "") -> str:
    return f"tasks:\n  {task}: {{title: T, task_type: FORM, input_fields: [a], output_fields: [b]{more}}}\n"


# Step 1: completions.


def test_a_completion_is_triggered_only_if_it_reads_a_written_field() -> None:
    flow = Play(field_read_by("work")).submit(a="x").complete("work", b="1")
    assert flow.status == "IN_PROGRESS"
    assert flow.correct(end=True).status == "COMPLETED"


def test_the_first_completion_that_holds_in_the_documents_order_ends_the_workflow() -> None:
    flow = Play("""
completions:
  never: {title: N, completion_status: CANCELLED, fields: [a], condition: {"==": [{var: a}, "no"]}}
  first: {title: F, completion_status: CANCELLED, fields: [a]}
  second: {title: S, completion_status: COMPLETED, fields: [a]}
""").submit(a="x")
    assert (flow.status, flow.state.completion_key) == ("CANCELLED", "first")


def test_an_ended_workflow_cancels_active_tasks_and_starts_nothing() -> None:
    flow = (
        Play("""
tasks:
  slow: {title: S, task_type: FORM, input_fields: [a], output_fields: [b]}
  late: {title: L, task_type: FORM, input_fields: [end], output_fields: [c]}
""")
        .submit(a="x")
        .correct(end=True)
    )
    assert flow.status == "COMPLETED"
    assert flow.all("slow")[0].status == "CANCELLED"
    assert flow.all("late") == []


def test_an_on_hold_completion_pauses_here_and_the_steps_below_happen_when_it_is_resumed() -> None:
    flow = Play("""
tasks:
  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [b]}
completions:
  wait: {title: W, completion_status: ON_HOLD, fields: [a]}
  done: {title: D, completion_status: COMPLETED, fields: [a]}
""").submit(a="x")
    assert (flow.status, flow.open) == ("ON_HOLD", [])
    flow.resume()
    assert (flow.status, flow.open) == ("IN_PROGRESS", ["work"])


# Step 2: withdrawals.


def test_an_active_task_whose_cancel_when_is_true_is_withdrawn() -> None:
    flow = Play(field_read_by("work", ', cancel_when: {"==": [{var: c}, "stop"]}')).submit(a="x").correct(c="stop")
    assert flow.all("work")[0].status == "CANCELLED"
    assert ("withdrawn", "work") in flow.words("withdrawn")


def test_what_starts_although_its_cancel_when_holds_is_withdrawn_at_the_next_iteration() -> None:
    flow = Play(field_read_by("work", ", cancel_when: {always: true}")).submit(a="x")
    assert flow.open == ["work"]
    assert flow.correct(d="x").open == []


# Step 3: starts.


def test_a_task_starts_when_a_field_that_it_reads_is_written() -> None:
    flow = Play(field_read_by("work")).submit(a="x")
    assert flow.open == ["work"]
    assert flow.task("work").start_iteration == 0


def test_several_tasks_may_start_in_one_iteration() -> None:
    flow = Play("""
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: T, task_type: FORM, input_fields: [a], output_fields: [c]}
""").submit(a="x")
    assert flow.open == ["one", "two"]


def test_a_triggered_task_whose_condition_is_false_is_logged_as_skipped_with_the_values_that_made_it_so() -> None:
    flow = Play(field_read_by("work", ', condition: {">": [{var: n}, 10]}')).submit().correct(n=3).correct(a="x")
    skipped = [event for event in flow.events if isinstance(event, TaskSkipped)]
    assert [(event.key, event.seen) for event in skipped] == [("work", {"n": 3})]


def test_a_task_that_reads_no_written_field_is_not_even_skipped() -> None:
    flow = Play(field_read_by("work", ', condition: {">": [{var: n}, 10]}')).submit()
    assert flow.words("skipped") == []


JOIN = """
tasks:
  left: {title: L, task_type: FORM, input_fields: [a], output_fields: [b]}
  right: {title: R, task_type: FORM, input_fields: [a], output_fields: [c]}
  join: {title: J, task_type: FORM, input_fields: [b, c], output_fields: [d], wait_for: all}
"""


def test_a_join_waits_until_every_branch_has_arrived() -> None:
    flow = Play(JOIN).submit(a="x").complete("left", b="1")
    assert "join" not in flow.open
    assert "join" in flow.complete("right", c="2").open


def test_a_join_starts_again_only_when_every_branch_has_arrived_since_its_last_start() -> None:
    flow = Play(JOIN).submit(a="x").complete("left", b="1").complete("right", c="2")
    flow.correct(b="3")
    assert flow.open == ["join"]
    flow.correct(c="4")
    assert flow.open == ["join", "join"]


def test_a_branch_that_was_cleared_since_does_not_count_for_the_join() -> None:
    flow = Play(
        JOIN + "  wipe: {title: W, task_type: FORM, input_fields: [n], output_fields: [], clears: [b]}\n"
    ).submit(a="x")
    flow.complete("left", b="1").correct(n=1).complete("wipe").complete("right", c="2")
    assert "join" not in flow.open
    assert "join" in flow.correct(b="5").open


def test_a_cancelled_instance_was_a_start_too() -> None:
    flow = Play("""
tasks:
  join: {title: J, task_type: FORM, input_fields: [b, c], output_fields: [d], wait_for: all,
         cancel_when: {"==": [{var: n}, 1]}}
""").submit(a="x")
    flow.correct(b="1").correct(c="2").correct(n=1)
    assert flow.all("join")[0].status == "CANCELLED"
    flow.correct(n=2).correct(b="3")
    assert len(flow.all("join")) == 1
    assert len(flow.correct(c="4").all("join")) == 2


# Step 4: again.


def test_parallel_is_the_default_and_a_second_one_starts() -> None:
    assert Play(field_read_by("work")).submit(a="x").correct(a="y").open == ["work", "work"]


def test_restart_cancels_every_active_one_and_a_fresh_one_takes_its_place_for_the_same_assignee() -> None:
    flow = Play(field_read_by("work", ", on_retrigger: restart"), workers=[1, 2, 3]).submit(a="x")
    flow.task("work").assigned_to = 3
    flow.correct(a="y")
    first, second = flow.all("work")
    assert (first.status, second.status, second.assigned_to, second.start_iteration) == ("CANCELLED", "OPEN", 3, 1)


def test_restart_gives_it_to_somebody_else_when_the_assignee_is_not_available_any_more() -> None:
    flow = Play(field_read_by("work", ", on_retrigger: restart")).submit(a="x")
    gone = flow.task("work").assigned_to
    del flow.workers[gone]
    assert flow.correct(a="y").task("work").assigned_to not in {gone, None}


def test_restart_also_cancels_one_in_error() -> None:
    flow = (
        Play(field_read_by("work", ", on_retrigger: restart")).submit(a="x").correct(b="other").complete("work", b="1")
    )
    assert flow.errors == ["write_conflict"]
    flow.correct(a="y")
    assert flow.all("work")[0].status == "CANCELLED"
    assert flow.errors == []
    assert flow.open == ["work"]


def test_ignore_starts_nothing_while_one_is_active() -> None:
    flow = Play(field_read_by("work", ", on_retrigger: ignore")).submit(a="x").correct(a="y")
    assert len(flow.all("work")) == 1
    assert flow.words("ignored") == [("ignored", "work")]


QUEUE = field_read_by("work", ', on_retrigger: queue, condition: {"!=": [{var: c}, "stop"]}')


def test_a_queued_trigger_is_remembered_once_and_starts_in_the_iteration_that_its_own_completion_makes() -> None:
    flow = Play(QUEUE).submit(a="x").correct(a="y").correct(a="z")
    assert len(flow.all("work")) == 1
    flow.complete("work", b="1")
    assert [task.start_iteration for task in flow.all("work")] == [0, 3]
    assert flow.complete("work", b="2").open == []


def test_a_queued_trigger_is_forgotten_when_the_condition_does_not_hold_then() -> None:
    flow = Play(QUEUE).submit(a="x").correct(a="y").correct(c="stop").complete("work", b="1")
    assert len(flow.all("work")) == 1
    assert [event.key for event in flow.events if isinstance(event, QueueForgotten)] == ["work"]
    assert len(flow.correct(c="go").all("work")) == 1


def test_a_start_clears_what_was_remembered() -> None:
    flow = (
        Play(field_read_by("work", ', on_retrigger: queue, cancel_when: {"==": [{var: c}, "stop"]}'))
        .submit(a="x")
        .correct(a="y")
    )
    flow.correct(c="stop", a="z")
    assert [task.status for task in flow.all("work")] == ["CANCELLED", "OPEN"]
    flow.correct(c="go").complete("work", b="1")
    assert len(flow.all("work")) == 2


# Step 5: idle.


def test_a_workflow_in_which_nothing_is_left_to_do_has_stalled() -> None:
    flow = Play(field_read_by("work")).submit(a="x").complete("work", b="1")
    assert (flow.status, flow.errors) == ("IN_PROGRESS", ["stalled"])


def test_a_correction_cures_a_stalled_workflow() -> None:
    flow = Play(field_read_by("work")).submit(a="x").complete("work", b="1").correct(a="y")
    assert (flow.open, flow.errors) == (["work"], [])


def test_a_cancel_cures_a_stalled_workflow() -> None:
    flow = Play(field_read_by("work")).submit(a="x").complete("work", b="1").cancel()
    assert flow.status == "CANCELLED"
    assert not flow.state.stalled


def test_idle_completions_are_looked_at_in_order_whatever_was_written() -> None:
    flow = Play(
        field_read_by("work")
        + """
completions:
  done: {title: D, completion_status: COMPLETED, fields: [end]}
  other: {title: O, completion_status: CANCELLED, fields: [d], when_idle: true, condition: {"==": [{var: b}, "no"]}}
  quiet: {title: Q, completion_status: COMPLETED, fields: [d], when_idle: true}
"""
    ).submit(a="x")
    assert flow.status == "IN_PROGRESS"
    assert (flow.complete("work", b="1").status, flow.state.completion_key) == ("COMPLETED", "quiet")


def test_a_completed_task_that_waits_counts_as_active_for_the_standstill() -> None:
    flow = (
        Play("""
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: T, task_type: FORM, input_fields: [a], output_fields: [c]}
completions:
  quiet: {title: Q, completion_status: COMPLETED, fields: [d], when_idle: true}
""")
        .submit(a="x")
        .finish("one", b="1")
        .finish("two", c="2")
        .advance()
    )
    assert (flow.iteration, flow.status) == (2, "COMPLETED")


# Step 6: loops.

LOOP = """
tasks:
  ping: {title: Ping, task_type: FORM, input_fields: [a], output_fields: [a]}
"""


def test_loops_are_legal() -> None:
    flow = Play(LOOP).submit(a="x")
    for _ in range(20):
        flow.complete("ping", a="again")
    assert (flow.iteration, flow.open) == (20, ["ping"])


@pytest.fixture(scope="module")
def suspected_loop() -> Play:
    flow = Play(LOOP).submit(a="x")
    while flow.status == "IN_PROGRESS":
        flow.complete("ping", a="again")
    return flow


def test_the_last_allowed_iteration_is_made_then_the_workflow_is_put_on_hold_and_resuming_allows_as_many(
    suspected_loop: Play,
) -> None:
    flow = suspected_loop
    assert (flow.iteration, flow.status, flow.errors, flow.open) == (MAX_ITERATIONS, "ON_HOLD", ["loop"], [])
    flow.resume()
    assert (flow.status, flow.open, flow.errors) == ("IN_PROGRESS", ["ping"], [])
    assert flow.state.iteration_limit == 2 * MAX_ITERATIONS


# On demand.

OFFER = """
tasks:
  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [end]}
  remind: {title: R, task_type: FORM, input_fields: [a], output_fields: [n], on_demand: true,
           condition: {"!": [{var: c}]}}
"""


def test_an_on_demand_task_never_starts_by_itself_and_is_offered_while_its_condition_holds() -> None:
    flow = Play(OFFER).submit(a="x")
    assert (flow.open, flow.offers) == (["work"], ["remind"])
    assert flow.correct(c="quiet").offers == []


def test_a_taken_offer_starts_with_the_current_iteration_for_the_person_who_takes_it() -> None:
    flow = Play(OFFER).submit(a="x").correct(b="1").take("remind", 7)
    task = flow.task("remind")
    assert (task.start_iteration, task.assigned_to, task.status) == (1, 7, "OPEN")


def test_offers_do_not_count_as_active() -> None:
    flow = Play("""
tasks:
  remind: {title: R, task_type: FORM, input_fields: [a], output_fields: [n], on_demand: true}
""").submit(a="x")
    assert (flow.offers, flow.errors) == (["remind"], ["stalled"])


# What a condition sees.

SEEN = {
    '{"==": [{var: _.iteration}, 1]}': True,
    '{in: ["c", {var: _.written}]}': True,
    '{"==": [{var: _.written_at.a}, 0]}': True,
    '{"==": [{var: _.written_at.c}, 1]}': True,
    '{"==": [{var: _.written_at.d}, null]}': True,
    '{"==": [{var: _.tasks.first.started}, 1]}': True,
    '{"==": [{var: _.tasks.first.active}, 0]}': True,
    '{"==": [{var: _.tasks.first.completed}, 1]}': True,
    '{"==": [{var: _.tasks.probe.started}, 0]}': True,
    '{"==": [{var: _.ticket.id}, 77]}': True,
    '{"==": [{var: _.ticket.type}, go]}': True,
    '{"==": [{var: _.ticket.created_by}, 9]}': True,
    '{"==": [{var: _.today}, "2026-11-21"]}': True,
    '{"<": ["2026-11-20", {var: _.today}]}': True,
    '{"<": [{var: _.ticket.created_at}, {var: _.now}]}': True,
    '{"==": [{var: a}, x]}': True,
    '{"==": [{var: b}, null]}': True,
}


@pytest.mark.parametrize(("condition", "holds"), SEEN.items())
def test_a_condition_sees_the_workspace_and_the_engines_values(condition: str, holds: bool) -> None:
    flow = (
        Play(f"""
tasks:
  first: {{title: F, task_type: FORM, input_fields: [a], output_fields: [c]}}
  probe: {{title: P, task_type: FORM, input_fields: [c], output_fields: [d], condition: {condition}}}
""")
        .submit(a="x")
        .complete("first", c="1")
    )
    assert ("probe" in flow.open) is holds


def test_steps_1_to_4_see_the_counts_as_they_stood_before_step_1() -> None:
    flow = Play("""
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: T, task_type: FORM, input_fields: [a], output_fields: [c],
        condition: {"==": [{var: _.tasks.one.started}, 0]}}
""").submit(a="x")
    assert flow.open == ["one", "two"]


def test_step_5_sees_the_counts_as_they_stand_then() -> None:
    flow = (
        Play(
            field_read_by("work", ', cancel_when: {"==": [{var: c}, "stop"]}')
            + """
completions:
  quiet: {title: Q, completion_status: COMPLETED, fields: [d], when_idle: true,
          condition: {"==": [{var: _.tasks.work.active}, 0]}}
"""
        )
        .submit(a="x")
        .correct(c="stop")
    )
    assert flow.status == "COMPLETED"


def test_three_times_at_most() -> None:
    flow = Play("""
tasks:
  again: {title: A, task_type: FORM, input_fields: [a], output_fields: [a],
          condition: {"<": [{var: _.tasks.again.started}, 3]}}
completions:
  enough: {title: E, completion_status: CANCELLED, fields: [a], condition: {">=": [{var: _.tasks.again.completed}, 3]}}
""").submit(a="x")
    for _ in range(3):
        flow.complete("again", a="more")
    assert (flow.status, len(flow.all("again"))) == ("CANCELLED", 3)
