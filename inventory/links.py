"""What earlier runs knew of each guest: its fingerprint, its place, whom it is; and whom it is now; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from inventory.facts import Guest
from inventory.match import Known, Place, place_of

NOBODY = "*"


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of the guest of a place, see ``inventory.models.GuestLink``; ``approved``: it may be gone."""

    cluster: str
    vmid: int
    kind: str | None = None
    uuid: str | None = None
    macs: tuple[str, ...] = ()
    name: str | None = None
    node: str | None = None
    sold: str | None = None
    documented: str | None = None
    reused: bool = False
    missing_since: datetime | None = None
    missing_runs: int = 0
    undocumented_since: datetime | None = None
    undocumented_runs: int = 0
    gone: bool = False
    approved: bool = False

    @property
    def place(self) -> Place:
        return self.cluster, self.vmid

    @property
    def paired(self) -> bool:
        return self.sold is not None or self.documented is not None


@dataclass(frozen=True, slots=True)
class Patience:
    """When an absence is believed: after so many runs and hours, for at most so many percent of a scope at once."""

    runs: int = 2
    hours: int = 12
    percent: int = 10

    def over(self, runs: int, since: datetime | None, now: datetime) -> bool:
        return since is not None and runs >= self.runs and now - since >= timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs left, and the instant of this one; without ``now``, nothing is remembered."""

    links: Sequence[Link] = ()
    now: datetime | None = None
    patience: Patience = Patience()


def same_machine(link: Link, guest: Guest) -> bool:
    """Whether a guest is the one that was known at a place, as far as its fingerprint tells.

    The SMBIOS uuid decides where both are known: a network card is replaced more often than a machine. Where nothing
    was read this time, nothing contradicts.
    """
    if link.kind and guest.kind and link.kind != guest.kind:
        return False
    if link.uuid and guest.uuid:
        return link.uuid == guest.uuid
    if link.macs and guest.macs:
        return not set(link.macs).isdisjoint(guest.macs)
    return True


def recognise(links: Iterable[Link], real: Iterable[Guest], clusters: Mapping[str, bool]) -> Known:
    """Which guest is one already known, wherever it runs now; clones never take the place of their original."""
    by_place = {link.place: link for link in links}
    here = {place: guest for guest in real if not guest.template and (place := place_of(guest)) is not None}
    strangers = {
        place for place, guest in here.items() if place in by_place and not same_machine(by_place[place], guest)
    }
    moved, doubtful = _moves(by_place, here, strangers, clusters)
    reused = _reused(by_place, strangers, moved)
    while stuck := reused & moved.keys():  # whose place it is, a person says: nothing moves there meanwhile
        moved = {new: old for new, old in moved.items() if new not in stuck}
        reused = _reused(by_place, strangers, moved)
    sources = {place: moved.get(place, place) for place in here if place not in strangers or place in moved}
    remembered = {place: by_place[source] for place, source in sources.items() if source in by_place}
    return Known(
        reused,
        frozenset(doubtful),
        {place: link.sold for place, link in remembered.items() if link.sold},
        {place: link.documented for place, link in remembered.items() if link.documented},
        moved,
    )


def _reused(by_place: Mapping[Place, Link], strangers: set[Place], moved: Mapping[Place, Place]) -> frozenset[Place]:
    """The places where another machine stands than the one that was known, and that did not leave it."""
    left = set(moved.values())
    return frozenset(place for place in strangers - left if by_place[place].paired or not by_place[place].gone)


def _moves(
    by_place: Mapping[Place, Link], here: Mapping[Place, Guest], strangers: set[Place], clusters: Mapping[str, bool]
) -> tuple[dict[Place, Place], set[Place]]:
    """(new place -> old place, new places of which it is not known): one fingerprint, gone from where it was."""
    free = defaultdict(list)
    for place, link in by_place.items():
        if (place not in here or place in strangers) and (print_ := _print(link.uuid, link.macs)):
            free[print_].append(link)
    found: dict[Place, list[Link]] = {}
    for place, guest in here.items():
        if place in by_place and place not in strangers and not _is_blank(by_place[place]):
            continue
        candidates = free.get(_print(guest.uuid, guest.macs) or NOBODY, [])
        if candidates:
            found[place] = candidates
    wanted = Counter(link.place for candidates in found.values() for link in candidates)
    borne = Counter(_print(guest.uuid, guest.macs) for guest in here.values()) if found else Counter()
    moved, doubtful = {}, set()
    for place, candidates in found.items():
        link, alone = candidates[0], borne[_print(here[place].uuid, here[place].macs)] == 1
        if len(candidates) == wanted[link.place] == 1 and _left(link, alone, here, clusters):
            moved[place] = link.place
        elif not all(link.gone for link in candidates):
            doubtful.add(place)
    return moved, doubtful


def _left(link: Link, alone: bool, here: Mapping[Place, Guest], clusters: Mapping[str, bool]) -> bool:
    """Whether a machine is known to be no longer where it was: its place is another's, or its cluster told all. One
    whose absence was believed is back where its fingerprint is ``alone`` in being seen, else a copy is."""
    return alone if link.gone else link.place in here or clusters.get(link.cluster, False)


def _is_blank(link: Link) -> bool:
    """Whether nothing is known of a guest but where it stands: its configuration could not be read yet."""
    return not (link.paired or link.uuid or link.macs)


def _print(uuid: str | None, macs: Iterable[str]) -> Hashable | None:
    return uuid or frozenset(macs) or None
