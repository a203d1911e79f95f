"""The global search: customers, racks, meters, machines and backup boxes by name or serial, invoices by number."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, render_template, request, url_for

from dcops.auth.permissions import Permission as P
from dcops.billing import store as billing
from dcops.web.access import permits
from dcops.web.context import actor, transaction
from dcops.web.formats import amount
from inventory import store
from inventory.orm import Transaction
from inventory.store import Hit
from metering import store as metering

blueprint = Blueprint("search", __name__, url_prefix="/recherche")
GROUPS = {
    "customer": ("Collectivités", "buildings"),
    "rack": ("Baies", "hdd-rack"),
    "machine": ("Machines", "pc-display"),
    "meter": ("Compteurs", "lightning-charge"),
    "nas": ("Boîtiers de sauvegarde", "archive"),
    "invoice": ("Factures et avoirs", "receipt"),
}


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> str:
    """What holds the words of ``?q=``, grouped by kind of thing."""
    text = request.args.get("q", "").strip()
    with transaction() as tx:
        hits = [*store.search(tx, text), *_meters(tx, text)]
        hits += _invoices(tx, text) if actor().may(P.READ_MONEY) else ()
    groups = [
        (label, icon, [(hit, url_of(hit)) for hit in hits if hit.kind == kind])
        for kind, (label, icon) in GROUPS.items()
    ]
    return render_template("search/index.html", text=text, groups=[group for group in groups if group[2]])


def _meters(tx: Transaction, text: str) -> Iterator[Hit]:
    for meter in metering.meters_named_like(tx, text) if text else ():
        rack = meter.places[-1].rack
        yield Hit("meter", meter.name, meter.name, f"baie {rack.name}" if rack else "site entier")


def _invoices(tx: Transaction, text: str) -> Iterator[Hit]:
    for row in billing.numbered_like(tx, text) if text else ():
        yield Hit("invoice", row.number or "", row.number or "", f"{row.customer.name}, {amount(row.gross)} TTC")


def url_of(hit: Hit) -> str:
    """The page of a found thing."""
    if hit.kind == "customer":
        return url_for("customers.detail", code=hit.key)
    if hit.kind == "rack":
        return url_for("racks.detail", name=hit.key)
    if hit.kind == "meter":
        return url_for("energy.meters.one", name=hit.key)
    if hit.kind == "invoice":
        return url_for("billing.documents.show_one", number=hit.key)
    if hit.kind == "machine":
        return url_for("machines.detail", machine_id=int(hit.key))
    return url_for("backups.detail", serial=hit.key)
