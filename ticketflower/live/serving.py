"""The loop of one socket: its thread waits, gathers a burst, renders and writes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from typing import Any

import psycopg
from simple_websocket import ConnectionClosed
from sqlalchemy.exc import OperationalError, TimeoutError
from wsproto.utilities import LocalProtocolError

from ticketflower.live.outbox import CloseCode, Outbox
from ticketflower.live.rendering import SignedOut

log = logging.getLogger(__name__)

#: A change announces itself in several parts within milliseconds; after the first one this long is waited for more.
GATHER_SECONDS = 0.02
#: And a fragment is rendered at most once in this time.
ROUND_SECONDS = 0.05
#: How long the browser's answer to a close frame is waited for.
FAREWELL_SECONDS = 1.0

#: The database does not answer, or has no connection to spare; the engine's own BEGIN raises psycopg's errors bare.
DATABASE_AWAY = (OperationalError, TimeoutError, psycopg.OperationalError)
#: The connection is of no use any more, as the socket, simple-websocket or wsproto put it.
BROWSER_AWAY = (OSError, ConnectionClosed, LocalProtocolError)

#: From topics to the message for the browser; empty when there is nothing to say.
Push = Callable[[Collection[str]], str]


class BrowserGone(Exception):
    """Nothing more can be sent: the browser left, or took nothing for so long that it was cut off."""


def serve(ws: Any, outbox: Outbox, push: Push) -> None:
    """Write to one socket until either side ends it; never raises.

    Args:
        ws: the simple-websocket server, its handshake done.
        outbox: what it is to be told.
        push: renders the message for a set of topics; raises ``SignedOut``.
    """
    try:
        code = _write(ws, outbox, push)
    except SignedOut:
        code = CloseCode.SIGN_IN
    except DATABASE_AWAY as error:
        log.warning("A live page waits for the database: %s", error)
        code = CloseCode.RESTART
    except BrowserGone:
        code = None
    except Exception:
        log.exception("A live fragment could not be rendered.")
        code = CloseCode.FAILED
    _part(ws, code)


def _write(ws: Any, outbox: Outbox, push: Push) -> CloseCode | None:
    """Write until there is a reason to stop: the code to close with, or None when the browser has gone."""
    outbox.wake_with(ws.event)
    last_round = 0.0
    while ws.connected:
        ws.event.wait()
        ws.event.clear()
        if outbox.closing is None and not ws.input_buffer and outbox.has_waiting:
            time.sleep(max(GATHER_SECONDS, last_round + ROUND_SECONDS - time.monotonic()))
            last_round = time.monotonic()
            _send(ws, outbox, push)
        if outbox.closing is not None:
            return outbox.closing
        if ws.input_buffer:
            return CloseCode.POLICY
    return None


def _send(ws: Any, outbox: Outbox, push: Push) -> None:
    message = push(outbox.take())
    if not message or outbox.closing is not None:
        return
    try:
        ws.send(message)
    except BROWSER_AWAY as error:
        raise BrowserGone from error


def _part(ws: Any, code: CloseCode | None) -> None:
    """Close as the protocol wants it: our frame, the browser's answer, then the connection.

    gunicorn waits for a browser that has not answered in its main thread; here only this socket's thread does.
    """
    if code is not None and ws.connected:
        try:
            ws.close(code)
        except BROWSER_AWAY:
            log.debug("The browser was gone before it could be told %s.", code)
        ws.thread.join(FAREWELL_SECONDS)
    ws.connected = False
    ws.sock.hang_up()
    ws.thread.join(FAREWELL_SECONDS)
