"""The company's people and roles for reading (api.md, ``GET /users``, ``GET /roles``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.errors import NotFound
from ticketflower.models import CompanyRole, User, UserCompanyRole, UserSystemRole
from ticketflower.queries.paging import PAGE, Page, number_after, page_of
from ticketflower.queries.rows import AnyRow


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person of the company, with the words of their system roles and the names of their company roles."""

    id: int
    email: str
    first_name: str
    last_name: str
    active: bool
    away: bool
    system_roles: tuple[str, ...]
    company_roles: tuple[str, ...]

    @property
    def name(self) -> str:
        """First and last name, as shown."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role of the company's own."""

    id: int
    role_name: str
    description: str


def list_users(session: Session, actor: Actor, *, limit: int = PAGE, cursor: str | None = None) -> Page[UserRow]:
    """The company's people in the order in which they came; one query.

    Raises:
        Forbidden: the actor is no admin.
        Unacceptable: the cursor can't be read.
    """
    require_role(actor, SystemRole.ADMIN)
    after = number_after("users", cursor) or 0
    rows = session.execute(_USERS.where(User.id > after).order_by(User.id).limit(limit + 1)).all()
    return page_of("users", _users(rows), limit, lambda user: user.id)


def user_view(session: Session, actor: Actor, user_id: int) -> UserRow:
    """One person; one query.

    Raises:
        Forbidden: the actor is no admin.
        NotFound: the company has no such person.
    """
    require_role(actor, SystemRole.ADMIN)
    if not 0 < user_id <= LARGEST_ID:
        raise NotFound
    rows = session.execute(_USERS.where(User.id == user_id)).all()
    if not rows:
        raise NotFound
    return _users(rows)[0]


def list_roles(session: Session, actor: Actor, *, limit: int = PAGE, cursor: str | None = None) -> Page[RoleRow]:
    """The company's own roles in the order of their making; one query.

    Raises:
        Forbidden: the actor is no admin.
        Unacceptable: the cursor can't be read.
    """
    require_role(actor, SystemRole.ADMIN)
    after = number_after("roles", cursor) or 0
    rows = session.execute(_ROLES.where(CompanyRole.id > after).order_by(CompanyRole.id).limit(limit + 1))
    return page_of("roles", [RoleRow(*row) for row in rows], limit, lambda role: role.id)


def role_view(session: Session, actor: Actor, role_id: int) -> RoleRow:
    """One role; one query.

    Raises:
        Forbidden: the actor is no admin.
        NotFound: the company has no such role.
    """
    require_role(actor, SystemRole.ADMIN)
    row = session.execute(_ROLES.where(CompanyRole.id == role_id)).one_or_none()
    if row is None:
        raise NotFound
    return RoleRow(*row)


_SYSTEM_ROLES = (
    select(func.array_agg(UserSystemRole.role))
    .where(UserSystemRole.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)
_COMPANY_ROLES = (
    select(func.array_agg(CompanyRole.role_name))
    .join(UserCompanyRole, UserCompanyRole.role == CompanyRole.id)
    .where(UserCompanyRole.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)
_USERS = select(
    User.id,
    User.email,
    User.first_name,
    User.last_name,
    User.active,
    User.away,
    _SYSTEM_ROLES.label("system_roles"),
    _COMPANY_ROLES.label("company_roles"),
)
_ROLES = select(CompanyRole.id, CompanyRole.role_name, CompanyRole.description)


def _users(rows: Sequence[AnyRow]) -> list[UserRow]:
    order = [role.value for role in SystemRole]
    return [
        UserRow(
            row.id,
            row.email,
            row.first_name,
            row.last_name,
            row.active,
            row.away,
            tuple(sorted(row.system_roles or (), key=order.index)),
            tuple(sorted(row.company_roles or ())),
        )
        for row in rows
    ]
