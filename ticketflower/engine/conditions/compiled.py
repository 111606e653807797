"""A condition as functions: taken apart once, then a few hundred nanoseconds for each evaluation.

Each rule becomes one function of the scope (the workspace, or inside ``map`` and the like one entry of a list) and the
meter. docs/decisions/0002-conditions.md says why, and what it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ticketflower.engine.conditions import values
from ticketflower.engine.conditions.grammar import (
    SCOPED,
    arguments_of,
    is_constant,
    is_rule,
    names_in,
    operator_of,
    weight_of,
)
from ticketflower.engine.conditions.operations import OPERATIONS
from ticketflower.engine.conditions.patterns import searcher
from ticketflower.engine.conditions.values import Meter, dig, loosely_equal, strictly_equal, truthy

Evaluate = Callable[[object, Meter], object]

RESERVED = "_"
"""The name under which a condition finds the engine's own values (engine.md, What a condition sees)."""

_LONG_TEXT = 1_024


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, ready to be evaluated any number of times.

    Attributes:
        source: the condition as it is stored.
        reads: the workspace's fields that it reads.
    """

    source: Mapping[str, object]
    reads: frozenset[str]
    _evaluate: Evaluate = field(repr=False, compare=False)

    def value(self, data: Mapping[str, object]) -> object:
        """What the condition gives for a workspace with the engine's values under ``_``.

        Raises:
            ConditionTooCostly: it takes more work than one evaluation may. Nothing else is raised, whatever the data.
        """
        return self._evaluate(data if type(data) is dict else dict(data), Meter())

    def holds(self, data: Mapping[str, object]) -> bool:
        """Whether the condition is true for a workspace; raises as ``value`` does."""
        return truthy(self.value(data))


def compile_condition(condition: Mapping[str, object]) -> Condition:
    """The condition as functions. It has been checked before (``check_condition`` found no problem)."""
    return Condition(condition, reads_of(condition), _built(condition))


def reads_of(condition: object) -> frozenset[str]:
    """The fields of the workspace that a condition reads; the engine's own values are not among them."""
    first = (name.text.partition(".")[0] for name in names_in(condition) if name.text)
    return frozenset(name for name in first if name != RESERVED)


def _built(node: object) -> Evaluate:
    if is_constant(node):
        return lambda scope, meter: node
    if isinstance(node, list):
        return _list_of([_built(entry) for entry in node])
    assert isinstance(node, dict)
    operator, arguments = operator_of(node), arguments_of(node)
    if operator in SCOPED:
        return _scoped(operator, arguments)
    if operator in _SPECIAL:
        return _SPECIAL[operator](arguments)
    return _plain(operator, arguments)


def _list_of(entries: list[Evaluate]) -> Evaluate:
    return lambda scope, meter: [entry(scope, meter) for entry in entries]


def _plain(name: str, arguments: list[object]) -> Evaluate:
    operation = OPERATIONS[name]
    if len(arguments) == 1:
        only = _built(arguments[0])
        return lambda scope, meter: operation([only(scope, meter)], meter)
    if len(arguments) == 2:
        left, right = _built(arguments[0]), _built(arguments[1])
        return lambda scope, meter: operation([left(scope, meter), right(scope, meter)], meter)
    built = [_built(argument) for argument in arguments]
    return lambda scope, meter: operation([argument(scope, meter) for argument in built], meter)


def _var(arguments: list[object]) -> Evaluate:
    name: object = arguments[0] if arguments else ""
    read = _read_computed(_built(name)) if is_rule(name) else _read("" if name is None else str(name))
    if len(arguments) < 2:
        return read
    default = _built(arguments[1])

    def with_default(scope: object, meter: Meter) -> object:
        value = read(scope, meter)
        return default(scope, meter) if value is None else value

    return with_default


def _read(name: str) -> Evaluate:
    steps = name.split(".")
    if not name:
        steps = []

    def read(scope: object, meter: Meter) -> object:
        value = scope.get(name) if single and type(scope) is dict else dig(scope, steps)
        if type(value) is str and len(value) > _LONG_TEXT:
            meter.spend(len(value) >> 8)
        return value

    single = len(steps) == 1
    return read


def _read_computed(name: Evaluate) -> Evaluate:
    def read(scope: object, meter: Meter) -> object:
        chosen = name(scope, meter)
        return dig(scope, str(chosen).split(".")) if chosen not in (None, "") else scope

    return read


def _missing(arguments: list[object]) -> Evaluate:
    built = [_built(argument) for argument in arguments]

    def missing(scope: object, meter: Meter) -> object:
        given = [argument(scope, meter) for argument in built]
        return _not_there(scope, given[0] if given and isinstance(given[0], list) else given)

    return missing


def _missing_some(arguments: list[object]) -> Evaluate:
    least, names = _built(arguments[0]), _built(arguments[1])

    def missing_some(scope: object, meter: Meter) -> object:
        given = names(scope, meter)
        asked = given if isinstance(given, list) else [given]
        absent = _not_there(scope, asked)
        return [] if len(asked) - len(absent) >= (values.number_of(least(scope, meter)) or 0) else absent

    return missing_some


