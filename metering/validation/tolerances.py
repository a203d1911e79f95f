"""What an installation tolerates of readings before a person must look, and how it estimates what is unknown; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from metering.readings import MeterRules


@dataclass(frozen=True, slots=True)
class Validation:
    """The parameters of validation, estimation and editing; the defaults are those of the settings.

    ``estimate_after`` None: only what a person asks for is estimated.
    """

    clock_skew: timedelta = timedelta(seconds=60)
    jitter_counts: int = 2
    rollover_from_percent: int = 95
    margin_percent: int = 110
    close: timedelta = timedelta(hours=2)
    spike_percent: int = 180
    spike_from_percent: int = 10
    frozen: timedelta = timedelta(hours=12)
    zero: timedelta = timedelta(hours=24)
    empty_rack_wh: int = 3600
    sum_percent: int = 5
    quiet: timedelta = timedelta(days=30)
    linear: timedelta = timedelta(hours=1)
    weeks: int = 3
    estimate_after: timedelta | None = timedelta(hours=24)

    def rules(self, max_w: int, modulus_wh: int | None) -> MeterRules:
        """What is possible for a meter of that power and register."""
        return MeterRules(
            max_w, modulus_wh, self.jitter_counts, self.rollover_from_percent, self.margin_percent, self.close
        )


STANDARD = Validation()
