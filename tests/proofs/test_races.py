"""Two people finish at the same moment: exactly one conflict where there is one, none where there is none."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.people import Company
from tests.proofs.definitions import store
from ticketflower import documents
from ticketflower.errors import Conflict
from ticketflower.models import TaskInstance, TicketError, WorkflowData
from ticketflower.services import tasks, tickets
from ticketflower.services.check import check

PAIRS = int(os.environ.get("RACE_PAIRS", "1000"))

FORK = """
workflow: fork
title: Fork
fields_schema:
  type: object
  properties: {a: {type: string}, b: {type: string}, c: {type: string}, end: {type: string}}
tickets:
  go: {title: Go, fields: [a]}
tasks:
  left: {title: Left, task_type: FORM, input_fields: [a], output_fields: [b]}
  right: {title: Right, task_type: FORM, input_fields: [a], output_fields: [b, c], optional_fields: [b, c]}
completions:
  done: {title: Done, completion_status: COMPLETED, fields: [end]}
"""


@pytest.fixture
def fork(acme: Company) -> str:
    with acme.session() as session:
        return store(session, acme.id, documents.read(FORK, "application/yaml").document)


def at_once(company: Company, *changes: Callable[[Session], Any]) -> list[Any]:
    """Makes changes in threads that a barrier releases together; gives each one's result or exception."""
    barrier = threading.Barrier(len(changes))

    def one(change: Callable[[Session], Any]) -> Any:
        with company.session() as session:
            session.connection()
            session.commit()
            barrier.wait(30)
            try:
                return change(session)
            except Conflict as refused:
                return refused

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(one, changes))


def race(company: Company, type_key: str, right: dict[str, str]) -> None:
    """Submits ``PAIRS`` tickets and completes the two tasks of each at the same moment."""
    actor = company.admin.actor
    barrier = threading.Barrier(2, timeout=60)
    with company.session() as session:
        made = [tickets.submit_ticket(session, actor, type_key, {"a": "x"}, NOON) for _ in range(PAIRS)]
        open_tasks = select(TaskInstance.id).where(TaskInstance.ticket_id.in_(made)).order_by(TaskInstance.id)
        numbers = list(session.scalars(open_tasks))

    def one(side: int, output: dict[str, str]) -> None:
        with company.session() as session:
            for number in numbers[side::2]:
                barrier.wait()
                tasks.complete_task(session, actor, number, output, NOON)

    with ThreadPoolExecutor(2) as pool:
        for side in [pool.submit(one, 0, {"b": "left"}), pool.submit(one, 1, right)]:
            side.result()


def test_pairs_that_write_the_same_field_at_once_give_exactly_one_conflict_each(
    acme: Company, fork: str, sessions: sessionmaker[Session]
) -> None:
    race(acme, fork, {"b": "right"})
    with acme.session() as session:
        per_ticket = select(func.count()).where(TicketError.code == "write_conflict").group_by(TicketError.ticket_id)
        assert list(session.scalars(per_ticket)) == [1] * PAIRS
        assert session.scalar(select(func.count()).select_from(WorkflowData)) == 2 * PAIRS
    assert check(sessions) == []


def test_pairs_that_write_different_fields_at_once_give_no_conflict(
    acme: Company, fork: str, sessions: sessionmaker[Session]
) -> None:
    race(acme, fork, {"c": "right"})
    with acme.session() as session:
        assert session.scalar(select(func.count()).where(TicketError.code == "write_conflict")) == 0
        assert session.scalar(select(func.count()).select_from(WorkflowData)) == 3 * PAIRS
    assert check(sessions) == []


def test_twenty_identical_completions_at_once_have_one_effect(
    acme: Company, fork: str, sessions: sessionmaker[Session], engine: Engine
) -> None:
    actor = acme.admin.actor
    with acme.session() as session:
        tickets.submit_ticket(session, actor, fork, {"a": "x"}, NOON)
        number = session.scalars(select(TaskInstance.id).order_by(TaskInstance.id)).first()
    assert number is not None
    results = at_once(acme, *[lambda s: tasks.complete_task(s, actor, number, {"b": "x"}, NOON)] * 20)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 19
    assert all("completed already" in str(refusal) for refusal in refused)
    assert check(sessions) == []


def test_twenty_claims_at_once_give_the_task_to_one(acme: Company, fork: str, sessions: sessionmaker[Session]) -> None:
    actor = acme.admin.actor
    with acme.session() as session:
        tickets.submit_ticket(session, actor, fork, {"a": "x"}, NOON)
        task = session.scalars(select(TaskInstance).order_by(TaskInstance.id)).first()
        assert task is not None
        number, holder = task.id, task.assigned_to
    owner = next(person for person in acme.people.values() if person.id == holder)
    with acme.session() as session:
        tasks.release_task(session, owner.actor, number, NOON)
    results = at_once(acme, *[lambda s: tasks.claim_task(s, actor, number, NOON)] * 20)
    assert sum(result is None for result in results) == 1
    assert check(sessions) == []


def test_a_cancel_and_a_completion_at_once_leave_a_sound_ticket(
    acme: Company, fork: str, sessions: sessionmaker[Session]
) -> None:
    actor = acme.admin.actor
    for _ in range(50):
        with acme.session() as session:
            ticket = tickets.submit_ticket(session, actor, fork, {"a": "x"}, NOON)
            number = session.scalars(select(TaskInstance.id).where(TaskInstance.ticket_id == ticket)).first()
        assert number is not None
        at_once(
            acme,
            lambda s, n=number: tasks.complete_task(s, actor, n, {"b": "x"}, NOON),
            lambda s, t=ticket: tickets.cancel_ticket(s, actor, t, None, NOON),
        )
    assert check(sessions) == []
