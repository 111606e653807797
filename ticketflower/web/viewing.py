"""What every template may rely on: who looks, where they can go, and where static files are (docs/templates.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload
from zoneinfo import ZoneInfo

from flask import g, has_request_context, request, url_for

from ticketflower.actor import Actor
from ticketflower.db import db
from ticketflower.engine.words import SystemRole
from ticketflower.queries.counts import Counts, counts_of
from ticketflower.web.application import Destination, TicketFlower, this_app
from ticketflower.web.identity import actor_or_none

#: A company that never chose a zone; its people's browsers know theirs better.
NO_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who a page is for."""

    name: str
    company_name: str
    system_roles: frozenset[SystemRole]
    theme: str
    time_zone: str | None
    zone: ZoneInfo | None
    acting_superuser_name: str | None = None

    @classmethod
    def of(cls, actor: Actor) -> Viewer:
        """The person as templates see them."""
        time_zone = None if actor.time_zone == NO_ZONE else actor.time_zone
        return cls(
            name=actor.name,
            company_name=actor.company_name,
            system_roles=actor.system_roles,
            theme=actor.theme,
            time_zone=time_zone,
            zone=ZoneInfo(time_zone) if time_zone else None,
        )


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the navigation."""

    url: str
    label: str
    icon: str
    key: str
    current: bool
    count: str
    group: str


class Navigation(Sequence[NavItem]):
    """The entries for one person. They, and their counts, are worked out when a template first looks."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    @overload
    def __getitem__(self, index: int) -> NavItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[NavItem]: ...
    def __getitem__(self, index: int | slice) -> NavItem | Sequence[NavItem]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    @cached_property
    def _items(self) -> list[NavItem]:
        shown = destinations_of(self._actor)
        urls = {destination.key: url_for(destination.endpoint) for destination in shown}
        counts = current_counts(self._actor)
        here = _current(urls)
        return [
            NavItem(
                url=urls[item.key],
                label=item.label,
                icon=item.icon,
                key=item.key,
                current=item.key == here,
                count=counts.shown(item.key),
                group=item.group,
            )
            for item in shown
        ]


def destinations_of(actor: Actor) -> list[Destination]:
    """The pages that the person may open, in the order of the navigation."""
    app = this_app()
    allowed = [item for item in app.destinations.values() if app.permissions[item.endpoint].lets_in(actor)]
    return sorted(allowed, key=lambda item: item.order)


def current_counts(actor: Actor) -> Counts:
    """The person's counts; one query per request, whoever asks."""
    if "counts" not in g:
        g.counts = counts_of(db.session(), actor)
    counts: Counts = g.counts
    return counts


def belongs_to(destination: Destination) -> None:
    """Says which destination the page of this request belongs to, where its address alone doesn't tell."""
    g.destination = destination.key


def _current(urls: dict[str, str]) -> str | None:
    """The destination that the shown page belongs to: what its route said, else the longest address that leads here."""
    if not has_request_context():
        return None
    if g.get("destination") in urls:
        said: str = g.destination
        return said
    under = [key for key, url in urls.items() if request.path == url or request.path.startswith(url.rstrip("/") + "/")]
    exact_home = [key for key in under if urls[key] != "/" or request.path == "/"]
    return max(exact_home, key=lambda key: len(urls[key]), default=None)


def in_every_template() -> dict[str, Any]:
    """The names that ``base.html`` reads. Nobody is looked up twice, and outside a request nobody looks."""
    actor = actor_or_none() if has_request_context() else None
    return {
        "viewer": Viewer.of(actor) if actor else None,
        "nav": Navigation(actor) if actor else [],
        "home_url": url_for("home.show"),
        "sign_in_url": url_for("auth.sign_in"),
        "sign_out_url": url_for("auth.sign_out"),
    }


def set_up(app: TicketFlower) -> None:
    """Gives these names to every template of the application."""
    app.context_processor(in_every_template)
