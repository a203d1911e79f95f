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
from metering.cells import Cells, Quality, joined, micros
from metering.energy.curve import Curve, Pool, Wanted, pools, together, total
from metering.energy.sums import added
from metering.intervals import interval_store
from metering.period import Period, midnight, month_end, month_start, split
from metering.places import place_store
from metering.places.place import Part, Placed, Policy, policy_at, weights


@dataclass(frozen=True, slots=True)
class Division:
    """A span, in one month and between two changes of a rack: who divides it, with what weights, and what."""

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


def _half_units(share: Share) -> int:
    return share.end_half_unit - share.first_half_unit


def _cut(span: Period, bounds: Iterable[datetime]) -> list[Period]:
    """A span cut at the instants of it that are among some."""
    cuts = sorted({span.start, span.end, *(at for at in bounds if span.start < at < span.end)})
    return [Period(start, end) for start, end in pairwise(cuts)]


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
        self._read: dict[Placed, Curve] = {}
        self._divided: dict[tuple[int, Period], list[Division]] = {}

    @cached_property
    def _placed(self) -> dict[int, list[Placed]]:
        return place_store.placed_in_racks(self._tx, self._rack_ids)

    @cached_property
    def _policies(self) -> list[Policy]:
        return place_store.policies(self._tx, self._rack_ids)

    @cached_property
    def _shares(self) -> dict[int, list[Share]]:
        return store.shares_of_racks(self._tx, self._rack_ids)

    def of_rack(self, rack_id: int, feed: str | None = None) -> list[Placed]:
        """The meters that measure a whole rack: all feeds, or one of them."""
        counting = (one for one in self._placed[rack_id] if one.scope == "rack")
        return [one for one in counting if feed is None or one.feed == feed]

    def of_share(self, share: Share) -> list[Placed]:
        """The meters of a share alone; none when it takes part in what the others leave."""
        return [one for one in self._placed[share.rack_id] if one.share_id == share.id]

    def meters(self, meters: Sequence[Placed], period: Period) -> Curve:
        """What some meters counted together, each while it counted there."""
        counted = ((one, during) for one in meters if (during := one.during(period)) is not None)
        return total([Wanted(self._meter(one).during(during), during) for one, during in counted])

    def share(self, share: Share, span: Period) -> Curve:
        """What a share drew while it was held: its own meters' while it has some, else its part of its rack."""
        bounds = {at for one in self.of_share(share) for at in (one.start, one.end) if at is not None}
        return together(self._of_share(share, piece) for piece in _cut(span, bounds))

    def _of_share(self, share: Share, span: Period) -> Curve:
        own = self._own(share, span)
        if own:
            return self.meters(own, span)
        divisions = self._divisions(share.rack_id, whole_months(span))
        return together(one.part(share) for one in divisions if share in one.shares).during(span)

    def behind(self, share: Share, span: Period) -> list[Placed]:
        """The meters that the energy of a share rests on: its own, those of its rack when it has none for a while."""
        own = self._own(share, span)
        return own if own and all(one.during(span) == span for one in own) else own + self.of_rack(share.rack_id)

    def _own(self, share: Share, span: Period) -> list[Placed]:
        return [one for one in self.of_share(share) if one.during(span) is not None]

    def _divisions(self, rack_id: int, months: Period) -> list[Division]:
        """How a rack is divided over whole civil months, less what the meters of some of its shares counted."""
        if (rack_id, months) not in self._divided:
            counted = [
                Wanted(self.meters([own], during), during)
                for share in self._shares[rack_id]
                if (span := held(share, months)) is not None
                for own in self.of_share(share)
                if (during := own.during(span)) is not None
            ]
            pieces = self._pieces(rack_id, months)
            cut = [(piece, *shared) for piece in pieces if (shared := self._shared(rack_id, piece))]
            found = pools(self._rack(rack_id, months), counted, [piece for piece, _, _ in cut])
            self._divided[rack_id, months] = [
                Division(shares, weights, pool) for (_, shares, weights), pool in zip(cut, found, strict=True)
            ]
        return self._divided[rack_id, months]

    def _pieces(self, rack_id: int, months: Period, bounds: Iterable[datetime] = ()) -> list[Period]:
        """Some months cut at each month, at bounds, and where what is sold, metered or agreed of a rack changes."""
        changes = {midnight(day) for one in self._shares[rack_id] for day in (one.start, one.end) if day is not None}
        changes |= {policy.start for policy in self._policies if policy.rack_id in (rack_id, None)}
        own = (one for one in self._placed[rack_id] if one.share_id is not None)
        changes |= {at for one in own for at in (one.start, one.end) if at is not None}
        changes |= {month.end for month in split(months, "month")} | {months.start, *bounds}
        return _cut(months, changes)

    def _shared(self, rack_id: int, piece: Period) -> tuple[list[Share], tuple[int, ...]] | None:
        """The shares without meter of a rack in one of its pieces, and their weights, then that of unsold space."""
        present = [one for one in self._shares[rack_id] if held(one, piece) is not None]
        if not present:
            return None
        dealt = [one for one in present if not self._own(one, piece)]
        rack = present[0].rack
        unsold = max(0, 2 * rack.u_height - sum(map(_half_units, present)))
        parts = [Part(_half_units(one), one.power_w) for one in dealt]
        policy = policy_at(self._policies, rack_id, piece.start)
        return dealt, weights(policy, parts, unsold, 2 * rack.u_height, rack.capacity_w)

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
            (rack_id, span): [one for one in self.of_rack(rack_id) if one.during(span) is not None]
            for rack_id in self._rack_ids
            if self._bounds and not any(one.share_id for one in self._placed[rack_id])
            for span in self._pieces(rack_id, self._period, self._bounds)
        }
        asked = ((one, span) for (_, span), placed in counted.items() for one in placed)
        told = interval_store.whole_hours(
            self._tx, [(one.meter_id, span) for one, span in asked if one.during(span) == span]
        )
        return {
            (rack_id, span): _one_cell(span, [told[one.meter_id, span] for one in placed])
            for (rack_id, span), placed in counted.items()
            if all((one.meter_id, span) in told for one in placed)
        }

    def _meter(self, placed: Placed) -> Curve:
        """What a meter counted in a place, where the database did not add it up."""
        if placed not in self._read:
            cells = [interval_store.intervals(self._tx, placed.meter_id, during) for during in self._to_read(placed)]
            self._read[placed] = Curve.of(joined(cells).opened())
        return self._read[placed]

    def _to_read(self, placed: Placed) -> list[Period]:
        spans = [self._period]
        if self._bounds and placed.rack_id is not None:
            spans = [_hull(told) for summed, told in self._told(placed.rack_id, self._period) if not summed]
        return [during for span in spans if (during := placed.during(span)) is not None]
