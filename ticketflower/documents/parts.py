"""Walks a document that may be broken anywhere: its tickets, tasks and completions, and what is in them.

Everything here takes any JSON value and passes over what has the wrong type; that is reported elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ticketflower.problems import pointer

Kind = Literal["tickets", "tasks", "completions"]
KINDS: tuple[Kind, ...] = ("tickets", "tasks", "completions")


def mapping(value: object) -> dict[str, Any]:
    """The value, if it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: object) -> list[tuple[int, str]]:
    """The texts of a list with their places; none if it isn't a list."""
    return [(n, entry) for n, entry in enumerate(value) if isinstance(entry, str)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Part:
    """One ticket type, task or completion.

    Args:
        kind: in which part of the document it stands.
        key: its key.
        body: what it says.
    """

    kind: Kind
    key: str
    body: dict[str, Any]

    @property
    def at(self) -> str:
        """Its JSON Pointer."""
        return pointer(self.kind, self.key)

    def names(self, key: str) -> list[str]:
        """The texts that one of its lists holds."""
        return [text for _, text in texts(self.body.get(key))]

    def written(self) -> list[str]:
        """The fields that its form asks for."""
        return self.names("output_fields" if self.kind == "tasks" else "fields")

    def shown(self) -> list[str]:
        """All fields that its form or page shows."""
        return [*self.names("input_fields"), *self.names("context_fields"), *self.written()]


def parts(document: dict[str, Any]) -> Iterator[Part]:
    """Every ticket type, task and completion that is an object, in the document's order."""
    for kind in KINDS:
        for key, body in mapping(document.get(kind)).items():
            if isinstance(body, dict):
                yield Part(kind, key, body)


def fields_of(document: dict[str, Any]) -> dict[str, Any]:
    """The fields of the workspace by name, with what stands for their schemas."""
    return mapping(mapping(document.get("fields_schema")).get("properties"))


def fields_are_known(document: dict[str, Any]) -> bool:
    """Whether the document has a list of fields at all, so that a name can be said to be none of them."""
    return isinstance(mapping(document.get("fields_schema")).get("properties"), dict)


def conditions_of(document: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Every condition with its JSON Pointer, layouts' included; null where null means none is passed over."""
    for part in parts(document):
        for key in ("condition", "cancel_when") if part.kind != "tickets" else ():
            if part.body.get(key) is not None and (key == "condition" or part.kind == "tasks"):
                yield part.at + pointer(key), part.body[key]
        if part.kind == "tasks":
            for name, condition in mapping(part.body.get("required_when")).items():
                yield part.at + pointer("required_when", name), condition
        for key in ("edit_layout", "display_layout"):
            yield from _visible_when(part.body.get(key), part.at + pointer(key))
    yield from _visible_when(document.get("display_layout"), pointer("display_layout"))


def _visible_when(layout: object, at: str) -> Iterator[tuple[str, object]]:
    for key, inner in mapping(layout).items():
        if key == "ui:visible_when":
            yield at + pointer(key), inner
        elif not key.startswith("ui:"):
            yield from _visible_when(inner, at + pointer(key))
