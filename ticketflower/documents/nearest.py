"""The known name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from itertools import islice
from typing import Final

_CLOSE: Final = 0.6
_LONGEST: Final = 100
_MOST: Final = 1000
_COMPARED: Final = 5


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar known name, or None if none is similar. Capital letters, ``-`` and ``_`` make no difference.

    Bounded, for a document may hold thousands of unknown names: of the first 1,000 known names those five are compared
    that have the most pairs of letters in common.
    """
    wanted = _folded(name)
    if not wanted or len(wanted) > _LONGEST:
        return None
    pairs = _pairs(wanted)
    shared = [(len(pairs & _pairs(_folded(each))) / (len(each) + 1), each) for each in islice(known, _MOST)]
    rated = [
        (SequenceMatcher(None, _folded(each), wanted, autojunk=False).ratio(), each)
        for _, each in nlargest(_COMPARED, shared, key=lambda entry: entry[0])
    ]
    best, found = max(rated, key=lambda entry: entry[0], default=(0.0, None))
    return found if best >= _CLOSE else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """``Did you mean `x`?`` for the nearest known name; None without one."""
    found = nearest(name, known)
    return f"Did you mean `{found}`?" if found else None


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return name[: _LONGEST + 1].casefold().replace("-", "_").removeprefix("ui:")


@lru_cache(maxsize=4096)
def _pairs(folded: str) -> frozenset[str]:
    """Each letter with the next one, the beginning and the end included."""
    padded = f" {folded} "
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
