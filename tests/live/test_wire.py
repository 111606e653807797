"""The connection under a websocket: whole messages, one at a time, and never for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from ticketflower.live.wire import Wire

LARGE = b"a" * 200_000
SMALL = b"b"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with near, far:
        yield near, far


def test_a_ping_never_lands_inside_a_message(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    wire = Wire(near)

    def send(data: bytes, times: int) -> None:
        for _ in range(times):
            wire.send(data)

    writers = [threading.Thread(target=send, args=[LARGE, 20]), threading.Thread(target=send, args=[SMALL, 50])]
    for writer in writers:
        writer.start()
    received = b""
    while len(received) < 20 * len(LARGE) + 50:
        received += far.recv(65536)
    for writer in writers:
        writer.join()
    assert {len(run) % len(LARGE) for run in received.split(SMALL)} == {0}


def test_who_takes_nothing_is_cut_off(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    wire = Wire(near, write_seconds=0.2)
    with pytest.raises(TimeoutError):
        wire.send(LARGE)
    taken = 0
    while data := far.recv(65536):
        taken += len(data)
    assert taken < len(LARGE)


def test_hanging_up_wakes_the_reader_and_tells_the_browser(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    wire = Wire(near)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(wire.recv(10)))
    reader.start()
    wire.hang_up()
    wire.hang_up()
    reader.join(10)
    assert received == [b""]
    assert far.recv(10) == b""


def test_closing_gives_the_descriptor_back(ends: tuple[socket.socket, socket.socket]) -> None:
    wire = Wire(ends[0])
    assert wire.fileno() > 0
    wire.close()
    assert wire.fileno() == -1
