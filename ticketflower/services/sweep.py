"""The sweep: runs the engine for whatever a killed process left behind (engine.md, two transactions)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from ticketflower.db import company_session
from ticketflower.engine.advance import MAX_ATTEMPTS, advance

log = logging.getLogger(__name__)

#: Tickets looked up at a time.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """How many tickets were advanced, and for how many it failed."""

    advanced: int = 0
    failed: int = 0


def sweep(sessions: sessionmaker[Session], now: datetime) -> Swept:
    """Advances every ticket of every company that waits in the engine's inbox and may be tried now.

    Args:
        sessions: makes sessions for the app role.
        now: the moment of the sweep; tickets whose last try failed wait until their time has come.
    """
    advanced = failed = 0
    seen: set[tuple[int, int]] = set()
    while batch := [found for found in _inbox(sessions, now) if found not in seen]:
        seen.update(batch)
        for company_id, ticket_id in batch:
            if _advanced(sessions, company_id, ticket_id, now):
                advanced += 1
            else:
                failed += 1
    if seen:
        log.info("sweep: %s advanced, %s failed", advanced, failed)
    return Swept(advanced, failed)


def _advanced(sessions: sessionmaker[Session], company_id: int, ticket_id: int, now: datetime) -> bool:
    """Whether a ticket's advance went through. One whose failure can't even be written down doesn't stop the others."""
    try:
        with company_session(sessions, company_id) as session:
            return not advance(session, ticket_id, now).failed
    except Exception:
        log.exception("sweep: ticket %s could not be advanced", ticket_id)
        return False


def _inbox(sessions: sessionmaker[Session], now: datetime) -> list[tuple[int, int]]:
    query = text("SELECT company_id, ticket_id FROM engine_inbox(:now, :tries, :most)")
    with sessions() as session:
        rows = session.execute(query, {"now": now, "tries": MAX_ATTEMPTS, "most": BATCH}).all()
        session.commit()
    return [(row.company_id, row.ticket_id) for row in rows]
