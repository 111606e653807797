"""Is what somebody gave for fields right? The schemas' rules, and the rules that need the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID
from ticketflower.engine.conditions import Condition, ConditionTooCostly
from ticketflower.engine.definition import Task, Workflow
from ticketflower.engine.values import Reference, check_data, find_references
from ticketflower.errors import Unacceptable
from ticketflower.models import User
from ticketflower.problems import Problem


def require_good_answers(
    session: Session,
    workflow: Workflow,
    fields: Sequence[str],
    optional: Collection[str],
    data: Any,
    required_now: Collection[str] = (),
) -> None:
    """Refuses data that breaks a rule, with every problem at once (api.md: 422, and everything stays as it was).

    Args:
        fields: what may be given.
        optional: what of it may be left out.
        data: what was sent, under the key ``data``; any JSON value.
        required_now: optional fields that must be given this time.

    Raises:
        Unacceptable: with a pointer below ``/data`` for each problem.
    """
    problems = check_data(workflow.validators, fields, optional, data, required_now=required_now)
    if not problems:
        problems = _reference_problems(session, workflow, data)
    if problems:
        raise Unacceptable([problem.under("/data") for problem in problems])


def required_now(task: Task, workspace: Mapping[str, Any], data: Any) -> list[str]:
    """The optional outputs that must be given with this data (document.md, ``required_when``).

    One whose condition takes too much work with this data must be given: then nobody has to know.
    """
    if not task.required_when or not isinstance(data, Mapping):
        return []
    laid_on_top = {**workspace, **data}
    return [name for name, condition in task.required_when.items() if _holds(condition, laid_on_top)]


def _holds(condition: Condition, data: Mapping[str, Any]) -> bool:
    try:
        return condition.holds(data)
    except ConditionTooCostly:
        return True


def _reference_problems(session: Session, workflow: Workflow, data: Mapping[str, Any]) -> list[Problem]:
    references = find_references(workflow.fields, data)
    people = {found.id for found in references if found.kind == "user"}
    known = _active_users(session, people) if people else set()
    return [problem for found in references if (problem := _reference_problem(found, known))]


def _reference_problem(found: Reference, known_users: set[int]) -> Problem | None:
    if found.kind == "user":
        if found.id in known_users:
            return None
        detail = "Select somebody of your company"
        return Problem(found.pointer, detail, "Give the number of an active user as text.", code="unknown_user")
    detail = "Files can't be attached yet: this part is coming soon"
    return Problem(found.pointer, detail, "Leave the field out.", code="not_enabled")


def _active_users(session: Session, ids: set[int]) -> set[int]:
    storable = {number for number in ids if number <= LARGEST_ID}
    return set(session.scalars(select(User.id).where(User.id.in_(storable), User.active)))
