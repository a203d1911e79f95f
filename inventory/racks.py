"""The rules of rack space: where a share lies, what overlaps, what is left; in half units; pure.

Half units because a quarter of 42 U is 10.5 U. Unit u covers half units 2(u-1) and 2(u-1)+1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from inventory.errors import Invalid

KINDS = ("full", "half", "quarter", "unit")
_PARTS = {"full": 1, "half": 2, "quarter": 4}
WORDS = {"full": "baie entière", "half": "demi-baie", "quarter": "quart de baie", "unit": "U à l'unité"}
"""What people call each kind of share."""
SMALLEST_CAGE = 5
"""A private cage is more than four racks."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half units [first, end) held over the days [start, end); None = unbounded."""

    first_half_unit: int
    end_half_unit: int
    start: date | None = None
    end: date | None = None

    @property
    def half_units(self) -> int:
        return self.end_half_unit - self.first_half_unit

    def holds(self, on: date) -> bool:
        """Whether the space is held on that day."""
        return (self.start or date.min) <= on < (self.end or date.max)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How much of a rack is held on a day, in half units, and the free runs [first, end) from the bottom."""

    total: int
    used: int
    runs: tuple[tuple[int, int], ...]

    @property
    def free(self) -> int:
        return self.total - self.used

    @property
    def largest_free(self) -> int:
        """The longest free run, in half units."""
        return max((end - first for first, end in self.runs), default=0)


def interval(kind: str, position: int, units: int, u_height: int) -> tuple[int, int]:
    """The half units [first, end) of a share.

    ``position``: first U for ``unit``, 1-based number from the bottom for ``half`` and ``quarter``; ``units``
    counts for ``unit`` only. Parts of a height that does not divide evenly are cut at the half unit below,
    so that parts never overlap and always fill the rack. Raises Invalid when it does not fit.
    """
    total = 2 * u_height
    if kind == "unit":
        return _units(position, units, u_height)
    if kind not in _PARTS:
        raise Invalid(f"« {kind} » : une part est {', '.join(KINDS)}.")
    parts = _PARTS[kind]
    if not 1 <= position <= parts:
        raise Invalid(f"position {position} : {WORDS[kind]} se numérote de 1 à {parts} depuis le bas.")
    first, end = (position - 1) * total // parts, position * total // parts
    if first == end:
        raise Invalid(f"une baie de {u_height} U ne se partage pas en {parts}.")
    return first, end


def _units(position: int, units: int, u_height: int) -> tuple[int, int]:
    if units < 1:
        raise Invalid(f"{units} U : il faut au moins une unité.")
    if position < 1 or position + units - 1 > u_height:
        raise Invalid(f"U{position} à U{position + units - 1} : la baie va de U1 à U{u_height}.")
    return 2 * (position - 1), 2 * (position - 1 + units)


def overlaps(one: Span, other: Span) -> bool:
    """Whether two spans share a half unit on at least one day."""
    in_space = one.first_half_unit < other.end_half_unit and other.first_half_unit < one.end_half_unit
    in_time = (one.start or date.min) < (other.end or date.max) and (other.start or date.min) < (one.end or date.max)
    return in_space and in_time


def common_half_units(one: Span, other: Span) -> int:
    """How many half units two spans share, whatever the days."""
    first = max(one.first_half_unit, other.first_half_unit)
    return max(0, min(one.end_half_unit, other.end_half_unit) - first)


def covered(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """The half units held by at least one span, as disjoint runs from the bottom."""
    runs: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: span.first_half_unit):
        if runs and span.first_half_unit <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], span.end_half_unit))
        else:
            runs.append((span.first_half_unit, span.end_half_unit))
    return runs


def free_runs(spans: Iterable[Span], u_height: int, on: date) -> list[tuple[int, int]]:
    """The half units that nobody holds on that day, as runs [first, end) from the bottom."""
    return gaps((span for span in spans if span.holds(on)), 2 * u_height)


def free_runs_over(spans: Iterable[Span], u_height: int, start: date, end: date | None) -> list[tuple[int, int]]:
    """The half units that nobody holds on any day of [start, end), as runs [first, end) from the bottom."""
    whole = Span(0, 2 * u_height, start, end)
    return gaps((span for span in spans if overlaps(span, whole)), 2 * u_height)


def gaps(spans: Iterable[Span], top: int) -> list[tuple[int, int]]:
    """The half units below ``top`` that none of the spans covers, whatever the days, as runs from the bottom."""
    free, cursor = [], 0
    for first, end in covered(spans):
        if cursor < min(first, top):
            free.append((cursor, min(first, top)))
        cursor = max(cursor, end)
    if cursor < top:
        free.append((cursor, top))
    return free


def occupancy(spans: Iterable[Span], u_height: int, on: date) -> Occupancy:
    """What is held and what is left of a rack on a day."""
    runs = tuple(free_runs(spans, u_height, on))
    total = 2 * u_height
    return Occupancy(total, total - sum(end - first for first, end in runs), runs)


def check_cage(rooms: Sequence[tuple[str, str]]) -> None:
    """Raise Invalid unless a cage of the racks of these (site, room) is one of more than four racks of one room."""
    if len(rooms) < SMALLEST_CAGE:
        raise Invalid(
            f"un espace privatif compte plus de quatre baies : en choisir {SMALLEST_CAGE} au moins ({len(rooms)} ici), "
            "ou vendre des baies entières."
        )
    if len(set(rooms)) > 1:
        told = ", ".join(sorted({f"{room} ({site})" for site, room in rooms}))
        raise Invalid(f"un espace privatif tient dans une seule salle, ces baies sont dans plusieurs : {told}.")


def units_text(first_half_unit: int, end_half_unit: int) -> str:
    """Where a span lies, as people read it: "U1 à U21", or "U11½ à U21" when it starts mid-unit."""
    first, last = Fraction(first_half_unit, 2) + 1, Fraction(end_half_unit, 2)
    if last - first < 0:
        return f"U{_half(first)}"
    return f"U{_half(first)}" if first == last else f"U{_half(first)} à U{_half(last)}"


def _half(unit: Fraction) -> str:
    whole, rest = divmod(unit, 1)
    return f"{whole}½" if rest else f"{whole}"
