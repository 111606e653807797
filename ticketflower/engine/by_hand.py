"""What a person does to a running workflow that the core decides at once: cancel it, take an offer.

Unlike ``advance`` there is nothing to keep apart: the person's change and its effect are one transaction, under the
instance's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from ticketflower.db import COMPANY, driver_of
from ticketflower.engine import announce, decide, sql
from ticketflower.engine.catalog import version_of
from ticketflower.engine.reading import Loaded, execute, load, queue_read
from ticketflower.engine.words import ENDED_WORKFLOW
from ticketflower.engine.writing import Statement, write


def cancel(session: Session, ticket_id: int, actor_id: int, reason: str | None, now: datetime) -> bool:
    """Ends a ticket's workflow, also one that never began; commits.

    Returns:
        False when it had ended already; nothing is written then.
    """
    conn = driver_of(session)
    keys: dict[str, Any] = {"company": session.info[COMPANY], "ticket": ticket_id, "now": now}
    if _cancel_unborn(session, conn, keys):
        return True
    loaded = _load(session, conn, keys, now)
    if loaded is None or loaded.state.status in ENDED_WORKFLOW:
        return False
    session.flush()
    write(conn, loaded, decide.cancel(loaded.state, loaded.facts, actor_id, reason), now)
    session.commit()
    return True


def _cancel_unborn(session: Session, conn: psycopg.Connection[Any], keys: Mapping[str, Any]) -> bool:
    """A ticket whose workflow could not be made is cancelled without one."""
    if execute(conn, sql.CANCEL_UNBORN, keys).fetchone() is None:
        return False
    conn.execute(sql.CLOSE_EVERY_ERROR, {**keys, "note": "The ticket was cancelled."})
    session.commit()
    announce.announce(session, {announce.ticket_topic(keys["ticket"]), announce.ERRORS, announce.BOARD})
    return True


def take_offer(
    session: Session, ticket_id: int, key: str, user_id: int, now: datetime, also: Sequence[Statement] = ()
) -> int | None:
    """Starts an on-demand task for the person who takes it; commits.

    Returns:
        The new task's number, or None when it is not offered now; nothing is written then.
    """
    conn = driver_of(session)
    loaded = _load(session, conn, {"company": session.info[COMPANY], "ticket": ticket_id}, now)
    if loaded is None or key not in _offered(loaded):
        session.rollback()
        return None
    loaded.folds = False
    happened = decide.take_offer(loaded.version.workflow, loaded.state, key, user_id, loaded.facts)
    return _write_offer(session, conn, loaded, happened, now, also)


def _write_offer(
    session: Session,
    conn: psycopg.Connection[Any],
    loaded: Loaded,
    happened: Sequence[Any],
    now: datetime,
    also: Sequence[Statement],
) -> int:
    reserved = execute(conn, sql.RESERVE_TASK_IDS, {"count": 1}).fetchone()
    assert reserved is not None
    task_id: int = reserved["nextval"]
    loaded.ids = iter([task_id])
    for statement, params in also:
        conn.execute(statement, {**params, "made": task_id})
    write(conn, loaded, happened, now)
    session.commit()
    return task_id


def _offered(loaded: Loaded) -> set[str]:
    return {task.key for task in decide.offers(loaded.version.workflow, loaded.state, loaded.facts)}


def _load(session: Session, conn: psycopg.Connection[Any], keys: Mapping[str, Any], now: datetime) -> Loaded | None:
    ticket = execute(conn, sql.FIND_TICKET, keys).fetchone()
    if ticket is None or ticket["instance_id"] is None:
        return None
    version = version_of(session, ticket["version_id"])
    read = queue_read(conn, {**keys, "instance": ticket["instance_id"]}, 0)
    return load(read, ticket, version, now)
