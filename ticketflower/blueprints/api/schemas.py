"""The schemas of the answers, for the OpenAPI document (JSON Schema 2020-12). ``shapes`` makes what they describe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from ticketflower.engine.words import (
    DefinitionStatus,
    ErrorStatus,
    ErrorType,
    SystemRole,
    TaskStatus,
    WorkflowStatus,
)

Json = dict[str, Any]

ID: Json = {"type": "integer", "minimum": 1}
ID_OR_NULL: Json = {"type": ["integer", "null"], "minimum": 1}
COUNT: Json = {"type": "integer", "minimum": 0}
COUNT_OR_NULL: Json = {"type": ["integer", "null"], "minimum": 0}
TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
MOMENT: Json = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Json = {"type": ["string", "null"], "format": "date-time"}
TEXTS: Json = {"type": "array", "items": TEXT}
ANY: Json = {}


def ref(name: str) -> Json:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def words(of: Iterable[StrEnum]) -> Json:
    """One of an enumeration's words."""
    return {"type": "string", "enum": [str(word) for word in of]}


def entity(properties: Mapping[str, Json], *, optional: Iterable[str] = (), description: str = "") -> Json:
    """An object with these keys and no others; all are there but the optional ones."""
    left_out = set(optional)
    shape: Json = {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in left_out],
        "additionalProperties": False,
    }
    return {"description": description, **shape} if description else shape


