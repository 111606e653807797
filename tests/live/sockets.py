"""A browser's end of a live socket, without the browser: it reads only when a test asks it to."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.extensions import Extension, PerMessageDeflate

PATIENCE = 20.0


class Refused(Exception):
    """The server answered the handshake with an ordinary response."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with {status}")
        self.status = status


class LiveSocket:
    """One connection. ``Refused`` instead when the server does not upgrade it.

    Args:
        address: host and port.
        target: path and query string.
        headers: what a browser would send beside the protocol's own: Origin, Cookie.
        receive_buffer: a small one makes the server feel at once that nobody reads.
        offers_compression: as browsers do.
    """

    def __init__(
        self,
        address: tuple[str, int],
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        receive_buffer: int | None = None,
        offers_compression: bool = False,
    ) -> None:
        self.sock = socket.socket()
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(address)
        self.ws = WSConnection(ConnectionType.CLIENT)
        self._events: list[Event] = []
        self._text = ""
        host = f"{address[0]}:{address[1]}"
        extensions: list[Extension] = [PerMessageDeflate()] if offers_compression else []
        self._write(
            Request(
                host=host,
                target=target,
                extra_headers=[(k.encode(), v.encode()) for k, v in headers],
                extensions=extensions,
            )
        )
        self.accepted = self._handshake()

    def _handshake(self) -> AcceptConnection:
        event = self._next(PATIENCE)
        if isinstance(event, RejectConnection):
            status = event.status_code
            while event is not None and not (isinstance(event, RejectData) and event.body_finished):
                event = self._next(PATIENCE)
            self.sock.close()
            raise Refused(status)
        assert isinstance(event, AcceptConnection), event
        return event

    def _write(self, event: Event) -> None:
        self.sock.sendall(self.ws.send(event))

    def say(self, text: str) -> None:
        """Send something, which browsers of ours never do."""
        self._write(TextMessage(data=text))

    def _next(self, seconds: float) -> Event | None:
        """The next event, or None when nothing came in time or the connection is at its end."""
        deadline = time.monotonic() + seconds
        while not self._events:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                return None
            except ConnectionError:
                data = b""
            if not data:
                return None
            self.ws.receive_data(data)
            self._events.extend(event for event in self.ws.events() if not self._answered(event))
        return self._events.pop(0)

    def _answered(self, event: Event) -> bool:
        if isinstance(event, Ping) and self.ws.state is ConnectionState.OPEN:
            self._write(event.response())
        return isinstance(event, Ping)

    def message(self, seconds: float = PATIENCE) -> str | None:
        """The next whole message, or None when none came in time."""
        while (event := self._next(seconds)) is not None:
            if isinstance(event, Message):
                self._text += event.data
                if event.message_finished:
                    whole, self._text = self._text, ""
                    return whole
            elif isinstance(event, CloseConnection):
                self._events.insert(0, event)
                return None
        return None

    def close_code(self, seconds: float = PATIENCE) -> int | None:
        """The code that the server closes with, whatever it sends before; 1006 when it just goes away."""
        deadline = time.monotonic() + seconds
        while (event := self._next(max(deadline - time.monotonic(), 0.001))) is not None:
            if isinstance(event, CloseConnection):
                self._write(event.response())
                return int(event.code)
        return 1006 if time.monotonic() < deadline else None

    def close(self) -> None:
        """Go away as a closed tab does."""
        self.sock.close()

    def __enter__(self) -> LiveSocket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
