"""A small application with a live page, served as the product is; run by test_serving as a process of its own.

python -m tests.infra.live_stub PORT MOST_SOCKETS
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import sys
from typing import Any

from flask import Flask
from flask_sock import Sock

from config import Config
from ticketflower.serving import gunicorn_server
from ticketflower.serving.live_sockets import LiveSockets
from ticketflower.serving.shutdown import at_shutdown


def make_app(most: int) -> Flask:
    app = Flask(__name__)
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25, "max_message_size": 4096}
    waiting: list[queue.Queue[int]] = []

    @Sock(app).route("/live")
    def live(ws: Any) -> None:
        mine: queue.Queue[int] = queue.Queue()
        waiting.append(mine)
        ws.send("ready")
        while ws.connected:
            with contextlib.suppress(queue.Empty):
                ws.close(mine.get(timeout=0.05))

    @app.get("/plain")
    def plain() -> str:
        return str(os.getpid())

    at_shutdown(app, lambda: [one.put(1012) for one in waiting])
    app.wsgi_app = LiveSockets(app.wsgi_app, most)  # type: ignore[method-assign]
    return app


def tell_that_it_is_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main(port: str, most: str) -> None:
    config = Config.from_environment({"SECRET_KEY": "kept nowhere", "PORT": port, "WORKERS": "1", "THREADS": "4"})
    config = dataclasses.replace(config, MAX_SOCKETS=int(most))
    gunicorn_server.serve(config, lambda: make_app(int(most)), tell_that_it_is_ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
