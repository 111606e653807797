"""Live pages on gunicorn and PostgreSQL: who hears what, who is refused, and how a page comes back."""

from __future__ import annotations

import re
import socket
import statistics
import time
from collections.abc import Callable

import psycopg
import pytest

from tests.live.conftest import Site, cookie, sign_in
from tests.live.sockets import LiveSocket, Refused
from tests.people import Company, Person
from ticketflower.engine.announce import EVERYTHING
from ticketflower.engine.announce import announce as announce_after_commit
from ticketflower.services import people
from ticketflower.services.people import PersonChanges

QUIET = 0.3


def settled(browser: LiveSocket) -> LiveSocket:
    """Read what the first LISTEN of a process tells everybody, so that the next message is the test's own."""
    while browser.message(QUIET) is not None:
        pass
    return browser


@pytest.mark.parametrize("handshake", ["", "Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: abc\r\n"])
def test_a_handshake_that_is_none_is_refused(site: Site, bob: Person, handshake: str) -> None:
    name, value = cookie(sign_in(bob))
    lines = (
        f"Host: 127.0.0.1\r\nOrigin: {site.origin}\r\n{name}: {value}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), 30) as client:
        client.sendall(f"GET /live HTTP/1.1\r\n{lines}{handshake}\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_push_is_the_fragment_of_its_viewer_at_its_place(
    site: Site, alice: Person, bob: Person, announce: Callable[..., None]
) -> None:
    with site.open(bob, "card:status=OPEN") as bobs, site.open(alice, "card") as alices:
        settled(bobs), settled(alices)
        announce(bob.company.id, f"queue:{bob.id}")
        message = bobs.message()
        assert message is not None
        assert message.startswith('<hx-partial hx-target="#card" hx-swap="outerMorph"><section id="card">')
        assert "Bob Baker of Acme sees {&#39;status&#39;: &#39;OPEN&#39;}" in message
        assert 'action="/sign-out"' in message
        assert re.search(r'name="csrf_token" value="[^"]{20,}"', message)
        assert alices.message(QUIET) is None


def test_what_concerns_several_people_reaches_each_as_themselves(
    site: Site, alice: Person, bob: Person, announce: Callable[..., None]
) -> None:
    with site.open(bob, "card") as bobs, site.open(alice, "card") as alices:
        settled(bobs), settled(alices)
        announce(bob.company.id, "unassigned")
        assert "Bob Baker" in (bobs.message() or "")
        assert "Alice Archer" in (alices.message() or "")


def test_another_company_s_page_hears_nothing_and_shows_nothing_of_ours(
    site: Site, alice: Person, charlie: Person, announce: Callable[..., None]
) -> None:
    with site.open(charlie, "card", "desk") as charlies, site.open(alice, "desk") as alices:
        settled(charlies), settled(alices)
        announce(alice.company.id, f"queue:{charlie.id}", "unassigned", "errors", EVERYTHING)
        assert "Alice Archer" in (alices.message() or "")
        assert charlies.message(QUIET) is None
        announce(charlie.company.id, "unassigned")
        assert "Charlie Cook of Umbrella" in (charlies.message() or "")


def test_every_process_hears_what_one_announces(
    start_site: Callable[..., Site], bob: Person, announce: Callable[..., None]
) -> None:
    one, two = start_site(), start_site()
    with one.open(bob, "card") as here, two.open(bob, "card") as there:
        settled(here), settled(there)
        with bob.company.session() as session:
            announce_after_commit(session, [f"queue:{bob.id}"])
        assert "Bob Baker" in (here.message() or "")
        assert "Bob Baker" in (there.message() or "")


def test_a_push_is_there_within_a_quarter_of_a_second(site: Site, bob: Person, announce: Callable[..., None]) -> None:
    with site.open(bob, "card") as browser:
        settled(browser)
        took = []
        for _ in range(20):
            before = time.perf_counter()
            announce(bob.company.id, f"queue:{bob.id}")
            assert browser.message() is not None
            took.append(time.perf_counter() - before)
            time.sleep(0.06)  # a round of its own for each
    assert statistics.median(took) < 0.25


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1", "null", "http://127.0.0.1.evil.example"]
)
def test_a_page_of_another_site_is_refused_before_the_upgrade(site: Site, bob: Person, origin: str) -> None:
    with pytest.raises(Refused) as refused:
        site.open(bob, "card", origin=origin)
    assert refused.value.status == 400


