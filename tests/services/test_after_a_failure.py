"""What stands and what goes on when an advance could not be done (engine.md, How a change becomes state; Errors)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.services.counter import Counter
from ticketflower.engine import advance as shell
from ticketflower.engine import decide, sql
from ticketflower.engine.advance import Advanced
from ticketflower.models import WorkflowInstance
from ticketflower.services import errors, tasks, tickets
from ticketflower.services.check import check
from ticketflower.services.sweep import Swept, sweep

LATER = NOON + timedelta(hours=1)


@contextmanager
def failing(fault: Exception) -> Iterator[None]:
    """While it lasts each advance fails."""

    def fail(*_: Any) -> None:
        raise fault

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decide, "advance", fail)
        yield


def iteration(counter: Counter, ticket_id: int) -> int:
    with counter.company.session() as session:
        query = select(WorkflowInstance.iteration).where(WorkflowInstance.ticket_id == ticket_id)
        return session.scalars(query).one()


def test_taking_an_offer_leaves_a_correction_that_waits_in_the_inbox_and_its_failure_open(
    counter: Counter, sessions: sessionmaker[Session]
) -> None:
    ticket_id = counter.submit()
    with failing(RuntimeError("no")), counter.company.session() as session:
        tickets.correct_fields(session, counter.boss, ticket_id, {"answer": "new"}, "It was wrong", NOON)
    with counter.company.session() as session:
        tickets.take_offer(session, counter.boss, ticket_id, "extra", NOON)
    assert "unexpected" in counter.open_errors(ticket_id)
    sweep(sessions, LATER)
    assert iteration(counter, ticket_id) == 1
    assert "unexpected" not in counter.open_errors(ticket_id)
    assert check(sessions) == []


def test_a_failed_advance_stays_open_while_the_ticket_is_on_hold(counter: Counter) -> None:
    ticket_id = counter.submit()
    with failing(RuntimeError("no")):
        counter.complete(ticket_id, "ask", answer="x")
    with counter.company.session() as session:
        tickets.hold_ticket(session, counter.boss, ticket_id, None, NOON)
        errors.retry_error(session, counter.boss, counter.error(ticket_id, "unexpected"), None, NOON)
    assert "unexpected" in counter.open_errors(ticket_id)


def test_a_failure_is_not_written_down_for_a_ticket_that_was_cancelled_meanwhile(
    counter: Counter, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id = counter.submit()
    record = shell._record_failure

    def cancelled_first(*args: Any) -> Advanced:
        with counter.company.session() as session:
            tickets.cancel_ticket(session, counter.boss, ticket_id, None, NOON)
        return record(*args)

    monkeypatch.setattr(shell, "_record_failure", cancelled_first)
    with failing(RuntimeError("no")):
        counter.complete(ticket_id, "ask", answer="x")
    assert counter.open_errors(ticket_id) == []
    assert check(sessions) == []


def test_a_lookup_that_fails_in_the_engine_is_an_error_for_the_admin_like_any_other(counter: Counter) -> None:
    ticket_id = counter.submit()
    with failing(KeyError("task")), counter.company.session() as session:
        tickets.correct_fields(session, counter.boss, ticket_id, {"answer": "new"}, "It was wrong", NOON)
    assert "unexpected" in counter.open_errors(ticket_id)


def test_a_ticket_whose_failure_cannot_be_written_down_does_not_stop_the_sweep(
    counter: Counter, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [counter.submit(), counter.submit()]
    with failing(RuntimeError("no")):
        for ticket_id in waiting:
            counter.complete(ticket_id, "ask", answer="x")
    advance = shell._advance

    def first_fails(session: Session, ticket_id: int, *rest: Any) -> Advanced:
        if ticket_id == waiting[0]:
            raise RuntimeError("no")
        return advance(session, ticket_id, *rest)

    def unwritable(*_: Any) -> None:
        raise RuntimeError("nor this")

    monkeypatch.setattr(shell, "_advance", first_fails)
    monkeypatch.setattr(shell, "_record_failure", unwritable)
    assert sweep(sessions, LATER) == Swept(advanced=1, failed=1)
    assert [iteration(counter, ticket_id) for ticket_id in waiting] == [0, 1]


def cut(admin: psycopg.Connection, then: Callable[..., Any]) -> Callable[..., Any]:
    """Ends every other connection to the database, once, then goes on."""
    passes = iter([True])

    def cut_off(*args: Any, **named: Any) -> Any:
        if next(passes, False):
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return then(*args, **named)

    return cut_off


@pytest.mark.parametrize("place", ["load", "write"])
def test_a_connection_lost_behind_the_workers_commit_is_replaced_and_the_workflow_advances(
    counter: Counter,
    sessions: sessionmaker[Session],
    admin: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    ticket_id = counter.submit()
    task_id = counter.task(ticket_id, "ask")
    monkeypatch.setattr(shell, place, cut(admin, getattr(shell, place)))
    with counter.company.session() as session:
        assert not tasks.complete_task(session, counter.boss, task_id, {"answer": "x"}, NOON).failed
    assert iteration(counter, ticket_id) == 1
    assert check(sessions) == []


def test_a_ticket_whose_status_changed_before_the_lock_gets_the_status_that_its_workflow_has(
    counter: Counter, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry finds the ticket on hold; it is resumed, and the answer that was kept holds it again."""
    ticket_id = counter.submit()
    with failing(RuntimeError("no")):
        counter.complete(ticket_id, "ask", answer="pause")
    with counter.company.session() as session:
        tickets.hold_ticket(session, counter.boss, ticket_id, None, NOON)
    execute, passes = shell.execute, iter([True])

    def resumed_behind(conn: Any, statement: str, params: Any) -> Any:
        found = execute(conn, statement, params)
        if statement == sql.FIND_TICKET and next(passes, False):
            with counter.company.session() as session, pytest.MonkeyPatch.context() as patch:
                patch.setattr(tickets, "advance", lambda *_: Advanced())
                tickets.resume_ticket(session, counter.boss, ticket_id, None, NOON)
        return found

    monkeypatch.setattr(shell, "execute", resumed_behind)
    with counter.company.session() as session:
        shell.advance(session, ticket_id, NOON)
    assert check(sessions) == []


