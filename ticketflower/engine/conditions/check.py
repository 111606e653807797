"""What is wrong with a condition, all of it and before it is stored (engine.md, Definitions; security.md).

A condition comes from a workflow's author, who is not trusted: first its bounds are checked by a walk that is bounded
itself, then its operators, then the names that it reads.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, islice
from typing import Final

from ticketflower.engine.conditions.compiled import RESERVED
from ticketflower.engine.conditions.grammar import (
    ALIASES,
    OPERATORS,
    Name,
    arguments_of,
    names_in,
    operator_of,
    places_of,
)
from ticketflower.engine.conditions.patterns import UnusablePattern, searcher
from ticketflower.problems import Problem, pointer

MAX_BYTES: Final = 4_096
MAX_DEPTH: Final = 20
MAX_NODES: Final = 1_000

MAX_PROBLEMS: Final = 50

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_SHOWN: Final = 60
_LISTED: Final = 50

_UNSAFE: Final = {
    "method": "It would run the server's own code.",
    "log": "It would write into the server's log.",
}
_TICKET: Final = ("id", "type", "created_by", "created_at")
_COUNTS: Final = ("started", "active", "completed")


def check_condition(
    condition: object, fields: Collection[str], at: str = "", *, tasks: Collection[str] | None = None
) -> list[Problem]:
    """Everything that is wrong with a condition, each with its place, what is wrong and a hint; empty when nothing is.

    Args:
        condition: the condition as it was sent. None (always) is the caller's to accept; here it is refused.
        fields: the workspace's fields.
        at: the JSON Pointer of the condition in its document; it begins each problem's pointer.
        tasks: the keys of the workflow's tasks, to check ``_.tasks.KEY``; None leaves them unchecked.
    """
    problems = list(islice(_out_of_bounds(condition, at), MAX_PROBLEMS))
    if any(problem.code != "text" for problem in problems):
        return problems
    if not isinstance(condition, dict):
        return [*problems, _not_a_condition(condition, at)]
    known = _Names(fields, tasks)
    of_names = (problem for name in names_in(condition, at) for problem in known.problems_with(name))
    return list(islice(chain(problems, _rules(condition, at), of_names), MAX_PROBLEMS))


def _not_a_condition(found: object, at: str) -> Problem:
    return Problem(
        at,
        f"A condition must be an operator with its arguments, not {_shown(found)}.",
        'Write for example {"==": [{"var": "field"}, true]}, or leave the condition out: then it always holds.',
        "not_a_condition",
    )


def _out_of_bounds(condition: object, at: str) -> Iterator[Problem]:
    """Too many parts, too deep, too long, or values that can't be stored; stops at the first that ends the walk."""
    waiting: list[tuple[object, str, int]] = [(condition, at, 0)]
    nodes = 0
    clean = True
    while waiting:
        node, place, depth = waiting.pop()
        nodes += 1
        if nodes > MAX_NODES:
            yield Problem(at, f"A condition must have at most {MAX_NODES:,} parts.", _SPLIT, "too_large")
            return
        if depth > 2 * MAX_DEPTH:
            yield Problem(at, f"A condition must be nested at most {MAX_DEPTH} operators deep.", _SPLIT, "too_deep")
            return
        if isinstance(node, dict | list):
            keyed = node.items() if isinstance(node, dict) else enumerate(node)
            waiting.extend((entry, place + pointer(_plain(key)), depth + 1) for key, entry in islice(keyed, MAX_NODES))
            found = _bad_keys(node, place) if isinstance(node, dict) else iter(())
        else:
            found = _bad_value(node, place)
        for problem in found:
            clean = False
            yield problem
    if clean and _size_of(condition) > MAX_BYTES:
        yield Problem(at, f"A condition must be at most {MAX_BYTES // 1024} KB long.", _SPLIT, "too_large")


_SPLIT: Final = "Say it with fewer operators, or let an earlier task write a field that says it."


def _plain(key: object) -> str:
    return _UNSTORABLE.sub("�", str(key))


def _size_of(condition: object) -> int:
    return len(json.dumps(condition, ensure_ascii=False, separators=(",", ":"), default=str).encode())


def _bad_keys(node: Mapping[object, object], at: str) -> Iterator[Problem]:
    for key in islice(node, MAX_NODES):
        if isinstance(key, str):
            yield from _bad_value(key, at + pointer(_plain(key)))
        else:
            yield Problem(at, f"The name of an operator must be a text, not {_shown(key)}.", None, "unknown_operator")


def _bad_value(value: object, at: str) -> Iterator[Problem]:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield Problem(
                at, "A text must not have the NUL character or half a character (a lone surrogate).", None, "text"
            )
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield Problem(at, "A number must be finite; JSON has no NaN and no infinity.", None, "number")
    elif isinstance(value, int):
        if value.bit_length() > 1_000:
            yield Problem(at, "A number must have fewer than 300 digits.", None, "number")
    else:
        yield Problem(at, f"A value must be JSON, not a {type(value).__name__}.", None, "not_json")


