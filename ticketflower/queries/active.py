"""Which tasks are active, written so that PostgreSQL can prove that its partial indexes hold them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal_column

#: Literal words: with parameters in their place a prepared statement's general plan could not use the partial indexes.
ACTIVE_TASKS: ColumnElement[Any] = literal_column(
    "task_instances.status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')"
)
