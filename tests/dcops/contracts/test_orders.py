"""What orders are charged as."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dcops.contracts.orders import lines_of_antivirus, lines_of_machine, lines_of_nas, lines_of_share
from dcops.contracts.valuation import order_of
from inventory.differences import Resources


def test_a_machine_is_a_base_and_options() -> None:
    assert lines_of_machine(2, 4, 50) == [("vm1", 1), ("vm-cpu", 1), ("vm-ram", 2), ("vm-go", 30)]
    assert lines_of_machine(1, 2, 20) == [("vm1", 1)]
    assert lines_of_machine(1, 1, 10) == [("vm1", 1)]


@pytest.mark.parametrize(
    ("kind", "units", "expected"),
    [
        ("full", 42, [("dc-baie-42u-fas", 1), ("dc-baie-42u", 1), ("dc-elec", 1)]),
        ("half", 21, [("dc-baie-demi-fas", 1), ("dc-baie-demi", 1), ("dc-elec", 1)]),
        ("quarter", 10, [("dc-baie-quart-fas", 1), ("dc-baie-quart", 1), ("dc-elec", 1)]),
        ("unit", 3, [("dc-1u-fas", 3), ("dc-1u", 3), ("dc-elec", 1)]),
    ],
)
def test_a_share_is_a_fee_a_year_and_its_electricity(kind: str, units: int, expected: list[tuple[str, int]]) -> None:
    assert lines_of_share(kind, units) == expected


@pytest.mark.parametrize(("plan", "plans"), [(60, 1), (61, 2), (120, 2), (20, 1)])
def test_a_backup_box_counts_begun_plans(plan: int, plans: int) -> None:
    assert lines_of_nas(plan) == [("backup-fas", 1), ("backup-nas", 1), ("backup-60go", plans)]


def test_antivirus_seats() -> None:
    assert lines_of_antivirus("workstation", 12) == [("av-poste", 12)]
    assert lines_of_antivirus("server", 2) == [("av-serveur", 2)]


def test_resources_are_ordered_as_machines_options_and_space() -> None:
    assert order_of(Resources(2, 4, 8, 100)) == [("vm1", 2), ("vm-cpu", 2), ("vm-ram", 4), ("vm-go", 60)]
    assert order_of(Resources(ram_gb=-2, disk_gb=30)) == [("vm-ram", 2), ("vm-go", 30)]
    assert order_of(Resources(half_units=21)) == [("dc-1u", Decimal("10.5"))]
    assert order_of(Resources()) == []


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (Resources(ram_gb=1, above=1), []),
        (Resources(ram_gb=3, above=1), [("vm-ram", 2)]),
        (Resources(ram_gb=3, above=2), [("vm-ram", 3)]),
        (Resources(disk_gb=10, above=10), []),
        (Resources(vcpus=2, above=4), [("vm-cpu", 2)]),
    ],
)
def test_what_the_base_of_a_machine_holds_is_paid_for_already(
    resources: Resources, expected: list[tuple[str, int]]
) -> None:
    assert order_of(resources) == expected
