"""The machines of one run, brought together, and what may be concluded from the silence of each truth; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from inventory.absences import Conclusion, conclude
from inventory.answers import ANYWHERE, Answers
from inventory.facts import GUESTS, Guest
from inventory.lapsed import Lapsed, parted
from inventory.links import Memory, recognise
from inventory.match import DOCUMENTED, REAL, SOLD, Known, Tie, Trio, identity, match, place_of


@dataclass(frozen=True)
class Machines:
    """The machines of one run, brought together, and what the answers can be trusted for."""

    trios: Sequence[Trio]
    ties: Sequence[Tie]
    lapsed: Lapsed
    clusters: Mapping[str, bool]
    sold_complete: bool
    documented_complete: bool
    silent: frozenset[str]  # truths of which some part was asked and did not answer in full
    known: Known = field(default_factory=Known)
    conclusion: Conclusion = field(default_factory=Conclusion)

    def absence_counts(self, cluster: str | None) -> bool:
        """Whether a machine that no real source shows is known not to exist there."""
        return self.clusters.get(cluster or ANYWHERE, False)

    def lapsed_order(self, real: Guest) -> Guest | None:
        """The order of a running machine that is not held on the day: the nearest one, if there is any."""
        place = place_of(real)
        return self.lapsed.order_of(real, self.known.sold.get(place) if place else None)

    def may_come_back(self, *told: Guest | None) -> bool:
        """Whether a machine that no real source shows was there too recently for its absence to be believed."""
        missing = self.conclusion.missing
        return any(place_of(guest) in missing or identity(guest) in missing for guest in told if guest)

    def known_elsewhere(self, sold: Guest) -> bool:
        """Whether a machine that no real source shows now was last seen at another place than its order says."""
        missing = self.conclusion.missing
        return identity(sold) in missing and place_of(sold) not in missing


def gather_machines(answers: Answers, on: date, memory: Memory | None = None) -> Machines:
    """Match what is in force on a day with what is documented and what is real, and with what earlier runs knew."""
    memory = memory or Memory()
    sold, real = answers.facts(SOLD, Guest), answers.facts(REAL, Guest)
    clusters = answers.clusters()
    known = recognise(memory.links, real, clusters) if memory.links else Known()
    held, others = parted(sold, on)
    lapsed = Lapsed.of(others, real, on)
    matching = match(
        held,
        answers.facts(DOCUMENTED, Guest),
        real,
        frozenset(name for name, complete in clusters.items() if not complete) - {ANYWHERE},
        known,
    )
    whole = {truth: answers.complete(truth, GUESTS) for truth in (SOLD, DOCUMENTED)}
    return Machines(
        matching.trios,
        matching.ties,
        lapsed,
        clusters,
        whole[SOLD],
        whole[DOCUMENTED],
        frozenset(truth for truth, told in whole.items() if answers.asked(truth, GUESTS) and not told),
        known,
        conclude(memory, known, matching.trios, clusters, whole, lapsed.orders),
    )


def unheard_of(trio: Trio, machines: Machines) -> frozenset[str]:
    """The truths that say nothing of a machine, and did not answer in full."""
    face = trio.real or trio.sold or trio.documented
    silent = machines.silent | (set() if face and machines.absence_counts(face.cluster) else {REAL})
    told = {SOLD: trio.sold, DOCUMENTED: trio.documented, REAL: trio.real}
    return frozenset(truth for truth in silent if told[truth] is None)