def test_an_advance_that_fails_is_tried_five_times_ever_later_as_one_error_that_a_retry_closes(
    counter: Counter, sessions: sessionmaker[Session]
) -> None:
    ticket_id = counter.submit()
    tried = []
    with failing(RuntimeError("no")):
        counter.complete(ticket_id, "ask", answer="x")
        for minutes in range(24 * 60):
            if sweep(sessions, NOON + timedelta(minutes=minutes)).failed:
                tried.append(minutes)
    assert tried == [1, 1 + 5, 1 + 5 + 15, 1 + 5 + 15 + 60]
    assert counter.open_errors(ticket_id).count("unexpected") == 1
    assert iteration(counter, ticket_id) == 0
    with counter.company.session() as session:
        errors.retry_error(session, counter.boss, counter.error(ticket_id, "unexpected"), "Looked", NOON)
    assert counter.open_errors(ticket_id) == ["no_worker"]
    assert iteration(counter, ticket_id) == 1


def test_a_ticket_whose_workflow_cannot_be_made_says_so_and_can_be_cancelled(
    counter: Counter, sessions: sessionmaker[Session]
) -> None:
    with failing(RuntimeError("no")):
        ticket_id = counter.submit()
    assert counter.open_errors(ticket_id) == ["unexpected"]
    with counter.company.session() as session:
        tickets.cancel_ticket(session, counter.boss, ticket_id, None, NOON)
    assert counter.open_errors(ticket_id) == []
    assert sweep(sessions, LATER) == Swept()
    assert check(sessions) == []
