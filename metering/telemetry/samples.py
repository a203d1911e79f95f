"""Reads the registers that a Prometheus-compatible database holds: its raw samples stay there, their boundaries come.

What to ask is gathered in a transaction, asked outside of any, and recorded as the answers of a round of polling. Late
samples, and what people told meanwhile, are looked up again: what is known already is never asked to be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from time import monotonic

import numpy as np

from inventory.errors import DomainError, Invalid, NotFound, Unavailable
from inventory.orm import Transaction
from metering.collection.poll import Answer, Target
from metering.columns import instant, seconds, whole
from metering.drivers.decode import LARGEST, LARGEST_W
from metering.drivers.prometheus_address import Access, Address, parse
from metering.drivers.prometheus_api import PrometheusApi, Sample, Series
from metering.period import HOUR, Period, floor_hour
from metering.readings import Reading
from metering.telemetry import telemetry_store
from metering.telemetry.boundaries import Samples, boundaries
from metering.telemetry.telemetry_store import EDGES, LONGEST, Known
from metering.validation.tolerances import STANDARD, Validation

DRIVER = "prometheus"
SOURCE = "telemetry"
AT_ONCE = 8
"""Queries at the same time, whatever the concurrency of devices: each may read days of many series."""
EXACT = Context(prec=400)
"""No product of a sample and a scale has so many digits."""
ENOUGH = 3
"""Failures of a database in a row after which it is no longer asked in a round."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One register to read, for the meters that count with it."""

    target: Target
    meters: Sequence[Known] = field(repr=False)


def wanted(
    tx: Transaction,
    targets: Iterable[Target],
    now: datetime,
    lookback: timedelta,
    *,
    everybody: bool = False,
    validation: Validation = STANDARD,
) -> list[Asked]:
    """The registers whose last whole hour is not known yet, with what is known of their meters; or all of them.

    Each is read again over the time in which samples may come late.
    """
    some = list(targets)
    ids = [one.meter_id for target in some for one in target.wanted]
    since = {meter_id: seconds(floor_hour(now - lookback)) for meter_id in ids}
    last = telemetry_store.last_readings(tx, ids)
    due = {meter_id for meter_id in ids if everybody or last.get(meter_id, 0) < seconds(floor_hour(now))}
    asked = {meter_id: min(since[meter_id], last.get(meter_id, since[meter_id])) for meter_id in due}
    known = {one.meter_id: one for one in telemetry_store.known(tx, asked, now, lookback, validation)}
    found = (Asked(target, [known[one.meter_id] for one in target.wanted if one.meter_id in known]) for target in some)
    return [one for one in found if one.meters]


def collect(asked: Sequence[Asked], environ: Mapping[str, str], timeout_s: float, now: datetime) -> list[Answer]:
    """Ask the databases, a few queries at a time; one that fails tells why and concludes nothing."""
    lanes = [asked[first::AT_ONCE] for first in range(min(AT_ONCE, len(asked)))]
    with ThreadPoolExecutor(max(1, len(lanes))) as pool:
        found = pool.map(lambda lane: list(_lane(lane, environ, timeout_s, now)), lanes)
        return [answer for lane in found for answer in lane]


def _lane(asked: Iterable[Asked], environ: Mapping[str, str], timeout_s: float, now: datetime) -> Iterator[Answer]:
    """Some registers one after another, each database over one connection, until it has failed too many times."""
    opened: dict[Access, PrometheusApi] = {}
    failed: dict[Access, list[str]] = {}
    with ExitStack() as stack:
        for one in asked:
            begun = monotonic()
            try:
                address = parse(one.target.address)
                lately = failed.setdefault(address.access, [])
                if len(lately) >= ENOUGH:
                    raise Unavailable(lately[-1])
                if address.access not in opened:
                    opened[address.access] = stack.enter_context(PrometheusApi(address.access, environ, timeout_s))
                readings = [pair for known in one.meters for pair in _read(opened[address.access], address, known, now)]
            except DomainError as error:
                if isinstance(error, Unavailable):
                    lately.append(str(error))
                yield Answer(one.target, (), (str(error),), _ms(begun), answered=False)
            else:
                lately.clear()
                yield Answer(one.target, tuple(readings), (), _ms(begun))


