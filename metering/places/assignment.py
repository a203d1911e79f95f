"""Where a meter counts from an instant on: places follow one another, and nothing is counted twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inventory.csv_import import BadCell
from inventory.french import instant
from inventory.models import Rack, Share
from inventory.orm import Transaction
from metering.models import Meter, MeterPlace
from metering.places import place_store

COUNTED = frozenset({"rack", "share", "outlet"})
"""Scopes of which the energy is billed."""
SUPPLY = "busbar"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a meter is to count from ``start`` on, until ``end`` or the place that follows.

    ``open``: nobody said until when, so that what is known of it stays.
    """

    scope: str
    rack: Rack | None
    feed: str | None
    share: Share | None
    start: datetime
    end: datetime | None
    open: bool = False

    def same(self, known: MeterPlace) -> bool:
        """Whether it is that place, whatever the dates."""
        return (self.scope, self.rack, self.feed, self.share) == (known.scope, known.rack, known.feed, known.share)

    @property
    def name(self) -> str:
        """What people call it."""
        if self.rack is None:
            return "tout le site"
        return f"{self.rack.name}/{self.feed}" if self.feed else self.rack.name


def put(tx: Transaction, meter: Meter, place: Place, has_readings: bool) -> bool:
    """Have a meter count in a place; returns whether anything changed. Raises BadCell before anything is written.

    The place before ends when the new one begins. A meter that has readings changes place on another date than that
    of a place it had: what it counted there stays counted there.
    """
    _not_twice(tx, meter, place)
    others = [one for one in meter.places if (one.scope == SUPPLY) != (place.scope == SUPPLY)]
    if others:
        raise BadCell("scope", f"le compteur {meter.name} est {others[0].scope} : créer un autre compteur.")
    if place.scope == SUPPLY:
        changed = _supply(meter, place)
    else:
        changed = _follow(tx, meter, place, has_readings)
    tx.flush()
    return _in_service(meter) or changed


def _follow(tx: Transaction, meter: Meter, place: Place, has_readings: bool) -> bool:
    known = next((one for one in meter.places if one.start == place.start), None)
    if known is None and len(meter.places) == 1 and place.same(meter.places[0]):
        known = meter.places[0]  # the date of the only place is put right
    if known is not None:
        return _correct(meter, known, place, has_readings)
    covering = next((one for one in meter.places if one.start < place.start < (one.end or _after(place))), None)
    if covering is not None and place.same(covering):
        raise BadCell("from", f"le compteur {meter.name} y est déjà depuis le {instant(covering.start)}.")
    if covering is not None:
        covering.end = place.start
        tx.flush()  # before the place that follows is written: the database refuses two at once
    meter.places.append(_made(meter, place))
    meter.places.sort(key=lambda one: one.start)
    return True


def _after(place: Place) -> datetime:
    return datetime.max.replace(tzinfo=place.start.tzinfo)


def _correct(meter: Meter, known: MeterPlace, place: Place, has_readings: bool) -> bool:
    if has_readings and not place.same(known):
        where = known.rack.name if known.rack else "le site"
        raise BadCell(
            "rack",
            f"le compteur {meter.name} a des relevés dans {where} : pour un déplacement, dire sa date dans « from » ; "
            "sinon créer un autre compteur.",
        )
    end = known.end if place.open else _end(meter, place, known)
    wanted = {
        "scope": place.scope,
        "rack": place.rack,
        "feed": place.feed,
        "share": place.share,
        "start": place.start,
        "end": end,
    }
    changed = {name: value for name, value in wanted.items() if getattr(known, name) != value}
    for name, value in changed.items():
        setattr(known, name, value)
    return bool(changed)


def _end(meter: Meter, place: Place, known: MeterPlace | None = None) -> datetime | None:
    """Until when it counts there: what was said, or the start of the place that follows."""
    following = [one.start for one in meter.places if one is not known and one.start > place.start]
    ends = [*following, *([place.end] if place.end else [])]
    return min(ends, default=None)


def _made(meter: Meter, place: Place) -> MeterPlace:
    return MeterPlace(
        scope=place.scope,
        rack=place.rack,
        feed=place.feed,
        share=place.share,
        start=place.start,
        end=_end(meter, place) if place.scope != SUPPLY else place.end,
    )


def _supply(meter: Meter, place: Place) -> bool:
    """A busbar supplies one more feed of a rack, or that one until another date."""
    known = next((one for one in meter.places if place.same(one) and one.start == place.start), None)
    if known is None:
        meter.places.append(_made(meter, place))
        return True
    if place.open or known.end == place.end:
        return False
    known.end = place.end
    return True


def _in_service(meter: Meter) -> bool:
    """A meter is in service from its first place to its last."""
    start = min(one.start for one in meter.places)
    ends = [one.end for one in meter.places]
    end = None if None in ends else max(end for end in ends if end is not None)
    changed = (meter.start, meter.end) != (start, end)
    meter.start, meter.end = start, end
    return changed


def _not_twice(tx: Transaction, meter: Meter, place: Place) -> None:
    """Refuse a register that another meter counts too, and one that includes another of the same feed."""
    if not meter.address or place.scope not in COUNTED:
        return
    for other in place_store.beside(tx, meter):
        if other.scope in COUNTED and _at_once(other, place) and _overlaps(meter, other, place):
            raise BadCell(
                "point",
                f"le compteur {other.meter.name} compte déjà cette énergie ({other.meter.point} du même appareil) : "
                "mettre scope à check pour comparer sans facturer.",
            )


def _at_once(other: MeterPlace, place: Place) -> bool:
    begins_before = other.end is None or place.start < other.end
    return begins_before and (place.end is None or other.start < place.end)


def _overlaps(meter: Meter, other: MeterPlace, place: Place) -> bool:
    """The same point; or, on one feed of one rack, points of two kinds: an inlet holds its phases and outlets."""
    if meter.point == other.meter.point:
        return True
    feed = (other.rack, other.feed, other.scope) == (place.rack, place.feed, "rack") and place.scope == "rack"
    return feed and meter.point.partition(":")[0] != other.meter.point.partition(":")[0]
