"""Ways to stall: a task completes as the last one, nothing starts, and no completion holds (engine.md, step 5).

A warning is given only with an example: values that the fields can hold, for which nothing goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ticketflower.documents.course import Course
from ticketflower.documents.outline import Ending, Names, Task, Writer
from ticketflower.documents.samples import NotSampled, combinations, constants_in, holds, sampled, values_of
from ticketflower.documents.wording import values_in_words
from ticketflower.engine.conditions import Condition
from ticketflower.problems import Problem

Facts = frozenset[tuple[str, bool]]
"""Tasks and completions, by pointer, of which it is known whether their condition holds."""


def stall_warnings(course: Course) -> Iterator[Problem]:
    """Ticket types and tasks after which nothing may follow.

    It is assumed that the tasks that may be active beside the last one have completed, that a person sorts things out
    while the workflow is on hold, and that whoever need not write an optional field doesn't. Tasks on demand are passed
    over: they start while something else is at work. So are conditions that look into lists or under ``_``.
    """
    knowledge = _Knowledge(course)
    writers: list[Writer] = [*course.outline.tickets, *course.starters]
    for writer in writers:
        if isinstance(writer, Task) and writer.on_demand:
            continue
        try:
            found = _way_to_stall(writer, course, knowledge)
        except NotSampled:
            continue
        if found is not None:
            yield _warning(writer, found)


def _warning(writer: Writer, values: dict[str, Any]) -> Problem:
    what = "task" if isinstance(writer, Task) else "ticket type"
    example = f", for example with {values_in_words(values)}" if values else ""
    detail = f"The workflow may stall after the {what} `{writer.key}`: no task starts and no completion holds{example}."
    hint = "Add a completion or a task for this case, widen a condition, or add a completion with when_idle: true."
    return Problem(writer.at, detail, hint, "may_stall")


def _way_to_stall(writer: Writer, course: Course, knowledge: _Knowledge) -> dict[str, Any] | None:
    """Values for which nothing follows; None if there are none."""
    tasks, endings = _followers(writer, course)
    beside = [task for task in course.beside(writer) if not task.on_demand]
    if not tasks and not endings and beside:
        return None  # a branch that ends here; the others go on
    idle = [ending for ending in course.outline.endings if ending.when_idle]
    asked = [*(task.condition for task in tasks), *(ending.condition for ending in (*endings, *idle))]
    ways_on = [condition for condition in asked if condition is not None]
    if len(ways_on) < len(asked):
        return None
    elsewhere = [c for c in _seen_when_written(course) if c not in ways_on]
    sampled(ways_on)
    names = frozenset().union(*(condition.reads for condition in ways_on))
    elsewhere = [condition for condition in elsewhere if _can_be_asked(condition, names)]
    known = [(c, truth) for c, truth in knowledge.facts(writer) if _can_be_asked(c, names)]
    domains = knowledge.domains(writer, names, beside, [*ways_on, *elsewhere, *(condition for condition, _ in known)])
    for data in combinations(domains, course.budget):
        if any(holds(condition, data) for condition in (*ways_on, *elsewhere)):
            continue
        if all(holds(condition, data) is truth for condition, truth in known):
            return data
    return None


def _can_be_asked(condition: Condition, names: Names) -> bool:
    """Whether values for these names are all that a condition needs."""
    try:
        sampled([condition])
    except NotSampled:
        return False
    return condition.reads <= names


def _followers(writer: Writer, course: Course) -> tuple[list[Task], list[Ending]]:
    """What the fields that ``writer`` always writes may trigger."""
    tasks = [task for task, starters in course.starters.items() if writer in starters]
    tasks = [task for task in tasks if not task.inputs.isdisjoint(writer.required)]
    endings = [ending for ending in course.outline.endings if not ending.when_idle]
    return tasks, [ending for ending in endings if not ending.fields.isdisjoint(writer.required)]


def _seen_when_written(course: Course) -> list[Condition]:
    """Conditions of completions that see each change of what they read: where one holds, the workflow doesn't go on."""
    return [
        ending.condition
        for ending in course.outline.endings
        if not ending.when_idle and ending.condition is not None and ending.condition.reads <= ending.fields
    ]


def _touched(tasks: list[Task]) -> Names:
    return frozenset().union(*(task.writes | task.clears for task in tasks))


@dataclass(slots=True)
class _Settled:
    """What is known when a writer has completed: fields that have a value, and conditions that were asked."""

    given: Names
    facts: Facts


class _Knowledge:
    """What is known for certain after each writer: the greatest fixed point over all who may start it."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.fields = course.outline.fields
        outline = course.outline
        emptied = [writer.optional for writer in outline.writers()] + [task.clears for task in outline.tasks]
        self.volatile = frozenset().union(*emptied)
        self.conditions = outline.conditions()
        everything = _Settled(frozenset(self.fields), self._all_facts())
        self.settled = {task.at: everything for task in outline.tasks}
        self.settled |= {t.at: _Settled(t.required - self.volatile, frozenset()) for t in outline.tickets}
        while self._refine():
            pass

    def facts(self, writer: Writer) -> list[tuple[Condition, bool]]:
        """The conditions of which it is known, when ``writer`` has completed, whether they hold."""
        return [(self.conditions[at], truth) for at, truth in sorted(self.settled[writer.at].facts)]

    def domains(
        self, writer: Writer, names: Names, beside: list[Task], conditions: list[Condition]
    ) -> dict[str, list[Any]]:
        """The values to try for each name after ``writer``, null among them where it may be."""
        constants = constants_in(conditions)
        given = writer.required | self.settled[writer.at].given | frozenset().union(*(t.required for t in beside))
        cleared = writer.clears if isinstance(writer, Task) else frozenset()
        done = {*self.course.before[writer], writer, *self.course.beside(writer)}
        written = self.course.maybe_written(done)
        domains: dict[str, list[Any]] = {}
        for name in sorted(names):
            values = values_of(self.fields[name], constants) if name in written and name not in cleared else []
            domains[name] = values if name in given and values else [*values, None]
        return domains

    def _all_facts(self) -> Facts:
        return frozenset((at, truth) for at in self.conditions for truth in (True, False))

    def _refine(self) -> bool:
        changed = False
        for task, starters in self.course.starters.items():
            new = self._after(task, [*starters])
            old = self.settled[task.at]
            if new != old:
                self.settled[task.at] = new
                changed = True
        return changed

    def _after(self, task: Task, starters: list[Writer]) -> _Settled:
        self.course.budget.spend((1 + len(starters)) * (1 + len(self.conditions)) // 10)
        given = frozenset(self.fields)
        facts = self._all_facts()
        for starter in starters:
            settled = self.settled[starter.at]
            given &= settled.given | starter.required
            facts &= settled.facts | self._not_ended(starter)
        if task.on_demand:
            given, facts = frozenset(), frozenset()
        if task.join:
            given |= task.inputs
        if task.condition is not None:
            facts |= {(task.at, True)}
        touched = _touched([task, *self.course.beside(task)])
        kept = frozenset(fact for fact in facts if self.conditions[fact[0]].reads.isdisjoint(touched))
        return _Settled((given | task.required) - self.volatile, kept)

    def _not_ended(self, starter: Writer) -> Facts:
        """The completions that looked at what ``starter`` wrote, and didn't hold, for the workflow went on."""
        return frozenset(
            (ending.at, False)
            for ending in _followers(starter, self.course)[1]
            if ending.condition is not None and ending.ends
        )
