"""The demo company: people in each role, the example documents active, tickets in every state a person can meet.

Made with the services that everybody uses, over the nine days before now, so that lists have something to sort.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from ticketflower.actor import Actor
from ticketflower.db import company_session
from ticketflower.engine.words import SystemRole
from ticketflower.models import TaskDefinition, TaskInstance
from ticketflower.services import accounts, definitions, people, tasks, tickets

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DOCUMENTS = ("purchase-approval", "new-colleague", "content-review", "house-rules")
COMPANY = "Willow & Sons"
PASSWORD = "flowers for everyone"  # noqa: S105  the demo's own, printed at every start

USER, WORKER = SystemRole.USER, SystemRole.TASK_WORKER


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the demo company."""

    first_name: str
    last_name: str
    system_roles: tuple[SystemRole, ...]
    company_roles: tuple[str, ...] = ()
    does: str = ""

    @property
    def email(self) -> str:
        """Their address; it leads nowhere (RFC 2606)."""
        return f"{self.first_name.lower()}@willow.example"


FOUNDER = Member("Wilma", "Willow", tuple(SystemRole), ("team-lead",), "everything: the founder has every role")
MEMBERS = (
    Member("Sam", "Submit", (USER,), ("team-lead",), "submits tickets"),
    Member("Tara", "Tasker", (USER, WORKER), (), "does tasks"),
    Member("Theo", "Turner", (USER, WORKER), (), "does tasks"),
    Member("Bea", "Board", (USER, SystemRole.TICKET_ADMIN), (), "watches tickets and errors"),
    Member("Cleo", "Creator", (USER, SystemRole.WORKFLOW_CREATOR), (), "writes workflows"),
    Member("Ada", "Admin", (USER, SystemRole.ADMIN), (), "looks after people"),
)
COMPANY_ROLES = {
    "team-lead": "Leads a team; may announce new colleagues",
    "buyer": "Buys for the company",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made.

    Args:
        company_id: the demo company.
        sign_ins: address and what the person does, the founder first.
        tickets: how many tickets there are.
    """

    company_id: int
    sign_ins: tuple[tuple[str, str], ...]
    tickets: int
    password: str = PASSWORD

    def lines(self) -> list[str]:
        """What ``make run`` prints: who can sign in."""
        width = max(len(email) for email, _ in self.sign_ins)
        people_ = [f"  {email:<{width}}  {does}" for email, does in self.sign_ins]
        return [f"Demo company {COMPANY}. Sign in with the password “{self.password}” as", *people_]

    def as_json(self) -> dict[str, Any]:
        """What ``flask demo --json`` prints."""
        return {
            "company_id": self.company_id,
            "tickets": self.tickets,
            "sign_ins": [{"email": email, "password": self.password, "does": does} for email, does in self.sign_ins],
        }


def fill_demo(sessions: sessionmaker[Session], now: datetime) -> Demo:
    """Makes the demo company.

    Args:
        sessions: makes sessions for the app role.
        now: the demo's last moment.

    Raises:
        Unacceptable: the demo is there already: its addresses are in use.
    """
    start = now - timedelta(days=9)
    with sessions() as session:
        company_id, founder_id = accounts.sign_up(
            session, COMPANY, FOUNDER.email, PASSWORD, FOUNDER.first_name, FOUNDER.last_name, start
        )
    with company_session(sessions, company_id) as session:
        story = Story(session, company_id, founder_id, start)
        story.hire()
        story.define()
        made = story.tell()
    return Demo(company_id, everybody(), made)


def is_empty(sessions: sessionmaker[Session]) -> bool:
    """Whether the database has no company yet."""
    with sessions() as session:
        found = session.scalar(text("SELECT company_id FROM all_companies() LIMIT 1"))
        session.commit()
    return found is None


def sign_ins(sessions: sessionmaker[Session]) -> list[str]:
    """The lines that tell who can sign in to the demo, none when it isn't there."""
    with sessions() as session:
        found = accounts.find_person(session, FOUNDER.email)
    return Demo(found[0], everybody(), 0).lines() if found else []


def everybody() -> tuple[tuple[str, str], ...]:
    """Address and what the person does, the founder first."""
    return tuple((member.email, member.does) for member in (FOUNDER, *MEMBERS))


class Story:
    """Nine days in the demo company."""

    def __init__(self, session: Session, company_id: int, founder_id: int, start: datetime) -> None:
        self.session = session
        self.company_id = company_id
        self.ids = {FOUNDER.first_name: founder_id}
        self.clock = start

    def hire(self) -> None:
        """The company's roles and people."""
        for name, description in COMPANY_ROLES.items():
            people.create_company_role(self.session, self.who("Wilma"), name, description, self.later(0))
        for member in MEMBERS:
            names = (member.email, PASSWORD, member.first_name, member.last_name)
            roles = (member.system_roles, member.company_roles)
            self.ids[member.first_name] = people.create_user(
                self.session, self.who("Wilma"), *names, *roles, self.later(0)
            )
        roles_of_founder = people.PersonChanges(company_roles=FOUNDER.company_roles)
        people.change_user(self.session, self.who("Wilma"), self.ids["Wilma"], roles_of_founder, self.later(0))

    def define(self) -> None:
        """The example documents, active."""
        for name in DOCUMENTS:
            source = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
            definitions.store_draft(
                self.session, self.who("Cleo"), name, source, "application/yaml", self.later(0), activate=True
            )

    def tell(self) -> int:
        """Tickets in every state; gives how many there are."""
        return sum((self.purchases(), self.texts(), self.colleagues(), self.rules()))

    def purchases(self) -> int:
        """Ordered, refused, waiting for finance, just submitted, cancelled, held."""
        done = self.purchase("A standing desk", 420)
        self.do(done, "manager_review", approved=True)
        self.do(done, "order", po_number="PO-1001")
        self.do(done, "notify", notified=True)
        refused = self.purchase("A second espresso machine", 890)
        self.do(refused, "manager_review", approved=False, reason="One is enough.")
        finance = self.purchase("Three laptops", 4200)
        self.do(finance, "manager_review", approved=True, reason="The old ones are from 2018.")
        dropped = self.purchase("A fax machine", 150)
        tickets.cancel_ticket(self.session, self.who("Sam"), dropped, "Not needed after all", self.later(2))
        held = self.purchase("New shelves", 640)
        tickets.hold_ticket(self.session, self.who("Bea"), held, "Waiting for the landlord", self.later(1))
        self.purchase("Printer paper", 60)
        return 6

    def texts(self) -> int:
        """Published after a second round; being written; and two people who wrote the same field at once."""
        published = self.submit("content-request", brief="A page about our delivery times")
        for words, verdict in (("We deliver.", "redo"), ("We deliver within two days.", "publish")):
            self.do(published, "write", draft=words)
            self.do(published, "review", verdict=verdict)
        self.submit("content-request", brief="The spring newsletter", deadline="2027-03-01")
        clash = self.submit("content-request", brief="Opening hours in December")
        self.do(clash, "write", draft="Open every day.")
        tickets.correct_fields(
            self.session, self.who("Bea"), clash, {"verdict": "redo"}, "Closed on the 25th and 26th", self.later(3)
        )
        self.do(clash, "review", verdict="publish")
        return 3

    def colleagues(self) -> int:
        """Four things at once; one of them waits for an uploaded file."""
        hire = self.submit("hire", name="Nora New", start_date="2027-01-04", equipment=["laptop", "desk"])
        self.do(hire, "make_account", account="nora@willow.example")
        self.do(hire, "find_desk", desk="Room 2, by the window")
        self.submit("hire", name="Noah Next", start_date="2027-02-01", equipment=["phone"])
        return 2

    def rules(self) -> int:
        """Rules that wait for the court (on hold), and rules that are with their readers."""
        court = self.submit("propose-rules", purpose="Working from home on Fridays")
        self.do(court, "write", text="Everybody may work from home on Fridays.")
        self.do(court, "ask_legal", legal="wait")
        open_ = self.submit("propose-rules", purpose="Dogs in the office")
        self.do(open_, "write", text="Dogs are welcome when nobody in the room objects.")
        self.do(open_, "ask_staff", staff_ok=True)
        return 2

    def purchase(self, item: str, amount: float) -> int:
        """Somebody asks for a purchase."""
        return self.submit("purchase-request", item=item, amount=amount, requester="Sam Submit")

    def submit(self, type_key: str, **data: Any) -> int:
        """Sam submits a ticket."""
        return tickets.submit_ticket(self.session, self.who("Sam"), type_key, data, self.later(4))

    def do(self, ticket_id: int, key: str, **output: Any) -> None:
        """Whoever has the task does it."""
        task_id, assignee = self.session.execute(
            select(TaskInstance.id, TaskInstance.assigned_to)
            .join(
                TaskDefinition,
                (TaskDefinition.company_id == TaskInstance.company_id)
                & (TaskDefinition.id == TaskInstance.task_definition_id),
            )
            .where(TaskInstance.ticket_id == ticket_id, TaskDefinition.key == key, TaskInstance.status == "OPEN")
        ).one()
        worker = next(name for name, user_id in self.ids.items() if user_id == assignee)
        tasks.start_task(self.session, self.who(worker), task_id, self.later(2))
        tasks.complete_task(self.session, self.who(worker), task_id, output, self.later(1))

    def who(self, first_name: str) -> Actor:
        """A person as the services see them."""
        actor = accounts.actor_of(self.session, self.company_id, self.ids[first_name])
        assert actor is not None
        self.session.commit()
        return actor

    def later(self, hours: float) -> datetime:
        """So many hours on, and a minute."""
        self.clock += timedelta(hours=hours, minutes=1)
        return self.clock
