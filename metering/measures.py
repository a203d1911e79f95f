"""What the meters of some racks counted, read once and divided once for all who ask about the same racks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from inventory.models import Share
from inventory.orm import Transaction
from metering import store
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


class Measures:
    """The curves of the meters and shares of some racks, inside a period that holds everything asked of them.

    Lives as long as one answer: what is asked twice is read and computed once, and one query reads one meter.
    """

    def __init__(self, tx: Transaction, rack_ids: Collection[int], period: Period) -> None:
        self._tx = tx
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
        wanted = []
        for meter in meters:
            ever = Period(meter.start, meter.end or period.end) if meter.start < period.end else None
            in_force = period.intersect(ever) if ever else None
            if in_force is not None:
                wanted.append(Wanted(self._meter(meter).during(in_force), in_force))
        return total(wanted)

    def share(self, share: Share, span: Period) -> Curve:
        """What a share drew while it was held: its own meters', or its part of what its rack drew."""
        own = self.of_share(share)
        if own:
            return self.meters(own, span)
        divisions = self._divisions(share.rack_id, whole_months(span))
        return together(one.part(share) for one in divisions if share in one.shares).during(span)

    def _meter(self, meter: Meter) -> Curve:
        if meter.id not in self._read:
            self._read[meter.id] = Curve.of(store.intervals(self._tx, meter.id, self._period))
        return self._read[meter.id]

    def _divisions(self, rack_id: int, months: Period) -> list[Division]:
        """How a rack is divided over whole civil months, less what the meters of some of its shares counted."""
        if (rack_id, months) not in self._divided:
            counted = [
                Wanted(self.meters(self.of_share(share), during), during)
                for share in self._shares[rack_id]
                if self.of_share(share) and (during := held(share, months)) is not None
            ]
            rack = self.meters(self.of_rack(rack_id), months)
            cut = list(self._shared(rack_id, months))
            found = pools(rack, counted, [period for period, _, _ in cut])
            self._divided[rack_id, months] = [
                Division(shares, weights, pool) for (_, shares, weights), pool in zip(cut, found, strict=True)
            ]
        return self._divided[rack_id, months]

    def _shared(self, rack_id: int, months: Period) -> Iterator[tuple[Period, list[Share], tuple[int, ...]]]:
        """The spans in one month and between two changes of a rack, the shares without meter then, all half units."""
        shares = self._shares[rack_id]
        changes = {midnight(day) for one in shares for day in (one.start, one.end) if day is not None}
        changes |= {month.end for month in split(months, "month")} | {months.start}
        for start, end in pairwise(sorted(at for at in changes if months.start <= at <= months.end)):
            piece = Period(start, end)
            present = [one for one in shares if held(one, piece) is not None]
            if not present:
                continue
            dealt = [one for one in present if not self.of_share(one)]
            sold = sum(one.end_half_unit - one.first_half_unit for one in present)
            weights = [one.end_half_unit - one.first_half_unit for one in dealt]
            yield piece, dealt, (*weights, max(0, 2 * present[0].rack.u_height - sold))
