"""What a rack's drawing shows of each half unit: sold now, booked for later, set aside, occupied, in conflict."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

from inventory.elevation import Slot, elevation
from inventory.elevation_slots import slots_of
from inventory.facts import Mounting, Reservation
from inventory.models import Cage, Customer, Rack, Share

ON = date(2024, 6, 15)
ALBERT, ROYE = (Customer(code=code, name=code.title(), kind="commune") for code in ("albert", "roye"))
SVG = "{http://www.w3.org/2000/svg}"


def share(first: int, end: int, start: date, until: date | None = None, customer: Customer = ALBERT) -> Share:
    return Share(
        customer=customer, kind="unit", position=1, first_half_unit=first, end_half_unit=end, start=start, end=until
    )


def rack(*shares: Share) -> Rack:
    return Rack(name="A01", u_height=42, shares=list(shares))


def told(slots: list[Slot]) -> list[tuple[int, int, str, str]]:
    return [(each.first_half_unit, each.end_half_unit, each.state, each.label) for each in slots]


def device(first: int, size: int, face: str | None = "front", customer: str | None = None) -> Mounting:
    return Mounting("A01", "srv", first, size, face, customer, customer=customer)


START, JULY = date(2024, 1, 1), date(2024, 7, 1)


def test_what_is_booked_for_later_is_reserved_where_nothing_is_sold_until_then() -> None:
    held = rack(share(0, 21, START, JULY), share(0, 42, JULY, customer=ROYE))
    assert told(slots_of(held, [], [], ON)) == [
        (0, 21, "sold", "Albert"),
        (21, 42, "reserved", "Roye, à partir du 01/07/2024"),
    ]
    assert told(slots_of(held, [], [], JULY)) == [(0, 42, "sold", "Roye")]


def test_what_ended_is_free() -> None:
    assert slots_of(rack(share(0, 42, START, ON)), [], [], ON) == []


def test_units_set_aside_are_reserved_where_free_and_in_conflict_where_sold_to_another() -> None:
    held = rack(share(0, 10, START), share(20, 30, JULY, customer=ROYE))
    kept = Reservation("A01", 5, 40, "albert", "Extension")
    assert told(slots_of(held, [], [kept], ON))[2:] == [
        (10, 20, "reserved", "Extension"),
        (30, 40, "reserved", "Extension"),
        (20, 30, "conflict", "Extension"),
    ]
    ended = Reservation("A01", 5, 40, "albert", "Extension", START, ON)
    assert told(slots_of(rack(), [], [ended], ON)) == []


def test_a_device_in_space_sold_to_another_is_in_conflict_and_stays_on_the_right() -> None:
    held = rack(share(0, 21, START))
    own, foreign, unknown = (device(2, 4, customer=code) for code in ("albert", "roye", None))
    (one,) = slots_of(held, [own], [], ON)[1:]
    assert (one.state, one.on_the_right) == ("occupied", True)
    (other,) = slots_of(held, [foreign], [], ON)[1:]
    assert (other.state, other.on_the_right) == ("conflict", True)
    (silent,) = slots_of(held, [unknown], [], ON)[1:]
    assert silent.state == "occupied"
    drawn = ElementTree.fromstring(elevation("A01", 42, slots_of(held, [foreign], [], ON)))
    conflict = next(group for group in drawn.iter(f"{SVG}g") if group.get("class") == "elev-slot elev-conflict")
    box = conflict.find(f"{SVG}rect")
    assert box is not None
    assert float(box.get("x") or 0) > 200


def test_devices_in_front_and_behind_stand_side_by_side_and_alone_across() -> None:
    front, behind, alone = device(2, 4), device(4, 2, "rear"), device(20, 3, "rear")
    slots = slots_of(rack(), [front, behind, alone], [], ON)
    assert [(each.lane, each.lanes, each.label) for each in slots] == [
        (0, 2, "srv"),
        (1, 2, "srv (arrière)"),
        (0, 1, "srv (arrière)"),
    ]
    assert slots[0].x + slots[0].width <= slots[1].x


def test_half_units_and_what_goes_above_the_rack_are_drawn_inside_it() -> None:
    slots = slots_of(rack(share(0, 21, START)), [device(21, 1), device(82, 8), device(90, 2)], [], ON)
    assert [(each.first_half_unit, each.end_half_unit) for each in slots] == [(0, 21), (21, 22), (82, 84)]
    elevation("A01", 42, slots)


def test_a_rack_of_a_cage_says_so_and_what_is_about_to_be_booked_is_drawn_as_sold() -> None:
    caged = share(0, 84, START)
    caged.cage = Cage(name="Cage 1")
    assert told(slots_of(rack(caged), [], [], ON)) == [(0, 84, "sold", "Albert (Cage 1)")]
    new = Slot(0, 42, "sold", "Nouveau : Roye")
    coming = share(0, 84, JULY)
    assert told(slots_of(rack(coming), [], [], ON, new=[new])) == [
        (0, 42, "sold", "Nouveau : Roye"),
        (42, 84, "reserved", "Albert, à partir du 01/07/2024"),
    ]
