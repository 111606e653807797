"""Which live pages have something new: topics, told to every process after the commit (architecture.md, The flow)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

#: A NOTIFY carries at most 8,000 bytes (ux.md, Live 8); past this many topics everybody of the company looks again.
MOST_TOPICS = 100
EVERYTHING = "everything"


def ticket_topic(ticket_id: int) -> str:
    """The page of one ticket."""
    return f"ticket:{ticket_id}"


def queue_topic(user_id: int) -> str:
    """The task queue of one person."""
    return f"queue:{user_id}"


def tickets_topic(user_id: int) -> str:
    """The list of the tickets that one person submitted."""
    return f"tickets:{user_id}"


UNASSIGNED = "unassigned"
ERRORS = "errors"
BOARD = "board"
DEFINITIONS = "definitions"


def payload(company_id: int, topics: Iterable[str]) -> str:
    """What NOTIFY carries: the company and the topics, ids only."""
    listed = sorted(set(topics))
    if len(listed) > MOST_TOPICS:
        listed = [EVERYTHING]
    return json.dumps({"company": company_id, "topics": listed}, separators=(",", ":"))


def announce(session: Session, topics: Iterable[str]) -> None:
    """Tells every process that these topics have something new. Call it after the commit: NOTIFY locks at commit."""
    session.execute(
        text("SELECT pg_notify('ticketflower', :payload)"), {"payload": payload(session.info["company_id"], topics)}
    )
    session.commit()
