"""The API's shapes: what queries give, as JSON values with the keys of api.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticketflower.problems import Problem
from ticketflower.queries.definitions import DefinitionView, SubmittableType, WorkflowRow
from ticketflower.queries.errors import ErrorRow, ErrorView
from ticketflower.queries.history import Iteration, LogLine
from ticketflower.queries.names import Person
from ticketflower.queries.people import RoleRow, UserRow
from ticketflower.queries.task_lists import TaskRow
from ticketflower.queries.tasks import TaskView
from ticketflower.queries.ticket_lists import TicketRow
from ticketflower.queries.tickets import TicketErrorLine, TicketTask, TicketView

Json = dict[str, Any]


def ticket(view: TicketView) -> Json:
    """A ticket with its tasks, errors and offers."""
    return {
        "id": view.id,
        "ticket_type": view.ticket_type,
        "status": view.status,
        "created_at": view.created_at,
        "created_by": view.created_by.id,
        "iteration": view.iteration,
        "data": dict(view.data),
        "completion": view.completion,
        "tasks": [_ticket_task(task) for task in view.tasks],
        "errors": [_ticket_error(error) for error in view.errors],
        "offers": [task.key for task in view.offers],
    }


def _ticket_task(task: TicketTask) -> Json:
    return {
        "id": task.id,
        "key": task.key,
        "title": task.title,
        "status": task.status,
        "assigned_to": _id(task.assigned_to),
        "start_iteration": task.start_iteration,
        "end_iteration": task.end_iteration,
    }


def _ticket_error(error: TicketErrorLine) -> Json:
    return {
        "id": error.id,
        "code": error.code,
        "error_type": error.error_type,
        "error_status": error.error_status,
        "error_message": error.error_message,
        "task_id": error.task_id,
        "created_at": error.created_at,
    }


def ticket_row(row: TicketRow) -> Json:
    """A ticket in a list."""
    return {
        "id": row.id,
        "ticket_type": row.ticket_type,
        "title": row.title,
        "status": row.status,
        "created_at": row.created_at,
        "created_by": row.created_by.id,
        "updated_at": row.updated_at,
    }


def iteration(each: Iteration) -> Json:
    """An iteration; with its workspace if that was asked for."""
    shape = {
        "iteration": each.iteration,
        "written": list(each.written),
        "cleared": list(each.cleared),
        "task_id": each.task_id,
        "actor": _id(each.actor),
        "at": each.at,
    }
    return shape if each.data is None else {**shape, "data": dict(each.data)}


def log_line(line: LogLine) -> Json:
    """A line of a ticket's log."""
    return {
        "at": line.at,
        "iteration": line.iteration,
        "event": line.event,
        "task_id": line.task_id,
        "key": line.key,
        "values": line.values,
        "actor": _id(line.actor),
    }


def ticket_type(each: SubmittableType) -> Json:
    """A ticket type that the caller may submit."""
    return {
        "key": each.ticket_type.key,
        "title": each.ticket_type.title,
        "description": each.ticket_type.description,
        "workflow": each.version.workflow.key,
        "schema": each.schema,
    }


def task_row(row: TaskRow) -> Json:
    """A task in a list."""
    return {
        "id": row.id,
        "ticket_id": row.ticket_id,
        "key": row.key,
        "title": row.title,
        "status": row.status,
        "assigned_to": _id(row.assigned_to),
        "start_iteration": row.start_iteration,
        "end_iteration": row.end_iteration,
        "created_at": row.created_at,
        "completed_at": row.completed_at,
    }


def task(view: TaskView) -> Json:
    """A task with what it shows, what was given, and the schema of what it takes."""
    return {
        "id": view.id,
        "ticket_id": view.ticket_id,
        "key": view.definition.key,
        "title": view.definition.title,
        "status": view.status,
        "assigned_to": _id(view.assigned_to),
        "start_iteration": view.start_iteration,
        "end_iteration": view.end_iteration,
        "created_at": view.created_at,
        "completed_at": view.completed_at,
        "input": dict(view.input),
        "output": view.output,
        "schema": view.schema,
    }


def error_row(row: ErrorRow) -> Json:
    """An error in a list."""
    return {
        "id": row.id,
        "ticket_id": row.ticket_id,
        "task_id": row.task_id,
        "code": row.code,
        "error_type": row.error_type,
        "error_status": row.error_status,
        "error_message": row.error_message,
        "resolution_notes": row.resolution_notes,
        "resolved_by": _id(row.resolved_by),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def error(view: ErrorView) -> Json:
    """An error alone: with both sides of a write conflict."""
    fields = {
        name: {"theirs": clash.theirs, "ours": clash.ours, "iteration": clash.iteration, "task_id": clash.task_id}
        for name, clash in (view.conflict or {}).items()
    }
    return {**error_row(view.row), "conflict": fields or None}


def workflow_row(row: WorkflowRow) -> Json:
    """A workflow in the list, with its versions."""
    return {
        "key": row.key,
        "title": row.title,
        "description": row.description,
        "active": row.active,
        "draft": row.draft,
        "versions": [
            {
                "version": each.version,
                "status": each.status,
                "title": each.title,
                "running": each.running,
                "created_at": each.created_at,
                "updated_at": each.updated_at,
            }
            for each in row.versions
        ],
    }


def workflow(view: DefinitionView) -> Json:
    """One version with its document."""
    return {
        "key": view.key,
        "version": view.version,
        "status": view.status,
        "warnings": list(view.warnings),
        "created_at": view.created_at,
        "updated_at": view.updated_at,
        "document": view.document,
    }


def stored(view: DefinitionView) -> Json:
    """What storing, activating and archiving answer with."""
    return {"key": view.key, "version": view.version, "status": view.status, "warnings": list(view.warnings)}


def warnings(problems: Sequence[Problem]) -> list[Json]:
    """Warnings as they are stored and shown."""
    return [problem.as_json() for problem in problems]


def user(row: UserRow) -> Json:
    """A person of the company."""
    return {
        "id": row.id,
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "active": row.active,
        "system_roles": list(row.system_roles),
        "company_roles": list(row.company_roles),
    }


def role(row: RoleRow) -> Json:
    """A role of the company's own."""
    return {"id": row.id, "role_name": row.role_name, "description": row.description}


def _id(person: Person | None) -> int | None:
    return None if person is None else person.id
