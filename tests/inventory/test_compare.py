"""Each rule by its values; a scope that did not answer everything never makes anything missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.compare import Difference, Resources, Tolerances, compare, examine
from inventory.facts import GIB, Fact, Guest, Scope, ScopeStatus, Snapshot

ON = date(2024, 6, 15)
AT = datetime(2024, 6, 15, 10, tzinfo=UTC)
COMPLETE, PARTIAL, FAILED = ScopeStatus


def guest(vmid: int, vcpu: int = 2, ram: float = 4, disk: float = 50, **more: object) -> Guest:
    made = Guest(
        f"vm-{vmid}", "pve-a", vmid, vcpus=Decimal(vcpu), memory_bytes=int(ram * GIB), disk_bytes=int(disk * GIB)
    )
    return replace(made, **more)  # type: ignore[arg-type]


def sold(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("contracts", "sold", AT, 0.1, (Scope("contracts", status, facts),))


def real(*facts: Fact, status: ScopeStatus = COMPLETE, cluster: str = "pve-a") -> Snapshot:
    running = tuple(replace(f, status=f.status or "running") if isinstance(f, Guest) else f for f in facts)
    return Snapshot(cluster, "real", AT, 0.1, (Scope(cluster, status, running),))


def documented(*facts: Fact, status: ScopeStatus = COMPLETE, racks: ScopeStatus = COMPLETE) -> Snapshot:
    guests = tuple(fact for fact in facts if isinstance(fact, Guest))
    space = tuple(fact for fact in facts if not isinstance(fact, Guest))
    return Snapshot(
        "netbox", "documented", AT, 0.1, (Scope("racks", racks, space), Scope("virtual-machines", status, guests))
    )


def told(*snapshots: Snapshot, on: date = ON) -> list[tuple[str, str, str]]:
    return [(d.rule, d.thing, d.field) for d in compare(snapshots, on)]


def only(*snapshots: Snapshot, on: date = ON) -> Difference:
    (difference,) = compare(snapshots, on)
    return difference


def test_the_same_thing_told_three_times_makes_no_difference() -> None:
    one = guest(101, customer="abbeville")
    assert compare([sold(one), documented(one), real(one)], ON) == []


def test_what_runs_and_is_not_sold_is_unbilled() -> None:
    found = only(sold(), real(guest(901, 4, 15.2, 200.5, customer="abbeville")))
    assert (found.rule, found.thing, found.scope) == ("vm.unbilled", "vm:pve-a/901", "pve-a")
    assert found.resources == Resources(guests=1, vcpus=4, ram_gb=16, disk_gb=201)
    assert found.customer == "abbeville"
    assert found.sold is None
    assert found.real == {
        "name": "vm-901", "cluster": "pve-a", "vmid": 901, "customer": "abbeville",
        "vcpu": 4, "ram_gb": "15.20", "disk_gb": "200.50",
    }  # fmt: skip
    assert found.title == "vm-901 (pve-a/901) tourne et n'est vendue à personne"


@pytest.mark.parametrize("status", ["stopped", "unknown"])
def test_what_does_not_run_is_not_said_to_run(status: str) -> None:
    assert told(sold(), documented(), real(guest(901, status=status))) == []


def test_a_machine_running_after_its_end_or_before_its_start_is_unbilled() -> None:
    ended = only(sold(guest(101, customer="abbeville", end=ON)), real(guest(101)))
    assert (ended.rule, ended.customer) == ("vm.after-end", "abbeville")
    assert ended.title.endswith("tourne après la fin de son contrat (15/06/2024)")
    assert ended.sold["to"] == "2024-06-15"
    early = only(sold(guest(101, customer="abbeville", start=date(2024, 6, 16))), real(guest(101)))
    assert early.title.endswith("tourne avant le début de son contrat (16/06/2024)")
    last_day = sold(guest(101, start=ON, end=date(2024, 6, 16)))
    assert told(last_day, real(guest(101))) == []


def test_what_is_sold_and_does_not_exist_is_a_ghost() -> None:
    found = only(sold(guest(101, customer="abbeville")), real())
    assert (found.rule, found.thing, found.customer) == ("vm.ghost", "vm:pve-a/101", "abbeville")
    assert found.resources == Resources(1, 2, 4, 50)
    assert found.real is None


def test_what_is_only_documented_and_does_not_exist_costs_nothing() -> None:
    found = only(sold(), documented(guest(101)), real())
    assert (found.rule, found.resources) == ("vm.ghost", Resources())


def test_an_ended_contract_is_no_ghost() -> None:
    assert told(sold(guest(101, end=ON)), real()) == []


def test_a_cluster_that_nobody_asked_makes_no_ghost() -> None:
    assert told(sold(guest(101, cluster="elsewhere")), real()) == []


def test_a_machine_sold_without_a_cluster_is_a_ghost_when_every_cluster_answered() -> None:
    loose = replace(guest(101), cluster=None, vmid=None)
    assert told(sold(loose), real(), real(cluster="pve-b")) == [("vm.ghost", "vm:vm-101", "")]
    assert told(sold(loose), real(), real(cluster="pve-b", status=PARTIAL)) == []


def test_larger_and_smaller_than_sold_one_difference_per_resource() -> None:
    found = compare([sold(guest(101, 2, 8, 50, customer="abbeville")), real(guest(101, 4, 4, 51.5))], ON)
    assert [(d.rule, d.field, d.sold, d.real, d.resources) for d in found] == [
        ("vm.oversized", "disk", 50, "51.50", Resources(disk_gb=2, above=50)),
        ("vm.oversized", "vcpu", 2, 4, Resources(vcpus=2, above=2)),
        ("vm.undersized", "ram", 8, 4, Resources(ram_gb=4, above=4)),
    ]
    assert {d.customer for d in found} == {"abbeville"}


@pytest.mark.parametrize(
    ("ram", "disk", "expected"), [(4.5, 51, []), (3.5, 49, []), (4.6, 50, ["ram"]), (4, 51.1, ["disk"])]
)
def test_a_difference_within_tolerance_is_none(ram: float, disk: float, expected: list[str]) -> None:
    found = compare([sold(guest(101)), real(guest(101, 2, ram, disk))], ON)
    assert [d.field for d in found] == expected
    assert all(d.resources in (Resources(ram_gb=1, above=4), Resources(disk_gb=2, above=50)) for d in found)


def test_titles_write_partial_sizes_as_french_does() -> None:
    titles = [found.title for found in compare([sold(guest(101, 1, 4)), real(guest(101, 1, 3.25))], ON)]
    assert titles == ["vm-101 (pve-a/101) a 3,25 Go de mémoire au lieu de 4 : 0,75 de moins"]


def test_tolerances_are_a_choice() -> None:
    pair = [sold(guest(101)), real(guest(101, 3, 6, 60))]
    assert compare(pair, ON, Tolerances(Decimal(1), Decimal(2), Decimal(10))) == []


def test_an_unknown_size_is_not_zero() -> None:
    assert told(sold(guest(101)), real(guest(101, memory_bytes=None, disk_bytes=None, vcpus=None))) == []


def test_a_cluster_that_fails_gives_its_machines_no_other_name() -> None:
    nameless = replace(guest(101, customer="abbeville"), vmid=None)
    texts = sold(nameless), documented(replace(guest(101, customer="amiens"), vmid=None))
    assert told(*texts, real(guest(101))) == [("vm.tenant-differs", "vm:pve-a/101", "customer")]
    assert told(*texts, real(status=FAILED)) == []
    assert told(*texts) == []


def test_whose_machine_it_is_is_said_by_the_first_that_names_a_customer() -> None:
    texts = documented(guest(901, customer="inconnu")), real(guest(901, customer="abbeville"))
    for names, customer in (({"abbeville": "Abbeville"}, "abbeville"), ({}, "inconnu")):
        (found,) = compare([sold(), *texts], ON, names=names)
        assert (found.rule, found.customer) == ("vm.unbilled", customer)


def test_what_runs_and_is_not_documented() -> None:
    found = only(sold(guest(101, customer="abbeville")), documented(), real(guest(101)))
    assert (found.rule, found.thing, found.customer) == ("vm.undocumented", "vm:pve-a/101", "abbeville")
    assert found.resources == Resources()


def test_without_documentation_nothing_is_undocumented() -> None:
    assert told(sold(guest(101)), real(guest(101))) == []


def test_racks_that_could_not_be_read_do_not_hide_machines() -> None:
    assert told(sold(guest(101)), documented(racks=FAILED), real(guest(101))) == [
        ("vm.undocumented", "vm:pve-a/101", "")
    ]


def test_documented_for_another_customer() -> None:
    pair = guest(101, customer="abbeville"), guest(101, customer="amiens")
    found = only(sold(pair[0]), documented(pair[1]), real(guest(101)))
    assert (found.rule, found.sold, found.documented) == ("vm.tenant-differs", "abbeville", "amiens")


def test_a_tie_is_told_and_nothing_is_concluded_from_it() -> None:
    loose = replace(guest(7, name="web"), cluster=None, vmid=None)
    found = told(sold(loose), real(guest(1, name="web"), guest(2, name="web")))
    assert found == [("vm.ambiguous", "vm:web", "sold")]


@pytest.mark.parametrize("status", [PARTIAL, FAILED])
def test_silence_is_not_absence(status: ScopeStatus) -> None:
    one = guest(101)
    assert told(sold(one), documented(one), real(status=status)) == []
    assert told(sold(one), documented(status=status), real(one)) == []
    assert told(sold(status=status), documented(one), real(one)) == []


def test_what_a_partial_scope_shows_still_counts() -> None:
    assert told(sold(guest(101)), real(guest(101, 4), status=PARTIAL)) == [("vm.oversized", "vm:pve-a/101", "vcpu")]
    assert told(sold(), real(guest(9), status=PARTIAL)) == [("vm.unbilled", "vm:pve-a/9", "")]


vmids = st.lists(st.integers(1, 8), unique=True, max_size=8)
guest_lists = vmids.flatmap(
    lambda ids: st.tuples(*(st.builds(guest, st.just(i), st.integers(1, 3), st.integers(1, 3)) for i in ids))
)
statuses = st.sampled_from(list(ScopeStatus))


@given(guest_lists, guest_lists, guest_lists, st.randoms())
def test_the_order_of_the_input_does_not_matter(
    one: tuple[Guest, ...], two: tuple[Guest, ...], three: tuple[Guest, ...], random: object
) -> None:
    def mixed(facts: tuple[Guest, ...]) -> list[Guest]:
        shuffled = list(facts)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        return shuffled

    straight = [sold(*one), documented(*two), real(*three)]
    assert compare([real(*mixed(three)), sold(*mixed(one)), documented(*mixed(two))], ON) == compare(straight, ON)


@given(guest_lists, guest_lists, guest_lists, statuses, statuses, statuses)
def test_only_complete_scopes_make_things_missing(
    one: tuple[Guest, ...], two: tuple[Guest, ...], three: tuple[Guest, ...],
    of_sold: ScopeStatus, of_documented: ScopeStatus, of_real: ScopeStatus,
) -> None:  # fmt: skip
    found = examine(
        [sold(*one, status=of_sold), documented(*two, status=of_documented), real(*three, status=of_real)], ON
    )
    rules = {difference.rule for difference in found.differences}
    assert of_real is COMPLETE or "vm.ghost" not in rules
    assert of_documented is COMPLETE or "vm.undocumented" not in rules
    assert of_sold is COMPLETE or "vm.unbilled" not in rules
    keys = [difference.key for difference in found.differences]
    assert len(keys) == len(set(keys))
    assert keys == sorted(keys)


def test_ten_thousand_machines_that_nothing_ties_together() -> None:
    many = [guest(number, name=f"vm-{number % 5000}") for number in range(10_000)]
    snapshots = [sold(*many), documented(*(replace(g, vmid=None, name=f"d-{g.vmid}") for g in many)), real(*many)]
    found = compare(snapshots, ON)
    assert len(found) == 20_000


def test_a_machine_documented_ahead_of_its_life_or_outside_any_cluster_is_no_ghost() -> None:
    nothing_runs = real()
    assert told(sold(), documented(guest(101)), nothing_runs) == [("vm.ghost", "vm:pve-a/101", "")]
    for status in ("planned", "staged"):
        assert told(sold(), documented(guest(101, status=status)), nothing_runs) == []
    assert told(sold(), documented(guest(101, cluster=None)), nothing_runs) == []
