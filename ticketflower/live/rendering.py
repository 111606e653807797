"""Renders live fragments as their viewer, each time with the viewer's rights of that moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from flask import Flask, render_template
from markupsafe import Markup
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.db import READ_ONLY, db
from ticketflower.engine.announce import EVERYTHING
from ticketflower.errors import Forbidden, NotFound
from ticketflower.live.fragments import Live

#: So many sockets render at once in this process. One announcement may wake thousands of them: they must leave
#: database connections and processor time to the pages.
AT_ONCE = 4
_turns = threading.BoundedSemaphore(AT_ONCE)


class SignedOut(Exception):
    """The viewer may not see this page any more: signed out, deactivated, or without the role."""


class Renderer:
    """Renders the fragments of one page for one viewer.

    Args:
        app: the application; each rendering gets a context, and with it a database session, of its own.
        viewer: has ``db.session`` enter the viewer's company and tells who they are now, or None when signed out.
        fragments: what the page shows.
    """

    def __init__(self, app: Flask, viewer: Callable[[], Actor | None], fragments: Collection[Live]) -> None:
        self._app = app
        self._viewer = viewer
        self._fragments = list(fragments)

    def __call__(self, topics: Collection[str]) -> str:
        """What the browser is sent after these announcements: every fragment that hears one of them, or nothing.

        A fragment whose row the viewer may no longer see is not pushed again; the page says so.

        Raises:
            SignedOut: nothing may be shown to them any more.
        """
        heard = [live for live in self._fragments if EVERYTHING in topics or not live.topics.isdisjoint(topics)]
        if not heard:
            return ""
        with self._as_viewer() as (session, actor):
            return "".join(self._part(session, actor, live) for live in heard)

    @contextmanager
    def _as_viewer(self) -> Iterator[tuple[Session, Actor]]:
        with _turns, self._app.app_context():
            db.session.info[READ_ONLY] = True
            actor = self._viewer()
            if actor is None:
                raise SignedOut
            yield db.session(), actor
            db.session.commit()

    def _part(self, session: Session, actor: Actor, live: Live) -> str:
        try:
            live.permit(session, actor)
            html = live.fragment.render(session, actor, live.argument)
        except Forbidden as refusal:
            raise SignedOut from refusal
        except NotFound:
            self._fragments.remove(live)
            return render_template("live/_gone.html")
        if not live.target:
            return html
        return render_template("live/_partial.html", target=live.target, html=Markup(html))  # noqa: S704 (a template's)
