"""The application for ``flask --app app``, and for ``python app.py`` where gunicorn doesn't run (Windows)."""

from __future__ import annotations

import sys

from flask import Flask

import ticketflower
from config import Config
from ticketflower import run
from ticketflower.serving import database, werkzeug_server
from ticketflower.web.logs import set_up_logs


def create_app() -> Flask:
    """The application on the database that the settings name, shared with a server that may be running.

    An embedded database is brought up to date first; it is used until this process ends.
    """
    try:
        config = Config.load()
        set_up_logs("WARNING")
        found = database.connect(config)
        if found.server is not None:
            found.bring_up_to_date()
    except run.KNOWN_FAILURES as failure:
        raise SystemExit(str(failure)) from failure
    return ticketflower.create_app(config.flask_settings(found.url, found.admin_url))


if __name__ == "__main__":
    sys.exit(run.main(werkzeug_server.serve, run.fill_empty_with_demo))
