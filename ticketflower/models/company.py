"""A company: the tenant, and its own roles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.models.base import Base, Numbered, moment, to_company


class Company(Base):
    """A tenant (checklist I1 to I3). ``time_zone`` is the IANA zone of its day, ``_.today`` in conditions."""

    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    created_at: Mapped[datetime] = moment()


class CompanyRole(Numbered):
    """A role that the company made for itself (checklist I13 to I17)."""

    __tablename__ = "company_roles"
    __table_args__ = (to_company(), UniqueConstraint("company_id", "role_name"))

    role_name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = moment()
