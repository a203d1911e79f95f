"""The states of a finding, the moves between them, and what a run makes of those already known; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from inventory.clock import civil_date
from inventory.differences import Difference
from inventory.errors import Conflict, Invalid
from inventory.match import DOCUMENTED, REAL, SOLD

Key = tuple[str, str, str]
"""(thing, rule, field)."""


class State(StrEnum):
    """Where a finding is on its way from seen to settled."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PLANNED = "PLANNED"
    APPLIED = "APPLIED"
    VERIFIED = "VERIFIED"
    FAILED = "FAILED"
    IGNORED = "IGNORED"
    AUTO_RESOLVED = "AUTO_RESOLVED"
    REOPENED = "REOPENED"


_S = State
MOVES: Mapping[State, frozenset[State]] = {
    _S.OPEN: frozenset({_S.ACKNOWLEDGED, _S.PLANNED, _S.IGNORED, _S.AUTO_RESOLVED}),
    _S.REOPENED: frozenset({_S.ACKNOWLEDGED, _S.PLANNED, _S.IGNORED, _S.AUTO_RESOLVED}),
    _S.ACKNOWLEDGED: frozenset({_S.PLANNED, _S.IGNORED, _S.AUTO_RESOLVED}),
    _S.PLANNED: frozenset({_S.APPLIED, _S.FAILED, _S.ACKNOWLEDGED, _S.IGNORED, _S.AUTO_RESOLVED}),
    _S.APPLIED: frozenset({_S.VERIFIED, _S.FAILED}),
    _S.FAILED: frozenset({_S.PLANNED, _S.ACKNOWLEDGED, _S.IGNORED, _S.AUTO_RESOLVED}),
    _S.VERIFIED: frozenset({_S.REOPENED}),
    _S.IGNORED: frozenset({_S.ACKNOWLEDGED, _S.REOPENED, _S.AUTO_RESOLVED}),
    _S.AUTO_RESOLVED: frozenset({_S.REOPENED}),
}
SETTLED = frozenset({State.VERIFIED, State.AUTO_RESOLVED})
"""Gone: the difference was not there the last time its scope answered."""
ACTIVE = frozenset(State) - SETTLED - {State.IGNORED}
"""Still to be dealt with: what lists, totals and metrics count."""
UNDECIDED = frozenset(state for state, after in MOVES.items() if State.PLANNED in after)
"""What nobody has planned yet, or what failed."""
UNBILLED = frozenset({"vm.unbilled", "vm.after-end"})
"""The rules that learn whose a machine is from what is documented."""
SIZES = ("vcpu", "ram_gb", "disk_gb")
"""The sizes among the values of a whole machine, see ``inventory.differences.guest_values``."""
IN_FRENCH = {
    State.OPEN: "ouvert",
    State.ACKNOWLEDGED: "pris en compte",
    State.PLANNED: "planifié",
    State.APPLIED: "appliqué",
    State.VERIFIED: "vérifié",
    State.FAILED: "en échec",
    State.IGNORED: "ignoré",
    State.AUTO_RESOLVED: "résolu",
    State.REOPENED: "rouvert",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A finding already recorded: ``sources`` names the sources that it rests on."""

    key: Key
    state: State
    scope: str
    values: tuple[Any, Any, Any]
    sources: frozenset[str]
    ignored_until: date | None = None
    customer: str | None = None

    @property
    def rule(self) -> str:
        return self.key[1]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state of a known finding, and why, in French."""

    key: Key
    after: State
    why: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run makes of findings: new ones, keys seen again, moves, keys whose scope did not answer."""

    opened: tuple[Difference, ...]
    seen: tuple[Difference, ...]
    moves: tuple[Move, ...]
    frozen: tuple[Key, ...]


def states_asked(asked: str | None) -> frozenset[State] | None:
    """The states that a word of a list means: those to deal with by default, None for ``all``. Raises Invalid."""
    if asked is None:
        return ACTIVE
    if asked.lower() == "all":
        return None
    name = asked.upper().replace("-", "_")
    if name not in State.__members__:
        raise Invalid(f"état « {asked} » inconnu : {', '.join(State)} ou all.")
    return frozenset({State[name]})


def check_move(before: State, after: State) -> None:
    """Raise Conflict unless a finding may go from one state to the other."""
    if after not in MOVES[before]:
        raise Conflict(f"un écart {IN_FRENCH[before]} ne peut pas devenir {IN_FRENCH[after]}.")


def settle(
    known: Mapping[Key, Known],
    differences: Iterable[Difference],
    trusted: Set[tuple[str, str]],
    now: datetime,
    unsure: Set[str] = frozenset(),
    answered: Set[str] | None = None,
) -> Changes:
    """What becomes of the known findings once a run has shown its differences.

    A finding that is not shown is resolved only when its (rule, scope) is ``trusted``, its thing is not ``unsure``
    and every source it rests on was ``answered`` (None: all were); otherwise it is frozen. So is one that is shown
    with less than was known of it: what a source no longer tells changes neither its values nor its euros. What a
    truth that was silent this time said of it before still holds.
    """
    shown = {difference.key: _remembering(known.get(difference.key), difference) for difference in differences}
    forgotten = {key for key, difference in shown.items() if key in known and _forgets(known[key], difference)}
    seen = [difference for key, difference in shown.items() if key in known and key not in forgotten]
    moves = [move for difference in seen if (move := _seen_again(known[difference.key], difference, now))]
    frozen: list[Key] = sorted(forgotten)
    for key, finding in known.items():
        if key in shown or finding.state in SETTLED:
            continue
        asked = answered is None or finding.sources <= answered
        if asked and (finding.rule, finding.scope) in trusted and key[0] not in unsure:
            moves.append(_not_seen(finding))
        else:
            frozen.append(key)
    opened = tuple(difference for key, difference in shown.items() if key not in known)
    return Changes(opened, tuple(seen), tuple(moves), tuple(frozen))


def _remembering(finding: Known | None, difference: Difference) -> Difference:
    """The difference with what the truths not heard this time said before of the finding, its customer included."""
    if finding is None or finding.state in SETTLED:
        return difference
    before = dict(zip((SOLD, DOCUMENTED, REAL), finding.values, strict=True))
    kept = {truth: before[truth] for truth in difference.unheard if before[truth] is not None}
    customer = difference.customer
    if DOCUMENTED in kept and finding.rule in UNBILLED and difference.sold is None:
        customer = finding.customer or customer
    return replace(difference, customer=customer, **kept)


def _forgets(finding: Known, difference: Difference) -> bool:
    """Whether a size that was known of the real machine is unknown now."""
    before, now = finding.values[2], difference.real
    if finding.state in SETTLED or not isinstance(before, Mapping) or not isinstance(now, Mapping):
        return False
    return any(before.get(size) is not None and now.get(size) is None for size in SIZES)


def _seen_again(finding: Known, difference: Difference, now: datetime) -> Move | None:
    """The move of a finding that is still there, if it makes one."""
    values = (difference.sold, difference.documented, difference.real)
    if finding.state in SETTLED:
        return Move(finding.key, State.REOPENED, "l'écart est revenu")
    if finding.state is State.APPLIED:
        left = "" if values == finding.values else ", avec d'autres valeurs : elle n'a pas suffi"
        return Move(finding.key, State.FAILED, f"l'écart est toujours là après la correction{left}")
    if finding.state is not State.IGNORED:
        return None
    if finding.ignored_until is not None and finding.ignored_until <= civil_date(now):
        return Move(finding.key, State.REOPENED, f"ignoré jusqu'au {finding.ignored_until:%d/%m/%Y}")
    if values != finding.values:
        return Move(finding.key, State.REOPENED, "les valeurs ont changé depuis qu'il est ignoré")
    return None


def _not_seen(finding: Known) -> Move:
    if finding.state is State.APPLIED:
        return Move(finding.key, State.VERIFIED, "l'écart n'est plus là après la correction")
    return Move(finding.key, State.AUTO_RESOLVED, "l'écart n'est plus là, toutes les sources ont répondu")


def eur_since_seen(eur_per_year: Decimal, first_seen: datetime, now: datetime) -> Decimal:
    """Euros lost since the day a finding was first seen: civil days of a 365-day year, rounded once."""
    days = max(0, (civil_date(now) - civil_date(first_seen)).days)
    return (eur_per_year * days / 365).quantize(Decimal("0.01"), ROUND_HALF_UP)


def last_seen(state: State, frozen: bool, stored: datetime, last_run: datetime | None) -> datetime:
    """When a finding was last seen: by the last run, unless it is settled or its scope did not answer since."""
    return stored if frozen or state in SETTLED or last_run is None else max(stored, last_run)
