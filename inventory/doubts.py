"""The machines of which something is unknown in a run: nothing is concluded of their findings; pure."""

from __future__ import annotations

from inventory.gathering import Machines
from inventory.vm_rules import RUNNING, thing_at, thing_of


def unsure_things(machines: Machines) -> set[str]:
    """The machines of which something needed is unknown: no finding of theirs is resolved."""
    unsure = {thing_at(word) for word in machines.conclusion.missing if isinstance(word, tuple)}
    unsure |= {thing_at(place) for place in machines.conclusion.undocumented}
    for trio in machines.trios:
        real = trio.real
        if real is None:
            face = trio.sold or trio.documented
            if face and machines.may_come_back(trio.sold, trio.documented):
                unsure.add(thing_of(face))
        elif trio.unsure or trio.reused or real.status not in (RUNNING, "stopped") or None in real.measures:
            unsure.add(thing_of(real))
    return unsure
