"""Energy of a meter, a rack, a share or a customer over a period, with what it was computed from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.models import Share
from inventory.orm import Transaction
from metering import store
from metering.curve import Curve, Piece, Wanted, allocate, total
from metering.hourly import runs
from metering.models import Meter
from metering.period import Period, midnight, month_end, month_start, split
from metering.readings import Flag, Interval, worst
from metering.usage import grid, ratio, usage

NOTHING = Decimal("0.000")


@dataclass(frozen=True, slots=True)
class Energy:
    """Wh of a thing over a period.

    ``flags``: Wh by quality; ``coverage``: the known part of the time it was held, 0.000 to 1.000;
    ``evidence``: ids of the readings that bound it; ``notes``: French sentences a reader must know.
    """

    period: Period
    wh: int
    flags: dict[Flag, int]
    coverage: Decimal
    intervals: Sequence[Interval]
    evidence: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def grid(self, by: str) -> list[dict[str, Any]]:
        """One entry per civil hour, day, month or year: the interval shape and its coverage, for charts."""
        return [
            {
                "start": cell.period.start.isoformat(),
                "end": cell.period.end.isoformat(),
                "wh": cell.wh,
                "flag": str(worst(set(cell.flags))),
                "method": "+".join(sorted({part.method for part in cell.intervals})) or "none",
                "coverage": str(cell.coverage),
            }
            for cell in grid(self.intervals, split(self.period, by))
        ]

    def document(self, by: str | None = None) -> dict[str, Any]:
        """The ``energy`` JSON. Without ``by``, neighbours of the same quality are joined into one interval."""
        return {
            "from": self.period.start.isoformat(),
            "to": self.period.end.isoformat(),
            "wh": self.wh,
            "flags": {str(flag): self.flags[flag] for flag in Flag if flag in self.flags},
            "coverage": str(self.coverage),
            "intervals": self.grid(by) if by else [_entry(item) for item in runs(self.intervals)],
            "evidence": list(self.evidence),
            "notes": list(self.notes),
        }


def _entry(item: Interval) -> dict[str, Any]:
    start, end = item.start.isoformat(), item.end.isoformat()
    return {"start": start, "end": end, "wh": item.wh, "flag": str(item.flag), "method": item.method}


def energy_of_meter(tx: Transaction, name: str, period: Period) -> Energy:
    """Energy of one meter. Raises NotFound."""
    return _of_meters(tx, [store.meter(tx, name)], period, ())


def energy_of_rack(tx: Transaction, name: str, period: Period) -> Energy:
    """Energy of a rack: the sum of its rack meters, both feeds. Raises NotFound."""
    rack = inventory_store.rack(tx, name)
    found = _of_rack(store.meters_of_rack(tx, rack.name))
    return _of_meters(tx, found, period, () if found else (f"aucun compteur ne mesure la baie {rack.name}.",))


def _of_meters(tx: Transaction, meters: Sequence[Meter], period: Period, notes: Iterable[str]) -> Energy:
    curve = _curve_of_meters(tx, meters, period)
    return _energy([Wanted(curve, period)], period, _evidence(tx, meters, [period]), notes)


def energy_of_share(tx: Transaction, share_id: int, period: Period) -> Energy:
    """Energy of a share while it was held: its own meters', or its part of its rack by half units. Raises NotFound."""
    return _sum_of_shares(tx, [store.share(tx, share_id)], period)


def energy_of_customer(tx: Transaction, code: str, period: Period) -> Energy:
    """Energy of all the shares of a customer, each while it was held. Raises NotFound."""
    customer = inventory_store.customer(tx, code)
    last = civil_date(period.end - timedelta(microseconds=1)) + timedelta(days=1)
    shares = store.shares_of_customer(tx, customer.id, civil_date(period.start), last)
    if not shares:
        note = f"{customer.name} ne tient aucune part de baie dans cette période."
        return Energy(period, 0, {}, NOTHING, (), (), (note,))
    return _sum_of_shares(tx, shares, period)


def held(share: Share, period: Period) -> Period | None:
    """The part of a period in which a share was held: its days are civil days."""
    start = max(midnight(share.start), period.start)
    end = period.end if share.end is None else min(midnight(share.end), period.end)
    return Period(start, end) if start < end else None


