"""What a workflow creator does with definitions: store a draft, check one, activate, archive (engine.md, Definitions).

One company's definitions change one at a time, under an advisory lock: which ticket types belong to which workflow and
which version comes next are questions about all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from ticketflower.access import require_role
from ticketflower.actor import Actor
from ticketflower.documents import Report, Source, Unreadable, check, normalise, read
from ticketflower.engine.announce import DEFINITIONS, announce
from ticketflower.engine.words import DefinitionStatus, Retrigger, SystemRole, WaitFor
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.models import (
    CompanyRole,
    TaskDefinition,
    TicketDefinition,
    WorkflowCompletion,
    WorkflowDefinition,
)
from ticketflower.problems import Problem
from ticketflower.services.activity import record_activity


@dataclass(frozen=True, slots=True)
class Stored:
    """A version as it was stored.

    Args:
        created: a new draft; False when it took the place of one.
        warnings: what may be meant, and probably isn't.
    """

    key: str
    version: int
    status: DefinitionStatus
    created: bool
    warnings: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """The draft that somebody had before their eyes: when it was stored, None where there was none."""

    stored_at: datetime | None


def store_draft(
    session: Session,
    actor: Actor,
    key: str,
    source_text: str | bytes,
    media: str | None,
    now: datetime,
    *,
    activate: bool = False,
    seen: Seen | None = None,
) -> Stored:
    """Stores a document as the workflow's draft, the next version; a draft that stands there is replaced.

    Args:
        key: the key in the address, which must be the document's.
        source_text: the document as JSON or YAML.
        media: its media type; None lets the content tell.
        activate: activate it in the same act.
        seen: the draft that it is meant to replace; None replaces whichever stands there.

    Raises:
        Forbidden: the person is no workflow creator.
        Unacceptable: with every problem of the document; nothing was stored.
        Conflict: another draft stands there than the one in ``seen``.
    """
    require_role(actor, SystemRole.WORKFLOW_CREATOR)
    source = _read(source_text, media)
    _lock(session, actor)
    report = _checked(session, source, key)
    _refuse_unseen(session, key, seen)
    row, created = _draft_row(session, actor, key, now)
    _fill(session, row, source, source_text, report)
    session.flush()
    _write_parts(session, row)
    record_activity(session, actor, "workflow:store", row.id, key=key, version=row.version)
    if activate:
        _activate(session, actor, row, now)
    stored = Stored(key, row.version, DefinitionStatus(row.status), created, report.warnings)
    session.commit()
    announce(session, {DEFINITIONS})
    return stored


def validate(
    session: Session, actor: Actor, source_text: str | bytes, media: str | None, key: str | None = None
) -> tuple[str, Report]:
    """Checks a document and stores nothing.

    Args:
        key: the key that the document must have; None lets it have any.

    Returns:
        The document's key, and the report; it has warnings only.

    Raises:
        Forbidden: the person is no workflow creator.
        Unacceptable: with every problem of the document.
    """
    require_role(actor, SystemRole.WORKFLOW_CREATOR)
    source = _read(source_text, media)
    report = _checked(session, source, key)
    session.commit()
    return source.document["workflow"], report


def activate(session: Session, actor: Actor, key: str, now: datetime, *, seen: Seen | None = None) -> Stored:
    """Makes the draft the active version; the one before is archived, and its tickets stay on it.

    Args:
        seen: the draft that is meant; None means whichever stands there.

    Raises:
        Forbidden: the person is no workflow creator.
        NotFound: the company has no such workflow.
        Conflict: it has no draft, or another one than the one in ``seen``.
    """
    require_role(actor, SystemRole.WORKFLOW_CREATOR)
    _lock(session, actor)
    versions = _versions(session, key)
    draft = versions.get(DefinitionStatus.DRAFT)
    if draft is None:
        session.rollback()
        raise Conflict(f"“{key}” has no draft. Store a document first, then activate it.")
    _refuse_unseen(session, key, seen)
    _activate(session, actor, draft, now)
    stored = _as_stored(draft)
    session.commit()
    announce(session, {DEFINITIONS})
    return stored


def archive(session: Session, actor: Actor, key: str, now: datetime) -> Stored:
    """Takes the active version out of use: no more tickets can be submitted, those under way go on.

    Raises:
        Forbidden: the person is no workflow creator.
        NotFound: the company has no such workflow.
        Conflict: no version of it is active.
    """
    require_role(actor, SystemRole.WORKFLOW_CREATOR)
    _lock(session, actor)
    active = _versions(session, key).get(DefinitionStatus.ACTIVE)
    if active is None:
        session.rollback()
        raise Conflict(f"No version of “{key}” is active, so there is nothing to archive.")
    _archive(session, actor, active, now)
    stored = _as_stored(active)
    session.commit()
    announce(session, {DEFINITIONS})
    return stored


def _read(source_text: str | bytes, media: str | None) -> Source:
    try:
        return read(source_text, media)
    except Unreadable as unreadable:
        raise Unacceptable(unreadable.problems) from None


def _lock(session: Session, actor: Actor) -> None:
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, :company))"),
        {"name": "ticketflower definitions", "company": actor.company_id},
    )


def _checked(session: Session, source: Source, key: str | None) -> Report:
    """The report on a document without errors."""
    roles = session.scalars(select(CompanyRole.role_name)).all()
    own = source.document.get("workflow")
    report = check(
        source.document,
        company_roles=roles,
        ticket_types_elsewhere=_ticket_types_elsewhere(session, own),
        key=key,
    ).located(source)
    if report.errors:
        session.rollback()
        raise Unacceptable(report.errors, _summary(report))
    return report


def _ticket_types_elsewhere(session: Session, own: object) -> dict[str, str]:
    """The ticket types of the company's other workflows, of all their versions: a key belongs to one workflow."""
    rows = session.execute(
        select(TicketDefinition.key, WorkflowDefinition.key)
        .join(WorkflowDefinition, WorkflowDefinition.id == TicketDefinition.workflow_id)
        .distinct()
    )
    return {ticket_type: workflow for ticket_type, workflow in rows if workflow != own}


