"""Lists a page at a time: the cursor says after which row to go on (api.md, Lists)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ticketflower.access import LARGEST_ID
from ticketflower.errors import Unacceptable
from ticketflower.problems import Problem, pointer

Item = TypeVar("Item")

#: Rows of a page on the screen, and of an API answer without ``limit``.
PAGE = 25
#: The most that ``limit`` may ask for (api.md).
MOST = 200
_LONGEST_CURSOR = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list, and the cursor for those behind them; None when there are no more."""

    items: tuple[Item, ...]
    next: str | None = None


def page_of(name: str, items: Sequence[Item], limit: int, key: Callable[[Item], int | str]) -> Page[Item]:
    """A page from ``limit`` + 1 items or fewer: the one too many tells that there are more.

    Args:
        name: the list's name; a cursor of another list is not taken.
        key: what the list is ordered by.
    """
    shown = tuple(items[:limit])
    more = len(items) > limit
    return Page(shown, cursor_after(name, key(shown[-1])) if more else None)


def cursor_after(name: str, key: int | str) -> str:
    """An opaque cursor: the list goes on behind the row with this key."""
    return base64.urlsafe_b64encode(f"{name}:{key}".encode()).decode().rstrip("=")


def number_after(name: str, cursor: str | None) -> int | None:
    """The number in a cursor; None without one.

    Raises:
        Unacceptable: it was not made by this list.
    """
    text = text_after(name, cursor)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_ID):
        raise _unreadable()
    return int(text)


def text_after(name: str, cursor: str | None) -> str | None:
    """As ``number_after``, for a list that is ordered by text."""
    if cursor is None:
        return None
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise _unreadable()
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        raise _unreadable() from None
    made_by, separator, key = text.partition(":")
    if made_by != name or not separator or "\0" in key:
        raise _unreadable()
    return key


def unacceptable(parameter: str, detail: str, hint: str | None = None) -> Unacceptable:
    """The refusal of a query parameter's value."""
    return Unacceptable([Problem(pointer(parameter), detail, hint, code="parameter")])


def word_of(parameter: str, value: str | None, words: Sequence[str]) -> str | None:
    """A query parameter that must be one of some words.

    Raises:
        Unacceptable: it is none of them.
    """
    if value is not None and value not in words:
        raise unacceptable(parameter, f"{parameter} must be one of {', '.join(words)}")
    return value


def _unreadable() -> Unacceptable:
    return unacceptable("cursor", "cursor can't be read", "Take it from the answer before, or begin without one.")
