"""Who asks: the person behind a request, and the browser's session (security.md, Web).

The cookie holds a random secret, the table ``user_sessions`` its hash. So a session can be ended on the server, and a
stolen table opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import flask
import flask_login
from flask import g, request
from flask_login import LoginManager, UserMixin
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.clock import utc_now
from ticketflower.db import db, enter_company
from ticketflower.services import accounts
from ticketflower.services.accounts import Found
from ticketflower.web.application import this_app
from ticketflower.web.failures import SignedOut

login_manager = LoginManager()
# It compares the network address and the browser's name, which change on a train and after an update.
login_manager.session_protection = None


@dataclass(frozen=True, slots=True)
class SignedInBrowser(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps of a signed-in browser: the secret in its cookie, and whom that leads to."""

    secret: str
    found: Found

    def get_id(self) -> str:
        """What goes into the cookie."""
        return self.secret


@login_manager.user_loader  # type: ignore[untyped-decorator]
def browser_of(secret: str) -> SignedInBrowser | None:
    """The browser whose cookie holds this secret; None when its session has ended."""
    found = accounts.find_session(db.session(), accounts.hash_of(secret), utc_now())
    return SignedInBrowser(secret, found) if found else None


def identify_browser(session: Session, now: datetime) -> Found | None:
    """Who asks, by the browser's cookie."""
    browser = flask_login.current_user
    if browser.is_authenticated:
        found: Found = browser.found
        return found
    flask.session.pop("_user_id", None)
    return None


def actor_or_none() -> Actor | None:
    """Who asks, with the roles of this moment; None when nobody is signed in.

    It is found once per request. Here, and nowhere else, a request enters a company.
    """
    if "actor" not in g:
        g.actor = _find_actor()
    actor: Actor | None = g.actor
    return actor


def current_actor() -> Actor:
    """Who asks. For routes that aren't public, where somebody always does.

    Raises:
        SignedOut: nobody is signed in.
    """
    actor = actor_or_none()
    if actor is None:
        raise SignedOut("You are not signed in, or your sign-in has ended. Sign in, then try again.")
    return actor


def start_session(secret: str) -> None:
    """Lets the browser keep the secret of a session that was just made. The one that it had before ends."""
    _end_session_row()
    flask.session.clear()  # also the CSRF token: what somebody else planted before the sign-in is worth nothing after
    flask.session.permanent = True
    flask_login.login_user(browser_of(secret))


def end_session() -> None:
    """Signs the browser out: the row is deleted, so a copy of the cookie is worth nothing either."""
    _end_session_row()
    flask_login.logout_user()
    flask.session.clear()


def _end_session_row() -> None:
    secret = flask.session.get("_user_id")
    if not isinstance(secret, str):
        return
    session = db.session()
    found = accounts.find_session(session, accounts.hash_of(secret), utc_now())
    if found is not None:
        enter_company(session, found.company_id)
        accounts.sign_out(session, accounts.hash_of(secret))


def _find_actor() -> Actor | None:
    session = db.session()
    found = this_app().door_of(request.path).identify(session, utc_now())
    if found is None:
        return None
    enter_company(session, found.company_id)
    return accounts.actor_of(session, found.company_id, found.user_id)
