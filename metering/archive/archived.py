"""Readings as they are in archives, and how they join those of the database; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from metering.columns import Column, instant
from metering.readings import Reading

COLUMNS = ("meter_id", "at", "wh", "power_w", "source", "received_at")
"""Of a file, in this order; instants in seconds since 1970."""
Row = tuple[int, int, int, int | None, str, int]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings of one meter, in time order."""

    at: Column
    wh: Column
    power_w: Sequence[int | None]
    source: Sequence[str]
    received_at: Sequence[int]

    def readings(self) -> Iterator[Reading]:
        """The same as the rules know them."""
        for at, wh, power, source in zip(self.at.tolist(), self.wh.tolist(), self.power_w, self.source, strict=True):
            yield Reading(instant(at), wh, power, source)

    def tuples(self, meter_id: int) -> Iterator[Row]:
        """The same as rows of the table."""
        told = zip(self.at.tolist(), self.wh.tolist(), self.power_w, self.source, self.received_at, strict=True)
        return ((meter_id, *rest) for rest in told)


def together(parts: Sequence[Rows]) -> Rows:
    """Several files of one month as one."""
    if len(parts) == 1:
        return parts[0]
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    wh = np.concatenate([part.wh for part in parts])[order]
    return Rows(
        at[order],
        wh,
        _ordered(order, [part.power_w for part in parts]),
        _ordered(order, [part.source for part in parts]),
        _ordered(order, [part.received_at for part in parts]),
    )


def _ordered(order: Column, parts: Sequence[Sequence[Item]]) -> list[Item]:
    told = [item for part in parts for item in part]
    return [told[position] for position in order.tolist()]
