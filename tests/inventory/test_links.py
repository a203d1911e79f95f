"""Whom a machine is from run to run: clones, renames, reused numbers, moves, and absences that wait to be believed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.compare import Comparison, examine
from inventory.facts import GIB, GUESTS, Guest, Scope, ScopeStatus, Snapshot
from inventory.links import Link, Memory, Patience, same_machine

START = datetime(2024, 6, 15, 10, tzinfo=UTC)
COMPLETE, PARTIAL, FAILED = ScopeStatus
CLUSTERS = "pve-a", "pve-b"


def vm(vmid: int, cluster: str = "pve-a", print_: int | None = None, **changed: object) -> Guest:
    """A running guest whose fingerprint is its number, unless told otherwise."""
    mark = vmid if print_ is None else print_
    guest = Guest(
        f"vm-{mark}", cluster, vmid, kind="qemu", node="n1", status="running", vcpus=Decimal(2), memory_bytes=4 * GIB,
        disk_bytes=50 * GIB, uuid=f"uuid-{mark}", macs=(f"AA:{mark}",), reference=f"qemu/{vmid}",
    )  # fmt: skip
    return replace(guest, **changed)  # type: ignore[arg-type]


def order(vmid: int | None, name: str, cluster: str | None = "pve-a") -> Guest:
    return Guest(
        name, cluster, vmid, vcpus=Decimal(2), memory_bytes=4 * GIB, disk_bytes=50 * GIB, customer="abbeville",
        start=date(2024, 1, 1), reference=f"machine/{name}",
    )  # fmt: skip


def sheet(vmid: int | None, name: str, cluster: str | None = "pve-a", reference: str | None = None) -> Guest:
    return Guest(name, cluster, vmid, status="running", reference=reference or f"sheet-{name}", customer="abbeville")


@dataclass
class World:
    """Runs one after the other, each remembering what the one before concluded."""

    patience: Patience = field(default_factory=Patience)
    links: tuple[Link, ...] = ()
    now: datetime = START

    def run(
        self,
        real: list[Guest],
        sold: list[Guest] | None = None,
        documented: list[Guest] | None = None,
        silent: str | None = None,
        hours: int = 24,
        approved: bool = False,
        unasked: str | None = None,
    ) -> Comparison:
        """A run, ``hours`` after the last; the ``silent`` cluster fails, "netbox" tells a part; ``unasked`` is not."""
        links = [replace(link, approved=True) for link in self.links] if approved else list(self.links)
        told = ([], FAILED) if silent == "contracts" else (sold or [], COMPLETE)
        snapshots = [_snapshot("contracts", "sold", "contracts", *told)]
        if documented is not None:
            status = PARTIAL if silent == "netbox" else COMPLETE
            snapshots.append(_snapshot("netbox", "documented", "virtual-machines", documented, status))
        for name in (name for name in CLUSTERS if name != unasked):
            shown = [] if name == silent else [guest for guest in real if guest.cluster == name]
            snapshots.append(_snapshot(name, "real", name, shown, FAILED if name == silent else COMPLETE))
        found = examine(snapshots, self.now.date(), names={}, memory=Memory(links, self.now, self.patience))
        self.links = found.conclusion.links
        self.now += timedelta(hours=hours)
        return found


def _snapshot(source: str, kind: str, scope: str, facts: list[Guest], status: ScopeStatus = COMPLETE) -> Snapshot:
    subject = GUESTS if kind == "real" else None
    return Snapshot(source, kind, START, 0.1, (Scope(scope, status, tuple(facts), (), subject),))


def rules(found: Comparison) -> list[str]:
    """What is found, but for sheets that say something else than what runs: they have their own tests."""
    kept = (one for one in found.differences if one.rule != "vm.misdocumented")
    return [f"{one.rule} {one.thing.removeprefix('vm:')}" for one in kept]


def test_a_renamed_machine_is_still_the_one_that_was_sold_and_documented() -> None:
    world = World()
    sold, documented = [order(None, "compta", None)], [sheet(None, "compta", None)]
    assert rules(world.run([vm(101, name="compta")], sold, documented)) == []
    assert rules(world.run([vm(101, name="compta-2024")], sold, documented)) == []
    renamed = [replace(documented[0], name="Comptabilité")]
    assert rules(world.run([vm(101, name="compta-2024")], sold, renamed)) == []


def test_a_clone_never_takes_the_place_of_its_original() -> None:
    world = World()
    sold = [order(None, "compta", None)]
    world.run([vm(101, name="compta")], sold)
    clone = vm(102, print_=101, name="compta")  # same name, same uuid, same MAC
    assert rules(world.run([vm(101, name="compta"), clone], sold)) == ["vm.unbilled pve-a/102"]
    assert rules(world.run([vm(101, name="ancien"), clone], sold)) == ["vm.unbilled pve-a/102"]


def test_a_machine_that_takes_the_number_of_another_is_given_nothing_silently() -> None:
    world = World()
    sold, documented = [order(101, "compta")], [sheet(101, "compta")]
    assert rules(world.run([vm(101)], sold, documented)) == []
    other = vm(101, print_=999, vcpus=Decimal(8))
    found = world.run([other], sold, documented)
    assert rules(found) == ["vm.reused-id pve-a/101"]
    (difference,) = found.differences
    assert difference.real["uuid"] == "uuid-999"
    assert (difference.sold["name"], difference.documented["name"]) == ("compta", "compta")
    assert "vm:pve-a/101" in found.unsure
    assert rules(world.run([other], sold, documented)) == ["vm.reused-id pve-a/101"]  # it waits for a person
    assert rules(world.run([vm(101)], sold, documented)) == []  # the right one was put back


def test_a_number_left_by_a_machine_that_nobody_misses_is_free() -> None:
    world = World(Patience(runs=1, hours=0, percent=100))
    world.run([vm(101)])
    world.run([])
    assert rules(world.run([vm(101, print_=999)])) == ["vm.unbilled pve-a/101"]
    (link,) = world.links
    assert (link.uuid, link.macs) == ("uuid-999", ("AA:999",))


def test_moving_to_another_node_is_no_difference() -> None:
    world = World()
    sold = [order(101, "compta")]
    world.run([vm(101)], sold)
    found = world.run([vm(101, node="n2")], sold)
    assert (rules(found), found.conclusion.moved, world.links[0].node) == ([], 1, "n2")


def test_a_machine_that_moves_to_another_cluster_keeps_what_it_is() -> None:
    world = World()
    sold, documented = [order(101, "compta")], [sheet(101, "compta")]
    world.run([vm(101)], sold, documented)
    moved = vm(205, "pve-b", print_=101)
    found = world.run([moved], sold, documented)
    assert rules(found) == []
    assert found.moved == {"vm:pve-b/205": "vm:pve-a/101"}
    again = world.run([moved], sold, documented)
    assert rules(again) == []
    stranger = vm(101, print_=999)
    later = world.run([moved, stranger], sold, documented)
    assert rules(later) == ["vm.unbilled pve-a/101", "vm.undocumented pve-a/101"]


def test_a_machine_seen_elsewhere_while_its_cluster_is_silent_is_unknown() -> None:
    world = World()
    sold = [order(101, "compta")]
    world.run([vm(101)], sold)
    for _ in range(3):
        found = world.run([vm(205, "pve-b", print_=101)], sold, silent="pve-a")
        assert rules(found) == []
        assert "vm:pve-b/205" in found.unsure
    found = world.run([vm(205, "pve-b", print_=101)], sold)
    assert (rules(found), found.moved) == ([], {"vm:pve-b/205": "vm:pve-a/101"})


def test_nothing_moves_onto_a_place_whose_machine_is_missed_before_a_person_says_so() -> None:
    world, sold = World(), [order(number, f"vm-{number}") for number in (101, 102, 103)]
    world.run([vm(101), vm(102), vm(103)], sold)
    found = world.run([vm(101, print_=102), vm(102, print_=103)], sold)  # 101 is gone, the others moved up
    assert (rules(found), found.moved) == (["vm.reused-id pve-a/101", "vm.reused-id pve-a/102"], {})
    assert [(link.vmid, link.uuid) for link in world.links] == [(n, f"uuid-{n}") for n in (101, 102, 103)]


def test_a_machine_that_moved_is_known_once_its_configuration_is_read() -> None:
    world, sold = World(), [order(101, "compta")]
    world.run([vm(101)], sold)
    unread = vm(205, "pve-b", print_=101, uuid=None, macs=(), status="unknown")
    assert rules(world.run([unread], sold)) == []
    found = world.run([vm(205, "pve-b", print_=101)], sold)
    assert (rules(found), found.moved) == ([], {"vm:pve-b/205": "vm:pve-a/101"})


def test_a_name_alone_says_nothing_of_a_machine_that_may_still_be_elsewhere() -> None:
    world, larger = World(), {"vcpus": Decimal(4)}
    world.run([vm(101, name="compta", **larger)], [order(101, "compta")])
    moved = [vm(205, print_=101, name="compta", **larger)]
    assert rules(world.run(moved, [order(101, "compta")], silent="pve-a")) == []
    at_first = world.links
    elsewhere = [vm(205, "pve-b", print_=101, name="compta", **larger)]
    found = world.run(elsewhere, [order(None, "compta", "pve-b")], silent="pve-a")
    assert (rules(found), world.links) == ([], at_first)
    told = ["vm.oversized pve-b/205"]
    assert rules(world.run(elsewhere, [order(205, "compta", "pve-b")], silent="pve-a")) == told


def test_a_moved_machine_is_not_told_by_its_old_name_while_it_is_not_seen() -> None:
    world, there = World(), [vm(205, "pve-b", print_=101), vm(206, "pve-b")]
    sold = [order(101, "compta"), order(206, "vm-206", "pve-b")]
    sheets = [replace(sheet(101, "compta"), customer="amiens"), sheet(206, "vm-206", "pve-b")]
    world.run([vm(101), there[1]], sold, sheets)
    told = ["vm.tenant-differs pve-b/205"]
    assert rules(world.run(there, sold, sheets)) == told
    assert rules(world.run(there, sold, sheets, silent="pve-b")) == []
    assert rules(world.run(there[1:], sold, sheets)) == []
    assert rules(world.run(there, sold, sheets)) == told


def test_a_moved_machine_keeps_its_order_while_the_contracts_are_silent() -> None:
    world = World()
    sold, there = [order(101, "compta")], [vm(205, "pve-b", print_=101)]
    world.run([vm(101)], sold)
    world.run(there, sold)
    world.run(there, sold, silent="contracts")
    assert rules(world.run(there, sold)) == []


def test_two_copies_of_a_machine_that_is_gone_are_left_to_a_person() -> None:
    world = World()
    sold = [order(101, "compta")]
    world.run([vm(101)], sold)
    copies = [vm(205, "pve-b", print_=101), vm(206, "pve-b", print_=101)]
    found = world.run(copies, sold)
    assert rules(found) == []
    assert {"vm:pve-b/205", "vm:pve-b/206"} <= found.unsure
    for _ in range(2):
        world.run(copies, sold)
    told = ["vm.ghost pve-a/101", "vm.unbilled pve-b/205", "vm.unbilled pve-b/206"]
    assert rules(world.run(copies, sold)) == told


def test_an_order_that_is_moved_by_a_person_follows_its_word() -> None:
    world = World()
    world.run([vm(101), vm(102)], [order(101, "compta")])
    assert rules(world.run([vm(101), vm(102)], [order(102, "compta")])) == ["vm.unbilled pve-a/101"]


def test_missing_needs_runs_and_hours_and_coming_back_restores() -> None:
    world = World(Patience(runs=3, hours=12, percent=100))
    sold = [order(101, "compta")]
    world.run([vm(101)], sold, hours=1)
    for hours in (1, 1, 1, 9):  # four runs, but only three hours after the first absence
        found = world.run([], sold, hours=hours)
        assert rules(found) == []
        assert "vm:pve-a/101" in found.unsure
    assert rules(world.run([], sold)) == ["vm.ghost pve-a/101"]
    assert rules(world.run([vm(101)], sold)) == []
    assert (world.links[0].missing_since, world.links[0].gone) == (None, False)
    assert rules(world.run([], sold)) == []  # it starts again


def test_hours_alone_are_not_enough() -> None:
    world = World(Patience(runs=3, hours=12, percent=100))
    sold = [order(101, "compta")]
    world.run([vm(101)], sold)
    assert rules(world.run([], sold, hours=100)) == []
    assert rules(world.run([], sold, hours=100)) == []
    assert rules(world.run([], sold, hours=100)) == ["vm.ghost pve-a/101"]


def test_what_was_never_seen_has_nobody_to_wait_for() -> None:
    assert rules(World().run([], [order(101, "compta")])) == ["vm.ghost pve-a/101"]


@pytest.mark.parametrize("silence", [{"silent": "pve-a"}, {"unasked": "pve-a"}])
def test_a_silent_cluster_counts_no_absence(silence: dict[str, str]) -> None:
    world = World(Patience(runs=2, hours=0, percent=100))
    sold = [order(101, "compta")]
    world.run([vm(101)], sold)
    for _ in range(5):
        found = world.run([], sold, **silence)  # type: ignore[arg-type]
        assert rules(found) == []
    assert world.links[0].missing_runs == 0


def test_more_than_the_ceiling_is_withheld_until_a_person_approves() -> None:
    world = World(Patience(runs=1, hours=0, percent=10))
    guests, sold = [vm(n) for n in range(100, 130)], [order(n, f"m{n}") for n in range(100, 130)]
    world.run(guests, sold)
    new = vm(900)
    found = world.run([*guests[4:], new], sold)  # four of thirty are missing: three may be
    assert rules(found) == ["vm.unbilled pve-a/900"]  # additions go on
    assert found.conclusion.withheld == {"pve-a": 4}
    assert {f"vm:pve-a/{n}" for n in range(100, 104)} <= found.unsure
    approved = world.run([*guests[4:], new], sold, approved=True)
    assert approved.conclusion.withheld == {}
    assert [rule for rule in rules(approved) if "ghost" in rule] == [f"vm.ghost pve-a/{n}" for n in range(100, 104)]


def test_one_absence_is_always_under_the_ceiling() -> None:
    world = World(Patience(runs=1, hours=0, percent=0))
    world.run([vm(101), vm(102)], [order(101, "a"), order(102, "b")])
    assert rules(world.run([vm(102)], [order(101, "a"), order(102, "b")])) == ["vm.ghost pve-a/101"]


def test_what_one_cluster_withholds_holds_back_nothing_of_another() -> None:
    world = World(Patience(runs=1, hours=0, percent=0))
    sold = [order(101, "a"), order(102, "b"), order(101, "c", "pve-b")]
    world.run([vm(101), vm(102), vm(101, "pve-b", print_=300)], sold)
    assert rules(world.run([], sold)) == ["vm.ghost pve-b/101"]


def test_a_machine_of_which_a_size_is_unknown_is_unsure() -> None:
    known, unknown = vm(101), vm(102, disk_bytes=None)
    assert World().run([known, unknown], [order(101, "a"), order(102, "b")]).unsure == {"vm:pve-a/102"}


def test_documentation_that_vanishes_waits_too() -> None:
    world = World(Patience(runs=2, hours=12, percent=100))
    sold, documented = [order(101, "compta")], [sheet(101, "compta"), sheet(102, "autre")]
    machines = [vm(101), vm(102)]
    sold.append(order(102, "autre"))
    world.run(machines, sold, documented)
    first = world.run(machines, sold, documented[1:])
    assert rules(first) == []
    assert "vm:pve-a/101" in first.unsure
    assert rules(world.run(machines, sold, documented)) == []
    world.run(machines, sold, documented[1:])
    assert rules(world.run(machines, sold, documented[1:])) == ["vm.undocumented pve-a/101"]
    assert rules(world.run(machines, sold, documented)) == []


@pytest.mark.parametrize("documentation", [True, False])
@pytest.mark.parametrize(("runs", "hours"), [(1, 30), (2, 0)])
def test_what_came_back_and_leaves_again_is_waited_for_as_long_as_the_first_time(
    runs: int, hours: int, documentation: bool
) -> None:
    world = World(Patience(runs, hours, percent=100))
    for there in (True, False, True, False):
        machines, sheets = [vm(101)], [sheet(101, "compta")]
        told = (machines, sheets if there else []) if documentation else (machines if there else [], sheets)
        assert rules(world.run(told[0], [order(101, "compta")], told[1])) == []


@pytest.mark.parametrize(
    ("runs", "hours", "silences"), [(2, 0, ("netbox", None, "netbox")), (1, 30, ("netbox", None, None))]
)
def test_a_documentation_that_told_a_part_counts_no_absence(
    runs: int, hours: int, silences: tuple[str | None, ...]
) -> None:
    world = World(Patience(runs, hours, percent=100))
    sold, machines = [order(101, "compta")], [vm(101)]
    world.run(machines, sold, [sheet(101, "compta")])
    for silent in silences:
        assert rules(world.run(machines, sold, [], silent=silent)) == []
    assert rules(world.run(machines, sold, [])) == ["vm.undocumented pve-a/101"]


@pytest.mark.parametrize(
    ("link", "guest", "same"),
    [
        (Link("a", 1, "qemu", "u1", ("m1",)), vm(1, uuid="u1", macs=("m9",)), True),  # a new network card
        (Link("a", 1, "qemu", "u1", ("m1",)), vm(1, uuid="u2", macs=("m1",)), False),
        (Link("a", 1, "lxc", None, ("m1", "m2")), vm(1, kind="lxc", uuid=None, macs=("m2",)), True),
        (Link("a", 1, "lxc", None, ("m1",)), vm(1, kind="lxc", uuid=None, macs=("m2",)), False),
        (Link("a", 1, "qemu", "u1", ()), vm(1, kind="lxc", uuid=None, macs=()), False),
        (Link("a", 1, "qemu", "u1", ("m1",)), vm(1, uuid=None, macs=()), True),  # its configuration was not read
        (Link("a", 1), vm(1), True),
    ],
)
def test_what_makes_two_fingerprints_the_same(link: Link, guest: Guest, same: bool) -> None:
    assert same_machine(link, guest) is same


places = st.tuples(st.sampled_from(CLUSTERS), st.integers(100, 105))
worlds = st.lists(st.dictionaries(places, st.integers(0, 8), max_size=6), min_size=1, max_size=6)


@given(worlds, st.booleans())
def test_whatever_happens_a_quiet_run_concludes_the_same_and_no_order_is_paired_twice(
    history: list[dict[tuple[str, int], int]], hasty: bool
) -> None:
    world = World(Patience(runs=1, hours=0, percent=100) if hasty else Patience())
    sold = [order(vmid, f"vm-{vmid}", cluster) for cluster in CLUSTERS for vmid in (100, 101, 102)]
    sold = [replace(one, reference=f"machine/{number}") for number, one in enumerate(sold)]
    for places_now in history:
        guests = [vm(vmid, cluster, print_) for (cluster, vmid), print_ in places_now.items()]
        world.run(guests, sold)
    for _ in range(3):
        world.run(guests, sold)
    before = world.links
    found = world.run(guests, sold)
    assert world.links == before
    assert rules(found) == rules(world.run(list(reversed(guests)), list(reversed(sold))))
    paired = [link.sold for link in world.links if link.sold]
    assert len(paired) == len(set(paired))


silences = st.sampled_from([None, None, "contracts", "netbox", *CLUSTERS])
steps = st.lists(
    st.tuples(st.dictionaries(st.integers(0, 3), st.sampled_from([*CLUSTERS, "away"]), max_size=3), silences),
    min_size=2, max_size=6,
)  # fmt: skip


@given(steps)
def test_what_runs_as_it_is_sold_and_documented_is_never_told_wherever_it_goes_and_whoever_is_silent(
    history: list[tuple[dict[int, str], str | None]],
) -> None:
    world, free = World(Patience(runs=9)), itertools.count(200)  # no absence is believed yet
    homes = {number: ("pve-a", 100 + number) for number in range(4)}
    sold = [order(vmid, f"vm-{vmid}") for _, vmid in homes.values()]
    sheets = [sheet(vmid, f"vm-{vmid}") for _, vmid in homes.values()]
    world.run([vm(100 + number) for number in homes], sold, sheets)
    for moves, silent in history:
        homes |= {number: (cluster, next(free)) for number, cluster in moves.items() if cluster != "away"}
        seen = [number for number in homes if moves.get(number) != "away"]
        guests = [vm(homes[number][1], homes[number][0], 100 + number) for number in seen]
        assert rules(world.run(guests, sold, sheets, silent)) == []
