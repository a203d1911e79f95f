"""The SELECTs over the power that meters told, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import BigInteger, func, select, type_coerce

from inventory.orm import Transaction
from metering.archive.archive_store import archived_rows
from metering.archive.archived import Rows
from metering.models import MeterReading
from metering.period import HOUR, Period
from metering.places.place import Placed

HOUR_S = 3600


def hourly_peaks(tx: Transaction, placed: Sequence[Placed], period: Period) -> dict[datetime, int]:
    """Watts by UTC hour: the highest that each meter told in it while it counted there, added up.

    One walk along the primary key per meter. An hour in which one of the meters that count tells no watts is not there:
    what the others drew is no peak of the whole.
    """
    counting = [during for one in placed if (during := one.during(period)) is not None]
    found: dict[datetime, list[int]] = {}
    for one in placed:
        during = one.during(period)
        for hour, watts in _of_meter(tx, one.meter_id, during) if during else ():
            found.setdefault(hour, []).append(watts)
    return {hour: sum(watts) for hour, watts in found.items() if len(watts) == _there(counting, hour)}


def _there(counting: Iterable[Period], hour: datetime) -> int:
    """How many meters count at some time of an hour."""
    return sum(during.start < hour + HOUR and during.end > hour for during in counting)


def _of_meter(tx: Transaction, meter_id: int, during: Period) -> Iterable[tuple[datetime, int]]:
    table = MeterReading
    hour = type_coerce(table.at, BigInteger) // HOUR_S
    told = table.meter_id == meter_id, table.at >= during.start, table.at < during.end, table.power_w.is_not(None)
    rows = tx.execute(select(hour, func.max(table.power_w)).where(*told).group_by(hour))
    found = [(datetime.fromtimestamp(at * HOUR_S, UTC), watts) for at, watts in rows if watts is not None]
    old = archived_rows(tx, meter_id, during)
    return _highest([*found, *(one for part in old for one in _told(part))]) if old else found


def _told(rows: Rows) -> Iterator[tuple[datetime, int]]:
    """The watts that archived readings told, with their hour."""
    for at, watts in zip(rows.at.tolist(), rows.power_w, strict=True):
        if watts is not None:
            yield datetime.fromtimestamp(at - at % HOUR_S, UTC), watts


def _highest(told: Iterable[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    found: dict[datetime, int] = {}
    for hour, watts in told:
        found[hour] = max(watts, found.get(hour, watts))
    return sorted(found.items())
