"""What an SNMP device was found to have: the next rounds ask for what is wanted alone, while it is the same device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from metering.drivers import DeviceReport, decode
from metering.drivers.address import Address
from metering.drivers.profile import Profile, Profiles
from metering.drivers.sought import Register, Sought, Value

SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
Key = tuple[str, str | None, tuple[str, ...]]
"""An address, the profile that is forced, the points that are wanted."""


@dataclass(slots=True)
class Plan:
    """The instances to ask of one device for some of its points, and those that must answer the same as before.

    It no longer holds when the device restarted, when another one took its place, when a row bears another name, or
    when something is missing: rows may then be elsewhere.
    """

    agent: Address
    wanted: tuple[Sought, ...]
    oids: tuple[str, ...]
    identity: tuple[tuple[str, Value], ...]
    up_time: int
    unsupported: tuple[int | str, ...]
    report: DeviceReport

    def read(self, answers: Mapping[str, Value]) -> DeviceReport | None:
        """What the device says; None when it must be looked at again."""
        up, before, whole = _up_time(answers), self.up_time, self.report
        self.up_time = up
        if up < before or any(answers.get(oid) != value for oid, value in self.identity):
            return None
        points, faults = decode.points(self.wanted, answers, self.unsupported)
        if len(points) < len(self.wanted) or any(point.energy_wh is None for point in points):
            return None
        told = whole.profile, whole.vendor, whole.model, whole.serial
        return DeviceReport(*told, tuple(points), tuple(faults), whole.explanation)


def candidates(family: Profile, wanted: Iterable[Sought]) -> list[str]:
    """The instances to try for some points of a device, each once."""
    own = [oid for each in wanted for oid in (*each.oids(), *_finds(each))]
    return list(dict.fromkeys([SYS_OBJECT_ID, SYS_UP_TIME, *family.serial, *own]))


def plan_of(
    agent: Address, family: Profile, wanted: Sequence[Sought], answers: Mapping[str, Value], report: DeviceReport
) -> Plan:
    """How to ask again for what was just answered. Names and conditions were looked at: they must stay as they are."""
    named = [oid for each in wanted for oid in (*each.labels, *_where(each), *_finds(each))]
    same = tuple((oid, answers[oid]) for oid in (SYS_OBJECT_ID, *family.serial, *named) if oid in answers)
    plain = tuple(replace(each, label=report.point(each.name).label, labels=(), where=None) for each in wanted)
    return Plan(agent, plain, tuple(answers), same, _up_time(answers), family.unsupported, report)


def _where(each: Sought) -> tuple[str, ...]:
    return () if each.where is None else (each.where[0],)


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
