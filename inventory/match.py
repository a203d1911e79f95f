"""Which guests of three truths are the same machine: by place, then by name, ties kept apart; pure, linear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from inventory.facts import Guest

SOLD, DOCUMENTED, REAL = "sold", "documented", "real"


@dataclass(frozen=True, slots=True)
class Trio:
    """One machine as each truth tells it. ``unsure`` names the truths that could not be told apart for it."""

    sold: Guest | None = None
    documented: Guest | None = None
    real: Guest | None = None
    unsure: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tie:
    """Guests of one truth that several machines could be: a person decides."""

    truth: str
    guests: tuple[Guest, ...]
    candidates: tuple[Guest, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every guest but templates is in exactly one trio or in one tie's ``guests``."""

    trios: tuple[Trio, ...]
    ties: tuple[Tie, ...]


@dataclass(slots=True)
class _Group:
    """A trio being made."""

    members: dict[str, Guest] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)

    @property
    def face(self) -> Guest:
        """The member that shows best which machine this is."""
        return next(self.members[truth] for truth in (REAL, SOLD, DOCUMENTED) if truth in self.members)


_Key = Callable[[Guest], Hashable | None]


def _place(guest: Guest) -> Hashable | None:
    return (guest.cluster, guest.vmid) if guest.cluster and guest.vmid is not None else None


def _name_in_cluster(guest: Guest) -> Hashable | None:
    return (guest.cluster, guest.name.casefold()) if guest.cluster and guest.name else None


def _name(guest: Guest) -> Hashable | None:
    return guest.name.casefold() if guest.name else None


_KEYS: tuple[_Key, ...] = (_place, _name_in_cluster, _name)


def match(
    sold: Iterable[Guest], documented: Iterable[Guest], real: Iterable[Guest], silent: frozenset[str] = frozenset()
) -> Matching:
    """Bring the guests of three truths together.

    By (cluster, vmid), then (cluster, name), then a name that is unique on both sides, whatever the case; a name
    alone never brings together two different vmids, nor a guest that may run in a ``silent`` cluster (one that did
    not answer in full) with a real one of another. Templates are dropped. The order of the input does not matter.
    """
    groups = [_Group({REAL: guest}) for guest in _ordered(real)]
    ties: list[Tie] = []
    for truth, guests in ((DOCUMENTED, documented), (SOLD, sold)):
        left = _join(groups, truth, _ordered(guests), ties, silent)
        groups += [_Group({truth: guest}) for guest in left]
    trios = [
        Trio(group.members.get(SOLD), group.members.get(DOCUMENTED), group.members.get(REAL), frozenset(group.unsure))
        for group in groups
    ]
    return Matching(tuple(trios), tuple(ties))


def _ordered(guests: Iterable[Guest]) -> list[Guest]:
    kept = (guest for guest in guests if not guest.template)
    return sorted(kept, key=lambda guest: (guest.cluster or "", guest.vmid or 0, guest.name or "", repr(guest)))


def _join(
    groups: list[_Group], truth: str, guests: Sequence[Guest], ties: list[Tie], silent: frozenset[str]
) -> list[Guest]:
    """Give each guest its group; the guests that have none, ties apart."""
    waiting = list(guests)
    for key in _KEYS:
        open_groups = [group for group in groups if truth not in group.members and truth not in group.unsure]
        by_key = _index_groups(open_groups, key)
        asked: defaultdict[Hashable, list[Guest]] = defaultdict(list)
        for guest in waiting:
            value = key(guest)
            if value is not None and value in by_key:
                asked[value].append(guest)
        taken: set[int] = set()
        for value, candidates in asked.items():
            if key is _name:
                candidates = _at_home(truth, *_compatible(candidates, by_key[value]), silent)
            taken |= _settle(truth, candidates, by_key[value], ties, by_name=key is _name)
        waiting = [guest for guest in waiting if id(guest) not in taken]
    return waiting


def _index_groups(groups: list[_Group], key: _Key) -> dict[Hashable, list[_Group]]:
    index: defaultdict[Hashable, list[_Group]] = defaultdict(list)
    for group in groups:
        for value in {key(member) for member in group.members.values()} - {None}:
            index[value].append(group)
    return index


def _settle(truth: str, guests: list[Guest], groups: list[_Group], ties: list[Tie], by_name: bool) -> set[int]:
    """Pair one guest with one group, or record a tie; the ids of the guests dealt with."""
    groups = [group for group in groups if truth not in group.members and truth not in group.unsure]
    if by_name:
        guests, groups = _compatible(guests, groups)
    if not guests or not groups:
        return set()
    if len(guests) == len(groups) == 1:
        groups[0].members[truth] = guests[0]
    else:
        ties.append(Tie(truth, tuple(guests), tuple(group.face for group in groups)))
        for group in groups:
            group.unsure.add(truth)
    return {id(guest) for guest in guests}


def _compatible(guests: list[Guest], groups: list[_Group]) -> tuple[list[Guest], list[_Group]]:
    """Those that could be the same machine: a vmid that differs says they are not."""
    known = {vmid for group in groups for vmid in _vmids(group)}
    anonymous = any(not _vmids(group) for group in groups)
    some = [guest for guest in guests if guest.vmid is None or anonymous or guest.vmid in known]
    asked = {guest.vmid for guest in some}
    return some, [group for group in groups if None in asked or not _vmids(group) or _vmids(group) & asked]


def _at_home(truth: str, guests: list[Guest], groups: list[_Group], silent: frozenset[str]) -> list[Guest]:
    """The guests that no silent cluster may hold; the real machines that the others could be are left unsure."""
    away: set[int] = set()
    for group in groups:
        elsewhere = silent - {group.members[REAL].cluster} if REAL in group.members else frozenset()
        lost = {id(guest) for guest in guests if elsewhere and guest.cluster in (None, *elsewhere)}
        if lost:
            group.unsure.add(truth)
        away |= lost
    return [guest for guest in guests if id(guest) not in away]


def _vmids(group: _Group) -> set[int]:
    return {guest.vmid for guest in group.members.values() if guest.vmid is not None}
