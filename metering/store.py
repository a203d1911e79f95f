"""Everything that is read from the tables of meters, readings, intervals and polling: SELECTs only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, ColumnElement, Select, func, or_, select, type_coerce
from sqlalchemy.orm import aliased, joinedload, selectinload

from inventory.errors import NotFound
from inventory.models import Rack, Share
from inventory.orm import Transaction
from metering.models import EnergyInterval, Meter, MeterExchange, MeterReading, PollRun, ReadingFault, RollUpMark
from metering.period import Period
from metering.readings import Exchange, Flag, Interval, Reading

FLAGS = {flag.value: flag for flag in Flag}


def meters(tx: Transaction) -> Sequence[Meter]:
    """Every meter, by name, with its rack and share."""
    return tx.scalars(_meters().order_by(Meter.name)).all()


def meter(tx: Transaction, name: str) -> Meter:
    """The meter of that name. Raises NotFound."""
    found = tx.scalar(_meters().where(Meter.name == name))
    if found is None:
        raise NotFound(f"compteur « {name} » inconnu : voir la liste des compteurs, ou l'importer.")
    return found


def meters_of_rack(tx: Transaction, rack_name: str) -> Sequence[Meter]:
    """Every meter of a rack, whatever its scope, by feed then name."""
    chosen = _meters().join(Meter.rack).where(Rack.name == rack_name)
    return tx.scalars(chosen.order_by(Meter.feed, Meter.name)).all()


def _meters() -> Select[Meter]:
    return select(Meter).options(joinedload(Meter.rack), joinedload(Meter.share))


def shares_of_rack(tx: Transaction, rack_id: int) -> Sequence[Share]:
    """Every share ever sold in a rack, from the bottom up, then by date."""
    return tx.scalars(select(Share).where(Share.rack_id == rack_id).order_by(Share.first_half_unit, Share.start)).all()


def share(tx: Transaction, share_id: int) -> Share:
    """A share with its rack and customer. Raises NotFound."""
    chosen = select(Share).where(Share.id == share_id).options(joinedload(Share.rack), joinedload(Share.customer))
    found = tx.scalar(chosen)
    if found is None:
        raise NotFound(f"part de baie n° {share_id} inconnue.")
    return found


def shares_of_customer(tx: Transaction, customer_id: int, first: date, end: date) -> Sequence[Share]:
    """The shares that a customer held at some time of the days [first, end), with their racks."""
    held = select(Share).where(Share.customer_id == customer_id, Share.start < end)
    held = held.where(or_(Share.end.is_(None), Share.end > first))
    return tx.scalars(held.options(joinedload(Share.rack)).order_by(Share.start, Share.id)).all()


def readings_between(tx: Transaction, meter_id: int, start: datetime, end: datetime | None = None) -> list[Reading]:
    """A meter's readings of [start, end], in time order."""
    table = MeterReading
    chosen = select(table.at, table.wh, table.power_w, table.source).where(table.meter_id == meter_id)
    chosen = chosen.where(table.at >= start).order_by(table.at)
    if end is not None:
        chosen = chosen.where(table.at <= end)
    return [Reading(at, wh, power, source) for at, wh, power, source in tx.execute(chosen)]


def instants_until(tx: Transaction, meter_id: int, at: datetime, count: int, *, before: bool = False) -> list[datetime]:
    """The last ``count`` instants with a reading at or before (or strictly before) an instant, latest first."""
    limit = MeterReading.at < at if before else MeterReading.at <= at
    chosen = select(MeterReading.at).where(MeterReading.meter_id == meter_id, limit)
    return list(tx.scalars(chosen.order_by(MeterReading.at.desc()).limit(count)))


def known_values(tx: Transaction, meter_id: int, instants: Sequence[datetime]) -> dict[datetime, int]:
    """Wh of a meter's readings at these instants."""
    found: dict[datetime, int] = {}
    for first in range(0, len(instants), 500):
        some = MeterReading.at.in_(instants[first : first + 500])
        rows = tx.execute(select(MeterReading.at, MeterReading.wh).where(MeterReading.meter_id == meter_id, some))
        found.update((at, wh) for at, wh in rows)
    return found


def boundary_instants(tx: Transaction, meter_id: int, period: Period) -> list[datetime]:
    """The instants of the readings that bound a period on each side: four index seeks, no scan."""
    seeks = [
        seek
        for at in (period.start, period.end)
        for seek in (
            select(func.max(MeterReading.at)).where(MeterReading.meter_id == meter_id, MeterReading.at <= at),
            select(func.min(MeterReading.at)).where(MeterReading.meter_id == meter_id, MeterReading.at >= at),
        )
    ]
    row = tx.execute(select(*(seek.scalar_subquery() for seek in seeks))).one()
    return sorted({at for at in row if at is not None})


def exchanges(tx: Transaction, meter_id: int) -> list[Exchange]:
    """The replacements of a meter's device, in time order."""
    rows = tx.scalars(select(MeterExchange).where(MeterExchange.meter_id == meter_id).order_by(MeterExchange.at))
    return [Exchange(row.at, row.closing_wh, row.opening_wh) for row in rows]


