"""Passwords: which ones are accepted, how they are kept, how one is checked (security.md, Web)."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ticketflower.problems import Problem
from ticketflower.services.wording import is_writable

SHORTEST = 8
LONGEST = 128

hasher = PasswordHasher()


def problems_of(password: str, pointer: str, email: str = "") -> list[Problem]:
    """What is wrong with a new password; nothing if it may be used.

    Args:
        password: as typed. Spaces count: nothing is trimmed.
        pointer: where it stood in what was sent.
        email: the person's address, which is not a password.
    """
    if not password:
        return [Problem(pointer, "Enter a password.", code="required")]
    if len(password) < SHORTEST:
        return [Problem(pointer, f"Password must be {SHORTEST} characters or more.", code="too_short")]
    if len(password) > LONGEST:
        return [Problem(pointer, f"Password must be {LONGEST} characters or fewer.", code="too_long")]
    if not all(map(is_writable, password)):
        return [Problem(pointer, "Password must be made of characters that can be typed.", code="characters")]
    if email and password.casefold() == email.casefold():
        return [Problem(pointer, "Password must be something else than the email address.", code="is_email")]
    return []


def hashed(password: str) -> str:
    """The password as it is stored: argon2id with its salt and costs."""
    return hasher.hash(_canonical(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password that was stored.

    For None (nobody has this address) it takes just as long, so that the time tells nothing.
    """
    try:
        return hasher.verify(stored or _dummy(), _canonical(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other costs than those of today: make it again while the password is known."""
    return hasher.check_needs_rehash(stored)


def _canonical(password: str) -> bytes:
    # The same letters may come composed or decomposed, by keyboard and system; half a surrogate pair can't be encoded.
    return unicodedata.normalize("NFKC", password)[: LONGEST * 4].encode("utf-8", "surrogatepass")


_dummies: dict[int, str] = {}


def _dummy() -> str:
    """A hash that no password matches, made with the costs of today."""
    key = id(hasher)
    if key not in _dummies:
        _dummies[key] = hasher.hash("nobody has this password")
    return _dummies[key]
