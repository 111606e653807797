"""What is wrong with something that was sent: one problem, with its place and the way to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document, a ticket's data or a task's output.

    Args:
        pointer: where, as a JSON Pointer (RFC 6901) into what was sent; ``""`` is the whole.
        detail: what is wrong and what it must be, one sentence in plain words.
        hint: how to mend it, for example the nearest known name; None when ``detail`` says it all.
        code: a short stable word for programs (``unknown_key``, ``required``, ...).
        line: 1-based line in the source text, where there is one.
        column: 1-based column in the source text, where there is one.
    """

    pointer: str
    detail: str
    hint: str | None = None
    code: str = "broken_rule"
    line: int | None = None
    column: int | None = None

    def under(self, prefix: str) -> Problem:
        """The same problem seen from further out: ``prefix`` is put before its pointer."""
        return replace(self, pointer=prefix + self.pointer)

    def as_json(self) -> dict[str, object]:
        """The problem as the API shows it; keys that are None are left out."""
        shown = {
            "pointer": self.pointer,
            "detail": self.detail,
            "hint": self.hint,
            "code": self.code,
            "line": self.line,
            "column": self.column,
        }
        return {key: value for key, value in shown.items() if value is not None}


def pointer(*steps: str | int) -> str:
    """A JSON Pointer (RFC 6901) from its steps: ``pointer("tasks", "a/b")`` is ``/tasks/a~1b``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def in_words(problems: Iterable[Problem]) -> str:
    """All problems as one text, one a line, for a log or an error's message."""
    return "\n".join(f"{p.pointer or '(document)'}: {p.detail}{' ' + p.hint if p.hint else ''}" for p in problems)