def _not_there(scope: object, names: list[object]) -> list[object]:
    return [name for name in names if dig(scope, str(name).split(".")) in (None, "")]


def _if(arguments: list[object]) -> Evaluate:
    built = [_built(argument) for argument in arguments]
    pairs = list(zip(built[:-1:2], built[1::2], strict=False))
    otherwise = built[-1] if len(built) % 2 else _built(None)

    def choose(scope: object, meter: Meter) -> object:
        for asked, then in pairs:
            if truthy(asked(scope, meter)):
                return then(scope, meter)
        return otherwise(scope, meter)

    return choose


def _and(arguments: list[object]) -> Evaluate:
    *rest, last = (_built(argument) for argument in arguments)

    def every(scope: object, meter: Meter) -> object:
        for argument in rest:
            value = argument(scope, meter)
            if not truthy(value):
                return value
        return last(scope, meter)

    return every


def _or(arguments: list[object]) -> Evaluate:
    *rest, last = (_built(argument) for argument in arguments)

    def either(scope: object, meter: Meter) -> object:
        for argument in rest:
            value = argument(scope, meter)
            if truthy(value):
                return value
        return last(scope, meter)

    return either


def _equals(arguments: list[object]) -> Evaluate:
    """``==``, with a short cut for what most conditions are: a field against a text or a yes/no."""
    left, right = arguments
    if not isinstance(right, str | bool):
        return _plain("==", arguments)
    kind, read = type(right), _built(left)

    def equal(scope: object, meter: Meter) -> object:
        value = read(scope, meter)
        return value == right if type(value) is kind else loosely_equal(value, right, meter)

    return equal


def _in(arguments: list[object]) -> Evaluate:
    """``in``, with a short cut for a list that is written in the condition, whose length was bounded with it."""
    needle, listed = arguments
    if not (isinstance(listed, list) and is_constant(listed)):
        return _plain("in", arguments)
    find = _built(needle)

    def one_of(scope: object, meter: Meter) -> object:
        value = find(scope, meter)
        if type(value) is str:
            return value in listed
        return any(strictly_equal(value, entry, meter) for entry in listed)

    return one_of


def _matches(arguments: list[object]) -> Evaluate:
    read, found = _built(arguments[0]), searcher(str(arguments[1]))

    def matches(scope: object, meter: Meter) -> object:
        text = read(scope, meter)
        return isinstance(text, str) and found(text, meter)

    return matches


_SPECIAL: dict[str, Callable[[list[object]], Evaluate]] = {
    "var": _var,
    "missing": _missing,
    "missing_some": _missing_some,
    "if": _if,
    "?:": _if,
    "and": _and,
    "or": _or,
    "==": _equals,
    "in": _in,
    "matches": _matches,
}


def _scoped(operator: str, arguments: list[object]) -> Evaluate:
    listed, rule, price = _built(arguments[0]), _built(arguments[1]), weight_of(arguments[1])
    if operator == "reduce":
        return _reduce(listed, rule, _built(arguments[2] if len(arguments) > 2 else None), price)
    return {"map": _map, "filter": _filter, "all": _all, "some": _some, "none": _none}[operator](listed, rule, price)


def _entries(listed: Evaluate, scope: object, meter: Meter) -> list[object]:
    found = listed(scope, meter)
    return found if isinstance(found, list) else []


def _map(listed: Evaluate, rule: Evaluate, price: int) -> Evaluate:
    def mapped(scope: object, meter: Meter) -> object:
        made = []
        for entry in _entries(listed, scope, meter):
            meter.spend(price)
            made.append(rule(entry, meter))
        return made

    return mapped


def _filter(listed: Evaluate, rule: Evaluate, price: int) -> Evaluate:
    def filtered(scope: object, meter: Meter) -> object:
        kept = []
        for entry in _entries(listed, scope, meter):
            meter.spend(price)
            if truthy(rule(entry, meter)):
                kept.append(entry)
        return kept

    return filtered


def _reduce(listed: Evaluate, rule: Evaluate, first: Evaluate, price: int) -> Evaluate:
    def reduced(scope: object, meter: Meter) -> object:
        accumulator = first(scope, meter)
        for entry in _entries(listed, scope, meter):
            meter.spend(price)
            accumulator = rule({"current": entry, "accumulator": accumulator}, meter)
        return accumulator

    return reduced


def _some(listed: Evaluate, rule: Evaluate, price: int) -> Evaluate:
    def some(scope: object, meter: Meter) -> bool:
        for entry in _entries(listed, scope, meter):
            meter.spend(price)
            if truthy(rule(entry, meter)):
                return True
        return False

    return some


def _none(listed: Evaluate, rule: Evaluate, price: int) -> Evaluate:
    some = _some(listed, rule, price)
    return lambda scope, meter: not some(scope, meter)


def _all(listed: Evaluate, rule: Evaluate, price: int) -> Evaluate:
    """True when the rule holds for each entry, and there is one: as in JSON Logic, nothing holds for an empty list."""

    def every(scope: object, meter: Meter) -> object:
        entries = _entries(listed, scope, meter)
        for entry in entries:
            meter.spend(price)
            if not truthy(rule(entry, meter)):
                return False
        return bool(entries)

    return every