def _newest() -> ColumnElement[bool]:
    """The condition that an interval is the last version of its start."""
    newer = aliased(EnergyInterval)
    same = (newer.meter_id == EnergyInterval.meter_id, newer.start == EnergyInterval.start)
    return ~select(newer.version).where(*same, newer.version > EnergyInterval.version).exists()


def versions_ending_after(tx: Transaction, meter_id: int, at: datetime) -> dict[datetime, tuple[int, Interval]]:
    """By start, the newest version and its interval, withdrawn ones included, of what ends after an instant."""
    table = EnergyInterval
    columns = (table.version, table.start, table.end, table.wh, table.flag, table.method)
    chosen = select(*columns).where(table.meter_id == meter_id, table.end > at, _newest())
    rows = tx.execute(chosen.where(table.start >= _first_start(tx, meter_id, at)))
    return {row.start: (row.version, Interval(row.start, row.end, row.wh, Flag(row.flag), row.method)) for row in rows}


def intervals(tx: Transaction, meter_id: int, period: Period) -> list[Interval]:
    """The validated intervals of a meter that touch a period, in time order, newest versions only.

    Every version is read and the last one of each start kept, which is cheaper than asking the database for each
    start; seconds are turned into instants here, once, because a year is 8,784 hours.
    """
    table = EnergyInterval
    seconds = (type_coerce(table.start, BigInteger), type_coerce(table.end, BigInteger))
    first = _first_start(tx, meter_id, period.start)
    chosen = select(*seconds, table.wh, table.flag, table.method).where(table.meter_id == meter_id)
    chosen = chosen.where(table.start >= first, table.start < period.end).order_by(table.start, table.version)
    newest = {row[0]: row for row in tx.execute(chosen)}
    after = period.start.timestamp()
    return [
        Interval(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), wh, FLAGS[flag], method)
        for start, end, wh, flag, method in newest.values()
        if flag != Flag.MISSING.value and end > after
    ]


def _first_start(tx: Transaction, meter_id: int, at: datetime) -> datetime:
    """The start of the interval that straddles an instant, or the instant: what lets a period be an index range."""
    table = EnergyInterval
    chosen = select(table.start).where(table.meter_id == meter_id, table.start < at, table.flag != Flag.MISSING.value)
    return tx.scalar(chosen.where(_newest()).order_by(table.start.desc()).limit(1)) or at


def last_interval_end(tx: Transaction, meter_id: int) -> datetime | None:
    """Until when a meter's readings are rolled up."""
    table = EnergyInterval
    chosen = select(table.end).where(table.meter_id == meter_id, table.flag != Flag.MISSING.value, _newest())
    return tx.scalar(chosen.order_by(table.start.desc()).limit(1))


def marks(tx: Transaction, meter_ids: Iterable[int] | None = None) -> Sequence[RollUpMark]:
    """The meters whose readings are not all rolled up, or those among some meters."""
    chosen = select(RollUpMark).order_by(RollUpMark.meter_id)
    if meter_ids is not None:
        chosen = chosen.where(RollUpMark.meter_id.in_(list(meter_ids)))
    return tx.scalars(chosen.with_for_update()).all()


@dataclass(frozen=True, slots=True)
class LastReading:
    """The newest reading of a meter."""

    meter: str
    rack: str
    feed: str | None
    scope: str
    reading: Reading


def last_readings(tx: Transaction) -> list[LastReading]:
    """The newest reading of each meter that has one, by meter name: one index seek per meter."""
    newest = select(func.max(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter)
    chosen = (
        select(Meter.name, Rack.name, Meter.feed, Meter.scope, MeterReading)
        .join(Rack, Rack.id == Meter.rack_id)
        .join(MeterReading, (MeterReading.meter_id == Meter.id) & (MeterReading.at == newest.scalar_subquery()))
        .order_by(Meter.name)
    )
    return [
        LastReading(name, rack, feed, scope, Reading(row.at, row.wh, row.power_w, row.source))
        for name, rack, feed, scope, row in tx.execute(chosen)
    ]


def power_by_feed(tx: Transaction, not_before: datetime) -> dict[tuple[str, str], int]:
    """Watts of each (rack, feed), summed over its rack meters, from readings no older than an instant."""
    found: dict[tuple[str, str], int] = {}
    for last in last_readings(tx):
        watts = last.reading.power_w
        if last.scope == "rack" and watts is not None and last.reading.at >= not_before:
            place = last.rack, last.feed or ""
            found[place] = found.get(place, 0) + watts
    return found


def poll_runs(tx: Transaction, limit: int = 50) -> Sequence[PollRun]:
    """The latest rounds of polling, newest first, with their failures."""
    newest = (PollRun.started_at.desc(), PollRun.id.desc())
    return tx.scalars(select(PollRun).options(selectinload(PollRun.failures)).order_by(*newest).limit(limit)).all()


def reading_faults(tx: Transaction, meter_name: str | None = None, limit: int = 500) -> Sequence[ReadingFault]:
    """What was set aside for a person, newest first, of one meter or of all."""
    chosen = select(ReadingFault).options(joinedload(ReadingFault.meter)).join(ReadingFault.meter)
    if meter_name is not None:
        chosen = chosen.where(Meter.name == meter_name)
    return tx.scalars(chosen.order_by(ReadingFault.at.desc(), ReadingFault.id.desc()).limit(limit)).all()
