"""Accounts as the services see them: what the command line and the API build on."""

from __future__ import annotations

import threading
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.people import PASSWORD, Company, Person
from tests.queries import count_queries
from ticketflower.db import enter_company
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Throttled, Unacceptable
from ticketflower.services import accounts, passwords, throttle


def test_a_person_is_read_with_one_query(alice: Person) -> None:
    with alice.company.session() as session, count_queries() as queries:
        actor = accounts.actor_of(session, alice.company.id, alice.id)
    assert len(queries) == 1
    assert actor is not None
    assert (actor.name, actor.email, actor.company_name) == ("Alice Archer", "alice@acme.example", "Acme")
    assert actor.system_roles == frozenset(SystemRole)


def test_a_person_is_read_anew_in_a_session_that_has_read_them_before(acme: Company, bob: Person) -> None:
    with acme.session() as session:
        before = accounts.actor_of(session, acme.id, bob.id)
        session.commit()
        acme.change(bob, first_name="Robert", system_roles=["user"], company_roles=[])
        after = accounts.actor_of(session, acme.id, bob.id)
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("Bob Baker", "Robert Baker")
    assert after.system_roles == {SystemRole.USER}


def test_company_roles_are_read_by_name(acme: Company) -> None:
    dana = acme.add("dana@acme.example", "Dana", "Doe", ["user"], ["Buyers", "Board"])
    assert dana.actor.company_roles == {"Buyers", "Board"}


def test_a_deactivated_person_and_another_companys_are_nobody(acme: Company, bob: Person, charlie: Person) -> None:
    acme.change(bob, active=False)
    with acme.session() as session:
        assert accounts.actor_of(session, acme.id, bob.id) is None
        assert accounts.actor_of(session, acme.id, charlie.id) is None
        assert accounts.actor_of(session, charlie.company.id, charlie.id) is None


def test_a_persons_own_zone_goes_before_the_companys(acme: Company, bob: Person, admin: psycopg.Connection) -> None:
    admin.execute("UPDATE companies SET time_zone = 'Europe/Vienna' WHERE id = %s", [acme.id])
    acme.change(bob, time_zone="Asia/Tokyo")
    assert (acme.admin.actor.time_zone, bob.actor.time_zone) == ("Europe/Vienna", "Asia/Tokyo")


def test_a_token_leads_to_its_person_and_only_its_hash_is_kept(
    sessions: sessionmaker[Session], alice: Person, admin: psycopg.Connection
) -> None:
    token = alice.token()
    assert len(token) >= 43
    with sessions() as session:
        found = accounts.find_token(session, accounts.hash_of(token))
        assert found is not None
        assert (found.company_id, found.user_id) == (alice.company.id, alice.id)
        assert accounts.find_token(session, accounts.hash_of("guessed")) is None
    row = admin.execute("SELECT token_hash FROM api_tokens").fetchone()
    assert row == (accounts.hash_of(token),)


def test_a_session_is_found_until_it_runs_out(sessions: sessionmaker[Session], alice: Person) -> None:
    with sessions() as session:
        secret = accounts.sign_in(session, alice.email, PASSWORD, "192.0.2.1", "Browser", NOON, hours=2)
    with sessions() as session:
        key = accounts.hash_of(secret)
        assert accounts.find_session(session, key, NOON + timedelta(hours=2, seconds=-1)) is not None
        assert accounts.find_session(session, key, NOON + timedelta(hours=2)) is None


def test_signing_in_deletes_the_persons_sessions_that_ran_out(
    sessions: sessionmaker[Session], alice: Person, admin: psycopg.Connection
) -> None:
    for later in (timedelta(), timedelta(minutes=30), timedelta(hours=1)):
        with sessions() as session:
            accounts.sign_in(session, alice.email, PASSWORD, "192.0.2.1", "Browser", NOON + later, hours=1)
    assert admin.execute("SELECT count(*) FROM user_sessions").fetchone() == (2,)


def test_after_a_refused_sign_in_the_session_works_for_no_company(
    sessions: sessionmaker[Session], alice: Person
) -> None:
    with sessions() as session:
        with pytest.raises(Unacceptable):
            accounts.sign_in(session, alice.email, "wrong", "192.0.2.1", "", NOON)
        assert "company_id" not in session.info


def test_no_connection_is_held_while_a_password_is_hashed(
    sessions: sessionmaker[Session], alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sessions() as session:
        held: list[bool] = []
        monkeypatch.setattr(passwords, "matches", lambda stored, password: held.append(session.in_transaction()))
        with pytest.raises(Unacceptable):
            accounts.sign_in(session, alice.email, PASSWORD, "192.0.2.1", "", NOON)
    assert held == [False]


def test_a_password_kept_at_old_costs_is_kept_anew_at_sign_in(
    sessions: sessionmaker[Session], alice: Person, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer = passwords.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", dearer)
    for _ in range(2):
        with sessions() as session:
            accounts.sign_in(session, alice.email, PASSWORD, "192.0.2.1", "", NOON)
    row = admin.execute("SELECT password_hash FROM users WHERE id = %s", [alice.id]).fetchone()
    assert row is not None
    assert "t=2" in row[0]


def test_the_real_costs_are_those_of_argon2id_today() -> None:
    kept = passwords.PasswordHasher().hash("a password")
    assert kept.startswith("$argon2id$")
    assert "m=65536" in kept


def test_tries_at_once_are_all_counted(sessions: sessionmaker[Session], alice: Person) -> None:
    gate = threading.Barrier(20)
    outcomes: list[type[Exception]] = []

    def guess() -> None:
        with sessions() as session:
            gate.wait()
            try:
                accounts.sign_in(session, alice.email, "wrong", "192.0.2.1", "", NOON)
            except (Unacceptable, Throttled) as refusal:
                outcomes.append(type(refusal))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Unacceptable) == throttle.PER_ACCOUNT
    assert outcomes.count(Throttled) == 20 - throttle.PER_ACCOUNT


def test_the_command_line_may_leave_the_names_out(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        company_id, user_id = accounts.sign_up(session, "Solo", "solo@solo.example", PASSWORD, "", "", NOON)
        assert session.info["company_id"] == company_id
        actor = accounts.actor_of(session, company_id, user_id)
    assert actor is not None
    assert actor.name == "solo@solo.example"


def test_an_address_in_use_leaves_the_session_without_a_company(sessions: sessionmaker[Session], alice: Person) -> None:
    with sessions() as session:
        with pytest.raises(accounts.AddressTaken):
            accounts.sign_up(session, "Again", alice.email, PASSWORD, "A", "B", NOON)
        enter_company(session, alice.company.id)
        assert accounts.actor_of(session, alice.company.id, alice.id) is not None
