"""An exception as a person decides of it: where it is, whom it concerns, the readings around, what each method says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from inventory.clock import civil_date
from inventory.models import Share
from inventory.orm import Transaction
from metering import store
from metering.exceptions import exception_store
from metering.exceptions.exception_store import Exceptional
from metering.intervals import interval_store
from metering.intervals.estimation import proposed
from metering.models import MeterPlace, ReadingFault, VeeDecision
from metering.period import Period
from metering.readings import CLOCK, DIFFERENT, Flag, Reading
from metering.usage import usage
from metering.validation.tolerances import Validation

_SECOND = timedelta(seconds=1)
AROUND = 6
"""Readings shown on each side of an exception."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the queue; ``customers``: the codes and names of those who held what the meter counts for."""

    fault: ReadingFault
    state: str
    rack: str | None
    feed: str | None
    customers: tuple[tuple[str, str], ...]

    def document(self) -> dict[str, Any]:
        """As commands and the API tell it."""
        fault = self.fault
        return {
            "id": fault.id,
            "meter": fault.meter.name,
            "rack": self.rack,
            "feed": self.feed,
            "customers": [code for code, _ in self.customers],
            "kind": fault.kind,
            "since": fault.since.isoformat() if fault.since else None,
            "at": fault.at.isoformat(),
            "wh": fault.wh,
            "stake_wh": fault.stake_wh,
            "message": fault.message,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class Detail:
    """One exception with all that a person decides on; ``proposals``: Wh of its span by method, best first."""

    shown: Shown
    span: Period | None
    readings: Sequence[Reading]
    proposals: dict[str, int]
    decisions: Sequence[VeeDecision]

    def document(self) -> dict[str, Any]:
        """As commands and the API tell it."""
        return {
            **self.shown.document(),
            "readings": [{"at": one.at.isoformat(), "wh": one.wh, "power_w": one.power_w} for one in self.readings],
            "proposals": self.proposals,
            "decisions": [
                {
                    "id": one.id,
                    "decision": one.kind,
                    "from": one.start.isoformat(),
                    "to": one.end.isoformat(),
                    "wh": one.wh,
                    "author": one.author,
                    "reason": one.reason,
                    "decided_at": one.decided_at.isoformat(),
                }
                for one in self.decisions
            ],
        }

    @property
    def last(self) -> VeeDecision | None:
        """The last decision of the exception itself."""
        return next((one for one in self.decisions if one.fault_id == self.shown.fault.id), None)


def queue(tx: Transaction, *, everything: bool = False, meter: str | None = None) -> list[Shown]:
    """The exceptions that wait for a person, or all of them, newest first. Raises NotFound (meter)."""
    if meter is not None:
        store.meter(tx, meter)
    found = exception_store.exceptions(tx, waiting=not everything)
    return _shown(tx, [one for one in found if meter in (None, one.fault.meter.name)])


def detail(tx: Transaction, fault_id: int, validation: Validation) -> Detail:
    """One exception. Raises NotFound."""
    [shown] = _shown(tx, [exception_store.exception(tx, fault_id)])
    fault = shown.fault
    before, after = store.readings_beside(tx, fault.meter_id, fault.at, AROUND)
    at = store.readings_between(tx, fault.meter_id, fault.at, fault.at)
    span = Period(fault.since, fault.at) if fault.since is not None else None
    around = span or Period(before[-1].at if before else fault.at - _SECOND, fault.at)
    decisions = exception_store.decisions_around(tx, fault.meter_id, around)
    return Detail(shown, span, [*before, *at, *after], _proposals(tx, fault, span, validation), decisions)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a meter as it is known: Wh by quality, what is not known, what each method says, what waits in it."""

    period: Period
    flags: dict[Flag, int]
    coverage: Decimal
    proposals: dict[str, int]
    waiting: Sequence[Shown]
    decisions: Sequence[VeeDecision]


def span_of(tx: Transaction, meter_name: str, period: Period, validation: Validation) -> Span:
    """What is known of a span of a meter. Raises NotFound."""
    meter = store.meter(tx, meter_name)
    known = usage(interval_store.intervals(tx, meter.id, period), period)
    waiting = [one for one in queue(tx, meter=meter_name) if period.start < one.fault.at <= period.end]
    proposals = proposed(tx, meter.id, period, validation)
    decisions = exception_store.decisions_around(tx, meter.id, period)
    return Span(period, known.flags, known.coverage, proposals, waiting, decisions)


def _proposals(tx: Transaction, fault: ReadingFault, span: Period | None, validation: Validation) -> dict[str, int]:
    """What the register says, if it is believed, then what each method of estimation says."""
    if span is None or fault.kind in (CLOCK, DIFFERENT):
        return {}
    told = {} if fault.stake_wh is None else {"accept": fault.stake_wh}
    return {**told, **proposed(tx, fault.meter_id, span, validation)}


def _shown(tx: Transaction, found: Sequence[Exceptional]) -> list[Shown]:
    places = {one.fault.id: _place(one.fault.meter.places, one.fault.at) for one in found}
    racks = {place.rack_id for place in places.values() if place is not None and place.rack_id is not None}
    shares = store.shares_of_racks(tx, racks)
    return [_line(one, places[one.fault.id], shares) for one in found]


def _line(one: Exceptional, place: MeterPlace | None, shares: dict[int, list[Share]]) -> Shown:
    if place is None or place.rack is None or place.rack_id is None:
        return Shown(one.fault, one.state, None, None, ())
    held = (share for share in shares[place.rack_id] if _held(share, one.fault.at))
    concerned = [share for share in held if place.share_id in (None, share.id)]
    customers = sorted({(share.customer.code, share.customer.name) for share in concerned})
    return Shown(one.fault, one.state, place.rack.name, place.feed, tuple(customers))


def _place(places: Iterable[MeterPlace], at: datetime) -> MeterPlace | None:
    """Where a meter counted at an instant; at the end of a place, still there."""
    return next((one for one in places if one.start < at and (one.end is None or at <= one.end)), None)


def _held(share: Share, at: datetime) -> bool:
    day = civil_date(at)
    return share.start <= day and (share.end is None or day < share.end)
