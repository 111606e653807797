"""The first wall: every ORM query is filtered by the session's company, whatever its form.

These tests look with a superuser's eyes, whom row-level security does not hold: what they don't see, the filter held
back. The forms that it doesn't reach are named at the end, and held by the second wall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import (
    Engine,
    Executable,
    delete,
    exists,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
    true,
    union,
    union_all,
    update,
)
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, aliased, sessionmaker

from tests.data.conftest import OURS, THEIRS
from tests.data.rows import TENANT_MODELS, row_of
from tests.databases import TestDatabase
from ticketflower.db import (
    NoCompany,
    Unfiltered,
    company_session,
    enter_company,
    leave_company,
    make_engine,
    make_sessions,
)
from ticketflower.models import Base, Company, CompanyRole, Superuser, Tenant, User
from ticketflower.schema import NEVER_UPDATED

Model = type[Tenant]


@pytest.fixture(scope="module")
def unheld(walled: TestDatabase) -> Iterator[sessionmaker[Session]]:
    """Sessions of a superuser: only the filter stands between them and the other company."""
    engine = make_engine(walled.superuser_url)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def held(walled: TestDatabase) -> Iterator[Engine]:
    """Connections of the app's role."""
    engine = make_engine(walled.url)
    yield engine
    engine.dispose()


#: Each form of query that reads a model; each gives the companies that it reads from.
READS: dict[str, Callable[[Model], Executable]] = {
    "entity": lambda m: select(m).with_only_columns(m.company_id),
    "column": lambda m: select(m.company_id),
    "alias": lambda m: select(aliased(m).company_id),
    "distinct": lambda m: select(m.company_id).distinct(),
    "aggregate": lambda m: select(func.sum(m.company_id)),
    "aggregate_of_an_alias": lambda m: select(func.sum(aliased(m).company_id)),
    "group": lambda m: select(m.company_id, func.count()).group_by(m.company_id),
    "window": lambda m: select(m.company_id, func.max(m.company_id).over()),
    "literal_from": lambda m: select(literal(OURS)).select_from(m),
    "subquery": lambda m: select(select(m.company_id).subquery().c.company_id),
    "entity_of_a_subquery": lambda m: select(aliased(m, select(m).subquery()).company_id),
    "nested_subquery": lambda m: select(select(select(m.company_id).subquery().c.company_id).subquery().c.company_id),
    "cte": lambda m: select(select(m.company_id).cte().c.company_id),
    "scalar_subquery": lambda m: select(select(func.sum(m.company_id)).scalar_subquery()),
    "scalar_subquery_beside_the_company": lambda m: select(
        select(func.sum(m.company_id)).correlate(None).scalar_subquery()
    ).where(Company.id == OURS),
    "in_subquery": lambda m: select(Company.id).where(Company.id.in_(select(m.company_id))),
    "correlated_exists": lambda m: select(Company.id).where(exists().where(m.company_id == Company.id)),
    "join_from_the_company": lambda m: select(Company.id).join(m, m.company_id == Company.id),
    "outer_join_from_the_company": lambda m: (
        select(m.company_id)
        .select_from(Company)
        .outerjoin(m, m.company_id == Company.id)
        .where(m.company_id.is_not(None))
    ),
    "join_with_itself": lambda m: select(
        (other := aliased(m)).company_id,
    ).join(m, m.company_id == other.company_id),
    "lateral": lambda m: (
        select((beside := select(m.company_id).where(m.company_id == Company.id).lateral()).c.company_id)
        .select_from(Company)
        .join(beside, true())
    ),
    "union": lambda m: union(select(m.company_id), select(m.company_id)),
    "union_in_a_subquery": lambda m: select(
        union_all(select(m.company_id), select(m.company_id)).subquery().c.company_id
    ),
    "returning": lambda m: update(m).values(company_id=m.company_id).returning(m.company_id),
    "deleted": lambda m: delete(m).returning(m.company_id),
    "in_an_update": lambda m: (
        update(Company).values(time_zone="UTC").where(Company.id.in_(select(m.company_id))).returning(Company.id)
    ),
}


@pytest.mark.parametrize("form", READS)
def test_a_query_reads_the_sessions_company_only(unheld: sessionmaker[Session], form: str) -> None:
    with company_session(unheld, OURS) as session:
        for model in TENANT_MODELS:
            found = session.scalars(READS[form](model)).all()
            assert found, model
            assert set(found) == {OURS}, model
            session.rollback()


