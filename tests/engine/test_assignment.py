"""engine.md, Assignment; document.md, ``assignment``."""

from __future__ import annotations

from datetime import timedelta

from tests.engine.play import NOON, Play
from ticketflower.engine.events import TaskAssigned

ONE = "tasks:\n  work: {title: W, task_type: FORM, input_fields: [a], output_fields: [b]%s}\n"
THREE = """
tasks:
  one: {title: O, task_type: FORM, input_fields: [a], output_fields: [b]}
  two: {title: T, task_type: FORM, input_fields: [a], output_fields: [c]}
  three: {title: H, task_type: FORM, input_fields: [a], output_fields: [d]}
"""


def test_a_new_task_goes_to_the_worker_with_the_fewest_active_tasks() -> None:
    flow = Play(ONE % "", workers=[1, 2, 3])
    flow.workers[1].active, flow.workers[2].active, flow.workers[3].active = 2, 1, 2
    assert flow.submit(a="x").task("work").assigned_to == 2


def test_ties_go_to_the_earliest_last_assignment_and_never_is_the_earliest() -> None:
    flow = Play(ONE % "", workers=[1, 2, 3])
    flow.workers[1].last_assigned_at = NOON - timedelta(hours=1)
    flow.workers[2].last_assigned_at = NOON - timedelta(hours=2)
    flow.submit(a="x").correct(a="y").correct(a="z")
    assert [task.assigned_to for task in flow.all("work")] == [3, 2, 1]


def test_further_ties_go_to_the_lowest_id() -> None:
    assert Play(ONE % "", workers=[3, 2, 5]).submit(a="x").task("work").assigned_to == 2


def test_the_starts_of_one_advance_are_assigned_one_after_the_other() -> None:
    flow = Play(THREE, workers=[1, 2]).submit(a="x")
    assert [task.assigned_to for task in flow.tasks.values()] == [1, 2, 1]


def test_a_withdrawn_task_makes_its_worker_free_in_the_same_advance() -> None:
    flow = Play(ONE % ", on_retrigger: restart", workers=[1]).submit(a="x").correct(a="y").correct(a="z")
    assert flow.workers[1].active == 1


def test_only_workers_with_one_of_the_company_roles_are_chosen() -> None:
    flow = Play(ONE % ", company_role_access: [manager, boss]", workers={1: set(), 2: {"clerk"}, 3: {"boss"}})
    flow.workers[3].active = 10
    assert flow.submit(a="x").task("work").assigned_to == 3


def test_with_nobody_there_the_task_stays_open_and_unassigned_and_the_admin_gets_an_error() -> None:
    flow = Play(ONE % ", company_role_access: [manager]").submit(a="x")
    task = flow.task("work")
    assert (task.status, task.assigned_to, flow.errors) == ("OPEN", None, ["no_worker"])


def test_round_robin_goes_to_who_was_assigned_longest_ago_however_busy() -> None:
    flow = Play(ONE % ", assignment: round_robin", workers=[1, 2])
    flow.workers[1].last_assigned_at, flow.workers[2].active = NOON, 9
    assert flow.submit(a="x").task("work").assigned_to == 2


def test_manual_assignment_leaves_the_task_open_without_an_error() -> None:
    flow = Play(ONE % ", assignment: manual").submit(a="x")
    assert (flow.task("work").assigned_to, flow.errors) == (None, [])


def test_a_field_can_name_who_does_it() -> None:
    assert Play(ONE % ", assignment: {field: c}").submit(a="x", c="2").task("work").assigned_to == 2


def test_a_field_that_names_nobody_who_may_do_it_is_an_error() -> None:
    for named in (None, "", "99", "x", "２"):
        flow = Play(ONE % ", assignment: {field: c}").submit(a="x", c=named)
        assert (flow.task("work").assigned_to, flow.errors) == (None, ["no_worker"]), named


def test_the_log_says_why_it_went_to_whom() -> None:
    flow = Play(ONE % "").submit(a="x")
    assigned = next(event for event in flow.events if isinstance(event, TaskAssigned))
    assert (assigned.user_id, assigned.why) == (1, "fewest active tasks")
