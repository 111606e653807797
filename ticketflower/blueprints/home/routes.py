"""What stands at ``/``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.db import db
from ticketflower.engine.words import SystemRole
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import live_address
from ticketflower.queries.counts import counts_of
from ticketflower.queries.dashboard import Figure, Section, sections_of
from ticketflower.queries.definitions import has_workflows
from ticketflower.web.application import Destination, TicketFlower
from ticketflower.web.identity import actor_or_none
from ticketflower.web.permissions import PUBLIC
from ticketflower.web.viewing import current_counts, destinations_of

home = Blueprint("home", __name__)

#: Everything that changes a figure.
TOPICS = ("queue:{user}", "unassigned", "tickets:{user}", "errors", "board", "definitions")


@home.record_once
def set_up(state: BlueprintSetupState) -> None:
    """The dashboard is the first of the destinations."""
    app = state.app
    assert isinstance(app, TicketFlower)
    app.add_destination(Destination("home", "home.show", "Home", "home", order=0))


@home.get("/", allow=PUBLIC)
def show() -> ResponseReturnValue:
    """The dashboard; for who isn't signed in, the front door."""
    actor = actor_or_none()
    if actor is None:
        return render_template("home/landing.html")
    sections = sections_of(actor, current_counts(actor))
    return htmx.page_or_fragment(
        "home/page.html",
        "home/_sections.html",
        sections=_linked(actor, sections),
        begins=_begins(db.session(), actor, sections),
        actions=_actions(actor),
        live_url=live_address("dashboard"),
    )


@fragment("dashboard", topics=TOPICS, target="#dashboard")
def dashboard(session: Session, actor: Actor, argument: object) -> str:
    """The sections once more, after something changed."""
    sections = sections_of(actor, counts_of(session, actor))
    begins = _begins(session, actor, sections)
    return render_template("home/_sections.html", sections=_linked(actor, sections), begins=begins)


@dataclass(frozen=True, slots=True)
class LinkedFigure:
    """A figure with the address of its page; None while this person has no such page."""

    figure: Figure
    url: str | None


@dataclass(frozen=True, slots=True)
class LinkedSection:
    """A section whose figures have addresses."""

    section: Section
    figures: tuple[LinkedFigure, ...]


def _begins(session: Session, actor: Actor, sections: list[Section]) -> bool:
    """Whether this person has their company's first workflow still to write; asked where every figure is nought."""
    if not actor.has(SystemRole.WORKFLOW_CREATOR) or any(f.number != "0" for each in sections for f in each.figures):
        return False
    return not has_workflows(session)


def _linked(actor: Actor, sections: list[Section]) -> list[LinkedSection]:
    endpoints = {destination.key: destination.endpoint for destination in destinations_of(actor)}
    return [
        LinkedSection(section, tuple(LinkedFigure(figure, _url(endpoints, figure)) for figure in section.figures))
        for section in sections
    ]


def _url(endpoints: dict[str, str], figure: Figure) -> str | None:
    endpoint = endpoints.get(figure.destination)
    query: dict[str, Any] = dict(figure.query)
    return url_for(endpoint, **query) if endpoint else None


def _actions(actor: Actor) -> list[Destination]:
    """What somebody comes for, as a button beside the heading."""
    return [destination for destination in destinations_of(actor) if destination.key == "submit"]
