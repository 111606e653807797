"""The text formats and patterns that a field's schema may ask for, as functions of the text alone.

Pure. Patterns run on RE2 and the formats on simple expressions, so that no answer can take more than linear time
(security.md, Definitions are hostile input).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

import re2

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|z|[+-][0-9]{2}:[0-9]{2})?\Z")
_EMAIL_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+\Z")
_WEB_WITHOUT_HOST = re.compile(r"https?:(?!//[^/?#])", re.IGNORECASE)
_ID = re.compile(r"[1-9][0-9]{0,18}\Z")
_LARGEST_ID = 2**63 - 1
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


class Pattern(Protocol):
    """A compiled pattern: anything with a linear-time ``search``."""

    def search(self, text: str) -> Any: ...


def compile_pattern(pattern: str) -> Pattern:
    """Compiles a JSON Schema ``pattern`` with RE2. As JSON Schema says, it is searched for, not anchored.

    ECMA-262's ``\\uXXXX`` is translated; look-around and back-references can't be run in linear time.

    Raises:
        ValueError: the pattern is not one that RE2 can run; the message says what it stumbled on.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        compiled: Pattern = re2.compile(_ESCAPED.sub(_as_re2, pattern), options)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None
    return compiled


def _as_re2(escape: re.Match[str]) -> str:
    return rf"\x{{{escape[1]}}}" if escape[1] else escape[0]


def is_date(text: str) -> bool:
    """An RFC 3339 full-date that exists: ``2026-11-21``."""
    return _DATE.match(text) is not None and _exists(date.fromisoformat, text)


def is_time(text: str) -> bool:
    """A time of day: RFC 3339's full-time, or without an offset (``14:30``), which is the reader's own clock."""
    clock = _CLOCK.match(text)
    return clock is not None and _clock_exists(clock)


def is_date_time(text: str) -> bool:
    """An RFC 3339 date-time, with its offset: ``2026-11-21T14:30:00Z``."""
    clock = _CLOCK.match(text, 11)
    if clock is None or text[10] not in "Tt" or clock[3] is None or clock[4] is None or not is_date(text[:10]):
        return False
    return _clock_exists(clock)


def _clock_exists(clock: re.Match[str]) -> bool:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    offset = clock[4] or "Z"
    if offset not in "Zz" and (int(offset[1:3]) > 23 or int(offset[4:6]) > 59):
        return False
    # RFC 3339 knows the leap second, and nothing that computes with times here does.
    return hour <= 23 and minute <= 59 and second <= 59


def is_email(text: str) -> bool:
    """An address with one @, a plain local part and a domain with a dot."""
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        bool(at)
        and len(local) <= 64
        and len(domain) <= 253
        and _EMAIL_LOCAL.match(local) is not None
        and len(labels) > 1
        and all(_HOST_LABEL.match(label) for label in labels)
    )


def is_uri(text: str) -> bool:
    """An absolute URI (RFC 3986); one of the web names its host."""
    return _URI.match(text) is not None and _WEB_WITHOUT_HOST.match(text) is None


def is_id(text: str) -> bool:
    """The id of an upload or of a user, as text (document.md, Forms)."""
    return _ID.match(text) is not None and int(text) <= _LARGEST_ID


def _exists(parse: Callable[[str], date | datetime], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_date_time,
    "time": is_time,
    "email": is_email,
    "uri": is_uri,
    "file": is_id,
    "user": is_id,
}

FORMAT_WORDS: Mapping[str, str] = {
    "date": "must be a date that exists, like 2026-11-21",
    "date-time": "must be a date and time with its offset, like 2026-11-21T14:30:00Z",
    "time": "must be a time, like 14:30",
    "email": "must be an email address, like name@example.com",
    "uri": "must be a full address, like https://example.com/page",
    "file": "must be the id of an uploaded file, as text",
    "user": "must be the id of a person, as text",
}
