"""What ``[metering]`` holds: how devices are asked, and what is tolerated of their readings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from dcops.sections import Section
from metering.validation.tolerances import Validation


class Vee(Section):
    """What is tolerated of readings before a person must look, and how what no register tells is estimated."""

    clock_skew_s: int = Field(60, ge=0)  # a reading dated further after its reception is set aside
    jitter_counts: int = Field(2, ge=0)  # a register that goes back by so many counts is held
    rollover_from_percent: int = Field(95, ge=50, le=100)  # of the modulus, from where a return to 0 is a rollover
    margin_percent: int = Field(110, ge=100)  # of the greatest power, beyond which a reading is not believed
    gap_minutes: int = Field(120, ge=60)  # readings further apart tell a total, not its shape
    spike_percent: int = Field(180, gt=0)  # by how much the largest hour of a day may exceed the third largest
    spike_from_percent: int = Field(10, ge=0, le=100)  # of the greatest power: lower hours are not spikes
    frozen_hours: int = Field(12, ge=1)  # of a register that stands still while its device tells power
    zero_hours: int = Field(24, ge=1)  # without any energy where a share is held
    empty_rack_wh: int = Field(3600, ge=0)  # a day, from which a rack that nobody holds is to look at
    sum_percent: int = Field(5, ge=0, le=100)  # between meters that count the same energy
    quiet_days: int = Field(30, ge=0)  # after which what comes back of a rack or a sum is told again, once decided
    linear_minutes: int = Field(60, ge=0)  # a longer hole is not a straight line between its edges
    weeks: int = Field(3, ge=1, le=12)  # before a hole, from which its hours are estimated
    estimate_after_hours: int = Field(24, ge=0)  # a hole before a reset is then estimated; 0: when a person says so
    prolonged_days: int = Field(3, ge=1)  # of estimates, from which a meter needs somebody

    @property
    def validation(self) -> Validation:
        """The same as the rules take it."""
        return Validation(
            clock_skew=timedelta(seconds=self.clock_skew_s),
            jitter_counts=self.jitter_counts,
            rollover_from_percent=self.rollover_from_percent,
            margin_percent=self.margin_percent,
            close=timedelta(minutes=self.gap_minutes),
            spike_percent=self.spike_percent,
            spike_from_percent=self.spike_from_percent,
            frozen=timedelta(hours=self.frozen_hours),
            zero=timedelta(hours=self.zero_hours),
            empty_rack_wh=self.empty_rack_wh,
            sum_percent=self.sum_percent,
            quiet=timedelta(days=self.quiet_days),
            linear=timedelta(minutes=self.linear_minutes),
            weeks=self.weeks,
            estimate_after=timedelta(hours=self.estimate_after_hours) if self.estimate_after_hours else None,
        )


class Metering(Section):
    poll_interval_s: int = Field(300, gt=0)
    concurrency: int = Field(64, gt=0)
    timeout_s: float = Field(2, gt=0)
    backoff_max_s: int = Field(3600, ge=0)  # the longest that a device which does not answer is left alone
    spool_dir: Path = Path("var/spool")  # where answers wait while the database does not answer
    keep_results_days: int = Field(7, ge=1)  # of each device in each round
    keep_failures_days: int = Field(90, ge=1)  # of each failure, and its words
    profiles_dir: Path | None = None
    keep_readings_months: int = Field(24, ge=0)  # older readings are in files, see archive_dir; 0: never
    archive_dir: Path = Path("var/archives")  # files of readings that are no longer in the database
    telemetry_lookback_h: int = Field(48, ge=2)  # how far back late samples of a Prometheus database are looked for
    vee: Vee = Vee()