def test_who_is_not_signed_in_is_refused_before_the_upgrade(site: Site, bob: Person) -> None:
    for secret in (None, "no-such-session"):
        with pytest.raises(Refused) as refused:
            site.open(secret, "card")
        assert refused.value.status == 401


@pytest.mark.parametrize(
    ("topics", "status"),
    [
        (["desk"], 403),
        (["card", "desk"], 403),
        (["payroll"], 404),
        (["state:1"], 404),
        (["state:x"], 404),
        ([":1"], 400),
    ],
)
def test_what_the_person_may_not_see_is_refused_before_the_upgrade(
    site: Site, bob: Person, topics: list[str], status: int
) -> None:
    with pytest.raises(Refused) as refused:
        site.open(bob, *topics)
    assert refused.value.status == status


def test_beyond_the_person_s_limit_there_is_no_further_socket(start_site: Callable[..., Site], bob: Person) -> None:
    site = start_site(MAX_SOCKETS_PER_USER="2")
    secret = sign_in(bob)
    with site.open(secret), site.open(secret) as second:
        with pytest.raises(Refused) as refused:
            site.open(secret)
        assert refused.value.status == 503
        second.close()
        with opened_soon(site, secret):
            pass


def test_beyond_the_server_s_limit_there_is_no_further_socket(
    start_site: Callable[..., Site], alice: Person, bob: Person
) -> None:
    site = start_site(MAX_SOCKETS="1")
    with site.open(bob):
        with pytest.raises(Refused) as refused:
            site.open(alice)
        assert refused.value.status == 503


