"""The rules of what stands in racks: in space of another or of nobody, outside its share, or nowhere at all; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from inventory.answers import SPACE_SCOPE, Answers
from inventory.differences import Difference, Resources
from inventory.facts import SPACE, Mounting, Reservation
from inventory.french import named
from inventory.match import DOCUMENTED, SOLD
from inventory.rack_view import (
    OPERATOR,
    RackView,
    customers_known,
    device_values,
    owner,
    share_values,
    sold_to,
    span_of,
    to_whom,
    units,
    units_of,
)
from inventory.racks import Span, common_half_units

SQUATTER, OUTSIDE, EMPTY = "rack.squatter", "rack.position-differs", "rack.sold-empty"
SETTLING = timedelta(days=30)
"""How long a customer has to move in before its space is said to be empty; a renewal does not begin it anew."""


def device_differences(
    answers: Answers, racks: Sequence[RackView], on: date, names: Mapping[str, str]
) -> Iterator[Difference]:
    """Devices against the shares of their racks, and shares without a device; one per device or share and cause.

    ``rack.squatter``: in space sold to another customer, or a customer's that has no share of the rack in space sold
    to nobody. ``rack.position-differs``: the same in space sold to nobody, of a customer that has a share of the
    rack. ``rack.sold-empty``: nothing is documented in a share that is 30 days old or more. A silence counts only
    where the contracts (nobody bought it) or the documentation (nothing stands there) were told whole.
    """
    known = customers_known(answers)
    sold_whole, documented_whole = (answers.complete(kind, SPACE) for kind in (SOLD, DOCUMENTED))
    for rack in racks:
        yield from _misplaced(rack, known, names, sold_whole)
        if documented_whole and rack.documented:
            yield from _empty(rack, on, names)


def _misplaced(
    rack: RackView, known: frozenset[str], names: Mapping[str, str], sold_whole: bool
) -> Iterator[Difference]:
    """Half units that two devices share, one on each face, are worth something once: to the first of them."""
    counted: set[tuple[str | None, int]] = set()
    for device in rack.devices:
        customer = owner(device, known)
        for holder, taken in _elsewhere(rack, device, customer).items():
            if holder is None and (customer is None or not sold_whole):
                continue
            worth = {(holder, half_unit) for half_unit in taken} - counted
            counted |= worth
            place = _Place(rack, device, customer, holder, taken, len(worth))
            yield place.outside(names) if holder is None and rack.shares_of(customer) else place.squat(names)


def _elsewhere(rack: RackView, device: Mounting, customer: str | None) -> dict[str | None, list[int]]:
    """The half units of a device that its customer did not buy, by who did; None: nobody."""
    found: dict[str | None, list[int]] = {}
    for half_unit in range(device.first_half_unit, device.first_half_unit + device.half_units):
        holders = {share.customer for share in rack.holders(half_unit)}
        if customer is None or customer not in holders:
            others: list[str | None] = [*sorted(code for code in holders if code)]
            for holder in others or [None]:
                found.setdefault(holder, []).append(half_unit)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Half units that a device takes of one ``holder`` (None: of nobody); ``worth``: how many are counted here."""

    rack: RackView
    device: Mounting
    customer: str | None
    holder: str | None
    taken: Sequence[int]
    worth: int

    def squat(self, names: Mapping[str, str]) -> Difference:
        taken = Span(self.taken[0], self.taken[-1] + 1)
        shares = [one for one in self.rack.shares_of(self.holder) if common_half_units(span_of(one), taken)]
        sold = to_whom(self.holder, names) if self.holder else "à personne"
        return self._difference(SQUATTER, names, f"occupe un espace vendu {sold}", shares)

    def outside(self, names: Mapping[str, str]) -> Difference:
        shares = self.rack.shares_of(self.customer)
        return self._difference(
            OUTSIDE, names, f"est hors de l'espace vendu ({', '.join(map(units_of, shares))})", shares
        )

    def _difference(self, rule: str, names: Mapping[str, str], what: str, shares: Sequence[Reservation]) -> Difference:
        device, whose = self.device, named(names, self.customer) if self.customer else OPERATOR
        where = f"Baie {self.rack.name} {units(self.taken[0], self.taken[-1] + 1)}"
        inside = f" in {self.holder}" if self.holder else ""
        return Difference(
            thing=f"rack:{self.rack.name}",
            rule=rule,
            field=f"device {device.reference or device.name}{inside}"[:40],
            scope=SPACE_SCOPE,
            title=f"{where} : « {device.name} » ({whose}) {what}",
            customer=self.customer or self.holder,
            sold=[share_values(share) for share in shares] or None,
            documented=device_values(device, self.customer),
            real=None,
            resources=Resources(half_units=self.worth),
        )


def _empty(rack: RackView, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    for share in rack.shares:
        since = rack.held_since(share)
        if on - since < SETTLING:
            continue
        if any(common_half_units(span_of(share), _span(device)) for device in rack.devices):
            continue
        told = f" depuis le {since:%d/%m/%Y}" if since > date.min else ""
        yield Difference(
            thing=f"rack:{rack.name}",
            rule=EMPTY,
            field=units_of(share),
            scope=SPACE_SCOPE,
            title=f"{sold_to(share, names)}{told} : rien n'y est documenté",
            customer=share.customer,
            sold=share_values(share),
            documented=None,
            real=None,
            resources=Resources(
                half_units=share.end_half_unit - share.first_half_unit, share=share.label, cage=share.cage
            ),
        )


def _span(device: Mounting) -> Span:
    return Span(device.first_half_unit, device.first_half_unit + device.half_units)
