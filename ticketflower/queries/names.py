"""People as pages name them: a number and a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.engine.values import find_references
from ticketflower.forms import Choice
from ticketflower.models import User
from ticketflower.queries.rows import AnyResult


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the company."""

    id: int
    name: str


def person_of(user_id: int | None, first_name: str | None, last_name: str | None, email: str | None) -> Person | None:
    """A person from the columns of an outer join; None when nobody was joined."""
    if user_id is None:
        return None
    return Person(user_id, f"{first_name or ''} {last_name or ''}".strip() or email or "")


def people_named_in(
    session: Session, schemas: Mapping[str, Mapping[str, Any]], *values: Mapping[str, Any]
) -> tuple[Choice, ...]:
    """The people that ``user`` fields of some values name, for ``forms.display_values``; no query when none does."""
    numbers = {found.id for each in values for found in find_references(schemas, each) if found.kind == "user"}
    return _choices(session, numbers) if numbers else ()


def active_people(session: Session) -> tuple[Choice, ...]:
    """Everybody who may be chosen in a ``user`` field, by name."""
    rows = session.execute(select(User.id, User.first_name, User.last_name, User.email).where(User.active))
    return _sorted(rows)


def _choices(session: Session, numbers: Collection[int]) -> tuple[Choice, ...]:
    rows = session.execute(select(User.id, User.first_name, User.last_name, User.email).where(User.id.in_(numbers)))
    return _sorted(rows)


def _sorted(rows: AnyResult) -> tuple[Choice, ...]:
    people = [person for row in rows if (person := person_of(row.id, row.first_name, row.last_name, row.email))]
    return tuple(Choice(str(person.id), person.name) for person in sorted(people, key=lambda p: (p.name, p.id)))
