"""What a documentation says of a machine and reality contradicts: each field, and what is no contradiction."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.compare import Difference, Resources, compare
from inventory.doc_rules import same_name
from inventory.facts import GIB, MIB, Guest
from inventory.mapping import CustomerRules
from inventory.sources.netbox_requests import MachineSaid, machine_fields
from inventory.sources.netbox_rows import guest as read
from tests.inventory.test_compare import ON, PARTIAL, documented, real, sold

REAL = Guest(
    "web1", "pve-a", 101, status="running", vcpus=Decimal(4), memory_bytes=8 * GIB, disk_bytes=52 * GIB,
    disks=(("scsi0", 20 * GIB), ("scsi1", 32 * GIB)),
)  # fmt: skip


def drift(said: Guest, *, running: Guest = REAL) -> list[Difference]:
    """The fields in which a documentation is wrong, of a machine that is sold as it runs."""
    found = compare([sold(replace(running, customer="ham")), documented(said), real(running)], ON)
    return [one for one in found if one.rule == "vm.misdocumented"]


@pytest.mark.parametrize(
    ("changed", "field", "values", "told"),
    [
        ({"vcpus": Decimal(2)}, "vcpus", (2, 4), "avec 2 vCPU au lieu de 4"),
        ({"vcpus": Decimal("3.50")}, "vcpus", ("3.50", 4), "avec 3,50 vCPU au lieu de 4"),
        ({"memory_bytes": 4 * GIB}, "memory", (4, 8), "avec 4 Go de mémoire au lieu de 8"),
        ({"disk_bytes": 20 * GIB}, "disk", (20, 52), "avec 20 Go de disque au lieu de 52"),
        ({"name": "www"}, "name", ("www", "web1"), "sous le nom « www » au lieu de « web1 »"),
        ({"cluster": "pve-b", "vmid": None}, "cluster", ("pve-b", "pve-a"), "dans le cluster pve-b au lieu de pve-a"),
        ({"status": "stopped"}, "status", ("stopped", "running"), "« arrêtée » au lieu de « en marche »"),
        ({"status": "planned"}, "status", ("planned", "running"), "« prévue » au lieu de « en marche »"),
        ({"vmid": 99}, "vmid", (99, 101), "avec le n° 99 au lieu du n° 101"),
    ],
)
def test_each_field(changed: dict[str, Any], field: str, values: tuple[Any, Any], told: str) -> None:
    (found,) = drift(replace(REAL, **changed))
    assert (found.thing, found.field, found.scope) == ("vm:pve-a/101", field, "pve-a")
    assert (found.sold, found.documented, found.real) == (None, *values)
    assert found.title == f"web1 (pve-a/101) est documentée {told}"
    assert (found.customer, found.resources) == ("ham", Resources())


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"name": "WEB1"},
        {"name": "web1.ham.example"},
        {"vcpus": None},
        {"memory_bytes": None},
        {"disk_bytes": None},
        {"status": "decommissioning"},
        {"status": "paused"},
        {"memory_bytes": 8 * GIB + MIB // 2},
        {"disk_bytes": 52 * GIB + MIB},
    ],
)
def test_what_is_no_contradiction(changed: dict[str, Any]) -> None:
    assert drift(replace(REAL, **changed)) == []


def test_a_stopped_machine_may_be_planned_and_is_not_active() -> None:
    stopped = replace(REAL, status="stopped")
    assert drift(replace(REAL, status="planned"), running=stopped) == []
    assert [one.field for one in drift(REAL, running=stopped)] == ["status"]


@pytest.mark.parametrize("field", ["vcpus", "memory_bytes", "disk_bytes", "name"])
def test_what_reality_does_not_know_differs_from_nothing(field: str) -> None:
    assert drift(replace(REAL, vcpus=Decimal(1)), running=replace(REAL, vcpus=None)) == []
    assert drift(REAL, running=replace(REAL, status="unknown", **{field: None})) == []


def test_a_name_that_netbox_had_to_cut_is_the_same() -> None:
    long = "a" * 70
    assert drift(replace(REAL, name="a" * 64), running=replace(REAL, name=long)) == []
    assert not same_name("a" * 63, long)


def test_a_missing_vmid_is_wrong_only_where_the_others_have_one() -> None:
    unnumbered, other = replace(REAL, vmid=None), replace(REAL, name="web2", vmid=102)
    assert drift(unnumbered) == []
    runs = (REAL, replace(other))
    found = compare([sold(*runs), documented(unnumbered, other), real(*runs)], ON)
    assert [(one.field, one.documented, one.real) for one in found] == [("vmid", None, 101)]
    assert found[0].title.endswith("est documentée sans n° au lieu du n° 101")


def test_what_is_seen_in_a_list_cut_short_is_still_contradicted_and_nothing_is_concluded_of_the_rest() -> None:
    told = [sold(REAL), documented(replace(REAL, vcpus=Decimal(2)), status=PARTIAL), real(REAL)]
    assert [one.field for one in compare(told, ON)] == ["vcpus"]


def test_twelve_gib_are_not_twelve_thousand_mib_of_a_server_that_counts_by_a_thousand() -> None:
    row = {"id": 1, "name": "web1", "cluster": {"name": "pve-a"}, "custom_fields": {"vmid": 101}, "memory": 12288}
    runs = replace(REAL, memory_bytes=12 * GIB)
    assert [one.field for one in drift(read(row, CustomerRules(), 1000), running=runs)] == ["memory"]
    assert drift(read(row, CustomerRules(), 1024), running=runs) == []


@given(
    memory=st.integers(0, 2**45),
    megabyte=st.sampled_from([1000, 1024]),
    vcpus=st.decimals(Decimal("0.01"), 999, places=2),
)
def test_what_is_written_as_it_runs_is_read_as_it_runs(memory: int, megabyte: int, vcpus: Decimal) -> None:
    runs = replace(REAL, memory_bytes=memory, vcpus=vcpus)
    body = machine_fields(MachineSaid(memory_bytes=memory, vcpus=vcpus, status="running", vmid=101), megabyte)
    row = {"id": 1, "name": "web1", "cluster": {"name": "pve-a"}, **body, "status": {"value": body["status"]}}
    assert drift(read(row, CustomerRules(), megabyte), running=runs) == []
