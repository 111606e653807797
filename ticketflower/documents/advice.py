"""Warnings about the course of a workflow: what an author probably didn't mean (engine.md, Definitions).

Each is found without running the workflow, from who reads and writes which fields (``course.py``) and with a few values
for the conditions (``samples.py``). An admin's corrections, and two people who take the same offer, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ticketflower.documents.course import Course, course_of, nulls
from ticketflower.documents.effort import Budget, TooLarge, effort
from ticketflower.documents.loops import loop_warnings
from ticketflower.documents.outline import Names, Outline, Task, Writer
from ticketflower.documents.samples import always_holds
from ticketflower.documents.stalls import stall_warnings
from ticketflower.documents.wording import listed
from ticketflower.engine.conditions import Condition, can_both_hold
from ticketflower.engine.words import Retrigger
from ticketflower.problems import Problem, pointer


def advice(outline: Outline) -> Iterator[Problem]:
    """Everything in the course of a workflow without errors that its author should look at."""
    yield from field_warnings(outline)
    try:
        yield from loop_warnings(outline, Budget())
        course = course_of(outline)
        yield from never_started(course)
        yield from overlap_warnings(course)
        yield from self_conflicts(course)
        yield from cancel_warnings(course)
        yield from stall_warnings(course)
    except TooLarge:
        detail = "The workflow has too many possibilities to look for all write conflicts and all ways to stall."
        yield Problem(pointer("tasks"), detail, "Split it into several workflows.", "not_analysed")


def field_warnings(outline: Outline) -> Iterator[Problem]:
    """A field that nobody reads or writes, and a field that is read although nobody writes it.

    What is written and not read is no warning: it is the record that the ticket's page shows.
    """
    written = frozenset().union(*(writer.writes for writer in outline.writers()))
    read = outline.reads()
    for name in outline.fields:
        at = pointer("fields_schema", "properties", name)
        if name in written:
            continue
        if name in read:
            hint = "Add it to the fields of a ticket type or to the output_fields of a task, or take it out."
            yield Problem(at, f"The field `{name}` is read, but nobody writes it.", hint, "never_written")
        else:
            hint = "Take it out, or add it to a ticket type or a task."
            yield Problem(at, f"Nobody reads or writes the field `{name}`.", hint, "unused_field")


def never_started(course: Course) -> Iterator[Problem]:
    """A task that could be triggered, if its input fields or its condition ever came together.

    For example a join behind two branches of which only one is ever taken.
    """
    for task in course.outline.tasks:
        if task.on_demand or task in course.starters:
            continue
        if task.join:
            detail = f"The task `{task.key}` waits for {listed(sorted(task.inputs))}, which are never all written."
            hint = "Write wait_for: any, or let every way through the workflow write all of them."
            yield Problem(task.at + pointer("wait_for"), detail, hint, "never_starts")
        elif task.condition is None:
            detail = f"The task `{task.key}` never starts: a completion ends the workflow each time before it could."
            hint = "Give the completion a condition, or let the task read what is written earlier."
            yield Problem(task.at + pointer("input_fields"), detail, hint, "never_starts")
        else:
            detail = f"The task `{task.key}` never starts: its condition is false each time that it is triggered."
            hint = "Add an input field that is written when the condition has become true, or change the condition."
            yield Problem(task.at + pointer("condition"), detail, hint, "never_starts")


def overlap_warnings(course: Course) -> Iterator[Problem]:
    """Two tasks that can be active together, where one writes what the other writes or clears: the later one conflicts.

    No warning where the first to complete takes the other away for certain: it ends the workflow, makes the other's
    ``cancel_when`` true, or restarts it.
    """
    for one, other in combinations(course.outline.tasks, 2):
        if other not in course.beside(one):
            continue
        fields = _lost(one, other, course) | _lost(other, one, course)
        if fields:
            detail = (
                f"The tasks `{one.key}` and `{other.key}` can be active at the same time, and both write or clear "
                f"{listed(sorted(fields))}: whoever is second has a write conflict."
            )
            hint = (
                "Let them write different fields, give them conditions that exclude each other, "
                f"let `{other.key}` read what `{one.key}` writes, or give both a `cancel_when`."
            )
            yield Problem(other.at + pointer("output_fields"), detail, hint, "overlapping_writes")


def _lost(first: Task, later: Task, course: Course) -> Names:
    """The fields over which ``later`` has a conflict when ``first`` completes before it."""
    fields = later.writes & (first.writes | first.clears)
    return frozenset() if not fields or _takes_away(first, later, course) else fields


def _takes_away(first: Task, later: Task, course: Course) -> bool:
    """Whether ``later`` is certainly not active any more, as it was, once ``first`` has completed."""
    if later.cancel_when is not None and _always_after(first, later.cancel_when, course):
        return True
    replaced = later.on_retrigger is Retrigger.RESTART and not later.join and not later.on_demand
    if replaced and _certain(later.inputs, later.condition, first, course):
        return True
    endings = (ending for ending in course.outline.endings if ending.ends and not ending.when_idle)
    return any(_certain(ending.fields, ending.condition, first, course) for ending in endings)


def _certain(reads: Names, condition: Condition | None, first: Task, course: Course) -> bool:
    """Whether what reads these fields is triggered by each output of ``first``, with its condition true."""
    if reads.isdisjoint(first.required):
        return False
    return condition is None or _always_after(first, condition, course)


def _always_after(first: Task, condition: Condition, course: Course) -> bool:
    """Whether a condition holds whatever ``first`` writes."""
    return always_holds(condition, course.outline.fields, first.required - first.clears, course.budget)


def self_conflicts(course: Course) -> Iterator[Problem]:
    """A task that another one triggers again while it is active, so that it runs twice (``on_retrigger: parallel``)."""
    for task in course.outline.tasks:
        trigger = course.again.get(task)
        if trigger is None:
            continue
        if task.on_retrigger is not Retrigger.PARALLEL or not task.writes or _takes_away(task, task, course):
            continue
        fields = listed(sorted(task.inputs & trigger.writes))
        detail = (
            f"The task `{task.key}` can be active twice: `{trigger.key}` writes {fields} and triggers it again. "
            f"Both write {listed(sorted(task.writes))}, so the second has a write conflict."
        )
        hint = "Set on_retrigger to restart, queue or ignore, or wait_for to all."
        yield Problem(task.at, detail, hint, "conflict_with_itself")


def cancel_warnings(course: Course) -> Iterator[Problem]:
    """A task that may start although its ``cancel_when`` already holds; the next iteration withdraws it.

    Fields that can't be written yet when it starts count as null, and a workflow that has ended starts nothing.
    """
    for task in course.outline.tasks:
        if task.cancel_when is None:
            continue
        starters = course.starters.get(task, set())
        if any(_may_start_cancelled(task, {*course.before[each], each}, course) for each in starters):
            detail = f"The task `{task.key}` may start although its `cancel_when` holds; it is withdrawn at once then."
            hint = 'Add the opposite of `cancel_when` to its condition: {"!": [...]}.'
            yield Problem(task.at + pointer("cancel_when"), detail, hint, "start_and_cancel")


def _may_start_cancelled(task: Task, done: set[Writer], course: Course) -> bool:
    assert task.cancel_when is not None
    reads = task.cancel_when.reads | (task.condition.reads if task.condition else frozenset())
    rules = nulls(reads - course.maybe_written(done))
    endings = _ending_conditions(course.outline, reads)
    rules += [{"!": [ending.source]} for ending in endings]
    course.budget.spend(effort(task.condition, task.cancel_when, *endings))
    started = {"and": [task.condition.source if task.condition else True, *rules]}
    return can_both_hold(started, task.cancel_when.source)


def _ending_conditions(outline: Outline, reads: Names) -> list[Condition]:
    """The conditions that hold in no workflow that goes on: of completions that see each change of what they read."""
    return [
        ending.condition
        for ending in outline.endings
        if ending.ends
        and not ending.when_idle
        and ending.condition is not None
        and ending.condition.reads <= ending.fields
        and not ending.condition.reads.isdisjoint(reads)
    ]
