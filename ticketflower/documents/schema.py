"""The JSON Schema of the workflow document, served at ``/api/v1/schema/workflow.json``.

It is also what the check of a document's shape reads: which keys there are, which are required, of what type. So an
editor, an assistant and the product go by the same table. Source: document.md.
"""

from __future__ import annotations

from typing import Any, Final

from ticketflower.documents.keywords import all_keywords
from ticketflower.documents.schema_parts import ACTION_KEYS, PART_DEFS
from ticketflower.engine.words import Retrigger, TaskType, WaitFor, WorkflowStatus

Json = dict[str, Any]


def _ref(name: str, title: str, description: str, **more: Any) -> Json:
    return {"$ref": f"#/$defs/{name}", "title": title, "description": description, **more}


def _object(required: list[str], properties: Json, **more: Any) -> Json:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
        **more,
    }


_TITLE: Final = _ref("title", "Title", "What people see.")
_DESCRIPTION: Final = _ref("text", "Description", "What it is for, in a sentence or two.")
_EXT_REF: Final = _ref("ext_ref", "References", "Links to where more is written, for example a policy.")
_ROLES: Final = _ref("names", "Company roles", "The company roles that may do it; empty or absent: everybody.")
_EDIT_LAYOUT: Final = _ref("layout", "Layout of the form", "How the form for filling in looks.")
_DISPLAY_LAYOUT: Final = _ref("layout", "Layout for reading", "How the values look where they are only shown.")

_TICKET: Final = _object(
    ["title", "fields"],
    {
        "title": _TITLE,
        "description": _DESCRIPTION,
        "ext_ref": _EXT_REF,
        "fields": _ref("names", "Fields", "The fields that the submitter fills in: the first that are written."),
        "optional_fields": _ref("names", "Optional fields", "Those of its fields that may be left out."),
        "company_role_access": _ROLES,
        "edit_layout": _EDIT_LAYOUT,
        "display_layout": _DISPLAY_LAYOUT,
    },
    title="Ticket type",
    description="Something that a person can submit. It starts the workflow.",
    examples=[{"title": "Request a purchase", "fields": ["item", "amount"]}],
)

_TASK: Final = _object(
    ["title", "task_type", "input_fields", "output_fields"],
    {
        "title": _TITLE,
        "description": _DESCRIPTION,
        "ext_ref": _EXT_REF,
        "task_type": {
            "type": "string",
            "title": "Type",
            "description": "FORM: a person fills a form. SYNC_ACTION: a call whose response is the output. "
            "ASYNC_ACTION: a call now, the output comes to a callback later.",
            "enum": [kind.value for kind in TaskType],
        },
        "input_fields": _ref(
            "names", "Input fields", "The fields that it reads. Writing one of them triggers the task."
        ),
        "output_fields": _ref("names", "Output fields", "The fields that it writes."),
        "optional_fields": _ref("names", "Optional fields", "Those of its output fields that may be left out."),
        "condition": _ref("condition", "Condition", "The task starts only when this is true; null or absent: always."),
        "wait_for": {
            "type": "string",
            "title": "Wait for",
            "description": "any: one written input field triggers it. all: every input field must have been written "
            "since it last started (a join).",
            "enum": [kind.value for kind in WaitFor],
            "default": WaitFor.ANY.value,
        },
        "on_retrigger": {
            "type": "string",
            "title": "When triggered again",
            "description": "What happens when it is triggered while it is still active: a second one runs in parallel, "
            "it restarts, it is queued, or the trigger is ignored.",
            "enum": [kind.value for kind in Retrigger],
            "default": Retrigger.PARALLEL.value,
        },
        "cancel_when": _ref("condition", "Cancel when", "The active task is withdrawn when this becomes true."),
        "clears": _ref("names", "Clears", "The fields that are set back to never written when it completes."),
        "context_fields": _ref("names", "Context fields", "Fields that it shows beside its inputs; no trigger."),
        "required_when": {
            "type": "object",
            "title": "Required when",
            "description": "For an optional output field: the condition under which it must be given after all.",
            "additionalProperties": {"$ref": "#/$defs/condition"},
            "examples": [{"reason": {"==": [{"var": "approved"}, False]}}],
        },
        "on_demand": {
            "type": "boolean",
            "title": "On demand",
            "description": "true: it is offered on the ticket's page and never starts by itself.",
            "default": False,
        },
        "assignment": _ref("assignment", "Assignment", "Who gets the task among those who may do it."),
        "company_role_access": _ROLES,
        "edit_layout": _EDIT_LAYOUT,
        "display_layout": _DISPLAY_LAYOUT,
        **ACTION_KEYS,
    },
    title="Task",
    description="Something to do: it starts when one of its input fields is written and its condition holds.",
    examples=[
        {
            "title": "Approve the purchase",
            "task_type": "FORM",
            "input_fields": ["item", "amount"],
            "output_fields": ["approved"],
        }
    ],
)

