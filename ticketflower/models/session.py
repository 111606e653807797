"""How somebody is known again: a browser's session, an API token. Both are stored hashed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.models.base import Numbered, moment, of_company


class UserSession(Numbered):
    """A signed-in browser. The row ends at sign-out, password change and deactivation (security.md, Web)."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        of_company("user_id", table="users"),
        UniqueConstraint("token_hash"),
        Index(None, "company_id", "user_id"),
    )

    user_id: Mapped[int]
    token_hash: Mapped[str]
    user_agent: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = moment()
    expires_at: Mapped[datetime]


class ApiToken(Numbered):
    """A bearer token that acts as its user (api.md). It is shown once."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        of_company("user_id", table="users"),
        UniqueConstraint("token_hash"),
        Index(None, "company_id", "user_id"),
    )

    user_id: Mapped[int]
    token_hash: Mapped[str]
    label: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = moment()
