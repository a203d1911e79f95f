"""What the demo's backup boxes held, day after day: they grow, a little more each Monday; pure but for its files."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from dcops.demo.world import rows

_CENT = Decimal("0.01")


def measures_csv(first: date, last: date) -> str:
    """The file of measures of the days [first, last] on which each box was held."""
    kept = {row["serial"]: row for row in rows("backups.csv")}
    lines = ["serial,on,gb"]
    for box in rows("nas.csv"):
        start = max(first, date.fromisoformat(box["from"]))
        end = min(last, date.fromisoformat(box["to"]) - timedelta(days=1)) if box["to"] else last
        for n in range((end - start).days + 1):
            on = start + timedelta(days=n)
            lines.append(f"{box['serial']},{on},{_gb(kept[box['serial']], on)}")
    return "\n".join(lines)


def _gb(row: dict[str, str], on: date) -> Decimal:
    """GB on a day: those of the 1st of January 2024, what was added since, and what waits for the weekly clean-up."""
    years = Decimal((on - date(2024, 1, 1)).days) / 365
    grown = Decimal(row["gb"]) + Decimal(row["gb_per_year"]) * years
    return max(Decimal(0), grown * (100 + on.weekday()) / 100).quantize(_CENT)
