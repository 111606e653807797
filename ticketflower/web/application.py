"""The Flask application, with what ours has beyond Flask: declared permissions, doors, destinations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Flask, current_app
from flask.typing import RouteCallable
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketflower.services.accounts import Found
from ticketflower.web.failures import Failure
from ticketflower.web.permissions import Allow, Permission


class UndeclaredPermission(RuntimeError):
    """A route doesn't say who may call it."""


@dataclass(frozen=True, slots=True)
class Door:
    """How those who come to the addresses under a prefix are known, and how they are refused.

    Attributes:
        identify: says who asks, by what the request carries; None for nobody.
        answer: makes the response to what is refused or failed.
        has_cookies: whether a browser's cookie tells who asks; then foreign sites must be kept from using it.
    """

    identify: Callable[[Session, datetime], Found | None]
    answer: Callable[[Failure], Response]
    has_cookies: bool


@dataclass(frozen=True, slots=True)
class Destination:
    """A page that the navigation and the dashboard lead to.

    Attributes:
        key: its name in code; ``#nav-count-KEY`` shows its count (``queries.counts``).
        endpoint: its route. Whoever may call that sees the destination.
        label: its name on the screen.
        icon: a symbol of ``static/icons/sprite.svg``.
        order: its place; the first four stand in the phone's bar.
        group: a heading before it.
    """

    key: str
    endpoint: str
    label: str
    icon: str
    order: int
    group: str = ""


class TicketFlower(Flask):
    """Flask, where a route without a declared permission can't be registered."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.permissions: dict[str, Permission] = {}
        self.doors: dict[str, Door] = {}
        self.destinations: dict[str, Destination] = {}
        super().__init__(*args, **options)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        *,
        allow: Allow | None = None,
        **options: Any,
    ) -> None:
        """As Flask's, with who may call the route.

        Args:
            allow: ``PUBLIC``, ``SIGNED_IN``, or the system roles of which one is needed.

        Raises:
            UndeclaredPermission: if ``allow`` is missing, or another rule of the same endpoint says otherwise.
        """
        name = str(endpoint or getattr(view_func, "__name__", rule))
        if allow is None:
            raise UndeclaredPermission(
                f"The route {rule} ({name}) doesn't say who may call it. "
                "Add allow=PUBLIC, allow=SIGNED_IN or allow=(SystemRole..., ...) from ticketflower.web.permissions."
            )
        permission = Permission.of(allow)
        if self.permissions.setdefault(name, permission) != permission:
            raise UndeclaredPermission(f"Two routes of {name} differ in who may call them. Give one another endpoint.")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def add_destination(self, destination: Destination) -> None:
        """Adds a page to the navigation of those who may open it."""
        self.destinations[destination.key] = destination

    def door_of(self, path: str) -> Door:
        """The door for a path: the one with the longest prefix."""
        return self.doors[max((prefix for prefix in self.doors if path.startswith(prefix)), key=len)]


def this_app() -> TicketFlower:
    """The application of this context, as what it is."""
    return cast(TicketFlower, current_app._get_current_object())  # type: ignore[attr-defined]
