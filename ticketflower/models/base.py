"""What every table shares: naming of constraints, the tenant's key, statuses as checked text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of the product, in one metadata."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB(none_as_null=True),
    }


class Tenant(Base):
    """A row that belongs to one company.

    ``company_id`` comes first in the primary key and in every index, so that a table can be sharded by company.
    """

    __abstract__ = True

    company_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-20)


class Numbered(Tenant):
    """A company's row with a number of its own; numbers are unique over all companies."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-19)


def moment() -> Mapped[datetime]:
    """A column for the moment of something, by default that of the insert."""
    return mapped_column(server_default=func.now())


def one_of(column: str, words: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """Text that may hold these words only. (A native enum gets no index under row-level security.)"""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def of_company(*columns: str, table: str, key: tuple[str, ...] = ("id",), **options: Any) -> ForeignKeyConstraint:
    """A reference inside the company: foreign keys ignore row-level security, so each carries ``company_id``."""
    return ForeignKeyConstraint(
        ["company_id", *columns], [f"{table}.company_id", *(f"{table}.{name}" for name in key)], **options
    )


def to_company() -> ForeignKeyConstraint:
    """The reference to the company itself."""
    return ForeignKeyConstraint(["company_id"], ["companies.id"])
