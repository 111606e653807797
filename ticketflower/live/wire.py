"""The TCP connection under a websocket, made fit for two threads and slow readers.

simple-websocket hands each frame to ``sock.send`` once, from two threads (the writer's frames, the reader's pings). A
``send`` may take a part only, two of them may interleave while the buffer is full, and one to a browser that reads
nothing waits for ever. This stands between the two.
"""

from __future__ import annotations

import contextlib
import socket
import threading

#: How long one message may take to leave. A reader that takes nothing for so long is cut off, without a close frame:
#: what it has of the last message could not be continued.
WRITE_SECONDS = 15.0


class Wire:
    """A socket that sends whole messages, one at a time, and leaves closing the descriptor to the server.

    Args:
        sock: the connection of the request, from the WSGI environment.
        write_seconds: the longest that one message may take.
    """

    def __init__(self, sock: socket.socket, write_seconds: float = WRITE_SECONDS) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        # For sendall it bounds the message. The reader calls recv only when there is something to read.
        sock.settimeout(write_seconds)

    def send(self, data: bytes) -> int:
        """Send all of it.

        Raises:
            OSError: the other side is gone or took nothing for too long; the connection is then of no use.
        """
        with self._lock:
            try:
                self._sock.sendall(data)
            except OSError:
                self.hang_up()
                raise
        return len(data)

    def recv(self, size: int) -> bytes:
        """What the browser sent, or nothing once it is gone."""
        return self._sock.recv(size)

    def fileno(self) -> int:
        """For the selector of the reader."""
        return self._sock.fileno()

    def hang_up(self) -> None:
        """End both directions and wake the reader, from any thread."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back; the reader does, when it is done (``serving.live_sockets`` made it for that)."""
        self._sock.close()