def several(of: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": of}


def page(name: str) -> Json:
    """An answer that lists some of these, and where to go on."""
    return entity(
        {"items": several(ref(name)), "next": {**TEXT_OR_NULL, "description": "The `cursor` of what follows."}}
    )


def mapping(of: Json, description: str = "") -> Json:
    """An object whose keys are names, for example of fields."""
    shape: Json = {"type": "object", "additionalProperties": of or True}
    return {"description": description, **shape} if description else shape


_TASK = {
    "id": ID,
    "key": {**TEXT, "description": "Which task of the workflow's document it is."},
    "title": TEXT,
    "status": words(TaskStatus),
    "assigned_to": {**ID_OR_NULL, "description": "A user; null while it is nobody's."},
    "start_iteration": COUNT,
    "end_iteration": {**COUNT_OR_NULL, "description": "The iteration that it made; null until it is folded in."},
}
_TASK_ROW = {"id": ID, "ticket_id": ID, **_TASK, "created_at": MOMENT, "completed_at": MOMENT_OR_NULL}
_TICKET_ERROR = {
    "id": ID,
    "code": TEXT,
    "error_type": words(ErrorType),
    "error_status": words(ErrorStatus),
    "error_message": TEXT,
    "task_id": ID_OR_NULL,
    "created_at": MOMENT,
}
_ERROR = {
    "id": ID,
    "ticket_id": ID,
    **_TICKET_ERROR,
    "resolution_notes": TEXT,
    "resolved_by": ID_OR_NULL,
    "updated_at": MOMENT,
}
_PROBLEM_ENTRY = {
    "pointer": {**TEXT, "description": 'A JSON Pointer (RFC 6901) into what was sent; "" is the whole.'},
    "detail": TEXT,
    "hint": {**TEXT, "description": "How to mend it."},
    "code": {**TEXT, "description": "A short stable word for programs."},
    "line": {"type": "integer", "minimum": 1},
    "column": {"type": "integer", "minimum": 1},
}
_STORED = {
    "key": TEXT,
    "version": ID,
    "status": words(DefinitionStatus),
    "warnings": several(ref("ProblemEntry")),
}

SCHEMAS: dict[str, Json] = {
    "Problem": entity(
        {
            "type": {**TEXT, "format": "uri"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {**TEXT, "description": "What is wrong and what to do next."},
            "errors": several(ref("ProblemEntry")),
        },
        description="Why a call was refused (RFC 9457).",
    ),
    "ProblemEntry": entity(_PROBLEM_ENTRY, optional=("hint", "line", "column")),
    "Ticket": entity(
        {
            "id": ID,
            "ticket_type": TEXT,
            "status": words(WorkflowStatus),
            "created_at": MOMENT,
            "created_by": ID,
            "iteration": {**COUNT_OR_NULL, "description": "The newest; null while its workflow has not begun."},
            "data": mapping(ANY, "The workspace now; for a worker the fields of their tasks only."),
            "completion": {**TEXT_OR_NULL, "description": "The key of the completion that ended it."},
            "tasks": several(ref("TicketTask")),
            "errors": several(ref("TicketError")),
            "offers": {**TEXTS, "description": "The keys of the on-demand tasks that you may take now."},
        }
    ),
    "TicketTask": entity(_TASK),
    "TicketError": entity(_TICKET_ERROR),
    "TicketRow": entity(
        {
            "id": ID,
            "ticket_type": TEXT,
            "title": {**TEXT, "description": "The title of its type."},
            "status": words(WorkflowStatus),
            "created_at": MOMENT,
            "created_by": ID,
            "updated_at": MOMENT,
        }
    ),
    "Tickets": page("TicketRow"),
    "TicketType": entity(
        {
            "key": TEXT,
            "title": TEXT,
            "description": TEXT,
            "workflow": {**TEXT, "description": "The key of the workflow that it starts."},
            "schema": mapping(ANY, "The JSON Schema of what submitting it takes as `data`."),
        }
    ),
    "TicketTypes": page("TicketType"),
    "Iteration": entity(
        {
            "iteration": COUNT,
            "written": TEXTS,
            "cleared": TEXTS,
            "task_id": ID_OR_NULL,
            "actor": ID_OR_NULL,
            "at": MOMENT,
            "data": mapping(ANY, "The whole workspace after it, with `?data=true`."),
        },
        optional=("data",),
    ),
    "Iterations": page("Iteration"),
    "LogLine": entity(
        {
            "at": MOMENT,
            "iteration": COUNT_OR_NULL,
            "event": TEXT,
            "task_id": ID_OR_NULL,
            "key": TEXT_OR_NULL,
            "values": {"type": ["object", "null"]},
            "actor": ID_OR_NULL,
        }
    ),
    "Log": page("LogLine"),
    "Task": entity(
        {
            **_TASK_ROW,
            "input": mapping(ANY, "The fields that it shows, as they were at its `start_iteration`."),
            "output": {"type": ["object", "null"], "description": "What was given when it was completed."},
            "schema": mapping(ANY, "The JSON Schema of what completing it takes as `data`."),
        }
    ),
    "TaskRow": entity(_TASK_ROW),
    "Tasks": page("TaskRow"),
    "Error": entity(_ERROR),
    "ErrorAlone": entity(
        {
            **_ERROR,
            "conflict": {
                "type": ["object", "null"],
                "additionalProperties": ref("Clash"),
                "description": "By field, both sides of a write conflict; null for other errors.",
            },
        }
    ),
    "Clash": entity({"theirs": ANY, "ours": ANY, "iteration": COUNT, "task_id": ID_OR_NULL}),
    "Errors": page("Error"),
    "Stored": entity(_STORED),
    "Checked": entity({"valid": {"const": True}, "key": TEXT, "warnings": several(ref("ProblemEntry"))}),
    "Workflow": entity(
        {
            **_STORED,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "document": mapping(ANY, "The workflow document; /api/v1/schema/workflow.json describes it."),
        }
    ),
    "WorkflowRow": entity(
        {
            "key": TEXT,
            "title": TEXT,
            "description": TEXT,
            "active": {**ID_OR_NULL, "description": "The number of the active version."},
            "draft": {**ID_OR_NULL, "description": "The number of the draft."},
            "versions": several(ref("WorkflowVersion")),
        }
    ),
    "WorkflowVersion": entity(
        {
            "version": ID,
            "status": words(DefinitionStatus),
            "title": TEXT,
            "running": {**COUNT, "description": "How many of its tickets have not ended."},
            "created_at": MOMENT,
            "updated_at": MOMENT,
        }
    ),
    "Workflows": page("WorkflowRow"),
    "User": entity(
        {
            "id": ID,
            "email": TEXT,
            "first_name": TEXT,
            "last_name": TEXT,
            "active": {"type": "boolean"},
            "system_roles": several(words(SystemRole)),
            "company_roles": TEXTS,
        }
    ),
    "Users": page("User"),
    "Role": entity({"id": ID, "role_name": TEXT, "description": TEXT}),
    "Roles": page("Role"),
}
