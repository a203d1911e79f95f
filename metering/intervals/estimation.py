"""Filling what no register tells with estimates, and replacing them when something better is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from inventory.orm import Transaction
from metering import store
from metering.cells import Cells, clip
from metering.intervals import interval_store, roll_up_store, vee_store
from metering.intervals.versions import Version, withdrawn, write
from metering.period import HOUR, Period
from metering.places import place_store
from metering.readings import RESET, Flag, Interval, MeterRules, Reading
from metering.validation.decided import Decided
from metering.validation.estimates import METHODS, estimate, lookback, proposals
from metering.validation.hourly import hourly
from metering.validation.tolerances import Validation
from metering.validation.vee import vee

BESIDE = 5
"""Readings on each side of a hole by which those at its edges are judged."""
LOOKED_BACK = timedelta(days=35)
"""A hole that could not be estimated is tried again for so long; later, when its meter is rolled up again."""


def estimate_holes(tx: Transaction, now: datetime, validation: Validation, rolled: Mapping[int, datetime]) -> int:
    """Estimate the spans that people asked for, and the holes before resets once they are old enough.

    ``rolled``: the meters whose intervals may have changed, and from when on: their estimates are made again.
    Returns how many intervals were written; a second run writes none.
    """
    asked = [*_asked(tx, rolled), *_old(tx, now, validation, rolled)]
    filled = sum(_fill(tx, meter_id, hole, now, validation) for meter_id, hole in asked)
    return filled + _withdraw(tx, now, validation, rolled)


def _asked(tx: Transaction, rolled: Mapping[int, datetime]) -> Iterator[tuple[int, Period]]:
    for meter_id, told in vee_store.decisions(tx, rolled).items():
        for one in Decided.of(told).counting:
            span = Period(one.start, one.end)
            if one.kind == "estimate" and one.end > rolled[meter_id] and not _told(tx, meter_id, span):
                yield meter_id, span


def _told(tx: Transaction, meter_id: int, span: Period) -> bool:
    """Whether the register went over a span since."""
    return any(method not in METHODS for _, method in interval_store.intervals(tx, meter_id, span).during(span).quality)


def _old(
    tx: Transaction, now: datetime, validation: Validation, rolled: Mapping[int, datetime]
) -> list[tuple[int, Period]]:
    if validation.estimate_after is None:
        return []
    until = now - validation.estimate_after
    return _fallen(tx, vee_store.reset_holes(tx, until - LOOKED_BACK, until, rolled), validation)


def _fallen(tx: Transaction, holes: list[tuple[int, Period]], validation: Validation) -> list[tuple[int, Period]]:
    """The holes before what is still a reset: late readings may have made of it a rise that is too high."""
    limits = roll_up_store.limits(tx, {meter_id for meter_id, _ in holes})
    return [(one, hole) for one, hole in holes if _fell(tx, one, hole, validation.rules(*limits[one]))]


def _fell(tx: Transaction, meter_id: int, hole: Period, rules: MeterRules) -> bool:
    """Whether the register went back over a hole, as its edges are now known."""
    openings = [Reading(one.at, one.opening_wh) for one in roll_up_store.exchanges(tx, [meter_id])[meter_id]]
    told = {one.at: one for one in [*store.readings_between(tx, meter_id, hole.start, hole.end), *openings]}
    edges = [told[at] for at in (hole.start, hole.end) if at in told]
    return len(edges) < 2 or any(fault.kind == RESET for fault in vee(edges, rules)[1])


def _fill(tx: Transaction, meter_id: int, hole: Period, now: datetime, validation: Validation) -> int:
    cells = estimate(hole, *known_beside(tx, meter_id, hole, validation), validation)
    rows = list(_changes(vee_store.versions_within(tx, meter_id, hole), cells))
    write(tx, meter_id, rows, now)
    return len(rows)


def _withdraw(tx: Transaction, now: datetime, validation: Validation, rolled: Mapping[int, datetime]) -> int:
    """Withdraw the estimates of what is no longer a hole before a reset, and that nobody asked for."""
    estimated = vee_store.estimated(tx, rolled)
    rested = _fallen(tx, vee_store.reset_holes(tx, now, now, {one: rolled[one] for one in estimated}), validation)
    for meter_id, told in vee_store.decisions(tx, estimated).items():
        rested += ((meter_id, Period(one.start, one.end)) for one in told if one.kind == "estimate")
    written = 0
    for meter_id, versions in estimated.items():
        spans = [span for one, span in rested if one == meter_id]
        rows = [(number + 1, withdrawn(known)) for number, known in versions if not _within(known, spans)]
        write(tx, meter_id, rows, now)
        written += len(rows)
    return written


def _within(known: Interval, spans: Iterable[Period]) -> bool:
    return any(span.start <= known.start and known.end <= span.end for span in spans)


def _changes(stored: Mapping[datetime, Version], cells: list[Interval]) -> Iterator[Version]:
    """The new versions that make a hole as it is now estimated; without an estimate, one made before stays."""
    if not cells:
        return
    wanted = {cell.start: cell for cell in cells}
    for start, cell in wanted.items():
        version, known = stored.get(start, (0, None))
        if known != cell:
            yield version + 1, cell
    for start, (version, known) in stored.items():
        if start not in wanted and known.flag is not Flag.MISSING and known.method in METHODS:
            yield version + 1, withdrawn(known)


def known_beside(tx: Transaction, meter_id: int, hole: Period, validation: Validation) -> tuple[Cells, Cells]:
    """What the meter measured in the weeks before a hole and beside it; what an alternate meter measured meanwhile."""
    around = Period(lookback(hole.start, validation.weeks), hole.end + HOUR)
    return interval_store.intervals(tx, meter_id, around), _alternate(tx, meter_id, hole, validation)


def _alternate(tx: Transaction, meter_id: int, hole: Period, validation: Validation) -> Cells:
    """What the meter that checks the same feed of the same rack counted all along a hole."""
    for rack_id in vee_store.racks_of(tx, meter_id):
        beside = [one for one in place_store.placed_in_rack(tx, rack_id) if one.during(hole) is not None]
        counting = [one for one in beside if one.scope == "rack"]
        for own in (one for one in counting if one.meter_id == meter_id):
            alone = not any(one.feed == own.feed and one != own for one in counting)
            checks = [one for one in beside if (one.scope, one.feed) == ("check", own.feed)]
            if alone and len(checks) == 1:
                return _register(tx, checks[0].meter_id, hole, validation)
    return Cells()


def _register(tx: Transaction, meter_id: int, hole: Period, validation: Validation) -> Cells:
    """What a meter counted in a hole, by its register at the edges: a part of its hours would be a guess."""
    readings = store.readings_between(tx, meter_id, hole.start, hole.end)
    before, after = (store.readings_beside(tx, meter_id, at, BESIDE)[n] for n, at in enumerate((hole.start, hole.end)))
    rules = validation.rules(*roll_up_store.limits(tx, [meter_id])[meter_id])
    exchanges = roll_up_store.exchanges(tx, [meter_id])[meter_id]
    decisions = vee_store.decisions(tx, [meter_id])[meter_id]
    intervals, _ = vee([*before, *readings, *after], rules, exchanges, decisions)
    close = [
        one for one in intervals if one.end - one.start <= rules.close or hole.start <= one.start < one.end <= hole.end
    ]
    return Cells.of(hourly([part for one in close if (part := clip(one, hole)) is not None], rules.close))


def proposed(tx: Transaction, meter_id: int, span: Period, validation: Validation) -> dict[str, int]:
    """Wh of a span by each method that can tell, best first: what a person chooses from."""
    found = proposals(span, *known_beside(tx, meter_id, span, validation), validation)
    return {method: sum(cell.wh for cell in cells) for method, cells in found.items()}
