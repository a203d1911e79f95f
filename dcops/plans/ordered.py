"""Which order a finding is about, and how an order is told in JSON and in French."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from dcops.contracts.machine_orders import MachineOrder, Sizes, sizes_of
from dcops.plans.order_book import OrderBook, place_told
from inventory.errors import Invalid
from inventory.models import Finding, Machine

_UNITS = {"vcpu": "vCPU", "ram_gb": "Go de mémoire", "disk_gb": "Go de disque"}


def order_told(book: OrderBook, finding: Finding) -> Machine:
    """The order that a finding tells whole, by its name, customer, first day and place. Raises Invalid."""
    sold = finding.sold if isinstance(finding.sold, Mapping) else {}
    seen = tuple(sold.get(name) for name in ("name", "customer", "from", "cluster", "vmid"))
    for row in book.beside(str(sold.get("name") or ""), sold.get("cluster"), sold.get("vmid")):
        if (row.name, row.customer.code, row.start.isoformat(), row.cluster, row.vmid) == seen:
            return row
    raise Invalid("la commande constatée n'existe plus : relancer la comparaison.")


def order_in_force(book: OrderBook, finding: Finding, on: date) -> Machine:
    """The order of a running machine on a day, else its nearest one. Raises Invalid when none is known."""
    found = list(_orders_of(book, finding))
    for row in found:
        if row.start <= on and (row.end is None or on < row.end):
            return row
    if not found:
        raise Invalid("la commande de cette machine n'est pas trouvée : compléter son cluster et son VMID.")
    return found[0]


def _orders_of(book: OrderBook, finding: Finding) -> Iterator[Machine]:
    """The orders that may be those of a real machine: the one it was known to be, those of its place, of its name."""
    place = place_told(finding)
    if place is None:
        return
    link = book.link(place)
    rows = book.beside((link.name if link else None) or "", *place)
    known = (link.sold if link else None) or ""
    yield from (row for row in rows if known.startswith(f"machine/{row.id}@"))
    yield from (row for row in rows if (row.cluster, row.vmid) == place)
    yield from (row for row in rows if row.vmid is None and row.cluster in (None, place[0]))


def order_document(order: Machine | MachineOrder) -> dict[str, Any]:
    """An order as JSON, under the names that the file of machines has."""
    sizes = sizes_of(order) if isinstance(order, Machine) else order.sizes
    customer = order.customer.code if isinstance(order, Machine) else order.customer
    return {
        "name": order.name, "customer": customer, "cluster": order.cluster, "vmid": order.vmid, **vars(sizes),
        "backup_days": order.backup_days, "from": order.start.isoformat(),
        "to": order.end.isoformat() if order.end else None,
    }  # fmt: skip


def order_of(document: Mapping[str, Any]) -> MachineOrder:
    """The order that a JSON document tells."""
    return MachineOrder(
        document["customer"], document["name"], sizes_told(document), date.fromisoformat(document["from"]),
        date.fromisoformat(document["to"]) if document["to"] else None, document["cluster"], document["vmid"],
        document["backup_days"],
    )  # fmt: skip


def sizes_told(document: Mapping[str, Any]) -> Sizes:
    """The sizes of an order in JSON."""
    return Sizes(document["vcpu"], document["ram_gb"], document["disk_gb"])


def machine_words(order: Machine | MachineOrder) -> str:
    """A machine in a sentence: ``web (amiens-a/101)``."""
    return f"{order.name} ({order.cluster}/{order.vmid})" if order.cluster and order.vmid else order.name


def sizes_words(sizes: Sizes) -> str:
    """``2 vCPU, 4 Go de mémoire, 50 Go de disque``."""
    return ", ".join(f"{getattr(sizes, name)} {unit}" for name, unit in _UNITS.items())


def change_words(before: Sizes, after: Sizes) -> str:
    """What changes between two sizes: ``2 → 4 vCPU``."""
    told = [(getattr(before, name), getattr(after, name), unit) for name, unit in _UNITS.items()]
    return ", ".join(f"{old} → {new} {unit}" for old, new, unit in told if old != new)
