"""Issued invoices and credit notes, and drafts as they will be: the list, and each one as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect

from dcops.auth.permissions import Permission as P
from dcops.billing import store
from dcops.billing.document import Document, DocumentLine
from dcops.billing.documents import document_of
from dcops.billing.exports.wording import worded
from dcops.billing.models import Invoice
from dcops.catalogue import sections
from dcops.money import ZERO
from dcops.web.access import permits
from dcops.web.billing_words import KINDS, document_kind
from dcops.web.context import parts, transaction
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.pages.customers import KINDS as CUSTOMER_KINDS

blueprint = Blueprint("documents", __name__)


@dataclass(frozen=True)
class Section:
    """The lines of a section of the grid on one document."""

    title: str
    lines: Sequence[DocumentLine]
    subtotal: Decimal


@blueprint.get("/factures")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """Every issued document, the latest first."""
    with transaction() as tx:
        rows = store.issued(tx)
    listing = Listing(
        "Factures émises", rows, _columns(), _filters(rows),
        empty="Aucune facture n’est encore émise.",
        hint="Les factures et les avoirs apparaissent ici dès qu’une campagne est émise.",
    )  # fmt: skip
    return show(listing, "billing/documents.html")


def _filters(rows: Sequence[Invoice]) -> list[Filter[Invoice]]:
    years = sorted({str(row.year) for row in rows}, reverse=True)
    kinds = [(kind, label) for kind, label in CUSTOMER_KINDS.items() if any(r.customer.kind == kind for r in rows)]
    found = [
        Filter[Invoice]("annee", "Année facturée", [(y, y) for y in years], lambda r, v: str(r.year) == v),
        Filter[Invoice]("nature", "Nature", list(KINDS.items()), lambda r, v: r.kind == v),
        Filter[Invoice]("collectivite", "Collectivités", kinds, lambda r, v: r.customer.kind == v),
    ]
    budgets = sorted({row.budget for row in rows})
    if len(budgets) > 1:
        named = [(code, parts().settings.budget_named(code).name or code) for code in budgets]
        found.append(Filter[Invoice]("budget", "Budget", named, lambda r, v: r.budget == v))
    return found


def _columns() -> list[Column[Invoice]]:
    return [
        Column[Invoice]("number", "Numéro", lambda r: r.number, link=_page, short=True),
        Column[Invoice]("kind", "Nature", lambda r: document_kind(r.kind), "badge"),
        Column[Invoice]("issued", "Émise le", lambda r: r.issued_on, "day"),
        Column[Invoice]("customer", "Collectivité", lambda r: r.customer.name),
        Column[Invoice]("year", "Année", lambda r: str(r.year), phone=False),
        Column[Invoice]("due", "À payer avant le", lambda r: r.due_on, "day", phone=False),
        *_amounts(),
        Column[Invoice]("run", "Campagne", lambda r: r.run.name if r.run else None, link=_run, phone=False),
    ]


def columns_of_run() -> list[Column[Invoice]]:
    """The columns of the documents of one run, numbered or not yet."""
    return [
        Column[Invoice]("number", "Numéro", lambda r: r.number or f"Projet {r.id}", link=_page, short=True),
        Column[Invoice]("kind", "Nature", lambda r: document_kind(r.kind), "badge"),
        Column[Invoice]("customer", "Collectivité", lambda r: r.customer.name),
        Column[Invoice]("of", "Facture créditée", lambda r: r.credited.number if r.credited else None, phone=False),
        *_amounts(),
    ]


def _amounts() -> list[Column[Invoice]]:
    return [
        Column[Invoice]("net", "Total HT", lambda r: r.net, "amount", total=True, phone=False),
        Column[Invoice]("vat", "TVA", lambda r: r.vat, "amount", total=True, phone=False),
        Column[Invoice]("gross", "Total TTC", lambda r: r.gross, "amount", total=True),
    ]


def _page(row: Invoice) -> str:
    if row.number:
        return url_for("billing.documents.show_one", number=row.number)
    return url_for("billing.documents.draft", invoice_id=row.id)


def _run(row: Invoice) -> str | None:
    return url_for("billing.runs.review", name=row.run.name) if row.run else None


@blueprint.get("/factures/<number>")
@permits(P.READ_MONEY)
def show_one(number: str) -> str:
    """An issued document, each line with why it has its amount."""
    with transaction() as tx:
        row = store.document(tx, number)
        credits = store.credits_of(tx, row.id)
        left = row.kind == "invoice" and len(store.credited_keys(tx, row.id)) < len(row.lines)
    return _shown(row, credits, may_credit=left)


@blueprint.get("/brouillons/<int:invoice_id>")
@permits(P.READ_MONEY)
def draft(invoice_id: int) -> Redirect | str:
    """A document of a run that is not issued, as it will be; once issued, the one it became."""
    with transaction() as tx:
        row = store.draft(tx, invoice_id)
    return redirect(_page(row)) if row.number else _shown(row, (), may_credit=False)


def _shown(row: Invoice, credits: Sequence[Invoice], *, may_credit: bool) -> str:
    document = document_of(row, parts().settings)
    return render_template(
        "billing/document.html", row=row, document=document, words=worded(document), sections=_sections(document),
        credits=credits, may_credit=may_credit,
    )  # fmt: skip


def _sections(document: Document) -> list[Section]:
    """The lines by section, in the order of the grid."""
    ordered = sorted(document.lines, key=lambda line: (sections.order(line.section), line.position))
    found = []
    for section, group in groupby(ordered, key=lambda line: line.section):
        lines = list(group)
        title = " · ".join(part for part in (section, sections.title(section)) if part)
        found.append(Section(title, lines, sum((line.amount for line in lines), ZERO)))
    return found
