"""What is sold, but not on a day: which order, past or to come, something that runs now is looked for in; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from inventory.facts import Appliance, Guest
from inventory.match import identity, place_of


def is_held(order: Guest | Appliance, on: date) -> bool:
    """Whether what was sold is held on a day; an end or a start that is not told has no limit."""
    return (order.start or date.min) <= on < (order.end or date.max)


def nearness(order: Guest | Appliance, on: date) -> tuple[bool, int, str]:
    """The larger, the nearer: what has ended before what is to come, the last to end, then the first to come."""
    if order.end is not None and order.end <= on:
        return True, order.end.toordinal(), repr(order)
    return False, -(order.start or date.min).toordinal(), repr(order)


def parted(sold: Iterable[Guest], on: date) -> tuple[list[Guest], list[Guest]]:
    """(those held on a day, the others)."""
    held: list[Guest] = []
    lapsed: list[Guest] = []
    for guest in sold:
        (held if is_held(guest, on) else lapsed).append(guest)
    return held, lapsed


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The nearest order not held on the day by each word that a machine may be known by.

    ``orders``: by identity, by place, by name in a cluster. ``by_name``: those that no cluster was said of, where one
    machine only bears that name.
    """

    orders: Mapping[Hashable, Guest] = field(default_factory=dict)
    by_name: Mapping[str, Guest] = field(default_factory=dict)
    on: date = date.min

    @classmethod
    def of(cls, lapsed: Iterable[Guest], real: Iterable[Guest], on: date) -> Lapsed:
        lapsed = sorted(lapsed, key=lambda guest: nearness(guest, on))
        anywhere = {guest.name.casefold(): guest for guest in lapsed if guest.name and not guest.cluster}
        if anywhere:
            borne = Counter((guest.name or "").casefold() for guest in real if not guest.template)
            anywhere = {name: guest for name, guest in anywhere.items() if borne[name] == 1}
        orders = {word: guest for guest in lapsed for word in (identity(guest), *_words(guest)) if word}
        return cls(orders, anywhere, on)

    def order_of(self, real: Guest, remembered: str | None) -> Guest | None:
        """The order of a machine: the one it was known to be (its identity), else that of its place, of its name.

        One to come, made for what runs after the end of another, does not hide that one before its day.
        """
        if remembered in self.orders:
            return self.orders[remembered]
        named = self.by_name.get((real.name or "").casefold())
        found = [*(self.orders[word] for word in _words(real) if word in self.orders), *([named] if named else [])]
        ended = (order for order in found if order.end and order.end <= self.on and order.vmid in (None, real.vmid))
        return next(ended, found[0] if found else None)


def _words(guest: Guest) -> list[Hashable]:
    named = [(guest.cluster, guest.name.casefold())] if guest.cluster and guest.name else []
    place = place_of(guest)
    return [*([place] if place else []), *named]
