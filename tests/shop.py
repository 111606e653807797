"""Acme at work: the example workflows active, people with one role each, and short words for what they do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.people import Company, Person
from ticketflower.models import TaskDefinition, TaskInstance, TicketError
from ticketflower.services import definitions, tasks, tickets

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PURCHASE = {"item": "A desk", "amount": 420, "requester": "Uma"}


@dataclass
class Shop:
    """Acme with its people; every service call happens at the company's own moment."""

    company: Company

    def __getattr__(self, name: str) -> Person:
        return self.company.people[name]

    def store(self, name: str, source: str | None = None) -> None:
        """Stores a document and activates it: an example, or the text that is given."""
        text = source or (EXAMPLES / f"{name}.yaml").read_text("utf-8")
        with self.company.session() as session:
            actor = self.company.admin.actor
            definitions.store_draft(session, actor, name, text, "application/yaml", self.company.now, activate=True)

    def submit(self, who: Person, type_key: str = "purchase-request", **data: Any) -> int:
        """Submits a ticket."""
        with self.company.session() as session:
            return tickets.submit_ticket(session, who.actor, type_key, data or PURCHASE, self.company.now)

    def task(self, ticket_id: int, key: str) -> int:
        """The number of a ticket's newest task of this key."""
        with self.company.session() as session:
            return session.scalars(
                select(TaskInstance.id)
                .join(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
                .where(TaskInstance.ticket_id == ticket_id, TaskDefinition.key == key)
                .order_by(TaskInstance.id.desc())
                .limit(1)
            ).one()

    def status(self, task_id: int) -> str:
        """A task's status."""
        with self.company.session() as session:
            return session.scalars(select(TaskInstance.status).where(TaskInstance.id == task_id)).one()

    def assignee(self, task_id: int) -> int | None:
        """Who has a task."""
        with self.company.session() as session:
            return session.scalars(select(TaskInstance.assigned_to).where(TaskInstance.id == task_id)).one()

    def give(self, task_id: int, who: Person) -> int:
        """Assigns a task."""
        with self.company.session() as session:
            tasks.assign_task(session, self.company.admin.actor, task_id, who.id, self.company.now)
        return task_id

    def release(self, task_id: int, who: Person) -> int:
        """Gives a task back."""
        with self.company.session() as session:
            tasks.release_task(session, who.actor, task_id, self.company.now)
        return task_id

    def complete(self, task_id: int, who: Person, **data: Any) -> None:
        """Completes a task."""
        with self.company.session() as session:
            tasks.complete_task(session, who.actor, task_id, data, self.company.now)

    def correct(self, ticket_id: int, reason: str, **data: Any) -> None:
        """Corrects values, as Alice."""
        with self.company.session() as session:
            tickets.correct_fields(session, self.company.admin.actor, ticket_id, data, reason, self.company.now)

    def cancel(self, ticket_id: int) -> None:
        """Cancels a ticket, as Alice."""
        with self.company.session() as session:
            tickets.cancel_ticket(session, self.company.admin.actor, ticket_id, None, self.company.now)

    def hold(self, ticket_id: int, reason: str | None = None) -> None:
        """Puts a ticket on hold, as Alice."""
        with self.company.session() as session:
            tickets.hold_ticket(session, self.company.admin.actor, ticket_id, reason, self.company.now)

    def error(self, ticket_id: int) -> int:
        """The number of a ticket's newest error."""
        with self.company.session() as session:
            query = select(TicketError.id).where(TicketError.ticket_id == ticket_id).order_by(TicketError.id.desc())
            return session.scalars(query.limit(1)).one()

    def clash(self) -> tuple[int, int, int]:
        """A ticket, its review and the error: Dora's verdict against a correction of Alice's."""
        ticket_id = self.submit(self.uma, "content-request", brief="Opening hours")
        self.complete(self.give(self.task(ticket_id, "write"), self.dora), self.dora, draft="Open every day.")
        review = self.give(self.task(ticket_id, "review"), self.dora)
        self.correct(ticket_id, "Closed on Sundays", verdict="redo")
        self.complete(review, self.dora, verdict="publish")
        return ticket_id, review, self.error(ticket_id)


@pytest.fixture
def shop(acme: Company) -> Shop:
    """Acme with two examples active. Dora and Didi work, Uma and Ulf submit, Tom looks after tickets."""
    for name, role in (("Dora", "task_worker"), ("Didi", "task_worker"), ("Uma", "user"), ("Ulf", "user")):
        acme.add(f"{name.lower()}@acme.example", name, "Acme", [role])
    acme.add("tom@acme.example", "Tom", "Acme", ["ticket_admin"])
    shop = Shop(acme)
    shop.store("purchase-approval")
    shop.store("content-review")
    return shop
