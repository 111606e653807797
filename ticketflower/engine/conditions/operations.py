"""What the plain operators do with their values, once these are known.

json_logic (json-logic-qubit) is the evaluator of the product; this is the place where it is used. Its functions are
taken once, into a private table: its own table is global and anybody in the process could add to it. Where its
behaviour is the contract's (engine.md, Definitions) its function runs, on values that can't make it raise; where the
contract says otherwise the function is ours. ``method`` and ``log`` are not in the table at all.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import fmod
from typing import Any, Final

import json_logic

from ticketflower.engine.conditions import values
from ticketflower.engine.conditions.values import Meter, Number, number_of, settle, text_of

Operation = Callable[[list[object], Meter], object]

_LIBRARY: Final = {name: json_logic.operations[name] for name in ("+", "-", "*", "/", "min", "max", "merge", "substr")}


def _add(args: list[object], meter: Meter) -> object:
    return _folded(_LIBRARY["+"], args)


def _multiply(args: list[object], meter: Meter) -> object:
    return _folded(_LIBRARY["*"], args)


def _subtract(args: list[object], meter: Meter) -> object:
    return _calculated(_LIBRARY["-"], args)


def _divide(args: list[object], meter: Meter) -> object:
    return _calculated(_LIBRARY["/"], args)


def _least(args: list[object], meter: Meter) -> object:
    return _calculated(_LIBRARY["min"], args)


def _greatest(args: list[object], meter: Meter) -> object:
    return _calculated(_LIBRARY["max"], args)


def _remainder(args: list[object], meter: Meter) -> object:
    return _calculated(_remainder_of, args)


def _remainder_of(a: Number, b: Number) -> Number:
    """The remainder with the sign of the divided number, as in JSON Logic (Python's has the sign of the divisor)."""
    if isinstance(a, int) and isinstance(b, int):
        left = abs(a) % abs(b)
        return -left if a < 0 else left
    if b == 0:
        raise ZeroDivisionError
    return fmod(a, b)


def _calculated(operation: Callable[..., Number], args: list[object]) -> Number | None:
    """Null where an argument is no number, and where the result is none (division by zero, out of range)."""
    numbers = []
    for argument in args:
        number = number_of(argument)
        if number is None:
            return None
        numbers.append(number)
    try:
        return settle(operation(*numbers))
    except ArithmeticError:
        return None


def _folded(operation: Callable[..., Number], args: list[object]) -> Number | None:
    # Two at a time, so that no result in between outgrows a double: Python's whole numbers have no end.
    total = _calculated(operation, args[:1])
    for argument in args[1:]:
        total = _calculated(operation, [total, argument])
    return total


def _merge(args: list[object], meter: Meter) -> object:
    meter.spend(sum(len(argument) if isinstance(argument, list) else 1 for argument in args))
    return _LIBRARY["merge"](*args)


def _concatenate(args: list[object], meter: Meter) -> object:
    parts = [text_of(argument, meter) for argument in args]
    meter.spend(sum(map(len, parts)) >> 4)
    return "".join(parts)


def _substring(args: list[object], meter: Meter) -> object:
    places = [number_of(place) for place in args[1:]]
    if args[0] is None or None in places:
        return None
    text = text_of(args[0], meter)
    meter.spend(len(text) >> 4)
    return _LIBRARY["substr"](text, *(int(place) for place in places if place is not None))


def _count(args: list[object], meter: Meter) -> object:
    return sum(map(values.truthy, args))


def _in(args: list[object], meter: Meter) -> object:
    return values.is_in(args[0], args[1], meter)


def _contains(args: list[object], meter: Meter) -> object:
    return values.is_in(args[1], args[0], meter)


def _length(args: list[object], meter: Meter) -> object:
    return values.length_of(args[0])


def _always(args: list[object], meter: Meter) -> object:
    return True


def _ordering(compare: Callable[[Any, Any], bool]) -> Operation:
    def holds(args: list[object], meter: Meter) -> object:
        if len(args) == 2:
            return values.ordered(args[0], args[1], compare)
        return values.ordered(args[0], args[1], compare) and values.ordered(args[1], args[2], compare)

    return holds


OPERATIONS: Final[dict[str, Operation]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "min": _least,
    "max": _greatest,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
    "==": lambda args, meter: values.loosely_equal(args[0], args[1], meter),
    "!=": lambda args, meter: not values.loosely_equal(args[0], args[1], meter),
    "===": lambda args, meter: values.strictly_equal(args[0], args[1], meter),
    "!==": lambda args, meter: not values.strictly_equal(args[0], args[1], meter),
    "!": lambda args, meter: not values.truthy(args[0]),
    "!!": lambda args, meter: values.truthy(args[0]),
    "merge": _merge,
    "cat": _concatenate,
    "substr": _substring,
    "count": _count,
    "in": _in,
    "contains": _contains,
    "length": _length,
    "always": _always,
}
"""Operators whose arguments are all evaluated first."""
