"""With 100,000 tickets every list, page and step of the engine reads a handful of rows, by an index.

What PostgreSQL counts is compared with what may be read, so that a plan inside a function counts, too, and so that an
index that is gone through from end to end is no index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from tests.conftest import NOON
from tests.data.many_tickets import RARE_TICKETS, TICKETS, Many, fill
from tests.databases import TestDatabase
from ticketflower.actor import Actor
from ticketflower.db import company_session, driver_url, make_engine, make_sessions
from ticketflower.engine import advance as engine
from ticketflower.queries import (
    counts,
    dashboard,
    definitions,
    errors,
    history,
    people,
    task_lists,
    tasks,
    ticket_lists,
    tickets,
    versions,
)
from ticketflower.queries.counts import MOST as COUNTED
from ticketflower.services import errors as error_services
from ticketflower.services import tasks as task_services
from ticketflower.services import tickets as ticket_services
from ticketflower.services.check import check
from ticketflower.services.sweep import sweep

Ask = Callable[[Session, Actor, Many], Any]

#: Rows of big tables that a page of 25 with what it is joined with may read.
PAGE = 200


@pytest.fixture(scope="module")
def big(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    return make_database("many_tickets")


@pytest.fixture(scope="module")
def many(big: TestDatabase) -> Many:
    return fill(big, make_sessions(make_engine(big.url)), NOON)


#: How PostgreSQL is told to plan, and how often a statement was sent before it is looked at: from the sixth time on it
#: may plan a prepared one for any values.
PLANS = {"planned for its values": ("force_custom_plan", 1), "prepared": ("auto", 12)}


@dataclass(frozen=True)
class App:
    """The app's role, and how often to do something before it is looked at."""

    engine: Engine
    warm: int

    def session(self, company_id: int) -> Any:
        """A session for one company."""
        return company_session(make_sessions(self.engine), company_id)


@pytest.fixture(scope="module", params=PLANS)
def app(request: pytest.FixtureRequest, big: TestDatabase) -> Iterator[App]:
    mode, warm = PLANS[request.param]
    options = {"autocommit": True, "options": f"-c plan_cache_mode={mode}"}
    engine = create_engine(driver_url(big.url), connect_args=options, pool_size=1)
    yield App(engine, warm)
    engine.dispose()


@dataclass(frozen=True)
class Reads:
    """How many rows of each table were read: by going through it, and by an index."""

    through: dict[str, int]
    by_index: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.through.values()) + sum(self.by_index.values())


class Meter:
    """Counts what is read between two looks, of tables that have more than a thousand rows."""

    def __init__(self, database: TestDatabase) -> None:
        self.connection = psycopg.connect(database.superuser_url, autocommit=True)

    def look(self) -> dict[str, tuple[int, int]]:
        rows = self.connection.execute(
            """
            SELECT s.relname, coalesce(seq_tup_read, 0), coalesce(idx_tup_fetch, 0)
              FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE c.reltuples > 1000
            """
        )
        return {name: (through, by_index) for name, through, by_index in rows}

    def reads_of(self, session: Session, ask: Callable[[], Any]) -> Reads:
        """What a call reads; the session's own counters are handed in at the end of its transaction."""
        self._settle(session)
        before = self.look()
        ask()
        self._settle(session)
        after = self.look()
        return Reads(*({name: after[name][n] - before[name][n] for name in after} for n in (0, 1)))

    @staticmethod
    def _settle(session: Session) -> None:
        session.execute(text("SELECT pg_stat_force_next_flush()"))
        session.commit()


@pytest.fixture(scope="module")
def meter(big: TestDatabase, many: Many) -> Iterator[Meter]:
    meter = Meter(big)
    yield meter
    meter.connection.close()


def assert_few(reads: Reads, most: int) -> None:
    through = {name: rows for name, rows in reads.through.items() if rows}
    assert through == {}, f"gone through from end to end: {through}"
    assert reads.rows <= most, f"{reads.rows} rows read, at most {most} expected: {reads.by_index}"


def test_the_tickets_are_as_the_engine_would_have_made_them(big: TestDatabase, many: Many) -> None:
    with psycopg.connect(big.superuser_url) as connection:
        found = connection.execute(f"SELECT count(*) FROM ticket_instances WHERE company_id = {many.company.id}")
        assert found.fetchone() == (TICKETS,)
    assert check(many.company.sessions) == []


# --- pages and calls


def lists(status: str | None = None, **wanted: Any) -> Ask:
    return lambda session, actor, many: ticket_lists.list_tickets(session, actor, status=status, **wanted)


def task_list(**wanted: Any) -> Ask:
    return lambda session, actor, many: task_lists.list_tasks(session, actor, **wanted)


