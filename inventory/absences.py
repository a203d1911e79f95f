"""What a run concludes of the guests it saw and of those it did not: links to keep, absences to believe; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from inventory.links import Link, Memory, Patience, same_machine
from inventory.match import DOCUMENTED, SOLD, Known, Place, Trio, identity, place_of
from inventory.plan import ceiling


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run knows of the guests: the links to keep, and what it does not believe yet.

    ``missing``: places and identities of what may only be absent for a while; ``undocumented`` places whose
    documentation may only have been; ``withheld``: scope -> how many absences the ceiling holds back; ``moved``: how
    many guests changed node or place.
    """

    links: tuple[Link, ...] = ()
    missing: frozenset[Hashable] = frozenset()
    undocumented: frozenset[Place] = frozenset()
    withheld: Mapping[str, int] = field(default_factory=dict)
    moved: int = 0


def conclude(
    memory: Memory, known: Known, trios: Iterable[Trio], clusters: Mapping[str, bool], whole: Mapping[str, bool],
    lapsed: Container[Hashable] = (),
) -> Conclusion:  # fmt: skip
    """What is known after a run; nothing without an instant. ``whole``: whether what is sold, and documented, was told
    in full; ``lapsed``: the orders (identities) not held that day."""
    if memory.now is None:
        return Conclusion()
    before = {link.place: link for link in memory.links}
    found = {place: trio for trio in trios if trio.real is not None and (place := place_of(trio.real)) is not None}
    unlearnt = known.doubtful - known.reused
    seen = {place: trio for place, trio in found.items() if place not in unlearnt}
    kept = lapsed if whole[SOLD] else {link.sold for link in memory.links}
    after, moved = _after(before, seen, known, kept)
    sure = [after[place] for place in seen if place not in known.reused]
    after |= _unclaimed({p: link for p, link in after.items() if p not in seen or p in known.reused}, sure)
    absent = {place: _let_go(link, lapsed) for place, link in after.items() if place not in seen}
    missing, withheld = _missing(memory, absent, before, clusters)
    after |= missing
    undocumented, doc_withheld = _undocumented(memory, after, seen, whole[DOCUMENTED])
    after |= undocumented
    waiting = [link for link in missing.values() if not link.gone]
    return Conclusion(
        tuple(after[place] for place in sorted(after)),
        frozenset(word for link in waiting for word in (link.place, link.sold, link.documented) if word),
        frozenset(place for place, link in undocumented.items() if link.documented),
        {**withheld, **doc_withheld},
        moved,
    )


def _after(
    before: Mapping[Place, Link], seen: Mapping[Place, Trio], known: Known, kept: Container[Hashable]
) -> tuple[dict[Place, Link], int]:
    """(the links, with those of the guests that are there; how many of these have moved)."""
    left = {old for old in known.moved.values() if old not in seen}
    after, moved = {place: link for place, link in before.items() if place not in left}, 0
    for place, trio in seen.items():
        source = _source(before.get(known.moved.get(place, place)), trio, place in known.reused)
        after[place] = link = _seen(source, trio, place, place in known.reused, kept)
        moved += source is not None and (source.place, source.node) != (place, link.node)
    return after, moved


def _source(link: Link | None, trio: Trio, reused: bool) -> Link | None:
    """The link that a guest goes on with: none when it took the place of a machine that nobody misses."""
    assert trio.real is not None
    return link if link is None or reused or same_machine(link, trio.real) else None


def _seen(link: Link | None, trio: Trio, place: Place, reused: bool, kept: Container[Hashable]) -> Link:
    """The link of a guest that is there: what it is paired with is remembered where a truth could not be told apart,
    its order also while it is ``kept``: held no more, or not told this time."""
    guest = trio.real
    assert guest is not None
    if reused and link is not None:
        return replace(link, reused=True)
    known = link or Link(*place)
    remembered = known.sold if SOLD in trio.unsure or known.sold in kept else None
    sold = identity(trio.sold) if trio.sold else remembered
    documented = identity(trio.documented) if trio.documented else known.documented
    if link is not None and _is_as_before(link, place, trio, sold, documented):
        return link
    return Link(
        *place,
        kind=guest.kind or known.kind,
        uuid=guest.uuid or known.uuid,
        macs=guest.macs or known.macs,
        name=guest.name or known.name,
        node=guest.node or known.node,
        sold=sold,
        documented=documented,
        undocumented_since=None if trio.documented else known.undocumented_since,
        undocumented_runs=0 if trio.documented else known.undocumented_runs,
        approved=known.approved and known.missing_since is None and trio.documented is None,
    )