_COMPLETION: Final = _object(
    ["title", "completion_status", "fields"],
    {
        "title": _TITLE,
        "description": _DESCRIPTION,
        "ext_ref": _EXT_REF,
        "completion_status": {
            "type": "string",
            "title": "Status",
            "description": "COMPLETED and CANCELLED end the workflow, ON_HOLD pauses it.",
            "enum": [
                kind.value for kind in (WorkflowStatus.COMPLETED, WorkflowStatus.CANCELLED, WorkflowStatus.ON_HOLD)
            ],
        },
        "fields": _ref("names", "Fields", "The fields that it reads. Writing one of them triggers it."),
        "condition": _ref("condition", "Condition", "It ends the workflow only when this is true."),
        "when_idle": {
            "type": "boolean",
            "title": "When idle",
            "description": "true: it is looked at only when no task is active or has started.",
            "default": False,
        },
        "display_layout": _DISPLAY_LAYOUT,
    },
    title="Completion",
    description="A rule that ends the workflow, or puts it on hold. The first that holds counts.",
    examples=[{"title": "Ordered", "completion_status": "COMPLETED", "fields": ["po_number"]}],
)

WORKFLOW_SCHEMA: Final[Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Workflow",
    "description": "A workflow document: fields, and who fills them in when. There are no arrows; writing a field "
    "triggers the tasks and completions that read it.",
    **_object(
        ["workflow", "title", "fields_schema", "tickets", "completions"],
        {
            "workflow": _ref("key", "Key", "The workflow's name in addresses; it stays the same over all versions."),
            "title": _TITLE,
            "description": _DESCRIPTION,
            "ext_ref": _EXT_REF,
            "fields_schema": _object(
                ["properties"],
                {
                    "type": {"const": "object", "title": "Type", "description": "Always `object`."},
                    "title": {"type": "string", "title": "Title", "description": "What the fields are, as a whole."},
                    "description": {"type": "string", "title": "Description", "description": "More about them."},
                    "properties": {
                        "type": "object",
                        "title": "Fields",
                        "description": "The workspace: each field by its name, with its schema.",
                        "propertyNames": {"$ref": "#/$defs/name"},
                        "additionalProperties": {"$ref": "#/$defs/field"},
                    },
                },
                title="Fields",
                description="The fields of the workspace, as a JSON Schema of an object.",
                examples=[{"type": "object", "properties": {"item": {"type": "string", "title": "What?"}}}],
            ),
            "tickets": {
                "type": "object",
                "title": "Ticket types",
                "description": "What can be submitted, by key. A key belongs to one workflow of the company.",
                "minProperties": 1,
                "propertyNames": {"$ref": "#/$defs/key"},
                "additionalProperties": _TICKET,
            },
            "tasks": {
                "type": "object",
                "title": "Tasks",
                "description": "What there is to do, by key.",
                "propertyNames": {"$ref": "#/$defs/name"},
                "additionalProperties": _TASK,
            },
            "completions": {
                "type": "object",
                "title": "Completions",
                "description": "How the workflow ends, by key, looked at in this order.",
                "minProperties": 1,
                "propertyNames": {"$ref": "#/$defs/name"},
                "additionalProperties": _COMPLETION,
            },
            "display_layout": _ref("layout", "Layout of the workspace", "How all fields look where they are shown."),
        },
    ),
    "examples": [
        {
            "workflow": "leave",
            "title": "Leave",
            "fields_schema": {
                "type": "object",
                "properties": {
                    "first_day": {"type": "string", "format": "date", "title": "First day"},
                    "approved": {"type": "boolean", "title": "Approved?"},
                },
            },
            "tickets": {"ask-for-leave": {"title": "Ask for leave", "fields": ["first_day"]}},
            "tasks": {
                "approve": {
                    "title": "Approve the leave",
                    "task_type": "FORM",
                    "input_fields": ["first_day"],
                    "output_fields": ["approved"],
                }
            },
            "completions": {"decided": {"title": "Decided", "completion_status": "COMPLETED", "fields": ["approved"]}},
        }
    ],
    "$defs": {
        "field": {
            "title": "Field",
            "description": "A JSON Schema of one field, with the keywords of its type.",
            "type": "object",
            "additionalProperties": False,
            "properties": all_keywords(),
            "examples": [{"type": "number", "title": "Amount", "minimum": 0}],
        },
        **PART_DEFS,
    },
}
"""The document's own JSON Schema (draft 2020-12), with a title and a description for every key."""
