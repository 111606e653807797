"""Doing what a POST asks for once, however often it is sent (api.md, ``Idempotency-Key``).

The key's row is made first, in the transaction that the service then commits its change with: so the row is there if
and only if the change is. A second call with the key waits for that commit at the row, then for the answer. The answer
is filled in when it is known; if the process died before that, what was made is shown again.

The API uses it for the header, forms for a hidden field::

    answer_once(session, once, now, act, show)
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.writing import Statement, dumps
from ticketflower.errors import Conflict, Refusal, Throttled, Unacceptable
from ticketflower.problems import Problem

KEPT = timedelta(hours=24)
PATIENCE_SECONDS = 10.0
LONGEST_KEY = 255
_LOOK_AGAIN_SECONDS = 0.02
_SWEPT_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered with, as it goes out and as it is kept.

    Args:
        status: the HTTP status.
        body: the text of the answer.
        media: its content type.
        location: the header of that name, for what was made and for a redirect.
    """

    status: int
    body: str = ""
    media: str = "application/json"
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """A call that is to be done once: who sends what where, with which key."""

    company_id: int
    user_id: int
    key: str
    method: str
    path: str
    body_hash: str

    @property
    def also(self) -> Sequence[Statement]:
        """For a service's ``also``: notes the number of what was made, in the change's own commit."""
        return [(_NOTE_MADE, asdict(self))]


def once_of(actor: Actor, key: str, method: str, path: str, body: bytes) -> Once:
    """A call with its key.

    Args:
        body: what was sent; for a form its fields without the tokens that change with each page.

    Raises:
        Unacceptable: the key is no text of 1 to 255 visible characters.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        detail = f"Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters"
        raise Unacceptable([Problem("", detail, "A new UUID for each call does.", code="idempotency_key")])
    return Once(actor.company_id, actor.user_id, key, method, path, hashlib.sha256(body).hexdigest())


def answer_once(
    session: Session,
    once: Once,
    now: datetime,
    act: Callable[[], Answer],
    show: Callable[[int | None], Answer],
    refused: Callable[[Refusal], Answer] | None = None,
) -> tuple[Answer, bool]:
    """Acts, unless a call with this key was answered within the last 24 hours: then gives that answer again.

    Args:
        session: works for the actor's company; an open transaction is committed.
        once: the call.
        now: the moment of the call.
        act: does what is asked for by one service, and makes the answer.
        show: makes the answer anew from the number that ``Once.also`` noted (None: none was), for when the first
            process died before it could.
        refused: makes the answer that is kept for a refusal; without it refusals are raised and not kept.

    Returns:
        The answer, and whether it was given before.

    Raises:
        Unacceptable: the key was used with another body.
        Conflict: the first call with the key still runs after 10 seconds.
        Refusal: whatever ``act`` raises, if it is not kept: conflicts and throttling never are.
    """
    session.commit()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _begin(session, once, now, deadline):
        kept = _kept(session, once, now, deadline)
        if kept is not None:
            return kept if isinstance(kept, Answer) else _shown_again(session, once, now, show(kept.made)), True
    try:
        answer = act()
    except Refusal as refusal:
        session.rollback()
        if refused is None or isinstance(refusal, Conflict | Throttled) or refusal.status >= 500:
            _forget(session, once)
            raise
        answer = refused(refusal)
    except Exception:
        session.rollback()
        session.execute(text(_CUT_OFF), asdict(once))
        session.commit()
        raise
    _keep(session, once, answer, now)
    return answer, False


@dataclass(frozen=True, slots=True)
class _CutOff:
    """The change is there and its answer is not; ``made`` is the number of what was made, if it was noted."""

    made: int | None


def _begin(session: Session, once: Once, now: datetime, deadline: float) -> bool:
    """Makes the key's row in a transaction that stays open; False when it is there already.

    It waits at the row while the call that made it has not committed its change.
    """
    milliseconds = max(1, int((deadline - time.monotonic()) * 1000))
    try:
        session.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
        began = session.execute(text(_BEGIN), {**asdict(once), "now": now, "expired": now - KEPT}).first()
        session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    except OperationalError as error:
        session.rollback()
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise _still_running() from error
        raise
    if began is None:
        session.commit()
    return began is not None


def _kept(session: Session, once: Once, now: datetime, deadline: float) -> Answer | _CutOff | None:
    """The first call's answer, waited for; None when the row has gone, because the first call was refused."""
    while True:
        row = session.execute(text(_FIND), asdict(once)).first()
        session.commit()
        if row is None:
            return None
        if row.body_hash != once.body_hash:
            detail = "This Idempotency-Key was used with another body. Take a new key for a new call"
            raise Unacceptable([Problem("", detail, code="idempotency_key")])
        if row.body is not None:
            return Answer(**row.body)
        if row.status is not None or time.monotonic() >= deadline:
            return _CutOff(row.subject_id)
        time.sleep(_LOOK_AGAIN_SECONDS)