@pytest.mark.parametrize("form", READS)
def test_without_a_company_the_query_is_refused_before_it_is_sent(unheld: sessionmaker[Session], form: str) -> None:
    for model in TENANT_MODELS:
        with unheld() as session, pytest.raises(NoCompany, match="Enter a company"):
            session.scalars(READS[form](model))


def test_an_entity_is_loaded_from_the_sessions_company_only(unheld: sessionmaker[Session]) -> None:
    with company_session(unheld, OURS) as session:
        for model in TENANT_MODELS:
            assert [row.company_id for row in session.scalars(select(model))] == [OURS]
            assert [row.company_id for row in session.query(model)] == [OURS]
            assert session.query(model).count() == 1


def test_a_row_of_another_company_cannot_be_got_by_its_key(unheld: sessionmaker[Session]) -> None:
    for model in TENANT_MODELS:
        with company_session(unheld, THEIRS) as session:
            key = inspect(session.scalars(select(model)).one()).identity
            assert session.get(model, key) is not None
        with company_session(unheld, OURS) as session:
            assert session.get(model, key) is None


def test_exists_and_count_tell_nothing_about_another_company(unheld: sessionmaker[Session]) -> None:
    with company_session(unheld, OURS) as session:
        for model in TENANT_MODELS:
            elsewhere = model.company_id == THEIRS
            assert session.scalar(select(exists().where(elsewhere))) is False
            assert session.scalar(select(select(model).where(elsewhere).exists())) is False
            assert session.scalar(select(func.count()).select_from(model).where(elsewhere)) == 0
            assert session.scalar(select(func.count()).select_from(select(model).subquery())) == 1


def test_update_and_delete_reach_the_sessions_company_only(unheld: sessionmaker[Session]) -> None:
    unsynchronized = {"synchronize_session": False}
    with company_session(unheld, OURS) as session:
        for model in TENANT_MODELS:
            same = update(model).values(company_id=model.company_id)
            assert session.execute(same, execution_options=unsynchronized).rowcount == 1
            assert session.execute(delete(model), execution_options=unsynchronized).rowcount == 1
            left = text(f"SELECT company_id FROM {model.__tablename__}")
            assert session.scalars(left).all() == [THEIRS]
            session.rollback()


def test_insert_from_select_reads_the_sessions_company_only(unheld: sessionmaker[Session]) -> None:
    copy = select(User.company_id, User.email)
    with company_session(unheld, OURS) as session:
        session.execute(insert(CompanyRole).from_select(["company_id", "role_name"], copy))
        assert session.scalar(text("SELECT count(*) FROM company_roles WHERE company_id = 2")) == 1
        session.rollback()


@pytest.mark.parametrize("form", ["rows", "a values list"])
def test_an_insert_without_a_company_is_refused(unheld: sessionmaker[Session], form: str) -> None:
    row = row_of(CompanyRole.__table__, OURS)  # type: ignore[arg-type]
    statement = insert(CompanyRole) if form == "rows" else insert(CompanyRole).values(row)
    with unheld() as session, pytest.raises(NoCompany):
        session.execute(statement, [row] if form == "rows" else None)


@pytest.mark.parametrize(
    "query", [select(func.now()), select(func.count(Superuser.id)), text("SELECT 1"), select(Superuser)]
)
def test_what_is_no_tenants_may_be_asked_without_a_company(unheld: sessionmaker[Session], query: Executable) -> None:
    with unheld() as session:
        session.execute(query).all()


# --- which company


def test_one_statement_serves_every_company_in_turn(unheld: sessionmaker[Session]) -> None:
    """The statement is compiled once; the company must not be compiled in."""
    query = select(User.company_id)
    for company_id in (OURS, THEIRS, OURS, 3, THEIRS):
        with company_session(unheld, company_id) as session:
            assert session.scalars(query).all() == ([company_id] if company_id in (OURS, THEIRS) else [])


def test_another_company_is_not_entered_while_a_transaction_is_open(unheld: sessionmaker[Session]) -> None:
    with company_session(unheld, OURS) as session:
        session.scalars(select(User)).all()
        with pytest.raises(RuntimeError, match="End the transaction before you enter another company"):
            enter_company(session, THEIRS)
        assert session.scalars(select(User.company_id)).all() == [OURS]
        enter_company(session, OURS)
        session.commit()
        enter_company(session, THEIRS)
        assert session.scalars(select(User.company_id)).all() == [THEIRS]


