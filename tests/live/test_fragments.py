"""The registry of live fragments: what may be registered, and who may have what."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Forbidden, NotFound
from ticketflower.live.fragments import Registry
from ticketflower.live.topics import Wanted


def render(session: Session, actor: Actor, argument: Any) -> str:
    return f"{actor.name} {argument}"


def only_ticket_5(session: Session, actor: Actor, number: int) -> None:
    if number != 5:
        raise NotFound


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.fragment("queue", topics=["queue:{user}", "unassigned"], target="#queue", roles=[SystemRole.TASK_WORKER])(
        render
    )
    registry.fragment("ticket", topics=["ticket:{id}"], target="#ticket-{id}-state", check=only_ticket_5)(render)
    return registry


def actor(*roles: SystemRole) -> Actor:
    return Actor(7, 1, "Ana", "ana@acme.example", frozenset(roles))


def test_a_person_hears_their_own_queue(registry: Registry) -> None:
    live = registry.resolve(Wanted("queue"), user_id=7)
    assert live.topics == {"queue:7", "unassigned"}
    assert live.target == "#queue"


def test_a_list_gets_the_query_string_of_its_page(registry: Registry) -> None:
    live = registry.resolve(Wanted("queue", "status=OPEN&q=&status=PENDING"), user_id=7)
    assert live.argument.getlist("status") == ["OPEN", "PENDING"]
    assert live.argument["q"] == ""


def test_a_row_is_heard_and_found_by_its_number(registry: Registry) -> None:
    live = registry.resolve(Wanted("ticket", "5"), user_id=7)
    assert (live.topics, live.target, live.argument) == ({"ticket:5"}, "#ticket-5-state", 5)


@pytest.mark.parametrize("argument", ["", "five", "-5", "5.0", "٥", "5 ", str(2**63), "9" * 400])
def test_what_is_not_a_row_s_number_is_no_such_row(registry: Registry, argument: str) -> None:
    with pytest.raises(NotFound):
        registry.resolve(Wanted("ticket", argument), user_id=7)


def test_an_unknown_fragment_is_no_such_thing(registry: Registry) -> None:
    with pytest.raises(NotFound):
        registry.resolve(Wanted("payroll"), user_id=7)


def test_without_the_role_there_is_no_queue(registry: Registry) -> None:
    live = registry.resolve(Wanted("queue"), user_id=7)
    live.permit(Session(), actor(SystemRole.TASK_WORKER, SystemRole.USER))
    with pytest.raises(Forbidden):
        live.permit(Session(), actor(SystemRole.USER))


def test_a_row_of_somebody_else_is_no_such_row(registry: Registry) -> None:
    registry.resolve(Wanted("ticket", "5"), user_id=7).permit(Session(), actor())
    with pytest.raises(NotFound):
        registry.resolve(Wanted("ticket", "6"), user_id=7).permit(Session(), actor())


def test_a_name_is_taken_once(registry: Registry) -> None:
    with pytest.raises(ValueError, match="'queue' already"):
        registry.fragment("queue", topics=["board"], target="#board")


def test_a_fragment_of_a_row_cannot_be_registered_without_asking_who_may_see_the_row(registry: Registry) -> None:
    with pytest.raises(ValueError, match="'task' must have both"):
        registry.fragment("task", topics=["task:{id}"], target="#task")
    with pytest.raises(ValueError, match="'task' must have both"):
        registry.fragment("task", topics=["board"], target="#task", check=only_ticket_5)
