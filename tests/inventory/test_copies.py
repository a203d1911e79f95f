"""Machines of one fingerprint: which one it is that appears elsewhere is never guessed."""

from __future__ import annotations

import pytest

from inventory.links import Link, recognise
from tests.inventory.test_links import vm

HERE = {"pve-a": True}


def copy(vmid: int, **told: bool) -> Link:
    return Link("pve-a", vmid, "qemu", "uuid-101", ("AA:101",), sold=f"machine/{vmid}", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "numbers", "moved", "doubtful"),
    [
        ((copy(101),), (205,), {205: 101}, []),
        ((copy(101), copy(102)), (205,), {}, [205]),  # two are away, one came
        ((copy(101, gone=True),), (205,), {205: 101}, []),
        ((copy(101, gone=True), copy(102)), (102, 205), {}, []),  # it may be a new copy of the one that is there
    ],
)
def test_one_of_several_copies_takes_no_place(
    known: tuple[Link, ...], numbers: tuple[int, ...], moved: dict[int, int], doubtful: list[int]
) -> None:
    found = recognise(known, [vm(vmid, print_=101) for vmid in numbers], HERE)
    assert {new[1]: old[1] for new, old in found.moved.items()} == moved
    assert [vmid for _, vmid in found.doubtful] == doubtful


def test_a_template_is_no_machine_that_moved() -> None:
    found = recognise([copy(101)], [vm(205, print_=101, template=True)], HERE)
    assert (found.moved, found.doubtful) == ({}, frozenset())