def opened_soon(site: Site, secret: str) -> LiveSocket:
    """A socket as soon as there is room again: leaving takes the server a moment."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return site.open(secret)
        except Refused:
            assert time.monotonic() < deadline


def deactivated(company: Company, person: Person, admin: psycopg.Connection, secret: str) -> None:
    admin.execute("UPDATE users SET active = false WHERE id = %s", [person.id])


def signed_out(company: Company, person: Person, admin: psycopg.Connection, secret: str) -> None:
    admin.execute("DELETE FROM user_sessions WHERE user_id = %s", [person.id])


def without_the_role(company: Company, person: Person, admin: psycopg.Connection, secret: str) -> None:
    with company.session() as session:
        people.change_user(session, company.admin.actor, person.id, PersonChanges(system_roles=["user"]), company.now)


@pytest.mark.parametrize("ending", [deactivated, signed_out, without_the_role])
def test_who_lost_the_right_gets_no_push_but_the_way_to_sign_in(
    site: Site,
    acme: Company,
    bob: Person,
    admin: psycopg.Connection,
    announce: Callable[..., None],
    ending: Callable[[Company, Person, psycopg.Connection, str], None],
) -> None:
    secret = sign_in(bob)
    with site.open(secret, "card") as browser:
        settled(browser)
        ending(acme, bob, admin, secret)
        announce(acme.id, f"queue:{bob.id}")
        assert browser.message() is None
        assert browser.close_code() == 4401


def test_a_row_that_is_gone_is_said_once_and_not_pushed_again(
    site: Site, acme: Company, alice: Person, admin: psycopg.Connection, announce: Callable[..., None]
) -> None:
    ticket = make_ticket(acme, alice, admin)
    with site.open(alice, f"state:{ticket}") as browser:
        settled(browser)
        announce(acme.id, f"ticket:{ticket}")
        assert f"ticket {ticket}" in (browser.message() or "")
        admin.execute("DELETE FROM ticket_instances WHERE id = %s", [ticket])
        announce(acme.id, f"ticket:{ticket}")
        assert "You may no longer see what this page shows" in (browser.message() or "")
        announce(acme.id, f"ticket:{ticket}")
        assert browser.message(QUIET) is None


def make_ticket(company: Company, person: Person, admin: psycopg.Connection) -> int:
    """A bare row: enough to be seen by who submitted it."""
    admin.execute("SET session_replication_role = replica")
    row = admin.execute(
        "INSERT INTO ticket_instances (company_id, ticket_type_id, created_by, data)"
        " VALUES (%s, 1, %s, '{}') RETURNING id",
        [company.id, person.id],
    ).fetchone()
    admin.execute("SET session_replication_role = DEFAULT")
    assert row is not None
    return int(row[0])


def test_a_fragment_that_fails_closes_its_own_page_only(
    site: Site, acme: Company, alice: Person, bob: Person, announce: Callable[..., None]
) -> None:
    with site.open(alice, "broken") as broken, site.open(bob, "card") as whole:
        settled(whole)
        announce(acme.id, "board", "unassigned")
        assert broken.close_code() == 1011
        assert "Bob Baker" in (whole.message() or "")
    assert "division by zero" in site.log.read_text()


def test_a_page_that_speaks_is_closed(site: Site, bob: Person) -> None:
    with site.open(bob, "card") as browser:
        browser.say("hello")
        assert browser.close_code() == 1008


def test_compression_is_declined(site: Site, bob: Person) -> None:
    with site.open(bob, "card", offers_compression=True) as browser:
        assert browser.accepted.extensions == []


def test_a_slow_page_is_told_to_come_back_and_can(
    site: Site, acme: Company, bob: Person, admin: psycopg.Connection, announce: Callable[..., None]
) -> None:
    secret = sign_in(bob)
    with site.open(secret, "large", receive_buffer=4096) as slow, site.open(secret, "card") as quick:
        settled(quick)
        announce(acme.id, "board")
        for _ in range(2000):
            announce(acme.id, "board")
        announce(acme.id, f"queue:{bob.id}")
        assert "Bob Baker" in (quick.message() or ""), "who reads must not wait for who doesn't"
        assert slow.close_code() == 1013
    with site.open(secret, "card") as again:
        settled(again)
        announce(acme.id, f"queue:{bob.id}")
        assert "Bob Baker" in (again.message() or "")


def test_a_server_that_stops_sends_its_pages_away_to_come_back_and_does_not_wait_for_them(
    start_site: Callable[..., Site], alice: Person, bob: Person
) -> None:
    site = start_site()
    browsers = [site.open(alice, "card"), site.open(bob, "card"), site.open(bob)]
    took = site.stop()
    assert [browser.close_code() for browser in browsers] == [1012, 1012, 1012]
    assert took < 5


def test_a_hundred_idle_pages_hold_no_connection_to_the_database(
    start_site: Callable[..., Site], alice: Person, bob: Person, announce: Callable[..., None]
) -> None:
    """The server has one connection for all its work: a page that held it would keep the next one out."""
    site = start_site(TEST_POOL="1", MAX_SOCKETS_PER_USER="200")
    secret = sign_in(bob)
    browsers = [site.open(secret, "card") for _ in range(100)]
    try:
        with site.open(alice, "card") as last:
            settled(last)
            announce(alice.company.id, f"queue:{alice.id}")
            assert "Alice Archer" in (last.message() or "")
    finally:
        for browser in browsers:
            browser.close()


def test_after_the_listener_was_cut_off_pages_look_again_and_hear_again(
    site: Site, acme: Company, bob: Person, admin: psycopg.Connection, announce: Callable[..., None]
) -> None:
    with site.open(bob, "card") as browser:
        settled(browser)
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ticketflower live'"
        )
        assert "Bob Baker" in (browser.message() or ""), "what was missed meanwhile is shown"
        settled(browser)
        announce(acme.id, f"queue:{bob.id}")
        assert "Bob Baker" in (browser.message() or "")


def test_the_navigation_counts_along_on_every_page(
    site: Site, acme: Company, alice: Person, admin: psycopg.Connection, announce: Callable[..., None]
) -> None:
    with site.open(alice) as browser:
        settled(browser)
        announce(acme.id, f"queue:{alice.id}")
        message = browser.message() or ""
        assert '<hx-partial hx-target="#nav-count-home" hx-swap="textContent"></hx-partial>' in message
        announce(acme.id, "board")
        assert browser.message(QUIET) is None
