"""The rules of backup boxes: their plans, each over its own days, and which datastore is which box; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Protocol

from inventory.facts import BackupStore

GB = 1024**3
"""Bytes of a GB of backups: they are counted as the GB of machines are."""


class PlanChange(Protocol):
    """A plan that a box has from a day on."""

    @property
    def start(self) -> date: ...
    @property
    def plan_gb(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PlanTerm:
    """One plan over the days [start, end); ``end`` None = still running."""

    start: date
    end: date | None
    plan_gb: int


def plan_terms(first_gb: int, start: date, end: date | None, changes: Iterable[PlanChange]) -> list[PlanTerm]:
    """The plans of a box held over [start, end), in the order of their days; ``changes`` in the order they were told.

    Of two changes of one day the last told counts; one that changes nothing cuts nothing.
    """
    plans = {start: first_gb}
    for change in sorted(changes, key=lambda change: change.start):
        if end is None or change.start < end:
            plans[max(start, change.start)] = change.plan_gb
    days = [next(same)[0] for _, same in groupby(plans.items(), key=lambda dated: dated[1])]
    return [PlanTerm(day, until, plans[day]) for day, until in zip(days, [*days[1:], end], strict=True)]


def plan_on(terms: Iterable[PlanTerm], on: date) -> int:
    """The plan of a day; before the first day that one, after the last that one."""
    found = list(terms)
    return next((term.plan_gb for term in reversed(found) if term.start <= on), found[0].plan_gb)


class Boxes:
    """The backup boxes of an installation, by serial, with the customer that has each; which datastore may be which."""

    def __init__(self, customers: Mapping[str, str | None]) -> None:
        self._serials = {serial.casefold(): serial for serial in customers}
        self._of_customer: dict[str, list[str]] = {}
        for serial, customer in customers.items():
            self._of_customer.setdefault(customer or "", []).append(serial)

    def may_be(self, store: BackupStore) -> list[str]:
        """The serials of the boxes that a datastore may be.

        One when it is known (it has its serial for a name, or the rules read it there, or its customer has no other),
        several when nobody says which, none when it is no box.
        """
        holder = store.holder or ""
        named = self._serials.get(store.name.casefold()) or self._serials.get(holder.casefold())
        return [named] if named else self._of_customer.get(holder, []) if holder else []

    def of(self, store: BackupStore) -> str | None:
        """The serial of the box that a datastore is; None when it is none, or when it may be several."""
        found = self.may_be(store)
        return found[0] if len(found) == 1 else None

    def stores(self, told: Iterable[BackupStore]) -> dict[str, list[BackupStore]]:
        """By serial, the datastores that are known to be that box."""
        found: dict[str, list[BackupStore]] = {}
        for store in told:
            serial = self.of(store)
            if serial is not None:
                found.setdefault(serial, []).append(store)
        return found


def held_bytes(stores: Sequence[BackupStore]) -> int | None:
    """What the datastores of a box hold together; None when one does not say."""
    told = [store.used_bytes for store in stores if store.used_bytes is not None]
    return sum(told) if len(told) == len(stores) else None
