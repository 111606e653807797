"""What a form is made from, as it was given, with the layout's titles in the schemas. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ticketflower.forms.controls import Choice
from ticketflower.forms.layout import Layout

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a form is made from; see :func:`ticketflower.forms.form.build_form`."""

    schemas: Mapping[str, Mapping[str, Any]]
    fields: tuple[str, ...]
    optional: frozenset[str]
    layout: Layout
    shown: Mapping[str, object]
    users: tuple[Choice, ...] = ()
    zone: ZoneInfo = UTC
    workspace: Mapping[str, object] = field(default_factory=dict)

    def showing(self, name: str) -> object:
        """What the form shows for a field: its present value, else its schema's default (engine.md)."""
        return self.shown[name] if name in self.shown else self.schemas[name].get("default")
