"""What is drawn of a rack: its shares, what is set aside for others, its documented devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from inventory.elevation import Slot
from inventory.facts import Mounting, Reservation
from inventory.models import Rack, Share
from inventory.racks import Occupancy, Span, common_half_units, occupancy

ShareLink = Callable[[Share], str | None]


def occupancy_of(rack: Rack, on: date) -> Occupancy:
    """What is sold and what is left of a rack on a day."""
    return occupancy((share.span for share in rack.shares), rack.u_height, on)


def slots_of(
    rack: Rack,
    devices: Iterable[Mounting],
    reservations: Iterable[Reservation],
    on: date,
    link: ShareLink | None = None,
) -> list[Slot]:
    """The slots of a rack on a day: a reservation for another than the one who bought is in conflict there."""
    shares = [share for share in rack.shares if share.span.holds(on)]
    slots = [
        Slot(share.first_half_unit, share.end_half_unit, "sold", share.customer.name, link(share) if link else None)
        for share in shares
    ]
    for reservation in reservations:
        slots += _reserved(reservation, shares, rack.u_height)
    for device in devices:
        end = min(device.first_half_unit + device.half_units, 2 * rack.u_height)
        if 0 <= device.first_half_unit < end:
            slots.append(Slot(device.first_half_unit, end, "occupied", device.name))
    return slots


def _reserved(reservation: Reservation, shares: Sequence[Share], u_height: int) -> list[Slot]:
    """A reservation where nothing is sold, and its conflicts where something is sold to another."""
    first, end = max(0, reservation.first_half_unit), min(reservation.end_half_unit, 2 * u_height)
    if first >= end:
        return []
    label = reservation.label or reservation.customer or "opérateur"
    over = [share for share in shares if common_half_units(Span(first, end), share.span)]
    if not over:
        return [Slot(first, end, "reserved", label)]
    return [
        Slot(max(first, share.first_half_unit), min(end, share.end_half_unit), "conflict", label)
        for share in over
        if share.customer.code != reservation.customer
    ]