def _summary(report: Report) -> str:
    count = len(report.errors)
    if count == 1:
        return report.errors[0].detail
    return f"The document has {count} problems. Mend each of them, then send it again."


def _versions(session: Session, key: str) -> dict[DefinitionStatus, WorkflowDefinition]:
    """The draft and the active version of a workflow, as they are now under the lock."""
    rows = []
    if "\0" not in key:
        query = select(WorkflowDefinition).where(WorkflowDefinition.key == key).order_by(WorkflowDefinition.version)
        rows = list(session.scalars(query.execution_options(populate_existing=True)))
    if not rows:
        session.rollback()
        raise NotFound
    return {DefinitionStatus(row.status): row for row in rows}


def _refuse_unseen(session: Session, key: str, seen: Seen | None) -> None:
    """Two creators may work on one draft; neither replaces or activates what the other has stored meanwhile."""
    if seen is None:
        return
    rows = select(WorkflowDefinition.updated_at).where(WorkflowDefinition.key == key)
    stored_at = session.scalar(rows.where(WorkflowDefinition.status == DefinitionStatus.DRAFT))
    if stored_at == seen.stored_at:
        return
    session.rollback()
    if stored_at is None:
        raise Conflict(f"The draft of “{key}” is gone: somebody activated it meanwhile.")
    if seen.stored_at is None:
        raise Conflict(f"“{key}” has a draft already.")
    raise Conflict(f"Somebody changed the draft of “{key}” meanwhile.")


