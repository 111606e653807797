"""What can be reached at all: tasks that nothing triggers, completions that nothing triggers (engine.md, Definitions).

Nothing is assumed about values: whoever can start writes all of its fields at some time. So what is called unreachable
here is so for certain, but for an admin's corrections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from ticketflower.documents.outline import Ending, Names, Outline, Task, Writer
from ticketflower.documents.wording import listed
from ticketflower.problems import Problem, pointer


def reach_problems(outline: Outline) -> Iterator[Problem]:
    """Errors: each task that nothing can trigger; completions none of which anything can trigger.

    A task can start when it is on demand, or when a ticket type or a task that can start writes one of its input fields
    (``wait_for: all``: every one of them), and its condition is not false for all data.
    """
    if not outline.tickets:
        return
    started = _startable(outline)
    written = _written(outline, started)
    for task in outline.tasks:
        if task not in started:
            yield _unreachable(task, outline, written)
    if outline.endings and all(_never(ending, written) for ending in outline.endings):
        detail = "Nothing can ever trigger any of the completions, so the workflow can't end."
        hint = "Let a completion read a field that a ticket type or a task writes, with a condition that can hold."
        yield Problem(pointer("completions"), detail, hint, "no_way_to_end")


def reach_warnings(outline: Outline) -> Iterator[Problem]:
    """Warnings: a completion that nothing can trigger, and a workflow that can be held but not ended."""
    written = _written(outline, _startable(outline))
    never = [ending for ending in outline.endings if _never(ending, written)]
    for ending in never:
        if ending.impossible:
            detail = f"The condition of the completion `{ending.key}` can never be true."
            yield Problem(ending.at + pointer("condition"), detail, "Change the condition.", "unreachable_completion")
        else:
            detail = f"Nothing can trigger the completion `{ending.key}`: nobody writes a field that it reads."
            hint = "Add a field to `fields` that a ticket type or a task writes, or write `when_idle: true`."
            yield Problem(ending.at + pointer("fields"), detail, hint, "unreachable_completion")
    if not any(ending.ends for ending in outline.endings if ending not in never):
        detail = "The completions can put the workflow on hold, but none can end it."
        hint = "Add a completion with the status COMPLETED or CANCELLED."
        yield Problem(pointer("completions"), detail, hint, "never_ends")


def _startable(outline: Outline) -> set[Task]:
    """The least fixed point: tasks that can start, given what those before them can write."""
    started: set[Task] = set()
    waiting = [task for task in outline.tasks if not task.impossible]
    written = set(_written(outline, started))
    while new := [task for task in waiting if _triggered(task, written)]:
        started.update(new)
        written |= _written(outline, new)
        waiting = [task for task in waiting if task not in started]
    return started


def _triggered(task: Task, written: AbstractSet[str]) -> bool:
    if task.on_demand or task.open:
        return True
    return bool(task.inputs) and task.inputs <= written if task.join else not task.inputs.isdisjoint(written)


def _written(outline: Outline, started: Iterable[Task]) -> Names:
    """What tickets and these tasks can write. A name that is like nothing could stand for any field."""
    writers: list[Writer] = [*outline.tickets, *started]
    if not outline.whole or any(writer.open for writer in writers):
        return frozenset(outline.fields)
    return frozenset().union(*(writer.writes for writer in writers))


def _never(ending: Ending, written: Names) -> bool:
    if ending.impossible:
        return True
    return not (ending.when_idle or ending.open) and ending.fields.isdisjoint(written)


def _unreachable(task: Task, outline: Outline, written: Names) -> Problem:
    if task.impossible:
        detail = f"The task `{task.key}` can never start: its condition can never be true."
        return Problem(task.at + pointer("condition"), detail, "Change the condition.", "unreachable_task")
    at = task.at + pointer("input_fields")
    hint = "Let a ticket type or a task that can start write one of them, or name another input field."
    if not task.inputs:
        detail = f"The task `{task.key}` can never start: it has no input fields."
        return Problem(at, detail, "Name the field whose writing starts it.", "unreachable_task")
    missing = sorted(task.inputs - written)
    stuck = sorted(other.key for other in outline.tasks if not other.writes.isdisjoint(missing))
    if task.join:
        hint = "It waits for all of them: let somebody who can start write each, or write wait_for: any."
    others = [key for key in stuck if key != task.key]
    if others:
        why = f"{listed(missing)} {_is_written(missing)} only by {listed(others)}, which can't start before it"
    else:
        why = f"nobody else writes {listed(missing, 'or')}"
    return Problem(at, f"The task `{task.key}` can never start: {why}.", hint, "unreachable_task")


def _is_written(names: list[str]) -> str:
    return "is written" if len(names) == 1 else "are written"