def _ms(begun: float) -> int:
    return round((monotonic() - begun) * 1000)


def _read(api: PrometheusApi, address: Address, known: Known, now: datetime) -> Iterator[tuple[int, Reading]]:
    """The readings to keep of one meter. Raises NotFound when the database has nothing of it."""
    latest = 0
    for period in _periods(api, address, known, now):
        raw = _register(api, address, api.samples(address.energy, period.start, period.end))
        latest = max([latest, *raw.at[-1:].tolist()])
        ended = seconds(now) - latest > known.told.rules.close // timedelta(seconds=1)
        around = _around(known.readings, period)
        kept = boundaries(raw, around, known.told, ended=ended and period.end >= now)
        watts = _watts(api, address, kept)
        for at, wh, power in zip(kept.at.tolist(), kept.wh.tolist(), watts, strict=True):
            yield known.meter_id, Reading(instant(at), wh, power, SOURCE)
    if not latest:
        raise NotFound(f"{api.place} n'a aucune mesure de {address.energy} ; vérifier le sélecteur et la collecte.")


def _periods(api: PrometheusApi, address: Address, known: Known, now: datetime) -> Sequence[Period]:
    """What to read: of a meter never read, all since it is in service, if the database has anything recent."""
    *_, recent = known.periods
    probes = (max(recent.start, recent.end - HOUR), recent.start)
    if not len(known.readings.at) and any(api.samples(address.energy, start, recent.end) for start in probes):
        return [Period(max(known.start, now - LONGEST), recent.end)]
    return known.periods


def _around(known: Samples, period: Period) -> Samples:
    """The readings known in a period and a few on each side."""
    first, last = np.searchsorted(known.at, (seconds(period.start), seconds(period.end))).tolist()
    span = slice(max(0, first - EDGES), last + EDGES)
    return Samples(known.at[span], known.wh[span])


def _register(api: PrometheusApi, address: Address, found: Mapping[Series, Sequence[Sample]]) -> Samples:
    """Whole seconds and whole Wh of a register; of several samples of one second, the first.

    Series that follow each other are one register under another name; of two at the same time none is believed.
    """
    several = sorted((samples for samples in found.values() if samples), key=lambda samples: samples[0][0])
    for before, after in pairwise(several):
        if after[0][0] <= before[-1][0]:
            raise Invalid(
                f"{api.place} : {len(several)} séries répondent à {address.energy} en même temps, elles ne "
                "s'additionnent pas ; préciser le sélecteur."
            )
    top, bottom = Decimal(address.scale.numerator), Decimal(address.scale.denominator)
    told = [(at, EXACT.divide_int(EXACT.multiply(value, top), bottom)) for samples in several for at, value in samples]
    kept = [(int(at.timestamp()), int(wh)) for at, wh in told if not wh.is_signed() and wh <= LARGEST]
    at, first = np.unique(whole(at for at, _ in kept), return_index=True)
    return Samples(at, whole(wh for _, wh in kept)[first])


def _watts(api: PrometheusApi, address: Address, kept: Samples) -> list[int | None]:
    """The power last told before each sample, where the address says which series tells it."""
    nothing: list[int | None] = [None] * len(kept.at)
    if address.power is None or not len(kept.at):
        return nothing
    start, end = instant(int(kept.at[0])) - address.lookback, instant(int(kept.at[-1]) + 1)
    found = [samples for samples in api.samples(address.power, start, end).values() if samples]
    if len(found) != 1:
        return nothing
    told = whole(int(at.timestamp()) for at, _ in found[0])
    lookback, watts = address.lookback // timedelta(seconds=1), nothing
    for number, (at, index) in enumerate(
        zip(kept.at.tolist(), np.searchsorted(told, kept.at, "right").tolist(), strict=True)
    ):
        value = Fraction(found[0][index - 1][1]) * address.power_scale if index else Fraction(-1)
        if 0 <= value <= LARGEST_W and at - int(told[index - 1]) <= lookback:
            watts[number] = (value + Fraction(1, 2)).__floor__()
    return watts
