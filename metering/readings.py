"""What a register says and what is made of it: readings, exchanges, the limits of a meter, intervals, faults; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MICROSECOND = timedelta(microseconds=1)
HOUR_S = 3600
BRIDGED = "register-bridged"
"""Method of an interval across a gap: the register told its total, nothing told its shape."""
RESET = "reset"
"""Method of an interval across a restart of the register, kind of the fault that tells it."""
HIGH_LIMIT = "high-limit"
"""Kind of the fault of a reading further than the circuit can carry."""
SPIKE = "spike"
"""Kind of the fault of one value that its neighbours contradict, or of an hour far above the others of its day."""
DIFFERENT = "different-value"
"""Kind of the fault of a second value for one instant."""
CLOCK = "clock"
"""Kind of the fault of a reading dated after its reception."""
MULTIPLIER = "multiplier"
"""Kind of the fault of a register that is suddenly 10, 100 or 1000 times what it was, or as many times less."""
ACCEPTED = "accepted"
"""Method of an interval that the rules refuse and a person believes."""
EDITED_BY_HAND = "manual"
"""Method of an interval whose energy a person wrote."""


class Flag(StrEnum):
    """How good the energy of an interval is, best first (the utilities' words)."""

    ACTUAL = "ACTUAL"  # between two readings
    CALCULATED = "CALCULATED"  # a boundary interpolated between two close readings
    EDITED = "EDITED"  # decided by a person
    ESTIMATED = "ESTIMATED"  # the total or its shape is a guess
    MISSING = "MISSING"  # not known: never billed

    @property
    def french(self) -> str:
        """The word that people read."""
        return _FRENCH[self.value]


_FRENCH = {
    "ACTUAL": "mesuré",
    "CALCULATED": "calculé",
    "EDITED": "corrigé",
    "ESTIMATED": "estimé",
    "MISSING": "manquant",
}
_WORST = list(Flag)


def worst(flags: set[Flag]) -> Flag:
    """The least good of several flags; MISSING of none."""
    return max(flags, key=_WORST.index, default=Flag.MISSING)


@dataclass(frozen=True, slots=True)
class Reading:
    """One register value in whole Wh at an aware UTC instant; ``power_w`` when the device said it."""

    at: datetime
    wh: int
    power_w: int | None = None
    source: str = "poll"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A device replaced at an instant: the old register's last index, the new one's first, in Wh."""

    at: datetime
    closing_wh: int
    opening_wh: int


@dataclass(frozen=True, slots=True)
class MeterRules:
    """What is possible for one meter: beyond it, a reading is not believed.

    ``modulus_wh`` is the value at which the register returns to 0 (None: unknown, so never a rollover);
    ``max_w`` the most the circuit can carry; ``margin_percent`` what is tolerated of it.
    """

    max_w: int
    modulus_wh: int | None = None
    jitter_counts: int = 2  # a count is the resolution of the register
    rollover_from_percent: int = 95
    margin_percent: int = 110
    close: timedelta = timedelta(hours=2)  # between readings closer than this, the shape is calculated, not estimated


@dataclass(frozen=True, slots=True)
class Interval:
    """Energy in whole Wh over [start, end), how good it is and how it was found."""

    start: datetime
    end: datetime
    wh: int
    flag: Flag
    method: str

    def wh_until(self, at: datetime) -> int:
        """Wh from the start to an instant inside, at constant power, rounded half up: so that parts add up exactly."""
        length = (self.end - self.start) // MICROSECOND
        elapsed = (at - self.start) // MICROSECOND
        return (2 * self.wh * elapsed + length) // (2 * length)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of a span of a meter.

    ``accept``: the reading at ``end`` is believed (with ``wh``, where two values were told for that instant, it is the
    value); ``reject``: the readings after ``start``, until ``end`` included, are not; ``estimate``: what was read in
    the span is left aside, its energy is estimated, until the register goes over it; ``edit``: its energy is ``wh``.
    """

    kind: str
    start: datetime
    end: datetime
    wh: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What a person must look at: a reading set aside, or an interval that is counted and looks odd.

    ``at`` is the instant of the reading, ``since`` the last believed one before it; ``wh`` what the register said;
    ``stake_wh`` the energy it is about, where that is known.
    """

    at: datetime
    kind: str
    wh: int | None
    message: str
    since: datetime | None = None
    stake_wh: int | None = None
