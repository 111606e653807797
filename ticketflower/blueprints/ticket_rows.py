"""Lists of tickets as pages and live fragments show them: the submitter's own, the ticket admin's all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ticketflower.actor import Actor
from ticketflower.blueprints.wording.of_tickets import waiting_for_all
from ticketflower.engine.words import ENDED_WORKFLOW, OPEN_WORKFLOW, WorkflowStatus
from ticketflower.queries.subjects import subjects_of_tickets
from ticketflower.queries.ticket_lists import TicketRow, list_tickets

ACTIVE, ARCHIVE = "active", "archive"


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the ticket, what it is about, and what it waits for."""

    ticket: TicketRow
    subject: str
    waits: str


@dataclass(frozen=True, slots=True)
class TicketList:
    """One page of a list.

    Args:
        lines: its rows.
        tab: ``active`` or ``archive``.
        status: the status that is asked for; "" for all of the tab.
        statuses: those that may be asked for in this tab.
        query: what the page was asked for, for links that keep it; without the place in the list.
        next_url: where the list goes on.
        first: whether this is the newest page, which is live.
    """

    lines: tuple[Line, ...]
    tab: str
    status: str
    statuses: tuple[WorkflowStatus, ...]
    query: Mapping[str, Any]
    next_url: str | None
    first: bool


def ticket_list(
    session: Session, actor: Actor, view: MultiDict[str, str], endpoint: str, *, mine: bool = False
) -> TicketList:
    """The list that a query string asks for, in three queries.

    Args:
        view: ``status``, and for all tickets ``type`` and ``q``; ``cursor`` is the place in the list.
        endpoint: the page's route, for its links.
        mine: only the person's own tickets.
    """
    status = view.get("status") or ACTIVE
    query: dict[str, Any] = {name: value for name in ("status", "type", "q") if (value := view.get(name, "").strip())}
    page = list_tickets(
        session,
        actor,
        status=status,
        type_key=query.get("type"),
        q=query.get("q"),
        mine=mine,
        cursor=view.get("cursor"),
    )
    subjects = subjects_of_tickets(session, [ticket.id for ticket in page.items])
    group = ENDED_WORKFLOW if status == ARCHIVE or status in ENDED_WORKFLOW else OPEN_WORKFLOW
    return TicketList(
        lines=tuple(_line(ticket, subjects.get(ticket.id, "")) for ticket in page.items),
        tab=ARCHIVE if group is ENDED_WORKFLOW else ACTIVE,
        status="" if status in (ACTIVE, ARCHIVE) else status,
        statuses=tuple(each for each in WorkflowStatus if each in group),
        query=query,
        next_url=url_for(endpoint, **query, cursor=page.next) if page.next else None,
        first="cursor" not in view,
    )


def _line(ticket: TicketRow, subject: str) -> Line:
    ended = ticket.status in ENDED_WORKFLOW
    return Line(ticket, subject, "" if ended else waiting_for_all(ticket.status, ticket.waits_for))
