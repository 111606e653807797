"""Numbers as people type them (ux.md, Standards): harmless punctuation is accepted, what can be two is asked about."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketflower.forms.numbers import NotANumber, read_number, write_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        ("0012", 12),
        ("1,000", 1000),
        ("1,000.50", 1000.5),
        ("1.000,50", 1000.5),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1 000", 1000),
        ("1\u00a0000,5", 1000.5),
        ("1\u202f000", 1000),
        ("1'000.50", 1000.5),
        ("1’000", 1000),
        ("€ 1 000", 1000),
        ("1 000 €", 1000),
        ("EUR 5", 5),
        ("5 CHF", 5),
        ("$-5", -5),
        ("-5", -5),
        ("−5", -5),
        ("+5", 5),
        ("1,5", 1.5),
        ("0,123", 0.123),
        ("12.345", 12.345),
        (".5", 0.5),
        ("5.", 5),
        ("5.00", 5),
        ("0.000", 0),
        ("٣٫", None),
        ("٣", 3),
        ("１２", 12),
    ],
)
def test_harmless_punctuation_is_accepted(typed: str, number: float | None) -> None:
    if number is None:
        with pytest.raises(NotANumber):
            read_number(typed)
    else:
        assert read_number(typed) == number
        assert type(read_number(typed)) is type(number)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1.000", "can be read in two ways: enter it as 1000 or as 1"),
        ("-12.500", "can be read in two ways: enter it as -12500 or as -12.5"),
        ("€ 1.230", "can be read in two ways: enter it as 1230 or as 1.23"),
    ],
)
def test_what_can_be_two_numbers_is_asked_about(typed: str, said: str) -> None:
    with pytest.raises(NotANumber) as refused:
        read_number(typed)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "typed",
    ["", " ", "-", ".", ",", "abc", "5%", "1e3", "0x10", "1,00,000", "1,0000.5", "12,34.5", "1.2.3", "1,2,3.4,5", "½",
     "5²", "NaN", "Infinity", "1-2", "--5", "EURO 5", "1_000", "1" * 401],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(NotANumber, match=r"^must be a number, like 1250.50$"):
        read_number(typed)


@pytest.mark.parametrize("typed", ["1.5", "1,5", "1.234"])
def test_a_whole_number_has_no_places(typed: str) -> None:
    with pytest.raises(NotANumber, match=r"^must be a whole number, like 12$"):
        read_number(typed, whole=True)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**40), 10**40))
def test_what_a_form_writes_it_reads_again(number: float) -> None:
    assert type(number)(read_number(write_number(number))) == number


@given(st.text())
def test_no_text_does_worse_than_be_refused(typed: str) -> None:
    with suppress(NotANumber):
        read_number(typed)
