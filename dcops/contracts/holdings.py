"""Everything that customers hold over a period, whatever it was ordered as: one list of dated quantities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.line import Grid, grids_from
from dcops.contracts import store
from dcops.contracts.holding import Holding
from dcops.contracts.models import Subscription
from dcops.contracts.orders import OrderLine, lines_of_antivirus, lines_of_machine, lines_of_nas, lines_of_share
from dcops.contracts.terms import Term, terms
from dcops.support.models import LedgerEntry
from inventory import store as inventory_store
from inventory.models import AntivirusSeats, Machine, NasUnit, Share
from inventory.orm import Transaction

Asset = Share | Machine | NasUnit | AntivirusSeats
__all__ = ["Holding", "holdings"]
_ONE_DAY = timedelta(days=1)
_SPACES = {"full": "baie entière", "half": "1/2 baie", "quarter": "1/4 baie", "unit": "U"}


def holdings(tx: Transaction, start: date, end: date, customer: str | None = None) -> list[Holding]:
    """What is held on some day of [start, end), by customer, then order; packs by their day of purchase.

    ``customer``: a customer code, to ask for what that one holds only.
    """
    grids = catalogue.history(tx)
    found = [*_assets(tx, grids, customer), *_subscriptions(tx, grids, customer)]
    held = [holding for holding in found if holding.start < end and (holding.end is None or holding.end > start)]
    held += [_pack(entry) for entry in store.purchases(tx, start, end, customer)]
    return sorted(held, key=_order)


def _order(holding: Holding) -> tuple[str, str, int, str, date]:
    evidence = holding.evidence
    return (holding.customer_code, evidence["order"], evidence["id"], holding.code, holding.start)


def _assets(tx: Transaction, grids: tuple[Grid, ...], customer: str | None) -> Iterator[Holding]:
    for share in inventory_store.shares(tx, customer=customer):
        units = (share.end_half_unit - share.first_half_unit) // 2
        where = "" if share.kind == "full" else f" {share.position}"
        name = f"{share.rack.name}, {_SPACES[share.kind]}{where}"
        yield from _of_asset(share, "share", name, lines_of_share(share.kind, units), grids)
    for machine in inventory_store.machines(tx, customer=customer):
        lines = lines_of_machine(machine.vcpu, machine.ram_gb, machine.disk_gb)
        yield from _of_asset(machine, "machine", machine.name, lines, grids)
    for nas in inventory_store.nas_units(tx, customer=customer):
        yield from _of_asset(nas, "nas", nas.serial, lines_of_nas(nas.plan_gb), grids)
    for seats in inventory_store.antivirus_seats(tx, customer=customer):
        yield from _of_asset(seats, "antivirus", seats.kind, lines_of_antivirus(seats.kind, seats.quantity), grids)


def _of_asset(
    asset: Asset, order: str, name: str, lines: Iterable[OrderLine], grids: tuple[Grid, ...]
) -> Iterator[Holding]:
    evidence = {"order": order, "id": asset.id, "name": name}
    for code, quantity in lines:
        kind = _kind(grids, code, asset.start)
        yield Holding(asset.customer.code, code, quantity, asset.start, asset.end, kind, evidence)


def _subscriptions(tx: Transaction, grids: tuple[Grid, ...], customer: str | None) -> Iterator[Holding]:
    for row in store.subscriptions(tx, customer):
        evidence = {"order": "subscription", "id": row.id, "name": row.code}
        kind = _kind(grids, row.code, row.start)
        for term in terms_of(row):
            prices = (term.agreed_price, term.supplier_price)
            yield Holding(
                row.customer.code, row.code, term.quantity, term.start, term.end, kind, evidence, *prices, row.start
            )  # fmt: skip


def terms_of(row: Subscription) -> list[Term]:
    """The terms of a subscription, its amendments applied."""
    return terms(Term(row.start, row.end, row.quantity, row.agreed_price, row.supplier_price), row.amendments)


def _pack(entry: LedgerEntry) -> Holding:
    evidence = {"order": "pack", "id": entry.id, "name": entry.pack}
    end = entry.on + _ONE_DAY
    return Holding(entry.customer.code, entry.pack or "", Decimal(1), entry.on, end, "pack", evidence)


def _kind(grids: tuple[Grid, ...], code: str, on: date) -> str:
    """The kind of a line in the grid of that day, else in any grid that has it."""
    for grid in grids_from(grids, on):
        lines = grid.candidates(code)
        if lines:
            return kind_of(lines[0])
    return "unknown"
