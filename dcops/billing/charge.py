"""One line of a bill, or the reason why there is none; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from dcops.money import plain, price_text, text

_ONE_DAY = timedelta(days=1)


class Charge(NamedTuple):
    """One line of a bill: ``amount`` rounded once half up; the days it covers; the evidence it came from.

    ``vat_rate`` is in percent, 0 for the categories E and O. A tuple: a run makes one of each line, and a frozen class
    takes most of its time.
    """

    customer_code: str
    code: str
    label: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    start: date
    end: date
    kind: str
    vat_category: str
    vat_rate: Decimal
    evidence: dict[str, Any]
    explanation: tuple[str, ...]
    unit: str = ""
    section: str = ""
    account: str | None = None  # budget account; None: that of the settings

    @property
    def tariff(self) -> str:
        """The name of the grid it was priced at."""
        return str(self.evidence["tariff"])

    @property
    def order(self) -> dict[str, Any]:
        """What was ordered: its kind, its id, its name."""
        found: dict[str, Any] = self.evidence["order"]
        return found

    @property
    def key(self) -> str:
        """What is charged for which days: ``machine/12/vm1/annual/2024-01-01/2025-01-01``."""
        order = self.order
        return f"{order['order']}/{order['id']}/{self.code}/{self.kind}/{self.start}/{self.end}"

    @property
    def quantity_text(self) -> str:
        """The quantity; kWh always with their three decimals."""
        return f"{self.quantity:.3f}" if self.kind == "consumption" else plain(self.quantity)

    def document(self) -> dict[str, Any]:
        """The JSON shape of a line of ``billing run``; ``to`` is the day after the last one."""
        return {
            "code": self.code, "label": self.label, "quantity": self.quantity_text,
            "unit_price": price_text(self.unit_price), "amount": text(self.amount),
            "from": self.start.isoformat(), "to": self.end.isoformat(), "kind": self.kind,
            "vat_category": self.vat_category, "vat_rate": plain(self.vat_rate),
            "evidence": self.evidence, "explanation": list(self.explanation),
        }  # fmt: skip


@dataclass(frozen=True)
class Unbilled:
    """Days of a holding that could not be billed, and why, in French."""

    customer_code: str
    code: str
    start: date
    end: date
    why: str
    evidence: dict[str, Any]

    @property
    def order(self) -> dict[str, Any]:
        return self.evidence

    @property
    def why_text(self) -> str:
        """The line, its days and why, in one sentence."""
        return f"{self.code}, {days_words(self.start, self.end)} : {self.why}"

    def document(self) -> dict[str, Any]:
        return {
            "customer": self.customer_code, "why": self.why_text,
            "code": self.code, "from": self.start.isoformat(), "to": self.end.isoformat(), "order": self.evidence,
        }  # fmt: skip


Line = Charge | Unbilled


def days_words(start: date, end: date) -> str:
    """Days [start, end) in French, both ends told: ``du 01/03/2024 au 31/12/2024``."""
    last = end - _ONE_DAY
    return f"le {start:%d/%m/%Y}" if last == start else f"du {start:%d/%m/%Y} au {last:%d/%m/%Y}"
