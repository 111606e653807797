"""Who somebody is: sign-up of a company, sign-in and sign-out, API tokens, and the person behind a request."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.db import enter_company, leave_company
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Unacceptable
from ticketflower.models import (
    ApiToken,
    Company,
    CompanyRole,
    User,
    UserCompanyRole,
    UserLoad,
    UserSession,
    UserSystemRole,
)
from ticketflower.problems import Problem
from ticketflower.services import passwords, throttle
from ticketflower.services.wording import email_problems, name_problems, tidy, tidy_email

SESSION_HOURS = 14 * 24
LONGEST_USER_AGENT = 300
CANT_BE_USED = "This email address can't be used. Sign in if it is yours, or enter another one."
NOT_KNOWN = "Email address and password don't belong together. Check both, then try again."


@dataclass(frozen=True, slots=True)
class Found:
    """What a secret (cookie or token) leads to: a person, and the row that keeps the secret's hash."""

    company_id: int
    user_id: int
    row_id: int


class AddressTaken(Unacceptable):
    """The address belongs to somebody, in whatever company; more isn't told (api.md, ``POST /users``)."""

    def __init__(self) -> None:
        super().__init__([Problem("/email", CANT_BE_USED, code="cant_be_used")])


def sign_up(
    session: Session,
    company_name: str,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    now: datetime,
    *,
    address: str | None = None,
    names_required: bool = False,
) -> tuple[int, int]:
    """Makes a company and its first person, who gets every system role, in one act (checklist C1 to C7).

    Afterwards the session works for the new company.

    Args:
        address: the network address that it comes from; tries from one are counted, as each may tell that an email
            address is in use. None for the command line.
        names_required: whether the person must give first and last name.

    Returns:
        The company's number and the person's.

    Raises:
        Unacceptable: with a problem for each answer that breaks a rule, or one for an address in use anywhere.
        Throttled: too many tries from this network address.
    """
    company_name, first_name, last_name = tidy(company_name), tidy(first_name), tidy(last_name)
    email = tidy_email(email)
    problems = [
        *name_problems(company_name, "/company_name", "company name"),
        *name_problems(first_name, "/first_name", "first name", article="your", required=names_required),
        *name_problems(last_name, "/last_name", "last name", article="your", required=names_required),
        *email_problems(email, "/email"),
        *passwords.problems_of(password, "/password", email),
    ]
    if problems:
        raise Unacceptable(problems)
    if address is not None:
        throttle.begin(session, [throttle.network(address)], now)

    password_hash = passwords.hashed(password)
    company_id = _next_company_id(session)
    enter_company(session, company_id)
    session.add(Company(id=company_id, name=company_name, created_at=now))
    user = User(
        company_id=company_id,
        email=email,
        password_hash=password_hash,
        first_name=first_name,
        last_name=last_name,
        created_at=now,
    )
    try:
        session.flush()
        add_person(session, user, SystemRole, [])
        session.commit()
    except AddressTaken:
        session.rollback()
        leave_company(session)
        raise
    return company_id, user.id


def add_person(
    session: Session,
    user: User,
    system_roles: type[SystemRole] | frozenset[SystemRole],
    company_roles: list[CompanyRole],
) -> None:
    """Adds a person with their roles and their row of ``user_loads``, in the open transaction.

    Raises:
        AddressTaken: the transaction has failed and must be rolled back.
    """
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        if "uq_users_email" in str(error.orig):
            raise AddressTaken from error
        raise
    key = {"company_id": user.company_id, "user_id": user.id}
    session.add_all(UserSystemRole(**key, role=role.value) for role in system_roles)
    session.add_all(UserCompanyRole(**key, role=role.id) for role in company_roles)
    session.add(
        UserLoad(
            **key,
            available=SystemRole.TASK_WORKER in system_roles,
            company_roles=sorted(role.role_name for role in company_roles),
        )
    )
    session.flush()


def sign_in(
    session: Session,
    email: str,
    password: str,
    address: str,
    user_agent: str,
    now: datetime,
    hours: int = SESSION_HOURS,
) -> str:
    """Checks address and password, and makes a session that a browser may keep the secret of.

    Afterwards the session works for the person's company.

    Args:
        address: the network address that the try comes from.
        user_agent: what the browser calls itself, for the list of one's own sessions.
        hours: how long the session lasts.

    Returns:
        The secret, which is stored hashed.

    Raises:
        Throttled: too many failed tries for this account or from this network address.
        Unacceptable: they don't belong together, or the person was deactivated; it isn't told which.
    """
    email = tidy_email(email)
    tries = throttle.begin(session, (throttle.account(email), throttle.network(address)), now)
    found = _person_with(session, email)
    stored = found.password_hash if found and found.active else None
    session.commit()  # no connection is held while the hash is worked out
    if not passwords.matches(stored, password) or found is None:
        leave_company(session)
        raise Unacceptable([Problem("", NOT_KNOWN, code="not_known")])

    if passwords.is_outdated(found.password_hash):
        found.password_hash = passwords.hashed(password)
        session.add(found)
    throttle.forgive(session, tries)
    return open_session(session, found.company_id, found.id, address, user_agent, now, hours)


