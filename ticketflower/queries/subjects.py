"""What a ticket is about, in a few words: the first text among its fields, so that rows of one type can be told apart.

A worker's row takes it from the fields that the task shows, as they were when it started.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ticketflower.engine.catalog import version_of
from ticketflower.forms.kinds import Kind, kind_of

#: So much of a text stands in a row; the style sheet cuts what does not fit.
LONGEST = 120
#: Only so many of the first fields are looked at.
LOOKED_AT = 4
_TEXTS = (Kind.TEXT, Kind.TEXTAREA)


def subjects_of_tickets(session: Session, ticket_ids: Collection[int]) -> dict[int, str]:
    """The subjects of some tickets, by number; one query. A ticket without a text among its first fields has none."""
    return _subjects(session, _OF_TICKETS, ticket_ids)


def subjects_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, str]:
    """The subjects of some tasks, by number; one query."""
    return _subjects(session, _OF_TASKS, task_ids)


def subject_in(schemas: Mapping[str, Mapping[str, Any]], fields: Sequence[str], values: Mapping[str, Any]) -> str:
    """The subject among values that are there already; "" if there is none."""
    first = list(fields[:LOOKED_AT])
    return _pick(schemas, first, [values.get(name) for name in first])


def _subjects(session: Session, statement: str, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    wanted = {"company": session.info["company_id"], "ids": list(ids)}
    rows = session.execute(text(statement).bindparams(bindparam("ids", expanding=True)), wanted).all()
    found = {}
    for row in rows:
        schemas = version_of(session, row.version_id).workflow.fields
        found[row.id] = _pick(schemas, row.fields, row.texts)
    return {number: subject for number, subject in found.items() if subject}


def _pick(schemas: Mapping[str, Mapping[str, Any]], fields: Sequence[str], values: Sequence[Any]) -> str:
    for name, value in zip(fields, values, strict=True):
        if isinstance(value, str) and value.strip() and kind_of(schemas[name]) in _TEXTS:
            words = " ".join(value.split())
            return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return ""


def _texts(data: str, fields: str) -> str:
    """The beginnings of the first fields' values: a text may be long, and a row shows little of it."""
    return ", ".join(f"left({data} ->> {fields}[{place}], {LONGEST * 2})" for place in range(1, LOOKED_AT + 1))


_OF_TICKETS = f"""
SELECT t.id, d.workflow_id AS version_id, d.fields[1:{LOOKED_AT}] AS fields,
       (ARRAY[{_texts("t.data", "d.fields")}])[1:least(cardinality(d.fields), {LOOKED_AT})] AS texts
  FROM ticket_instances t
  JOIN ticket_definitions d ON d.company_id = t.company_id AND d.id = t.ticket_type_id
 WHERE t.company_id = :company AND t.id IN :ids
"""  # noqa: S608 (no value in it)
_OF_TASKS = f"""
SELECT t.id, d.workflow_id AS version_id, d.input_fields[1:{LOOKED_AT}] AS fields,
       (ARRAY[{_texts("w.workflow_data", "d.input_fields")}])[1:least(cardinality(d.input_fields), {LOOKED_AT})]
       AS texts
  FROM task_instances t
  JOIN task_definitions d ON d.company_id = t.company_id AND d.id = t.task_definition_id
  JOIN workflow_data w ON w.company_id = t.company_id AND w.workflow_id = t.workflow_instance_id
                      AND w.iteration = t.start_iteration
 WHERE t.company_id = :company AND t.id IN :ids
"""  # noqa: S608 (no value in it)
