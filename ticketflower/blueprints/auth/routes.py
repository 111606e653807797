"""The way in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from ticketflower.blueprints import htmx
from ticketflower.blueprints.auth.answers import Answers
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.errors import Refusal, Throttled, Unacceptable
from ticketflower.problems import Problem
from ticketflower.services import accounts
from ticketflower.web.failures import failure_of
from ticketflower.web.identity import actor_or_none, end_session, start_session
from ticketflower.web.pages import safe_path
from ticketflower.web.permissions import PUBLIC, SIGNED_IN

auth = Blueprint("auth", __name__)

SIGN_UP = ("company_name", "first_name", "last_name", "email", "password")
SIGN_IN = ("email", "password")


@auth.get("/sign-up", allow=PUBLIC)
def sign_up() -> ResponseReturnValue:
    """The form for a new company."""
    return _home() if actor_or_none() else _form("auth/sign_up.html", SIGN_UP, Answers())


@auth.post("/sign-up", allow=PUBLIC)
def make_company() -> ResponseReturnValue:
    """Makes the company and its first person, and signs them in."""
    given = _given(SIGN_UP)
    now = utc_now()
    try:
        company_id, user_id = accounts.sign_up(db.session(), **given, now=now, address=_address(), names_required=True)
    except (Unacceptable, Throttled) as refusal:
        return _refused("auth/sign_up.html", SIGN_UP, given, refusal)
    secret = accounts.open_session(
        db.session(), company_id, user_id, _address(), request.user_agent.string, now, _session_hours()
    )
    start_session(secret)
    return _home()


@auth.get("/sign-in", allow=PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The form for somebody who has been here before."""
    return htmx.go(_next()) if actor_or_none() else _form("auth/sign_in.html", SIGN_IN, Answers(), next=_next())


@auth.post("/sign-in", allow=PUBLIC)
def enter() -> ResponseReturnValue:
    """Signs somebody in and leads them to where they wanted to go."""
    given = _given(SIGN_IN)
    problems = [
        Problem(f"/{name}", f"Enter your {label}.")
        for name, label in (("email", "email address"), ("password", "password"))
        if not given[name].strip()
    ]
    if problems:
        return _form("auth/sign_in.html", SIGN_IN, Answers(given, problems), 422, next=_next())
    try:
        secret = accounts.sign_in(
            db.session(),
            **given,
            address=_address(),
            user_agent=request.user_agent.string,
            now=utc_now(),
            hours=_session_hours(),
        )
    except (Unacceptable, Throttled) as refusal:
        return _refused("auth/sign_in.html", SIGN_IN, given, refusal, next=_next())
    start_session(secret)
    return htmx.go(_next())


@auth.post("/sign-out", allow=SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """Ends this browser's session."""
    end_session()
    return _home()


def _form(template: str, names: tuple[str, ...], answers: Answers, status: int = 200, **context: Any) -> Response:
    summary = answers.summary(*names)
    return make_response(
        render_template(template, answers=answers, summary=summary, has_errors=bool(summary), **context), status
    )


def _refused(
    template: str, names: tuple[str, ...], given: dict[str, str], refusal: Refusal, **context: Any
) -> Response:
    """The form once more, with everything that was typed and what is wrong with it."""
    problems = refusal.problems or [Problem("", refusal.detail)]
    response = _form(template, names, Answers(given, problems), refusal.status, **context)
    response.headers.extend(failure_of(refusal).headers)
    return response


def _given(names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.form.get(name, "") for name in names}


def _next() -> str:
    """The page of ours that the person wanted before they were asked to sign in; else home."""
    return safe_path(request.values.get("next")) or url_for("home.show")


def _home() -> Response:
    return htmx.go(url_for("home.show"))


def _address() -> str:
    return request.remote_addr or ""


def _session_hours() -> int:
    hours: int = current_app.config["SETTINGS"].SESSION_HOURS
    return hours
