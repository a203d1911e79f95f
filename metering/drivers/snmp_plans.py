"""What an SNMP device was found to have: the next rounds ask for what is wanted alone, while it is the same device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from metering.drivers import DeviceReport, Point, decode
from metering.drivers.address import Address
from metering.drivers.profile import Profiles
from metering.drivers.sought import Register, Sought, Value

SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"  # hundredths of a second since the agent started; back to 0 after 497 days
ENGINE_BOOTS = "1.3.6.1.6.3.10.2.1.2.0"  # how often it started, where the agent knows version 3
LATE_S, DRIFT = 10, 0.01  # by how much the clock of an agent that did not restart may be behind ours
_ALWAYS = (SYS_OBJECT_ID, ENGINE_BOOTS)
Key = tuple[str, str | None, tuple[str, ...]]
"""An address, the profile that is forced, the points that are wanted."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A number that is an answer times a fraction, cut (energy) or rounded half up (power): nothing corrects it."""

    oid: str
    times: int
    by: int
    half: int

    def of(self, answers: Mapping[str, Value], unsupported: Sequence[int | str]) -> int | None:
        """The Wh or W; None when the answer needs to be looked at."""
        raw = answers.get(self.oid)
        if type(raw) is not int or raw < 0 or raw in unsupported:
            return None
        return (raw * self.times + self.half) // self.by


@dataclass(frozen=True, slots=True)
class Known:
    """A device as it was found: what tells it from another (``signs``), and how much one request may ask of it."""

    agent: Address
    unsupported: tuple[int | str, ...]
    signs: tuple[str, ...]
    report: DeviceReport
    most: int


@dataclass(slots=True)
class Plan:
    """The instances to ask of one device for some of its points, and those that must answer the same as before.

    It no longer holds when the device restarted, when another one took its place, when a row bears another name, or
    when something is missing: rows may then be elsewhere. A restart is told by the count of starts, or by an uptime
    that advanced less than our clock; of a device that had started less than ``LATE_S`` before, without that count, it
    cannot be told.
    """

    known: Known
    wanted: tuple[Sought, ...]
    oids: tuple[str, ...]
    identity: tuple[tuple[str, Value], ...]
    up_time: int
    read_at: float
    plain: tuple[tuple[Sought, Plain, Plain | None], ...] = ()

    def read(self, answers: Mapping[str, Value], now: float) -> DeviceReport | None:
        """What the device says at an instant of a clock in seconds; None when it must be looked at again."""
        whole = self.known.report
        if self._restarted(_up_time(answers), now) or any(answers.get(oid) != value for oid, value in self.identity):
            return None
        points, faults = self._quickly(answers), list[str]()
        if points is None:
            points, faults = decode.points(self.wanted, answers, self.known.unsupported)
        if len(points) < len(self.wanted) or any(point.energy_wh is None for point in points):
            return None
        told = whole.profile, whole.vendor, whole.model, whole.serial
        return DeviceReport(*told, tuple(points), tuple(faults), whole.explanation)

    def _restarted(self, up: int, now: float) -> bool:
        before, elapsed = self.up_time, now - self.read_at
        self.up_time, self.read_at = up, now
        least = before + 100 * (elapsed * (1 - DRIFT) - LATE_S)
        return up < before or (up != before and up < least)  # one that does not move is no clock

    def _quickly(self, answers: Mapping[str, Value]) -> list[Point] | None:
        """The points, where each is whole numbers times a factor and nothing is out of the ordinary; else None."""
        points = []
        for each, energy, power in self.plain:
            wh = energy.of(answers, self.known.unsupported)
            watts = power.of(answers, self.known.unsupported) if power else None
            if not wh or wh > decode.LARGEST or (power and (watts is None or watts > decode.LARGEST_W)):
                return None
            points.append(Point(each.index, each.kind, each.label, wh, watts))
        return points or None


def candidates(signs: Iterable[str], wanted: Iterable[Sought]) -> list[str]:
    """The instances to try for some points of a device, each once."""
    own = [oid for each in wanted for oid in (*each.oids(), *_finds(each))]
    return list(dict.fromkeys([*_ALWAYS, SYS_UP_TIME, *signs, *own]))


def plan_of(known: Known, wanted: Sequence[Sought], answers: Mapping[str, Value], now: float) -> Plan:
    """How to ask again for what was just answered. Names and conditions were looked at: they must stay as they are."""
    named = [oid for each in wanted for oid in (*each.labels, *_where(each), *_finds(each))]
    same = tuple((oid, answers[oid]) for oid in (*_ALWAYS, *known.signs, *named) if oid in answers)
    label = known.report.point
    settled = tuple(replace(each, label=label(each.name).label, labels=(), where=None) for each in wanted)
    return Plan(known, settled, tuple(answers), same, _up_time(answers), now, _plain(settled))


def _plain(wanted: Sequence[Sought]) -> tuple[tuple[Sought, Plain, Plain | None], ...]:
    """The numbers of each point; empty when one of them is not that plain."""
    told = [(each, _number(each.energy, rounded=False), _number(each.power, rounded=True)) for each in wanted]
    if any(energy is None or (power is None) != (each.power is None) for each, energy, power in told):
        return ()
    return tuple((each, energy, power) for each, energy, power in told if energy is not None)


def _number(register: Register | None, *, rounded: bool) -> Plain | None:
    if register is None:
        return None
    measure = register.measure
    if measure.digits or measure.signed_scale or measure.times or measure.available:
        return None
    times, by = measure.factor.as_integer_ratio()
    return Plain(register.instance(measure.oid), 2 * times, 2 * by, by if rounded else 0)


def _where(each: Sought) -> tuple[str, ...]:
    """The instance of a condition, unless it is the register itself, which moves."""
    registers = [oid for register in (each.energy, each.power) if register for oid in register.oids()]
    return () if each.where is None or each.where[0] in registers else (each.where[0],)


def _finds(each: Sought) -> Iterator[str]:
    """The instances that tell which row a number is in."""
    for register in (each.energy, each.power):
        if isinstance(register, Register) and register.measure.find is not None and register.row is not None:
            yield f"{register.measure.find.oid}.{register.row}"


def _up_time(answers: Mapping[str, Value]) -> int:
    told = answers.get(SYS_UP_TIME)
    return told if isinstance(told, int) else 0


@dataclass
class Plans:
    """The plans of one process, forgotten when a profile changes."""

    profiles: Profiles | None = None
    by_key: dict[Key, Plan] = field(default_factory=dict)

    def of(self, profiles: Profiles) -> dict[Key, Plan]:
        """Those that were made with these profiles."""
        if self.profiles is not profiles:
            if self.profiles != profiles:
                self.by_key.clear()
            self.profiles = profiles
        return self.by_key
