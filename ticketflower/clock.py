"""The one place that asks what time it is. Everything else gets the moment as a value."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """This moment, with its zone."""
    return datetime.now(UTC)
