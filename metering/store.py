"""The SELECTs on meters and their readings, wherever these are; each room has its own store for the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, func, or_, select, type_coerce
from sqlalchemy.orm import joinedload, selectinload

from inventory.errors import NotFound
from inventory.models import Share
from inventory.orm import Transaction
from metering.archive.archive_store import archived_beside, archived_between, archived_values, around_with_archived
from metering.asked_store import asked
from metering.columns import instant
from metering.models import Meter, MeterExchange, MeterPlace, MeterReading
from metering.readings import Exchange, Reading

SECOND = timedelta(seconds=1)


def meters(tx: Transaction) -> Sequence[Meter]:
    """Every meter, by name, with its places."""
    return tx.scalars(_meters().order_by(Meter.name)).all()


def meter(tx: Transaction, name: str) -> Meter:
    """The meter of that name. Raises NotFound."""
    found = tx.scalar(_meters().where(Meter.name == name))
    if found is None:
        raise NotFound(f"compteur « {name} » inconnu : voir la liste des compteurs, ou l'importer.")
    return found


def meters_named_like(tx: Transaction, text: str, limit: int = 20) -> Sequence[Meter]:
    """The meters whose name or serial holds a text, whatever its case, by name."""
    held = or_(Meter.name.icontains(text, autoescape=True), Meter.serial.icontains(text, autoescape=True))
    return tx.scalars(_meters().where(held).order_by(Meter.name).limit(limit)).all()


def _meters() -> Select[Meter]:
    placed = selectinload(Meter.places)
    return select(Meter).options(placed.joinedload(MeterPlace.rack), placed.joinedload(MeterPlace.share))


def shares_of_rack(tx: Transaction, rack_id: int) -> Sequence[Share]:
    """Every share ever sold in a rack, from the bottom up, then by date."""
    return shares_of_racks(tx, [rack_id])[rack_id]


def shares_of_racks(tx: Transaction, rack_ids: Collection[int]) -> dict[int, list[Share]]:
    """Every share ever sold in each of these racks, from the bottom up, then by date."""
    chosen = select(Share).where(Share.rack_id.in_(rack_ids)).options(joinedload(Share.rack))
    found: dict[int, list[Share]] = {rack_id: [] for rack_id in rack_ids}
    for one in tx.scalars(chosen.order_by(Share.first_half_unit, Share.start)):
        found[one.rack_id].append(one)
    return found


def shares_by_id(tx: Transaction, share_ids: Collection[int]) -> dict[int, Share]:
    """These shares, with their racks. Raises NotFound, naming the first that does not exist."""
    chosen = select(Share).where(Share.id.in_(share_ids)).options(joinedload(Share.rack))
    found = {one.id: one for one in tx.scalars(chosen)}
    for share_id in share_ids:
        if share_id not in found:
            raise NotFound(f"part de baie n° {share_id} inconnue.")
    return found


def shares_of_customers(
    tx: Transaction, customer_ids: Collection[int], first: date, end: date
) -> dict[int, list[Share]]:
    """The shares that each customer held at some time of the days [first, end), with their racks, oldest first."""
    held = select(Share).where(Share.customer_id.in_(customer_ids), Share.start < end)
    held = held.where(or_(Share.end.is_(None), Share.end > first)).options(joinedload(Share.rack))
    found: dict[int, list[Share]] = {customer_id: [] for customer_id in customer_ids}
    for one in tx.scalars(held.order_by(Share.start, Share.id)):
        found[one.customer_id].append(one)
    return found


def readings_between(tx: Transaction, meter_id: int, start: datetime, end: datetime | None = None) -> list[Reading]:
    """A meter's readings of [start, end], in time order."""
    table = MeterReading
    chosen = select(table.at, table.wh, table.power_w, table.source).where(table.meter_id == meter_id)
    chosen = chosen.where(table.at >= start).order_by(table.at)
    if end is not None:
        chosen = chosen.where(table.at <= end)
    kept = [Reading(at, wh, power, source) for at, wh, power, source in tx.execute(chosen)]
    old = archived_between(tx, meter_id, start, end)
    return _once(*old, *kept) if old else kept


