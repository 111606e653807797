"""One socket's loop, on a real connection without a web server: what it writes, and how it ends."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any

import psycopg
import pytest
from simple_websocket import Server

from tests.live.sockets import LiveSocket
from ticketflower.live import serving
from ticketflower.live.hub import Hub
from ticketflower.live.outbox import CloseCode
from ticketflower.live.rendering import SignedOut
from ticketflower.live.wire import Wire

ACME, ANA = 1, 11
LARGE = "x" * 1_000_000


class Stage:
    """A listening socket whose connections are served by ``serving.serve``; ``push`` is what the test says."""

    def __init__(self, push: serving.Push, hub: Hub, write_seconds: float = 10.0, ping: float = 25.0) -> None:
        self.push, self.hub, self.write_seconds, self.ping = push, hub, write_seconds, ping
        self.outbox = hub.join(ACME, ANA, ["errors", "board"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(4096)
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line]
        environ: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in lines}
        environ["werkzeug.socket"] = Wire(connection, self.write_seconds)
        ws = Server.accept(environ, ping_interval=self.ping, max_message_size=4096)
        serving.serve(ws, self.outbox, self.push)
        self.reader = ws.thread
        connection.close()
        self.ended.set()

    def connect(self, **options: Any) -> LiveSocket:
        return LiveSocket(self.listener.getsockname(), "/live", **options)

    def close(self) -> None:
        self.outbox.close(CloseCode.RESTART)
        self.thread.join(20)
        self.listener.close()
        assert not self.thread.is_alive()
        assert not self.reader.is_alive()


def echo(topics: Collection[str]) -> str:
    return " ".join(sorted(topics))


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(push: serving.Push = echo, hub: Hub | None = None, **options: float) -> Stage:
        stages.append(Stage(push, hub or Hub(), **options))
        return stages[-1]

    yield make
    for each in stages:
        each.close()


def test_what_is_announced_is_written(stage: Callable[..., Stage]) -> None:
    here = stage()
    with here.connect() as browser:
        here.hub.deliver(ACME, ["errors"])
        assert browser.message() == "errors"
        here.hub.deliver(ACME, ["board"])
        assert browser.message() == "board"


def test_what_was_announced_before_the_upgrade_is_written_after_it(stage: Callable[..., Stage]) -> None:
    here = stage()
    here.hub.deliver(ACME, ["errors"])
    with here.connect() as browser:
        assert browser.message() == "errors"


def test_where_there_is_nothing_to_say_nothing_is_sent(stage: Callable[..., Stage]) -> None:
    here = stage(lambda topics: "")
    with here.connect() as browser:
        here.hub.deliver(ACME, ["errors"])
        assert browser.message(0.2) is None


def test_a_burst_is_one_round(stage: Callable[..., Stage]) -> None:
    rounds: list[Collection[str]] = []

    def push(topics: Collection[str]) -> str:
        rounds.append(topics)
        return echo(topics)

    here = stage(push)
    with here.connect() as browser:
        for _ in range(50):
            here.hub.deliver(ACME, ["errors"])
            here.hub.deliver(ACME, ["board"])
        assert browser.message() == "board errors"
        assert browser.message(0.2) is None
    assert rounds == [{"board", "errors"}]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (SignedOut("no session"), CloseCode.SIGN_IN),
        (psycopg.OperationalError("the server closed the connection"), CloseCode.RESTART),
        (ZeroDivisionError("a fragment's mistake"), CloseCode.FAILED),
        (FileNotFoundError("a template that is not there"), CloseCode.FAILED),
    ],
)
def test_a_rendering_that_fails_closes_with_the_code_that_says_how_to_go_on(
    stage: Callable[..., Stage], caplog: pytest.LogCaptureFixture, failure: Exception, code: CloseCode
) -> None:
    def push(topics: Collection[str]) -> str:
        raise failure

    here = stage(push)
    with here.connect() as browser, caplog.at_level(logging.WARNING, "ticketflower.live"):
        here.hub.deliver(ACME, ["errors"])
        assert browser.close_code() == code
        assert here.ended.wait(10)
    assert (str(failure) in caplog.text) == (code is not CloseCode.SIGN_IN)


def test_closing_the_hub_closes_the_socket_so_that_it_comes_back(stage: Callable[..., Stage]) -> None:
    here = stage()
    with here.connect() as browser:
        here.hub.close()
        assert browser.close_code() == CloseCode.RESTART


def test_a_browser_that_speaks_is_sent_away(stage: Callable[..., Stage]) -> None:
    with stage().connect() as browser:
        browser.say("hello")
        assert browser.close_code() == CloseCode.POLICY


def test_a_message_above_4_kb_is_not_taken(stage: Callable[..., Stage]) -> None:
    with stage().connect() as browser:
        browser.say("x" * 5000)
        assert browser.close_code() == 1009


def test_a_browser_that_leaves_ends_the_loop_at_once(stage: Callable[..., Stage]) -> None:
    here = stage()
    here.connect().close()
    assert here.ended.wait(5)


def test_a_browser_that_answers_no_ping_is_given_up(stage: Callable[..., Stage]) -> None:
    here = stage(ping=0.1)
    with here.connect():
        assert here.ended.wait(5)


def test_a_slow_reader_is_told_to_come_back_once_it_reads_again(stage: Callable[..., Stage]) -> None:
    written = threading.Event()

    def push(topics: Collection[str]) -> str:
        written.set()
        return LARGE

    here = stage(push, Hub(most_waiting=5))
    with here.connect(receive_buffer=4096) as browser:
        here.hub.deliver(ACME, ["errors"])
        assert written.wait(10)
        while here.outbox.closing is None:
            here.hub.deliver(ACME, ["errors"])
        assert browser.message() == LARGE
        assert browser.close_code() == CloseCode.TOO_SLOW


def test_a_reader_that_takes_nothing_for_too_long_is_cut_off(stage: Callable[..., Stage]) -> None:
    here = stage(lambda topics: LARGE, write_seconds=0.3)
    with here.connect(receive_buffer=4096) as browser:
        here.hub.deliver(ACME, ["errors"])
        assert here.ended.wait(10)
        assert browser.close_code() == 1006
