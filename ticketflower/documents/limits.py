"""The bounds of a workflow document, and what no value in it may be.

Source: security.md ("Definitions are hostile input", the budgets of "The engine never loses or strands anything").
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from ticketflower.problems import Problem, pointer

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_PROBLEMS = 200
LARGEST_INTEGER = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 7493)."""

RESERVED_NAMES = frozenset({"_", "__proto__", "prototype", "constructor"})
"""Names that mean something else: ``_`` in conditions (engine.md), the others in other people's programs."""

Step = str | int


def compact_size(value: object) -> int:
    """The bytes of a JSON value, written out without spaces; lone surrogates count as they would escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "backslashreplace"))


def too_large(detail: str = "The document is larger than 256 KB.") -> Problem:
    """The problem of a document over ``MAX_BYTES``, as it was sent or with its aliases written out."""
    return Problem("", detail, "Split it into several workflows, or shorten its texts.", "too_large")


def too_deep(at: str) -> Problem:
    """The problem of a value that lies more than ``MAX_DEPTH`` levels down."""
    return Problem(at, f"This lies deeper than {MAX_DEPTH} levels.", "Flatten this part of the document.", "too_deep")


def value_problems(document: object) -> list[Problem]:
    """What no store, form or program downstream could take, wherever it stands in the document.

    NUL and lone surrogates (PostgreSQL refuses them), NaN and Infinity (not JSON), whole numbers beyond 2^53 - 1,
    reserved names as keys, more than ``MAX_DEPTH`` levels, more than ``MAX_BYTES`` written out.

    Args:
        document: any JSON value, however deep.
    """
    problems = list(_walk(document, MAX_PROBLEMS))
    if any(problem.code == "too_deep" for problem in problems):
        return problems
    if compact_size(document) > MAX_BYTES:
        problems.append(too_large())
    return problems


def _walk(document: object, limit: int) -> Iterator[Problem]:
    """The problems of each value, in the document's order, without recursion: the depth is not known to be sane yet."""
    stack: list[tuple[tuple[Step, ...], object]] = [((), document)]
    found = 0
    while stack and found < limit:
        steps, value = stack.pop()
        for problem in _own_problems(steps, value):
            found += 1
            yield problem
        if len(steps) < MAX_DEPTH:
            stack.extend(reversed([((*steps, step), child) for step, child in children(value)]))


def children(value: object) -> Iterator[tuple[Step, object]]:
    """The keys or numbers of a value's parts, and the parts; nothing for a text, a number, a truth value or null."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _own_problems(steps: tuple[Step, ...], value: object) -> Iterator[Problem]:
    at = pointer(*steps)
    if steps and isinstance(steps[-1], str):
        yield from _key_problems(at, steps[-1])
    if isinstance(value, str):
        yield from text_problems(at, value)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(at, "A number must be finite; NaN and Infinity are not JSON.", None, "not_finite")
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        detail = f"A whole number must lie between -{LARGEST_INTEGER} and {LARGEST_INTEGER}."
        yield Problem(at, detail, "Write a longer number as text, in quotes.", "number_too_large")
    elif isinstance(value, dict | list) and value and len(steps) >= MAX_DEPTH:
        yield too_deep(at)


def _key_problems(at: str, key: str) -> Iterator[Problem]:
    if key in RESERVED_NAMES:
        yield Problem(at, f"`{key}` is a reserved name.", "Choose another name.", "reserved_name")
    yield from text_problems(at, key)


def text_problems(at: str, text: str) -> Iterator[Problem]:
    """NUL and lone surrogates in one text; PostgreSQL stores neither."""
    if "\x00" in text:
        detail = "This text contains the character NUL (\\u0000), which can't be stored."
        yield Problem(at, detail, "Take the character out.", "bad_character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        detail = "This text contains half of a surrogate pair (\\ud800 to \\udfff), which is not a character."
        yield Problem(at, detail, "Take it out, or write the whole character.", "bad_character")
