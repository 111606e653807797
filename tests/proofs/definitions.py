"""Stores definitions without asking the document check: proofs also run what no author would write."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy.orm import Session

from ticketflower.models import TaskDefinition, TicketDefinition, WorkflowCompletion, WorkflowDefinition

_numbers = itertools.count(1)


def store(session: Session, company_id: int, document: dict[str, Any]) -> str:
    """Stores a document as an active definition under keys of its own.

    Returns:
        The key of its (first) ticket type.
    """
    number = next(_numbers)
    tickets = {f"{key}-{number}": part for key, part in document["tickets"].items()}
    document = {**document, "workflow": f"{document['workflow']}-{number}", "tickets": tickets}
    row = WorkflowDefinition(
        company_id=company_id,
        key=document["workflow"],
        title=document["title"],
        version=1,
        status="ACTIVE",
        fields_schema=document["fields_schema"],
        document=document,
    )
    session.add(row)
    session.flush()
    _add_parts(session, row, document)
    session.commit()
    return next(iter(tickets))


def _add_parts(session: Session, row: WorkflowDefinition, document: dict[str, Any]) -> None:
    def shared(key: str, place: int, part: dict[str, Any]) -> dict[str, Any]:
        names = {"key": key, "position": place, "title": part["title"], "version": 1}
        return {"company_id": row.company_id, "workflow_id": row.id, **names}

    for place, (key, part) in enumerate(document["tasks"].items()):
        session.add(
            TaskDefinition(
                **shared(key, place, part),
                task_type=part["task_type"],
                input_fields=part["input_fields"],
                output_fields=part["output_fields"],
                company_role_access=part.get("company_role_access", []),
            )
        )
    for place, (key, part) in enumerate(document["tickets"].items()):
        session.add(TicketDefinition(**shared(key, place, part), fields=part["fields"]))
    for place, (key, part) in enumerate(document["completions"].items()):
        status = part["completion_status"]
        session.add(WorkflowCompletion(**shared(key, place, part), completion_status=status, fields=part["fields"]))
    session.flush()
