"""The API's door: who asks, by bearer token alone, and what a refusal looks like (api.md)."""

from __future__ import annotations

import threading
from datetime import datetime

from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config import Config
from ticketflower.blueprints.api.answers import problem_answer, respond
from ticketflower.errors import NotFound, Throttled
from ticketflower.services import accounts
from ticketflower.services.accounts import Found
from ticketflower.web.application import Door
from ticketflower.web.failures import Failure, failure_of

PREFIX = "/api/"
SECONDS = 60
_LONGEST_TOKEN = 200


def identify_token(session: Session, now: datetime) -> Found | None:
    """Who asks, by ``Authorization: Bearer TOKEN``; a cookie is not looked at.

    Raises:
        Throttled: the token made more calls this minute than ``API_RATE_LIMIT`` allows.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
        return None
    found = accounts.find_token(session, accounts.hash_of(token.strip()))
    if found is not None:
        config: Config = current_app.config["SETTINGS"]
        calls.count(found.row_id, now, config.API_RATE_LIMIT)
    return found


class Calls:
    """How many calls each token made in the present minute; each process counts its own."""

    def __init__(self) -> None:
        self._minute = 0
        self._made: dict[int, int] = {}
        self._lock = threading.Lock()

    def count(self, token_id: int, now: datetime, most: int) -> None:
        """Counts one call.

        Args:
            most: calls that a token may make in a minute; 0 for any number.

        Raises:
            Throttled: this is one too many; the calls of the next minute are counted from nothing.
        """
        if not most:
            return
        minute, second = divmod(int(now.timestamp()), SECONDS)
        with self._lock:
            if minute != self._minute:
                self._minute, self._made = minute, {}
            made = self._made[token_id] = self._made.get(token_id, 0) + 1
        if made > most:
            wait = SECONDS - second
            raise Throttled(f"This token may make {most} calls a minute. Wait {wait} seconds.", retry_after=wait)


calls = Calls()


def answer_program(failure: Failure) -> Response:
    """A refusal or a fault as ``application/problem+json``; an unknown address is answered as an unknown thing."""
    if failure.status == 404:
        failure = failure_of(NotFound())
    response = respond(problem_answer(failure))
    response.headers.extend(failure.headers)
    if failure.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="TicketFlower"'
    return response


DOOR = Door(identify_token, answer_program, has_cookies=False)
