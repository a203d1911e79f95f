"""What a reviewer looks at before issuing: each customer's year beside the one before, and what stands out; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from dcops.money import ZERO, text

Flag = Literal["", "new", "gone", "up", "down"]
SMALL = Decimal(50)
"""Euros: a smaller difference is never worth a flag."""


@dataclass(frozen=True)
class Compared:
    """One customer: ``now`` is the net of the year with the documents on their way, ``before`` that of the last one."""

    customer_code: str
    now: Decimal
    before: Decimal
    jump: Decimal  # the part of ``before`` beyond which a difference is flagged

    @property
    def difference(self) -> Decimal:
        return self.now - self.before

    @property
    def ratio(self) -> Decimal | None:
        """The difference as a part of the year before; None from nothing."""
        return self.difference / self.before if self.before else None

    @property
    def flag(self) -> Flag:
        """What stands out: a customer new or gone, an amount that jumped; empty for the others."""
        if not self.before:
            return "new" if self.now else ""
        if not self.now:
            return "gone"
        if abs(self.difference) < SMALL or abs(self.difference) <= abs(self.before) * self.jump:
            return ""
        return "up" if self.difference > 0 else "down"

    def document(self) -> dict[str, Any]:
        ratio = self.ratio
        return {
            "customer": self.customer_code, "year": text(self.now), "year_before": text(self.before),
            "difference": text(self.difference), "flag": self.flag or None,
            "percent": None if ratio is None else str((ratio * 100).quantize(Decimal("0.1"))),
        }  # fmt: skip


def compare(now: Mapping[str, Decimal], before: Mapping[str, Decimal], jump: Decimal) -> list[Compared]:
    """Every customer of one year or the other, by code."""
    codes: Iterable[str] = sorted({*now, *before})
    return [Compared(code, now.get(code, ZERO), before.get(code, ZERO), jump) for code in codes]
