"""The known name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_CLOSE = 0.6
_LONGEST = 100
_MOST = 500


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar known name, or None if none is similar. Capital letters, ``-`` and ``_`` make no difference.

    Bounded for hostile names: only the first 500 known names of about the same length are compared.
    """
    wanted = _folded(name)
    if not wanted or len(wanted) > _LONGEST:
        return None
    best, best_ratio = None, _CLOSE
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    for place, candidate in enumerate(known):
        if place >= _MOST:
            break
        folded = _folded(candidate)
        if folded == wanted:
            return candidate
        matcher.set_seq1(folded)
        if matcher.real_quick_ratio() <= best_ratio or matcher.quick_ratio() <= best_ratio:
            continue
        ratio = matcher.ratio()
        if ratio > best_ratio:
            best, best_ratio = candidate, ratio
    return best


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """``Did you mean `x`?`` for the nearest known name; None without one."""
    found = nearest(name, known)
    return f"Did you mean `{found}`?" if found else None


def _folded(name: str) -> str:
    return name.casefold().replace("-", "_").removeprefix("ui:")