def _shown_again(session: Session, once: Once, now: datetime, answer: Answer) -> Answer:
    _keep(session, once, answer, now)
    return answer


def _keep(session: Session, once: Once, answer: Answer, now: datetime) -> None:
    """Fills the answer in; the oldest keys of the company make room."""
    session.commit()
    kept = {**asdict(once), "now": now, "status": answer.status, "body": dumps(asdict(answer))}
    session.execute(text(_KEEP), kept)
    old = {"company_id": once.company_id, "expired": now - KEPT, "most": _SWEPT_AT_ONCE}
    session.execute(text(_SWEEP), old)
    session.commit()


def _forget(session: Session, once: Once) -> None:
    """Takes back a key whose call changed nothing, should a service have committed in between."""
    session.execute(text(_FORGET), asdict(once))
    session.commit()


def _still_running() -> Conflict:
    return Conflict("The first call with this Idempotency-Key still runs. Send it again in a few seconds.")


_KEY = "company_id = :company_id AND user_id = :user_id AND key = :key AND method = :method AND path = :path"
_BEGIN = """
INSERT INTO idempotency_keys (company_id, user_id, key, method, path, body_hash, created_at)
VALUES (:company_id, :user_id, :key, :method, :path, :body_hash, :now)
ON CONFLICT (company_id, user_id, key, method, path) DO UPDATE
   SET body_hash = excluded.body_hash, created_at = excluded.created_at,
       status = NULL, subject = NULL, subject_id = NULL, body = NULL
 WHERE idempotency_keys.created_at < :expired
RETURNING key
"""
_FIND = f"SELECT body_hash, status, subject_id, body FROM idempotency_keys WHERE {_KEY}"  # noqa: S608 (no value in it)
_KEEP = """
INSERT INTO idempotency_keys (company_id, user_id, key, method, path, body_hash, created_at, status, body)
VALUES (:company_id, :user_id, :key, :method, :path, :body_hash, :now, :status, CAST(:body AS jsonb))
ON CONFLICT (company_id, user_id, key, method, path) DO UPDATE SET status = excluded.status, body = excluded.body
 WHERE idempotency_keys.body IS NULL
"""
#: A fault, and the row is there: the change is as well, so nobody has to wait for an answer.
_CUT_OFF = f"UPDATE idempotency_keys SET status = 500 WHERE {_KEY} AND body IS NULL"  # noqa: S608 (no value in it)
_FORGET = f"DELETE FROM idempotency_keys WHERE {_KEY} AND body IS NULL"  # noqa: S608 (no value in it)
_SWEEP = """
DELETE FROM idempotency_keys
 WHERE company_id = :company_id AND (user_id, key, method, path) IN (
       SELECT user_id, key, method, path FROM idempotency_keys
        WHERE company_id = :company_id AND created_at < :expired
        ORDER BY created_at LIMIT :most)
"""
_NOTE_MADE = """
UPDATE idempotency_keys SET subject_id = %(made)s
 WHERE company_id = %(company_id)s AND user_id = %(user_id)s AND key = %(key)s AND method = %(method)s
   AND path = %(path)s
"""


def form_as_body(fields: Iterable[tuple[str, Any]]) -> bytes:
    """A form's fields as the ``body`` of ``once_of``, in their order, without the tokens that change with each page."""
    entered = [(name, value) for name, value in fields if name not in ("csrf_token", "idempotency_key")]
    return dumps(entered).encode("utf-8", "surrogatepass")
