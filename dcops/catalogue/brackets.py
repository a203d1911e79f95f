"""Whether the brackets of a service leave nobody out and nobody twice, unless a note says so in as many words; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from dcops.catalogue.line import NOT_SOLD, GridLine

FIRST = {"quantity": 1, "population": 0}
"""Where the brackets of each dimension begin: nobody orders nothing, a place may have nobody left."""
_OTHER = {"quantity": "population", "population": "quantity"}
_SPACE_IN_NUMBER = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Fault:
    """What is wrong at a line: its column in a grid file, and a French sentence."""

    line: GridLine
    column: str
    reason: str


@dataclass(frozen=True)
class _Bracket:
    low: int
    high: int | None
    line: GridLine


def faults_of_brackets(lines: Iterable[GridLine]) -> list[Fault]:
    """Overlaps, and holes that no note of a neighbour tells, of every service."""
    return [fault for name in FIRST for group in _groups(lines, name) for fault in _faults(group, name)]


def hole(low: int, high: int | None) -> str:
    """How a note tells that numbers have no price: ``150 à 199 sans prix``, ``2001 et plus sans prix``."""
    if high is None:
        return f"{low} et plus sans prix"
    return f"{low} sans prix" if low == high else f"{low} à {high} sans prix"


def tells(note: str, low: int, high: int | None) -> bool:
    """Whether a note tells this very hole; thousands may be written with a space."""
    written = _SPACE_IN_NUMBER.sub("", note).casefold()
    return re.search(rf"(?<!\d){hole(low, high)}\b", " ".join(written.split())) is not None


def _groups(lines: Iterable[GridLine], name: str) -> list[list[_Bracket]]:
    """The brackets that stand side by side: of one service, for the same customers, alike in the other dimension."""

    def beside(line: GridLine) -> tuple[Any, ...]:
        other = _OTHER[name]
        bounds = (getattr(line, f"{other}_min") or 0, getattr(line, f"{other}_max") or 0)
        return (line.service, line.kinds, *bounds)

    bounded = [line for line in lines if _bounds(line, name) != (None, None)]
    groups = groupby(sorted(bounded, key=beside), key=beside)
    return [sorted((_bracket(line, name) for line in group), key=lambda one: one.low) for _, group in groups]


def _bounds(line: GridLine, name: str) -> tuple[int | None, int | None]:
    return getattr(line, f"{name}_min"), getattr(line, f"{name}_max")


def _bracket(line: GridLine, name: str) -> _Bracket:
    low, high = _bounds(line, name)
    return _Bracket(FIRST[name] if low is None else low, high, line)


def _faults(group: Sequence[_Bracket], name: str) -> Iterator[Fault]:
    for member in (True, False):
        yield from _overlaps([one for one in group if _printed(one.line, member)], name, member)
    covered = FIRST[name] - 1  # the highest number that needs no price any more
    before: GridLine | None = None
    for one in group:
        if one.low > covered + 1:
            yield from _untold(covered + 1, one.low - 1, name, [before, one.line])
        if one.high is None:
            return
        if one.high >= covered:
            covered, before = one.high, one.line
    yield from _untold(covered + 1, None, name, [before])


def _printed(line: GridLine, member: bool) -> bool:
    return line.price(member) is not None or line.word(member) != NOT_SOLD


def _overlaps(group: Sequence[_Bracket], name: str, member: bool) -> Iterator[Fault]:
    for one, other in pairwise(group):
        if one.high is None or other.low <= one.high:
            if not member and _printed(one.line, True) and _printed(other.line, True):
                continue  # told for members already
            reason = f"les tranches {one.line.code} et {other.line.code} se chevauchent à {other.low}."
            yield Fault(other.line, f"{name}_min", f"{one.line.service} : {reason}")


def _untold(low: int, high: int | None, name: str, beside: Sequence[GridLine | None]) -> Iterator[Fault]:
    lines = [line for line in beside if line is not None]
    if any(tells(line.note, low, high) for line in lines):
        return
    words = hole(low, high)
    where = " ou ".join(line.code for line in lines)
    what = "laissent" if len(lines) > 1 else "laisse"
    yield Fault(
        lines[-1],
        f"{name}_min" if high is not None else f"{name}_max",
        f"{lines[-1].service} : {' et '.join(line.code for line in lines)} {what} {words} ; corriger les bornes, "
        f"ou écrire « {words} » dans la note de {where} si c'est voulu.",
    )
