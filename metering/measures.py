"""What the meters of some racks counted, read once and divided once for all who ask about the same racks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby, pairwise

from inventory.models import Share
from inventory.orm import Transaction
from metering import store
from metering.cells import Cells, Quality, added, joined, micros
from metering.curve import Curve, Pool, Wanted, pools, together, total
from metering.models import Meter
from metering.period import Period, midnight, month_end, month_start, split


@dataclass(frozen=True, slots=True)
class Division:
    """A span, in one month and between two changes of a rack: who divides it, by what half units, and what."""

    shares: Sequence[Share]
    weights: tuple[int, ...]
    pool: Pool

    def part(self, share: Share) -> Curve:
        """The part of one of the shares."""
        return self.pool.part(self.weights, self.shares.index(share))


def held(share: Share, period: Period) -> Period | None:
    """The part of a period in which a share was held: its days are civil days."""
    start = max(midnight(share.start), period.start)
    end = period.end if share.end is None else min(midnight(share.end), period.end)
    return Period(start, end) if start < end else None


def whole_months(period: Period) -> Period:
    """The civil months that touch a period: the dealing of each Wh begins with the month."""
    return Period(month_start(period.start), month_end(period.end))


def in_force(meter: Meter, period: Period) -> Period | None:
    """The part of a period in which a meter counted for its place."""
    ever = Period(meter.start, meter.end or period.end) if meter.start < period.end else None
    return period.intersect(ever) if ever else None


def _hull(spans: Sequence[Period]) -> Period:
    return Period(spans[0].start, spans[-1].end)


def _one_cell(span: Period, parts: Iterable[tuple[int, Quality]]) -> Curve:
    start, end = micros(span.start), micros(span.end)
    return Curve.of(added([Cells.of_rows([(start, end, wh, quality)]) for wh, quality in parts]))


class Measures:
    """The curves of the meters and shares of some racks, inside a period that holds everything asked of them.

    Lives as long as one answer: what is asked twice is read and computed once, and one query reads one meter.
    ``bounds``: where all that will be asked of shares begins and ends, when their hours in between are of no use; the
    database then adds up what loses nothing by it.
    """

    def __init__(
        self, tx: Transaction, rack_ids: Collection[int], period: Period, bounds: Collection[datetime] = ()
    ) -> None:
        self._tx = tx
        self._bounds = bounds
        self._period = period
        self._rack_ids = rack_ids
        self._read: dict[int, Curve] = {}
        self._divided: dict[tuple[int, Period], list[Division]] = {}

    @cached_property
    def _meters(self) -> dict[int, list[Meter]]:
        return store.meters_of_racks(self._tx, self._rack_ids)

    @cached_property
    def _shares(self) -> dict[int, list[Share]]:
        return store.shares_of_racks(self._tx, self._rack_ids)

    def of_rack(self, rack_id: int) -> list[Meter]:
        """The meters that measure a whole rack, both feeds."""
        return [meter for meter in self._meters[rack_id] if meter.scope == "rack"]

    def of_share(self, share: Share) -> list[Meter]:
        """The meters of a share alone; none when it takes part in what the others leave."""
        return [meter for meter in self._meters[share.rack_id] if meter.scope != "rack" and meter.share_id == share.id]

    def meters(self, meters: Sequence[Meter], period: Period) -> Curve:
        """What some meters counted together, each while it was in force."""
        counted = ((meter, during) for meter in meters if (during := in_force(meter, period)) is not None)
        return total([Wanted(self._meter(meter).during(during), during) for meter, during in counted])

    def share(self, share: Share, span: Period) -> Curve:
        """What a share drew while it was held: its own meters', or its part of what its rack drew."""
        own = self.of_share(share)
        if own:
            return self.meters(own, span)
        divisions = self._divisions(share.rack_id, whole_months(span))
        return together(one.part(share) for one in divisions if share in one.shares).during(span)

    def _divisions(self, rack_id: int, months: Period) -> list[Division]:
        """How a rack is divided over whole civil months, less what the meters of some of its shares counted."""
        if (rack_id, months) not in self._divided:
            counted = [
                Wanted(self.meters(self.of_share(share), during), during)
                for share in self._shares[rack_id]
                if self.of_share(share) and (during := held(share, months)) is not None
            ]
            pieces = self._pieces(rack_id, months)
            cut = [(piece, *shared) for piece in pieces if (shared := self._shared(rack_id, piece))]
            found = pools(self._rack(rack_id, months), counted, [piece for piece, _, _ in cut])
            self._divided[rack_id, months] = [
                Division(shares, weights, pool) for (_, shares, weights), pool in zip(cut, found, strict=True)
            ]
        return self._divided[rack_id, months]

    def _pieces(self, rack_id: int, months: Period, bounds: Iterable[datetime] = ()) -> list[Period]:
        """Some months cut at each month, at each change of a rack, and at bounds."""
        changes = {midnight(day) for one in self._shares[rack_id] for day in (one.start, one.end) if day is not None}
        changes |= {month.end for month in split(months, "month")} | {months.start, *bounds}
        cuts = sorted(at for at in changes if months.start <= at <= months.end)
        return [Period(start, end) for start, end in pairwise(cuts)]

    def _shared(self, rack_id: int, piece: Period) -> tuple[list[Share], tuple[int, ...]] | None:
        """The shares without meter of a rack in one of its pieces, and the half units: theirs, then those unsold."""
        present = [one for one in self._shares[rack_id] if held(one, piece) is not None]
        if not present:
            return None
        dealt = [one for one in present if not self.of_share(one)]
        sold = sum(one.end_half_unit - one.first_half_unit for one in present)
        weights = [one.end_half_unit - one.first_half_unit for one in dealt]
        return dealt, (*weights, max(0, 2 * present[0].rack.u_height - sold))

    def _rack(self, rack_id: int, months: Period) -> Curve:
        """What a rack drew in some months: added up by the database where it can be, hour by hour elsewhere."""
        parts: list[Curve] = []
        for summed, spans in self._told(rack_id, months):
            parts += summed or [self.meters(self.of_rack(rack_id), _hull(spans))]
        return together(parts)

    def _told(self, rack_id: int, months: Period) -> Iterator[tuple[list[Curve], list[Period]]]:
        """Runs of spans between bounds: each with the sums of its spans, or with none."""
        spans = self._pieces(rack_id, months, self._bounds)
        for summed, run in groupby(spans, lambda span: (rack_id, span) in self._summed):
            found = list(run)
            yield [self._summed[rack_id, span] for span in found] if summed else [], found

    @cached_property
    def _summed(self) -> dict[tuple[int, Period], Curve]:
        """The spans between bounds in which all meters of a rack counted whole hours, all alike; one query.

        Not where shares have a meter: what that one counted is taken from the rack hour by hour.
        """
        counted = {
            (rack_id, span): [meter for meter in self.of_rack(rack_id) if in_force(meter, span) is not None]
            for rack_id in self._rack_ids
            if self._bounds and self._meters[rack_id] == self.of_rack(rack_id)
            for span in self._pieces(rack_id, self._period, self._bounds)
        }
        asked = ((meter, span) for (_, span), meters in counted.items() for meter in meters)
        told = store.whole_hours(self._tx, [(one.id, span) for one, span in asked if in_force(one, span) == span])
        return {
            (rack_id, span): _one_cell(span, [told[meter.id, span] for meter in meters])
            for (rack_id, span), meters in counted.items()
            if all((meter.id, span) in told for meter in meters)
        }

    def _meter(self, meter: Meter) -> Curve:
        """What a meter counted, where the database did not add it up."""
        if meter.id not in self._read:
            cells = [store.intervals(self._tx, meter.id, during) for during in self._to_read(meter)]
            self._read[meter.id] = Curve.of(joined(cells))
        return self._read[meter.id]

    def _to_read(self, meter: Meter) -> list[Period]:
        if not self._bounds:
            return [self._period]
        left = [_hull(spans) for summed, spans in self._told(meter.rack_id, self._period) if not summed]
        return [during for span in left if (during := in_force(meter, span)) is not None]
