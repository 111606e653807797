"""Conditions in plain words, for pages, the log and error messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ticketflower.engine.conditions.compiled import RESERVED
from ticketflower.engine.conditions.grammar import SCOPED, arguments_of, is_rule, names_in, operator_of
from ticketflower.engine.conditions.values import dig, number_as_text, settle

_LONGEST: Final = 2_000
_MOST_VALUES: Final = 20
_LONGEST_VALUE: Final = 200

_COMPARISONS: Final = {
    "==": ("is", "is not"),
    "===": ("is", "is not"),
    ">": ("is more than", "is not more than"),
    ">=": ("is at least", "is not at least"),
    "<": ("is less than", "is not less than"),
    "<=": ("is at most", "is not at most"),
}
_NUMBERS_OF: Final = {
    "==": ("exactly", "not exactly"),
    ">": ("more than", "at most"),
    ">=": ("at least", "fewer than"),
    "<": ("fewer than", "at least"),
    "<=": ("at most", "more than"),
}
_OPPOSITES: Final = {"!=": "==", "!==": "==="}
_ARITHMETIC: Final = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ ", "%": " modulo "}
_EACH: Final = {"all": "every entry", "some": "some entry", "none": "no entry"}
_ENGINE: Final = {
    "_.iteration": "the iteration",
    "_.written": "the fields just written",
    "_.now": "the present moment",
    "_.today": "today",
    "_.ticket.id": "the ticket's number",
    "_.ticket.type": "the ticket's type",
    "_.ticket.created_by": "the ticket's submitter",
    "_.ticket.created_at": "the ticket's time of submission",
}
_ENTRY: Final = {"": "the entry", "current": "the entry", "accumulator": "the result so far"}


def explain(condition: object, titles: Mapping[str, str]) -> str:
    """A checked condition in plain English: "Approved? is yes and Amount in EUR is more than 1,000".

    Args:
        condition: the condition; None is "always".
        titles: field key to title; a field without one is shown by its key. A task's title may stand
            under ``_.tasks.KEY``.
    """
    if condition is None:
        return "always"
    words = _Words(titles).said(condition)
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def values_read(condition: object, data: Mapping[str, object]) -> dict[str, object]:
    """The values that a condition saw, by name: at most 20, long ones shortened, for the log and for messages.

    Args:
        condition: a checked condition; None reads nothing.
        data: the workspace, with the engine's values under ``_``.
    """
    seen: dict[str, object] = {}
    for name in names_in(condition):
        if name.text and len(seen) < _MOST_VALUES:
            seen[name.text] = _shortened(dig(data if isinstance(data, dict) else dict(data), name.text.split(".")))
    return seen


def _shortened(value: object) -> object:
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return value[: _LONGEST_VALUE - 1] + "…"
    if isinstance(value, dict):
        return value if _is_short(value.values()) else f"({len(value)} entries)"
    if isinstance(value, list):
        return value if _is_short(value) else f"({len(value)} entries)"
    return value


def _is_short(entries: Iterable[object]) -> bool:
    """Whether a list is short enough to be shown whole: a few plain values."""
    listed = list(entries)
    plain = all(not isinstance(entry, list | dict) for entry in listed)
    return plain and sum(len(str(entry)) + 4 for entry in listed) <= _LONGEST_VALUE


class _Words:
    """One condition's words; ``inside`` tells that names belong to an entry of a list, not to the workspace."""

    def __init__(self, titles: Mapping[str, str], *, inside: bool = False) -> None:
        self._titles = titles
        self._inside = inside

    def said(self, node: object, *, holds: bool = True) -> str:
        """A rule as a sentence, or its opposite."""
        if not isinstance(node, dict) or not is_rule(node):
            return "always" if bool(node) is holds else "never"
        operator, arguments = operator_of(node), arguments_of(node)
        if operator in _OPPOSITES:
            operator, holds = _OPPOSITES[operator], not holds
        if operator == "!!":
            return self.said(arguments[0], holds=holds)
        if operator == "!":
            return self.said(arguments[0], holds=not holds)
        if operator in ("and", "or"):
            return self._joined(operator, arguments, holds=holds)
        if operator in _COMPARISONS:
            return self._compared(operator, arguments, holds=holds)
        saying = self._sayings().get(operator)
        if saying is not None:
            return saying(arguments, holds)
        return f"{self.named(node)} is {'yes or filled in' if holds else 'no or empty'}"

    def _sayings(self) -> dict[str, Callable[[Sequence[object], bool], str]]:
        return {
            "always": lambda arguments, holds: "always" if holds else "never",
            "missing": self._missing,
            "missing_some": self._missing_some,
            "in": lambda arguments, holds: self._in(arguments[0], arguments[1], holds),
            "contains": lambda arguments, holds: self._contains(arguments, holds),
            "matches": self._matches,
            "count": self._count_at_least_one,
            "if": self._if,
            "?:": self._if,
            **{name: self._each_saying(name) for name in _EACH},
        }

    def _joined(self, operator: str, arguments: Sequence[object], *, holds: bool) -> str:
        if len(arguments) == 1:
            return self.said(arguments[0], holds=holds)
        word = operator if holds else {"and": "or", "or": "and"}[operator]
        return f" {word} ".join(self._part(argument, holds=holds) for argument in arguments)

    def _part(self, node: object, *, holds: bool) -> str:
        words = self.said(node, holds=holds)
        bare = node
        while isinstance(bare, dict) and is_rule(bare) and operator_of(bare) in ("!", "!!"):
            bare = arguments_of(bare)[0]
        nested = isinstance(bare, dict) and is_rule(bare) and operator_of(bare) in ("and", "or", "if", "?:")
        return f"({words})" if nested else words

    def _compared(self, operator: str, arguments: Sequence[object], *, holds: bool) -> str:
        first, second = arguments[0], arguments[1]
        if len(arguments) == 3:
            bounds = ("at least", "at most") if operator == "<=" else ("more than", "less than")
            between = f"{bounds[0]} {self.named(first)} and {bounds[1]} {self.named(arguments[2])}"
            return f"{self.named(second)} {'is' if holds else 'is not'} {between}"
        if operator in _NUMBERS_OF and isinstance(first, dict) and is_rule(first) and operator_of(first) == "count":
            number = f"{_NUMBERS_OF[operator][0 if holds else 1]} {self.named(second)}"
            return f"{number} of {self._those(arguments_of(first))} are true"
        if operator in ("==", "===") and first is None:
            first, second = second, first
        if operator in ("==", "===") and second is None:
            return f"{self.named(first)} is {'not answered' if holds else 'answered'}"
        return f"{self.named(first)} {_COMPARISONS[operator][0 if holds else 1]} {self.named(second)}"

    def _missing(self, arguments: Sequence[object], holds: bool) -> str:
        names = self._names({"missing": list(arguments)})
        if holds:
            return f"{_listed(names, 'or')} is missing"
        return f"{_listed(names, 'and')} {'is' if len(names) == 1 else 'are'} filled in"

    def _missing_some(self, arguments: Sequence[object], holds: bool) -> str:
        names = self._names({"missing": arguments[1]})
        count = f"{'fewer than' if holds else 'at least'} {self.named(arguments[0])}"
        return f"{count} of {_listed(names, 'and')} are filled in"

    def _names(self, node: object) -> list[str]:
        return [self._title(name.text or "") for name in names_in(node)]

    def _in(self, needle: object, haystack: object, holds: bool) -> str:
        if not isinstance(haystack, list):
            return f"{self.named(needle)} {'is in' if holds else 'is not in'} {self.named(haystack)}"
        listed = _listed([self.named(entry) for entry in haystack], "or")
        return f"{self.named(needle)} {'is' if holds else 'is not'} {listed if haystack else 'one of nothing'}"

    def _contains(self, arguments: Sequence[object], holds: bool) -> str:
        return f"{self.named(arguments[0])} {'contains' if holds else 'does not contain'} {self.named(arguments[1])}"

    def _matches(self, arguments: Sequence[object], holds: bool) -> str:
        verb = "matches" if holds else "does not match"
        return f"{self.named(arguments[0])} {verb} the pattern {arguments[1]}"

    def _count_at_least_one(self, arguments: Sequence[object], holds: bool) -> str:
        return f"{'at least one' if holds else 'none'} of {self._those(arguments)} is true"

    def _if(self, arguments: Sequence[object], holds: bool) -> str:
        said = [
            f"if {self._part(arguments[place], holds=True)} then {self._part(arguments[place + 1], holds=holds)}"
            for place in range(0, len(arguments) - 1, 2)
        ]
        if len(arguments) % 2:
            said.append(self._part(arguments[-1], holds=holds))
        return ", otherwise ".join(said) or ("never" if holds else "always")

    def _each_saying(self, operator: str) -> Callable[[Sequence[object], bool], str]:
        def say(arguments: Sequence[object], holds: bool) -> str:
            rule = _Words(self._titles, inside=True).said(arguments[1])
            words = f"for {_EACH[operator]} of {self.named(arguments[0])}: {rule}"
            return f"({words})" if holds else f"not ({words})"

        return say

    def named(self, node: object) -> str:
        """A value, or a rule that gives one, as words that stand in a sentence."""
        if isinstance(node, list):
            return f"({', '.join(self.named(entry) for entry in node)})"
        if not isinstance(node, dict) or not is_rule(node):
            return _constant(node)
        operator, arguments = operator_of(node), arguments_of(node)
        if operator == "var":
            return _listed(self._names({"var": arguments[:1]}), "or")
        if operator in _ARITHMETIC:
            return self._calculated(operator, arguments)
        if operator in SCOPED - _EACH.keys():
            return self._entries(operator, arguments)
        phrase = {
            "length": "the length of {}",
            "min": "the least of {}",
            "max": "the greatest of {}",
            "cat": "the text {} put together",
            "merge": "{} together",
            "substr": "a part of the text {}",
            "count": "the number of true ones among {}",
            "missing": "what is missing of {}",
            "missing_some": "what is missing of {}",
        }.get(operator)
        if phrase is None:
            return f"({self.said(node)})"
        if operator in ("missing", "missing_some"):
            return phrase.format(_listed(self._names(node), "and"))
        return phrase.format(self._those(arguments[:1] if operator == "substr" else arguments))

    def _those(self, arguments: Sequence[object]) -> str:
        return _listed([self.named(argument) for argument in arguments], "and")

    def _calculated(self, operator: str, arguments: Sequence[object]) -> str:
        if len(arguments) == 1:
            return f"{'−' if operator == '-' else ''}{self.named(arguments[0])}"
        return f"({_ARITHMETIC[operator].join(self.named(argument) for argument in arguments)})"

    def _entries(self, operator: str, arguments: Sequence[object]) -> str:
        listed, inside = self.named(arguments[0]), _Words(self._titles, inside=True)
        if operator == "filter":
            return f"the entries of {listed} for which {inside.said(arguments[1])}"
        rule = inside.named(arguments[1])
        return f"{rule} for each entry of {listed}" if operator == "map" else f"{rule}, over each entry of {listed},"

    def _title(self, name: str) -> str:
        if self._inside:
            return _ENTRY.get(name) or name.removeprefix("current.")
        if name in _ENGINE:
            return _ENGINE[name]
        match name.split("."):
            case [start, "written_at", field] if start == RESERVED:
                return f"the iteration that last wrote {self._titles.get(field, field)}"
            case [start, "tasks", key, count] if start == RESERVED:
                return f"the number of times {self._titles.get(f'_.tasks.{key}', key)} {_COUNTED.get(count, count)}"
            case [field]:
                return self._titles.get(field, field)
            case [field, *steps]:
                return f"{' '.join(steps)} of {self._titles.get(field, field)}"
            case _:
                return name


_COUNTED: Final = {"started": "was started", "active": "is active", "completed": "was completed"}


def _constant(value: object) -> str:
    if value is None:
        return "not answered"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        number = settle(value)
        return f"{number:,}" if number is not None and 1e-4 <= abs(number) < 1e15 else number_as_text(value)
    return f'"{value}"' if isinstance(value, str) else "nothing"


def _listed(words: Sequence[str], last: str) -> str:
    """ "a, b and c"."""
    if len(words) < 2:
        return "".join(words) or "nothing"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
