"""The rule of space: what is sold and set aside for another, sold twice, or sold above the rack; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from inventory.answers import SPACE_SCOPE, Answers
from inventory.differences import Difference, Resources, Values
from inventory.facts import RackUnit, Reservation
from inventory.french import named, to
from inventory.match import DOCUMENTED, SOLD
from inventory.racks import Span, common_half_units, units_text

RULE = "rack.oversold"


def rack_differences(answers: Answers, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    """``rack.oversold``: half units sold on that day that cannot be delivered to whom they were sold.

    Three causes, one difference per share and cause: the share overlaps a share of the same rack; it overlaps a
    reservation documented for another tenant or for the operator (no tenant); it goes above the documented
    height. The resources are the half units concerned of that kind of share, the customer the one of the share;
    titles call customers by their ``names``.
    """
    shares = _by_rack(reservation for reservation in answers.facts(SOLD, Reservation) if _held(reservation, on))
    kept = _by_rack(reservation for reservation in answers.facts(DOCUMENTED, Reservation) if _held(reservation, on))
    heights = {rack.name: rack.u_height for rack in answers.facts(DOCUMENTED, RackUnit)}
    for rack, held in sorted(shares.items()):
        yield from _twice(held, names)
        yield from _set_aside(held, kept.get(rack, []), names)
        if rack in heights:
            yield from _too_high(held, heights[rack], names)


def _held(reservation: Reservation, on: date) -> bool:
    return _span(reservation).holds(on)


def _span(reservation: Reservation) -> Span:
    return Span(reservation.first_half_unit, reservation.end_half_unit, reservation.start, reservation.end)


def _by_rack(reservations: Iterator[Reservation]) -> dict[str, list[Reservation]]:
    found: defaultdict[str, list[Reservation]] = defaultdict(list)
    for reservation in sorted(reservations, key=lambda one: (one.rack, one.first_half_unit, repr(one))):
        found[reservation.rack].append(reservation)
    return dict(found)


def _twice(shares: Sequence[Reservation], names: Mapping[str, str]) -> Iterator[Difference]:
    """Two shares in the same space: the one that starts higher is told."""
    for number, share in enumerate(shares):
        for other in shares[number + 1 :]:
            if other.first_half_unit >= share.end_half_unit:
                break  # sorted by place: nothing further up overlaps
            common = common_half_units(_span(share), _span(other))
            title = f"{_sold(other, names)} l'est déjà {_to(share, names)} ({_units(share)})"
            yield _difference(other, "twice", title, common, None, values(share))


def _set_aside(
    shares: Sequence[Reservation], kept: Sequence[Reservation], names: Mapping[str, str]
) -> Iterator[Difference]:
    for share in shares:
        for reservation in kept:
            common = common_half_units(_span(share), _span(reservation))
            if common and reservation.customer != share.customer:
                title = f"{_sold(share, names)} est réservé {_to(reservation, names)} ({_units(reservation)})"
                field = f"reserved {_units(reservation)}"
                yield _difference(share, field, title, common, values(reservation), None)


def _too_high(shares: Sequence[Reservation], u_height: int, names: Mapping[str, str]) -> Iterator[Difference]:
    for share in shares:
        above = share.end_half_unit - max(share.first_half_unit, 2 * u_height)
        if above > 0:
            title = f"{_sold(share, names)} dépasse la baie, documentée à {u_height} U"
            yield _difference(share, "height", title, above, {"u_height": u_height}, None)


def _difference(
    share: Reservation, cause: str, title: str, half_units: int, documented: Values, other: Values
) -> Difference:
    sold = values(share) if other is None else [values(share), other]
    return Difference(
        thing=f"rack:{share.rack}",
        rule=RULE,
        field=f"{_units(share)} {cause}"[:40],
        scope=SPACE_SCOPE,
        title=title,
        customer=share.customer,
        sold=sold,
        documented=documented,
        real=None,
        resources=Resources(half_units=half_units, share=share.label),
    )


def values(reservation: Reservation) -> Values:
    """A share or a reservation as JSON values."""
    found = {
        "rack": reservation.rack,
        "units": _units(reservation),
        "half_units": [reservation.first_half_unit, reservation.end_half_unit],
        "customer": reservation.customer,
        "label": reservation.label or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _units(reservation: Reservation) -> str:
    return units_text(reservation.first_half_unit, reservation.end_half_unit).replace(" à ", "-")


def _sold(share: Reservation, names: Mapping[str, str]) -> str:
    return f"Baie {share.rack} {_units(share)} vendu {_to(share, names)}"


def _to(reservation: Reservation, names: Mapping[str, str]) -> str:
    return to(named(names, reservation.customer) if reservation.customer else "l'opérateur")
