"""``make run``: database, migrations, demo, web server, in this order, and all of it stopped by Ctrl-C.

Run as ``python -m ticketflower.run``; ``python app.py`` does the same with Werkzeug's server.
"""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING

from flask import Flask

from config import Config, SettingsError
from ticketflower import create_app
from ticketflower.clock import utc_now
from ticketflower.database_roles import UnsafeRole
from ticketflower.db import make_engine, make_sessions
from ticketflower.embedded import EmbeddedServerError
from ticketflower.services import demo
from ticketflower.serving.database import Database, NotMigrated, open_database
from ticketflower.serving.live_sockets import LiveSockets
from ticketflower.serving.shutdown import at_shutdown
from ticketflower.serving.sweeper import Sweeper
from ticketflower.web.logs import set_up_logs

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    Serve = Callable[[Config, Callable[[], Flask], Callable[[], None]], None]
    FillDemo = Callable[[sessionmaker[Session]], Sequence[str]]

KNOWN_FAILURES = (SettingsError, EmbeddedServerError, NotMigrated, UnsafeRole)


class PortTaken(Exception):
    """Another program listens where TicketFlower should."""


def main(serve: Serve, fill_demo: FillDemo | None = None) -> int:
    """Start everything and serve until told to stop.

    Args:
        serve: the web server to use.
        fill_demo: fills a database that is empty; returns the lines that tell who can sign in to the demo, none when
            the database holds something else. Called for an embedded database that only this machine can reach.

    Returns: the exit status; what went wrong is told on standard error in words.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        config = Config.load()
        set_up_logs(config.LOG_LEVEL)
        refuse_a_taken_port(config)
        with open_database(config) as database:
            database.bring_up_to_date()
            sign_ins = fill_with_demo(database, fill_demo) if fill_demo and config.fills_demo else ()
            serve(config, lambda: make_served_app(config, database), lambda: announce(config, database, sign_ins))
    except (*KNOWN_FAILURES, PortTaken) as failure:
        print(failure, file=sys.stderr, flush=True)  # noqa: T201 (a command's words)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def make_served_app(config: Config, database: Database) -> Flask:
    """The application as a web server runs it: with the cap on live pages, and the sweep."""
    app = create_app(config.flask_settings(database.url, database.admin_url))
    sweeper = Sweeper(database.url)
    sweeper.start()
    at_shutdown(app, sweeper.stop)
    app.wsgi_app = LiveSockets(app.wsgi_app, config.MAX_SOCKETS)  # type: ignore[method-assign]
    return app


def refuse_a_taken_port(config: Config) -> None:
    """Look before the database is started.

    Errors: PortTaken.
    """
    family = socket.AF_INET6 if ":" in config.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.HOST.strip("[]"), config.PORT))
        except OSError as error:
            raise PortTaken(_why_not_there(config, error)) from error


def fill_with_demo(database: Database, fill_demo: FillDemo) -> Sequence[str]:
    """Let ``fill_demo`` work as the application's role. Returns its lines."""
    engine = make_engine(database.url)
    try:
        return fill_demo(make_sessions(engine))
    finally:
        engine.dispose()


def fill_empty_with_demo(sessions: sessionmaker[Session]) -> Sequence[str]:
    """Make the demo in a database without companies. Returns the lines that tell who can sign in to it."""
    return demo.sign_ins(sessions) or (demo.fill_demo(sessions, utc_now()).lines() if demo.is_empty(sessions) else ())


def announce(config: Config, database: Database, sign_ins: Sequence[str]) -> None:
    """Say where it runs and who can sign in, also when nobody looks (output to a file is not buffered)."""
    lines = ["", f"TicketFlower runs at {config.BASE_URL}", ""]
    if database.server is not None:
        lines += [f"Its data is in {config.INSTANCE_DIR}", ""]
    if sign_ins:
        lines += [*sign_ins, ""]
    print("\n".join([*lines, "Ctrl-C stops it.", ""]), flush=True)  # noqa: T201 (a command's words)


def _why_not_there(config: Config, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {config.PORT} is taken by another program, maybe by a TicketFlower that still runs. "
            f"End that program, or choose another port: PORT={config.PORT + 1} make run"
        )
    if error.errno == errno.EACCES:
        return f"Port {config.PORT} is for programs of the administrator. Choose one above 1023, for example PORT=8000."
    return f"TicketFlower can't listen at {config.HOST}, port {config.PORT}: {error.strerror}. Check HOST and PORT."


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    from ticketflower.serving import gunicorn_server

    sys.exit(main(gunicorn_server.serve, fill_empty_with_demo))
