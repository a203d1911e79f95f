"""Whom to poll; keeping what a round gave: readings, the result of each device, what is known of it from now on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Delete, delete, insert

from inventory.orm import Transaction
from metering import store
from metering.collection import poll_store
from metering.collection.backoff import retry_at
from metering.collection.poll import Answer, Target, Wanted
from metering.drivers.address import shown
from metering.models import PolledDevice, PollFailure, PollResult, PollRun
from metering.readings import Fault
from metering.register import append_many, upsert
from metering.validation.tolerances import STANDARD

SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often rounds begin, and the longest that a silent device is left alone."""

    interval: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Round:
    """What was asked and heard in one round, before it is recorded. ``resting``: devices left alone this time."""

    started: datetime
    ended: datetime
    answers: Sequence[Answer]
    resting: Sequence[Target] = ()
    token: str = ""
    note: str = ""


def new_token() -> str:
    """A name for a round that no other one has."""
    return uuid4().hex


def targets(tx: Transaction, at: datetime) -> list[Target]:
    """The devices of the meters in force at an instant, each once, in a stable order, with what is known of them."""
    wanted: defaultdict[tuple[str, str, str], list[Wanted]] = defaultdict(list)
    for meter in store.meters(tx):
        in_force = meter.start <= at and (meter.end is None or at < meter.end)
        if in_force and meter.driver != poll_store.NEVER_POLLED:
            wanted[meter.driver, meter.address, meter.profile or ""].append(Wanted(meter.id, meter.name, meter.point))
    known = poll_store.devices(tx)
    return [
        _target(driver, address, profile or None, tuple(some), known.get((driver, address)))
        for (driver, address, profile), some in sorted(wanted.items())
    ]


def _target(
    driver: str, address: str, profile: str | None, wanted: tuple[Wanted, ...], known: PolledDevice | None
) -> Target:
    target = Target(driver, address, profile, wanted)
    if known is None:
        return target
    return replace(target, failures=known.failures, retry_at=known.retry_at, took_ms=known.took_ms)


def record(
    tx: Transaction,
    found: Round,
    now: datetime,
    pace: Pace | None = None,
    clock_skew: timedelta = STANDARD.clock_skew,
) -> PollRun:
    """Keep what a round gave, and its record: devices ok, failed and left alone, readings kept, what was set aside.

    A round whose token is known is already there: the same one is returned.
    """
    known = poll_store.run_of_token(tx, found.token) if found.token else None
    if known is not None:
        return known
    told = [pair for answer in found.answers for pair in answer.readings]
    kept, aside = append_many(tx, told, now, clock_skew)
    failed = [answer for answer in found.answers if answer.failures]
    run = PollRun(
        started_at=found.started,
        ended_at=found.ended,
        devices_ok=len(found.answers) - len(failed),
        devices_failed=len(failed),
        devices_skipped=len(found.resting),
        readings=kept,
        token=found.token or None,
        note=found.note,
        failures=[*_failures(failed), *_set_aside(found.answers, aside)],
    )
    tx.add(run)
    tx.flush()
    _remember(tx, found, run.id, pace or Pace())
    return run


def _remember(tx: Transaction, found: Round, run_id: int, pace: Pace) -> None:
    """What each device gave, and what is known of it from now on."""
    devices = poll_store.devices(tx)
    states = {}
    for answer in found.answers:
        known = devices.get(_key(answer.target))
        if known is None or not _told_later(known, found.started):
            states[_key(answer.target)] = _state(answer, known, found.started, pace)
    upsert(tx, PolledDevice, [state for _, state in sorted(states.items())], ("driver", "address"))
    ids = poll_store.device_ids(tx)
    rows = {ids[key]: row for key, row in _results(found) if key in ids}
    if rows:
        tx.execute(insert(PollResult), [{"run_id": run_id, "device_id": each, **row} for each, row in rows.items()])


def _key(target: Target) -> tuple[str, str]:
    return target.driver, target.address


def _told_later(known: PolledDevice, started: datetime) -> bool:
    """Whether a later round told of a device already: this one was written late."""
    return any(at is not None and at > started for at in (known.last_ok_at, known.last_failed_at))


def _state(answer: Answer, known: PolledDevice | None, started: datetime, pace: Pace) -> dict[str, Any]:
    """The row of a device after a round."""
    target, failed = answer.target, answer.outcome == "failed"
    failures = (known.failures if known else 0) + 1 if failed else 0
    told = {
        "failures": failures,
        "retry_at": None if answer.answered else retry_at(started, failures, pace.interval, pace.longest),
        "last_ok_at": (known.last_ok_at if known else None) if failed else started,
        "last_failed_at": started if answer.failures else (known.last_failed_at if known else None),
        "message": " ".join(answer.failures) or (known.message if known else ""),
        "took_ms": answer.took_ms if answer.answered else (known.took_ms if known else None),
    }
    return {"driver": target.driver, "address": target.address, **told}


def _results(found: Round) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for target in found.resting:
        yield _key(target), {"outcome": SKIPPED, "readings": 0, "took_ms": 0}
    for answer in found.answers:
        told = {"outcome": answer.outcome, "readings": len(answer.readings), "took_ms": answer.took_ms}
        yield _key(answer.target), told


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


def prune(tx: Transaction, results_before: datetime, failures_before: datetime) -> tuple[int, int]:
    """Forget what devices gave in old rounds: results that were not failures first, failures and their words later.

    Returns how many results, and how many sentences. The rounds themselves stay: they are few.
    """
    last, last_failed = (poll_store.last_run_before(tx, at) or 0 for at in (results_before, failures_before))
    fine = PollResult.outcome.in_(("ok", SKIPPED))
    forgotten = _deleted(tx, delete(PollResult).where(PollResult.run_id <= last, PollResult.run_id > last_failed, fine))
    forgotten += _deleted(tx, delete(PollResult).where(PollResult.run_id <= last_failed))
    return forgotten, _deleted(tx, delete(PollFailure).where(PollFailure.run_id <= last_failed))


def _deleted(tx: Transaction, statement: Delete) -> int:
    return tx.connection().execute(statement).rowcount
