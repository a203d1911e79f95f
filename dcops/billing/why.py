"""Why an issued line has its amount: the grid line and its vote, the contract and its terms, the readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dcops.billing import store
from dcops.billing.models import Invoice, InvoiceLine
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid, GridLine
from dcops.contracts.holdings import terms_of
from dcops.contracts.models import Amendment, Subscription
from dcops.contracts.terms import Term
from dcops.money import plain, price_text, text
from dcops.support.models import LedgerEntry
from inventory.errors import NotFound
from inventory.models import AntivirusSeats, Machine, NasUnit, Share
from inventory.orm import Transaction
from metering.energy.evidence_store import NamedReading, readings_of

_ORDERS: Mapping[str, type[Any]] = {
    "share": Share, "machine": Machine, "nas": NasUnit, "antivirus": AntivirusSeats, "subscription": Subscription,
    "pack": LedgerEntry,
}  # fmt: skip


@dataclass(frozen=True)
class Why:
    """Everything behind one line. ``grid_line`` None: its grid is no longer loaded; ``terms`` empty: order removed."""

    document: Invoice
    line: InvoiceLine
    grid: Grid | None
    grid_line: GridLine | None
    order: Mapping[str, Any]
    terms: tuple[Term, ...]
    amendments: tuple[Amendment, ...]
    readings: tuple[NamedReading, ...]
    credited_by: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The JSON shape of a line's reasons."""
        line, evidence = self.line, self.line.evidence
        return {
            "invoice": self.document.number, "position": line.position, "code": line.code, "label": line.label,
            "quantity": plain(line.quantity), "unit_price": price_text(line.unit_price), "amount": text(line.amount),
            "from": line.start.isoformat(), "to": line.end.isoformat(), "explanation": line.explanation,
            "grid_line": self._grid_line(), "price_class": evidence.get("price_class"), "order": dict(self.order),
            "terms": [_term(term) for term in self.terms],
            "amendments": [_amendment(amendment) for amendment in self.amendments],
            "energy": {name: evidence[name] for name in ("wh", "flags", "coverage") if name in evidence} or None,
            "readings": [_reading(reading) for reading in self.readings], "credited_by": list(self.credited_by),
        }  # fmt: skip

    def _grid_line(self) -> dict[str, Any]:
        evidence = self.line.evidence
        known = {"tariff": self.line.tariff, "code": self.line.code, "deliberation": evidence.get("deliberation")}
        if self.grid_line is None:
            return known
        prices = {"member": self.grid_line.member_price, "nonmember": self.grid_line.nonmember_price}
        shown = {name: None if price is None else price_text(price) for name, price in prices.items()}
        return {**known, "section": self.grid_line.section, **shown, "note": self.grid_line.note}


def why(tx: Transaction, number: str, position: int) -> Why:
    """What a line of an issued document rests on. Raises NotFound."""
    return why_of(tx, store.document(tx, number), position)


def why_of(tx: Transaction, row: Invoice, position: int) -> Why:
    """What a line of a document, issued or not, rests on. Raises NotFound."""
    line = next((each for each in row.lines if each.position == position), None)
    if line is None:
        raise NotFound(f"{row.number or 'ce projet'} n'a pas de ligne {position}.")
    grid = next((each for each in catalogue.history(tx) if each.name == line.tariff), None)
    order = line.evidence["order"]
    terms, amendments = _contract(tx, order)
    return Why(
        row, line, grid, grid.line(line.code) if grid else None, order, terms, amendments,
        tuple(readings_of(tx, line.evidence.get("readings", ()))), tuple(_credits(tx, row, line)),
    )  # fmt: skip


def _contract(tx: Transaction, order: Mapping[str, Any]) -> tuple[tuple[Term, ...], tuple[Amendment, ...]]:
    """The terms and the amendments of what was ordered, of each of several orders that are priced together."""
    terms: list[Term] = []
    amendments: list[Amendment] = []
    for number in order.get("orders", [order["id"]]):
        thing = tx.get(_ORDERS[order["order"]], number)
        if isinstance(thing, Subscription):
            terms += terms_of(thing)
            amendments += thing.amendments
        elif isinstance(thing, LedgerEntry):
            terms.append(Term(thing.on, None, Decimal(1)))
        elif thing is not None:
            terms.append(Term(thing.start, thing.end, Decimal(getattr(thing, "quantity", 1))))
    return tuple(terms), tuple(amendments)


def _credits(tx: Transaction, row: Invoice, line: InvoiceLine) -> Iterable[str]:
    for note in store.credits_of(tx, row.id):
        if note.number and any((each.key, each.version) == (line.key, line.version) for each in note.lines):
            yield note.number


def _term(term: Term) -> dict[str, Any]:
    return {
        "from": term.start.isoformat(), "to": term.end.isoformat() if term.end else None,
        "quantity": plain(term.quantity),
        "agreed_price": _price(term.agreed_price), "supplier_price": _price(term.supplier_price),
    }  # fmt: skip


def _price(value: Decimal | None) -> str | None:
    return None if value is None else price_text(value)


def _amendment(row: Amendment) -> dict[str, Any]:
    return {
        "kind": row.kind, "effective": row.effective.isoformat(),
        "quantity": None if row.quantity is None else plain(row.quantity), "agreed_price": _price(row.agreed_price),
        "author": row.author, "reason": row.reason, "recorded_at": row.recorded_at.isoformat(),
    }  # fmt: skip


def _reading(reading: NamedReading) -> dict[str, Any]:
    return {
        "meter": reading.meter, "at": reading.at.isoformat(), "wh": reading.wh, "source": reading.source,
        "received_at": reading.received_at.isoformat(),
    }  # fmt: skip
