"""A small workflow at a counter, and short words for what happens to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tests.conftest import NOON
from tests.people import Company
from tests.proofs.definitions import store
from ticketflower import documents
from ticketflower.actor import Actor
from ticketflower.models import TaskDefinition, TaskInstance, TicketError
from ticketflower.services import tasks, tickets

DOCUMENT = """
workflow: counter
title: Counter
fields_schema:
  type: object
  properties:
    question: {type: string}
    answer: {type: string}
    numbers: {type: array, items: {type: integer}}
    end: {type: string}
tickets:
  question: {title: Question, fields: [question]}
tasks:
  ask: {title: Ask, task_type: FORM, input_fields: [question], output_fields: [answer]}
  expert:
    title: Expert
    task_type: FORM
    input_fields: [question]
    output_fields: [end]
    company_role_access: [expert]
  extra: {title: Extra, task_type: FORM, input_fields: [question], output_fields: [end], on_demand: true}
  count:
    title: Count
    task_type: FORM
    input_fields: [answer]
    output_fields: [numbers, end]
    optional_fields: [numbers, end]
    required_when: {end: {"some": [{"var": "numbers"}, {"<": [{"var": ""}, 0]}]}}
completions:
  done: {title: Done, completion_status: COMPLETED, fields: [end], condition: {"==": [{"var": "end"}, "now"]}}
  pause:
    title: Pause
    completion_status: ON_HOLD
    fields: [answer]
    condition: {"==": [{"var": "answer"}, "pause"]}
"""


@dataclass
class Counter:
    """The workflow, active in a company; its admin does everything."""

    company: Company
    type_key: str

    @classmethod
    def of(cls, company: Company) -> Counter:
        """Stores the workflow."""
        with company.session() as session:
            return cls(company, store(session, company.id, documents.read(DOCUMENT, "application/yaml").document))

    @property
    def boss(self) -> Actor:
        """Who has every role."""
        return self.company.admin.actor

    def submit(self) -> int:
        """A new ticket."""
        with self.company.session() as session:
            return tickets.submit_ticket(session, self.boss, self.type_key, {"question": "Why?"}, NOON)

    def task(self, ticket_id: int, key: str) -> int:
        """The number of a ticket's only task of a key."""
        with self.company.session() as session:
            return session.scalars(
                select(TaskInstance.id)
                .join(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
                .where(TaskInstance.ticket_id == ticket_id, TaskDefinition.key == key)
            ).one()

    def complete(self, ticket_id: int, key: str, **output: Any) -> None:
        """Completes a ticket's only task of a key."""
        with self.company.session() as session:
            tasks.complete_task(session, self.boss, self.task(ticket_id, key), output, NOON)

    def open_errors(self, ticket_id: int) -> list[str]:
        """The codes of the errors that are open, in the order of their making."""
        still = TicketError.error_status != "RESOLVED"
        with self.company.session() as session:
            query = select(TicketError.code).where(TicketError.ticket_id == ticket_id, still)
            return list(session.scalars(query.order_by(TicketError.id)))

    def error(self, ticket_id: int, code: str) -> int:
        """The number of a ticket's only error of a code."""
        with self.company.session() as session:
            query = select(TicketError.id).where(TicketError.ticket_id == ticket_id, TicketError.code == code)
            return session.scalars(query).one()