def _rules(node: object, at: str, depth: int = 1, *, reducing: bool = False) -> Iterator[Problem]:
    """What is wrong with the operators of a node and of all in it."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from _rules(entry, at + pointer(index), depth, reducing=reducing)
    if not isinstance(node, dict):
        return
    if len(node) != 1:
        yield _not_one_operator(node, at)
        return
    if depth > MAX_DEPTH:
        yield Problem(at, f"A condition must be nested at most {MAX_DEPTH} operators deep.", _SPLIT, "too_deep")
        return
    written = next(iter(node))
    operator = operator_of(node)
    if operator not in OPERATORS:
        yield _unknown_operator(written, at)
        return
    yield from _arguments(operator, node, at)
    if reducing and operator in ("cat", "merge"):
        yield Problem(
            at + pointer(written),
            f'"{operator}" must not stand inside "reduce": its result could double with each entry.',
            'Use "map" or "filter", or reduce to a number or a yes/no.',
            "grows",
        )
    for argument, place in zip(arguments_of(node), places_of(node, at), strict=True):
        yield from _rules(argument, place, depth + 1, reducing=reducing or operator == "reduce")


def _not_one_operator(node: Mapping[str, object], at: str) -> Problem:
    if not node:
        return Problem(at, "An object must have one operator; this one is empty.", None, "not_one_operator")
    keys = ", ".join(_shown(key) for key in list(node)[:8])
    return Problem(
        at,
        f"An object must have exactly one operator; this one has {len(node)}: {keys}.",
        'To ask for all of them write {"and": [first, second]}.',
        "not_one_operator",
    )


def _unknown_operator(written: object, at: str) -> Problem:
    name = str(written)
    here = at + pointer(_plain(written))
    if name in _UNSAFE:
        return Problem(here, f'The operator "{name}" is not allowed. {_UNSAFE[name]}', None, "forbidden_operator")
    hint = _nearest(name, [*OPERATORS, *ALIASES], "Operators")
    return Problem(here, f"There is no operator {_shown(written)}.", hint, "unknown_operator")


def _arguments(operator: str, node: Mapping[str, object], at: str) -> Iterator[Problem]:
    arity, arguments, written = OPERATORS[operator], arguments_of(node), next(iter(node))
    here = at + pointer(written)
    example = arity.example.replace(f'"{operator}"', f'"{written}"')
    if not arity.least <= len(arguments) <= arity.most:
        yield Problem(
            here,
            f'"{written}" must have {_how_many(arity.least, arity.most)}; this one has {len(arguments)}.',
            f"Write {example}.",
            "arguments",
        )
    elif operator == "matches":
        yield from _pattern(arguments[1], places_of(node, at)[1])
    elif operator == "always" and arguments and arguments[0] is not True:
        yield Problem(here, '"always" must have the argument true.', 'Write {"always": true}.', "arguments")


def _how_many(least: int, most: int) -> str:
    if least == most:
        return "one argument" if least == 1 else f"{least} arguments"
    if least == 0:
        return f"at most {most} arguments"
    if most - least == 1:
        return f"{least} or {most} arguments"
    return "at least one argument" if least == 1 else f"at least {least} arguments"


def _pattern(pattern: object, at: str) -> Iterator[Problem]:
    if not isinstance(pattern, str):
        yield Problem(at, 'The pattern of "matches" must be a text that is written here.', None, "pattern")
        return
    try:
        searcher(pattern)
    except UnusablePattern as reason:
        yield Problem(
            at,
            f"The pattern {_shown(pattern)} can't be used: {reason}.",
            "Patterns are RE2's: without looking ahead or behind, without back-references, and not too large.",
            "pattern",
        )


class _Names:
    """The names that a condition may read outside of ``map`` and the like."""

    def __init__(self, fields: Collection[str], tasks: Collection[str] | None) -> None:
        self._fields = fields
        self._tasks = tasks

    def problems_with(self, name: Name) -> Iterator[Problem]:
        if name.text is None:
            yield Problem(
                name.at,
                "The name of a field must be written here, not computed: what a condition reads must be known.",
                'Name the field, or choose between names with "if".',
                "computed_name",
            )
        elif name.text == RESERVED or name.text.startswith(RESERVED + "."):
            yield from self._reserved(name)
        elif (first := name.text.partition(".")[0]) not in self._fields:
            hint = _nearest(first, self._fields, "Fields")
            yield Problem(name.at, f"There is no field {_shown(first)}.", hint, "unknown_field")

    def _reserved(self, name: Name) -> Iterator[Problem]:
        text = name.text or ""
        _, *steps = text.split(".")
        match steps:
            case ["iteration" | "written" | "now" | "today"]:
                return
            case ["ticket", about] if about in _TICKET:
                return
            case ["written_at", written]:
                if written not in self._fields:
                    hint = _nearest(written, self._fields, "Fields")
                    yield Problem(name.at, f"There is no field {_shown(written)}.", hint, "unknown_field")
            case ["tasks", key, count] if count in _COUNTS:
                if self._tasks is not None and key not in self._tasks:
                    hint = _nearest(key, self._tasks, "Tasks")
                    yield Problem(name.at, f"There is no task {_shown(key)}.", hint, "unknown_task")
            case _:
                yield Problem(
                    name.at,
                    f"There is no value {_shown(text)} under the reserved name _.",
                    _nearest(text, self._reserved_names(steps), "Values"),
                    "unknown_value",
                )

    def _reserved_names(self, steps: list[str]) -> list[str]:
        key = steps[1] if len(steps) > 1 and steps[0] == "tasks" else "KEY"
        return [
            *(f"_.{name}" for name in ("iteration", "written", "written_at.FIELD", "now", "today")),
            *(f"_.tasks.{key}.{count}" for count in _COUNTS),
            *(f"_.ticket.{about}" for about in _TICKET),
        ]


def _nearest(name: str, known: Collection[str], what: str) -> str | None:
    """A hint: the nearest known name, else the first few of them."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name[:_SHOWN].lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{by_lower[near[0]]}"?'
    if not known:
        return None
    more = ", ..." if len(known) > _LISTED else ""
    return f"{what}: {', '.join(list(known)[:_LISTED])}{more}"


def _shown(value: object) -> str:
    """A value as JSON, short and safe to store and to show."""
    text = json.dumps(value, default=str) if isinstance(value, str | int | float | None) else type(value).__name__
    if isinstance(value, list):
        text = "a list"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
