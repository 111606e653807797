"""Query parameters: declared with a call, read from the request, refused with 422 when they can't be taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from ticketflower.access import LARGEST_ID
from ticketflower.queries.paging import MOST, PAGE, unacceptable

Json = Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter; its schema's ``type`` is ``string``, ``integer`` or ``boolean``."""

    name: str
    description: str
    schema: Mapping[str, Json]

    def read(self, text: str) -> str | int | bool:
        """The value that the address gives.

        Raises:
            Unacceptable: it is not of the parameter's type, or outside its bounds.
        """
        match self.schema["type"]:
            case "integer":
                return self._number(text)
            case "boolean":
                if text not in ("true", "false"):
                    raise unacceptable(self.name, f"{self.name} must be true or false")
                return text == "true"
        if "\0" in text:
            raise unacceptable(self.name, f"{self.name} must be text without control characters")
        return text

    def _number(self, text: str) -> int:
        least, most = self.schema["minimum"], self.schema["maximum"]
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and least <= int(text) <= most):
            bounds = f"from {least} to {most}" if most < LARGEST_ID else f"from {least}"
            raise unacceptable(self.name, f"{self.name} must be a whole number {bounds}")
        return int(text)


LIMIT = Parameter(
    "limit", "How many items at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}
)
CURSOR = Parameter("cursor", "Where to go on: `next` of the answer before.", {"type": "string"})
PAGING = (LIMIT, CURSOR)


def number(name: str, description: str) -> Parameter:
    """A parameter that is the number of something."""
    return Parameter(name, description, {"type": "integer", "minimum": 1, "maximum": LARGEST_ID})


def words(name: str, description: str, known: Iterable[str]) -> Parameter:
    """A parameter that is one of some words."""
    return Parameter(name, description, {"type": "string", "enum": list(known)})


def text(name: str, description: str, longest: int = 200) -> Parameter:
    """A parameter that is any text."""
    return Parameter(name, description, {"type": "string", "maxLength": longest})


def switch(name: str, description: str) -> Parameter:
    """A parameter that is true or false."""
    return Parameter(name, description, {"type": "boolean", "default": False})


def read_parameters(declared: Iterable[Parameter]) -> dict[str, Json]:
    """The declared parameters that this request gives; each once at most.

    Raises:
        Unacceptable: one can't be taken, or is not declared.
    """
    known = {parameter.name: parameter for parameter in declared}
    values: dict[str, Json] = {}
    for name, given in request.args.lists():
        if name not in known:
            raise unacceptable(name, f"There is no parameter {name[:100]!a} here")
        if len(given) > 1:
            raise unacceptable(name, f"{name} must be given once")
        values[name] = known[name].read(given[0])
    return values
