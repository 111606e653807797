"""The front door, and each person's dashboard behind it (checklist C9)."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.api.workflows import store
from tests.conftest import NOON
from tests.pages import Browser, Page, text_of
from tests.people import Company, Person
from tests.queries import count_queries
from ticketflower.queries.counts import MOST, Counts, counts_of
from ticketflower.services import tasks, tickets

REQUEST = {"item": "A desk", "amount": 420, "requester": "Bob"}


def figures(page: Page) -> dict[str, str]:
    """The dashboard's figures, by key."""
    return {
        figure.get("id", "").removeprefix("figure-"): text_of(figure) for figure in page.all("div", class_="figure")
    }


def submit(company: Company, person: Person) -> int:
    with company.session() as session:
        return tickets.submit_ticket(session, person.actor, "purchase-request", REQUEST, NOON)


@pytest.fixture
def shop(acme: Company) -> Company:
    """Acme, where two tickets wait: one task is Bob's, one is nobody's."""
    store(acme, "purchase-approval")
    submit(acme, acme.admin)
    second = submit(acme, acme.admin)
    with acme.session() as session:
        ids = session.connection().exec_driver_sql("SELECT id, ticket_id FROM task_instances ORDER BY id").all()
        bobs, free = (next(task for task, ticket in ids if (ticket == second) is last) for last in (False, True))
        bob = acme.people["bob"]
        session.commit()
        tasks.assign_task(session, acme.admin.actor, bobs, bob.id, NOON)
        tasks.assign_task(session, acme.admin.actor, free, bob.id, NOON)
        tasks.release_task(session, bob.actor, free, NOON)
    return acme


def test_who_is_signed_out_finds_the_way_in(client: Browser) -> None:
    page = client.get("/").page
    assert page.heading == "Tickets and workflows of your own"
    assert (page.link("Sign your company up"), page.link("Sign in")) == ("/sign-up", "/sign-in")


def test_a_new_company_is_shown_where_to_begin(client: Browser, acme: Company, alice: Person) -> None:
    page = client.sign_in(alice).get("/").page
    assert "Begin with a workflow" in page.text
    assert page.link("Upload a workflow") == "/workflows/_upload"


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_nobody_else_is_shown_where_to_begin(client: Browser, acme: Company, person: str) -> None:
    if person == "alice":
        store(acme, "purchase-approval")
    assert "Begin with a workflow" not in client.sign_in(acme.people[person]).get("/").page.text


def test_a_worker_sees_their_tasks_and_those_they_may_take(client: Browser, shop: Company, bob: Person) -> None:
    shown = figures(client.sign_in(bob).get("/").page)
    assert shown == {
        "tasks": "1 task for you",
        "unassigned": "1 task that you may take",
        "my-tickets": "0 open tickets of yours",
    }


def test_each_figure_leads_to_what_it_counts(client: Browser, shop: Company, bob: Person) -> None:
    page = client.sign_in(bob).get("/").page
    for words, tab in (("task for you", "Mine"), ("task that you may take", "Unassigned")):
        shown = client.get(page.link(words)).page
        assert tab in [text_of(link) for link in shown.all("a", aria_current="page")]


def test_the_first_person_sees_everything_that_concerns_them(client: Browser, shop: Company, alice: Person) -> None:
    shown = figures(client.sign_in(alice).get("/").page)
    assert shown["my-tickets"] == "2 open tickets of yours"
    assert shown["tickets-in_progress"] == "2 in progress"
    assert shown["errors"] == "0 new errors"
    assert shown["drafts"] == "0 drafts not active yet"


def test_what_is_done_is_not_counted(client: Browser, shop: Company, alice: Person, admin: psycopg.Connection) -> None:
    client.sign_in(alice)
    with shop.session() as session:
        for (task,) in session.connection().exec_driver_sql("SELECT id FROM task_instances").all():
            session.commit()
            tasks.assign_task(session, alice.actor, task, alice.id, NOON)
    assert figures(client.get("/").page)["tasks"] == "2 tasks for you"
    admin.execute("UPDATE task_instances SET status = 'COMPLETED'")
    admin.execute("UPDATE ticket_instances SET status = 'CANCELLED'")
    assert {text.split()[0] for text in figures(client.get("/").page).values()} == {"0"}


