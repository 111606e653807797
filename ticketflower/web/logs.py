"""The application's log: one JSON object a line, each with the request that it belongs to."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime

from flask import Flask, g, has_request_context, request
from werkzeug.wrappers import Response

requests = logging.getLogger("ticketflower.requests")

#: What a LogRecord has of its own; the rest was given with ``extra=`` and is logged.
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: time, level, logger, message, request, and what ``extra=`` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line. A newline in a message can't begin a line of its own."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(_request_facts())
        line.update({name: value for name, value in vars(record).items() if name not in OWN})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up_logs(level: str) -> None:
    """Sends every log of the process to standard error, as JSON lines; standard output is for people to read."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # at each start it tells that there is nothing to do


def log_requests(app: Flask) -> None:
    """Writes a line for each request that was answered."""
    app.before_request(_note_start)
    app.after_request(_log_request)


def _note_start() -> None:
    g.started = time.perf_counter()


def _log_request(response: Response) -> Response:
    took = time.perf_counter() - g.get("started", time.perf_counter())
    requests.info(
        "%s %s %s",
        request.method,
        request.path,
        response.status_code,
        extra={"status": response.status_code, "endpoint": request.endpoint, "ms": round(took * 1000, 1)},
    )
    return response


def _request_facts() -> dict[str, object]:
    """Who asked, as far as it is known by now; nothing is looked up for a log line."""
    if not has_request_context():
        return {}
    facts: dict[str, object] = {"request_id": g.get("request_id"), "method": request.method, "path": request.path}
    if actor := g.get("actor"):
        facts |= {"company_id": actor.company_id, "user_id": actor.user_id}
    return facts
