"""A workflow document, compiled: what the engine, the forms and the pages read. Immutable: one per version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ticketflower.engine.conditions import Condition, compile_condition
from ticketflower.engine.values import FieldValidator, compile_schema
from ticketflower.engine.words import Retrigger, TaskType, WaitFor, WorkflowStatus

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What every part of a document has (document.md, "Also")."""

    key: str
    title: str
    description: str = ""
    ext_ref: tuple[Mapping[str, str], ...] = ()
    display_layout: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketType(Part):
    """A ticket type: the fields of iteration 0, and who may submit it."""

    fields: tuple[str, ...]
    optional_fields: frozenset[str] = frozenset()
    company_role_access: tuple[str, ...] = ()
    edit_layout: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Part):
    """A task definition (engine.md, The model; document.md)."""

    task_type: TaskType
    input_fields: tuple[str, ...]
    output_fields: tuple[str, ...]
    optional_fields: frozenset[str] = frozenset()
    condition: Condition | None = None
    wait_for: WaitFor = WaitFor.ANY
    on_retrigger: Retrigger = Retrigger.PARALLEL
    cancel_when: Condition | None = None
    clears: tuple[str, ...] = ()
    context_fields: tuple[str, ...] = ()
    required_when: Mapping[str, Condition] = field(default_factory=dict)
    on_demand: bool = False
    assignment: str | Mapping[str, str] = "least_loaded"
    company_role_access: tuple[str, ...] = ()
    edit_layout: Mapping[str, Json] | None = None

    def shown_fields(self) -> tuple[str, ...]:
        """The fields that its form shows for reading: inputs, then context, each once (document.md, Forms)."""
        return tuple(dict.fromkeys((*self.input_fields, *self.context_fields)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Part):
    """A rule that ends the workflow, or puts it on hold (engine.md, steps 1 and 5)."""

    completion_status: WorkflowStatus
    fields: tuple[str, ...]
    condition: Condition | None = None
    when_idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow(Part):
    """A whole workflow document. Tickets, tasks and completions keep the order of the document.

    Args:
        fields: the workspace: the JSON Schema of each field, by name.
        validators: what checks a value of each field, by name.
    """

    fields: Mapping[str, Mapping[str, Json]]
    validators: Mapping[str, FieldValidator]
    tickets: Mapping[str, TicketType]
    tasks: Mapping[str, Task]
    completions: Mapping[str, Completion]

    def title_of(self, name: str) -> str:
        """What a field is called on a page: its schema's title, else its name."""
        return str(self.fields.get(name, {}).get("title") or name)

    def titles(self) -> dict[str, str]:
        """The title of each field, by name."""
        return {name: self.title_of(name) for name in self.fields}


def compile_workflow(document: Mapping[str, Json]) -> Workflow:
    """Compiles a document that ``documents.check`` found free of errors.

    Args:
        document: a workflow document (document.md).
    """
    fields = dict(document["fields_schema"].get("properties", {}))
    return Workflow(
        key=document["workflow"],
        **_described(document),
        fields=fields,
        validators={name: compile_schema(schema) for name, schema in fields.items()},
        tickets={key: _ticket(key, part) for key, part in document["tickets"].items()},
        tasks={key: _task(key, part) for key, part in (document.get("tasks") or {}).items()},
        completions={key: _completion(key, part) for key, part in document["completions"].items()},
    )


def _described(part: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "title": part["title"],
        "description": part.get("description") or "",
        "ext_ref": tuple(part.get("ext_ref") or ()),
        "display_layout": part.get("display_layout"),
    }


def _condition(source: Json) -> Condition | None:
    return None if source is None else compile_condition(source)


def _ticket(key: str, part: Mapping[str, Json]) -> TicketType:
    return TicketType(
        key=key,
        **_described(part),
        fields=tuple(part["fields"]),
        optional_fields=frozenset(part.get("optional_fields") or ()),
        company_role_access=tuple(part.get("company_role_access") or ()),
        edit_layout=part.get("edit_layout"),
    )


def _task(key: str, part: Mapping[str, Json]) -> Task:
    return Task(
        key=key,
        **_described(part),
        task_type=TaskType(part["task_type"]),
        input_fields=tuple(part["input_fields"]),
        output_fields=tuple(part["output_fields"]),
        optional_fields=frozenset(part.get("optional_fields") or ()),
        condition=_condition(part.get("condition")),
        wait_for=WaitFor(part.get("wait_for") or WaitFor.ANY),
        on_retrigger=Retrigger(part.get("on_retrigger") or Retrigger.PARALLEL),
        cancel_when=_condition(part.get("cancel_when")),
        clears=tuple(part.get("clears") or ()),
        context_fields=tuple(part.get("context_fields") or ()),
        required_when={name: compile_condition(when) for name, when in (part.get("required_when") or {}).items()},
        on_demand=bool(part.get("on_demand")),
        assignment=part.get("assignment") or "least_loaded",
        company_role_access=tuple(part.get("company_role_access") or ()),
        edit_layout=part.get("edit_layout"),
    )


def _completion(key: str, part: Mapping[str, Json]) -> Completion:
    return Completion(
        key=key,
        **_described(part),
        completion_status=WorkflowStatus(part["completion_status"]),
        fields=tuple(part["fields"]),
        condition=_condition(part.get("condition")),
        when_idle=bool(part.get("when_idle")),
    )
