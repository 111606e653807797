"""The company's people and its own roles."""

from __future__ import annotations

from typing import Any

from ticketflower.blueprints.api import shapes
from ticketflower.blueprints.api.answers import paged
from ticketflower.blueprints.api.blueprint import operations
from ticketflower.blueprints.api.bodies import Body
from ticketflower.blueprints.api.operations import Call
from ticketflower.blueprints.api.parameters import PAGING
from ticketflower.engine.words import SystemRole
from ticketflower.queries import people as people_queries
from ticketflower.services import people as services
from ticketflower.services.people import PersonChanges

Json = Any
ADMIN = SystemRole.ADMIN
TEXT: dict[str, Json] = {"type": "string"}
TEXTS: dict[str, Json] = {"type": "array", "items": {"type": "string"}}
PERSON: dict[str, dict[str, Json]] = {
    "email": {**TEXT, "title": "Email address"},
    "password": {**TEXT, "title": "Password"},
    "first_name": {**TEXT, "title": "First name"},
    "last_name": {**TEXT, "title": "Last name"},
    "system_roles": {**TEXTS, "title": "System roles"},
    "company_roles": {**TEXTS, "title": "Company roles"},
}
NEW_USER = Body(
    "NewUser",
    PERSON,
    frozenset(PERSON) - {"email", "password"},
    nullable=False,
    example={
        "email": "bob@acme.example",
        "password": "correct horse battery",
        "first_name": "Bob",
        "last_name": "Baker",
        "system_roles": ["user", "task_worker"],
        "company_roles": [],
    },
)
CHANGES: dict[str, dict[str, Json]] = {**PERSON, "active": {"type": "boolean", "title": "Active"}}
USER_CHANGES = Body("UserChanges", CHANGES, frozenset(CHANGES), nullable=False, example={"active": False})
NEW_ROLE = Body(
    "NewRole",
    {"role_name": {**TEXT, "title": "Role name"}, "description": {**TEXT, "title": "Description"}},
    frozenset({"description"}),
    nullable=False,
    example={"role_name": "buyer", "description": "May ask for purchases"},
)


def user_after(call: Call, made: int | None) -> Json:
    """The person as they are after a change."""
    return shapes.user(people_queries.user_view(call.session, call.actor, call.place.get("user_id", made)))


def role_after(call: Call, made: int | None) -> Json:
    """The role that was made."""
    assert made is not None
    return shapes.role(people_queries.role_view(call.session, call.actor, made))


@operations.reads("/users", tag="People", allow=ADMIN, gives="Users", query=PAGING)
def list_users(call: Call) -> Json:
    """List the company's people."""
    return paged(people_queries.list_users(call.session, call.actor, **call.query), shapes.user)


@operations.changes(
    "/users",
    tag="People",
    allow=ADMIN,
    gives="User",
    status=201,
    body=NEW_USER,
    shows=user_after,
    makes=True,
    found_at="/users/{}",
)
def create_user(call: Call) -> int:
    """Add a person to the company.

    An address that is in use anywhere can't be used, and no more is told.
    """
    body = call.body
    return services.create_user(
        call.session,
        call.actor,
        body["email"],
        body["password"],
        body.get("first_name", ""),
        body.get("last_name", ""),
        body.get("system_roles", []),
        body.get("company_roles", []),
        call.now,
        also=call.also,
    )


@operations.reads("/users/<number:user_id>", tag="People", allow=ADMIN, gives="User")
def show_user(call: Call) -> Json:
    """Read about a person of the company."""
    return user_after(call, None)


@operations.changes(
    "/users/<number:user_id>",
    method="PATCH",
    tag="People",
    allow=ADMIN,
    gives="User",
    body=USER_CHANGES,
    shows=user_after,
    can=(409,),
)
def change_user(call: Call) -> None:
    """Change a person: what is left out stays as it is.

    A new password and `active: false` end their sessions. 409: the company must keep an active admin.
    """
    changes = PersonChanges(**call.body)
    services.change_user(call.session, call.actor, call.place["user_id"], changes, call.now)


@operations.reads("/roles", tag="People", allow=ADMIN, gives="Roles", query=PAGING)
def list_roles(call: Call) -> Json:
    """List the company's own roles."""
    return paged(people_queries.list_roles(call.session, call.actor, **call.query), shapes.role)


@operations.changes(
    "/roles",
    tag="People",
    allow=ADMIN,
    gives="Role",
    status=201,
    body=NEW_ROLE,
    shows=role_after,
    makes=True,
)
def create_role(call: Call) -> int:
    """Make a role of the company's own."""
    body = call.body
    return services.create_company_role(
        call.session, call.actor, body["role_name"], body.get("description", ""), call.now, also=call.also
    )
