"""Checks of the short texts that people type about themselves and their company, in the words of the form."""

from __future__ import annotations

import re
import unicodedata

from ticketflower.problems import Problem

LONGEST_NAME = 100
LONGEST_EMAIL = 254

EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


def tidy(text: str) -> str:
    """The text in one Unicode form, without blanks at its ends and with single ones inside."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_writable(sign: str) -> bool:
    """Whether a character may stand in a text: no control character, no half of a pair, nothing that HTML refuses."""
    number = ord(sign)
    never_a_character = 0xFDD0 <= number <= 0xFDEF or number & 0xFFFE == 0xFFFE
    return unicodedata.category(sign) not in ("Cc", "Cs") and not never_a_character


def writable(text: str) -> str:
    """The text as a page can show it again: line breaks and tabs stay, what ``is_writable`` refuses goes."""
    return "".join(sign for sign in text if sign in "\r\n\t" or is_writable(sign))


def tidy_email(email: str) -> str:
    """The address as it is stored and looked up: addresses are the same in capitals and small letters."""
    return email.strip().lower()


def email_problems(email: str, pointer: str) -> list[Problem]:
    """What is wrong with an address (after ``tidy_email``); nothing if it may be used."""
    if not email:
        return [Problem(pointer, "Enter an email address.", code="required")]
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        return [
            Problem(pointer, "Email address must be in the format name@example.com.", code="format"),
        ]
    return []


def name_problems(name: str, pointer: str, label: str, *, article: str = "a", required: bool = True) -> list[Problem]:
    """What is wrong with a name (after ``tidy``); nothing if it may be used.

    Args:
        name: as it would be stored.
        pointer: where it stood in what was sent.
        label: what the form calls it, in small letters ("company name").
        article: what stands before it in "Enter a company name."
        required: False if it may be empty.
    """
    if not name:
        return [Problem(pointer, f"Enter {article} {label}.", code="required")] if required else []
    if len(name) > LONGEST_NAME:
        return [Problem(pointer, f"{label.capitalize()} must be {LONGEST_NAME} characters or fewer.", code="too_long")]
    if not all(map(is_writable, name)):
        return [Problem(pointer, f"{label.capitalize()} must be made of letters and signs.", code="characters")]
    return []
