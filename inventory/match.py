"""Which guests of three truths are the same machine: by place, then by name, ties kept apart; pure, linear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

from inventory.facts import Guest

SOLD, DOCUMENTED, REAL = "sold", "documented", "real"


@dataclass(frozen=True, slots=True)
class Trio:
    """One machine as each truth tells it. ``unsure`` names the truths that could not be told apart for it.

    ``reused``: the guest of this place is not the one that was known there; nothing is concluded until a person says.
    """

    sold: Guest | None = None
    documented: Guest | None = None
    real: Guest | None = None
    unsure: frozenset[str] = frozenset()
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """Guests of one truth that several machines could be: a person decides."""

    truth: str
    guests: tuple[Guest, ...]
    candidates: tuple[Guest, ...]


Place = tuple[str, int]
"""(cluster, vmid)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier runs say of the real guests of this one, by place; see ``inventory.links``.

    ``reused`` places hold another machine than before, ``doubtful`` ones perhaps a machine of a cluster that did not
    answer; ``sold`` and ``documented`` are the identities that were found to be the guest of a place, ``moved`` where
    it was before.
    """

    reused: frozenset[Place] = frozenset()
    doubtful: frozenset[Place] = frozenset()
    sold: Mapping[Place, str] = field(default_factory=dict)
    documented: Mapping[Place, str] = field(default_factory=dict)
    moved: Mapping[Place, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matching:
    """Every guest is in exactly one trio or in one tie's ``guests``, but templates and what only a name gives to a
    doubtful guest."""

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


def place_of(guest: Guest) -> Place | None:
    """Where a guest is said to be, when both cluster and vmid are told."""
    return (guest.cluster, guest.vmid) if guest.cluster and guest.vmid is not None else None


def identity(guest: Guest) -> str | None:
    """What is remembered of a guest that was paired: its source's reference and the place it was said to have.

    One whose place was corrected since is another word of its source: what was remembered of the old one is over.
    """
    return f"{guest.reference}@{guest.cluster or ''}/{guest.vmid or ''}" if guest.reference else None


def _name_in_cluster(guest: Guest) -> Hashable | None:
    return (guest.cluster, guest.name.casefold()) if guest.cluster and guest.name else None


def _name(guest: Guest) -> Hashable | None:
    return guest.name.casefold() if guest.name else None


_KEYS: tuple[_Key, ...] = (place_of, _name_in_cluster, _name)


def match(
    sold: Iterable[Guest],
    documented: Iterable[Guest],
    real: Iterable[Guest],
    silent: frozenset[str] = frozenset(),
    known: Known | None = None,
) -> Matching:
    """Bring the guests of three truths together.

    By what earlier runs found (``known``), then by (cluster, vmid), then (cluster, name), then a name that is unique on
    both sides, whatever the case; a name alone never brings together two different vmids, nor a guest that may run in
    a ``silent`` cluster (one that did not answer in full) with a real one of another. Templates are dropped. The order
    of the input does not matter.
    """
    known = known or Known()
    groups = [_Group({REAL: guest}) for guest in _ordered(real)]
    ties: list[Tie] = []
    for truth, guests, told in ((DOCUMENTED, documented, known.documented), (SOLD, sold, known.sold)):
        left = _join_remembered(groups, truth, _ordered(guests), told) if told else _ordered(guests)
        left = _join(groups, truth, left, ties, silent)
        groups += [_Group({truth: guest}) for guest in left]
    return Matching(tuple(_trio(group, known) for group in groups), tuple(ties))


def _trio(group: _Group, known: Known) -> Trio:
    """The trio of a group; a doubtful guest is only what says its very place, the rest of it is unsure."""
    real = group.members.get(REAL)
    place = place_of(real) if real and (known.doubtful or known.reused) else None
    if place in known.doubtful:
        group.members = {truth: one for truth, one in group.members.items() if truth == REAL or place_of(one) == place}
        group.unsure |= {SOLD, DOCUMENTED} - group.members.keys()
    return Trio(
        group.members.get(SOLD), group.members.get(DOCUMENTED), real, frozenset(group.unsure), place in known.reused
    )


def _ordered(guests: Iterable[Guest]) -> list[Guest]:
    """The guests but templates, in an order that does not depend on how they came."""
    ranked = sorted(((_rank(guest), guest) for guest in guests if not guest.template), key=itemgetter(0))
    if any(one[0] == other[0] for one, other in pairwise(ranked)):
        ranked.sort(key=lambda pair: (pair[0], repr(pair[1])))  # as slow as it is rare
    return [guest for _, guest in ranked]


def _rank(guest: Guest) -> tuple[str, int, str, str]:
    return guest.cluster or "", guest.vmid or 0, guest.name or "", guest.reference or ""


def _join_remembered(groups: list[_Group], truth: str, guests: list[Guest], told: Mapping[Place, str]) -> list[Guest]:
    """Give guests the groups that they were found to be before; the guests that are left."""
    homes: dict[str, list[_Group]] = {}
    for group in groups:
        place = place_of(group.members[REAL]) if REAL in group.members else None
        if place is not None and place in told:
            homes.setdefault(told[place], []).append(group)
    left = []
    for guest in guests:
        home = homes.pop(identity(guest) or "", [])
        if len(home) == 1:
            home[0].members[truth] = guest
        else:
            left.append(guest)
    return left


def _join(
    groups: list[_Group], truth: str, guests: Sequence[Guest], ties: list[Tie], silent: frozenset[str]
) -> list[Guest]:
    """Give each guest its group; the guests that have none, ties apart."""
    waiting = list(guests)
    for key in _KEYS:
        if not waiting:
            break
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
        for value in {key(member) for member in group.members.values()}:
            if value is not None:
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