def _sum_of_shares(tx: Transaction, shares: Sequence[Share], period: Period) -> Energy:
    parts: list[Wanted] = []
    notes: list[str] = []
    evidence: set[str] = set()
    for share in shares:
        span = held(share, period)
        if span is None:
            notes.append(f"la part de {share.rack.name} n'est pas tenue dans cette période.")
            continue
        found = store.meters_of_rack(tx, share.rack.name)
        behind = _own(share, found) or _of_rack(found)
        parts.append(Wanted(_curve_of_share(tx, share, found, span), span))
        evidence.update(_evidence(tx, behind, [span]))
        if not behind:
            notes.append(f"aucun compteur ne mesure la part de {share.rack.name}.")
    return _energy(parts, period, sorted(evidence), notes)


def _energy(parts: Sequence[Wanted], period: Period, evidence: Iterable[str], notes: Iterable[str]) -> Energy:
    """Sum the parts; the coverage is that of the time each was held, together."""
    found = usage(total(parts).intervals, period)
    asked = sum((part.during.end - part.during.start for part in parts), timedelta())
    known = sum((end - start for part in parts for start, end in part.curve.known), timedelta())
    coverage = ratio(known, asked) if asked else NOTHING
    return Energy(period, found.wh, found.flags, coverage, found.intervals, tuple(evidence), tuple(notes))


def _own(share: Share, meters: Sequence[Meter]) -> list[Meter]:
    return [meter for meter in meters if meter.scope != "rack" and meter.share_id == share.id]


def _of_rack(meters: Sequence[Meter]) -> list[Meter]:
    return [meter for meter in meters if meter.scope == "rack"]


def _curve_of_share(tx: Transaction, share: Share, meters: Sequence[Meter], span: Period) -> Curve:
    own = _own(share, meters)
    return _curve_of_meters(tx, own, span) if own else _allocated(tx, share, meters, span)


def _allocated(tx: Transaction, share: Share, meters: Sequence[Meter], span: Period) -> Curve:
    """A share without meter: its part of what the rack drew, less what the meters of other shares counted.

    Whole civil months are read, because the dealing of each Wh begins with the month: so the energy of two
    periods is that of both together.
    """
    months = Period(month_start(span.start), month_end(span.end))
    shares = store.shares_of_rack(tx, share.rack_id)
    metered = [other for other in shares if _own(other, meters)]
    counted = [
        Wanted(_curve_of_meters(tx, _own(other, meters), during), during)
        for other in metered
        if (during := held(other, months)) is not None
    ]
    rack = _curve_of_meters(tx, _of_rack(meters), months)
    return allocate(rack, counted, _pieces(share, shares, metered, months)).during(span)


def _pieces(share: Share, shares: Sequence[Share], metered: Sequence[Share], months: Period) -> Iterator[Piece]:
    """The spans, in one month and between two changes of the rack, in which our share is held, and who shares then."""
    changes = {midnight(day) for one in shares for day in (one.start, one.end) if day is not None}
    changes |= {month.end for month in split(months, "month")} | {months.start}
    cuts = sorted(at for at in changes if months.start <= at <= months.end)
    for start, end in pairwise(cuts):
        piece = Period(start, end)
        present = [one for one in shares if held(one, piece) is not None]
        if share not in present:
            continue
        dealt = [one for one in present if one not in metered]
        sold = sum(one.end_half_unit - one.first_half_unit for one in present)
        weights = [one.end_half_unit - one.first_half_unit for one in dealt]
        unsold = max(0, 2 * share.rack.u_height - sold)
        yield Piece(piece, (*weights, unsold), dealt.index(share))


def _curve_of_meters(tx: Transaction, meters: Sequence[Meter], period: Period) -> Curve:
    wanted = []
    for meter in meters:
        in_force = period.intersect(Period(meter.start, meter.end or period.end)) if meter.start < period.end else None
        if in_force is not None:
            wanted.append(Wanted(Curve.of(store.intervals(tx, meter.id, in_force)).during(in_force), in_force))
    return total(wanted)


def _evidence(tx: Transaction, meters: Iterable[Meter], spans: Iterable[Period]) -> list[str]:
    """Ids ``meter@instant`` of the readings at, or on each side of, the boundaries."""
    spans = list(spans)
    return [
        f"{meter.name}@{at.isoformat()}"
        for meter in meters
        for at in sorted({at for span in spans for at in store.boundary_instants(tx, meter.id, span)})
    ]
