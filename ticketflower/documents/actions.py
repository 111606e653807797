"""The keys that only the two action types have: the address and the transforms (document.md, Transforms)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ticketflower.documents.nearest import did_you_mean
from ticketflower.documents.parts import Part, fields_of, mapping, parts
from ticketflower.documents.references import unknown_field
from ticketflower.documents.schema_parts import ACTION_KEYS, EXPRESSION_BYTES
from ticketflower.engine.words import TaskType
from ticketflower.problems import Problem, pointer

_ACTIONS: Final = (TaskType.SYNC_ACTION.value, TaskType.ASYNC_ACTION.value)
_FIRST_STEP: Final = re.compile(r"\$(?:\.([A-Za-z_][A-Za-z0-9_]*)|\[['\"]([^'\"\]]+)['\"]\])")


def action_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Action keys on a form, an action without address, and mappings that name no field."""
    fields = fields_of(document)
    for part in parts(document):
        kind = part.body.get("task_type")
        if part.kind == "tasks" and kind in _ACTIONS:
            yield from _address_problems(part)
            yield from _transform_problems(part, fields)
        elif kind == TaskType.FORM.value:
            yield from _out_of_place(part)


def _out_of_place(part: Part) -> Iterator[Problem]:
    for key in ACTION_KEYS:
        if part.body.get(key) is not None:
            detail = f"`{key}` belongs to the types {' and '.join(_ACTIONS)}; this task is a FORM."
            yield Problem(part.at + pointer(key), detail, "Take it out, or change `task_type`.", "not_for_task_type")


def _address_problems(part: Part) -> Iterator[Problem]:
    if "action_url" not in part.body:
        detail = f"A task of the type {part.body['task_type']} needs `action_url`."
        yield Problem(part.at, detail, "Add `action_url`: the https address that is called.", "required")


def _transform_problems(part: Part, fields: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("input_transform", "output_transform"):
        transform, at = mapping(part.body.get(key)), part.at + pointer(key)
        expression = mapping(transform.get("expression")).get("expression")
        if isinstance(expression, str) and len(expression.encode("utf-8", "replace")) > EXPRESSION_BYTES:
            hint = "Shorten it, or let several tasks share the work."
            yield Problem(at + pointer("expression", "expression"), "An expression has at most 4 KB.", hint, "too_long")
        mappings = transform.get("mappings")
        for number, each in enumerate(mappings if isinstance(mappings, list) else ()):
            here = at + pointer("mappings", number)
            yield from _mapping_problems(mapping(each), here)
            if key == "input_transform":
                yield from _source_problems(mapping(each), here, fields)
            else:
                yield from _target_problems(mapping(each), here, part)


def _mapping_problems(each: Mapping[str, Any], at: str) -> Iterator[Problem]:
    if each and ("source" in each) == ("static" in each):
        detail = "A mapping has `source` or `static`, one of the two."
        yield Problem(at, detail, "Write {source: $.field, target: ...} or {static: value, target: ...}.", "one_of")


def _source_problems(each: Mapping[str, Any], at: str, fields: Mapping[str, Any]) -> Iterator[Problem]:
    source = each.get("source")
    first = _FIRST_STEP.match(source) if isinstance(source, str) else None
    name = (first[1] or first[2]) if first else None
    if name is not None and name not in fields:
        yield unknown_field(name, at + pointer("source"), fields)


def _target_problems(each: Mapping[str, Any], at: str, part: Part) -> Iterator[Problem]:
    target = each.get("target")
    outputs = part.names("output_fields")
    name = target.partition(".")[0] if isinstance(target, str) else None
    if name and name not in outputs:
        detail = f"`{name[:100]}` is not an output field of this task."
        hint = did_you_mean(name, outputs) or f"Add `{name[:100]}` to `output_fields`, or name another target."
        yield Problem(at + pointer("target"), detail, hint, "not_listed")
