"""How often a sign-in may be tried: counted per account and per network address, in the database (security.md, Web).

A try is written down before the password is looked at, so that a hundred tries at once are counted as a hundred. One
that turns out right is forgiven, with the account's earlier ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from ticketflower.errors import Throttled
from ticketflower.models import SignInAttempt

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_NETWORK = 100
SWEPT_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose tries are counted.

    Attributes:
        key: a hash; the table tells nobody which addresses were tried.
        most: how many failed tries are let through in ``WINDOW``.
        forgiven: whether a right password wipes the count.
    """

    key: str
    most: int
    forgiven: bool


def account(email: str) -> Subject:
    """The tries for one account, wherever they come from, and whether or not it exists."""
    return Subject(_hash(f"account:{email}"), PER_ACCOUNT, forgiven=True)


def network(address: str) -> Subject:
    """The tries from one network address. An own account's right password doesn't wipe what was tried at others."""
    return Subject(_hash(f"network:{address}"), PER_NETWORK, forgiven=False)


@dataclass(frozen=True, slots=True)
class Tries:
    """The rows of one try, for ``forgive``."""

    subjects: tuple[Subject, ...]
    rows: tuple[int, ...]


def begin(session: Session, subjects: Iterable[Subject], now: datetime) -> Tries:
    """Writes a try down, if there may be one more, and commits.

    Raises:
        Throttled: with the seconds until there may be one; the refused try itself isn't counted.
    """
    subjects = tuple(sorted(subjects, key=lambda subject: subject.key))
    for subject in subjects:  # in the order of their keys, so that two sign-ins never wait for each other in a ring
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": subject.key})
    wait = max(_wait(session, subject, now) for subject in subjects)
    if wait > 0:
        session.commit()
        minutes = -(-wait // 60)
        raise Throttled(
            "There were too many tries to sign in. "
            f"Wait {'a minute' if minutes == 1 else f'{minutes} minutes'}, then try again.",
            retry_after=wait,
        )
    attempts = [SignInAttempt(subject=subject.key, at=now) for subject in subjects]
    session.add_all(attempts)
    session.flush()
    _sweep(session, now)
    session.commit()
    return Tries(subjects, tuple(attempt.id for attempt in attempts))


def forgive(session: Session, tries: Tries) -> None:
    """Takes back a try that was right, in the open transaction."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(tries.rows)))
    wiped = [subject.key for subject in tries.subjects if subject.forgiven]
    session.execute(delete(SignInAttempt).where(SignInAttempt.subject.in_(wiped)))


def _wait(session: Session, subject: Subject, now: datetime) -> int:
    """Seconds until the count of a subject is low enough; 0 if it is."""
    since = now - WINDOW
    times = session.scalars(
        select(SignInAttempt.at)
        .where(SignInAttempt.subject == subject.key, SignInAttempt.at > since)
        .order_by(SignInAttempt.at.desc())
        .limit(subject.most)
    ).all()
    if len(times) < subject.most:
        return 0
    return max(1, round((times[-1] + WINDOW - now).total_seconds()))


def _sweep(session: Session, now: datetime) -> None:
    # The oldest rows only, by primary key: a bounded cost at each try, and more goes than comes.
    oldest = select(SignInAttempt.id).order_by(SignInAttempt.id).limit(SWEPT_AT_ONCE)
    session.execute(
        delete(SignInAttempt)
        .where(SignInAttempt.id.in_(oldest.scalar_subquery()), SignInAttempt.at <= now - WINDOW)
        .execution_options(synchronize_session=False)
    )


def _hash(subject: str) -> str:
    return hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
