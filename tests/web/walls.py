"""Who gets through which route: the table that ``test_walls.py`` walks.

A route that isn't here fails the test. To add one: a line, with the roles that it is for and, where its address names a
thing, what kind of thing that is::

    "tickets.show": wall("user task_worker ticket_admin", ticket_id="ticket"),

The API's calls have a table of their own, which names every one of them too (tests/api/test_access.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = ("admin", "user", "ticket_admin", "task_worker", "workflow_creator")


@dataclass(frozen=True)
class Wall:
    """What is expected of a route.

    Attributes:
        public: whether it answers who isn't signed in.
        roles: who may call it; all of ``ROLES`` and who has none, when ``everybody``.
        everybody: whether everybody who is signed in may call it.
        things: for each argument of its address, the kind of thing: ``ticket``, ``ticket_type``, ``task``,
            ``error``, ``workflow``.
        fixed: arguments of its address that name no thing.
        blind: roles that may call it, but for whom this thing isn't theirs to see: 404.
        data: what a form sends.
        query: the query string.
    """

    public: bool = False
    roles: frozenset[str] = frozenset()
    everybody: bool = False
    things: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    data: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


def wall(
    roles: str,
    *,
    blind: str = "",
    data: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
    query: str = "",
    **things: str,
) -> Wall:
    """A route for some roles, named in one text."""
    named = frozenset(roles.split())
    assert named <= set(ROLES), f"{roles} names something that is no role"
    return Wall(
        roles=named, things=things, fixed=fixed or {}, blind=frozenset(blind.split()), data=data or {}, query=query
    )


PUBLIC = Wall(public=True)
EVERYBODY = Wall(everybody=True)
#: Who may see one or the other ticket or task; the table's user submitted the ticket, its worker has the task.
READERS = "user task_worker ticket_admin"

WALLS: dict[str, Wall] = {
    "health.alive": PUBLIC,
    "health.ready": PUBLIC,
    "home.show": PUBLIC,
    "auth.sign_up": PUBLIC,
    "auth.make_company": PUBLIC,
    "auth.sign_in": PUBLIC,
    "auth.enter": PUBLIC,
    "auth.sign_out": EVERYBODY,
    "work.show_list": wall("task_worker"),
    "work.show": wall(READERS, blind="user", task_id="task"),
    "work.start": wall("task_worker", task_id="task"),
    "work.claim": wall("task_worker", task_id="task"),
    "work.release": wall("task_worker", task_id="task"),
    "work.complete": wall(READERS, blind="user", task_id="task"),
    "work.save_draft": wall(READERS, blind="user", task_id="task"),
    "work.discard_draft": wall(READERS, blind="user", task_id="task"),
    "work.ask_assign": wall("ticket_admin", task_id="task"),
    "work.assign": wall("ticket_admin", task_id="task"),
    "tickets.show_mine": wall("user"),
    "tickets.show_types": wall("user"),
    "tickets.show_form": wall("user", key="ticket_type"),
    "tickets.submit": wall("user", key="ticket_type"),
    "tickets.save_draft": wall("user", key="ticket_type"),
    "tickets.discard_draft": wall("user", key="ticket_type"),
    "tickets.show": wall(READERS, ticket_id="ticket"),
    "tickets.take": wall(READERS, blind=READERS, fixed={"key": "no_offer"}, ticket_id="ticket"),
    "tickets.ask_cancel": wall("user ticket_admin", ticket_id="ticket"),
    "tickets.cancel": wall("user ticket_admin", ticket_id="ticket"),
    "tickets.ask_hold": wall("ticket_admin", ticket_id="ticket"),
    "tickets.hold": wall("ticket_admin", ticket_id="ticket"),
    "tickets.ask_resume": wall("ticket_admin", ticket_id="ticket"),
    "tickets.resume": wall("ticket_admin", ticket_id="ticket"),
    "tickets.advance": wall("ticket_admin", ticket_id="ticket"),
    "tickets.ask_correction": wall("ticket_admin", ticket_id="ticket"),
    "tickets.correct": wall("ticket_admin", fixed={"field": "amount"}, ticket_id="ticket"),
    "desk.show_tickets": wall("ticket_admin"),
    "desk.show_errors": wall("ticket_admin"),
    "desk.show_error": wall("ticket_admin", error_id="error"),
    "desk.retry": wall("ticket_admin", error_id="error"),
    "desk.review": wall("ticket_admin", error_id="error"),
    "desk.resolve": wall("ticket_admin", error_id="error"),
    "desk.apply": wall("ticket_admin", error_id="error"),
    "desk.discard": wall("ticket_admin", error_id="error"),
    "desk.send_back": wall("ticket_admin", error_id="error"),
    "design.show_list": wall("workflow_creator ticket_admin"),
    "design.show": wall("workflow_creator ticket_admin", key="workflow"),
    "design.show_version": wall("workflow_creator ticket_admin", key="workflow", fixed={"version": 1}),
    "design.download": wall("workflow_creator ticket_admin", key="workflow", fixed={"version": 1, "media": "yaml"}),
    "design.upload": wall("workflow_creator"),
    "design.store": wall("workflow_creator", data={"document": "title: A workflow"}),
    "design.edit": wall("workflow_creator", key="workflow"),
    "design.store_edited": wall("workflow_creator", key="workflow", data={"document": "title: A workflow"}),
    "design.activate": wall("workflow_creator", key="workflow"),
    "design.archive": wall("workflow_creator", key="workflow"),
}

#: Walked elsewhere: tests/api/test_access.py, tests/live.
ELSEWHERE = ("api.", "live.")
