"""What can be said of conditions without data: whether two can hold together, whether one never can.

A condition is turned into cases (a disjunction of conjunctions), and a case is refuted when no value of one of its
terms fits all that the case demands of it. Every answer errs on the safe side: "can't hold" is proven.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from ticketflower.engine.conditions.grammar import arguments_of, is_constant, is_rule, names_in, operator_of
from ticketflower.engine.conditions.operations import OPERATIONS
from ticketflower.engine.conditions.patterns import searcher
from ticketflower.engine.conditions.values import ConditionTooCostly, Meter, Number, number_of, truthy

_MOST_CASES: Final = 128
_MOST_DEMANDS: Final = 64
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "===": "==="}
_NEGATED: Final = {"!=": "==", "!==": "==="}
_OPPOSITE: Final = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_TESTS: Final = frozenset({*_MIRRORED, "in", "contains", "matches"})
_NOT_TRUE: Final[tuple[object, ...]] = (None, False, 0, "", [])
_BLANK: Final = (None, "")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a case asks of one term: that ``operator`` with ``constant`` holds for it, or doesn't.

    The operators are the condition's own, and ``truthy`` and ``blank`` (null or empty text).
    """

    term: str
    operator: str
    constant: object
    holds: bool

    def met_by(self, value: object) -> bool:
        """Whether a value of the term meets the demand; True where that is too costly to find out."""
        if self.operator == "truthy":
            return truthy(value) is self.holds
        if self.operator == "blank":
            return (value in _BLANK) is self.holds
        try:
            return self._result_for(value) is self.holds
        except ConditionTooCostly:
            return True

    def _result_for(self, value: object) -> bool:
        if self.operator == "matches":
            return isinstance(value, str) and searcher(str(self.constant))(value, Meter())
        return truthy(OPERATIONS[self.operator]([value, self.constant], Meter()))


Case = tuple[Demand, ...]


class _TooManyCases(Exception):
    pass


def names(condition: object) -> frozenset[str]:
    """Every name that a condition reads, as it is written: fields with what follows the dot, and names under ``_``."""
    return frozenset(name.text for name in names_in(condition) if name.text is not None)


def can_both_hold(a: object | None, b: object | None) -> bool:
    """False only if it is proven that two checked conditions never hold on the same data; None always holds."""
    try:
        cases = _both(_cases(True if a is None else a, holds=True), _cases(True if b is None else b, holds=True))
    except _TooManyCases:
        return True
    return any(_possible(case) for case in cases)


def always_false(condition: object | None) -> bool:
    """True only if it is proven that a checked condition holds on no data at all."""
    return not can_both_hold(condition, None)


def _cases(node: object, *, holds: bool) -> list[Case]:
    """The cases in which a rule is true, or is not."""
    if is_constant(node):
        return [()] if truthy(node) is holds else []
    if not isinstance(node, dict):
        return [(_demand(node, "truthy", None, holds=holds),)]
    operator, arguments = operator_of(node), arguments_of(node)
    if operator in ("!", "!!"):
        return _cases(arguments[0], holds=holds is (operator == "!!"))
    if operator in ("and", "or"):
        parts = [_cases(argument, holds=holds) for argument in arguments]
        return _all_of(parts) if (operator == "and") is holds else _any_of(parts)
    if operator in ("if", "?:"):
        return _chosen(arguments, holds=holds)
    if operator in OPERATIONS and is_constant(arguments):
        return [()] if truthy(OPERATIONS[operator](arguments, Meter())) is holds else []
    if operator == "missing" and (len(arguments) == 1 or not any(isinstance(name, list) for name in arguments)):
        return _missing(node, holds=holds)
    return _compared(operator, arguments, holds=holds)


def _missing(node: dict[str, object], *, holds: bool) -> list[Case]:
    if not is_constant(arguments_of(node)):
        return [(_demand(node, "truthy", None, holds=holds),)]
    blanks: list[list[Case]] = []
    for name in names_in(node):
        blanks.append([(_demand({"var": name.text}, "blank", None, holds=holds),)])
    return _any_of(blanks) if holds else _all_of(blanks)


def _compared(operator: str, arguments: list[object], *, holds: bool) -> list[Case]:
    if operator in _NEGATED:
        operator, holds = _NEGATED[operator], not holds
    if operator == "none":
        operator, holds = "some", not holds
    if len(arguments) == 3 and operator in _MIRRORED:
        parts = [_compared(operator, pair, holds=holds) for pair in (arguments[:2], arguments[1:])]
        return _all_of(parts) if holds else _any_of(parts)
    if operator in _TESTS:
        first, second = arguments
        if is_constant(second) and not is_constant(first):
            return [(_demand(first, operator, second, holds=holds),)]
        if is_constant(first) and not is_constant(second) and operator in _MIRRORED:
            return [(_demand(second, _MIRRORED[operator], first, holds=holds),)]
        if operator in (">", ">="):
            operator, arguments = _MIRRORED[operator], [second, first]
        elif operator in ("==", "==="):
            arguments = sorted(arguments, key=_written)
    return [(_demand({operator: arguments}, "truthy", None, holds=holds),)]


def _demand(term: object, operator: str, constant: object, *, holds: bool) -> Demand:
    return Demand(_written(term), operator, constant, holds)


