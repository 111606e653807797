"""The patterns of ``matches``: RE2, whose time grows with the text's length and never explodes (security.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import re2

from ticketflower.engine.conditions.values import Meter

# How much memory a pattern's program may take, and what searching one character with it costs, in quarter steps.
# Where RE2 runs out of room for its fast path, a character takes 3 µs with the first, 8 and 30 with the others.
_SIZES: Final = ((1 << 14, 2), (1 << 16, 8), (1 << 18, 32))


class UnusablePattern(ValueError):
    """RE2 can't take this pattern; ``str()`` says why in its words."""


def searcher(pattern: str) -> Callable[[str, Meter], bool]:
    """A function that tells whether ``pattern`` is found anywhere in a text.

    Raises:
        UnusablePattern: the pattern isn't one, needs looking around or back, or is too large.
    """
    expression, price = _compiled(pattern)

    def found(text: str, meter: Meter) -> bool:
        meter.spend(1 + (len(text) * price >> 2))
        try:
            return expression.search(text) is not None
        except UnicodeEncodeError:  # half a character: no text that could be stored
            return False

    return found


def _compiled(pattern: str) -> tuple[re2._Regexp, int]:
    reason = ""
    for memory, price in _SIZES:
        options = re2.Options()
        options.max_mem, options.log_errors = memory, False
        try:
            return re2.compile(pattern, options=options), price
        except re2.error as error:
            reason = _words_of(error)
            if "too large" not in reason:
                break
        except UnicodeEncodeError:
            reason = "it has half a character (a lone surrogate)"
            break
    raise UnusablePattern(reason)


def _words_of(error: Exception) -> str:
    said = error.args[0] if error.args else b""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
