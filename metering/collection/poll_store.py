"""The SELECTs on polling: rounds, what each device gave in them, and the devices as polling knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from inventory.orm import Transaction
from metering.drivers.address import shown
from metering.models import Meter, PolledDevice, PollResult, PollRun

NEVER_POLLED = "csv"
Key = tuple[str, str]
"""Driver and address: one device."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one device gave in one round."""

    driver: str
    address: str
    outcome: str
    readings: int
    took_ms: int


@dataclass(frozen=True, slots=True)
class Polled:
    """A device that is polled, the meters it serves, and what is known of it; None: it was never asked."""

    driver: str
    place: str
    meters: tuple[str, ...]
    known: PolledDevice | None

    @property
    def incomplete(self) -> bool:
        """Whether its last answer lacked something."""
        known = self.known
        return known is not None and known.last_ok_at is not None and known.last_ok_at == known.last_failed_at


def poll_runs(tx: Transaction, limit: int = 50) -> Sequence[PollRun]:
    """The latest rounds of polling, newest first, with their failures."""
    newest = (PollRun.started_at.desc(), PollRun.id.desc())
    return tx.scalars(select(PollRun).options(selectinload(PollRun.failures)).order_by(*newest).limit(limit)).all()


def poll_runs_since(tx: Transaction, since: datetime) -> Sequence[PollRun]:
    """The rounds that started from an instant on, newest first, without their failures."""
    chosen = select(PollRun).where(PollRun.started_at >= since)
    return tx.scalars(chosen.order_by(PollRun.started_at.desc(), PollRun.id.desc())).all()


def poll_run(tx: Transaction, run_id: int) -> PollRun | None:
    """One round with its failures."""
    return tx.scalar(select(PollRun).options(selectinload(PollRun.failures)).where(PollRun.id == run_id))


def run_of_token(tx: Transaction, token: str) -> PollRun | None:
    """The round of that token, where it is recorded."""
    return tx.scalar(select(PollRun).where(PollRun.token == token))


def last_run_before(tx: Transaction, at: datetime) -> int | None:
    """The id of the newest round that started before an instant."""
    chosen = select(PollRun.id).where(PollRun.started_at < at)
    return tx.scalar(chosen.order_by(PollRun.started_at.desc()).limit(1))


def results(tx: Transaction, run_id: int) -> list[Result]:
    """What each device gave in a round, by address."""
    columns = (PolledDevice.driver, PolledDevice.address, PollResult.outcome, PollResult.readings, PollResult.took_ms)
    chosen = select(*columns).join(PolledDevice, PolledDevice.id == PollResult.device_id)
    rows = tx.execute(chosen.where(PollResult.run_id == run_id).order_by(PolledDevice.address, PolledDevice.driver))
    return [Result(*row) for row in rows]


def devices(tx: Transaction) -> dict[Key, PolledDevice]:
    """Every device that was ever polled."""
    found = tx.scalars(select(PolledDevice).order_by(PolledDevice.address, PolledDevice.driver))
    return {(device.driver, device.address): device for device in found}


def device_ids(tx: Transaction) -> dict[Key, int]:
    """The id of every device that was ever polled."""
    rows = tx.execute(select(PolledDevice.driver, PolledDevice.address, PolledDevice.id))
    return {(driver, address): device_id for driver, address, device_id in rows}


def polled(tx: Transaction, at: datetime) -> list[Polled]:
    """The devices of the meters in force at an instant that are polled, by address, with what is known of them."""
    in_force = Meter.start <= at, or_(Meter.end.is_(None), Meter.end > at), Meter.driver != NEVER_POLLED
    meters: dict[Key, list[str]] = {}
    for driver, address, name in tx.execute(select(Meter.driver, Meter.address, Meter.name).where(*in_force)):
        meters.setdefault((driver, address), []).append(name)
    known = devices(tx)
    by_address = sorted(meters.items(), key=lambda each: each[0][::-1])
    return [Polled(key[0], shown(key[1]), tuple(sorted(names)), known.get(key)) for key, names in by_address]
