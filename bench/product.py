"""The product's own services on ``examples/purchase-approval.yaml``."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bench.baseline import ANSWERS
from bench.measure import Sample
from ticketflower.actor import Actor
from ticketflower.db import company_session, make_engine, make_sessions
from ticketflower.services import accounts, definitions, people, tasks, tickets

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
DATA = {"item": "Chair", "amount": 2000, "requester": "Ana"}
OPEN_TASK = text("""
SELECT k.id, d.key, k.assigned_to FROM task_instances k JOIN task_definitions d ON d.company_id = k.company_id
   AND d.id = k.task_definition_id
 WHERE k.company_id = :company AND k.ticket_id = :ticket AND k.status = 'OPEN' ORDER BY k.id LIMIT 1
""")


@dataclass(frozen=True)
class Office:
    """A company of ten workers, with what a client needs to act for any of them."""

    company_id: int
    actors: dict[int, Actor]


def make_office(sessions: sessionmaker[Session]) -> Office:
    """Signs a company up, hires ten workers and activates the documents."""
    now = datetime.now(UTC)
    with sessions() as session:
        email = f"boss{time.time_ns()}@bench.example"
        company_id, boss = accounts.sign_up(session, "Bench", email, "a long password", "Bo", "Boss", now)
    with company_session(sessions, company_id) as session:
        actor = accounts.actor_of(session, company_id, boss)
        assert actor is not None
        session.commit()
        ids = [boss]
        for n in range(9):
            names = (f"w{n}-{time.time_ns()}@bench.example", "a long password", "W", str(n))
            ids.append(people.create_user(session, actor, *names, ["user", "task_worker"], [], now))
        for name in ("purchase-approval", "content-review"):
            source = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
            definitions.store_draft(session, actor, name, source, "application/yaml", now, activate=True)
        actors = {user_id: accounts.actor_of(session, company_id, user_id) for user_id in ids}
        session.commit()
    return Office(company_id, {user_id: found for user_id, found in actors.items() if found})


def client(url: str, office: Office, tickets_: int) -> Sample:
    """Drives tickets to their ends through the services, one after the other."""
    engine = make_engine(url)
    with company_session(make_sessions(engine), office.company_id) as session:
        seconds: list[float] = []
        _drive(session, office, 10, [])
        cpu, wall = time.process_time(), time.perf_counter()
        _drive(session, office, tickets_, seconds)
        sample = Sample(seconds, time.process_time() - cpu, time.perf_counter() - wall)
    engine.dispose()
    return sample


def _drive(session: Session, office: Office, count: int, seconds: list[float]) -> None:
    submitter = next(iter(office.actors.values()))
    for _ in range(count):
        ticket = tickets.submit_ticket(session, submitter, "purchase-request", DATA, datetime.now(UTC))
        while task := open_task(session, office, ticket):
            begun = time.perf_counter()
            actor = office.actors[task.assigned_to]
            tasks.complete_task(session, actor, task.id, ANSWERS[task.key], datetime.now(UTC))
            seconds.append(time.perf_counter() - begun)


def open_task(session: Session, office: Office, ticket: int) -> Any:
    """The ticket's oldest open task, or None."""
    row = session.execute(OPEN_TASK, {"company": office.company_id, "ticket": ticket}).first()
    session.commit()
    return row


def count_completions(session: Session, office: Office, count: int, seen: Counter[str]) -> dict[str, float]:
    """Statements, round trips and commits of an average completion (``bench.counting``)."""
    _drive(session, office, 10, [])
    submitter, total, done = next(iter(office.actors.values())), Counter[str](), 0
    for _ in range(count):
        ticket = tickets.submit_ticket(session, submitter, "purchase-request", DATA, datetime.now(UTC))
        while task := open_task(session, office, ticket):
            seen.clear()
            actor = office.actors[task.assigned_to]
            tasks.complete_task(session, actor, task.id, ANSWERS[task.key], datetime.now(UTC))
            total.update(seen)
            done += 1
    return {name: number / done for name, number in sorted(total.items())}


def long_ticket(url: str, office: Office, iterations: int) -> tuple[list[float], list[float]]:
    """One ticket that goes round: seconds of its first hundred completions and of its last hundred."""
    engine = make_engine(url)
    seconds: list[float] = []
    answers: dict[str, dict[str, Any]] = {"write": {"draft": "text"}, "review": {"verdict": "redo"}}
    with company_session(make_sessions(engine), office.company_id) as session:
        _drive(session, office, 10, [])
        submitter = next(iter(office.actors.values()))
        ticket = tickets.submit_ticket(session, submitter, "content-request", {"brief": "b"}, datetime.now(UTC))
        while len(seconds) < iterations and (task := open_task(session, office, ticket)):
            begun = time.perf_counter()
            actor = office.actors[task.assigned_to]
            tasks.complete_task(session, actor, task.id, answers[task.key], datetime.now(UTC))
            seconds.append(time.perf_counter() - begun)
    engine.dispose()
    return seconds[:100], seconds[-100:]
