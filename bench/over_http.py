"""Completions over HTTP: the product's API beside a bare Flask route, both on gunicorn."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench import baseline, product
from bench.measure import Sample
from bench.product import Office
from ticketflower.db import company_session, make_engine, make_sessions
from ticketflower.services import tickets

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, path: str, environ: Mapping[str, str]) -> Iterator[int]:
    """A server process that answers at ``path``; ended at the end of the block."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port, path):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{' '.join(command)} doesn't answer")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


@contextmanager
def product_server(url: str, admin_url: str, folder: Path) -> Iterator[int]:
    """The product as ``make run`` serves it."""
    port = free_port()
    environ = {
        "DATABASE_URL": url,
        "DATABASE_ADMIN_URL": admin_url,
        "SECRET_KEY": secrets.token_hex(32),
        "PORT": str(port),
        "INSTANCE_DIR": str(folder),
    }
    with served([sys.executable, "-m", "ticketflower.run"], port, "/healthz", environ):
        yield port


@contextmanager
def bare_server(url: str) -> Iterator[int]:
    """``bench.bare`` on the same gunicorn, workers and threads."""
    port = free_port()
    serve = ["-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "16", "-b", f"127.0.0.1:{port}"]
    with served([sys.executable, *serve, "bench.bare:app"], port, "/", {"BENCH_URL": url}):
        yield port


class Api:
    """One client's connection, kept alive."""

    def __init__(self, port: int, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: Any) -> None:
        """Posts and expects success."""
        self.connection.request("POST", path, json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")


def product_client(url: str, office: Office, token: str, port: int, count: int) -> Sample:
    """Completes through the API as a ticket admin; tickets are submitted and looked up beside it, unmeasured."""
    engine = make_engine(url)
    api = Api(port, token)
    seconds: list[float] = []
    submitter = next(iter(office.actors.values()))
    cpu, wall = time.process_time(), time.perf_counter()
    with company_session(make_sessions(engine), office.company_id) as session:
        for _ in range(count):
            ticket = tickets.submit_ticket(session, submitter, "purchase-request", product.DATA, datetime.now(UTC))
            while task := product.open_task(session, office, ticket):
                begun = time.perf_counter()
                api.post(f"/api/v1/tasks/{task.id}/complete", {"data": baseline.ANSWERS[task.key]})
                seconds.append(time.perf_counter() - begun)
    engine.dispose()
    return Sample(seconds, time.process_time() - cpu, time.perf_counter() - wall)


def bare_client(url: str, port: int, count: int) -> Sample:
    """The same through the bare route."""
    api = Api(port)
    seconds: list[float] = []
    cpu, wall = time.process_time(), time.perf_counter()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET search_path = by_hand")
        for _ in range(count):
            ticket = baseline.submit(conn, product.DATA)
            while task := baseline.open_task(conn, ticket):
                begun = time.perf_counter()
                api.post(f"/tasks/{task[0]}/complete", {"data": baseline.ANSWERS[task[1]]})
                seconds.append(time.perf_counter() - begun)
    return Sample(seconds, time.process_time() - cpu, time.perf_counter() - wall)
