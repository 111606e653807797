"""A company's people and its own roles: make them, change them, and keep what assignment reads about them true."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.engine.writing import Statement
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.models import Company, CompanyRole, User, UserCompanyRole, UserLoad, UserSystemRole
from ticketflower.models.user import THEMES
from ticketflower.problems import Problem, pointer
from ticketflower.services import passwords
from ticketflower.services.accounts import AddressTaken, add_person, end_sessions
from ticketflower.services.activity import record_activity
from ticketflower.services.statements import run_statements
from ticketflower.services.wording import email_problems, name_problems, tidy, tidy_email

LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What is to be changed of a person; None leaves it as it is."""

    email: str | None = None
    password: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    active: bool | None = None
    away: bool | None = None
    time_zone: str | None = None
    theme: str | None = None
    system_roles: Collection[str] | None = None
    company_roles: Collection[str] | None = None


def create_user(
    session: Session,
    actor: Actor,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    system_roles: Collection[str],
    company_roles: Collection[str],
    now: datetime,
    also: Sequence[Statement] = (),
) -> int:
    """Makes a person of the actor's company.

    Args:
        email: their address, unique over all companies.
        system_roles: words of ``SystemRole``.
        company_roles: names of roles that the company has.
        also: statements that belong to the same commit (an idempotency key).

    Returns:
        The person's number.

    Raises:
        Forbidden: the actor is no admin.
        Unacceptable: with a problem for each answer that breaks a rule, or one for an address in use anywhere.
    """
    require_role(actor, SystemRole.ADMIN)
    email, first_name, last_name = tidy_email(email), tidy(first_name), tidy(last_name)
    known = _company_roles(session)
    problems = [
        *email_problems(email, "/email"),
        *passwords.problems_of(password, "/password", email),
        *name_problems(first_name, "/first_name", "first name", required=False),
        *name_problems(last_name, "/last_name", "last name", required=False),
        *_system_role_problems(system_roles),
        *_company_role_problems(company_roles, known),
    ]
    if problems:
        raise Unacceptable(problems)

    user = User(
        company_id=actor.company_id,
        email=email,
        password_hash=passwords.hashed(password),
        first_name=first_name,
        last_name=last_name,
        created_at=now,
    )
    try:
        add_person(session, user, _as_roles(system_roles), [known[name] for name in dict.fromkeys(company_roles)])
    except AddressTaken:
        session.rollback()
        raise
    record_activity(session, actor, "user:create", user.id, email=email, system_roles=sorted(set(system_roles)))
    run_statements(session, also, user.id)
    session.commit()
    return user.id


def change_user(session: Session, actor: Actor, user_id: int, changes: PersonChanges, now: datetime) -> None:
    """Changes a person of the actor's company. A new password or deactivation ends their sessions.

    Raises:
        Forbidden: the actor is no admin.
        NotFound: the company has no such person.
        Unacceptable: with a problem for each answer that breaks a rule.
        Conflict: the company would be left without an active admin.
    """
    require_role(actor, SystemRole.ADMIN)
    # Two admins who take each other's role at once are put in a row, so that the second sees what the first did.
    session.execute(select(Company.id).where(Company.id == actor.company_id).with_for_update())
    user = _person(session, user_id)
    known = _company_roles(session)
    problems = _change_problems(changes, user, known)
    if problems:
        session.rollback()
        raise Unacceptable(problems)

    _write_person(session, user, changes)
    _write_roles(session, user, changes, known)
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        if "uq_users_email" in str(error.orig):
            raise AddressTaken from error
        raise
    if not _has_active_admin(session):
        session.rollback()
        raise Conflict("The company must keep at least one active admin. Give somebody else that role first.")
    if changes.password is not None or changes.active is False:
        end_sessions(session, user_id)
    refresh_availability(session, user_id)
    record_activity(session, actor, "user:change", user_id, changed=_changed(changes))
    session.commit()


def create_company_role(
    session: Session, actor: Actor, role_name: str, description: str, now: datetime, also: Sequence[Statement] = ()
) -> int:
    """Makes a role of the company's own (checklist B8, B10).

    Args:
        also: statements that belong to the same commit (an idempotency key).

    Returns:
        The role's number.

    Raises:
        Forbidden: the actor is no admin.
        Unacceptable: the name is missing, too long or taken.
    """
    require_role(actor, SystemRole.ADMIN)
    role_name, description = tidy(role_name), tidy(description)
    problems = name_problems(role_name, "/role_name", "role name")
    if len(description) > LONGEST_DESCRIPTION:
        detail = f"Description must be {LONGEST_DESCRIPTION} characters or fewer."
        problems.append(Problem("/description", detail, code="too_long"))
    if problems:
        raise Unacceptable(problems)

    role = CompanyRole(company_id=actor.company_id, role_name=role_name, description=description, created_at=now)
    session.add(role)
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        if "uq_company_roles" not in str(error.orig):
            raise
        detail = f"There is a role {role_name} already. Enter another name."
        raise Unacceptable([Problem("/role_name", detail, code="taken")]) from error
    record_activity(session, actor, "role:create", role.id, role_name=role_name)
    run_statements(session, also, role.id)
    session.commit()
    return role.id


