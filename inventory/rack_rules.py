"""The rules of promised space: sold above the rack, sold twice, or sold and set aside for another; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from inventory.answers import SPACE_SCOPE, Answers
from inventory.differences import Difference, Resources, Values
from inventory.facts import Reservation
from inventory.rack_devices import device_differences
from inventory.rack_view import RackView, share_values, sold_to, span_of, to_whom, units_of, views
from inventory.racks import common_half_units

OVERSOLD, OVERLAP = "rack.oversold", "rack.overlap"


def rack_differences(answers: Answers, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    """What cannot be delivered to whom it was sold, then what stands elsewhere than it was sold (``rack_devices``).

    ``rack.oversold``: a share goes above the rack. ``rack.overlap``: the half units of a share are those of another
    share, or of a reservation documented for another tenant or for the operator (no tenant). The resources are the
    half units concerned of that kind of share, the customer the one of the share; titles call customers by ``names``.
    """
    racks = views(answers, on)
    for rack in racks:
        yield from _twice(rack, names)
        yield from _set_aside(rack, names)
        yield from _too_high(rack, names)
    yield from device_differences(answers, racks, on, names)


def _twice(rack: RackView, names: Mapping[str, str]) -> Iterator[Difference]:
    """Two shares in the same space: the one that starts higher is told."""
    for number, share in enumerate(rack.shares):
        for other in rack.shares[number + 1 :]:
            if other.first_half_unit >= share.end_half_unit:
                break  # sorted by place: nothing further up overlaps
            common = common_half_units(span_of(share), span_of(other))
            title = f"{sold_to(other, names)} l'est déjà {to_whom(share.customer, names)} ({units_of(share)})"
            sold = [share_values(other), share_values(share)]
            yield _difference(OVERLAP, other, "twice", title, common, sold, None)


def _set_aside(rack: RackView, names: Mapping[str, str]) -> Iterator[Difference]:
    for share in rack.shares:
        for kept in rack.kept:
            common = common_half_units(span_of(share), span_of(kept))
            if common and kept.customer != share.customer:
                title = f"{sold_to(share, names)} est réservé {to_whom(kept.customer, names)} ({units_of(kept)})"
                cause = f"reserved {units_of(kept)}"
                yield _difference(OVERLAP, share, cause, title, common, share_values(share), share_values(kept))


def _too_high(rack: RackView, names: Mapping[str, str]) -> Iterator[Difference]:
    """Above the height that is documented; above our own where the documentation says none."""
    height = rack.sold_height if rack.documented_height is None else rack.documented_height
    if height is None:
        return
    told = f"documentée à {height} U" if rack.documented else f"qui a {height} U"
    for share in rack.shares:
        above = share.end_half_unit - max(share.first_half_unit, 2 * height)
        if above > 0:
            title = f"{sold_to(share, names)} dépasse la baie, {told}"
            documented = {"u_height": height} if rack.documented else None
            yield _difference(OVERSOLD, share, "height", title, above, share_values(share), documented)


def _difference(
    rule: str, share: Reservation, cause: str, title: str, half_units: int, sold: Values, documented: Values
) -> Difference:
    return Difference(
        thing=f"rack:{share.rack}",
        rule=rule,
        field=f"{units_of(share)} {cause}"[:40],
        scope=SPACE_SCOPE,
        title=title,
        customer=share.customer,
        sold=sold,
        documented=documented,
        real=None,
        resources=Resources(half_units=half_units, share=share.label, cage=share.cage),
    )