#: By what is shown: who looks, the call, and how many rows it may read.
PAGES: dict[str, tuple[str, Ask, int]] = {
    "the queue of a busy worker": ("busy", lambda s, a, m: task_lists.queue(s, a), PAGE),
    "the queue of an idle worker": ("idle", lambda s, a, m: task_lists.queue(s, a), PAGE),
    "the tasks of a busy worker": ("busy", task_list(), 2 * PAGE),
    "the tasks of an idle worker": ("idle", task_list(), 2 * PAGE),
    "the tasks that a worker may claim": ("idle", task_list(assigned_to="none"), PAGE),
    "all tasks": ("boss", task_list(), PAGE),
    "all open tasks": ("boss", task_list(status="OPEN"), PAGE),
    "all tasks in error": ("boss", task_list(status="ERROR"), PAGE),
    "all tasks that are nobody's": ("boss", task_list(assigned_to="none"), PAGE),
    "the tasks of a ticket": (
        "boss",
        lambda s, a, m: task_lists.list_tasks(s, a, ticket=m.active),
        PAGE,
    ),
    "my active tickets": ("boss", lists("active", mine=True), PAGE),
    "my active tickets, of three": ("light", lists("active"), PAGE),
    "my active tickets, of fifty thousand": ("heavy", lists("active"), PAGE),
    "my archive": ("heavy", lists("archive"), PAGE),
    "my archive, which is empty": ("light", lists("archive"), PAGE),
    "all my tickets": ("heavy", lists(), PAGE),
    "all my three tickets": ("light", lists(), PAGE),
    "all active tickets": ("boss", lists("active"), PAGE),
    "the archive": ("boss", lists("archive"), PAGE),
    "all tickets": ("boss", lists(), PAGE),
    "all tickets on hold": ("boss", lists("ON_HOLD"), PAGE),
    "all tickets that have not begun": ("boss", lists("NOT_STARTED"), PAGE),
    "all cancelled tickets": ("boss", lists("CANCELLED"), PAGE),
    "tickets of one type": ("boss", lists(type_key="purchase-request"), PAGE),
    f"tickets of a type with {RARE_TICKETS} of them": ("boss", lists(type_key="content-request"), PAGE),
    "an active ticket": ("boss", lambda s, a, m: tickets.ticket_view(s, a, m.active, NOON), 50),
    "a ticket that has ended": ("boss", lambda s, a, m: tickets.ticket_view(s, a, m.ended, NOON), 50),
    "a task": ("busy", lambda s, a, m: tasks.task_view(s, a, m.open_task), 50),
    "the iterations of a ticket": ("boss", lambda s, a, m: history.iterations(s, a, m.active), 50),
    "the log of a ticket": ("boss", lambda s, a, m: history.log(s, a, m.active), 50),
    "all errors": ("boss", lambda s, a, m: errors.list_errors(s, a), PAGE),
    "open errors": ("boss", lambda s, a, m: errors.list_errors(s, a, status="open"), PAGE),
    "new errors": ("boss", lambda s, a, m: errors.list_errors(s, a, status="NEW"), PAGE),
    "resolved errors": ("boss", lambda s, a, m: errors.list_errors(s, a, status="RESOLVED"), PAGE),
    "the errors of a ticket": ("boss", lambda s, a, m: errors.list_errors(s, a, ticket=m.active), PAGE),
    "an error": ("boss", lambda s, a, m: errors.error_view(s, a, m.error), 50),
    "the dashboard": ("boss", lambda s, a, m: dashboard.sections_of(a, counts.counts_of(s, a)), 8 * COUNTED),
    "the people": ("boss", lambda s, a, m: people.list_users(s, a), 0),
    "what may be submitted": ("light", lambda s, a, m: definitions.submittable_types(s, a), 0),
    "a definition": ("boss", lambda s, a, m: definitions.definition_view(s, a, "purchase-approval"), 0),
}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_shown_costs_the_same_however_many_tickets_there_are(
    app: App, meter: Meter, many: Many, page: str
) -> None:
    person, ask, most = PAGES[page]
    actor = many.company.people[person].actor
    with app.session(many.company.id) as session:
        for _ in range(app.warm):
            ask(session, actor, many)
        assert_few(meter.reads_of(session, lambda: ask(session, actor, many)), most)


def test_the_second_page_costs_no_more_than_the_first(app: App, meter: Meter, many: Many) -> None:
    actor = many.company.people["heavy"].actor
    with app.session(many.company.id) as session:
        cursor = None
        for _ in range(3):
            cursor = ticket_lists.list_tickets(session, actor, cursor=cursor).next
        assert_few(meter.reads_of(session, lambda: lists(cursor=cursor)(session, actor, many)), PAGE)


def test_definitions_count_running_tickets_by_an_index(app: App, meter: Meter, many: Many) -> None:
    """The number that runs on each version is exact, so it costs what runs (10,000), never what has ended."""
    actor = many.company.people["boss"].actor
    with app.session(many.company.id) as session:
        for ask in (definitions.list_definitions, lambda s, a: versions.workflow_row(s, a, "purchase-approval")):
            assert_few(meter.reads_of(session, lambda ask=ask: ask(session, actor)), 25_000)


# --- the engine


