"""What values mean in a condition: true or not, equal, less, as a number, as text; and the work they may cost.

The rules are those of JSON Logic with the changes that engine.md ("Definitions") makes. Where neither says
anything (text that is no number in a sum, division by zero, a list against a number) the answer is null or
false: nothing raises for its data. Values are JSON: None, bool, int, float, str, list, dict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal

Number = int | float

BUDGET = 100_000
"""Steps that one evaluation may take; about a fifth of a second on a slow machine."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 400
_LARGEST_BITS = 1_023
_EXACT = 2**53


class ConditionTooCostly(Exception):
    """A condition took more steps, or made larger values, than one evaluation may (engine.md, Definitions)."""


class Meter:
    """The work left to one evaluation."""

    __slots__ = ("left",)

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget

    def spend(self, steps: int) -> None:
        """Take ``steps`` off. Raises ConditionTooCostly when there are not that many left."""
        self.left -= steps
        if self.left < 0:
            raise ConditionTooCostly(
                f"The condition needs more than {BUDGET:,} steps for this data. Make it simpler or the lists shorter."
            )


def truthy(value: object) -> bool:
    """JSON Logic's truth: false, null, 0, empty text and the empty list are not true; an object always is."""
    return bool(value) or type(value) is dict


def number_of(value: object) -> Number | None:
    """The number that arithmetic and ordering see; None for null, text that is no number, lists and objects."""
    kind = type(value)
    if kind is int or kind is float:
        return _settled(value)  # type: ignore[arg-type]
    if kind is str:
        return _number_in(value)  # type: ignore[arg-type]
    return int(value) if isinstance(value, bool) else None


def _number_in(text: str) -> Number | None:
    if len(text) > _LONGEST_NUMBER:
        return None
    trimmed = text.strip()
    if not _NUMBER.fullmatch(trimmed):
        return None
    return _settled(float(trimmed)) if set(trimmed) & set(".eE") else _settled(int(trimmed))


def _settled(number: Number) -> Number | None:
    """A number that JSON and the database can hold: not infinite, not beyond the range of a double."""
    if type(number) is int:
        return number if -_EXACT < number < _EXACT or number.bit_length() <= _LARGEST_BITS else None
    return number if math.isfinite(number) else None


def settle(number: Number) -> Number | None:
    """The result of arithmetic: a whole number without a fraction, None when it left the range of a double."""
    settled = _settled(number)
    if type(settled) is float and settled.is_integer() and -_EXACT < settled < _EXACT:
        return int(settled)
    return settled


def text_of(value: object, meter: Meter) -> str:
    """The text that ``cat`` joins: null and objects are empty, yes/no is true/false, a list is joined with commas.

    Raises:
        ConditionTooCostly: the text of a nested list is too long.
    """
    if not isinstance(value, list):
        return _text_of_one(value)
    parts: list[str] = []
    waiting: list[object] = [value]
    while waiting:
        meter.spend(1)
        entry = waiting.pop()
        if isinstance(entry, list):
            waiting.extend(reversed(entry))
        else:
            parts.append(_text_of_one(entry))
            meter.spend(len(parts[-1]) >> 4)
    return ",".join(parts)


def _text_of_one(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    number = number_of(value)
    return "" if number is None else number_as_text(number)


def number_as_text(number: Number) -> str:
    """A number as JSON Logic writes it: ``2`` for 2.0, no exponent where a person would write none."""
    if isinstance(number, int):
        return str(number)
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    if 1e-6 <= abs(number) < 1e21:
        return format(Decimal(repr(number)), "f")
    return repr(number).replace("e-0", "e-")


def loosely_equal(a: object, b: object, meter: Meter) -> bool:
    """``==``: null equals only null; text against a number or yes/no is compared as a number; lists by content."""
    if a is None or b is None:
        return a is b
    if type(a) is str and type(b) is str:
        return a == b
    if isinstance(a, list | dict) or isinstance(b, list | dict):
        return strictly_equal(a, b, meter)
    left, right = _number_in_equation(a), _number_in_equation(b)
    return left is not None and left == right


def _number_in_equation(value: object) -> Number | None:
    return 0 if type(value) is str and not value.strip() else number_of(value)


def strictly_equal(a: object, b: object, meter: Meter) -> bool:
    """``===``: same kind and same value; 1 and 1.0 are the same number; lists and objects by content.

    Raises:
        ConditionTooCostly: the two are too large to compare.
    """
    waiting = [(a, b)]
    while waiting:
        left, right = waiting.pop()
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            meter.spend(len(left))
            waiting.extend(zip(left, right, strict=True))
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            meter.spend(len(left))
            waiting.extend((left[key], right[key]) for key in left)
        elif not _same_scalar(left, right):
            return False
    return True


def _same_scalar(a: object, b: object) -> bool:
    if a is None or b is None:
        return a is b
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, str):
        return isinstance(b, str) and a == b
    return isinstance(a, int | float) and isinstance(b, int | float) and a == b


def ordered(a: object, b: object, compare: Callable[[object, object], bool]) -> bool:
    """Whether ``compare`` holds; false with null or empty text, and where text meets a number and is none."""
    if type(a) is str and type(b) is str:
        return a != "" and b != "" and compare(a, b)
    left, right = number_of(a), number_of(b)
    return left is not None and right is not None and compare(left, right)


def is_in(needle: object, haystack: object, meter: Meter) -> bool:
    """Whether a list has ``needle`` (as ``===`` does), or a text has it as a part; never in anything else."""
    if isinstance(haystack, list):
        meter.spend(len(haystack) >> 2)
        if type(needle) is str:
            return needle in haystack
        return any(strictly_equal(needle, entry, meter) for entry in haystack)
    if not isinstance(haystack, str) or needle is None or isinstance(needle, list | dict):
        return False
    return haystack != "" and _text_of_one(needle) in haystack


def length_of(value: object) -> int | None:
    """The characters of a text, the entries of a list or an object; None for anything else."""
    return len(value) if isinstance(value, str | list | dict) else None


def dig(value: object, steps: list[str]) -> object:
    """What lies under a dotted name: keys of objects and places in lists, None where there is nothing."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit():
            place = int(step)
            value = value[place] if place < len(value) else None
        else:
            return None
    return value
