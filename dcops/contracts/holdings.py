"""Everything that customers hold over a period, whatever it was ordered as: one list of dated quantities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.line import Grid, grids_from
from dcops.contracts import held_store, store
from dcops.contracts.holding import NONE, Holding
from dcops.contracts.models import Subscription
from dcops.contracts.orders import (
    OrderLine,
    fees_of_nas,
    line_above_plan,
    lines_of_antivirus,
    lines_of_machine,
    lines_of_plans,
    lines_of_share,
    paid_gb,
)
from dcops.contracts.terms import Term, terms
from dcops.support.models import LedgerEntry
from inventory import store as inventory_store
from inventory.backups import PlanTerm, plan_terms
from inventory.models import AntivirusSeats, Machine, NasUnit, Share
from inventory.orm import Transaction

Asset = Share | Machine | NasUnit | AntivirusSeats
__all__ = ["Holding", "holdings"]
_ONE_DAY = timedelta(days=1)
_SPACES = {"full": "baie entière", "half": "1/2 baie", "quarter": "1/4 baie", "unit": "U"}


def holdings(
    tx: Transaction, start: date, end: date, customer: str | None = None, grids: tuple[Grid, ...] | None = None
) -> list[Holding]:
    """What is held on some day of [start, end), by customer, then order; packs by their day of purchase.

    ``customer``: a customer code, to ask for what that one holds only; ``grids``: all of them, where they are known.
    """
    kinds = Kinds(catalogue.history(tx) if grids is None else grids)
    found = [*_assets(tx, kinds, customer), *_subscriptions(tx, kinds, end, customer)]
    held = [holding for holding in found if holding.start < end and (holding.end is None or holding.end > start)]
    held += [_pack(entry) for entry in store.purchases(tx, start, end, customer)]
    return sorted(held, key=_order)


class Kinds:
    """The kind of a line in the grid of a day, else in any grid that has it."""

    def __init__(self, grids: tuple[Grid, ...]) -> None:
        self._grids = grids
        self._known: dict[tuple[str, date], str] = {}

    def __call__(self, code: str, on: date) -> str:
        found = self._known.get((code, on))
        if found is None:
            lines = next((each for grid in grids_from(self._grids, on) if (each := grid.candidates(code))), None)
            found = self._known[code, on] = kind_of(lines[0]) if lines else "unknown"
        return found


def _order(holding: Holding) -> tuple[str, str, int, str, date]:
    evidence = holding.evidence
    return (holding.customer_code, evidence["order"], evidence["id"], holding.code, holding.start)


def _assets(tx: Transaction, kinds: Kinds, customer: str | None) -> Iterator[Holding]:
    for share in inventory_store.shares(tx, customer=customer):
        units = (share.end_half_unit - share.first_half_unit) // 2
        lines = lines_of_share(share.kind, units, caged=share.cage_id is not None)
        yield from _of_asset(share, "share", _name_of(share), lines, kinds)
    for machine in inventory_store.machines(tx, customer=customer):
        lines = lines_of_machine(machine.vcpu, machine.ram_gb, machine.disk_gb)
        yield from _of_asset(machine, "machine", machine.name, lines, kinds)
    for nas in inventory_store.nas_units(tx, customer=customer):
        yield from _of_asset(nas, "nas", nas.serial, fees_of_nas(), kinds)
        yield from _plans(nas, kinds)
    for seats in inventory_store.antivirus_seats(tx, customer=customer):
        yield from _of_asset(seats, "antivirus", seats.kind, lines_of_antivirus(seats.kind, seats.quantity), kinds)


def _name_of(share: Share) -> str:
    if share.cage is not None:
        return f"{share.rack.name}, espace privatif {share.cage.name}"
    where = "" if share.kind == "full" else f" {share.position}"
    return f"{share.rack.name}, {_SPACES[share.kind]}{where}"


def _of_asset(asset: Asset, order: str, name: str, lines: Iterable[OrderLine], kinds: Kinds) -> Iterator[Holding]:
    evidence = {"order": order, "id": asset.id, "name": name}
    for code, quantity in lines:
        kind = kinds(code, asset.start)
        yield Holding(asset.customer.code, code, quantity, asset.start, asset.end, kind, evidence)


def _plans(nas: NasUnit, kinds: Kinds) -> Iterator[Holding]:
    """Each plan of a box over its own days, and what the box holds above the GB that it pays for: measured."""
    customer, evidence = nas.customer.code, {"order": "nas", "id": nas.id, "name": nas.serial}
    already = NONE
    for term in terms_of_box(nas):
        days, count = (term.start, term.end), NONE
        for code, count in lines_of_plans(term.plan_gb):
            kind = kinds(code, term.start)
            yield Holding(customer, code, count, *days, kind, evidence, since=nas.start, already=already)
        already, above = count, evidence | {"plan_gb": paid_gb(term.plan_gb)}
        yield Holding(customer, line_above_plan(), Decimal(1), *days, "usage", above, since=nas.start)


def _subscriptions(tx: Transaction, kinds: Kinds, end: date, customer: str | None) -> Iterator[Holding]:
    amended = held_store.amendments(tx, customer)
    for sold in held_store.sold(tx, end, customer):
        evidence = {"order": "subscription", "id": sold.id, "name": sold.code}
        kind = kinds(sold.code, sold.first.start)
        first, already = sold.first.start, NONE
        changes = amended.get(sold.id)
        for term in joined(terms(sold.first, changes)) if changes else [sold.first]:
            prices = (term.agreed_price, term.supplier_price)
            yield Holding(
                sold.customer, sold.code, term.quantity, term.start, term.end, kind, evidence, *prices, first, already
            )  # fmt: skip
            already = term.quantity


def terms_of_box(nas: NasUnit) -> list[PlanTerm]:
    """The plans of a backup box, each over its own days."""
    return plan_terms(nas.plan_gb, nas.start, nas.end, nas.plans)


def terms_of(row: Subscription) -> list[Term]:
    """The terms of a subscription, its amendments applied."""
    return joined(terms(Term(row.start, row.end, row.quantity, row.agreed_price, row.supplier_price), row.amendments))


def joined(found: list[Term]) -> list[Term]:
    """Terms of which neighbours differ: an amendment that changes nothing cuts nothing."""
    kept: list[Term] = []
    for term in found:
        last = kept[-1] if kept else None
        if last is not None and replace(last, start=term.start, end=term.end) == term:
            kept[-1] = replace(last, end=term.end)
        else:
            kept.append(term)
    return kept


def _pack(entry: LedgerEntry) -> Holding:
    evidence = {"order": "pack", "id": entry.id, "name": entry.pack}
    end = entry.on + _ONE_DAY
    return Holding(entry.customer.code, entry.pack or "", Decimal(1), entry.on, end, "pack", evidence)
