"""A route says who may call it, or it can't be registered (security.md, Web)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask

from tests.databases import TestDatabase
from tests.pages import Browser
from tests.people import Company
from ticketflower.engine.words import SystemRole
from ticketflower.web.application import TicketFlower, UndeclaredPermission
from ticketflower.web.permissions import PUBLIC, SIGNED_IN, Permission


def answer() -> str:
    return "here"


def test_a_route_without_a_permission_cannot_be_registered() -> None:
    app = TicketFlower("t", static_folder=None)
    with pytest.raises(UndeclaredPermission, match=r"The route /open \(answer\) doesn't say who may call it"):
        app.add_url_rule("/open", view_func=answer)
    assert not list(app.url_map.iter_rules())


def test_a_blueprints_route_without_a_permission_cannot_be_registered() -> None:
    area = Blueprint("area", "t")
    area.get("/open")(answer)
    with pytest.raises(UndeclaredPermission):
        TicketFlower("t", static_folder=None).register_blueprint(area)


def test_two_rules_of_one_endpoint_cannot_differ_in_who_may_call_them() -> None:
    app = TicketFlower("t", static_folder=None)
    app.add_url_rule("/a", view_func=answer, allow=PUBLIC)
    with pytest.raises(UndeclaredPermission, match="differ in who may call them"):
        app.add_url_rule("/b", view_func=answer, allow=SIGNED_IN)


def test_naming_no_role_is_a_mistake_and_not_everybody() -> None:
    with pytest.raises(ValueError, match="Write SIGNED_IN"):
        Permission.of(())


def test_every_route_has_a_permission(app: TicketFlower) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(app.permissions)


@pytest.fixture
def lobby(database: TestDatabase, make_app: Callable[..., Flask]) -> Flask:
    """An application with three more rooms."""
    app = make_app(database)
    area = Blueprint("lobby", __name__)
    area.get("/lobby/public", endpoint="public", allow=PUBLIC)(answer)
    area.get("/lobby/anybody", endpoint="anybody", allow=SIGNED_IN)(answer)
    area.get("/lobby/two", endpoint="two", allow=(SystemRole.ADMIN, SystemRole.TASK_WORKER))(answer)
    area.post("/lobby/two", endpoint="two_changed", allow=(SystemRole.ADMIN, SystemRole.TASK_WORKER))(answer)
    app.register_blueprint(area)
    return app


def statuses(lobby: Flask, browser: Browser) -> list[int]:
    # Plain text, so FlaskClient's own get: the rooms are no pages.
    return [super(Browser, browser).open(f"/lobby/{room}").status_code for room in ("public", "anybody", "two")]


def test_who_is_signed_out_gets_into_public_routes_only(lobby: Flask) -> None:
    assert statuses(lobby, Browser(lobby)) == [200, 303, 303]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], [200, 200, 403]),
        (["user", "workflow_creator", "ticket_admin"], [200, 200, 403]),
        (["task_worker"], [200, 200, 200]),
        (["admin"], [200, 200, 200]),
    ],
)
def test_one_of_the_named_roles_is_enough(lobby: Flask, acme: Company, roles: list[str], expected: list[int]) -> None:
    dana = acme.add("dana@acme.example", "Dana", "Doe", roles)
    assert statuses(lobby, Browser(lobby).sign_in(dana)) == expected


def test_roles_are_read_at_each_request(lobby: Flask, acme: Company) -> None:
    dana = acme.add("dana@acme.example", "Dana", "Doe", ["task_worker"])
    browser = Browser(lobby).sign_in(dana)
    assert statuses(lobby, browser)[2] == 200
    acme.change(dana, system_roles=["user"])
    assert statuses(lobby, browser)[2] == 403


def test_the_wrong_role_is_told_which_role_it_needs(lobby: Flask, acme: Company) -> None:
    dana = acme.add("dana@acme.example", "Dana", "Doe", ["user"])
    page = Browser(lobby).sign_in(dana).get("/lobby/two").page
    assert page.heading == "You may not do this"
    assert "This needs the role admin or task_worker." in page.text


def test_the_wrong_role_changes_nothing_even_with_a_right_token(lobby: Flask, acme: Company) -> None:
    dana = acme.add("dana@acme.example", "Dana", "Doe", ["user"])
    assert Browser(lobby).sign_in(dana).send("/lobby/two").status_code == 403
