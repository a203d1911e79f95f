"""What the demo documents in its racks could stand there: nothing overlaps, all but the strays is its buyer's."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from dcops.demo.netbox_world import SimDevice, SimRack
from dcops.demo.real import AWAY, NODES, differences, netbox_world
from dcops.demo.world import rows, shares, space

WORLD = netbox_world("nbt_demo.0")
HEIGHTS = {kind.slug: int(kind.u_height) for kind in WORLD.device_types}
SHARES = [(row["rack"], *space(row), row["customer"]) for row in shares() if not row["to"]]
MOUNTED = [device for device in WORLD.devices if device.rack]
STRAYS = {row["name"] for kind in ("squatter", "misplaced") for row in differences()[kind]}


def units(device: SimDevice) -> range:
    assert device.position is not None
    return range(int(device.position), int(device.position) + HEIGHTS[device.type])


def half_units(device: SimDevice) -> tuple[int, int]:
    mine = units(device)
    return 2 * (mine[0] - 1), 2 * mine[-1]


@pytest.mark.parametrize("rack", WORLD.racks, ids=lambda rack: rack.name)
def test_devices_fit_their_rack_one_above_the_other(rack: SimRack) -> None:
    taken = sorted((units(device) for device in MOUNTED if device.rack == rack.name), key=lambda held: held[0])
    assert all(below[-1] < above[0] for below, above in pairwise(taken))
    assert taken[0][0] >= 1
    assert taken[-1][-1] <= rack.u_height


def test_a_switch_tops_every_rack() -> None:
    tops = {(rack.name, rack.u_height) for rack in WORLD.racks}
    switches = {(device.rack, units(device)[-1]) for device in MOUNTED if device.role == "Commutateur"}
    assert tops <= switches


def test_a_device_stands_in_one_share_and_belongs_to_who_bought_it() -> None:
    for device in MOUNTED:
        first, end = half_units(device)
        touched = [share for share in SHARES if share[0] == device.rack and share[1] < end and first < share[2]]
        as_sold = [who for _, _, _, who in touched] == ([device.tenant] if device.tenant else [])
        assert as_sold is (device.name not in STRAYS), device.name
        assert all(low <= first and end <= high for _, low, high, _ in touched), device.name


def test_every_share_in_use_holds_something_of_its_buyer() -> None:
    placed = {(device.rack, device.tenant) for device in MOUNTED if device.tenant and device.name not in STRAYS}
    empty = {(row["rack"], row["customer"]) for row in differences()["empty"]}
    assert placed == {(rack, who) for rack, _, _, who in SHARES} - empty
    assert len(empty) == 1


def test_backup_boxes_are_documented_at_their_customers() -> None:
    boxes = {device.serial: device for device in WORLD.devices if device.serial}
    told = {row["serial"]: row["customer"] for row in rows("nas.csv")}
    assert told.keys() - boxes.keys() == {row["serial"] for row in differences()["unknown_box"]}
    tenantless = {row["customer"] for row in differences()["tenantless"]}
    rooms = {room.slug: room.name for room in WORLD.rooms}
    for serial, box in boxes.items():
        assert (box.rack, rooms[box.room or ""]) == (None, AWAY)
        assert box.tenant == (told[serial] if told[serial] not in tenantless else None)


def test_nothing_stands_where_the_documentation_sets_units_aside() -> None:
    aside = {(kept.rack, unit) for kept in WORLD.reservations for unit in kept.units}
    assert not aside & {(device.rack, unit) for device in MOUNTED for unit in units(device)}


def test_the_hypervisors_that_run_are_documented_in_the_operators_racks() -> None:
    nodes = {node for names in NODES.values() for node in names}
    documented = {device.name: device for device in WORLD.devices if device.role == "Hyperviseur"}
    assert set(documented) == nodes
    assert {(device.rack, device.tenant) for device in documented.values()} == {("B01", None), ("B02", None)}


def test_names_are_unique_and_sizes_those_of_real_devices() -> None:
    assert Counter(device.name for device in WORLD.devices).most_common(1)[0][1] == 1
    assert {HEIGHTS[device.type] for device in MOUNTED} == {1, 2, 3, 4}
    assert {device.type for device in WORLD.devices} == set(HEIGHTS)
