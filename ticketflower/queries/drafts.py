"""What somebody left half-filled (ux.md, Drafts)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.models import Draft


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A form as it was left: the names and values of its fields, and when that was."""

    entered: Sequence[tuple[str, str]]
    saved_at: datetime


def draft_of(session: Session, actor: Actor, subject: str) -> KeptDraft | None:
    """The person's own draft of a form (``services.drafts`` says how subjects are called); one query."""
    row = session.execute(
        select(Draft.entered, Draft.updated_at).where(Draft.user_id == actor.user_id, Draft.subject == subject)
    ).one_or_none()
    return KeptDraft([(name, value) for name, value in row.entered], row.updated_at) if row else None
