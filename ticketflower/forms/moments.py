"""Reads dates and times as people type them and as pickers send them, and writes them into a control.

Pure: the zone is passed in, no clock is asked. ux.md, Standards: dates as text and picker. ``3/4/2026`` is two days, so
it is asked about.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ticketflower.engine.values_formats import is_date, is_date_time, is_time

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august"),
            *("sep sept september", "oct october", "nov november", "dec december"),
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})\Z")
_NUMBERS = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})\Z")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\.?[ -]([a-z]+)\.?,?[ -]([0-9]{4})\Z")
_MONTH_FIRST = re.compile(r"([a-z]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})\Z")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]?([0-9]{2}))?(?::([0-9]{2}))? ?(am|pm|a\.m\.|p\.m\.)?\Z")
_SPLIT = re.compile(
    r"(?:T|,? at |,? +)(?=[0-9]{1,2}(?:[:.h][0-9]{2}| ?[ap]\.?m)[^ ]*(?: ?[ap]\.?m\.?)?\Z)", re.IGNORECASE
)
_PICKED_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?"
_PICKED_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PICKED = {"date": _PICKED_DATE, "time": _PICKED_CLOCK, "date-time": f"{_PICKED_DATE}T{_PICKED_CLOCK}"}
_LONGEST = 100


class NotAMoment(ValueError):
    """The text is no date or time; ``str(error)`` says what it must be, to follow the field's title."""


def read_date(text: str) -> str:
    """The date that a text holds, in ISO 8601: ``2026-11-21`` for ``21/11/2026``, ``21.11.2026`` and ``21 Nov 2026``.

    Raises:
        NotAMoment: it isn't one, or it could be two.
    """
    typed = " ".join(text.lower().split())[:_LONGEST]
    if found := _YEAR_FIRST.match(typed):
        return _date(found[1], found[2], found[3])
    if found := _DAY_FIRST.match(typed):
        return _date(found[3], _MONTHS.get(found[2], 0), found[1])
    if found := _MONTH_FIRST.match(typed):
        return _date(found[3], _MONTHS.get(found[1], 0), found[2])
    if found := _NUMBERS.match(typed):
        return _from_numbers(int(found[1]), int(found[3]), found[4], dotted=found[2] == ".")
    raise NotAMoment("must be a date, like 2026-11-21 or 21 November 2026")


def _from_numbers(first: int, second: int, year: str, *, dotted: bool) -> str:
    # With points the day comes first wherever people write so; with strokes it depends on the country.
    if dotted or first > 12 or first == second:
        return _date(year, second, first)
    if second > 12:
        return _date(year, first, second)
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    raise NotAMoment(f"can be read as two dates: enter {day_first} or {month_first}")


def _date(year: str, month: str | int, day: str | int) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise NotAMoment("must be a date that exists, like 2026-11-21 or 21 November 2026") from None


def read_time(text: str) -> str:
    """The time of day in a text: ``14:30:00`` for ``14:30``, ``14.30``, ``2:30pm``. One with an offset stays so.

    Raises:
        NotAMoment: it isn't one.
    """
    typed = " ".join(text.split())[:_LONGEST]
    found = _CLOCK.match(typed.lower())
    if found is None:
        if is_time(typed):
            return typed
        raise NotAMoment("must be a time, like 14:30")
    hour, minute, second, half = int(found[1]), int(found[2] or 0), int(found[3] or 0), found[4]
    if not (1 <= hour <= 12 if half else found[2]):
        raise NotAMoment("must be a time, like 14:30")
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return time(hour, minute, second).isoformat()
    except ValueError:
        raise NotAMoment("must be a time that exists, like 14:30") from None


def read_date_time(text: str, zone: ZoneInfo) -> str:
    """The moment that a text holds, with an offset (RFC 3339); without one in the text, it is the zone's.

    Raises:
        NotAMoment: it isn't one.
    """
    typed = " ".join(text.split())[:_LONGEST]
    if is_date_time(typed.replace(" ", "T").upper()):
        return typed.replace(" ", "T").upper()
    parts = _SPLIT.split(typed, maxsplit=1)
    if len(parts) != 2:
        raise NotAMoment("must be a date and a time, like 2026-11-21 14:30")
    local = datetime.fromisoformat(f"{read_date(parts[0])}T{read_time(parts[1])}")
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
    return _with_offset(local)


def _with_offset(moment: datetime) -> str:
    return moment.isoformat().removesuffix("+00:00") + ("Z" if moment.isoformat().endswith("+00:00") else "")


def write_time(value: str) -> str:
    """A time as a picker takes it, without seconds that are nought; one with an offset or a fraction as it is."""
    return value[:5] if re.fullmatch(r"[0-9]{2}:[0-9]{2}:00", value) else value


def write_date_time(value: str, zone: ZoneInfo) -> str:
    """A moment as a picker takes it, in the zone; what isn't a moment as it is."""
    moment = in_zone(value, zone)
    if moment is None:
        return value
    local = moment.replace(tzinfo=None)
    return local.isoformat(timespec="minutes" if not (local.second or local.microsecond) else "auto")


def in_zone(value: str, zone: ZoneInfo) -> datetime | None:
    """A stored moment on the zone's clock; None when it isn't one or leaves the calendar."""
    if not is_date_time(value):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def for_picker(kind: str, entry: str) -> bool:
    """Whether a browser's picker would keep this entry; it empties itself for any other (HTML, 4.10.5.1)."""
    return re.fullmatch(_PICKED[kind], entry) is not None and (kind != "date" or is_date(entry))


def date_words(value: str) -> str:
    """``2026-11-21`` as ``21 November 2026``; what isn't a date as it is."""
    if not is_date(value):
        return value
    day = date.fromisoformat(value)
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"


def date_time_words(value: str, zone: ZoneInfo) -> str:
    """A moment as ``21 November 2026, 14:30`` on the zone's clock; what isn't a moment as it is."""
    moment = in_zone(value, zone)
    return value if moment is None else f"{date_words(moment.date().isoformat())}, {moment:%H:%M}"
