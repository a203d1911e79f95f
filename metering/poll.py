"""One round of polling: whom to ask, asking all of them within bounds, recording what they said."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory.clock import Clock, SystemClock
from inventory.errors import DomainError
from inventory.orm import Transaction
from metering import store
from metering.drivers import DeviceReport, Driver
from metering.drivers.address import shown
from metering.models import PollFailure, PollRun
from metering.readings import Fault, Reading
from metering.register import append_many

NEVER_POLLED = "csv"
PATIENCE = 11  # one device takes many requests; its driver gives up by itself a little sooner


@dataclass(frozen=True, slots=True)
class Wanted:
    """One register asked of a device: for which meter, at which point."""

    meter_id: int
    meter: str
    point: str


@dataclass(frozen=True, slots=True)
class Target:
    """One device to ask once, for all the meters it serves."""

    driver: str
    address: str
    profile: str | None
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one target: (meter id, reading) pairs, and French sentences for what is missing."""

    target: Target
    readings: tuple[tuple[int, Reading], ...] = ()
    failures: tuple[str, ...] = ()


def targets(tx: Transaction, at: datetime) -> list[Target]:
    """The devices of the meters in force at an instant, each once, in a stable order."""
    devices: defaultdict[tuple[str, str, str], list[Wanted]] = defaultdict(list)
    for meter in store.meters(tx):
        in_force = meter.start <= at and (meter.end is None or at < meter.end)
        if in_force and meter.driver != NEVER_POLLED:
            device = meter.driver, meter.address, meter.profile or ""
            devices[device].append(Wanted(meter.id, meter.name, meter.point))
    return [
        Target(driver, address, profile or None, tuple(wanted))
        for (driver, address, profile), wanted in sorted(devices.items())
    ]


async def collect(
    targets: Sequence[Target],
    drivers: Mapping[str, Driver],
    concurrency: int,
    timeout_s: float,
    clock: Clock | None = None,
) -> list[Answer]:
    """Ask every device, ``concurrency`` at a time; one that hangs or breaks never hurts the others.

    ``timeout_s`` is the patience for one request: a device may take some of them. Answers come in the order of
    the targets, each with its readings or the reason why not.
    """
    limit = asyncio.Semaphore(concurrency)
    instants = clock or SystemClock()

    async def bounded(target: Target) -> Answer:
        async with limit:
            return await _ask(target, drivers.get(target.driver), timeout_s * PATIENCE, instants)

    return list(await asyncio.gather(*(bounded(target) for target in targets)))


async def _ask(target: Target, driver: Driver | None, patience_s: float, clock: Clock) -> Answer:
    if driver is None:
        return _failed(target, f"aucun pilote « {target.driver} » dans cette installation.")
    task = asyncio.ensure_future(driver.read(target.address, target.profile))
    done, _ = await asyncio.wait({task}, timeout=patience_s)
    if not done:
        task.cancel()  # not awaited: a driver deaf to cancellation must not hold the round
        return _failed(target, f"{shown(target.address)} n'a pas répondu en {patience_s:g} s.")
    error = task.exception()
    if error is None:
        return _heard(target, task.result(), clock.now())
    if isinstance(error, DomainError):
        return _failed(target, str(error))
    return _failed(target, f"{shown(target.address)} : erreur inattendue ({type(error).__name__} : {error}).")


def _failed(target: Target, why: str) -> Answer:
    return Answer(target, (), (why,))


def _heard(target: Target, report: DeviceReport, at: datetime) -> Answer:
    readings: list[tuple[int, Reading]] = []
    failures: list[str] = []
    for wanted in target.wanted:
        try:
            point = report.point(wanted.point)
        except DomainError as error:
            failures.append(f"compteur {wanted.meter} : {error}")
            continue
        if point.energy_wh is None:
            why = " ".join(report.faults_of(point.name))
            failures.append(f"compteur {wanted.meter} : le point {point.name} ne donne pas d'énergie. {why}".rstrip())
        else:
            readings.append((wanted.meter_id, Reading(at, point.energy_wh, point.power_w, "poll")))
    return Answer(target, tuple(readings), tuple(failures))


def record(tx: Transaction, answers: Iterable[Answer], started: datetime, now: datetime) -> PollRun:
    """Keep the readings of a round and its record: devices ok and failed, readings kept, what was set aside."""
    answers = list(answers)
    kept, aside = append_many(tx, [pair for answer in answers for pair in answer.readings], now)
    failed = [answer for answer in answers if answer.failures]
    run = PollRun(
        started_at=started,
        ended_at=now,
        devices_ok=len(answers) - len(failed),
        devices_failed=len(failed),
        readings=kept,
        failures=[*_failures(failed), *_set_aside(answers, aside)],
    )
    tx.add(run)
    tx.flush()
    return run


def _failures(failed: Iterable[Answer]) -> list[PollFailure]:
    return [
        PollFailure(address=shown(answer.target.address), message=why) for answer in failed for why in answer.failures
    ]


def _set_aside(answers: Iterable[Answer], aside: Iterable[tuple[int, Fault]]) -> list[PollFailure]:
    asked = {want.meter_id: (shown(a.target.address), want.meter) for a in answers for want in a.target.wanted}
    return [
        PollFailure(address=asked[meter_id][0], message=f"compteur {asked[meter_id][1]} : {fault.message}")
        for meter_id, fault in aside
    ]
