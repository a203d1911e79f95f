"""What the demo documents in its racks could stand there: nothing overlaps, everything is its buyer's."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from dcops.demo.netbox_world import SimDevice, SimRack
from dcops.demo.real import NODES, netbox_world
from dcops.demo.world import rows, space

WORLD = netbox_world("nbt_demo.0")
HEIGHTS = {kind.slug: int(kind.u_height) for kind in WORLD.device_types}
SHARES = [(row["rack"], *space(row), row["customer"]) for row in rows("shares.csv") if not row["to"]]


def units(device: SimDevice) -> range:
    assert device.position is not None
    return range(int(device.position), int(device.position) + HEIGHTS[device.type])


def half_units(device: SimDevice) -> tuple[int, int]:
    mine = units(device)
    return 2 * (mine[0] - 1), 2 * mine[-1]


@pytest.mark.parametrize("rack", WORLD.racks, ids=lambda rack: rack.name)
def test_devices_fit_their_rack_one_above_the_other(rack: SimRack) -> None:
    taken = sorted((units(device) for device in WORLD.devices if device.rack == rack.name), key=lambda held: held[0])
    assert all(below[-1] < above[0] for below, above in pairwise(taken))
    assert taken[0][0] >= 1
    assert taken[-1][-1] <= rack.u_height


def test_a_switch_tops_every_rack() -> None:
    tops = {(rack.name, rack.u_height) for rack in WORLD.racks}
    switches = {(device.rack, units(device)[-1]) for device in WORLD.devices if device.role == "Commutateur"}
    assert tops <= switches


def test_a_device_stands_in_one_share_and_belongs_to_who_bought_it() -> None:
    for device in WORLD.devices:
        first, end = half_units(device)
        touched = [share for share in SHARES if share[0] == device.rack and share[1] < end and first < share[2]]
        assert [who for _, _, _, who in touched] == ([device.tenant] if device.tenant else []), device.name
        assert all(low <= first and end <= high for _, low, high, _ in touched), device.name


def test_every_share_in_use_holds_something_of_its_buyer() -> None:
    placed = {(device.rack, device.tenant) for device in WORLD.devices if device.tenant}
    assert placed == {(rack, who) for rack, _, _, who in SHARES}


def test_nothing_stands_where_the_documentation_sets_units_aside() -> None:
    aside = {(kept.rack, unit) for kept in WORLD.reservations for unit in kept.units}
    assert not aside & {(device.rack, unit) for device in WORLD.devices for unit in units(device)}


def test_the_hypervisors_that_run_are_documented_in_the_operators_racks() -> None:
    nodes = {node for names in NODES.values() for node in names}
    documented = {device.name: device for device in WORLD.devices if device.role == "Hyperviseur"}
    assert set(documented) == nodes
    assert {(device.rack, device.tenant) for device in documented.values()} == {("B01", None), ("B02", None)}


def test_names_are_unique_and_sizes_those_of_real_devices() -> None:
    assert Counter(device.name for device in WORLD.devices).most_common(1)[0][1] == 1
    assert {HEIGHTS[device.type] for device in WORLD.devices} == {1, 2, 3, 4}
    assert {device.type for device in WORLD.devices} == set(HEIGHTS)
