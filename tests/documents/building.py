"""A valid document that uses every part of document.md, and ways to change it at one place."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from ticketflower.problems import Problem

GONE = object()

TRIP: dict[str, Any] = {
    "workflow": "business-trip",
    "title": "Business trip",
    "description": None,
    "ext_ref": [{"label": "Policy", "desc": "Who may travel", "uri": "https://example.com/policy"}],
    "fields_schema": {
        "type": "object",
        "title": "Trip",
        "properties": {
            "place": {"type": "string", "title": "Where to?", "maxLength": 200},
            "price": {"type": "number", "title": "Price", "minimum": 0, "default": 10},
            "boss": {"type": "string", "format": "user", "title": "Your boss"},
            "stops": {
                "type": "array",
                "items": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
            },
            "approved": {"type": "boolean", "title": "Approved?"},
            "reason": {"type": "string", "title": "Reason", "format": "textarea"},
            "booking": {"type": "string", "title": "Booking"},
            "recalled": {"type": "boolean", "title": "Recall?"},
        },
    },
    "tickets": {
        "trip": {
            "title": "Plan a trip",
            "fields": ["place", "price", "boss", "stops"],
            "optional_fields": ["stops"],
            "edit_layout": {
                "ui:order": ["place", "*"],
                "place": {"ui:help": "A town", "ui:placeholder": "Rome"},
                "stops": {"ui:visible_when": {">": [{"var": "price"}, 100]}, "items": {"town": {"ui:title": "Town"}}},
            },
            "display_layout": {"ui:order": ["price", "*"]},
        }
    },
    "tasks": {
        "decide": {
            "title": "Decide",
            "task_type": "FORM",
            "input_fields": ["place", "price"],
            "context_fields": ["stops"],
            "output_fields": ["approved", "reason"],
            "optional_fields": ["reason"],
            "required_when": {"reason": {"==": [{"var": "approved"}, False]}},
            "assignment": {"field": "boss"},
        },
        "book": {
            "title": "Book",
            "task_type": "SYNC_ACTION",
            "action_url": "https://example.com/book",
            "timeout_seconds": 30,
            "input_transform": {
                "http_method": "POST",
                "headers": {"X-Team": "travel"},
                "mappings": [
                    {"source": "$.place", "target": "body.to"},
                    {"static": "EUR", "target": "body.currency"},
                ],
            },
            "output_transform": {"mappings": [{"source": "$.number", "target": "booking"}]},
            "input_fields": ["approved"],
            "condition": {"==": [{"var": "approved"}, True]},
            "output_fields": ["booking"],
        },
        "recall": {
            "title": "Recall the trip",
            "task_type": "FORM",
            "on_demand": True,
            "input_fields": [],
            "output_fields": ["recalled"],
        },
    },
    "completions": {
        "booked": {"title": "Booked", "completion_status": "COMPLETED", "fields": ["booking"]},
        "refused": {
            "title": "Refused",
            "completion_status": "CANCELLED",
            "fields": ["approved"],
            "condition": {"==": [{"var": "approved"}, False]},
        },
        "recalled": {
            "title": "Recalled",
            "completion_status": "CANCELLED",
            "fields": ["recalled"],
            "condition": {"==": [{"var": "recalled"}, True]},
        },
    },
}


def trip(**changes: Any) -> dict[str, Any]:
    """The trip document, changed: ``trip(**{"tasks/decide/title": GONE})``; a path's ``~1`` is a slash in a key."""
    document = copy.deepcopy(TRIP)
    for path, value in changes.items():
        *steps, last = [step.replace("~1", "/") for step in path.split("/")]
        part: Any = document
        for step in steps:
            part = part[int(step)] if isinstance(part, list) else part[step]
        if value is GONE:
            del part[last]
        elif isinstance(part, list):
            part[int(last)] = value
        else:
            part[last] = value
    return document


def flow(tasks: dict[str, dict[str, Any]], completions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A small workflow: one ticket type that writes ``start``, tasks as ``{"in": ..., "out": ...}``, completions as
    their fields. Fields are truth values unless ``fields`` gives their schemas.
    """
    fields = more.get("fields", {})
    ticket = more.get("ticket", {"title": "Start", "fields": ["start"]})
    written = [*ticket["fields"]]
    made = {}
    for key, task in tasks.items():
        body = {k: v for k, v in task.items() if k not in ("in", "out")}
        made[key] = {
            "title": key,
            "task_type": "FORM",
            "input_fields": task["in"],
            "output_fields": task["out"],
            **body,
        }
        written += [*task["in"], *task["out"]]
    endings = {}
    for key, ending in completions.items():
        body = ending if isinstance(ending, dict) else {"fields": ending}
        endings[key] = {"title": key, "completion_status": "COMPLETED", **body}
        written += body["fields"]
    return {
        "workflow": "small",
        "title": "Small",
        "fields_schema": {
            "type": "object",
            "properties": {**{name: {"type": "boolean"} for name in written}, **fields},
        },
        "tickets": {"begin": ticket},
        "tasks": made,
        "completions": endings,
    }


def places(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """The pointer and code of each problem, sorted."""
    return sorted((problem.pointer, problem.code) for problem in problems)


def is_true(name: str) -> dict[str, Any]:
    return {"==": [{"var": name}, True]}


def is_false(name: str) -> dict[str, Any]:
    return {"==": [{"var": name}, False]}
