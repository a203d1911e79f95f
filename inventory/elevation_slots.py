"""What is drawn of a rack: its shares now and to come, what is set aside for others, its documented devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from inventory.elevation import Slot
from inventory.facts import Mounting, Reservation
from inventory.models import Rack, Share
from inventory.racks import Occupancy, Span, common_half_units, gaps, occupancy

ShareLink = Callable[[Share], str | None]
REAR = "rear"


def occupancy_of(rack: Rack, on: date) -> Occupancy:
    """What is sold and what is left of a rack on a day."""
    return occupancy((share.span for share in rack.shares), rack.u_height, on)


def slots_of(
    rack: Rack,
    devices: Iterable[Mounting],
    reservations: Iterable[Reservation],
    on: date,
    link: ShareLink | None = None,
    new: Sequence[Slot] = (),
) -> list[Slot]:
    """The slots of a rack on a day; ``new``: what a person is about to book, drawn as if it were sold.

    What is booked for later is reserved where nothing is sold until then. A reservation, or a device, of another than
    the one who bought is in conflict there.
    """
    shares = [share for share in rack.shares if share.span.holds(on)]
    slots = [_sold(share, link) for share in shares] + list(new)
    for share in sorted(rack.shares, key=lambda each: each.start):
        if share.start > on:
            slots += [replace(_coming(share, link), first_half_unit=first, end_half_unit=end)
                      for first, end in _left(share.span, slots)]  # fmt: skip
    sold = [share for share in rack.shares if share.end is None or share.end > on]
    for reservation in reservations:
        if Span(0, 1, reservation.start, reservation.end).holds(on):
            slots += _reserved(reservation, sold, slots, 2 * rack.u_height)
    return slots + list(_devices(devices, shares, 2 * rack.u_height))


def _sold(share: Share, link: ShareLink | None) -> Slot:
    cage = f" ({share.cage.name})" if share.cage is not None else ""
    address = link(share) if link else None
    return Slot(share.first_half_unit, share.end_half_unit, "sold", share.customer.name + cage, address)


def _coming(share: Share, link: ShareLink | None) -> Slot:
    sold = _sold(share, link)
    return replace(sold, state="reserved", label=f"{sold.label}, à partir du {share.start:%d/%m/%Y}")


def _left(span: Span, slots: Iterable[Slot]) -> list[tuple[int, int]]:
    """The runs of a span that no slot covers."""
    over = [Span(slot.first_half_unit, slot.end_half_unit) for slot in slots]
    return gaps([Span(0, span.first_half_unit), *over], span.end_half_unit)


def _reserved(reservation: Reservation, shares: Sequence[Share], slots: Sequence[Slot], top: int) -> Iterator[Slot]:
    """A reservation where nothing is sold, and its conflicts where something is sold to another."""
    first, end = max(0, reservation.first_half_unit), min(reservation.end_half_unit, top)
    if first >= end:
        return
    label = reservation.label or reservation.customer or "opérateur"
    for low, high in _left(Span(first, end), slots):
        yield Slot(low, high, "reserved", label)
    for share in shares:
        if share.customer.code != reservation.customer and common_half_units(Span(first, end), share.span):
            yield Slot(max(first, share.first_half_unit), min(end, share.end_half_unit), "conflict", label)


def _devices(devices: Iterable[Mounting], shares: Sequence[Share], top: int) -> Iterator[Slot]:
    """The documented devices, side by side where one stands in front and another behind."""
    standing = [each for each in devices if 0 <= each.first_half_unit < min(_end(each), top)]
    for device in standing:
        span = Span(device.first_half_unit, min(_end(device), top))
        other = [each for each in standing if (each.face == REAR) != (device.face == REAR)]
        lanes = 2 if any(common_half_units(span, _span(each)) for each in other) else 1
        holders = {share.customer.code for share in shares if common_half_units(span, share.span)}
        wrong = device.customer is not None and bool(holders - {device.customer})
        behind = device.face == REAR
        yield Slot(
            span.first_half_unit, span.end_half_unit, "conflict" if wrong else "occupied",
            device.name + (" (arrière)" if behind else ""), documented=True, lane=int(behind and lanes == 2),
            lanes=lanes,
        )  # fmt: skip


def _end(device: Mounting) -> int:
    return device.first_half_unit + device.half_units


def _span(device: Mounting) -> Span:
    return Span(device.first_half_unit, _end(device))
