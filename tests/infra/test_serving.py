"""The server behind ``make run``: what it says, how it stops, and that nobody keeps the others waiting."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

import pytest

from config import PROJECT
from ticketflower import embedded
from ticketflower.embedded.keeper import wait_until
from ticketflower.embedded.place import Place
from ticketflower.serving.live_sockets import LiveSockets

CLOSE_1012 = b"\x88\x02\x03\xf4"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def line_of(stream: IO[str] | None, pattern: str) -> str:
    assert stream is not None
    seen = []
    for line in stream:
        seen.append(line)
        if re.search(pattern, line):
            return line
    raise AssertionError(f"no line with {pattern!r} in: {''.join(seen)}")


class Product:
    """``python -m ticketflower.run`` with its output going to a pipe."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.port = free_port()
        self.folder = folder
        quiet = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ticketflower.run"],
            env=quiet | {"INSTANCE_DIR": str(folder), "PORT": str(self.port)} | environ,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_it_runs(self) -> str:
        try:
            return line_of(self.process.stdout, "runs at")
        except AssertionError:
            raise AssertionError(self.process.communicate(timeout=30)[1]) from None

    @property
    def postmaster(self) -> int:
        return int((Place(self.folder).data / "postmaster.pid").read_text().split()[0])

    def end(self, number: signal.Signals) -> int:
        os.killpg(self.process.pid, number)
        return self.process.wait(30)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "instance"
    if (tmp_path / "instance" / "database").exists():
        embedded.start(tmp_path / "instance").stop()


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_serves_and_takes_the_database_with_it(instance: Path, number: signal.Signals) -> None:
    product = Product(instance)
    assert f"http://127.0.0.1:{product.port}" in product.wait_until_it_runs()
    with socket.create_connection(("127.0.0.1", product.port), 5) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 ")
    postmaster = product.postmaster
    begun = time.monotonic()
    product.end(number)
    assert not running(postmaster)
    assert time.monotonic() - begun < 10


def test_people_read_standard_output_and_programs_standard_error(instance: Path) -> None:
    product = Product(instance, WORKERS="1")  # a second one that is told to stop while it starts tells it with a trace
    product.wait_until_it_runs()
    assert line_of(product.process.stdout, "stops it") == "Ctrl-C stops it.\n"
    assert urlopen(f"http://127.0.0.1:{product.port}/healthz", timeout=30).status == 200
    product.end(signal.SIGTERM)
    _, logged = product.process.communicate(timeout=30)
    lines = [json.loads(line) for line in logged.splitlines()]
    assert "GET /healthz 200" in [line["message"] for line in lines]


@pytest.mark.crash
def test_after_kill_9_of_all_of_it_nothing_is_left_running_and_it_starts_again(instance: Path) -> None:
    product = Product(instance)
    product.wait_until_it_runs()
    postmaster = product.postmaster
    product.end(signal.SIGKILL)
    assert wait_until(lambda: not running(postmaster), 30)
    again = Product(instance)
    again.wait_until_it_runs()
    again.end(signal.SIGTERM)


def test_a_taken_port_is_told_before_anything_is_started(instance: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        product = Product(instance, PORT=str(port))
        _, errors = product.process.communicate(timeout=30)
    assert product.process.returncode == 1
    assert f"Port {port} is taken by another program" in errors
    assert "Traceback" not in errors
    assert not instance.joinpath("database").exists()


def test_wrong_settings_are_told_in_words_and_nothing_is_started(instance: Path) -> None:
    product = Product(instance, PORT="eighty", LOG_LEVEL="loud")
    _, errors = product.process.communicate(timeout=30)
    assert product.process.returncode == 1
    assert "2 settings stop TicketFlower from starting:\n- PORT must be" in errors
    assert not instance.exists()


# --- gunicorn with live pages ---


class Stub:
    """``live_stub`` as a process of its own, with room for two live pages."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.infra.live_stub", str(self.port), "2"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line_of(self.process.stdout, "ready")

    def plain(self) -> str:
        return str(urlopen(f"http://127.0.0.1:{self.port}/plain", timeout=30).read().decode())

    def live(self) -> tuple[socket.socket, bytes]:
        client = socket.create_connection(("127.0.0.1", self.port), 30)
        client.sendall(
            b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )
        answer = b""
        while not answer.endswith((b"ready", b"itself.\n")):
            received = client.recv(4096)
            assert received, answer
            answer += received
        return client, answer


@pytest.fixture
def stub() -> Iterator[Stub]:
    started = Stub()
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(30)


def test_beyond_the_cap_a_live_page_gets_503_before_the_upgrade_and_plain_pages_are_served(stub: Stub) -> None:
    first, upgraded = stub.live()
    second, _ = stub.live()
    assert b" 101 " in upgraded
    assert b"permessage-deflate" not in upgraded
    third, refused = stub.live()
    assert refused.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert b"Retry-After: 30" in refused
    assert stub.plain()
    for client in (first, second, third):
        client.close()


def test_a_place_is_free_again_when_its_page_is_gone(stub: Stub) -> None:
    clients = [stub.live()[0] for _ in range(2)]
    for client in clients:
        client.sendall(b"\x88\x80\x00\x00\x00\x00")  # a close frame
        client.close()
    assert wait_until(lambda: b" 101 " in stub.live()[1], 10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_shutdown_live_pages_are_closed_with_1012_so_that_they_come_back(stub: Stub, number: signal.Signals) -> None:
    client, _ = stub.live()
    begun = time.monotonic()
    os.killpg(stub.process.pid, number)
    assert client.recv(100) == CLOSE_1012
    client.close()
    stub.process.wait(30)
    assert time.monotonic() - begun < 4


def test_a_client_that_does_not_close_its_side_keeps_nobody_waiting(stub: Stub) -> None:
    rude = []
    for _ in range(3):
        client = socket.create_connection(("127.0.0.1", stub.port), 30)
        client.sendall(b"GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert client.recv(1000)
        rude.append(client)
    begun = time.monotonic()
    stub.plain()
    assert time.monotonic() - begun < 1
    for client in rude:
        client.close()


def test_the_cap_is_zero_when_live_pages_are_switched_off() -> None:
    answers: list[str] = []

    def never(environ: Any, start_response: Any) -> list[bytes]:
        raise AssertionError

    LiveSockets(never, 0)({"HTTP_UPGRADE": "WebSocket"}, lambda status, headers: answers.append(status))  # type: ignore[arg-type,return-value]
    assert answers == ["503 Service Unavailable"]
