"""Workflow definitions for reading: the list, one version with its document, the types that may be submitted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.documents import write_yaml
from ticketflower.engine.catalog import Version, version_of
from ticketflower.engine.definition import TicketType
from ticketflower.engine.words import OPEN_WORKFLOW, DefinitionStatus, SystemRole
from ticketflower.errors import NotFound
from ticketflower.forms import json_schema_for
from ticketflower.models import TicketDefinition, TicketInstance, User, WorkflowDefinition
from ticketflower.queries.names import Person, person_of
from ticketflower.queries.paging import PAGE, Page, page_of, text_after

READERS = (SystemRole.WORKFLOW_CREATOR, SystemRole.TICKET_ADMIN)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list. ``running`` is the number of its tickets that have not ended."""

    version: int
    title: str
    status: DefinitionStatus
    created_at: datetime
    updated_at: datetime
    running: int

    @property
    def shown(self) -> bool:
        """Whether it still matters in a list of workflows: an archived version does while tickets run on it."""
        return self.status is not DefinitionStatus.ARCHIVED or self.running > 0


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """A workflow in the list, its newest version first."""

    key: str
    title: str
    description: str
    versions: tuple[VersionRow, ...]

    def _number(self, status: DefinitionStatus) -> int | None:
        return next((each.version for each in self.versions if each.status is status), None)

    @property
    def active(self) -> int | None:
        """The number of the active version."""
        return self._number(DefinitionStatus.ACTIVE)

    @property
    def draft(self) -> int | None:
        """The number of the draft."""
        return self._number(DefinitionStatus.DRAFT)

    @property
    def running(self) -> int:
        """How many tickets run, on any version."""
        return sum(each.running for each in self.versions)


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """One version.

    Args:
        document: as its author ordered it.
        source: the text that was uploaded, comments included; ``source_format`` is ``json`` or ``yaml``.
        warnings: problems as JSON (``Problem.as_json``).
        versions: the numbers and statuses of all versions, the newest first.
    """

    id: int
    key: str
    title: str
    description: str
    version: int
    status: DefinitionStatus
    document: dict[str, Any]
    source: str
    source_format: str
    warnings: Sequence[dict[str, Any]]
    created_at: datetime
    updated_at: datetime
    created_by: Person | None
    versions: tuple[tuple[int, DefinitionStatus], ...]


