"""Companies and people for tests, made with the services that the product uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ticketflower.actor import Actor
from ticketflower.db import company_session
from ticketflower.models import CompanyRole
from ticketflower.services import accounts, people
from ticketflower.services.people import PersonChanges

PASSWORD = "correct horse battery"


@dataclass
class Person:
    """Somebody who can sign in."""

    company: Company
    id: int
    email: str
    password: str = PASSWORD

    @property
    def actor(self) -> Actor:
        """The person as a service sees them, read anew each time."""
        with self.company.session() as session:
            actor = accounts.actor_of(session, self.company.id, self.id)
        assert actor is not None, f"{self.email} is not active"
        return actor

    def token(self) -> str:
        """A new API token of the person."""
        with self.company.session() as session:
            return accounts.make_token(session, self.company.id, self.id, "test", self.company.now)


@dataclass
class Company:
    """A company, and its people by first name in small letters (``acme.people["bob"]``)."""

    sessions: sessionmaker[Session]
    id: int
    name: str
    now: datetime
    people: dict[str, Person] = field(default_factory=dict)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that works for this company."""
        with company_session(self.sessions, self.id) as session:
            yield session

    @property
    def admin(self) -> Person:
        """Who signed the company up: every system role."""
        return next(iter(self.people.values()))

    def add(
        self,
        email: str,
        first_name: str,
        last_name: str,
        system_roles: Collection[str],
        company_roles: Collection[str] = (),
    ) -> Person:
        """Adds a person; company roles are made when they are missing."""
        actor = self.admin.actor
        with self.session() as session:
            known = set(session.scalars(select(CompanyRole.role_name)))
            for name in company_roles:
                if name not in known:
                    people.create_company_role(session, actor, name, "", self.now)
            user_id = people.create_user(
                session, actor, email, PASSWORD, first_name, last_name, system_roles, company_roles, self.now
            )
        person = Person(self, user_id, email)
        self.people[first_name.lower()] = person
        return person

    def change(self, person: Person, **changes: Any) -> None:
        """Changes a person, as the company's admin: ``acme.change(bob, active=False)``."""
        actor = self.admin.actor
        with self.session() as session:
            people.change_user(session, actor, person.id, PersonChanges(**changes), self.now)


def make_company(
    sessions: sessionmaker[Session], name: str, now: datetime, *, admin: str, first_name: str, last_name: str
) -> Company:
    """Signs a company up."""
    with sessions() as session:
        company_id, user_id = accounts.sign_up(session, name, admin, PASSWORD, first_name, last_name, now)
    company = Company(sessions, company_id, name, now)
    company.people[first_name.lower()] = Person(company, user_id, admin)
    return company