def refresh_availability(session: Session, user_id: int) -> None:
    """Makes the person's row of ``user_loads`` say what their roles and absence say, in the open transaction.

    Only an active task worker who isn't away gets new tasks (engine.md, Assignment).
    """
    works = select(UserSystemRole.role).where(
        UserSystemRole.user_id == user_id, UserSystemRole.role == SystemRole.TASK_WORKER
    )
    free = select(User.id).where(User.id == user_id, User.active, ~User.away)
    names = session.scalars(
        select(CompanyRole.role_name)
        .join(UserCompanyRole, UserCompanyRole.role == CompanyRole.id)
        .where(UserCompanyRole.user_id == user_id)
        .order_by(CompanyRole.role_name)
    ).all()
    session.execute(
        update(UserLoad)
        .where(UserLoad.user_id == user_id)
        .values(available=works.exists() & free.exists(), company_roles=list(names))
        .execution_options(synchronize_session=False)
    )


def _person(session: Session, user_id: int) -> User:
    user = None
    if 0 < user_id <= LARGEST_ID:
        user = session.scalars(
            select(User).where(User.id == user_id).execution_options(populate_existing=True)
        ).one_or_none()
    if user is None:
        session.rollback()
        raise NotFound
    return user


def _company_roles(session: Session) -> dict[str, CompanyRole]:
    return {role.role_name: role for role in session.scalars(select(CompanyRole))}


def _as_roles(words: Iterable[str]) -> frozenset[SystemRole]:
    return frozenset(SystemRole(word) for word in words)


def _system_role_problems(words: Collection[str]) -> list[Problem]:
    known = ", ".join(role.value for role in SystemRole)
    return [
        Problem(
            pointer("system_roles", index),
            f"There is no system role {word!r}. Select from {known}.",
            code="unknown_role",
        )
        for index, word in enumerate(words)
        if word not in list(SystemRole)
    ]


def _company_role_problems(names: Collection[str], known: Collection[str]) -> list[Problem]:
    return [
        Problem(
            pointer("company_roles", index),
            f"The company has no role {name!r}. Select one that it has, or make this one first.",
            code="unknown_role",
        )
        for index, name in enumerate(names)
        if name not in known
    ]


def _change_problems(changes: PersonChanges, user: User, known: Collection[str]) -> list[Problem]:
    email = tidy_email(changes.email) if changes.email is not None else user.email
    problems = email_problems(email, "/email")
    if changes.password is not None:
        problems += passwords.problems_of(changes.password, "/password", email)
    for name, label, value in (
        ("first_name", "first name", changes.first_name),
        ("last_name", "last name", changes.last_name),
    ):
        problems += name_problems(tidy(value or ""), pointer(name), label, required=False)
    if changes.theme is not None and changes.theme not in THEMES:
        problems.append(Problem("/theme", f"Theme must be one of {', '.join(THEMES)}.", code="enum"))
    if changes.time_zone and changes.time_zone not in available_timezones():
        detail = "Time zone must be a name such as Europe/Vienna."
        problems.append(Problem("/time_zone", detail, code="enum"))
    problems += _system_role_problems(changes.system_roles or ())
    problems += _company_role_problems(changes.company_roles or (), known)
    return problems


def _write_person(session: Session, user: User, changes: PersonChanges) -> None:
    for name in ("first_name", "last_name"):
        if (value := getattr(changes, name)) is not None:
            setattr(user, name, tidy(value))
    for name in ("active", "away", "theme"):
        if (value := getattr(changes, name)) is not None:
            setattr(user, name, value)
    if changes.time_zone is not None:
        user.time_zone = changes.time_zone or None
    if changes.email is not None:
        user.email = tidy_email(changes.email)
    if changes.password is not None:
        user.password_hash = passwords.hashed(changes.password)


def _write_roles(session: Session, user: User, changes: PersonChanges, known: dict[str, CompanyRole]) -> None:
    key = {"company_id": user.company_id, "user_id": user.id}
    if changes.system_roles is not None:
        session.execute(delete(UserSystemRole).where(UserSystemRole.user_id == user.id))
        session.add_all(UserSystemRole(**key, role=role.value) for role in _as_roles(changes.system_roles))
    if changes.company_roles is not None:
        session.execute(delete(UserCompanyRole).where(UserCompanyRole.user_id == user.id))
        session.add_all(UserCompanyRole(**key, role=known[name].id) for name in dict.fromkeys(changes.company_roles))


def _has_active_admin(session: Session) -> bool:
    admins = (
        select(func.count())
        .select_from(User)
        .join(UserSystemRole, UserSystemRole.user_id == User.id)
        .where(User.active, UserSystemRole.role == SystemRole.ADMIN)
    )
    return bool(session.scalar(admins))


def _changed(changes: PersonChanges) -> list[str]:
    names: Sequence[str] = PersonChanges.__slots__
    return sorted(name for name in names if getattr(changes, name) is not None)
