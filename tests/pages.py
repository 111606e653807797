"""The browser that tests use."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient


class Browser(FlaskClient):
    """A client with cookies of its own."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, app.response_class, use_cookies=True)
