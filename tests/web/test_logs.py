"""The application's log: JSON lines that belong to a request."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from gunicorn.config import Config as GunicornConfig

from tests.pages import Browser
from tests.people import Person
from ticketflower.serving.gunicorn_server import Log as GunicornLog
from ticketflower.web.logs import JsonLines, set_up_logs


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the application's loggers write while the test runs."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("ticketflower")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def read(lines: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_each_request_is_a_line_that_says_who_asked_what(client: Browser, alice: Person, lines: StringIO) -> None:
    client.sign_in(alice)
    lines.truncate(0)
    lines.seek(0)
    answer = client.get("/?secret=in-the-query")
    [line] = read(lines)
    assert line["message"] == "GET / 200"
    assert (line["user_id"], line["company_id"], line["status"]) == (alice.id, alice.company.id, 200)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["endpoint"], line["level"]) == ("home.show", "INFO")
    assert isinstance(line["ms"], float)
    assert "in-the-query" not in lines.getvalue()


def test_passwords_and_secrets_are_in_no_line(client: Browser, alice: Person, lines: StringIO) -> None:
    client.sign_in(alice)
    client.send("/sign-in", {"email": alice.email, "password": "a wrong one"})
    with client.session_transaction() as session:
        secret = session["_user_id"]
    for hidden in (alice.password, "a wrong one", secret, client.csrf_token()):
        assert hidden not in lines.getvalue()


def test_a_message_cannot_begin_a_line_of_its_own(lines: StringIO) -> None:
    logging.getLogger("ticketflower.test").warning("first\n%s", '{"level": "FATAL"}')
    [line] = read(lines)
    assert line["message"] == 'first\n{"level": "FATAL"}'


def test_a_trace_is_part_of_its_line(lines: StringIO) -> None:
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError:
        logging.getLogger("ticketflower.test").exception("It broke.", extra={"ticket_id": 5})
    [line] = read(lines)
    assert "ZeroDivisionError: by nothing" in str(line["trace"])
    assert line["ticket_id"] == 5


def test_the_process_and_its_server_write_json_to_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, root = StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stream)
    root.handlers = []
    servers = GunicornLog(GunicornConfig())
    try:
        set_up_logs("WARNING")
        servers.error("a worker has gone")
        logging.getLogger("anything").info("not told")
        logging.getLogger("anything").warning("told")
    finally:
        root.handlers = before
        root.setLevel(level)
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == [
        "a worker has gone",
        "told",
    ]
