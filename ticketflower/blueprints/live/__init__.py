"""The live socket: who may open one, and what it is told (ux.md, Live 1 to 10).

Everything that can be refused is refused before the upgrade. Inside the handler it is too late for an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, g, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_sock import Sock
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response
from wsproto.utilities import RemoteProtocolError

from ticketflower.actor import Actor
from ticketflower.db import db
from ticketflower.live import topics
from ticketflower.live.fragments import Live, fragment, registry
from ticketflower.live.hub import Hub
from ticketflower.live.listener import Listener
from ticketflower.live.outbox import Outbox
from ticketflower.live.rendering import Renderer
from ticketflower.live.serving import serve
from ticketflower.live.wire import Wire
from ticketflower.serving.shutdown import at_shutdown
from ticketflower.web.application import Door, TicketFlower
from ticketflower.web.failures import Failure, Foreign, failure_of
from ticketflower.web.identity import actor_or_none, current_actor, identify_browser
from ticketflower.web.permissions import SIGNED_IN

PING_SECONDS = 25
LARGEST_MESSAGE = 4096
#: Where the web servers that flask-sock knows and TicketFlower runs on keep the connection.
CONNECTIONS = ("gunicorn.socket", "werkzeug.socket")
EXTENSION = "ticketflower_live"

#: The fragment that each page has, whatever it asks for.
NAVIGATION = "navigation"

live = Blueprint("live", __name__)
sock = Sock()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an application has for its live pages: one hub and one listener in each process."""

    hub: Hub
    listener: Listener


@dataclass(frozen=True, slots=True)
class Page:
    """A page that asked for a socket: its queue and its fragments."""

    outbox: Outbox
    fragments: tuple[Live, ...]


def exchange() -> Exchange:
    """The hub and the listener of this application."""
    return cast(Exchange, current_app.extensions[EXTENSION])


@live.record_once
def set_up(state: BlueprintSetupState) -> None:
    """Give an application its hub and listener; the listener starts with the first socket."""
    app = cast(TicketFlower, state.app)
    hub = Hub(app.config["SETTINGS"].MAX_SOCKETS_PER_USER)
    app.extensions[EXTENSION] = Exchange(hub, Listener(app.config["SQLALCHEMY_DATABASE_URI"], hub))
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": LARGEST_MESSAGE}
    app.doors[topics.PATH] = Door(identify_browser, answer, has_cookies=True)
    app.add_template_global(topics.live_address)
    at_shutdown(app, hub.close)


def answer(failure: Failure) -> Response:
    """What a refused handshake says. Browsers show it to nobody; it is for whoever looks into the network."""
    response = Response(f"{failure.title}: {failure.detail}\n", failure.status, mimetype="text/plain")
    response.headers.update(failure.headers)
    return response


@live.errorhandler(RemoteProtocolError)
def refuse_handshake(error: RemoteProtocolError) -> Response:
    """Answers a handshake that is none: without a key, or of another version of the protocol."""
    return answer(failure_of(BadRequest()))


@live.before_request
def make_room() -> None:
    """Check the page's origin and rights, and hear for it from now on.

    Raises:
        Foreign: the page is not one of ours.
        UnreadableTopics: what it asks for can't be read.
        NotFound: there is no such fragment, or no such row for this person.
        Forbidden: none of the person's roles lets them see a fragment.
        NoRoom: the person has too many live pages, or the server is stopping.
    """
    if request.headers.get("Origin") not in own_origins():
        raise Foreign("Live updates answer pages of this site only. Open the page again from its own address.")
    actor = current_actor()
    wanted = [*topics.parse(request.args.get("topics", "")), topics.Wanted(NAVIGATION)]
    fragments = tuple(registry.resolve(name, actor.user_id) for name in wanted)
    for each in fragments:
        each.permit(db.session(), actor)
    heard = {topic for each in fragments for topic in each.topics}
    g.live_page = Page(exchange().hub.join(actor.company_id, actor.user_id, heard), fragments)
    exchange().listener.start()
    for name in CONNECTIONS:
        if name in request.environ:
            request.environ[name] = Wire(request.environ[name])


@fragment(NAVIGATION, topics=["queue:{user}", "unassigned", "tickets:{user}", "errors", "definitions"], target="")
def navigation(session: Session, actor: Actor, argument: object) -> str:
    """The counts in the navigation."""
    return render_template("live/_counts.html")


def own_origins() -> set[str]:
    """The origins that pages of this site have: BASE_URL's, and with its scheme the trusted host that was asked."""
    base = urlsplit(current_app.config["BASE_URL"])
    port = "" if base.port in (None, {"http": 80, "https": 443}[base.scheme]) else f":{base.port}"
    host = f"[{base.hostname}]" if ":" in (base.hostname or "") else base.hostname
    return {f"{base.scheme}://{host}{port}", f"{base.scheme}://{request.host}"}


@sock.route(topics.PATH, bp=live, allow=SIGNED_IN)  # type: ignore[untyped-decorator]
def stay(ws: Any) -> None:
    """Tell the page what is new until either side goes. No database session is held meanwhile (ux.md, Live 5)."""
    db.session.remove()
    page: Page = g.live_page
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    serve(ws, page.outbox, Renderer(app, actor_or_none, page.fragments))


@live.teardown_request
def leave(error: BaseException | None) -> None:
    """Forget the page, however its request ended."""
    page: Page | None = g.pop("live_page", None)
    if page is not None:
        exchange().hub.leave(page.outbox)
