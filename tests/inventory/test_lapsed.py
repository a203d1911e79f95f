"""A machine or a box that runs without being sold that day: which of its other orders is told, and for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from inventory.compare import compare, examine
from inventory.facts import BACKUPS, GUESTS, Appliance, BackupStore, Fact, Guest, Scope, ScopeStatus, Snapshot
from inventory.links import Link, Memory

ON, AT = date(2024, 6, 15), datetime(2024, 6, 15, 10, tzinfo=UTC)
RUNNING = Guest("web", "a", 101, kind="qemu", status="running", vcpus=Decimal(2), memory_bytes=4, disk_bytes=50)
TEMPLATE = replace(RUNNING, vmid=102, template=True, status="stopped")
ORDER = Guest(
    "web", "a", 101, customer="abbeville", start=date(2023, 1, 1), end=date(2024, 3, 1), reference="machine/1"
)
EARLIER = replace(ORDER, end=date(2023, 6, 1), reference="machine/4")
TO_COME = replace(ORDER, start=date(2024, 9, 1), end=None, reference="machine/2")
LATER = replace(TO_COME, start=date(2025, 1, 1), reference="machine/3")
STORE = BackupStore("pbs", "S1", 30 * 10**9, 10**12, 1, AT, "S1")


def told(name: str, kind: str, *facts: Fact, subject: str | None = None) -> Snapshot:
    return Snapshot(name, kind, AT, 0.1, (Scope(name, ScopeStatus.COMPLETE, facts, subject=subject),))


@pytest.mark.parametrize(
    ("orders", "real", "rule", "words"),
    [
        ([ORDER], [RUNNING], "vm.after-end", "après la fin de son contrat (01/03/2024)"),
        ([ORDER, TO_COME], [RUNNING], "vm.after-end", "(01/03/2024)"),
        ([EARLIER, ORDER], [RUNNING], "vm.after-end", "(01/03/2024)"),
        ([LATER, TO_COME], [RUNNING], "vm.unbilled", "avant le début de son contrat (01/09/2024)"),
        ([replace(ORDER, cluster=None, vmid=None)], [RUNNING], "vm.after-end", "(01/03/2024)"),
        ([replace(ORDER, cluster=None, vmid=None)], [RUNNING, TEMPLATE], "vm.after-end", "(01/03/2024)"),
        ([replace(ORDER, vmid=None)], [RUNNING], "vm.after-end", "(01/03/2024)"),
        ([replace(ORDER, vmid=None), TO_COME], [RUNNING], "vm.after-end", "(01/03/2024)"),
        ([replace(ORDER, cluster=None, vmid=None), TO_COME], [RUNNING], "vm.after-end", "(01/03/2024)"),
        ([replace(ORDER, vmid=90), TO_COME], [RUNNING], "vm.unbilled", "avant le début de son contrat (01/09/2024)"),
    ],
)  # fmt: skip
def test_which_order_is_told(orders: list[Guest], real: list[Guest], rule: str, words: str) -> None:
    for given in (orders, orders[::-1]):
        (found,) = compare([told("contracts", "sold", *given), told("a", "real", *real, subject=GUESTS)], ON)
        assert (found.rule, found.customer) == (rule, "abbeville")
        assert words in found.title


def test_a_name_that_two_machines_bear_gives_an_order_without_a_cluster_to_neither() -> None:
    orders = told("contracts", "sold", replace(ORDER, cluster=None, vmid=None))
    real = told("a", "real", RUNNING, replace(RUNNING, vmid=102), subject=GUESTS)
    found = [(one.rule, one.customer) for one in compare([orders, real], ON)]
    assert found == [("vm.unbilled", None)] * 2


def test_a_machine_that_moved_to_another_cluster_keeps_its_order_run_after_run() -> None:
    there = replace(RUNNING, cluster="b", vmid=900, uuid="u")
    run = [
        told("contracts", "sold", ORDER), told("a", "real", subject=GUESTS), told("b", "real", there, subject=GUESTS),
    ]  # fmt: skip
    links: tuple[Link, ...] = (Link("a", 101, kind="qemu", uuid="u", sold="machine/1@a/101"),)
    for _ in range(3):
        seen = examine(run, ON, memory=Memory(links, AT))
        assert [(one.rule, one.customer, one.thing) for one in seen.differences] == [
            ("vm.after-end", "abbeville", "vm:b/900")
        ]
        links = seen.conclusion.links
    assert [(link.cluster, link.sold) for link in links] == [("b", "machine/1@a/101")]


def test_the_place_of_a_machine_that_is_gone_is_free_once_its_order_has_ended() -> None:
    gone = Link("a", 101, kind="qemu", uuid="u", sold="machine/1@a/101", gone=True)
    other = replace(RUNNING, name="autre", uuid="v")
    for order, rule in ((ORDER, "vm.after-end"), (replace(ORDER, end=None), "vm.reused-id")):
        run = [told("contracts", "sold", order), told("a", "real", subject=GUESTS)]
        links = examine(run, ON, memory=Memory((gone,), AT)).conclusion.links
        run[1] = told("a", "real", other, subject=GUESTS)
        assert [one.rule for one in examine(run, ON, memory=Memory(links, AT)).differences] == [rule]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([(date(2024, 9, 1), date(2027, 9, 1))], "avant le début de son contrat (01/09/2024)"),
        ([(date(2022, 1, 1), date(2024, 3, 1)), (date(2024, 9, 1), None)], "après la fin de son contrat (01/03/2024)"),
    ],
)
def test_a_box_that_is_not_sold_that_day(days: list[tuple[date, date | None]], words: str) -> None:
    boxes = [Appliance("S1", "NAS", "abbeville", 60, start, end, "nas/1") for start, end in days]
    given = [told("contracts", "sold", *boxes), told("pbs", "real", STORE, subject=BACKUPS)]
    (found,) = [one for one in compare(given, ON) if one.rule == "backup.unbilled"]
    assert words in found.title
