"""Why a line of a document has its amount: the formula, the grid line and its vote, the contract, the readings."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from dcops.auth.permissions import Permission as P
from dcops.billing import store
from dcops.billing.models import Invoice
from dcops.billing.why import Why, why_of
from dcops.web.access import permits
from dcops.web.billing_words import AMENDMENTS, PRICE_CLASSES, READINGS
from dcops.web.context import transaction
from dcops.web.pages.contracts import page_of
from inventory.orm import Transaction

blueprint = Blueprint("why", __name__)


@blueprint.get("/factures/<number>/lignes/<int:position>")
@permits(P.READ_MONEY)
def issued(number: str, position: int) -> str:
    """Of a line of an issued document; ``?part`` asks for the part of a page only."""
    with transaction() as tx:
        return _shown(tx, store.document(tx, number), position)


@blueprint.get("/brouillons/<int:invoice_id>/lignes/<int:position>")
@permits(P.READ_MONEY)
def draft(invoice_id: int, position: int) -> str:
    """Of a line of a document that is not issued yet."""
    with transaction() as tx:
        return _shown(tx, store.draft(tx, invoice_id), position)


def _shown(tx: Transaction, row: Invoice, position: int) -> str:
    why = why_of(tx, row, position)
    template = "billing/_why.html" if "part" in request.args else "billing/why.html"
    return render_template(
        template, why=why, row=row, line=why.line, evidence=why.line.evidence, contracts=_contracts(why),
        price_class=PRICE_CLASSES.get(str(why.line.evidence.get("price_class")), ""), days=_prorata(why),
        amendments=AMENDMENTS, readings=READINGS,
    )  # fmt: skip


def _prorata(why: Why) -> str | None:
    """The part of the year that is billed: ``214/366 jours``; None for a whole one."""
    words = {"days": "jours", "months": "mois"}
    told = [f"{why.line.evidence[key]} {word}" for key, word in words.items() if key in why.line.evidence]
    return next((text for text in told if len(set(text.split()[0].split("/"))) > 1), None)


def _contracts(why: Why) -> list[tuple[int, str]]:
    """(id, page) of each contract that the line bills: several where the grid counts a customer as a whole."""
    order = why.order
    pages = ((number, page_of(order["order"], number)) for number in order.get("orders", [order["id"]]))
    return [(number, page) for number, page in pages if page] if why.terms else []
