"""Whom a form may name: the people for its ``user`` fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from ticketflower.forms import Choice
from ticketflower.queries.names import active_people


def people_for(session: Session, schemas: Mapping[str, Mapping[str, Any]], fields: Iterable[str]) -> tuple[Choice, ...]:
    """Everybody who may be chosen, if one of the fields asks for somebody; no query when none does."""
    return active_people(session) if any(_asks_for_people(schemas[name]) for name in fields) else ()


def _asks_for_people(schema: Mapping[str, Any]) -> bool:
    if schema.get("format") == "user":
        return True
    inner = [schema.get("items"), *(schema.get("properties") or {}).values()]
    return any(_asks_for_people(each) for each in inner if isinstance(each, Mapping))