@dataclass(frozen=True, slots=True)
class SubmittableType:
    """A ticket type that a person may submit, with the active version that it belongs to."""

    version: Version
    ticket_type: TicketType

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what submitting it takes."""
        return json_schema_for(self.version.workflow.fields, self.ticket_type.fields, self.ticket_type.optional_fields)


def has_workflows(session: Session) -> bool:
    """Whether the company has written anything yet, in whatever state."""
    return session.scalar(select(WorkflowDefinition.id).limit(1)) is not None


def list_definitions(
    session: Session, actor: Actor, *, limit: int = PAGE, cursor: str | None = None
) -> Page[WorkflowRow]:
    """The company's workflows by key, each with its versions; three queries.

    Raises:
        Forbidden: the person is neither a workflow creator nor a ticket admin.
        Unacceptable: the cursor can't be read.
    """
    require_role(actor, *READERS)
    after = text_after("workflows", cursor)
    keys = select(WorkflowDefinition.key).distinct().order_by(WorkflowDefinition.key).limit(limit + 1)
    if after is not None:
        keys = keys.where(WorkflowDefinition.key > after)
    wanted = session.scalars(keys).all()
    rows = session.execute(
        select(
            WorkflowDefinition.id,
            WorkflowDefinition.key,
            WorkflowDefinition.title,
            WorkflowDefinition.description,
            WorkflowDefinition.version,
            WorkflowDefinition.status,
            WorkflowDefinition.created_at,
            WorkflowDefinition.updated_at,
        )
        .where(WorkflowDefinition.key.in_(wanted))
        .order_by(WorkflowDefinition.key, WorkflowDefinition.version.desc())
    ).all()
    running = _running(session, [row.id for row in rows])
    workflows = []
    for key in wanted:
        own = [row for row in rows if row.key == key]
        versions = tuple(
            VersionRow(
                row.version,
                row.title,
                DefinitionStatus(row.status),
                row.created_at,
                row.updated_at,
                running.get(row.id, 0),
            )
            for row in own
        )
        workflows.append(WorkflowRow(key, own[0].title, own[0].description, versions))
    return page_of("workflows", workflows, limit, lambda workflow: workflow.key)


def _running(session: Session, version_ids: Sequence[int]) -> dict[int, int]:
    """How many open tickets each of some versions has."""
    rows = session.execute(
        select(TicketDefinition.workflow_id, func.count())
        .join(TicketInstance, TicketInstance.ticket_type_id == TicketDefinition.id)
        .where(TicketDefinition.workflow_id.in_(version_ids), TicketInstance.status.in_(sorted(OPEN_WORKFLOW)))
        .group_by(TicketDefinition.workflow_id)
    )
    return dict(rows.all())


def definition_view(session: Session, actor: Actor, key: str, version: int | None = None) -> DefinitionView:
    """One version of a workflow: the one asked for, else the active one, else the newest; two queries.

    Raises:
        Forbidden: the person is neither a workflow creator nor a ticket admin.
        NotFound: the company has no such workflow, or no such version of it.
    """
    require_role(actor, *READERS)
    if "\0" in key or (version is not None and not 0 < version <= LARGEST_ID):
        raise NotFound
    versions = [
        (number, DefinitionStatus(status))
        for number, status in session.execute(
            select(WorkflowDefinition.version, WorkflowDefinition.status)
            .where(WorkflowDefinition.key == key)
            .order_by(WorkflowDefinition.version.desc())
        )
    ]
    number = _number(versions) if version is None else version
    found = session.execute(
        select(WorkflowDefinition, User.first_name, User.last_name, User.email)
        .outerjoin(User, User.id == WorkflowDefinition.created_by)
        .where(WorkflowDefinition.key == key, WorkflowDefinition.version == number)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    row: WorkflowDefinition = found[0]
    return DefinitionView(
        id=row.id,
        key=row.key,
        title=row.title,
        description=row.description,
        version=row.version,
        status=DefinitionStatus(row.status),
        document=row.document,
        source=row.source,
        source_format=row.source_format,
        warnings=row.warnings,
        created_at=row.created_at,
        updated_at=row.updated_at,
        created_by=person_of(row.created_by, *found[1:]),
        versions=tuple(versions),
    )


def _number(versions: Iterable[tuple[int, DefinitionStatus]]) -> int:
    listed = list(versions)
    active = [number for number, status in listed if status is DefinitionStatus.ACTIVE]
    return (active or [number for number, _ in listed] or [0])[0]


def export(view: DefinitionView, media: str) -> str:
    """A version as a file: the author's own text where it is in that notation, else written anew.

    Args:
        media: ``json`` or ``yaml``.
    """
    if media == view.source_format and view.source:
        return view.source
    if media == "yaml":
        return write_yaml(view.document)
    return json.dumps(view.document, ensure_ascii=False, indent=2) + "\n"


def submittable_types(session: Session, actor: Actor) -> list[SubmittableType]:
    """The ticket types that the person may submit, by title; one query once their versions are compiled.

    Raises:
        Forbidden: the person is no user.
    """
    require_role(actor, SystemRole.USER)
    active = select(WorkflowDefinition.id).where(WorkflowDefinition.status == DefinitionStatus.ACTIVE)
    types = [
        SubmittableType(version, ticket_type)
        for number in session.scalars(active.order_by(WorkflowDefinition.key)).all()
        for version in (version_of(session, number),)
        for ticket_type in version.workflow.tickets.values()
        if actor.may_by_company_role(ticket_type.company_role_access)
    ]
    return sorted(types, key=lambda each: (each.ticket_type.title.casefold(), each.ticket_type.key))
