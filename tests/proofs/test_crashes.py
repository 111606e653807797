"""Processes and the database server are killed with SIGKILL; nothing is lost, doubled or stuck (security.md).

``CRASH_ROUNDS`` multiplies the rounds; ``make soak`` uses it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.databases import TestDatabase, make_template
from tests.people import Company, make_company
from tests.proofs.definitions import store
from tests.proofs.worker import work
from ticketflower import documents, embedded
from ticketflower.db import company_session, make_engine, make_sessions
from ticketflower.engine.failpoints import FAILPOINTS
from ticketflower.models import TaskInstance, TicketInstance
from ticketflower.services.check import check
from ticketflower.services.sweep import sweep

pytestmark = pytest.mark.crash

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
log = logging.getLogger(__name__)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "purchase-approval.yaml"


class Arena:
    """A durable server with one company, in which processes are killed."""

    def __init__(self, server: embedded.Server, folder: Path) -> None:
        self.server = server
        self.database = TestDatabase.copy(server, make_template(server), "arena")
        self.engine: Engine = make_engine(self.database.url)
        self.sessions: sessionmaker[Session] = make_sessions(self.engine)
        now = datetime.now(UTC)
        self.company: Company = make_company(
            self.sessions, "Acme", now, admin="alice@acme.example", first_name="Alice", last_name="Archer"
        )
        with self.company.session() as session:
            document = documents.read(EXAMPLE.read_text(encoding="utf-8")).document
            self.type_key = store(session, self.company.id, document)
        self.diary = folder / "diary"
        self.seed = 0
        self.processes: ForkServerContext = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["tests.proofs.worker"])

    def start(self, failpoint: str = "", operations: int = 300) -> multiprocessing.process.BaseProcess:
        """Starts a process that works until it is killed or has done so many changes."""
        self.seed += 1
        arguments = (self.database.url, self.company.admin.actor, self.type_key, failpoint, self.seed, operations)
        process = self.processes.Process(target=work, args=(*arguments, self.diary))
        process.start()
        return process

    def prove(self) -> None:
        """After a sweep the checker finds nothing, nothing waits, and all that was acknowledged is there."""
        swept = sweep(self.sessions, datetime.now(UTC) + timedelta(days=1))
        assert swept.failed == 0
        assert check(self.sessions) == []
        with self.sessions() as session:
            inbox = text("SELECT count(*) FROM engine_inbox(now() + interval '10 days', 99, 1000)")
            assert session.scalar(inbox) == 0
        lines = self.diary.read_text(encoding="utf-8").split("\n") if self.diary.exists() else []
        kept = [line.split() for line in lines if line]
        with company_session(self.sessions, self.company.id) as session:
            submitted = set(session.scalars(select(TicketInstance.id)))
            done = set(session.scalars(select(TaskInstance.id).where(TaskInstance.status == "COMPLETED")))
        assert {int(number) for kind, number in kept if kind == "ticket"} <= submitted
        told = [int(number) for kind, number in kept if kind == "task"]
        assert set(told) <= done
        assert len(told) == len(set(told)), "one completion was acknowledged twice"
        log.info("%s completions and %s tickets acknowledged, all there", len(told), len(kept) - len(told))


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    folder = tmp_path_factory.mktemp("arena")
    with embedded.throwaway(folder / "server", durable=True) as server:
        arena = Arena(server, folder)
        yield arena
        arena.engine.dispose()


@pytest.mark.parametrize("place", FAILPOINTS)
def test_a_process_killed_at_a_failpoint_loses_doubles_and_strands_nothing(arena: Arena, place: str) -> None:
    killed = 0
    for passes in range(1, 25 * ROUNDS + 1):
        process = arena.start(f"{place}:{1 + passes % 7}")
        process.join(60)
        killed += process.exitcode == -signal.SIGKILL
    assert killed == 25 * ROUNDS
    arena.prove()


def test_processes_killed_at_random_lose_double_and_strand_nothing(arena: Arena) -> None:
    chance = random.Random(7)
    for _ in range(60 * ROUNDS):
        pair = [arena.start(operations=500), arena.start(operations=500)]
        for process in pair:
            process.join(chance.uniform(0.02, 0.25))
            process.kill()
        for process in pair:
            process.join(60)
    arena.prove()


def test_a_killed_database_server_loses_doubles_and_strands_nothing(arena: Arena) -> None:
    chance = random.Random(11)
    for _ in range(9 * ROUNDS):
        pair = [arena.start(operations=2000), arena.start(operations=2000)]
        pair[0].join(chance.uniform(0.1, 0.5))
        os.kill(arena.server.postmaster_pid, signal.SIGKILL)
        for process in pair:
            process.join(60)
        arena.engine.dispose()
        arena.server.wait_until_ready()
    arena.prove()
