"""What a killed process left behind is done by the next web process, at its start."""

from __future__ import annotations

from sqlalchemy import select

from tests.conftest import NOON
from tests.databases import TestDatabase
from tests.people import Company
from tests.proofs.definitions import store
from ticketflower import documents
from ticketflower.embedded.keeper import wait_until
from ticketflower.models import TicketDefinition, TicketInstance
from ticketflower.serving.sweeper import Sweeper

DOCUMENT = """
workflow: one
title: One
fields_schema: {type: object, properties: {a: {type: string}, b: {type: string}}}
tickets: {go: {title: Go, fields: [a]}}
tasks: {work: {title: Work, task_type: FORM, input_fields: [a], output_fields: [b]}}
completions: {done: {title: Done, completion_status: COMPLETED, fields: [b]}}
"""


def test_the_sweep_at_start_up_begins_a_workflow_that_nobody_began(acme: Company, database: TestDatabase) -> None:
    with acme.session() as session:
        store(session, acme.id, documents.read(DOCUMENT, "application/yaml").document)
        type_id = session.scalars(select(TicketDefinition.id)).one()
        submitted = {"ticket_type_id": type_id, "data": {"a": "x"}, "created_by": acme.admin.id}
        ticket = TicketInstance(company_id=acme.id, created_at=NOON, updated_at=NOON, **submitted)
        session.add(ticket)
        session.commit()
        number = ticket.id

    def status() -> str:
        with acme.session() as session:
            return session.scalars(select(TicketInstance.status).where(TicketInstance.id == number)).one()

    assert status() == "NOT_STARTED"
    sweeper = Sweeper(database.url)
    sweeper.start()
    try:
        assert wait_until(lambda: status() == "IN_PROGRESS", 20)
    finally:
        sweeper.stop()
