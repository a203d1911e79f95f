"""What is told of an energy: Wh by quality, coverage, and what it rests on; its grids and its JSON; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from metering.cells import Cells
from metering.energy.steps import lasting, steps
from metering.period import Period, split
from metering.readings import Flag, Interval, worst
from metering.usage import Usage, grid, ratio
from metering.validation.hourly import runs

NOTHING = Decimal("0.000")


@dataclass(frozen=True, slots=True)
class Energy:
    """Wh of a thing over a period.

    ``flags``: Wh by quality, of each of the ``parts`` it is the sum of: what one estimates does not make the Wh of
    the others a guess, though an interval of the sum is as good as its worst part;
    ``coverage``: the known part of the time it was held, 0.000 to 1.000;
    ``evidence``: ids of the readings that bound it; ``notes``: French sentences a reader must know;
    ``held``, ``missing``: when each part was held, and when it was and is not wholly known, which lowers the coverage.
    """

    period: Period
    wh: int
    flags: dict[Flag, int]
    coverage: Decimal
    intervals: Sequence[Interval]
    evidence: tuple[str, ...]
    notes: tuple[str, ...] = ()
    parts: Sequence[Cells] = ()
    missing: Sequence[Period] = ()
    held: Sequence[Period] = ()

    def usages(self, by: str) -> list[Usage]:
        """The energy of each civil hour, day, month or year; Wh by quality, as ``flags``, and coverage as ours."""
        periods = list(split(self.period, by))
        told = zip(steps(self.parts, self.missing, periods), self._coverages(periods), strict=True)
        cells = zip(grid(self.intervals, periods), told, strict=True)
        return [replace(cell, wh=step.wh or 0, flags=step.flags, coverage=known) for cell, (step, known) in cells]

    def _coverages(self, periods: Sequence[Period]) -> list[Decimal]:
        """Of each period, the known part of the time it was held."""
        times = zip(lasting(self.held, periods), lasting(self.missing, periods), strict=True)
        return [ratio(held - missing, held) if held else NOTHING for held, missing in times]

    def grid(self, by: str) -> list[dict[str, Any]]:
        """One entry per civil hour, day, month or year: the interval shape and its coverage, for charts."""
        return [
            {
                "start": cell.period.start.isoformat(),
                "end": cell.period.end.isoformat(),
                "wh": cell.wh,
                "flag": str(worst(set(cell.flags))),
                "method": "+".join(sorted({part.method for part in cell.intervals})) or "none",
                "coverage": str(cell.coverage),
            }
            for cell in self.usages(by)
        ]

    def _settled(self) -> Sequence[Interval]:
        return self.intervals.settled() if isinstance(self.intervals, Cells) else self.intervals

    def document(self, by: str | None = None) -> dict[str, Any]:
        """The ``energy`` JSON. Without ``by``, neighbours of the same quality are joined into one interval."""
        return {
            "from": self.period.start.isoformat(),
            "to": self.period.end.isoformat(),
            "wh": self.wh,
            "flags": {str(flag): self.flags[flag] for flag in Flag if flag in self.flags},
            "coverage": str(self.coverage),
            "intervals": self.grid(by) if by else [_entry(item) for item in runs(self._settled())],
            "evidence": list(self.evidence),
            "notes": list(self.notes),
        }


def _entry(item: Interval) -> dict[str, Any]:
    start, end = item.start.isoformat(), item.end.isoformat()
    return {"start": start, "end": end, "wh": item.wh, "flag": str(item.flag), "method": item.method}


def by_flag(parts: Iterable[Cells]) -> dict[Flag, int]:
    """Wh by quality of several things together."""
    found: dict[Flag, int] = {}
    for part in parts:
        for flag, wh in part.flags().items():
            found[flag] = found.get(flag, 0) + wh
    return found
