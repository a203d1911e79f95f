"""Where a share of a rack can go: free units over the whole time, what stands in the way, power that is left; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from inventory.errors import Invalid
from inventory.rack_space import Documented, Limits, Power, RackSpace, power_of
from inventory.racks import KINDS, Span, common_half_units, free_runs_over, interval, overlaps

_PARTS = {"full": 1, "half": 2, "quarter": 4}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: a share over the days [start, end), that draws ``watts`` (0: nothing is said of it)."""

    kind: str
    start: date
    end: date | None = None
    units: int = 1
    watts: int = 0
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it can go. ``run`` is the free run that it would be cut from; ``until``: the day it stops being free."""

    rack: RackSpace
    position: int
    span: Span
    run: tuple[int, int]
    power: Power
    neighbour: bool  # the same customer holds something of the rack
    doubts: tuple[Documented, ...] = ()
    until: date | None = None

    @property
    def left(self) -> int:
        """Half units of the run that it leaves unused."""
        return self.run[1] - self.run[0] - self.span.half_units


class Refusal(StrEnum):
    """Why a rack does not do."""

    SIZE = "size"  # its height cannot be shared that way
    SPACE = "space"  # nothing of that size is free, from the first day
    SOLD_LATER = "sold-later"  # free at first, sold to somebody before the end
    POWER = "power"  # free, but too little power is left


@dataclass(frozen=True, slots=True)
class Answer:
    """Where it can go, the best place first; where it could go for a time only; why each other rack does not do."""

    places: tuple[Place, ...]
    for_a_time: tuple[Place, ...]
    refused: Mapping[str, Refusal]

    def counts(self) -> dict[Refusal, int]:
        """How many racks each reason leaves out, in the order of ``Refusal``."""
        told = list(self.refused.values())
        return {reason: told.count(reason) for reason in Refusal if reason in told}


def find(racks: Iterable[RackSpace], wanted: Wanted, limits: Limits, today: date) -> Answer:
    """Every rack answers once per free run, or is refused once. Raises Invalid for what means nothing."""
    _check(wanted)
    places: list[Place] = []
    later: list[Place] = []
    refused: dict[str, Refusal] = {}
    for rack in racks:
        found = places_in(rack, wanted, limits, today)
        if isinstance(found, Refusal):
            refused[rack.name] = found
            if found is Refusal.SOLD_LATER:
                later += _for_a_time(rack, wanted, limits, today)
        else:
            places += found
    return Answer(tuple(sorted(places, key=rank)), tuple(sorted(later, key=_longest)), refused)


def _check(wanted: Wanted) -> None:
    if wanted.kind not in KINDS:
        raise Invalid(f"« {wanted.kind} » : une part est {', '.join(KINDS)}.")
    if wanted.units < 1 or wanted.watts < 0:
        raise Invalid("il faut au moins 1 U, et une puissance de 0 W ou plus.")
    if wanted.end is not None and wanted.end <= wanted.start:
        raise Invalid(f"le dernier jour doit suivre le {wanted.start:%d/%m/%Y}.")


def places_in(rack: RackSpace, wanted: Wanted, limits: Limits, today: date) -> list[Place] | Refusal:
    """The best place of each free run of a rack, or why there is none."""
    runs = free_runs_over((held.span for held in rack.held), rack.u_height, wanted.start, wanted.end)
    power = power_of(rack, wanted.start, wanted.end, limits, today)
    try:
        candidates = list(_candidates(rack, wanted, runs, power))
    except Invalid:
        return Refusal.SIZE
    if not candidates:
        return Refusal.SOLD_LATER if _at_first(rack, wanted) else Refusal.SPACE
    if power.headroom is not None and power.headroom < wanted.watts:
        return Refusal.POWER
    best: dict[tuple[int, int], Place] = {}
    for place in sorted(candidates, key=lambda each: (len(each.doubts) > 0, each.span.first_half_unit)):
        best.setdefault(place.run, place)
    return list(best.values())


def rank(place: Place) -> tuple[object, ...]:
    """The best first: nothing documented there, power known, the tightest run, the same customer, the most power."""
    order = (place.left, not place.neighbour, -(place.power.headroom or 0), place.rack.name, place.span.first_half_unit)
    return (bool(place.doubts), not place.power.known, *order)


def _candidates(rack: RackSpace, wanted: Wanted, runs: Sequence[tuple[int, int]], power: Power) -> Iterator[Place]:
    neighbour = any(held.customer == wanted.customer for held in rack.held if _during(held.span, wanted))
    for position in range(1, (_PARTS.get(wanted.kind) or max(1, rack.u_height - wanted.units + 1)) + 1):
        first, end = interval(wanted.kind, position, wanted.units, rack.u_height)
        span = Span(first, end, wanted.start, wanted.end)
        run = next(((low, high) for low, high in runs if low <= first and end <= high), None)
        if run is not None:
            yield Place(rack, position, span, run, power, neighbour, tuple(_doubts(rack, span, wanted)))


def _doubts(rack: RackSpace, span: Span, wanted: Wanted) -> Iterator[Documented]:
    """What is documented there though nothing is sold; what is set aside for the customer itself is no doubt."""
    for each in rack.documented:
        own = each.reserved and each.customer is not None and each.customer == wanted.customer
        if not own and common_half_units(each.span, span) and overlaps(each.span, span):
            yield each


def _during(span: Span, wanted: Wanted) -> bool:
    return overlaps(Span(0, 1, span.start, span.end), Span(0, 1, wanted.start, wanted.end))


def _at_first(rack: RackSpace, wanted: Wanted) -> list[Place]:
    """The places that are free on the first day, though not until the end."""
    runs = free_runs_over((held.span for held in rack.held if held.span.holds(wanted.start)), rack.u_height,
                          wanted.start, wanted.end)  # fmt: skip
    return list(_candidates(rack, wanted, runs, Power(None)))


def _for_a_time(rack: RackSpace, wanted: Wanted, limits: Limits, today: date) -> list[Place]:
    """The place of the rack that stays free the longest, until when, where the power does until then."""
    found = []
    for place in _at_first(rack, wanted):
        ends = [each.span.start for each in rack.held if each.span.start and overlaps(each.span, place.span)]
        until = min(ends)
        power = power_of(rack, wanted.start, until, limits, today)
        if power.headroom is None or power.headroom >= wanted.watts:
            found.append(
                Place(rack, place.position, place.span, place.run, power, place.neighbour, place.doubts, until)
            )
    return sorted(found, key=_longest)[:1]


def _longest(place: Place) -> tuple[object, ...]:
    return (bool(place.doubts), -(place.until or date.max).toordinal(), *rank(place))
