"""The demo company shows what the product can do, and is as sound as any other."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from ticketflower.db import company_session
from ticketflower.models import TaskInstance, TicketError, TicketInstance
from ticketflower.services import accounts
from ticketflower.services.check import check
from ticketflower.services.demo import fill_demo


def test_the_demo_has_tickets_in_every_state_and_an_error_and_is_sound(sessions: sessionmaker[Session]) -> None:
    demo = fill_demo(sessions, NOON)
    with company_session(sessions, demo.company_id) as session:
        counted = select(TicketInstance.status, func.count().label("many")).group_by(TicketInstance.status)
        per_status = {row.status: row.many for row in session.execute(counted)}
        assert {"IN_PROGRESS", "ON_HOLD", "COMPLETED", "CANCELLED"} == set(per_status)
        assert sum(per_status.values()) == demo.tickets
        assert set(session.scalars(select(TicketError.code))) == {"write_conflict"}
        statuses = {"OPEN", "COMPLETED", "CANCELLED", "ERROR"}
        assert statuses <= set(session.scalars(select(TaskInstance.status)))
        assert session.scalar(select(func.max(TaskInstance.completed_at))) < NOON
    assert check(sessions) == []


def test_everybody_in_the_demo_can_sign_in_with_the_printed_password(sessions: sessionmaker[Session]) -> None:
    demo = fill_demo(sessions, NOON)
    for email, _ in demo.sign_ins:
        assert any(email in line for line in demo.lines())
        with sessions() as session:
            assert accounts.sign_in(session, email, demo.password, "127.0.0.1", "test", NOON)
