"""What is counted and looks odd: spikes, registers that stand still, sums that do not agree; pure.

None of it takes energy away: a person looks, and decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from inventory.french import instant, kwh
from metering.cells import Cells
from metering.cells import instant as at_micros
from metering.period import HOUR, Period
from metering.readings import MICROSECOND, SPIKE, Fault, Flag, Interval
from metering.usage import usage
from metering.validation.tolerances import Validation

FROZEN, ZERO, EMPTY_RACK, SUM_CHECK, CONSERVATION = "frozen", "zero", "empty-rack", "sum-check", "conservation"
COME_BACK = frozenset({EMPTY_RACK, SUM_CHECK})
"""What is about a state that lasts or returns, rather than about one instant."""
MEASURED = frozenset({Flag.ACTUAL, Flag.CALCULATED})
DAY_HOURS = 23
"""Of the shortest civil day."""


def spikes(cells: Cells, days: Sequence[Period], max_w: int, validation: Validation) -> Iterator[Fault]:
    """The hour of each civil day that is far above the third largest of that day."""
    least = max_w * validation.spike_from_percent  # in Wh x 100
    for day in days:
        wh = sorted(cells.during(day).wh, reverse=True)
        if len(wh) < DAY_HOURS or wh[0] * 100 < least or wh[0] * 100 <= wh[2] * (100 + validation.spike_percent):
            continue
        hours = [one for one in cells.during(day) if one.end - one.start == HOUR and one.flag in MEASURED]
        top = max(hours, key=lambda one: one.wh, default=None)
        if top is not None and top.wh == wh[0] and len(hours) >= DAY_HOURS:
            told = f"{kwh(top.wh)} kWh de {instant(top.start)} à {instant(top.end)}, la troisième heure de ce jour : "
            yield Fault(top.end, SPIKE, None, f"{told}{kwh(wh[2])} kWh ; compté, à vérifier.", top.start, top.wh)


def still(cells: Cells, longer: timedelta) -> Iterator[Period]:
    """The times without any energy that last, from their first hour on; one that began before the cells is not told."""
    enough, start = longer // MICROSECOND, None
    for at in (at for at, wh in enumerate(cells.wh) if at and not wh):
        if cells.ends[at - 1] != cells.starts[at]:
            start = None
        elif cells.wh[at - 1]:
            start = cells.starts[at]
        if start is not None and cells.ends[at] - start >= enough > cells.ends[at - 1] - start:
            yield Period(at_micros(start), at_micros(start) + longer)


def frozen(run: Period, register_wh: int, least_w: int, tick_wh: int) -> Fault | None:
    """A register that stands still while its device tells power, for long enough that it should have moved."""
    expected = round(least_w * (run.end - run.start) / HOUR)
    if expected < 2 * tick_wh or least_w <= 0:
        return None
    told = f"index figé à {kwh(register_wh)} kWh depuis le {instant(run.start)} alors que l'appareil dit au moins"
    return Fault(run.end, FROZEN, register_wh, f"{told} {least_w} W.", run.start, expected)


def idle(run: Period, what: str) -> Fault:
    """Nothing is counted where something is sold."""
    told = f"rien n'est compté du {instant(run.start)} au {instant(run.end)}, alors que {what}."
    return Fault(run.end, ZERO, None, told, run.start, 0)


def empty_rack(meters: Sequence[Cells], day: Period, rack: str, validation: Validation) -> Fault | None:
    """Energy that the meters of a rack count while nobody holds it."""
    wh = sum(usage(cells, day).wh for cells in meters)
    if wh <= validation.empty_rack_wh:
        return None
    told = f"{kwh(wh)} kWh le {instant(day.start)[:10]} dans la baie {rack}, que personne ne tient."
    return Fault(day.end, EMPTY_RACK, None, told, day.start, wh)


def grew(fault: Fault, before: Fault | None) -> bool:
    """Whether what was found on a day is news beside what was found before: twice as much is at stake."""
    return before is None or (fault.stake_wh or 0) >= 2 * (before.stake_wh or 0)


def worth_telling(found: Iterable[Fault], told: Iterable[tuple[Fault, bool]], quiet: timedelta) -> Iterator[Fault]:
    """Of faults of one meter and kind, in time order, those that are news beside what is told already.

    ``told``: each with whether it still waits for a person. What was decided is news again once it is old enough.
    """
    known = list(told)
    for fault in found:
        before = (one for one, waits in known if one.at < fault.at and (waits or one.at >= fault.at - quiet))
        if all(grew(fault, one) for one in before):
            known.append((fault, True))
            yield fault


@dataclass(frozen=True, slots=True)
class Sum:
    """Meters whose energy adds up to that of another one: all of it, or (``equal`` false) at most all of it."""

    parts: Sequence[tuple[str, Cells]]
    whole: tuple[str, Cells]
    equal: bool


def disagreement(told: Sum, day: Period, percent: int) -> Fault | None:
    """Sums that do not agree over a day of which every meter knows everything; small differences are tolerated."""
    known = [usage(cells, day) for _, cells in (*told.parts, told.whole)]
    if any(one.coverage != 1 for one in known):
        return None
    parts, whole = sum(one.wh for one in known[:-1]), known[-1].wh
    tolerated = max(whole, parts if told.equal else whole) * percent
    over, under = parts - whole, whole - parts
    if over * 100 <= tolerated and not (told.equal and under * 100 > tolerated):
        return None
    names = " + ".join(name for name, _ in told.parts)
    sides = f"{names} : {kwh(parts)} kWh ; {told.whole[0]} : {kwh(whole)} kWh"
    return Fault(day.end, SUM_CHECK, None, f"le {instant(day.start)[:10]}, {sides}.", day.start, abs(over))


def unbalanced(measured: Sequence[Interval], cells: Sequence[Interval]) -> Fault | None:
    """Cells that are not worth what was measured: never, unless a rule has a mistake."""
    before, after = sum(one.wh for one in measured), sum(one.wh for one in cells)
    if before == after:
        return None
    told = f"{kwh(before)} kWh mesurés, {kwh(after)} kWh répartis : signaler cette erreur de calcul."
    return Fault(cells[-1].end if cells else measured[-1].end, CONSERVATION, None, told, None, abs(before - after))