def _written(node: object) -> str:
    """A term as text, the same for the two ways to write one argument."""
    if isinstance(node, dict) and is_rule(node):
        return json.dumps({operator_of(node): [_written(argument) for argument in arguments_of(node)]})
    if isinstance(node, list):
        return json.dumps([_written(entry) for entry in node])
    return json.dumps(node, sort_keys=True)


def _chosen(arguments: list[object], *, holds: bool) -> list[Case]:
    if not arguments:
        return [] if holds else [()]
    if len(arguments) == 1:
        return _cases(arguments[0], holds=holds)
    asked, then, *rest = arguments
    return _any_of(
        [
            _both(_cases(asked, holds=True), _cases(then, holds=holds)),
            _both(_cases(asked, holds=False), _chosen(rest, holds=holds)),
        ]
    )


def _any_of(parts: Sequence[list[Case]]) -> list[Case]:
    cases = [case for part in parts for case in part]
    if len(cases) > _MOST_CASES:
        raise _TooManyCases
    return cases


def _all_of(parts: Sequence[list[Case]]) -> list[Case]:
    cases: list[Case] = [()]
    for part in parts:
        cases = _both(cases, part)
    return cases


def _both(first: list[Case], second: list[Case]) -> list[Case]:
    if len(first) * len(second) > _MOST_CASES:
        raise _TooManyCases
    return [(*a, *b) for a, b in product(first, second)]


def _possible(case: Case) -> bool:
    if len(case) > _MOST_DEMANDS:
        return True
    by_term: dict[str, list[Demand]] = {}
    for demand in case:
        by_term.setdefault(demand.term, []).append(demand)
    return all(_fits(demands) for demands in by_term.values())


def _fits(demands: list[Demand]) -> bool:
    """Whether some value may meet all the demands on one term."""
    if _contradicted(demands):
        return False
    for demand in demands:
        values = _only_values(demand)
        if values is not None:
            return any(all(other.met_by(value) for other in demands) for value in values)
    for demand in demands:
        if demand.operator == "==" and demand.holds and (number := number_of(demand.constant)) is not None:
            return _number_fits(number, demands) or _text_fits(number, demands)
    return _range_fits(demands)


def _only_values(demand: Demand) -> list[object] | None:
    """The few values that can meet a demand; None when there is no end of them."""
    constant = demand.constant
    if demand.operator == "truthy":
        return None if demand.holds else list(_NOT_TRUE)
    if not demand.holds:
        return None
    if demand.operator == "blank":
        return list(_BLANK)
    if demand.operator == "===" or (demand.operator == "==" and constant is None):
        return [constant]
    if demand.operator == "in" and isinstance(constant, list):
        return list(constant)
    if demand.operator == "==" and isinstance(constant, str):
        number = 0 if not constant.strip() else number_of(constant)
        return [constant] if number is None else [constant, number, *_as_boolean(number)]
    return None


def _as_boolean(number: Number) -> Iterator[bool]:
    if number in (0, 1):
        yield number == 1


def _number_fits(number: Number, demands: list[Demand]) -> bool:
    return any(all(demand.met_by(value) for demand in demands) for value in (number, *_as_boolean(number)))


def _text_fits(number: Number, demands: list[Demand]) -> bool:
    """Whether a text that reads as this number may meet the demands: what depends on its spelling is granted."""
    return all(_depends_on_spelling(demand, number) or demand.met_by(number) for demand in demands)


def _depends_on_spelling(demand: Demand, number: Number) -> bool:
    if demand.operator in _OPPOSITE and not demand.holds and number == 0:
        return True  # empty text reads as 0, but has no place in an order
    return demand.operator not in (*_OPPOSITE, "==") or not isinstance(demand.constant, int | float)


def _range_fits(demands: list[Demand]) -> bool:
    """Whether the bounds leave room; each must be a number, or each a text that is none (dates are)."""
    bounds = [demand for demand in demands if demand.operator in _OPPOSITE]
    positive = [demand for demand in bounds if demand.holds]
    numeric = {_is_number(demand.constant) for demand in positive}
    if any(demand.constant in _BLANK or isinstance(demand.constant, list | dict) for demand in positive):
        return False
    if len(numeric) != 1 or None in numeric:
        return True
    kind = numeric.pop()
    # What is positively ordered has a place in the order, so "not less" is "at least" for it.
    same_kind = [demand for demand in bounds if _is_number(demand.constant) is kind]
    return _room(same_kind)


def _is_number(constant: object) -> bool | None:
    """True for a number, False for a text that is no number, None for what is compared now as one, now as the other."""
    if isinstance(constant, int | float):
        return True
    return False if isinstance(constant, str) and constant.strip() and number_of(constant) is None else None


def _room(bounds: list[Demand]) -> bool:
    low = [(d.constant, o) for d in bounds if (o := d.operator if d.holds else _OPPOSITE[d.operator]) in (">", ">=")]
    high = [(d.constant, o) for d in bounds if (o := d.operator if d.holds else _OPPOSITE[d.operator]) in ("<", "<=")]
    return all(
        least < most or (least == most and (above, below) == (">=", "<="))  # type: ignore[operator]
        for least, above in low
        for most, below in high
    )


def _contradicted(demands: list[Demand]) -> bool:
    """Whether one demand is the plain opposite of another."""
    return any(
        a.holds and not b.holds and a.operator == b.operator and _written(a.constant) == _written(b.constant)
        for a in demands
        for b in demands
    )
