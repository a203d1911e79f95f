"""A round of polling, whatever becomes of the database meanwhile: kept on disk as it is heard, then recorded."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from dcops.wiring import Parts
from inventory.errors import DomainError, Unavailable
from inventory.french import counted, instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from metering.collection.poll import Answer, Target
    from metering.collection.poll_record import Pace, Round
    from metering.collection.spool import Spool
    from metering.models import PollRun

log = logging.getLogger(__name__)


def poll(parts: Parts, everybody: bool = False) -> PollRun:
    """Ask the devices of the meters in force now, then record what they said; before that, what earlier rounds left.

    ``everybody``: also the devices that are left alone because they did not answer. Raises Conflict when this machine
    is polling already, and Unavailable when the database does not answer: what was heard is then kept for later.
    """
    spool = spool_of(parts)
    with spool.alone():
        return _round(parts, spool, everybody)


def spool_of(parts: Parts) -> Spool:
    """Where answers wait for the database of this installation, and for no other one."""
    from metering.collection.spool import Spool

    whose = sha256(parts.database.safe_url.encode()).hexdigest()[:12]
    return Spool(parts.settings.metering.spool_dir / whose)


def _round(parts: Parts, spool: Spool, everybody: bool) -> PollRun:
    from metering.collection.backoff import rests
    from metering.collection.poll import collect
    from metering.collection.poll_record import Round, new_token

    settings, started, token = parts.settings.metering, parts.clock.now(), new_token()
    targets = _targets(parts, spool)
    resting = [target for target in targets if rests(target.retry_at, started) and not everybody]
    asked = [target for target in targets if everybody or not rests(target.retry_at, started)]
    devices, registers = _apart(asked)
    page = spool.begin(token, started)
    try:
        limits = settings.concurrency, settings.timeout_s
        answers = asyncio.run(collect(devices, parts.drivers(), *limits, parts.clock, page.answer))
        answers += _telemetry(parts, registers, started, everybody)
        found = Round(started, parts.clock.now(), answers, resting, token)
        page.end(found.ended, resting)
        run = _recorded(parts, found, kept=page.whole)
        page.forget()
    finally:
        page.close()
    return run


def _apart(targets: Sequence[Target]) -> tuple[list[Target], list[Target]]:
    """Devices, which tell what they say now; and registers of databases, which remember what they said."""
    from metering.telemetry.samples import DRIVER

    return [one for one in targets if one.driver != DRIVER], [one for one in targets if one.driver == DRIVER]


def _telemetry(parts: Parts, registers: Sequence[Target], now: datetime, everybody: bool) -> list[Answer]:
    """What databases hold since the last time, once an hour; while ours does not answer, theirs keep it for us."""
    from metering.drivers.prometheus import PATIENCE
    from metering.telemetry import samples

    settings = parts.settings.metering
    try:
        with parts.database.transaction() as tx:
            asked = samples.wanted(
                tx, registers, now, timedelta(hours=settings.telemetry_lookback_h), everybody=everybody,
                validation=settings.vee.validation,
            )  # fmt: skip
    except Unavailable:
        log.warning("registers of other databases wait for ours")
        return []
    return samples.collect(asked, parts.environ, PATIENCE * settings.timeout_s, now)


def _targets(parts: Parts, spool: Spool) -> list[Target]:
    """Whom to ask; when the database does not answer, those of the last time that it did."""
    from metering.collection.poll_record import targets

    try:
        write_waiting(parts, spool)
        with parts.database.transaction() as tx:
            found = targets(tx, parts.clock.now())
    except Unavailable as error:
        known = spool.targets()
        if not known:
            raise
        log.warning("polling without database: %s", error)
        return known
    spool.keep_targets(found)
    return found


def write_waiting(parts: Parts, spool: Spool) -> int:
    """Record the rounds that could not be when they were asked; returns how many were. Raises Unavailable."""
    from metering.collection.poll_record import record

    written = 0
    for path in spool.waiting():
        found = spool.read(path)
        if found is None:
            continue
        now = parts.clock.now()
        told = f"{found.note} Écrite le {instant(now)}.".strip()
        try:
            with parts.database.transaction() as tx:
                record(tx, replace(found, note=told), now, _pace(parts), _clock_skew(parts))
        except Unavailable:
            raise
        except (DomainError, DBAPIError):
            log.exception("a round that waited is refused")
            spool.put_aside(path)
            continue
        path.unlink(missing_ok=True)
        written += 1
    return written


def _recorded(parts: Parts, found: Round, *, kept: bool) -> PollRun:
    from metering.collection.poll_record import record

    try:
        with parts.database.transaction() as tx:
            return record(tx, found, parts.clock.now(), _pace(parts), _clock_skew(parts))
    except Unavailable as error:
        heard = counted(sum(len(answer.readings) for answer in found.answers), "relevé")
        where = "gardés sur le disque, écrits à la prochaine relève" if kept else "perdus : le disque les refuse aussi"
        raise Unavailable(f"{error} {heard} de cette relève : {where}.") from error


def _pace(parts: Parts) -> Pace:
    from metering.collection.poll_record import Pace

    settings = parts.settings.metering
    return Pace(timedelta(seconds=settings.poll_interval_s), timedelta(seconds=settings.backoff_max_s))


def _clock_skew(parts: Parts) -> timedelta:
    return parts.settings.metering.vee.validation.clock_skew


def prune(parts: Parts) -> str:
    """Forget what each device gave in old rounds; rounds, and readings, stay."""
    from metering.collection.poll_record import prune as prune_results

    settings, now = parts.settings.metering, parts.clock.now()
    days = settings.keep_results_days, settings.keep_failures_days
    with parts.database.transaction() as tx:
        results, failures = prune_results(tx, *(now - timedelta(days=each) for each in days))
    forgotten = counted(results, "résultat effacé", "résultats effacés")
    return f"{forgotten}, {counted(failures, 'échec effacé', 'échecs effacés')}."
