"""How many active tasks each worker has: changed with the tasks, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from ticketflower.models import UserLoad


def shift_loads(session: Session, changes: Mapping[int | None, int], assigned_at: datetime | None = None) -> None:
    """Adds to the workers' counts. Call it last in a transaction: rows are locked in the order of user_id.

    Args:
        changes: by user id, what to add; nobody's (None) is left out.
        assigned_at: the moment of an assignment, for those whose count grows.
    """
    for user_id in sorted(user for user, change in changes.items() if user is not None and change):
        change = changes[user_id]
        values = {"active": UserLoad.active + change}
        if assigned_at is not None and change > 0:
            values["last_assigned_at"] = func.greatest(UserLoad.last_assigned_at, assigned_at)
        one = update(UserLoad).where(UserLoad.user_id == user_id).values(values)
        session.execute(one.execution_options(synchronize_session=False))
