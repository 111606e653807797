"""What a document says about who writes what when: the graph that the checks of its course walk.

It is made from any document. A name with a typing error counts as the field that was meant, so that one mistake isn't
reported twice; what stays unknown could be any field.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ticketflower.documents.effort import Budget, effort
from ticketflower.documents.nearest import nearest
from ticketflower.documents.parts import KINDS, Part, fields_of, mapping, parts
from ticketflower.engine.conditions import Condition, always_false, compile_condition
from ticketflower.engine.words import Retrigger, WaitFor, WorkflowStatus
from ticketflower.problems import pointer

Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ticket:
    """A ticket type: where a workflow begins."""

    key: str
    at: str
    required: Names
    optional: Names
    open: bool = False

    @property
    def writes(self) -> Names:
        """All fields that it can write."""
        return self.required | self.optional


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """A task.

    ``impossible`` means that its condition holds on no data, ``open`` that a name in it is unknown, so that it could
    read or write any field.
    """

    key: str
    at: str
    inputs: Names
    context: Names
    required: Names
    optional: Names
    clears: Names
    condition: Condition | None
    cancel_when: Condition | None
    required_when: tuple[Condition, ...]
    join: bool
    on_retrigger: Retrigger
    on_demand: bool
    impossible: bool
    open: bool

    @property
    def writes(self) -> Names:
        """All fields that it can write."""
        return self.required | self.optional


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ending:
    """A completion."""

    key: str
    at: str
    fields: Names
    condition: Condition | None
    when_idle: bool
    ends: bool
    impossible: bool
    open: bool


Writer = Ticket | Task
"""Who writes fields."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The course of a workflow: fields, and who reads and writes them."""

    fields: dict[str, Any]
    tickets: tuple[Ticket, ...]
    tasks: tuple[Task, ...]
    endings: tuple[Ending, ...]
    whole: bool = True
    """Whether all that the document names is here; False when parts of it are no objects."""

    def writers(self) -> tuple[Writer, ...]:
        """All who write fields."""
        return (*self.tickets, *self.tasks)

    def conditions(self) -> dict[str, Condition]:
        """The conditions of tasks and completions by the pointer of the part; parts without one are left out."""
        found = [(task.at, task.condition) for task in self.tasks]
        found += [(ending.at, ending.condition) for ending in self.endings]
        return {at: condition for at, condition in found if condition is not None}

    def reads(self) -> Names:
        """Every field that somebody reads: tasks, completions, and all conditions."""
        read = set[str]()
        for task in self.tasks:
            read |= task.inputs | task.context | task.clears
            for condition in (task.condition, task.cancel_when, *task.required_when):
                read |= condition.reads if condition else frozenset()
        for ending in self.endings:
            read |= ending.fields | (ending.condition.reads if ending.condition else frozenset())
        return frozenset(read)


class _Reader:
    def __init__(self, document: dict[str, Any], bad_conditions: Collection[str]) -> None:
        self.fields = fields_of(document)
        self.bad_conditions = bad_conditions
        self.meant: dict[str, str | None] = {}
        self.budget = Budget()

    def name(self, name: str) -> str | None:
        if name in self.fields:
            return name
        if name not in self.meant:
            self.meant[name] = nearest(name, self.fields)
        return self.meant[name]

    def names(self, part: Part, key: str) -> Names:
        return frozenset(known for name in part.names(key) if (known := self.name(name)) is not None)

    def is_open(self, part: Part, *keys: str) -> bool:
        """Whether one of its lists is missing, is no list, or names what no field is like."""
        return any(
            not isinstance(part.body.get(key), list) or any(self.name(name) is None for name in part.names(key))
            for key in keys
        )

    def condition(self, part: Part, key: str, *more: str) -> Condition | None:
        source = part.body.get(key)
        for step in more:
            source = mapping(source).get(step)
        broken = part.at + pointer(key, *more) in self.bad_conditions
        return None if source is None or broken or not isinstance(source, dict) else compile_condition(source)

    def impossible(self, condition: Condition | None) -> bool:
        """Whether a condition is false for all data; of very many large ones the last are not asked."""
        return condition is not None and self.budget.can_spend(effort(condition)) and always_false(condition.source)


def outline_of(document: dict[str, Any], bad_conditions: Collection[str] = ()) -> Outline:
    """The outline of any document.

    Args:
        document: a document, broken or not.
        bad_conditions: the JSON Pointers of conditions that can't be compiled; they count as none.
    """
    reader = _Reader(document, bad_conditions)
    tickets, tasks, endings = [], [], []
    for part in parts(document):
        if part.kind == "tickets":
            tickets.append(_ticket(part, reader))
        elif part.kind == "tasks":
            tasks.append(_task(part, reader))
        else:
            endings.append(_ending(part, reader))
    sections = [document.get(kind, {}) for kind in KINDS]
    whole = all(isinstance(each, dict) and all(isinstance(body, dict) for body in each.values()) for each in sections)
    return Outline(reader.fields, tuple(tickets), tuple(tasks), tuple(endings), whole)


def _ticket(part: Part, reader: _Reader) -> Ticket:
    optional = reader.names(part, "optional_fields")
    return Ticket(
        key=part.key,
        at=part.at,
        required=reader.names(part, "fields") - optional,
        optional=optional & reader.names(part, "fields"),
        open=reader.is_open(part, "fields"),
    )


def _task(part: Part, reader: _Reader) -> Task:
    outputs, optional = reader.names(part, "output_fields"), reader.names(part, "optional_fields")
    retrigger = part.body.get("on_retrigger")
    return Task(
        key=part.key,
        at=part.at,
        inputs=reader.names(part, "input_fields"),
        context=reader.names(part, "context_fields"),
        required=outputs - optional,
        optional=outputs & optional,
        clears=reader.names(part, "clears"),
        condition=reader.condition(part, "condition"),
        cancel_when=reader.condition(part, "cancel_when"),
        required_when=tuple(
            condition
            for name in mapping(part.body.get("required_when"))
            if (condition := reader.condition(part, "required_when", name)) is not None
        ),
        join=part.body.get("wait_for") == WaitFor.ALL.value,
        on_retrigger=Retrigger(retrigger) if retrigger in [each.value for each in Retrigger] else Retrigger.PARALLEL,
        on_demand=part.body.get("on_demand") is True,
        impossible=reader.impossible(reader.condition(part, "condition")),
        open=reader.is_open(part, "input_fields", "output_fields"),
    )


def _ending(part: Part, reader: _Reader) -> Ending:
    return Ending(
        key=part.key,
        at=part.at,
        fields=reader.names(part, "fields"),
        condition=reader.condition(part, "condition"),
        when_idle=part.body.get("when_idle") is True,
        impossible=reader.impossible(reader.condition(part, "condition")),
        ends=part.body.get("completion_status") != WorkflowStatus.ON_HOLD.value,
        open=reader.is_open(part, "fields"),
    )
