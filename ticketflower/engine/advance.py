"""The shell's entry points: advance a ticket's workflow, and complete a task and advance in as few flights as it takes.

Two transactions each (engine.md, How a change becomes state). The user's change is durable before anything else; then
the instance is locked, read, decided on by the pure core and written. A failure of the second rolls it back whole and
becomes an error on the admin's desk; the inbox keeps what waits, so running ``advance`` again is the retry and the
recovery alike.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ticketflower.db import COMPANY, driver_of
from ticketflower.engine import announce, decide, events, sql
from ticketflower.engine.catalog import Version, version_of
from ticketflower.engine.failpoints import armed, failpoint
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.reading import Loaded, Row, Rows, execute, load, queue_read, submission
from ticketflower.engine.state import MAX_ITERATIONS
from ticketflower.engine.words import ENDED_WORKFLOW, ErrorType, WorkflowStatus
from ticketflower.engine.writing import Statement, dumps, went_through, write

log = logging.getLogger(__name__)

#: Tries in a row before a failing advance waits for the admin, and the wait after each (security.md).
MAX_ATTEMPTS = 5
DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
#: What ``FIND_TASK`` and ``FIND_TICKET`` both say of a ticket, beside its number and status.
TICKET_FACTS = ("ticket_type_id", "created_by", "created_at", "advance_attempts", "time_zone")
#: How often an advance is run at once that PostgreSQL chose as a deadlock's victim, or that lost its connection.
TRIES_AT_ONCE = 5
AGAIN_AT_ONCE = (pg.DeadlockDetected, pg.SerializationFailure)


class NoSuchTicket(LookupError):
    """The company has no ticket of this number."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What an advance did.

    Args:
        events: in order; empty when nothing waited or the advance failed.
        failed: the advance failed and an error waits on the admin's desk.
    """

    events: Sequence[events.Event] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task with its instance and the facts of its ticket, as they were a moment ago; nothing is locked."""

    id: int
    status: str
    definition_id: int
    assigned_to: int | None
    start_iteration: int
    ticket_id: int
    instance_id: int
    workflow_status: str
    version_id: int
    iteration: int
    ticket: Row


def find_task(session: Session, task_id: int) -> FoundTask | None:
    """A task of this company by its number, or None."""
    keys = {"company": session.info[COMPANY], "task": task_id}
    row = execute(driver_of(session), sql.FIND_TASK, keys).fetchone()
    if row is None:
        return None
    return FoundTask(
        id=row["id"],
        status=row["status"],
        definition_id=row["task_definition_id"],
        assigned_to=row["assigned_to"],
        start_iteration=row["start_iteration"],
        ticket_id=row["ticket_id"],
        instance_id=row["instance_id"],
        workflow_status=row["workflow_status"],
        version_id=row["workflow_id"],
        iteration=row["iteration"],
        ticket={
            "id": row["ticket_id"],
            "status": row["ticket_status"],
            **{name: row[name] for name in TICKET_FACTS},
        },
    )


