"""The names in a document: does each field that is named exist, may it stand there, is each key its own.

Source: document.md ("Required", "Also"), engine.md ("Definitions").
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ticketflower.documents.nearest import did_you_mean
from ticketflower.documents.parts import Part, fields_of, mapping, parts, texts
from ticketflower.problems import Problem, pointer

_LISTS = {
    "tickets": ("fields", "optional_fields"),
    "tasks": ("input_fields", "output_fields", "optional_fields", "clears", "context_fields"),
    "completions": ("fields",),
}


def unknown_field(name: str, at: str, fields: Collection[str]) -> Problem:
    """A name that no field has, with the nearest one that is."""
    hint = did_you_mean(name, fields) or f"Add `{name[:100]}` to fields_schema.properties, or name another field."
    return Problem(at, f"There is no field `{name[:100]}` in fields_schema.", hint, "unknown_field")


def reference_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the names of fields in tickets, tasks and completions, and with keys that are too alike."""
    fields = fields_of(document)
    yield from _alike(fields, pointer("fields_schema", "properties"), "fields")
    for kind in ("tasks", "completions"):
        yield from _alike(mapping(document.get(kind)), pointer(kind), kind)
    for part in parts(document):
        for key in _LISTS[part.kind]:
            yield from _listed(part, key, fields)
        yield from _optional_problems(part, fields)
        if part.kind == "tasks":
            yield from _required_when_problems(part, fields)
            yield from _assignment_problems(part, fields)


def _alike(keys: Mapping[str, object], at: str, kind: str) -> Iterator[Problem]:
    """Two keys that differ only in capital letters can't be told apart in a file name or by a person."""
    folded: dict[str, str] = {}
    for key in keys:
        first = folded.setdefault(key.casefold(), key)
        if first != key:
            detail = f"The {kind} `{first[:100]}` and `{key[:100]}` differ only in capital letters."
            yield Problem(at + pointer(key), detail, "Rename one of them.", "case_collision")


def _listed(part: Part, key: str, fields: Mapping[str, Any]) -> Iterator[Problem]:
    for number, name in texts(part.body.get(key)):
        if name not in fields:
            yield unknown_field(name, part.at + pointer(key, number), fields)


def _optional_problems(part: Part, fields: Mapping[str, Any]) -> Iterator[Problem]:
    key = "output_fields" if part.kind == "tasks" else "fields"
    if not isinstance(part.body.get(key), list):
        return
    listed = part.names(key)
    for number, name in texts(part.body.get("optional_fields")):
        if part.kind != "completions" and name in fields and name not in listed:
            at = part.at + pointer("optional_fields", number)
            detail = f"`{name}` is optional here but not among `{key}`."
            yield Problem(at, detail, f"Add `{name}` to `{key}`, or take it out here.", "not_listed")


def _required_when_problems(part: Part, fields: Mapping[str, Any]) -> Iterator[Problem]:
    optional = [name for name in part.names("optional_fields") if name in part.written()]
    for name in mapping(part.body.get("required_when")):
        at = part.at + pointer("required_when", name)
        if name not in fields:
            yield unknown_field(name, at, optional or fields)
        elif name not in optional:
            detail = f"`{name}` is not an optional output field of this task, so `required_when` can't ask for it."
            hint = f"Add `{name}` to `optional_fields` and `output_fields`, or take it out here."
            yield Problem(at, detail, hint, "not_optional")


def _assignment_problems(part: Part, fields: Mapping[str, Any]) -> Iterator[Problem]:
    name = mapping(part.body.get("assignment")).get("field")
    if not isinstance(name, str):
        return
    at = part.at + pointer("assignment", "field")
    users = [field for field, schema in fields.items() if mapping(schema).get("format") == "user"]
    if name not in fields:
        yield unknown_field(name, at, users or fields)
    elif name not in users:
        detail = f"`{name}` must have the format `user` to name the person who gets the task."
        hint = f"Write {name[:100]}: {{type: string, format: user}} in fields_schema, or name another field."
        yield Problem(at, detail, hint, "not_a_user_field")


def key_problems(document: dict[str, Any], key: str | None, elsewhere: Mapping[str, str]) -> Iterator[Problem]:
    """A document under another's address, and ticket types that belong to another workflow (document.md, "Required").

    Args:
        document: the document.
        key: the key in the address; None where there is none.
        elsewhere: the workflow that each taken ticket type belongs to.
    """
    own = document.get("workflow")
    if key is not None and isinstance(own, str) and own != key:
        detail = f"The document's key is `{own[:100]}`, the address says `{key[:100]}`."
        yield Problem(pointer("workflow"), detail, "Make the two equal.", "key_mismatch")
    for ticket in mapping(document.get("tickets")):
        owner = elsewhere.get(ticket)
        if owner is not None and owner != own:
            detail = f"The ticket type `{ticket}` belongs to the workflow `{owner}`."
            yield Problem(pointer("tickets", ticket), detail, "Choose another key for it.", "ticket_type_taken")