def complete(session: Session, actor: Actor, many: Many) -> None:
    task_services.complete_task(session, actor, many.open_task, {"po_number": "PO-1"}, NOON)


#: Each step once: the tickets are changed by them, in this order.
STEPS: dict[str, tuple[str, Ask, int]] = {
    "an advance with nothing to do": ("boss", lambda s, a, m: engine.advance(s, m.active, NOON), 60),
    "finding a task": ("boss", lambda s, a, m: engine.find_task(s, m.open_task), 20),
    "submitting a ticket": (
        "light",
        lambda s, a, m: ticket_services.submit_ticket(
            s, a, "purchase-request", {"item": "Chair", "amount": 20, "requester": "Ana"}, NOON
        ),
        100,
    ),
    "claiming a task": ("idle", lambda s, a, m: task_services.claim_task(s, a, m.free_task, NOON), 60),
    "releasing a task": ("idle", lambda s, a, m: task_services.release_task(s, a, m.free_task, NOON), 60),
    "assigning a task": (
        "boss",
        lambda s, a, m: task_services.assign_task(s, a, m.free_task, m.company.people["idle"].id, NOON),
        60,
    ),
    "starting a task": ("busy", lambda s, a, m: task_services.start_task(s, a, m.open_task, NOON), 60),
    "holding a ticket": ("boss", lambda s, a, m: ticket_services.hold_ticket(s, a, m.active, "Wait", NOON), 100),
    "resuming a ticket": ("boss", lambda s, a, m: ticket_services.resume_ticket(s, a, m.active, "Go", NOON), 100),
    "correcting a field": (
        "boss",
        lambda s, a, m: ticket_services.correct_fields(s, a, m.active, {"item": "Desk"}, "Typo", NOON),
        150,
    ),
    "completing a task": ("busy", complete, 150),
    "reviewing an error": ("boss", lambda s, a, m: error_services.review_error(s, a, m.error, "Seen", NOON), 60),
    "cancelling a ticket": ("boss", lambda s, a, m: ticket_services.cancel_ticket(s, a, m.active, "No", NOON), 150),
}


@pytest.mark.parametrize("app", ["planned for its values"], indirect=True)
def test_a_step_of_the_engine_costs_the_same_however_many_tickets_there_are(app: App, meter: Meter, many: Many) -> None:
    with app.session(many.company.id) as session:
        for step, (person, ask, most) in STEPS.items():
            actor = many.company.people[person].actor
            reads = meter.reads_of(session, lambda ask=ask, actor=actor: ask(session, actor, many))
            assert set(reads.through.values()) == {0}, f"{step}: {reads.through}"
            assert reads.rows <= most, f"{step}: {reads.by_index}"


def test_the_sweep_finds_what_waits_without_going_through_the_tickets(
    app: App, meter: Meter, many: Many, big: TestDatabase
) -> None:
    sessions = make_sessions(app.engine)
    with psycopg.connect(big.superuser_url) as connection:
        connection.execute("UPDATE workflow_instances SET advance_due = true WHERE ticket_id = %s", (many.active - 1,))
    with sessions() as session:
        inbox = text("SELECT * FROM engine_inbox(:now, 5, 100)")
        for _ in range(app.warm):
            session.execute(inbox, {"now": NOON})
        assert_few(meter.reads_of(session, lambda: session.execute(inbox, {"now": NOON}).all()), 20)
    assert sweep(sessions, NOON).advanced == 1


def test_the_workers_for_an_assignment_are_read_from_their_loads_alone(
    app: App, meter: Meter, many: Many, big: TestDatabase
) -> None:
    """Least-loaded assignment counts nothing: it reads a row for each available worker."""
    company = {"company": many.company.id}
    with app.session(many.company.id) as session:
        workers = text("SELECT workers_of(:company)")
        assert_few(meter.reads_of(session, lambda: session.execute(workers, company).one()), 0)
        found = session.scalar(workers, company)
        assert {user for user, *_ in found} == {
            person.id for name, person in many.company.people.items() if name not in ("heavy", "light")
        }


def test_the_newest_workspace_is_one_row_of_many(app: App, meter: Meter, many: Many, big: TestDatabase) -> None:
    """In a ticket with 1,000 iterations, the newest row is found without reading the others."""
    with psycopg.connect(big.superuser_url) as connection:
        connection.execute(
            """
            INSERT INTO workflow_data (company_id, workflow_id, iteration, workflow_data, written, writer)
            SELECT %s, 1, n, '{}', '{}', 'submission' FROM generate_series(1, 1000) n ON CONFLICT DO NOTHING
            """.replace("INSERT", "SET session_replication_role = replica; INSERT", 1)
            % many.company.id
        )
    newest = text(engine.sql.READ_WORKSPACE.replace("%(", ":").replace(")s", ""))
    with app.session(many.company.id) as session:
        wanted = {"company": many.company.id, "instance": 1}
        assert_few(meter.reads_of(session, lambda: session.execute(newest, wanted).one()), 1)
