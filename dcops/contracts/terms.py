"""What a subscription was on each day: its first terms, then its amendments; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Protocol


class Change(Protocol):
    """An amendment: ``kind`` change, end or resume; what is None does not change."""

    @property
    def kind(self) -> str: ...
    @property
    def effective(self) -> date: ...
    @property
    def quantity(self) -> Decimal | None: ...
    @property
    def agreed_price(self) -> Decimal | None: ...
    @property
    def supplier_price(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Term:
    """One quantity at one agreed price over the days [start, end); ``end`` None = still running."""

    start: date
    end: date | None
    quantity: Decimal
    agreed_price: Decimal | None = None
    supplier_price: Decimal | None = None


def terms(first: Term, amendments: Iterable[Change]) -> list[Term]:
    """The terms of a subscription in the order of their days; ``amendments`` in the order they were recorded.

    Of two changes of one day the last recorded counts; of several ends, the last recorded.
    """
    told = list(amendments)
    end = _end(first.end, told)
    if end is not None and end <= first.start:
        return []
    found = [replace(first, end=end)]
    changes = sorted((change for change in told if change.kind == "change"), key=lambda change: change.effective)
    for day, group in groupby(changes, key=lambda change: change.effective):
        if end is None or day < end:
            found = _cut(found, day, list(group)[-1])
    return found


def _end(first: date | None, told: Iterable[Change]) -> date | None:
    end = first
    for change in told:
        if change.kind in ("end", "resume"):
            end = change.effective if change.kind == "end" else None
    return end


def _cut(found: list[Term], day: date, change: Change) -> list[Term]:
    last = found[-1]
    changed = replace(
        last,
        start=max(day, last.start),
        quantity=last.quantity if change.quantity is None else change.quantity,
        agreed_price=last.agreed_price if change.agreed_price is None else change.agreed_price,
        supplier_price=last.supplier_price if change.supplier_price is None else change.supplier_price,
    )
    return [changed] if day <= last.start and len(found) == 1 else [*found[:-1], replace(last, end=day), changed]
