"""Loops that nothing stops: tasks that trigger one another without a condition (engine.md, Definitions and step 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ticketflower.documents.effort import Budget
from ticketflower.documents.outline import Names, Outline, Task
from ticketflower.documents.wording import listed
from ticketflower.problems import Problem


def loop_warnings(outline: Outline, budget: Budget) -> Iterator[Problem]:
    """Loops of tasks that always run again: none has a condition or a ``cancel_when``, each writes for certain what
    triggers the next (no optional field), and no completion reads a field that the loop writes.
    """
    free = [task for task in outline.tasks if task.condition is None and task.cancel_when is None]
    tasks = [task for task in free if not task.on_demand]
    budget.spend(len(tasks) * len(tasks) // 10)
    follows = {task: _followers(task, tasks) for task in tasks}
    for loop in _loops(follows, budget):
        written = frozenset().union(*(task.required for task in loop))
        if _is_stopped(outline, written) or not all(_goes_on(task, written) for task in loop):
            continue
        keys = [task.key for task in loop]
        way = " → ".join(f"`{key}`" for key in [*keys, keys[0]])
        detail = f"This loop never ends: {way}. None of its tasks has a condition."
        if len(loop) == 1:
            own = listed(sorted(loop[0].inputs & written))
            detail = f"The task `{keys[0]}` triggers itself for ever: it reads and writes {own} and has no condition."
        hint = "Give a task of the loop a condition, or add a completion that reads what it writes."
        yield Problem(loop[0].at, detail, hint, "loop_without_condition")


def _followers(task: Task, tasks: list[Task]) -> list[Task]:
    return [other for other in tasks if not other.inputs.isdisjoint(task.required)]


def _goes_on(task: Task, written: Names) -> bool:
    """A join waits for input from outside of the loop."""
    return not task.join or task.inputs <= written


def _is_stopped(outline: Outline, written: Names) -> bool:
    return any(ending.when_idle is False and not ending.fields.isdisjoint(written) for ending in outline.endings)


def _loops(follows: Mapping[Task, list[Task]], budget: Budget) -> Iterator[list[Task]]:
    """For each group of tasks that lead to one another, a shortest way round, beginning with its first task."""
    seen: set[Task] = set()
    for task in follows:
        if task in seen:
            continue
        way = _way_back(task, follows, budget)
        if way:
            seen.update(way)
            yield way


def _way_back(start: Task, follows: Mapping[Task, list[Task]], budget: Budget) -> list[Task]:
    """The shortest way from a task back to itself; empty if there is none."""
    came_from: dict[Task, Task] = {}
    waiting = [start]
    while waiting:
        task = waiting.pop(0)
        budget.spend(1 + len(follows[task]))
        for following in follows[task]:
            if following is start:
                way = [task]
                while way[-1] is not start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if following not in came_from:
                came_from[following] = task
                waiting.append(following)
    return []
