"""Reads a number as people type it, and writes one into a control.

Pure. ux.md, Standards: harmless punctuation in numbers is accepted. What can be read in two ways is asked about, never
guessed: the writer of ``1.000`` may mean a thousand.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_SPACES_AND_MARKS = str.maketrans("", "", " \u00a0\u2007\u2009\u202f\t'’")
_MINUS = str.maketrans("−–﹣－", "----")
_CURRENCY_CODE = re.compile(r"^[A-Z]{3}(?![A-Za-z])|(?<![A-Za-z])[A-Z]{3}$")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_GROUPED = {mark: re.compile(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+\Z") for mark in ",."}
_THOUSANDS_OR_PLACES = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{2}0\Z")
LONGEST = 400


class NotANumber(ValueError):
    """The text is no number; ``str(error)`` says what it must be, to follow the field's title."""


def read_number(text: str, *, whole: bool = False) -> int | float:
    """The number that a text holds: ``1250.5`` for ``€ 1,250.50``, ``1.250,50`` and ``1 250,5``.

    Args:
        text: what was typed.
        whole: whether only a whole number will do, so that ``1.000`` must be a thousand or a slip.

    Raises:
        NotANumber: it isn't one, or it could be two.
    """
    example = "must be a whole number, like 12" if whole else "must be a number, like 1250.50"
    bare = _bare(text)
    if len(bare) > LONGEST:
        raise NotANumber(example)
    if _THOUSANDS_OR_PLACES.match(bare):
        thousands, decimal = bare.replace(".", ""), bare.rstrip("0").rstrip(".")
        raise NotANumber(f"can be read in two ways: enter it as {thousands} or as {decimal}")
    plain = _with_point(bare)
    if plain is None:
        raise NotANumber(example)
    exact = Decimal(plain)
    if exact == exact.to_integral_value():
        return int(exact)
    if whole:
        raise NotANumber(example)
    return float(exact)


def _bare(text: str) -> str:
    """Without spaces, apostrophes and a currency; digits of any script as ASCII."""
    trimmed = _CURRENCY_CODE.sub("", text.strip()).translate(_SPACES_AND_MARKS).translate(_MINUS)
    return "".join(_ascii_digit(character) for character in trimmed if unicodedata.category(character) != "Sc")


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _with_point(text: str) -> str | None:
    """The number with a point and no grouping; None when its marks don't make one."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma < 0 and point < 0:
        return text if _PLAIN.match(text) else None
    if comma >= 0 and point >= 0:
        grouping, decimal = (".", ",") if comma > point else (",", ".")
        whole, _, fraction = text.partition(decimal)
        if not _GROUPED[grouping].match(whole):
            return None
        plain = f"{whole.replace(grouping, '')}.{fraction}"
        return plain if _PLAIN.match(plain) else None
    return _with_one_mark(text, "," if comma >= 0 else ".")


def _with_one_mark(text: str, mark: str) -> str | None:
    is_grouping = _GROUPED[mark].match(text) and (text.count(mark) > 1 or mark == ",") and text.lstrip("+-")[0] != "0"
    plain = text.replace(mark, "" if is_grouping else ".")
    return plain if _PLAIN.match(plain) else None


def write_number(number: float) -> str:
    """A number as a control shows it, with a point and nothing else: ``0.0000001``, not ``1e-07``."""
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
