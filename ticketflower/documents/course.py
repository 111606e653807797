"""Which tasks can be active together, and what may have happened before each: an analysis without running anything.

It follows the engine's steps (engine.md, From one iteration to the next) from every ticket type on, and keeps for each
task who starts it, what may be done before it completes, and with whom it may be active. All three only grow until
nothing changes, so what is not found can't happen, but for corrections by an admin. What isn't written yet is null in
conditions, and a completion that ends the workflow starts nothing: that rules out most of what can't happen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ticketflower.documents.effort import Budget, effort
from ticketflower.documents.outline import Names, Outline, Task, Writer
from ticketflower.engine.conditions import can_both_hold

_ONE_QUESTION: Final = 50
"""The steps of asking whether two conditions can hold together, however small they are."""


@dataclass(slots=True)
class Course:
    """What can happen in a workflow.

    Attributes:
        starters: for each task that can start, the ticket types and tasks whose writes start it.
        before: for each writer, the writers that may be done before it is.
        together: for each task, the others that may be active at the same time.
        again: tasks that may be triggered by another task while they are active, with one such task.
    """

    outline: Outline
    budget: Budget
    starters: dict[Task, set[Writer]] = field(default_factory=lambda: defaultdict(set))
    before: dict[Writer, set[Writer]] = field(default_factory=lambda: defaultdict(set))
    together: dict[Writer, set[Task]] = field(default_factory=lambda: defaultdict(set))
    again: dict[Task, Task] = field(default_factory=dict)

    def beside(self, writer: Writer) -> set[Task]:
        """The tasks that may be active while this one is; none for a ticket type."""
        return self.together.get(writer, set())

    def maybe_written(self, done: Iterable[Writer]) -> Names:
        """The fields that these may have written."""
        done = list(done)
        self.budget.spend(len(done))
        return frozenset().union(*(writer.writes for writer in done))


def course_of(outline: Outline) -> Course:
    """Works out the course of a workflow without errors.

    Raises:
        TooLarge: there are too many possibilities.
    """
    return _Analysis(outline).run()


class _Analysis:
    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.course = Course(outline, Budget())
        self.readers: dict[str, list[Task]] = defaultdict(list)
        for task in outline.tasks:
            for name in task.inputs if not task.on_demand else ():
                self.readers[name].append(task)
        self.read_in_conditions = frozenset().union(*(c.reads for c in outline.conditions().values()))
        self.reached: list[Writer] = list(outline.tickets)
        self.answers: dict[tuple[int, int, Names], bool] = {}
        self.changed = True

    def run(self) -> Course:
        while self.changed:
            self.changed = False
            self.on_demand()
            for writer in list(self.reached):
                self.after(writer)
        return self.course

    def after(self, writer: Writer) -> None:
        """What follows when a ticket is submitted or a task completed, alone or while others are active."""
        beside = sorted(self.course.beside(writer), key=lambda task: task.at)  # one answer for one document
        self.add(self.course.before[writer], beside)
        done = {*self.course.before[writer], writer}
        started = list(self.started_by(writer, done))
        for task in started:
            self.reach(task, writer, done)
        for number, one in enumerate(started):
            for other in started[number + 1 :]:
                if self.compatible(one, other, self.unwritten(done)):
                    self.pair(one, other)
        for active in beside:
            self.while_active(writer, active, done)

    def while_active(self, writer: Writer, active: Task, done: set[Writer]) -> None:
        """``writer`` completes while ``active`` is at work; it hasn't written then, unless it ran before."""
        runs_again = active in self.course.before[active]
        done = done if runs_again else done - {active}
        for task in self.started_by(writer, done):
            if task is active:
                if isinstance(writer, Task) and active not in self.course.again:
                    self.course.again[active] = writer
                    self.changed = True
            elif self.may_join(active, task, writer, done):
                self.pair(active, task)

    def may_join(self, active: Task, task: Task, writer: Writer, done: set[Writer]) -> bool:
        """Whether ``task`` may start while ``active`` is at work: its condition may have changed since it started."""
        if self.changed_since(active, writer):
            return True
        return self.compatible(active, task, self.unwritten(done))

    def changed_since(self, active: Task, writer: Writer | None) -> bool:
        if active.condition is None:
            return False
        self.course.budget.spend(len(self.course.beside(active)))
        touched = set().union(*(other.writes | other.clears for other in self.course.beside(active)))
        if writer is not None:
            touched |= writer.writes | (writer.clears if isinstance(writer, Task) else frozenset())
        return not active.condition.reads.isdisjoint(touched)

    def on_demand(self) -> None:
        """A task on demand may be taken at any time while its condition holds."""
        for task in self.outline.tasks:
            if not task.on_demand or task.impossible:
                continue
            others = [other for other in self.reached if isinstance(other, Task) and other is not task]
            self.reach(task, None, set(self.reached) - {task})
            for other in others:
                if self.changed_since(other, None) or self.compatible(other, task, frozenset()):
                    self.pair(other, task)

    def started_by(self, writer: Writer, done: set[Writer]) -> Iterator[Task]:
        """The tasks that may start in the iteration of ``writer``, when these and nobody else have been done."""
        unwritten = self.unwritten(done)
        ends = [ending for ending in self.outline.endings if ending.ends and not ending.when_idle]
        ends = [ending for ending in ends if not ending.fields.isdisjoint(writer.required)]
        if any(ending.condition is None for ending in ends):
            return
        not_ended = [{"!": [ending.condition.source]} for ending in ends if ending.condition is not None]
        triggered = {task: None for name in sorted(writer.writes) for task in self.readers[name]}
        self.course.budget.spend(len(triggered))
        for task in triggered:
            if task.join and not task.inputs <= self.course.maybe_written(done):
                continue
            if self.possible(task, writer, not_ended, unwritten):
                yield task

    def possible(self, task: Task, writer: Writer, not_ended: list[Any], unwritten: Names) -> bool:
        if task.condition is None and not not_ended:
            return True
        source = task.condition.source if task.condition else True
        key = (id(task), id(writer), unwritten)
        return self.ask(key, effort(task.condition) << len(not_ended), source, [*not_ended, *nulls(unwritten)])

    def compatible(self, one: Task, other: Task, unwritten: Names) -> bool:
        """Whether the conditions of two tasks can hold at the same time, with these fields unwritten."""
        if one.condition is None or other.condition is None:
            return True
        source = {"and": [one.condition.source, *nulls(unwritten)]}
        steps = effort(one.condition, other.condition)
        return self.ask((id(one), id(other), unwritten), steps, source, [other.condition.source])

    def ask(self, key: tuple[int, int, Names], steps: int, source: Any, others: list[Any]) -> bool:
        if key not in self.answers:
            self.course.budget.spend(_ONE_QUESTION + steps)
            self.answers[key] = can_both_hold(source, {"and": others} if others else None)
        return self.answers[key]

    def unwritten(self, done: set[Writer]) -> Names:
        """The fields that conditions read and that are null because nobody has written them."""
        return self.read_in_conditions - self.course.maybe_written(done)

    def reach(self, task: Task, starter: Writer | None, done: set[Writer]) -> None:
        if task not in self.reached:
            self.reached.append(task)
            self.changed = True
        if starter is not None:
            self.add(self.course.starters[task], [starter])
        self.add(self.course.before[task], done)

    def pair(self, one: Task, other: Task) -> None:
        if other not in self.course.together[one]:
            self.course.together[one].add(other)
            self.course.together[other].add(one)
            self.changed = True

    def add(self, known: set[Any], new: Iterable[Writer]) -> None:
        size = len(known)
        known.update(new)
        self.changed = self.changed or len(known) > size


def nulls(names: Names) -> list[Any]:
    """The conditions that say that these fields are null."""
    return [{"==": [{"var": name}, None]} for name in sorted(names)]
