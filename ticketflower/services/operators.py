"""What whoever runs the server does at its command line, where nobody is signed in (api.md, The command line)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID
from ticketflower.db import enter_company
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Unacceptable
from ticketflower.models import Activity, Company, CompanyRole, Superuser, User
from ticketflower.problems import Problem, pointer
from ticketflower.services import accounts, passwords
from ticketflower.services.accounts import AddressTaken, add_person
from ticketflower.services.wording import email_problems, name_problems, tidy, tidy_email


def add_user(
    session: Session,
    company_id: int,
    email: str,
    password: str,
    system_roles: Sequence[str],
    company_roles: Sequence[str],
    now: datetime,
) -> int:
    """Adds a person to a company; company roles that it lacks are made.

    Args:
        session: must not work for another company; afterwards it works for this one.

    Returns:
        The person's number.

    Raises:
        Unacceptable: there is no such company, or an answer breaks a rule; nothing was stored.
    """
    _enter(session, company_id)
    email, names = tidy_email(email), list(dict.fromkeys(tidy(name) for name in company_roles))
    problems = [
        *email_problems(email, "/email"),
        *passwords.problems_of(password, "/password", email),
        *_system_role_problems(system_roles),
        *(problem for name in names for problem in name_problems(name, "/company_role", "company role")),
    ]
    if problems:
        session.rollback()
        raise Unacceptable(problems)

    user = User(
        company_id=company_id,
        email=email,
        password_hash=passwords.hashed(password),
        first_name="",
        last_name="",
        created_at=now,
    )
    roles = _roles(session, company_id, names, now)
    try:
        add_person(session, user, frozenset(map(SystemRole, system_roles)), roles)
    except AddressTaken:
        session.rollback()
        raise
    session.add(
        Activity(
            company_id=company_id,
            at=now,
            action="user:create",
            subject="user",
            subject_id=user.id,
            values={"email": email, "system_roles": sorted(set(system_roles)), "by": "command line"},
        )
    )
    session.commit()
    return user.id


def add_superuser(session: Session, email: str, password: str, now: datetime) -> int:
    """Adds a member of the platform's staff, who has no company and no token.

    Raises:
        Unacceptable: an answer breaks a rule, or the address is in use.
    """
    email = tidy_email(email)
    problems = [*email_problems(email, "/email"), *passwords.problems_of(password, "/password", email)]
    if problems:
        raise Unacceptable(problems)
    if accounts.find_person(session, email) is not None:
        raise AddressTaken
    superuser = Superuser(email=email, password_hash=passwords.hashed(password), created_at=now)
    session.add(superuser)
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise AddressTaken from error
    return superuser.id


def add_token(session: Session, email: str, now: datetime) -> str:
    """Makes an API token for a person, whatever their company.

    Raises:
        Unacceptable: nobody who is active has this address; superusers have no tokens.
    """
    found = accounts.find_person(session, email)
    if found is not None:
        company_id, user_id = found
        enter_company(session, company_id)
        if accounts.actor_of(session, company_id, user_id) is not None:
            return accounts.make_token(session, company_id, user_id, "command line", now)
    session.rollback()
    detail = f"No active user has the email address {tidy_email(email)}. Superusers have no tokens."
    raise Unacceptable([Problem("/email", detail, code="not_known")])


def _enter(session: Session, company_id: int) -> None:
    if 0 < company_id <= LARGEST_ID:
        enter_company(session, company_id)
        if session.scalar(select(Company.id).where(Company.id == company_id)) is not None:
            return
        session.rollback()
    raise Unacceptable([Problem("/company", f"There is no company {company_id}.", code="not_known")])


def _roles(session: Session, company_id: int, names: Sequence[str], now: datetime) -> list[CompanyRole]:
    """The company's roles of these names, the missing ones made in the open transaction."""
    known = {role.role_name: role for role in session.scalars(select(CompanyRole))}
    lacking = [name for name in names if name not in known]
    missing = [CompanyRole(company_id=company_id, role_name=name, created_at=now) for name in lacking]
    session.add_all(missing)
    session.flush()
    known |= {role.role_name: role for role in missing}
    return [known[name] for name in names]


def _system_role_problems(words: Sequence[str]) -> list[Problem]:
    known = ", ".join(role.value for role in SystemRole)
    return [
        Problem(pointer("system_role"), f"{word!r} is no system role. Select from {known}.", code="unknown_role")
        for word in words
        if word not in list(SystemRole)
    ]