def _draft_row(session: Session, actor: Actor, key: str, now: datetime) -> tuple[WorkflowDefinition, bool]:
    """The draft that stands there, or a new one with the next number."""
    rows = select(WorkflowDefinition).where(WorkflowDefinition.key == key)
    draft = session.scalars(
        rows.where(WorkflowDefinition.status == DefinitionStatus.DRAFT).execution_options(populate_existing=True)
    ).one_or_none()
    if draft is not None:
        draft.updated_at = now
        return draft, False
    last = session.scalar(select(func.max(WorkflowDefinition.version)).where(WorkflowDefinition.key == key))
    row = WorkflowDefinition(
        company_id=actor.company_id,
        key=key,
        version=(last or 0) + 1,
        status=DefinitionStatus.DRAFT,
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    return row, True


def _fill(session: Session, row: WorkflowDefinition, source: Source, source_text: str | bytes, report: Report) -> None:
    document = normalise(source.document)
    row.document = document
    row.fields_schema = document["fields_schema"]
    row.display_layout = document.get("display_layout")
    _describe(row, document)
    row.source = source_text.decode("utf-8-sig") if isinstance(source_text, bytes) else source_text
    row.source_format = source.format
    row.warnings = [warning.as_json() for warning in report.warnings]


def _describe(row: Any, part: dict[str, Any]) -> None:
    row.title = part["title"]
    row.description = part.get("description") or ""
    row.ext_ref = part.get("ext_ref") or []


def _write_parts(session: Session, row: WorkflowDefinition) -> None:
    """The rows that repeat the document's parts for queries and pages, in place of those of the draft before."""
    for model in (TaskDefinition, TicketDefinition, WorkflowCompletion):
        session.execute(delete(model).where(model.workflow_id == row.id).execution_options(synchronize_session="fetch"))
    session.add_all(_parts(row))
    session.flush()


def _parts(row: WorkflowDefinition) -> Iterator[TaskDefinition | TicketDefinition | WorkflowCompletion]:
    document = row.document
    for position, (key, part) in enumerate((document.get("tasks") or {}).items()):
        yield TaskDefinition(**_common(row, key, part, position), **_task_columns(part))
    for position, (key, part) in enumerate(document["tickets"].items()):
        yield TicketDefinition(
            **_common(row, key, part, position),
            **_lists(part, "fields", "optional_fields", "company_role_access"),
            edit_layout=part.get("edit_layout"),
        )
    for position, (key, part) in enumerate(document["completions"].items()):
        yield WorkflowCompletion(
            **_common(row, key, part, position),
            **_lists(part, "fields"),
            completion_status=part["completion_status"],
            condition=part.get("condition"),
            when_idle=bool(part.get("when_idle")),
        )


def _common(row: WorkflowDefinition, key: str, part: dict[str, Any], position: int) -> dict[str, Any]:
    return {
        "company_id": row.company_id,
        "workflow_id": row.id,
        "key": key,
        "position": position,
        "title": part["title"],
        "description": part.get("description") or "",
        "ext_ref": part.get("ext_ref") or [],
        "version": row.version,
        "display_layout": part.get("display_layout"),
        "created_by": row.created_by,
        "created_at": row.updated_at,
        "updated_at": row.updated_at,
    }


def _lists(part: dict[str, Any], *names: str) -> dict[str, list[str]]:
    return {name: list(part.get(name) or ()) for name in names}


_TASK_LISTS = ("input_fields", "output_fields", "optional_fields", "context_fields", "clears", "company_role_access")
_TASK_VALUES = (
    "task_type",
    "condition",
    "cancel_when",
    "edit_layout",
    "action_url",
    "input_transform",
    "output_transform",
    "timeout_seconds",
)


def _task_columns(part: dict[str, Any]) -> dict[str, Any]:
    return {
        **_lists(part, *_TASK_LISTS),
        **{name: part.get(name) for name in _TASK_VALUES},
        "required_when": part.get("required_when") or {},
        "wait_for": part.get("wait_for") or WaitFor.ANY,
        "on_retrigger": part.get("on_retrigger") or Retrigger.PARALLEL,
        "on_demand": bool(part.get("on_demand")),
        "assignment": part.get("assignment") or "least_loaded",
    }


def _activate(session: Session, actor: Actor, draft: WorkflowDefinition, now: datetime) -> None:
    """Archives the active version, if there is one, and puts the draft in its place, in the open transaction."""
    active = session.scalars(
        select(WorkflowDefinition).where(
            WorkflowDefinition.key == draft.key, WorkflowDefinition.status == DefinitionStatus.ACTIVE
        )
    ).one_or_none()
    if active is not None:
        _archive(session, actor, active, now)
    draft.status = DefinitionStatus.ACTIVE
    draft.updated_at = now
    record_activity(session, actor, "workflow:activate", draft.id, key=draft.key, version=draft.version)
    session.flush()


def _archive(session: Session, actor: Actor, active: WorkflowDefinition, now: datetime) -> None:
    active.status = DefinitionStatus.ARCHIVED
    active.updated_at = now
    record_activity(session, actor, "workflow:archive", active.id, key=active.key, version=active.version)
    session.flush()


def _as_stored(row: WorkflowDefinition) -> Stored:
    warnings = [Problem(**warning) for warning in row.warnings]
    return Stored(row.key, row.version, DefinitionStatus(row.status), False, warnings)
