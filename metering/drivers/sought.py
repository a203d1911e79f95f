"""From a profile and the rows a device has, the points to ask for and the OIDs of each; pure."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from metering.drivers import Kind
from metering.drivers.profile import Condition, FixedPoint, Measure, Profile, Table


@dataclass(frozen=True, slots=True)
class Failed:
    """The agent answered an error in the place of a value."""

    status: int


Value = str | bytes | int | float | Failed | None  # what an agent answers: an OID is str, an octet string is bytes
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
Walked = Mapping[str, Mapping[str, Value]]  # of each walked column, its rows ("1", "1.3") and their values


@dataclass(frozen=True, slots=True)
class Register:
    """One number of one row: its instance and those of the columns that correct it."""

    measure: Measure
    row: str | None  # None: ``oid`` is a complete instance

    def instance(self, column: str) -> str:
        """The instance of a column for this number."""
        return ".".join(part for part in (column, self.row, self.measure.suffix) if part is not None)

    def oids(self) -> Iterator[str]:
        """Every instance that the number needs."""
        measure = self.measure
        available = measure.available.oid if measure.available else None
        for column in (measure.oid, measure.digits, measure.signed_scale, measure.times, available):
            if column is not None:
                yield self.instance(column)


@dataclass(frozen=True, slots=True)
class Sought:
    """A point to ask for. ``where`` is an instance and what it must answer for the point to exist."""

    kind: Kind
    index: str
    label: str
    labels: tuple[str, ...]
    energy: Register | None
    power: Register | None
    where: tuple[str, Condition] | None
    skip_unlabelled: bool
    zero_energy: Literal["trusted", "suspect"]

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.index}"

    def oids(self) -> Iterator[str]:
        """Every instance to ask, the label first (it exists even where nothing is measured)."""
        yield from self.labels
        if self.where is not None:
            yield self.where[0]
        for register in (self.energy, self.power):
            if register is not None:
                yield from register.oids()


def columns(profile: Profile) -> list[str]:
    """The columns to walk before anything can be asked, each once."""
    walked = [column for table in profile.table for column in table.rows]
    for point in profile.point:
        walked += [measure.find.oid for measure in (point.energy, point.power) if measure and measure.find]
    if profile.serial_column is not None:
        walked.append(profile.serial_column)
    return list(dict.fromkeys(walked))


def serials(profile: Profile, walked: Walked) -> list[str]:
    """The instances that may hold the serial number."""
    column = profile.serial_column
    return [*profile.serial, *(f"{column}.{row}" for row in walked.get(column or "", {}))]


def sought(profile: Profile, walked: Walked) -> list[Sought]:
    """The points of a device, given its walked columns."""
    found = [_of_row(table, row) for table in profile.table for row in _rows(table, walked)]
    return found + [each for point in profile.point for each in _fixed(point, walked)]


def _rows(table: Table, walked: Walked) -> list[str]:
    rows = {row for column in table.rows for row in walked.get(column, {})}
    if table.rows_suffix is not None:
        ending = f".{table.rows_suffix}"
        rows = {row.removesuffix(ending) for row in rows if row.endswith(ending)}
    return sorted(rows, key=lambda row: [int(part) for part in row.split(".")])


def _of_row(table: Table, row: str) -> Sought:
    prefix = "" if table.omit_prefix is None else f"{table.omit_prefix}."
    return Sought(
        kind=table.kind,
        index=row.removeprefix(prefix),
        label="",
        labels=tuple(f"{column}.{row}" for column in table.label),
        energy=Register(table.energy, row) if table.energy else None,
        power=Register(table.power, row) if table.power else None,
        where=(f"{table.where.oid}.{row}", table.where) if table.where else None,
        skip_unlabelled=table.skip_unlabelled,
        zero_energy=table.zero_energy,
    )


def _fixed(point: FixedPoint, walked: Walked) -> list[Sought]:
    """The point; one for each device where several behind one agent have rows of these names."""
    devices = sorted({_device(row) for measure in (point.energy, point.power) for row in _named(measure, walked)})
    if len(devices) <= 1:
        return [_fixed_of(point, point.index, walked, None)]
    return [_fixed_of(point, f"{device}.{point.index}", walked, device) for device in devices]


def _fixed_of(point: FixedPoint, index: str, walked: Walked, device: str | None) -> Sought:
    return Sought(
        kind=point.kind,
        index=index,
        label=point.label,
        labels=(),
        energy=_placed(point.energy, walked, device),
        power=_placed(point.power, walked, device),
        where=None,
        skip_unlabelled=False,
        zero_energy=point.zero_energy,
    )


def _placed(measure: Measure | None, walked: Walked, device: str | None) -> Register | None:
    if measure is None or measure.find is None:
        return Register(measure, None) if measure else None
    rows = [row for row in _named(measure, walked) if device in (None, _device(row))]
    # Two rows of one name: neither can be taken for the point. Without a row the instance is the bare column, which no
    # agent answers: the number is then missing.
    return Register(measure, rows[0] if len(rows) == 1 else None)


def _named(measure: Measure | None, walked: Walked) -> list[str]:
    """The rows that bear the name of a number."""
    find = measure.find if measure else None
    return [row for row, value in walked.get(find.oid, {}).items() if find.holds(plain(value))] if find else []


def _device(row: str) -> str:
    """All of an index but its last number, which is the variable."""
    return row.rpartition(".")[0]


def plain(value: Value) -> int | float | str | None:
    """An answer as a number, or as a text on one line without the padding that devices add."""
    if isinstance(value, bytes):
        value = _opaque(value) or _read(value)
    if isinstance(value, Failed):
        return None
    return " ".join(_UNPRINTABLE.sub(" ", value).split()) if isinstance(value, str) else value


def _opaque(value: bytes) -> float | None:
    """The float that some agents wrap in an Opaque, as net-snmp does: SNMP has no type for it."""
    for prefix, code in ((b"\x9f\x78\x04", ">f"), (b"\x9f\x79\x08", ">d")):
        if value.startswith(prefix) and len(value) == len(prefix) + struct.calcsize(code):
            return float(struct.unpack(code, value[len(prefix) :])[0])
    return None


def _read(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:  # older cards write the alphabet of Windows
        return value.decode("cp1252", errors="replace")


def unique(found: Iterable[Sought]) -> tuple[list[Sought], list[str]]:
    """The points whose name is unique, and a sentence for each name that two rows claim: neither can be trusted."""
    by_name: dict[str, list[Sought]] = {}
    for each in found:
        by_name.setdefault(each.name, []).append(each)
    twice = [name for name, rows in by_name.items() if len(rows) > 1]
    faults = [f"{name} : deux lignes de l'appareil portent ce nom ; corriger le profil." for name in twice]
    return [rows[0] for rows in by_name.values() if len(rows) == 1], faults
