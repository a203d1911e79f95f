"""How many absences are believed at once: those that a person approved, and few of the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.facts import Guest
from inventory.links import Link, Patience
from tests.inventory.test_links import World, sheet, vm

ALL = range(101, 121)
"""Twenty machines: two absences are believed at once."""
SHEETS = [sheet(vmid, f"vm-{vmid}") for vmid in ALL]


def machines(numbers: range) -> list[Guest]:
    return [vm(vmid) for vmid in numbers]


@pytest.mark.parametrize(
    ("real", "documented"),
    [(machines(ALL[5:]), SHEETS), (machines(ALL), SHEETS[5:])],
    ids=["absent", "undocumented"],
)
def test_what_is_approved_is_believed_and_the_rest_waits_for_its_own_approval(
    real: list[Guest], documented: list[Guest]
) -> None:
    world = World(Patience(runs=1, hours=0, percent=10))
    world.run(machines(ALL), documented=SHEETS)

    def believed() -> set[int]:
        found = world.run(real, documented=documented)
        assert list(found.conclusion.withheld.values()) == [5 - sum(link.approved for link in before)]
        return {link.vmid for link in world.links if link.gone or link.documented is None}

    before: tuple[Link, ...] = ()
    assert believed() == set()
    world.links = before = tuple(replace(link, approved=link.vmid in ALL[:2]) for link in world.links)
    assert believed() == set(ALL[:2])


def test_what_is_approved_of_one_truth_says_nothing_of_another_that_leaves_later() -> None:
    world = World(Patience(runs=1, hours=0, percent=10))
    world.run(machines(ALL), documented=SHEETS)
    world.run(machines(ALL), documented=SHEETS[5:])
    found = world.run(machines(ALL[5:]), documented=SHEETS[5:], approved=True)
    assert found.conclusion.withheld == {"pve-a": 5}
    found = world.run(machines(ALL), documented=SHEETS[5:], approved=True)
    assert found.conclusion.withheld == {"documented": 5}


def test_machines_that_are_gone_are_no_part_of_what_a_ceiling_is_of() -> None:
    world = World(Patience(runs=1, hours=0, percent=10))
    world.run(machines(ALL))
    world.run(machines(ALL[10:]))
    world.run(machines(ALL[10:]), approved=True)
    found = world.run(machines(ALL[12:]))
    assert found.conclusion.withheld == {"pve-a": 2}
    assert {link.vmid for link in world.links if link.gone} <= set(ALL[:10])
