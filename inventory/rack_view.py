"""One rack as it is sold and as it is documented on a day: who holds which half units, what stands in them; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from inventory.answers import Answers
from inventory.differences import Values
from inventory.facts import Guest, Mounting, RackUnit, Reservation, Tenant
from inventory.french import named, to
from inventory.match import DOCUMENTED, SOLD
from inventory.racks import Span, common_half_units, units_text

OPERATOR = "l'opérateur"


@dataclass(frozen=True, slots=True)
class RackView:
    """What both truths say of a rack on a day, from the bottom up; a height is None where nobody says it.

    ``shares`` are those sold on that day, ``ended`` those of before; ``kept`` the reservations documented, ``devices``
    what stands there.
    """

    name: str
    shares: Sequence[Reservation] = ()
    kept: Sequence[Reservation] = ()
    devices: Sequence[Mounting] = ()
    ended: Sequence[Reservation] = ()
    sold_height: int | None = None
    documented_height: int | None = None

    @property
    def documented(self) -> bool:
        """Whether the documentation knows this rack: it is silent about the others, they are not empty."""
        return self.documented_height is not None

    def holders(self, half_unit: int) -> list[Reservation]:
        """The shares that hold a half unit: one, none, or several where it was sold twice."""
        return [share for share in self.shares if share.first_half_unit <= half_unit < share.end_half_unit]

    def held_since(self, share: Reservation) -> date:
        """Since when its customer has some of the space without a day between: a renewal begins nothing anew."""
        since, space = share.start or date.min, span_of(share)
        before = (span_of(one) for one in self.ended if one.customer == share.customer)
        for span in sorted(before, key=lambda span: span.end or date.max, reverse=True):
            if common_half_units(span, space) and (span.end or date.max) >= since:
                since = min(since, span.start or date.min)
        return since

    def shares_of(self, customer: str | None) -> list[Reservation]:
        return [share for share in self.shares if customer is not None and share.customer == customer]


def views(answers: Answers, on: date) -> list[RackView]:
    """Every rack that a sold or documented truth tells something of, by name; each fact counts once."""
    every = answers.facts(SOLD, Reservation)
    shares = _by_rack(share for share in every if span_of(share).holds(on))
    ended = _by_rack(share for share in every if share.end is not None and share.end <= on)
    kept = _by_rack(one for one in answers.facts(DOCUMENTED, Reservation) if span_of(one).holds(on))
    devices = _by_rack(device for device in answers.facts(DOCUMENTED, Mounting) if device.half_units > 0)
    sold, documented = (_heights(answers, kind) for kind in (SOLD, DOCUMENTED))
    return [
        RackView(
            name=name,
            shares=shares.get(name, ()),
            kept=kept.get(name, ()),
            devices=devices.get(name, ()),
            ended=ended.get(name, ()),
            sold_height=sold.get(name),
            documented_height=documented.get(name),
        )
        for name in sorted(shares.keys() | devices.keys())
    ]


def customers_known(answers: Answers) -> frozenset[str]:
    """The codes of the customers, as the sold truth tells them: a tenant that is none of them is the operator's."""
    told: set[str | None] = {tenant.customer or tenant.slug for tenant in answers.facts(SOLD, Tenant)}
    told.update(share.customer for share in answers.facts(SOLD, Reservation))
    told.update(guest.customer for guest in answers.facts(SOLD, Guest))
    return frozenset(code for code in told if code is not None)


def owner(device: Mounting, known: frozenset[str]) -> str | None:
    """The customer whose device it is; None for the operator's own."""
    code = device.customer or device.tenant
    return code if code in known else None


def span_of(reservation: Reservation) -> Span:
    return Span(reservation.first_half_unit, reservation.end_half_unit, reservation.start, reservation.end)


def units(first_half_unit: int, end_half_unit: int) -> str:
    """``U1-U21``, ``U12``: short enough for a key."""
    return units_text(first_half_unit, end_half_unit).replace(" à ", "-")


def units_of(reservation: Reservation) -> str:
    return units(reservation.first_half_unit, reservation.end_half_unit)


def sold_to(share: Reservation, names: Mapping[str, str]) -> str:
    """How a title begins: ``Baie A01 U1-U21 vendu à Abbeville``."""
    return f"Baie {share.rack} {units_of(share)} vendu {to_whom(share.customer, names)}"


def to_whom(customer: str | None, names: Mapping[str, str]) -> str:
    return to(named(names, customer) if customer else OPERATOR)


def share_values(reservation: Reservation) -> Values:
    """A share or a reservation as JSON values."""
    first, end = reservation.first_half_unit, reservation.end_half_unit
    return _said(
        rack=reservation.rack,
        units=units(first, end),
        half_units=[first, end],
        customer=reservation.customer,
        label=reservation.label or None,
    )


def device_values(device: Mounting, customer: str | None) -> Values:
    """A device as JSON values; ``customer`` whose it is."""
    first, end = device.first_half_unit, device.first_half_unit + device.half_units
    return _said(
        name=device.name,
        rack=device.rack,
        units=units(first, end),
        half_units=[first, end],
        customer=customer,
        tenant=device.tenant if device.tenant != customer else None,
        face=device.face,
    )


def _said(**values: Values) -> Values:
    return {name: value for name, value in values.items() if value is not None}


Placed = TypeVar("Placed", Reservation, Mounting)


def _by_rack(facts: Iterable[Placed]) -> dict[str, list[Placed]]:
    found: defaultdict[str, list[Placed]] = defaultdict(list)
    for fact in sorted(set(facts), key=lambda one: (one.rack, one.first_half_unit, repr(one))):
        found[fact.rack].append(fact)
    return dict(found)


def _heights(answers: Answers, kind: str) -> dict[str, int]:
    """Rack -> units; the lower where one truth tells a name twice."""
    found: dict[str, int] = {}
    for rack in answers.facts(kind, RackUnit):
        found[rack.name] = min(rack.u_height, found.get(rack.name, rack.u_height))
    return found
