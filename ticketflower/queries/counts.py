"""How much there is to do, for one person: the navigation's counts and the dashboard's figures, in one query.

Every page asks for them, so the SQL is written out: put together anew, it would cost half of a page's time. Statuses
are literal words, so that a prepared statement can use the partial indexes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.words import OPEN_WORKFLOW, SystemRole, WorkflowStatus

#: Counting stops here: nobody reads the difference, and a page costs the same however much there is.
MOST = 1000

#: The open statuses, in the order of a ticket's life.
OPEN_STATUSES = tuple(status for status in WorkflowStatus if status in OPEN_WORKFLOW)

ACTIVE = "status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')"

TASKS = f"SELECT FROM task_instances WHERE company_id = :company AND assigned_to = :user AND {ACTIVE}"

CLAIMABLE = f"""
    SELECT FROM task_instances
     WHERE company_id = :company AND assigned_to IS NULL AND {ACTIVE}
       AND task_definition_id IN (
           SELECT id FROM task_definitions
            WHERE company_id = :company
              AND (company_role_access = '{{}}' OR company_role_access && CAST(:company_roles AS text[])))"""  # noqa: S608

OWN_TICKETS = """
    SELECT FROM ticket_instances
     WHERE company_id = :company AND created_by = :user AND status IN ('NOT_STARTED', 'IN_PROGRESS', 'ON_HOLD')"""

NEW_ERRORS = "SELECT FROM ticket_errors WHERE company_id = :company AND error_status = 'NEW'"

TICKETS = "SELECT FROM ticket_instances WHERE company_id = :company AND status = '{status}'"

DRAFTS = "SELECT FROM workflow_definitions WHERE company_id = :company AND status = 'DRAFT'"

#: What each role has counted, by key.
COUNTED: Mapping[SystemRole, Mapping[str, str]] = {
    SystemRole.TASK_WORKER: {"tasks": TASKS, "unassigned": CLAIMABLE},
    SystemRole.USER: {"my-tickets": OWN_TICKETS},
    SystemRole.TICKET_ADMIN: {
        "errors": NEW_ERRORS,
        **{f"tickets:{status}": TICKETS.format(status=status.value) for status in OPEN_STATUSES},
    },
    SystemRole.WORKFLOW_CREATOR: {"drafts": DRAFTS},
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of what, by key; only what concerns the person's roles.

    Keys: ``tasks`` (active and assigned to them), ``unassigned`` (that they may claim), ``my-tickets`` (open and
    submitted by them), ``errors`` (new), ``drafts``, and ``tickets:STATUS`` for the open statuses.
    """

    by_key: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, key: str) -> int:
        return self.by_key.get(key, 0)

    def shown(self, key: str) -> str:
        """The count as it is read: "" for none, "999+" where counting stopped."""
        count = self[key]
        return f"{MOST - 1}+" if count >= MOST else str(count or "")


def counts_of(session: Session, actor: Actor) -> Counts:
    """Counts for one person, with one query; none for somebody whose roles have nothing to count."""
    keys, statement = _statement(actor.system_roles)
    if not keys:
        return Counts()
    person = {"company": actor.company_id, "user": actor.user_id, "company_roles": sorted(actor.company_roles)}
    row = session.execute(statement, person).one()
    return Counts(dict(zip(keys, row, strict=True)))


@lru_cache(maxsize=64)
def _statement(system_roles: frozenset[SystemRole]) -> tuple[tuple[str, ...], TextClause]:
    """The keys of what somebody with these roles has counted, and the query, in the same order."""
    rows = {key: select for role in SystemRole if role in system_roles for key, select in COUNTED.get(role, {}).items()}
    columns = [f"(SELECT count(*) FROM ({select} LIMIT {MOST}) counted)" for select in rows.values()]  # noqa: S608
    return tuple(rows), text(f"SELECT {', '.join(columns)}")