def complete_and_advance(
    session: Session,
    task: FoundTask,
    output: Mapping[str, Any],
    actor_id: int,
    now: datetime,
    also: Sequence[Statement] = (),
) -> Advanced | None:
    """Takes a task's output and advances its workflow: two commits, four round trips with BEGIN and ``find_task``.

    Args:
        session: its transaction is committed with the change.
        task: as ``find_task`` found it; whoever changed it since wins.
        output: checked already.
        actor_id: who completes it.
        now: the moment of both transactions.
        also: statements that belong to the user's change (an idempotency key).

    Returns:
        What the advance did, or None when the task was changed meanwhile: nothing is written then.
    """
    version = version_of(session, task.version_id)
    conn = driver_of(session)
    keys = {"company": version.company_id, "ticket": task.ticket_id, "instance": task.instance_id}
    committed: psycopg.Cursor[Any] | None = None
    try:
        with conn.pipeline() as flight:
            done = _queue_completion(conn, task, output, actor_id, now, keys)
            if also and done.fetchone() is None:
                session.rollback()
                return None
            for statement, params in also:
                conn.execute(statement, params)
            if armed("complete.before_commit"):
                flight.sync()
                failpoint("complete.before_commit")
            committed = conn.execute(sql.COMMIT)
            if armed("complete.after_commit"):
                flight.sync()
                failpoint("complete.after_commit")
            conn.execute(sql.BEGIN)
            conn.execute(sql.ENTER_COMPANY, keys)
            read = queue_read(conn, keys, _may_start(version, output))
        if not done.rowcount:
            session.rollback()
            return None
        result = _decide_and_write(conn, load(read, task.ticket, version, now), now)
    except Exception as failure:
        lost = roll_back(session)
        if committed is None or committed.statusmessage != "COMMIT":
            raise
        if lost or isinstance(failure, AGAIN_AT_ONCE):
            return advance(session, task.ticket_id, now)
        return _record_failure(session, task.ticket_id, now, failure)
    session.commit()
    return result


def advance(session: Session, ticket_id: int, now: datetime) -> Advanced:
    """Folds what waits for a ticket into its workspace and decides what follows (engine.md, two transactions).

    Idempotent: with nothing waiting it writes nothing. A failure is written down for the admin, never raised.

    Args:
        session: with no change pending; its transaction is ended.
        ticket_id: a ticket of the session's company.
        now: the moment of this advance, with its time zone.

    Raises:
        NoSuchTicket: the company has none of this number.
    """
    session.commit()
    for _ in range(TRIES_AT_ONCE):
        try:
            result = _advance(session, ticket_id, now)
        except NoSuchTicket:
            session.rollback()
            raise
        except Exception as failure:  # noqa: BLE001  whatever it is, the admin gets it and what waits keeps waiting
            if roll_back(session) or isinstance(failure, AGAIN_AT_ONCE):
                continue
            return _record_failure(session, ticket_id, now, failure)
        session.commit()
        return result
    return _record_failure(session, ticket_id, now, EngineFailure("deadlock", "The database is too busy. Retry."))


def roll_back(session: Session) -> bool:
    """Rolls back, also on a connection that is gone; the session then takes another one.

    Whether its commit arrived is then unknown, and an advance that runs again finds out.

    Returns:
        True when the connection was gone.
    """
    try:
        session.rollback()
    except DBAPIError:
        session.invalidate()
        return True
    return False


def _advance(session: Session, ticket_id: int, now: datetime) -> Advanced:
    conn = driver_of(session)
    keys: dict[str, Any] = {"company": session.info[COMPANY], "ticket": ticket_id}
    ticket = execute(conn, sql.FIND_TICKET, keys).fetchone()
    if ticket is None:
        raise NoSuchTicket(ticket_id)
    version = version_of(session, ticket["version_id"])
    if ticket["instance_id"] is None:
        return _begin(conn, version, ticket, keys, now)
    keys["instance"] = ticket["instance_id"]
    read = queue_read(conn, keys, len(version.task_ids))
    return _decide_and_write(conn, load(read, ticket, version, now), now)


def _begin(
    conn: psycopg.Connection[Any], version: Version, ticket: Row, keys: Mapping[str, Any], now: datetime
) -> Advanced:
    """Makes the instance of a submitted ticket, unless somebody did, or cancelled the ticket, since it was found."""
    with conn.pipeline():
        locked = execute(conn, sql.LOCK_TICKET, keys)
        available = execute(conn, sql.WORKERS, keys)
    row, workers = locked.fetchone(), available.fetchone()
    assert row is not None
    assert workers is not None
    if row["status"] != WorkflowStatus.NOT_STARTED:
        return Advanced()
    made = {**keys, "version": version.id, "limit": MAX_ITERATIONS, "now": now}
    instance = execute(conn, sql.MAKE_INSTANCE, made).fetchone()
    assert instance is not None
    loaded = submission(version, instance["id"], {**ticket, **row}, workers["workers"], now)
    return _decide_and_write(conn, loaded, now)


