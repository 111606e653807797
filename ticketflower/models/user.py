"""People: a company's users with their roles and how busy they are, and the platform's superusers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.engine.words import SystemRole
from ticketflower.models.base import Base, Numbered, Tenant, moment, of_company, one_of, to_company

THEMES = ("system", "light", "dark")


class User(Numbered):
    """A person of one company (checklist I4 to I10). Addresses are lower-case and unique over all companies."""

    __tablename__ = "users"
    __table_args__ = (
        to_company(),
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        one_of("theme", THEMES),
    )

    email: Mapped[str]
    password_hash: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    away: Mapped[bool] = mapped_column(server_default=text("false"))
    time_zone: Mapped[str | None]
    theme: Mapped[str] = mapped_column(server_default="system")
    created_at: Mapped[datetime] = moment()

    @property
    def name(self) -> str:
        """First and last name, as shown."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class UserSystemRole(Tenant):
    """A system role of a person (checklist I11)."""

    __tablename__ = "user_system_roles"
    __table_args__ = (of_company("user_id", table="users"), one_of("role", SystemRole))

    user_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class UserCompanyRole(Tenant):
    """A company role of a person (checklist I12); ``role`` is the company role's id, so that it can be renamed."""

    __tablename__ = "user_company_roles"
    __table_args__ = (
        of_company("user_id", table="users"),
        of_company("role", table="company_roles"),
        Index(None, "company_id", "role"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[int] = mapped_column(primary_key=True)


class UserLoad(Tenant):
    """How busy a task worker is: what least-loaded assignment reads instead of counting.

    A row per user (docs/decisions/0004-data-path.md).
    ``active`` is the number of active tasks assigned to them, exact at each commit. ``available`` is
    whether new tasks may come (active, not away, a task worker) and ``company_roles`` repeats the names of their roles:
    both are written by ``services.people.refresh_availability`` alone and proved by ``flask check``.
    """

    __tablename__ = "user_loads"
    __table_args__ = (
        of_company("user_id", table="users"),
        CheckConstraint("active >= 0", name="active_not_negative"),
        Index(
            "ix_user_loads_least",
            "company_id",
            "active",
            text("last_assigned_at NULLS FIRST"),
            "user_id",
            postgresql_where=text("available"),
        ),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    active: Mapped[int] = mapped_column(server_default=text("0"))
    last_assigned_at: Mapped[datetime | None]
    available: Mapped[bool] = mapped_column(server_default=text("false"))
    company_roles: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))


class Superuser(Base):
    """A member of the platform's staff: no company, no token."""

    __tablename__ = "superusers"
    __table_args__ = (UniqueConstraint("email"), CheckConstraint("email = lower(email)", name="email_lower"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = moment()


class SignInAttempt(Base):
    """A failed sign-in, counted per account and per network address (security.md, Web). ``subject`` is a hash."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "subject", "at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    subject: Mapped[str]
    at: Mapped[datetime] = moment()
