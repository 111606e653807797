"""A program that calls the API, as tests use one."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

BASE = "/api/v1"


class Program:
    """Calls with one token, or with none. Every answer's media type is looked at on the way."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, *, key: str | None = None, **options: Any) -> TestResponse:
        """Any call; ``key`` is its Idempotency-Key."""
        headers = {**self.headers, **options.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        response = self.client.open(BASE + path, method=method, headers=headers, **options)
        expected = "application/problem+json" if response.status_code >= 400 else "application/json"
        if response.data:
            assert response.content_type == expected, response.content_type
        return response

    def get(self, path: str, **options: Any) -> TestResponse:
        """A GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        """A POST, with a body if one is given."""
        return self.call("POST", path, **({"json": json} if json is not None else {}), **options)

    def patch(self, path: str, json: Any) -> TestResponse:
        """A PATCH."""
        return self.call("PATCH", path, json=json)

    def put(self, path: str, text: str, media: str = "application/yaml") -> TestResponse:
        """A PUT of a workflow document."""
        return self.call("PUT", path, data=text.encode(), content_type=media)

    def submit(self, ticket_type: str = "purchase-request", **data: Any) -> dict[str, Any]:
        """Submits a ticket and gives it back."""
        data = data or {"item": "A desk", "amount": 420, "requester": "Bob"}
        response = self.post("/tickets", {"ticket_type": ticket_type, "data": data})
        assert response.status_code == 201, response.text
        return dict(response.get_json())