def _is_as_before(link: Link, place: Place, trio: Trio, sold: str | None, documented: str | None) -> bool:
    """Whether nothing is to be learnt of a guest: so it is of nearly all."""
    guest = trio.real
    assert guest is not None
    said = (guest.kind, guest.uuid, guest.macs, guest.name, guest.node, sold, documented)
    known = (link.kind, link.uuid, link.macs, link.name, link.node, link.sold, link.documented)
    waits = link.reused or link.gone or link.approved or link.missing_since or link.undocumented_since
    return said == known and link.place == place and not waits


def _unclaimed(others: Mapping[Place, Link], sure: Iterable[Link]) -> dict[Place, Link]:
    """Absent and doubtful guests without what one that is surely there was found to be: an order is for one machine."""
    sold, documented = set(), set()
    for link in sure:
        sold.add(link.sold)
        documented.add(link.documented)
    return {
        place: replace(
            link,
            sold=None if link.sold in sold else link.sold,
            documented=None if link.documented in documented else link.documented,
        )
        for place, link in others.items()
    }


def _let_go(link: Link, lapsed: Container[Hashable]) -> Link:
    """A machine that is gone is missed by nobody once its order is not held any more."""
    return replace(link, sold=None) if link.gone and link.sold in lapsed else link


def _missing(
    memory: Memory, absent: Mapping[Place, Link], before: Mapping[Place, Link], clusters: Mapping[str, bool]
) -> tuple[dict[Place, Link], dict[str, int]]:
    """(links of absent guests, cluster -> absences held back): one run longer where the cluster told all."""
    told = {}
    for place, link in absent.items():
        if not link.gone and clusters.get(link.cluster, False):
            link = replace(
                link,
                missing_since=link.missing_since or memory.now,
                missing_runs=min(link.missing_runs + 1, memory.patience.runs),
                approved=link.approved and link.missing_since is not None,
            )
        told[place] = link
    population = Counter(link.cluster for link in before.values() if not link.gone)
    overdue = {place for place, link in told.items() if not link.gone and _is_over(memory, link)}
    held = _held_back(Counter(place[0] for place in overdue if not told[place].approved), population, memory.patience)
    for place in overdue:
        if place[0] not in held or told[place].approved:
            told[place] = replace(told[place], gone=True)
    return told, held


def _is_over(memory: Memory, link: Link) -> bool:
    assert memory.now is not None
    return memory.patience.over(link.missing_runs, link.missing_since, memory.now)


def _held_back(overdue: Counter[str], population: Mapping[str, int], patience: Patience) -> dict[str, int]:
    """The scopes of which more is missing than may be believed without a person."""
    return {
        scope: count for scope, count in overdue.items() if count > ceiling(population.get(scope, 0), patience.percent)
    }


def _undocumented(
    memory: Memory, links: Mapping[Place, Link], seen: Mapping[Place, Trio], whole: bool
) -> tuple[dict[Place, Link], dict[str, int]]:
    """(links of guests whose documentation is missing, scope -> how many are held back)."""
    now, patience = memory.now, memory.patience
    assert now is not None
    waiting = {}
    for place, trio in seen.items():
        link = links[place]
        if link.documented is None or trio.documented is not None or DOCUMENTED in trio.unsure or link.reused:
            continue
        runs = min(link.undocumented_runs + whole, patience.runs)
        since = link.undocumented_since or (now if whole else None)
        waiting[place] = replace(link, undocumented_runs=runs, undocumented_since=since)
    overdue = [
        place for place, link in waiting.items() if patience.over(link.undocumented_runs, link.undocumented_since, now)
    ]
    known = sum(link.documented is not None for link in links.values())
    asked = Counter({DOCUMENTED: sum(not waiting[place].approved for place in overdue)})
    held = _held_back(asked, {DOCUMENTED: known}, patience)
    for place in overdue:
        if not held or waiting[place].approved:
            waiting[place] = replace(
                waiting[place], documented=None, undocumented_since=None, undocumented_runs=0, approved=False
            )
    return waiting, held