def open_session(
    session: Session,
    company_id: int,
    user_id: int,
    address: str,
    user_agent: str,
    now: datetime,
    hours: int = SESSION_HOURS,
) -> str:
    """Makes a session of a person whose password is known to be right; returns the secret that a browser may keep.

    The database session must work for the person's company. The person's sessions that have run out are deleted.
    """
    secret = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            company_id=company_id,
            user_id=user_id,
            token_hash=hash_of(secret),
            user_agent=user_agent[:LONGEST_USER_AGENT],
            address=address,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.expires_at <= now))
    session.commit()
    return secret


def sign_out(session: Session, token_hash: str) -> None:
    """Ends one session of the company that the database session works for; nothing happens if it has ended."""
    session.execute(delete(UserSession).where(UserSession.token_hash == token_hash))
    session.commit()


def end_sessions(session: Session, user_id: int, except_hash: str = "") -> None:
    """Ends a person's sessions in the open transaction: at a change of password and at deactivation."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_hash != except_hash))


def make_token(session: Session, company_id: int, user_id: int, label: str, now: datetime) -> str:
    """Makes an API token that acts as this person; it is shown once and stored hashed (api.md).

    The session must work for the person's company.
    """
    secret = secrets.token_urlsafe(32)
    session.add(
        ApiToken(company_id=company_id, user_id=user_id, token_hash=hash_of(secret), label=tidy(label), created_at=now)
    )
    session.commit()
    return secret


def find_person(session: Session, email: str) -> tuple[int, int] | None:
    """The company's and the person's numbers for an address, in whatever company it is."""
    if "\0" in email:  # PostgreSQL has no text with it
        return None
    row = session.execute(
        text("SELECT company_id, user_id FROM find_user(:email)"), {"email": tidy_email(email)}
    ).first()
    session.commit()
    return (row.company_id, row.user_id) if row else None


def find_session(session: Session, token_hash: str, now: datetime) -> Found | None:
    """Whom a browser's session belongs to; None if it has ended. The session must not work for a company yet."""
    row = session.execute(
        text("SELECT company_id, user_id, session_id FROM find_session(:hash, :at)"), {"hash": token_hash, "at": now}
    ).first()
    session.commit()
    return Found(*row) if row else None


def find_token(session: Session, token_hash: str) -> Found | None:
    """Whom an API token belongs to; None if there is no such token. The session must not work for a company yet."""
    row = session.execute(
        text("SELECT company_id, user_id, token_id FROM find_token(:hash)"), {"hash": token_hash}
    ).first()
    session.commit()
    return Found(*row) if row else None


def hash_of(secret: str) -> str:
    """What is stored of a random secret. It can't be guessed, so it needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def actor_of(session: Session, company_id: int, user_id: int) -> Actor | None:
    """The person as they are now, with one query; None if they were deactivated or never made.

    The session must work for ``company_id``.
    """
    row = session.execute(_ACTOR, {"company": company_id, "user": user_id}).first()
    if row is None:
        return None
    return Actor(
        user_id=user_id,
        company_id=company_id,
        name=f"{row.first_name} {row.last_name}".strip() or row.email,
        email=row.email,
        system_roles=frozenset(SystemRole(role) for role in row.system_roles or ()),
        company_roles=frozenset(row.company_roles or ()),
        company_name=row.company_name,
        time_zone=row.time_zone,
        theme=row.theme,
    )


_SYSTEM_ROLES = (
    select(func.array_agg(UserSystemRole.role)).where(UserSystemRole.user_id == bindparam("user")).scalar_subquery()
)
_COMPANY_ROLES = (
    select(func.array_agg(CompanyRole.role_name))
    .join(UserCompanyRole, UserCompanyRole.role == CompanyRole.id)
    .where(UserCompanyRole.user_id == bindparam("user"))
    .scalar_subquery()
)
_ACTOR = (
    select(
        User.email,
        User.first_name,
        User.last_name,
        User.theme,
        func.coalesce(User.time_zone, Company.time_zone).label("time_zone"),
        Company.name.label("company_name"),
        _SYSTEM_ROLES.label("system_roles"),
        _COMPANY_ROLES.label("company_roles"),
    )
    .join(Company, Company.id == User.company_id)
    .where(User.company_id == bindparam("company"), User.id == bindparam("user"), User.active)
)


def _next_company_id(session: Session) -> int:
    # A company's row may be written only by a session that works for it, so its number comes first.
    number: int = session.execute(text("SELECT nextval(pg_get_serial_sequence('companies', 'id'))")).scalar_one()
    leave_company(session)
    return number


def _person_with(session: Session, email: str) -> User | None:
    """The person of this address; the session then works for their company."""
    found = find_person(session, email)
    leave_company(session)
    if found is None:
        return None
    company_id, user_id = found
    enter_company(session, company_id)
    return session.scalars(select(User).where(User.id == user_id)).one()
