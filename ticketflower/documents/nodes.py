"""What a reader makes of a text: a tree of values that know where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ticketflower.problems import Problem

Place = tuple[int, int]
"""A line and a column in a text, both counted from 1."""


class Unreadable(Exception):
    """The text is not JSON or YAML, or says something that neither can mean here.

    Attributes:
        problems: each with line and column; at least one.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].detail)
        self.problems = problems


def unreadable(place: Place, detail: str, hint: str | None = None, code: str = "syntax") -> Unreadable:
    """One problem at one place of a text that can't be read any further."""
    return Unreadable((Problem("", detail, hint, code, *place),))


@dataclass(slots=True)
class Node:
    """A value in a text.

    Args:
        kind: ``map``, ``list`` or ``scalar``.
        place: where it begins.
        scalar: the value of a scalar.
        entries: the values of a map by key, with the place of the key.
        items: the values of a list.
        height: how many levels of maps and lists hang below it, its own included; 0 for a scalar.
        weight: at least how many bytes it takes as JSON, with all aliases written out.
    """

    kind: Literal["map", "list", "scalar"]
    place: Place
    scalar: object = None
    entries: dict[str, tuple[Place, Node]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    height: int = 0
    weight: int = 0

    def close(self) -> None:
        """Works out height and weight when all parts are there. An alias weighs as much as what it stands for."""
        parts = [node for _, node in self.entries.values()] + self.items
        self.height = 1 + max((part.height for part in parts), default=0)
        self.weight = 2 + sum(part.weight + 1 for part in parts) + sum(len(key) + 3 for key in self.entries)


def scalar(value: object, place: Place) -> Node:
    """The node of a text, a number, a truth value or null."""
    return Node("scalar", place, value, weight=len(value) + 2 if isinstance(value, str) else 1)
