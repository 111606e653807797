"""The production server: gunicorn with threads. Why threads: docs/decisions/0001-gunicorn-worker.md."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config as GunicornConfig
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from config import Config
from ticketflower.serving.shutdown import close_live_pages

GRACEFUL_TIMEOUT_SECONDS = 5
KEPT_ALIVE_CONNECTIONS = 1000
LINGER_SECONDS = 2.0


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's thread worker with two changes.

    When it is told to stop it closes the live pages instead of waiting for them. And it lets go of a finished
    connection in the thread that served it: gunicorn does that in its main thread, where one client that does not
    close its side keeps all others waiting for two seconds.
    """

    def handle(self, conn: TConn) -> Any:
        """Serve one request of a connection. Returns what gunicorn's method does: falsy when the connection ends."""
        goes_on = super().handle(conn)
        if not goes_on:
            end_connection(conn.sock)
        return goes_on

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: finish what runs, take nothing new."""
        super().handle_exit(sig, frame)
        self._let_live_pages_go()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """SIGQUIT and SIGINT (Ctrl-C): the same, so that nobody's request is cut off and no thread is waited for."""
        self.handle_exit(sig, frame)

    def _let_live_pages_go(self) -> None:
        # A signal handler interrupts this thread anywhere, maybe while it holds a lock that closing needs.
        threading.Thread(target=close_live_pages, args=[self.wsgi], daemon=True).start()


def end_connection(sock: socket.socket) -> None:
    """Close our side, give the client a moment to read the answer, close the rest; nothing is left to wait for."""
    try:
        sock.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + LINGER_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            if not sock.recv(4096):
                break
    except OSError:
        pass
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class Log(Logger):  # type: ignore[misc]
    """gunicorn's own messages as lines of the application's log (``web.logs``)."""

    def setup(self, cfg: GunicornConfig) -> None:
        """As gunicorn's, without handlers of its own."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]
    """Serves what ``make_app`` makes, in worker processes that each make their own.

    Args:
        config: the settings.
        make_app: called once in each worker process.
        when_ready: called once, when the first worker answers.
    """

    def __init__(self, config: Config, make_app: Callable[[], Flask], when_ready: Callable[[], None]) -> None:
        self.config = config
        self.make_app = make_app
        self.when_ready = when_ready
        super().__init__()

    def load_config(self) -> None:
        """What gunicorn is told; nothing is read from GUNICORN_CMD_ARGS or a file."""
        for name, value in gunicorn_settings(self.config).items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._announce)

    def load(self) -> Flask:
        """The application of this worker process."""
        return self.make_app()

    def _announce(self, worker: Worker) -> None:
        if worker.age == 1:
            self.when_ready()


def gunicorn_settings(config: Config) -> dict[str, Any]:
    """gunicorn's settings for ours.

    Each live page keeps a thread and a connection for as long as it is open, so both are the sum of what live pages
    and requests need; plain pages are answered also when every place for a live page is taken.
    """
    threads = config.THREADS + config.MAX_SOCKETS
    host = f"[{config.HOST}]" if ":" in config.HOST and not config.HOST.startswith("[") else config.HOST
    return {
        "bind": f"{host}:{config.PORT}",
        "workers": config.WORKERS,
        "worker_class": f"{__name__}.Worker",
        "threads": threads,
        "worker_connections": threads + KEPT_ALIVE_CONNECTIONS,
        "keepalive": 20,
        "timeout": 60,
        "graceful_timeout": GRACEFUL_TIMEOUT_SECONDS,
        "logger_class": f"{__name__}.Log",
        "loglevel": "warning" if config.LOG_LEVEL == "INFO" else config.LOG_LEVEL.lower(),
        "control_socket_disable": True,
        # Heartbeats are file times; a disk that stalls would let them stop.
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108 (gunicorn unlinks the file)
        # Who is asking behind a proxy is decided in one place, by TRUSTED_PROXIES.
        "forwarded_allow_ips": "",
    }


def serve(config: Config, make_app: Callable[[], Flask], when_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; ends the process by SystemExit, as gunicorn does."""
    Server(config, make_app, when_ready).run()
