"""Values to try conditions with: what a field could hold, as far as the conditions can tell the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, Final

from ticketflower.documents.effort import Budget
from ticketflower.documents.parts import mapping
from ticketflower.engine.conditions import Condition, ConditionTooCostly
from ticketflower.engine.conditions.grammar import ALIASES, SCOPED
from ticketflower.engine.values import compile_schema

_MOST_VALUES: Final = 12
_MOST_COMBINATIONS: Final = 2_000
_ONE_COMBINATION: Final = 5
_SOME_TEXT: Final = "text"


class NotSampled(Exception):
    """The conditions look at something that a handful of values can't stand for."""


def constants_in(conditions: Iterable[Condition]) -> list[Any]:
    """All texts, numbers and truth values that the conditions name, each once."""
    found: dict[tuple[type, Any], Any] = {}
    waiting: list[Any] = [condition.source for condition in conditions]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str | int | float):
            found[(type(node), node)] = node
    return list(found.values())


def sampled(conditions: Iterable[Condition]) -> None:
    """Passes if the conditions read whole fields only.

    Raises:
        NotSampled: they look into lists, groups or the engine's own values under ``_``.
    """
    for condition in conditions:
        if _reads_more(condition.source):
            raise NotSampled


def _reads_more(node: object) -> bool:
    if isinstance(node, list):
        return any(_reads_more(entry) for entry in node)
    if not isinstance(node, dict):
        return False
    for operator, arguments in node.items():
        if ALIASES.get(operator, operator) in SCOPED:
            return True
        first = arguments[0] if isinstance(arguments, list) and arguments else arguments
        if operator == "var" and not (isinstance(first, str) and first and "." not in first and first != "_"):
            return True
        if operator in ("missing", "missing_some") and "." in str(arguments):
            return True
    return any(_reads_more(arguments) for arguments in node.values())


def values_of(schema: object, constants: Iterable[Any]) -> list[Any]:
    """A few values that a field can hold, none of them null: its choices, or what the constants tell apart."""
    schema = mapping(schema)
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return list(schema["enum"])[:_MOST_VALUES]
    if "oneOf" in schema:
        return [choice["const"] for choice in schema["oneOf"]][:_MOST_VALUES]
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "boolean":
        return [True, False]
    if kind in ("number", "integer"):
        return _fitting(schema, _numbers(schema, constants))[:_MOST_VALUES] or [1]
    if kind == "array":
        return [[_SOME_TEXT]] if schema.get("minItems") else [[], [_SOME_TEXT]]
    if kind == "object":
        return [{}]
    # Any other text stands for all that the conditions don't name; it need not match a pattern.
    named = [value for value in constants if isinstance(value, str) and value.strip()]
    return [*_fitting(schema, named)[: _MOST_VALUES - 1], _SOME_TEXT]


def _numbers(schema: Mapping[str, Any], constants: Iterable[Any]) -> list[float]:
    named = [value for value in constants if isinstance(value, int | float) and not isinstance(value, bool)]
    named += [schema[bound] for bound in ("minimum", "maximum") if bound in schema]
    around = [near for value in named for near in (value, value - 1, value + 1)]
    return list(dict.fromkeys(around)) or [1]


def _fitting(schema: Mapping[str, Any], values: list[Any]) -> list[Any]:
    field = compile_schema(schema)
    return [value for value in values if not field.problems("value", value)]


def combinations(domains: Mapping[str, list[Any]], budget: Budget) -> Iterator[dict[str, Any]]:
    """Every choice of one value for each name.

    Raises:
        NotSampled: there are too many.
        TooLarge: too many have been looked at.
    """
    count = prod(len(values) for values in domains.values())
    if count > _MOST_COMBINATIONS:
        raise NotSampled
    budget.spend(_ONE_COMBINATION * count)
    for chosen in product(*domains.values()):
        yield dict(zip(domains, chosen, strict=True))


def holds(condition: Condition | None, data: Mapping[str, Any]) -> bool:
    """Whether a condition holds for these values; none always does.

    Raises:
        NotSampled: it is too costly to find out.
    """
    try:
        return condition is None or condition.holds(data)
    except ConditionTooCostly:
        raise NotSampled from None


def always_holds(condition: Condition, fields: Mapping[str, Any], given: Iterable[str], budget: Budget) -> bool:
    """Whether a condition holds as soon as these fields have values, whichever; False where that isn't known."""
    if not condition.reads <= set(given):
        return False
    constants = constants_in([condition])
    try:
        sampled([condition])
        domains = {name: values_of(fields[name], constants) for name in sorted(condition.reads)}
        return all(holds(condition, data) for data in combinations(domains, budget))
    except NotSampled:
        return False