def test_a_company_is_not_entered_in_the_transaction_of_no_company(unheld: sessionmaker[Session]) -> None:
    """That transaction began without telling PostgreSQL which company it is for."""
    with unheld() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="End the transaction"):
            enter_company(session, OURS)


@pytest.mark.parametrize("go", [leave_company, lambda session: (session.commit(), enter_company(session, THEIRS))])
def test_objects_of_the_company_before_are_forgotten(
    unheld: sessionmaker[Session], go: Callable[[Session], Any]
) -> None:
    with company_session(unheld, OURS) as session:
        user = session.scalars(select(User)).one()
        key = inspect(user).identity
        go(session)
        assert user not in session
        if go is leave_company:
            with pytest.raises(NoCompany):
                session.get(User, key)
        else:
            assert session.get(User, key) is None


@pytest.mark.parametrize("company_id", ["1; DROP TABLE users", "1'", "", "1 OR true"])
def test_only_a_number_can_be_entered(unheld: sessionmaker[Session], company_id: Any) -> None:
    with unheld() as session, pytest.raises(ValueError):
        enter_company(session, company_id)


# --- what the filter doesn't reach is refused, or held by the second wall

UNFILTERED: dict[str, Callable[[Model], Executable]] = {
    "core": lambda m: select(m.__table__.c.company_id),
    "core_count": lambda m: select(func.count()).select_from(m.__table__),
    "core_update": lambda m: update(m.__table__).values(company_id=OURS),  # type: ignore[arg-type]
    "core_delete": lambda m: delete(m.__table__),  # type: ignore[arg-type]
    "window_alone": lambda m: select(func.max(m.company_id).over()),
}


@pytest.mark.parametrize("form", UNFILTERED)
def test_a_statement_that_the_filter_does_not_reach_is_refused(unheld: sessionmaker[Session], form: str) -> None:
    with company_session(unheld, OURS) as session:
        for model in TENANT_MODELS:
            with pytest.raises(Unfiltered, match="Select a model, not its table"):
                session.execute(UNFILTERED[form](model))


BEYOND_THE_FILTER: dict[str, Callable[[Model], Executable]] = {
    "text": lambda m: text(f"SELECT company_id FROM {m.__tablename__}"),
    "from_statement": lambda m: select(m).from_statement(text(f"SELECT * FROM {m.__tablename__}")),
}


def companies_of(session: Session, statement: Executable) -> set[int]:
    return {getattr(found, "company_id", found) for found in session.scalars(statement)}


@pytest.mark.parametrize("form", BEYOND_THE_FILTER)
def test_what_the_filter_does_not_reach_row_level_security_does(held: Engine, form: str) -> None:
    with company_session(make_sessions(held), OURS) as session:
        for model in TENANT_MODELS:
            assert companies_of(session, BEYOND_THE_FILTER[form](model)) == {OURS}, model


@pytest.mark.parametrize("form", BEYOND_THE_FILTER)
def test_the_tests_above_would_see_what_the_filter_does_not_reach(unheld: sessionmaker[Session], form: str) -> None:
    with company_session(unheld, OURS) as session:
        assert companies_of(session, BEYOND_THE_FILTER[form](User)) == {OURS, THEIRS}


def test_an_object_of_another_company_cannot_be_added(held: Engine) -> None:
    """Inserts of the unit of work pass no filter."""
    with company_session(make_sessions(held), OURS) as session:
        session.add(CompanyRole(company_id=THEIRS, role_name="spy"))
        with pytest.raises(ProgrammingError, match="row-level security policy"):
            session.flush()


@pytest.mark.parametrize("model", [m for m in TENANT_MODELS if m.__tablename__ in NEVER_UPDATED])
def test_a_line_that_is_written_once_cannot_be_changed(held: Engine, model: Model) -> None:
    with (
        company_session(make_sessions(held), OURS) as session,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        session.execute(update(model).values(company_id=model.company_id))


def test_every_model_is_a_tenant_or_known_to_be_the_platforms() -> None:
    others = {mapper.class_.__name__ for mapper in Base.registry.mappers if not issubclass(mapper.class_, Tenant)}
    assert others == {"Company", "SignInAttempt", "Superuser"}