def _decide_and_write(conn: psycopg.Connection[Any], loaded: Loaded, now: datetime) -> Advanced:
    failpoint("advance.after_lock")
    if loaded.idle:
        return _nothing_waits(conn, loaded, now)
    happened = decide.advance(loaded.version.workflow, loaded.state, loaded.arrivals, loaded.facts)
    write(conn, loaded, happened, now)
    return Advanced(happened)


def _nothing_waits(conn: psycopg.Connection[Any], loaded: Loaded, now: datetime) -> Advanced:
    """Writes nothing, but for a failure that is over: somebody else folded what had failed. On hold it only rests."""
    if loaded.failed_before and loaded.state.status is not WorkflowStatus.ON_HOLD:
        keys = {"company": loaded.version.company_id, "ticket": loaded.ticket["id"], "now": now}
        for statement, params in went_through(keys):
            conn.execute(statement, params)
    conn.execute(sql.COMMIT)
    return Advanced()


def _queue_completion(
    conn: psycopg.Connection[Any],
    task: FoundTask,
    output: Mapping[str, Any],
    actor_id: int,
    now: datetime,
    keys: Mapping[str, Any],
) -> Rows:
    change = {
        **keys,
        "task": task.id,
        "output": dumps(output),
        "now": now,
        "actor": actor_id,
        "assigned_to": task.assigned_to,
    }
    return execute(conn, sql.COMPLETE_TASK, change)


def _may_start(version: Version, output: Mapping[str, Any]) -> int:
    """How many tasks an output may start at most, nearly: so many numbers are reserved in the same flight."""
    return sum(not set(task.input_fields).isdisjoint(output) for task in version.workflow.tasks.values())


def _record_failure(session: Session, ticket_id: int, now: datetime, failure: Exception) -> Advanced:
    """Writes an error for the admin and when to try again (engine.md, two transactions, 3)."""
    log.error("advance of ticket %s failed", ticket_id, exc_info=failure)
    keys = {"company": session.info[COMPANY], "ticket": ticket_id, "now": now}
    conn = driver_of(session)
    # Locked: a ticket that somebody cancels meanwhile would keep the error for ever.
    locked = execute(conn, sql.LOCK_TICKET, keys).fetchone()
    ticket = execute(conn, sql.FIND_TICKET, keys).fetchone()
    if locked is None or ticket is None:
        session.rollback()
        raise NoSuchTicket(ticket_id) from failure
    if locked["status"] in ENDED_WORKFLOW:
        session.rollback()
        return Advanced(failed=True)
    execute(conn, sql.WRITE_ERROR, {**keys, **_error_of(failure, ticket)})
    delay = DELAYS[min(ticket["advance_attempts"], len(DELAYS) - 1)]
    execute(conn, sql.COUNT_FAILURE, {**keys, "after": now + delay})
    session.commit()
    announce.announce(session, {announce.ERRORS, announce.BOARD, announce.ticket_topic(ticket_id)})
    return Advanced(failed=True)


def _error_of(failure: Exception, ticket: Row) -> dict[str, Any]:
    known = isinstance(failure, EngineFailure)
    error_type = failure.error_type if isinstance(failure, EngineFailure) else ErrorType.WORKFLOW_TRANSITION
    if ticket["instance_id"] is None:
        error_type = ErrorType.WORKFLOW_CREATION
    unknown = (
        f"The workflow could not be moved on ({type(failure).__name__}). What was submitted is kept. Retry; if it "
        "fails again, tell the platform's staff the number of this error."
    )
    return {
        "task": None,
        "error_type": error_type,
        "code": failure.code if isinstance(failure, EngineFailure) else "unexpected",
        "cause": "advance",
        "message": str(failure) if known else unknown,
        "details": None,
        "stack_trace": "".join(traceback.format_exception(failure)),
    }
