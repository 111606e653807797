"""How many live pages one web process holds, by kind of gunicorn worker: the numbers of docs/decisions/0001.

    python bench/live_sockets.py gthread 1000
    python bench/live_sockets.py gevent 1000       (needs: pip install gevent)

The handler does what the product's does: a bounded queue and one writer for each socket, and for each message a short
application context in which a template is rendered.
"""

from __future__ import annotations

import json
import os
import queue
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

PORT = 18765
UPGRADE = (
    f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
ROW = "<tr id='task-{{ id }}'>{% for n in range(6) %}<td>{{ n }} {{ text }}</td>{% endfor %}</tr>"


def make_app():
    from flask import Flask
    from flask_sock import Sock

    from ticketflower.serving.live_sockets import LiveSockets

    app = Flask(__name__)
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25, "max_message_size": 4096}
    row = app.jinja_env.from_string(ROW)
    sock = Sock(app)
    queues: set[queue.Queue[int | None]] = set()

    @sock.route("/live")
    def live(ws) -> None:
        mine: queue.Queue[int | None] = queue.Queue(64)
        queues.add(mine)
        try:
            while (number := mine.get()) is not None:
                with app.app_context():
                    text = row.render(id=number, text="Check the invoice")
                ws.send(text)
        finally:
            queues.discard(mine)

    @app.get("/push")
    def push() -> str:
        for waiting in list(queues):
            waiting.put_nowait(1)
        return "pushed"

    @app.get("/close")
    def close() -> str:
        for waiting in list(queues):
            waiting.put_nowait(None)
        return "closed"

    @app.get("/pid")
    def pid() -> str:
        return str(os.getpid())

    @app.get("/plain")
    def plain() -> str:
        return "plain"

    app.wsgi_app = LiveSockets(app.wsgi_app, 5000)
    return app


def start_server(worker: str, sockets: int) -> subprocess.Popen[bytes]:
    options = ["--worker-connections", str(sockets + 1000), "--graceful-timeout", "5", "--bind", f"127.0.0.1:{PORT}"]
    if worker == "gthread":
        worker = "ticketflower.serving.gunicorn_server.Worker"
        options += ["--threads", str(sockets + 32)]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-k", worker, *options, "bench.live_sockets:make_app()"],
        env=os.environ | {"PYTHONPATH": "."},
    )
    for _ in range(200):
        try:
            urlopen(f"http://127.0.0.1:{PORT}/plain").read()
            return server
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server does not answer")


def open_sockets(count: int) -> list[socket.socket]:
    opened = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", PORT))
        client.sendall(UPGRADE)
        answer = client.recv(4096)
        assert b" 101 " in answer, answer
        opened.append(client)
    return opened


def push_to_all(clients: list[socket.socket]) -> list[float]:
    """Seconds from the push until each socket has its message, sorted."""
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client, selectors.EVENT_READ)
    begun, arrived = time.perf_counter(), []
    trigger = socket.create_connection(("127.0.0.1", PORT))
    trigger.sendall(f"GET /push HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n\r\n".encode())
    while len(arrived) < len(clients):
        for key, _ in selector.select(timeout=30):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.recv(4096)
            selector.unregister(key.fileobj)
            arrived.append(time.perf_counter() - begun)
    return arrived


def plain_requests(count: int) -> list[float]:
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        urlopen(f"http://127.0.0.1:{PORT}/plain").read()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)


def worker_memory_mb() -> float:
    worker = urlopen(f"http://127.0.0.1:{PORT}/pid").read().decode()
    for line in Path(f"/proc/{worker}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(worker: str, count: int) -> dict[str, object]:
    server = start_server(worker, count)
    try:
        idle = worker_memory_mb()
        begun = time.perf_counter()
        clients = open_sockets(count)
        opened = time.perf_counter() - begun
        pushes = [push_to_all(clients) for _ in range(5)]
        quick = plain_requests(400)
        result = {
            "worker": worker,
            "sockets": count,
            "opened in s": round(opened, 2),
            "memory idle MB": round(idle),
            "memory MB": round(worker_memory_mb()),
            "push to all, p99 s": round(statistics.median(run[int(len(run) * 0.99)] for run in pushes), 3),
            "plain request p50 ms": round(quick[len(quick) // 2] * 1000, 2),
            "plain request p95 ms": round(quick[int(len(quick) * 0.95)] * 1000, 2),
        }
        urlopen(f"http://127.0.0.1:{PORT}/close").read()
    finally:
        begun = time.perf_counter()
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    return result | {"stopped in s": round(time.perf_counter() - begun, 2)}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2])), indent=2))
