"""How values are stored: the declarative base, its naming convention and exact column types; no model."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

Transaction = Session
"""An open database transaction. Use cases receive one and never commit it: the way in does."""
ARCHIVE_DIR = "archive_dir"
"""In the ``info`` of a transaction: the folder of the files that hold what is no longer in the database."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table of the three packages: one metadata, one schema."""

    metadata = MetaData(naming_convention=NAMING)


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal stored as a scaled integer: exact on SQLite and PostgreSQL, and summed exactly by both."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        whole = scaled.to_integral_value(ROUND_HALF_UP)
        if whole != scaled:
            raise ValueError(f"{value} has more than {self.places} decimals")
        return int(whole)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; naive values are refused instead of guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: give an aware one")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EpochSeconds(TypeDecorator[datetime]):
    """An aware UTC instant stored as whole seconds since 1970: the compact key of readings and intervals."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: give an aware one")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


Money = ExactDecimal(2)
"""Euros with two decimals, stored in cents."""
Price = ExactDecimal(6)
"""A unit price or a quantity with up to six decimals."""
Energy = BigInteger()
"""Watt-hours, whole."""

BigId = BigInteger().with_variant(Integer, "sqlite")
LARGEST_ID = 2**63 - 1
Key = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]
"""A surrogate primary key that autoincrements on both databases."""


def row_id(asked: int) -> int:
    """An id that a database can compare: one too large for its integers names no row, as 0 does."""
    return asked if 0 < asked <= LARGEST_ID else 0
