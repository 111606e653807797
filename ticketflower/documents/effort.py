"""What looking at a document may cost: a document is somebody else's, and may be made to be slow to judge."""

from __future__ import annotations

from typing import Any, Final

from ticketflower.engine.conditions import Condition
from ticketflower.engine.conditions.grammar import ALIASES

_MOST_CASES: Final = 512
"""Where ``can_both_hold`` gives up."""

STEPS: Final = 1_000_000
"""The steps that one look at a document may take, about two seconds on a slow machine."""


class TooLarge(Exception):
    """The workflow has more possibilities than are looked at."""


class Budget:
    """The steps that are left."""

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Takes steps off.

        Raises:
            TooLarge: there are not that many left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooLarge

    def can_spend(self, steps: int) -> bool:
        """Takes steps off if there are that many; otherwise says no."""
        if self.left < steps:
            return False
        self.left -= steps
        return True


def effort(*conditions: Condition | None) -> int:
    """About how many steps it takes to find out whether these conditions can hold together."""
    cases, parts = 1, 1
    for condition in conditions:
        if condition is not None:
            more, nodes = _cases(condition.source, negated=False)
            cases, parts = cases * more, parts + nodes
    return min(cases, _MOST_CASES) * parts


def _cases(node: Any, *, negated: bool) -> tuple[int, int]:
    """Into how many cases a condition falls, at most, and of how many parts it is made."""
    if isinstance(node, list):
        each = [_cases(entry, negated=negated) for entry in node]
    elif isinstance(node, dict):
        each = [_of_rule(ALIASES.get(key, key), arguments, negated) for key, arguments in node.items()]
    else:
        return 1, 1
    product, parts = 1, 1
    for more, nodes in each:
        product, parts = min(product * more, _MOST_CASES), parts + nodes
    return product, parts


def _of_rule(operator: str, arguments: Any, negated: bool) -> tuple[int, int]:
    cases, parts = _cases(arguments, negated=negated is not (operator == "!"))
    splits = operator in ("if", "?:", "missing") or operator == ("and" if negated else "or")
    count = len(arguments) if isinstance(arguments, list) else 1
    return (cases * count if splits else cases), parts
