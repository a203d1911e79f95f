"""The SELECTs on where meters count, and on how racks are divided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from inventory.models import Rack
from inventory.orm import Transaction
from metering.models import AllocationPolicy, Meter, MeterPlace
from metering.places.place import Placed, Policy


def placed_in_racks(tx: Transaction, rack_ids: Collection[int]) -> dict[int, list[Placed]]:
    """All that ever counted in each of these racks, whatever its scope, by feed, meter and date."""
    found: dict[int, list[Placed]] = {rack_id: [] for rack_id in rack_ids}
    ids = sorted(rack_ids)
    for first in range(0, len(ids), 500):
        for one in _placed(tx, MeterPlace.rack_id.in_(ids[first : first + 500])):
            assert one.rack_id is not None
            found[one.rack_id].append(one)
    return found


def placed_in_rack(tx: Transaction, rack_id: int) -> list[Placed]:
    """All that ever counted in a rack, whatever its scope, by feed, meter and date."""
    return placed_in_racks(tx, [rack_id])[rack_id]


def placed_on_site(tx: Transaction) -> list[Placed]:
    """The meters of the whole site, by name and date: what the power company delivers, cooling and light included."""
    return list(_placed(tx, MeterPlace.scope == "site"))


def placed_on_busbars(tx: Transaction) -> list[Placed]:
    """The feeds that busbar meters supply, by feed, meter and date."""
    return list(_placed(tx, MeterPlace.scope == "busbar"))


def _placed(tx: Transaction, *conditions: ColumnElement[bool]) -> Iterable[Placed]:
    columns = (MeterPlace.rack_id, MeterPlace.feed, MeterPlace.scope, MeterPlace.share_id)
    chosen = select(MeterPlace.meter_id, Meter.name, *columns, MeterPlace.start, MeterPlace.end)
    chosen = chosen.join(Meter, Meter.id == MeterPlace.meter_id).where(*conditions)
    chosen = chosen.order_by(MeterPlace.feed, Meter.name, MeterPlace.start, MeterPlace.id)
    return (Placed(*row) for row in tx.execute(chosen))


def meters_of_rack(tx: Transaction, rack_name: str) -> Sequence[Meter]:
    """Every meter that ever counted in a rack, by name, with its places."""
    inside = select(MeterPlace.meter_id).join(Rack, Rack.id == MeterPlace.rack_id).where(Rack.name == rack_name)
    return tx.scalars(select(Meter).where(Meter.id.in_(inside)).order_by(Meter.name)).all()


def newest_place(meter_id: Any) -> Any:
    """The id of the last place of a meter: a scalar subquery."""
    chosen = select(MeterPlace.id).where(MeterPlace.meter_id == meter_id)
    return chosen.order_by(MeterPlace.start.desc(), MeterPlace.id).limit(1).correlate(Meter).scalar_subquery()


def beside(tx: Transaction, meter: Meter) -> list[MeterPlace]:
    """The places of the other meters that read the same device, with their meters: what could be counted twice."""
    same = Meter.driver == meter.driver, Meter.address == meter.address, Meter.id != meter.id
    return list(tx.scalars(select(MeterPlace).join(MeterPlace.meter).where(*same)))


def policies(tx: Transaction, rack_ids: Collection[int]) -> list[Policy]:
    """The policies of some racks and those of all racks, in no order."""
    table = AllocationPolicy
    chosen = select(table.rack_id, table.start, table.policy).order_by(table.id)
    wanted = set(rack_ids)
    return [Policy(*row) for row in tx.execute(chosen) if row[0] is None or row[0] in wanted]


def allocation_policies(tx: Transaction, rack_id: int | None = None) -> Sequence[AllocationPolicy]:
    """The policies of a rack and those of all racks, or every one; by date."""
    chosen = select(AllocationPolicy).order_by(AllocationPolicy.start, AllocationPolicy.id)
    if rack_id is not None:
        chosen = chosen.where(or_(AllocationPolicy.rack_id == rack_id, AllocationPolicy.rack_id.is_(None)))
    return tx.scalars(chosen).all()


def policy_since(tx: Transaction, rack_id: int | None, start: datetime) -> AllocationPolicy | None:
    """The policy that begins at an instant, of a rack or of all, if there is one."""
    of_rack = AllocationPolicy.rack_id.is_(None) if rack_id is None else AllocationPolicy.rack_id == rack_id
    return tx.scalar(select(AllocationPolicy).where(of_rack, AllocationPolicy.start == start).limit(1))
