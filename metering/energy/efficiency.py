"""PUE: what the whole site drew for each kWh of its racks, and how far it can be believed; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from metering.period import Period

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Side:
    """Wh of the site or of its racks over a month; ``coverage``: the known part of it, 0 to 1."""

    wh: int
    coverage: Decimal
    estimated_wh: int = 0


@dataclass(frozen=True, slots=True)
class Efficiency:
    """A month of a site beside its racks; ``unmetered``: what draws and no meter counts."""

    period: Period
    site: Side
    racks: Side
    unmetered: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether all of both sides was measured: otherwise the ratio compares different times or things."""
        return min(self.site.coverage, self.racks.coverage) == 1 and not self.unmetered

    def pue(self, minimum_coverage: Decimal) -> Decimal | None:
        """Site / racks with two decimals; None when either side is too little known for a ratio to mean anything."""
        enough = min(self.site.coverage, self.racks.coverage) >= minimum_coverage
        if not enough or not self.racks.wh or not self.site.wh:
            return None
        return (Decimal(self.site.wh) / self.racks.wh).quantize(HUNDREDTH, ROUND_HALF_UP)

    def is_absurd(self, minimum_coverage: Decimal) -> bool:
        """Whether the racks drew more than the site: one of the meters is wrong, or not where it is said to be."""
        found = self.pue(minimum_coverage)
        return found is not None and found < 1