def _once(*readings: Reading) -> list[Reading]:
    """In time order; one that is in an archive and still in the database comes once."""
    told = {reading.at: reading for reading in readings}
    return [told[at] for at in sorted(told)]


def instants_until(tx: Transaction, meter_id: int, at: datetime, count: int, *, before: bool = False) -> list[datetime]:
    """The last ``count`` instants with a reading at or before (or strictly before) an instant, latest first."""
    limit = MeterReading.at < at if before else MeterReading.at <= at
    chosen = select(MeterReading.at).where(MeterReading.meter_id == meter_id, limit)
    found = list(tx.scalars(chosen.order_by(MeterReading.at.desc()).limit(count)))
    old, _ = archived_beside(tx, meter_id, at if before else at + SECOND, count)
    return sorted({*found, *(one.at for one in old)}, reverse=True)[:count]


def readings_beside(tx: Transaction, meter_id: int, at: datetime, count: int) -> tuple[list[Reading], list[Reading]]:
    """The last ``count`` readings of a meter before an instant, and the first after it; in time order."""
    table = MeterReading
    chosen = select(table.at, table.wh, table.power_w, table.source).where(table.meter_id == meter_id).limit(count)
    before = tx.execute(chosen.where(table.at < at).order_by(table.at.desc())).all()
    after = tx.execute(chosen.where(table.at > at).order_by(table.at)).all()
    old, next_old = archived_beside(tx, meter_id, at, count)
    first = _once(*old, *(Reading(*row) for row in before))[-count:]
    return first, _once(*next_old, *(Reading(*row) for row in after))[:count]


def known_values(tx: Transaction, meter_id: int, instants: Sequence[datetime]) -> dict[datetime, int]:
    """Wh of a meter's readings at these instants."""
    found: dict[datetime, int] = {}
    for first in range(0, len(instants), 500):
        some = MeterReading.at.in_(instants[first : first + 500])
        rows = tx.execute(select(MeterReading.at, MeterReading.wh).where(MeterReading.meter_id == meter_id, some))
        found.update((at, wh) for at, wh in rows)
    old = archived_values(tx, ((meter_id, at) for at in instants if at not in found))
    return found | {one.at: one.wh for one in old.values()}


def instants_around(
    tx: Transaction, asked: Collection[tuple[int, datetime]]
) -> dict[tuple[int, datetime], list[datetime]]:
    """For each (meter id, instant), those of the readings at it or on each side of it: two index seeks, no scan."""
    found: dict[tuple[int, datetime], list[datetime]] = {}
    pairs = list(asked)
    for first in range(0, len(pairs), 500):
        some = pairs[first : first + 500]
        for number, *around in tx.connection().execute(_around(tx, some)):  # past the ORM: rows of plain numbers
            found[some[number]] = [instant(at) for at in around if at is not None]
    return around_with_archived(tx, found)


def _around(tx: Transaction, pairs: Sequence[tuple[int, datetime]]) -> Select[Any]:
    numbered = [(number, meter_id, int(at.timestamp())) for number, (meter_id, at) in enumerate(pairs)]
    bounds = asked(tx, numbered, "number", "meter_id", "at").c
    of_meter, at = MeterReading.meter_id == bounds.meter_id, type_coerce(MeterReading.at, BigInteger)
    before = select(func.max(at)).where(of_meter, at <= bounds.at)
    after = select(func.min(at)).where(of_meter, at >= bounds.at)
    return select(bounds.number, before.scalar_subquery(), after.scalar_subquery())


def exchanges_told(tx: Transaction, meter_id: int) -> Sequence[MeterExchange]:
    """The replacements of a meter's device with who told them and why, newest first."""
    return tx.scalars(
        select(MeterExchange).where(MeterExchange.meter_id == meter_id).order_by(MeterExchange.at.desc())
    ).all()


def exchanges(tx: Transaction, meter_id: int) -> list[Exchange]:
    """The replacements of a meter's device, in time order."""
    rows = tx.scalars(select(MeterExchange).where(MeterExchange.meter_id == meter_id).order_by(MeterExchange.at))
    return [Exchange(row.at, row.closing_wh, row.opening_wh) for row in rows]
