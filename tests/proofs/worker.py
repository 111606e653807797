"""A process that works on tickets until it is killed, and writes down what it was told is durable."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import OperationalError as DriverError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.db import company_session, make_engine, make_sessions
from ticketflower.engine import failpoints
from ticketflower.engine.catalog import version_of
from ticketflower.errors import Conflict
from ticketflower.models import TaskDefinition, TaskInstance
from ticketflower.services import tasks, tickets

ANSWERS: dict[str, Any] = {"approved": True, "finance_ok": True, "po_number": "PO-1", "notified": True}


def work(url: str, actor: Actor, type_key: str, failpoint: str, seed: int, operations: int, diary: Path) -> None:
    """Submits tickets and completes tasks at random; each acknowledged change becomes a line of the diary.

    A lost connection ends it quietly: the next process goes on.

    Args:
        url: the app role's database.
        actor: with every role, in a company of one worker.
        type_key: the ticket type of ``examples/purchase-approval.yaml``.
        failpoint: where to be killed, see ``failpoints.arm``; empty for nowhere.
        operations: how many changes to make at most.
    """
    failpoints.arm(failpoint)
    chance = random.Random(seed)
    engine = make_engine(url)
    with (
        diary.open("a", encoding="utf-8") as lines,
        company_session(make_sessions(engine), actor.company_id) as session,
    ):
        for _ in range(operations):
            try:
                done = _one_change(session, actor, type_key, chance)
            except (OperationalError, DriverError):
                return
            lines.write(f"{done}\n")
            lines.flush()
            os.fsync(lines.fileno())
    engine.dispose()


def _one_change(session: Session, actor: Actor, type_key: str, chance: random.Random) -> str:
    now = datetime.now(UTC)
    task = _some_task(session, chance)
    if task is None:
        data = {"item": "Chair", "amount": chance.choice([10, 2000]), "requester": "Ana"}
        return f"ticket {tickets.submit_ticket(session, actor, type_key, data, now)}"
    try:
        tasks.complete_task(session, actor, task, _answers(session, task), now)
    except Conflict:
        return f"other {task}"
    return f"task {task}"


def _some_task(session: Session, chance: random.Random) -> int | None:
    """One of the open tasks; now and then none, so that a ticket is submitted."""
    found = session.scalars(select(TaskInstance.id).where(TaskInstance.status == "OPEN").limit(10)).all()
    session.commit()
    return chance.choice(found) if found and chance.random() > 0.2 else None


def _answers(session: Session, task_id: int) -> dict[str, Any]:
    definition, version_id = session.execute(
        select(TaskDefinition.id, TaskDefinition.workflow_id)
        .join(TaskInstance, TaskInstance.task_definition_id == TaskDefinition.id)
        .where(TaskInstance.id == task_id)
    ).one()
    version = version_of(session, version_id)
    session.commit()
    outputs = version.workflow.tasks[version.task_keys[definition]].output_fields
    return {name: ANSWERS[name] for name in outputs if name in ANSWERS}
