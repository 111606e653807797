"""Dates and times as people type them and as pickers send them (ux.md, Standards: dates as text and picker)."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketflower.engine.values_formats import is_date, is_date_time, is_time
from ticketflower.forms.moments import (
    NotAMoment,
    date_time_words,
    date_words,
    read_date,
    read_date_time,
    read_time,
    write_date_time,
    write_time,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "typed",
    ["2026-11-21", "2026/11/21", "21/11/2026", "11/21/2026", "21-11-2026", "21.11.2026", "21. November 2026",
     "21 November 2026", "21st Nov 2026", "21-Nov-2026", "november 21, 2026", "Nov. 21st, 2026", "  21  nov  2026 "],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(typed: str) -> None:
    assert read_date(typed) == "2026-11-21"


def test_with_points_the_day_comes_first() -> None:
    assert read_date("3.4.2026") == "2026-04-03"


def test_a_day_that_can_be_two_is_asked_about() -> None:
    with pytest.raises(NotAMoment, match=r"^can be read as two dates: enter 2026-04-03 or 2026-03-04$"):
        read_date("3/4/2026")
    assert read_date("5/5/2026") == "2026-05-05"


@pytest.mark.parametrize("typed", ["31/2/2026", "2026-02-30", "0000-01-01", "32 May 2026", "30 Foo 2026", "13/13/2026"])
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(NotAMoment, match=r"^must be a date that exists, like 2026-11-21 or 21 November 2026$"):
        read_date(typed)


@pytest.mark.parametrize("typed", ["", "tomorrow", "1/2/26", "2026", "21 11 2026", "1/2-2026", "x" * 5000])
def test_what_is_no_day_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(NotAMoment, match=r"^must be a date, like 2026-11-21 or 21 November 2026$"):
        read_date(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("14:30", "14:30:00"), ("14.30", "14:30:00"), ("14h30", "14:30:00"), ("1430", "14:30:00"), ("2:30 pm", "14:30:00"),
     ("2PM", "14:00:00"), ("2:30 p.m.", "14:30:00"), ("12am", "00:00:00"), ("12 pm", "12:00:00"), ("9:05", "09:05:00"),
     ("14:30:05", "14:30:05"), ("14:30:05.25", "14:30:05.25"), ("14:30:00+02:00", "14:30:00+02:00")],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(typed: str, read: str) -> None:
    assert read_time(typed) == read


@pytest.mark.parametrize("typed", ["", "14", "25:00", "14:60", "13pm", "0am", "noon", "14:30:60", "2:3"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(NotAMoment, match=r"^must be a time( that exists)?, like 14:30$"):
        read_time(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2026-11-21T14:30", "2026-11-21T14:30:00+01:00"),
        ("2026-07-21T14:30", "2026-07-21T14:30:00+02:00"),
        ("2026-11-21 14:30", "2026-11-21T14:30:00+01:00"),
        ("21/11/2026 2:30pm", "2026-11-21T14:30:00+01:00"),
        ("21 Nov 2026, 2 pm", "2026-11-21T14:00:00+01:00"),
        ("21 November 2026 at 14:30", "2026-11-21T14:30:00+01:00"),
        ("2026-11-21T14:30:00Z", "2026-11-21T14:30:00Z"),
        ("2026-11-21 14:30:00-05:00", "2026-11-21T14:30:00-05:00"),
    ],
)
def test_a_moment_without_an_offset_is_on_the_forms_clock(typed: str, read: str) -> None:
    assert read_date_time(typed, BERLIN) == read


def test_a_moment_on_the_clock_of_utc_ends_with_z() -> None:
    assert read_date_time("2026-11-21T14:30", ZoneInfo("UTC")) == "2026-11-21T14:30:00Z"


@pytest.mark.parametrize("typed", ["2026-11-21", "14:30", "", "soon 14:30", "3/4/2026 14:30", "2026-11-21 25:00"])
def test_what_is_no_moment_is_refused(typed: str) -> None:
    with pytest.raises(NotAMoment):
        read_date_time(typed, BERLIN)


def test_a_picker_gets_the_forms_clock() -> None:
    assert write_date_time("2026-11-21T14:30:00Z", BERLIN) == "2026-11-21T15:30"
    assert write_date_time("2026-11-21T14:30:05+01:00", BERLIN) == "2026-11-21T14:30:05"
    assert write_time("14:30:00") == "14:30"
    assert write_time("14:30:05") == "14:30:05"


@pytest.mark.parametrize("value", ["soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", ""])
def test_what_is_no_moment_or_leaves_the_calendar_is_shown_as_it_is(value: str) -> None:
    assert write_date_time(value, BERLIN) == value
    assert date_time_words(value, BERLIN) == value


def test_days_and_moments_are_read_out_in_words() -> None:
    assert date_words("2026-03-01") == "1 March 2026"
    assert date_words("soon") == "soon"
    assert date_time_words("2026-11-21T14:30:00Z", BERLIN) == "21 November 2026, 15:30"


@given(st.text())
def test_no_text_does_worse_than_be_refused(typed: str) -> None:
    with suppress(NotAMoment):
        assert is_date(read_date(typed))
    with suppress(NotAMoment):
        assert is_time(read_time(typed))
    with suppress(NotAMoment):
        assert is_date_time(read_date_time(typed, BERLIN))
