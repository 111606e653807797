"""Half-filled forms, kept for the person who fills them in (ux.md, Drafts)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.writing import Statement, dumps
from ticketflower.errors import Unacceptable
from ticketflower.problems import Problem

#: Characters; a form that holds more is too large to be sent at all.
LARGEST = 512 * 1024
#: How the names of a form's own controls begin (``forms.controls``); buttons and tokens are no part of a draft.
KEPT_NAMES = ("f-", "s-", "x-f-")


def of_task(task_id: int) -> str:
    """What a draft of a task's form is kept under."""
    return f"task:{task_id}"


def of_ticket_type(key: str) -> str:
    """What a draft of a ticket type's form is kept under."""
    return f"ticket-type:{key}"


def save_draft(
    session: Session, actor: Actor, subject: str, entered: Iterable[tuple[str, str]], form_key: str, now: datetime
) -> None:
    """Keeps what stands in a form. What was kept of it before is replaced.

    A save that is overtaken by the form itself keeps nothing: the form's idempotency key says that it was sent.

    Args:
        subject: the form, by ``of_task`` or ``of_ticket_type``; the caller has asked whether the person may see it.
        entered: the form's fields as they were sent.
        form_key: the form's idempotency key.

    Raises:
        Unacceptable: the form holds more than anybody could send.
    """
    kept = [[name, value.replace("\0", "")] for name, value in entered if name.startswith(KEPT_NAMES)]
    body = dumps(kept)
    if len(body) > LARGEST:
        raise Unacceptable([Problem("", "The form holds too much to be kept as a draft.", code="too_large")])
    session.execute(
        text(_SAVE),
        {
            "company": actor.company_id,
            "user": actor.user_id,
            "subject": subject,
            "entered": body,
            "key": form_key,
            "now": now,
        },
    )
    session.commit()


def discard_draft(session: Session, actor: Actor, subject: str) -> None:
    """Forgets a draft; nothing happens if there is none."""
    statement, params = forgetting(actor, subject)
    session.connection().exec_driver_sql(statement, dict(params))
    session.commit()


def forgetting(actor: Actor, subject: str) -> Statement:
    """For a service's ``also``: the draft goes in the commit of what it became."""
    return _FORGET, {"draft_company": actor.company_id, "draft_user": actor.user_id, "draft_subject": subject}


_SAVE = """
INSERT INTO drafts (company_id, user_id, subject, entered, updated_at)
SELECT :company, :user, :subject, CAST(:entered AS jsonb), :now
 WHERE NOT EXISTS (SELECT FROM idempotency_keys
                    WHERE company_id = :company AND user_id = :user AND key = :key)
ON CONFLICT (company_id, user_id, subject) DO UPDATE SET entered = excluded.entered, updated_at = excluded.updated_at
"""
_FORGET = """
DELETE FROM drafts
 WHERE company_id = %(draft_company)s AND user_id = %(draft_user)s AND subject = %(draft_subject)s
"""
