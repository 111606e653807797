"""Rows and statements whose columns are read by name: their types would list the columns a second time."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Result, Row, Select

AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
AnyResult: TypeAlias = "Result[*tuple[Any, ...]]"
AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
