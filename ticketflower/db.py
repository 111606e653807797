"""The database session: one place that opens transactions, and the two walls between companies.

A session works for one company at a time. ``enter_company`` says which, and from then on

* each transaction begins with ``SET LOCAL app.company_id``, which PostgreSQL's row-level security compares with every
  row's company (the second wall, in the migrations), and
* every ORM query on a tenant table is filtered by that company (the first wall, ``_only_this_company``).

A session that has entered no company sees no tenant's row: its ORM queries on tenant tables are refused here, and
PostgreSQL answers anything else with nothing. Connections are in autocommit mode, so that BEGIN and SET LOCAL travel
as one message (docs/decisions/0004-data-path.md).
"""

from __future__ import annotations

import select as select_module
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ClauseElement,
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    TextClause,
    UpdateBase,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, sessionmaker, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.pool import Pool
from sqlalchemy.sql import visitors

from ticketflower.models.base import Base, Tenant

COMPANY = "company_id"
READ_ONLY = "read_only"

#: Options for every engine that serves the app role; also given to Flask-SQLAlchemy.
ENGINE_OPTIONS: dict[str, Any] = {
    "connect_args": {"autocommit": True},
    "pool_size": 10,
    "max_overflow": 40,
    "pool_timeout": 10,
}

db = SQLAlchemy(metadata=Base.metadata, engine_options=ENGINE_OPTIONS, session_options={"expire_on_commit": False})


class NoCompany(RuntimeError):
    """A query on a company's data was made by a session that has entered no company."""


class Unfiltered(RuntimeError):
    """A query on a company's data was made in a form that the first wall does not hold."""


def driver_url(url: str) -> str:
    """The URL with psycopg 3 as its driver, whatever PostgreSQL spelling it came in."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def make_engine(url: str) -> Engine:
    """An engine for the app role, for whatever runs outside Flask (command line, sweep, tests, benchmarks)."""
    return create_engine(driver_url(url), **ENGINE_OPTIONS)


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions with the same behaviour as the ones that Flask-SQLAlchemy hands to a request."""
    return sessionmaker(engine, expire_on_commit=False)


def enter_company(session: Session, company_id: int) -> None:
    """From now on the session works for this company, and for no other until ``leave_company``.

    Raises:
        RuntimeError: a transaction is open for another company; end it first.
    """
    current = session.info.get(COMPANY)
    if current == company_id:
        return
    if session.in_transaction():
        raise RuntimeError("End the transaction before you enter another company.")
    session.expunge_all()
    session.info[COMPANY] = int(company_id)


def leave_company(session: Session) -> None:
    """Ends the transaction and forgets the company; the session can then look up addresses and tokens only."""
    session.commit()
    session.expunge_all()
    session.info.pop(COMPANY, None)


@contextmanager
def company_session(sessions: sessionmaker[Session], company_id: int) -> Iterator[Session]:
    """A session for one company, closed at the end; what was not committed is rolled back."""
    with sessions() as session:
        enter_company(session, company_id)
        yield session


def driver_of(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection under the session's transaction, for the fixed SQL of the data path."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def begin_statement(session: Session) -> str:
    """What opens a transaction of this session: BEGIN, and the company that row-level security compares with."""
    begin = "BEGIN READ ONLY" if session.info.get(READ_ONLY) else "BEGIN"
    company_id = session.info.get(COMPANY)
    return begin if company_id is None else f"{begin}; SET LOCAL app.company_id = '{int(company_id)}'"


@event.listens_for(Pool, "checkout")
def _replace_a_lost_connection(connection: object, record: object, proxy: object) -> None:
    """A connection that the server ended while it lay in the pool is replaced, without a round trip to ask."""
    if isinstance(connection, psycopg.Connection) and _was_ended(connection):
        raise DisconnectionError("the server ended this connection while nobody used it")


def _was_ended(connection: psycopg.Connection[Any]) -> bool:
    """An idle connection has nothing to read but the server's last words."""
    if connection.closed:
        return True
    if not _has_input(connection.fileno()):
        return False
    try:
        for _ in range(2):  # the last words, then the end of them
            connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return connection.pgconn.status == psycopg.pq.ConnStatus.BAD


def _has_input(descriptor: int) -> bool:
    """Whether something can be read now. ``poll`` knows descriptors above 1,023 too; Windows has ``select`` alone."""
    if not hasattr(select_module, "poll"):
        return bool(select_module.select([descriptor], [], [], 0)[0])
    poll = select_module.poll()
    poll.register(descriptor, select_module.POLLIN)
    return bool(poll.poll(0))


@event.listens_for(Session, "after_begin")
def _open_transaction(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested or connection.dialect.name != "postgresql":
        return
    driver = connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection) and driver.autocommit:
        driver.execute(begin_statement(session), prepare=False)


@event.listens_for(Session, "do_orm_execute")
def _only_this_company(state: ORMExecuteState) -> None:
    if isinstance(state.statement, TextClause):
        return
    company_id = state.session.info.get(COMPANY)
    if company_id is None:
        if _reads_a_tenant(state):
            raise NoCompany("Enter a company (ticketflower.db.enter_company) before you query its data.")
        return
    if not state.is_orm_statement and any(map(_is_tenants, _own_tables(state.statement))):
        raise Unfiltered("The company's filter does not reach this statement. Select a model, not its table.")
    # Added whatever the statement seems to be about: a count, a union or a select inside another names no tenant's
    # model in its own columns, and yet reads its table.
    state.statement = state.statement.options(_criteria(company_id))


@lru_cache(maxsize=1024)
def _criteria(company_id: int) -> LoaderCriteriaOption:
    return with_loader_criteria(Tenant, lambda model: model.company_id == company_id, include_aliases=True)


def _reads_a_tenant(state: ORMExecuteState) -> bool:
    if any(issubclass(mapper.class_, Tenant) for mapper in state.all_mappers):
        return True
    elements = visitors.iterate(cast("ClauseElement", state.statement))
    return any(_is_tenants(element) or _is_tenants(getattr(element, "table", None)) for element in elements)


def _own_tables(statement: Executable) -> Iterator[object]:
    """The tables that a statement reads or writes itself, not in a select inside."""
    if isinstance(statement, Select):
        for source in statement.get_final_froms():
            yield from source._from_objects
    elif isinstance(statement, UpdateBase):
        yield statement.table


def _is_tenants(thing: object) -> bool:
    return isinstance(thing, Table) and COMPANY in thing.columns
