"""The table of what backup boxes held, day by day; append only; no query."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import NasUnit
from inventory.orm import Base, BigId, Key, Price, UtcDateTime


class BackupMeasure(Base):
    """GB that a backup box held on a day; append only, the last measure of a day counts."""

    __tablename__ = "backup_measures"
    __table_args__ = (
        CheckConstraint("gb >= 0", name="gb"),
        Index("ix_backup_measures_nas_unit_id_on", "nas_unit_id", "on"),
    )

    id: Mapped[Key]
    nas_unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("nas_units.id"))
    on: Mapped[date]
    gb: Mapped[Decimal] = mapped_column(Price)
    author: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    nas_unit: Mapped[NasUnit] = relationship()
