"""What is kept beside the work: who did what, answers already given, half-filled forms, uploaded files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.models.base import Numbered, Tenant, moment, of_company, to_company


class Activity(Numbered):
    """Who did what to which thing, when (checklist B20). ``action`` is ``subject:verb``; never updated."""

    __tablename__ = "activity_log"
    __table_args__ = (
        to_company(),
        of_company("actor_id", table="users"),
        Index(None, "company_id", "subject", "subject_id", "id"),
    )

    at: Mapped[datetime] = moment()
    actor_id: Mapped[int | None]
    superuser_id: Mapped[int | None]
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int | None]
    values: Mapped[dict[str, Any] | None]


class IdempotencyKey(Tenant):
    """The first answer to a POST that carries a key (api.md, ``Idempotency-Key``).

    The row is made in the change's own commit, so that a retry after a lost answer finds it; ``body`` is filled in
    when the answer is known and stays null if the process died before that: then the thing made is shown again.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (of_company("user_id", table="users"), Index(None, "company_id", "created_at"))

    user_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    status: Mapped[int | None]
    subject: Mapped[str | None]
    subject_id: Mapped[int | None]
    body: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = moment()


class Draft(Tenant):
    """A half-filled form, per person and thing (``task:12``, ``ticket-type:purchase-request``)."""

    __tablename__ = "drafts"
    __table_args__ = (of_company("user_id", table="users"),)

    user_id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    entered: Mapped[Any] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = moment()


class FileUpload(Numbered):
    """A stored file (checklist J98 to J105). ``ext_key`` is its name in the store; the real name stands only here."""

    __tablename__ = "file_uploads"
    __table_args__ = (
        to_company(),
        of_company("uploaded_by", table="users"),
        UniqueConstraint("company_id", "ext_key"),
        Index(None, "company_id", "uploaded_by", "id"),
    )

    filename: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    ext_key: Mapped[str]
    file_type: Mapped[str]
    uploaded_at: Mapped[datetime] = moment()
    uploaded_by: Mapped[int]
