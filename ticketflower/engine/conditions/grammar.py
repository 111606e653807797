"""The operators that a condition may use, and how a condition is taken apart.

What is a rule and what is a plain value is json_logic's own definition (``is_logic``): an object with exactly one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from json_logic import is_logic

from ticketflower.problems import pointer

ANY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Arity:
    """How many arguments an operator takes, and how to write it."""

    least: int
    most: int
    example: str


_PAIR: Final = (2, 2)

OPERATORS: Final[Mapping[str, Arity]] = {
    "var": Arity(0, 2, '{"var": "field"}'),
    "missing": Arity(0, ANY, '{"missing": ["field", "other_field"]}'),
    "missing_some": Arity(2, 2, '{"missing_some": [1, ["field", "other_field"]]}'),
    "if": Arity(0, ANY, '{"if": [condition, then, otherwise]}'),
    "?:": Arity(3, 3, '{"?:": [condition, then, otherwise]}'),
    **{name: Arity(*_PAIR, f'{{"{name}": [a, b]}}') for name in ("==", "===", "!=", "!==", ">", ">=", "/", "%")},
    "!": Arity(1, 1, '{"!": [a]}'),
    "!!": Arity(1, 1, '{"!!": [a]}'),
    **{
        name: Arity(1, ANY, f'{{"{name}": [a, b, ...]}}')
        for name in ("and", "or", "max", "min", "+", "*", "cat", "count")
    },
    "<": Arity(2, 3, '{"<": [a, b]} or {"<": [low, a, high]}'),
    "<=": Arity(2, 3, '{"<=": [a, b]} or {"<=": [low, a, high]}'),
    "-": Arity(1, 2, '{"-": [a, b]} or {"-": [a]}'),
    **{name: Arity(2, 2, f'{{"{name}": [list, rule]}}') for name in ("map", "filter", "all", "none", "some")},
    "reduce": Arity(2, 3, '{"reduce": [list, rule, first]}'),
    "merge": Arity(0, ANY, '{"merge": [list, other_list]}'),
    "in": Arity(2, 2, '{"in": [a, list]} or {"in": [part, text]}'),
    "contains": Arity(2, 2, '{"contains": [list, a]} or {"contains": [text, part]}'),
    "substr": Arity(2, 3, '{"substr": [text, start, length]}'),
    "length": Arity(1, 1, '{"length": [a]}'),
    "matches": Arity(2, 2, '{"matches": [text, "pattern"]}'),
    "always": Arity(0, 1, '{"always": true}'),
}
"""engine.md, Definitions: the operators, and nothing else."""

ALIASES: Final[Mapping[str, str]] = {"equals": "==", "not_equals": "!=", "greaterThan": ">", "lessThan": "<"}

SCOPED: Final = frozenset({"map", "filter", "reduce", "all", "none", "some"})
"""Operators whose second argument looks at one entry of a list; names in it are relative to that entry."""

_CHOICES: Final = frozenset({"if", "?:"})


def operator_of(node: Mapping[str, object]) -> str:
    """The operator of a rule, an alias as the operator that it stands for."""
    name = next(iter(node))
    return ALIASES.get(name, name)


def arguments_of(node: Mapping[str, object]) -> list[object]:
    """The arguments of a rule; a single one may stand without its list."""
    values = next(iter(node.values()))
    return values if isinstance(values, list) else [values]


def is_rule(node: object) -> bool:
    """Whether this is an operator with its arguments, rather than a plain value."""
    return bool(is_logic(node))


def is_constant(node: object) -> bool:
    """Whether no operator is in it, so that its value is itself."""
    if isinstance(node, list):
        return all(is_constant(entry) for entry in node)
    return not is_rule(node)


def places_of(node: Mapping[str, object], at: str = "") -> list[str]:
    """The JSON Pointer of each argument of a rule that stands at ``at``."""
    values = next(iter(node.values()))
    here = at + pointer(next(iter(node)))
    return [here + pointer(place) for place in range(len(values))] if isinstance(values, list) else [here]


def weight_of(node: object) -> int:
    """How many operators and values a rule has: the steps that running it once takes."""
    if isinstance(node, list):
        return 1 + sum(weight_of(entry) for entry in node)
    if isinstance(node, dict) and is_rule(node):
        return 1 + sum(weight_of(entry) for entry in arguments_of(node))
    return 1


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a condition reads, as it is written there; None when it can't be known before it runs."""

    text: str | None
    at: str


def names_in(node: object, at: str = "") -> Iterator[Name]:
    """Every name that is read from the workspace, with its place; not those inside ``map`` and the like."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from names_in(entry, at + pointer(index))
    elif isinstance(node, dict) and is_rule(node):
        operator, arguments, places = operator_of(node), arguments_of(node), places_of(node, at)
        if operator in ("var", "missing", "missing_some"):
            yield from _names_read(operator, arguments, places, at)
            return
        for index, argument in enumerate(arguments):
            if not (operator in SCOPED and index == 1):
                yield from names_in(argument, places[index])


def _names_read(operator: str, arguments: list[object], places: list[str], at: str) -> Iterator[Name]:
    if operator == "var":
        yield from _names_from(arguments[0], places[0]) if arguments else iter([Name("", at)])
    elif operator == "missing":
        for argument, place in zip(arguments, places, strict=True):
            yield from _names_from(argument, place, lists=True)
    elif len(arguments) > 1:
        yield from _names_from(arguments[1], places[1], lists=True)
    plain = {"var": slice(1, None), "missing": slice(0, 0), "missing_some": slice(0, 1)}[operator]
    for argument, place in zip(arguments[plain], places[plain], strict=True):
        yield from names_in(argument, place)


def _names_from(node: object, at: str, *, lists: bool = False) -> Iterator[Name]:
    """The names that a name's own rule can give: a constant, a choice of constants, for ``missing`` lists of them."""
    if node is None:
        yield Name("", at)
    elif isinstance(node, str) or (isinstance(node, int) and not isinstance(node, bool)):
        yield Name(str(node), at)
    elif isinstance(node, list) and lists:
        for place, entry in enumerate(node):
            yield from _names_from(entry, at + pointer(place))
    elif isinstance(node, dict) and is_rule(node):
        yield from _names_chosen(node, at, lists=lists)
    else:
        yield Name(None, at)


def _names_chosen(node: Mapping[str, object], at: str, *, lists: bool) -> Iterator[Name]:
    operator, arguments, places = operator_of(node), arguments_of(node), places_of(node, at)
    last = len(arguments) - 1
    for place, argument in enumerate(arguments):
        if operator == "merge" and lists:
            yield from _names_from(argument, places[place], lists=True)
        elif operator not in _CHOICES:
            yield Name(None, at)
            return
        elif place % 2 or place == last:
            yield from _names_from(argument, places[place], lists=lists)
        else:
            yield from names_in(argument, places[place])
    if operator in _CHOICES and len(arguments) % 2 == 0:
        yield Name("", at)