def test_a_task_for_a_company_role_may_be_taken_by_who_has_it(
    client: Browser, shop: Company, browser: Callable[[], Browser], admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE task_definitions SET company_role_access = '{Buyers}'")
    buyer = shop.add("dana@acme.example", "Dana", "Doe", ["task_worker"], ["Buyers", "Board"])
    assert figures(client.sign_in(buyer).get("/").page)["unassigned"] == "1 task that you may take"
    bobs = browser().sign_in(shop.people["bob"])
    assert figures(bobs.get("/").page)["unassigned"] == "0 tasks that you may take"


def test_new_errors_stand_out(client: Browser, shop: Company, alice: Person, admin: psycopg.Connection) -> None:
    admin.execute(
        "INSERT INTO ticket_errors (company_id, ticket_id, error_type, code, cause, error_message) "
        "SELECT company_id, id, 'WORKFLOW_TRANSITION', 'stalled', 'stalled', 'It stands still.' FROM ticket_instances "
        "ORDER BY id LIMIT 1"
    )
    page = client.sign_in(alice).get("/").page
    assert figures(page)["errors"] == "1 new error"
    assert "figure--bad" in page.by_id("figure-errors").get("class", "")


def test_somebody_without_roles_is_told_what_to_do(client: Browser, acme: Company) -> None:
    page = client.sign_in(acme.add("zoe@acme.example", "Zoe", "Doe", [])).get("/").page
    assert "Ask an administrator of your company for one." in page.text


def test_the_figures_of_another_company_are_not_counted(client: Browser, shop: Company, charlie: Person) -> None:
    shown = figures(client.sign_in(charlie).get("/").page)
    assert {text.split()[0] for text in shown.values()} == {"0"}


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_the_page_costs_three_queries(client: Browser, shop: Company, person: str) -> None:
    client.sign_in(shop.people[person]).get("/")
    with count_queries() as queries:
        client.get("/")
    assert len(queries) == 3, queries


def test_the_fragment_is_what_the_page_includes(client: Browser, shop: Company, alice: Person) -> None:
    page = client.sign_in(alice).get("/").page
    fragment = client.get("/", htmx=True).page
    assert not fragment.is_whole
    assert text_of(fragment.by_id("dashboard")) == text_of(page.by_id("dashboard"))
    assert fragment.by_id("dashboard").get("hx-trigger") == "tf:resync from:body"


def test_the_page_is_told_of_what_changes_its_figures(client: Browser, alice: Person) -> None:
    live = client.sign_in(alice).get("/").page.by_id("live")
    assert "dashboard" in live.get("hx-ws:connect", "")


def test_counting_stops_at_a_thousand(shop: Company, bob: Person, admin: psycopg.Connection) -> None:
    admin.execute(
        "INSERT INTO ticket_instances (company_id, ticket_type_id, data, created_by, status) "
        "SELECT company_id, ticket_type_id, data, %s, 'ON_HOLD' FROM ticket_instances, generate_series(1, 600)",
        [bob.id],
    )
    with shop.session() as session:
        counts = counts_of(session, bob.actor)
    assert counts["my-tickets"] == MOST
    assert counts.shown("my-tickets") == "999+"


def test_nothing_is_shown_of_what_is_not_there() -> None:
    assert Counts({"tasks": 3, "errors": 0}).shown("errors") == ""
    assert Counts().shown("tasks") == ""


def test_the_navigation_shows_where_one_is_and_only_where_one_may_go(client: Browser, bob: Person) -> None:
    page = client.sign_in(bob).get("/").page
    current = [text_of(link) for link in page.all("a", aria_current="page")]
    assert current == ["Home"]
    assert all("/workflows" not in (link.get("href") or "") for link in page.all("a", class_="nav__link"))
