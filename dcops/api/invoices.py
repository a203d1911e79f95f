"""Invoices, as accountants and the customer itself read them: the list, one whole, why a line, its files."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Response, send_file

from dcops.api import billing_shapes as shapes
from dcops.api import paging, queries, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.billing import store as billing
from dcops.billing.document import Document
from dcops.billing.documents import document_of
from dcops.billing.models import Invoice
from dcops.billing.why import why_of
from dcops.money import text
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.errors import NotFound
from inventory.orm import Transaction

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    from apiflask import FileSchema

    @bp.get("/customers/<code>/invoices")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(shapes.Invoices)
    def list_invoices(code: str, query: queries.PageQuery) -> Any:
        """Invoices and credit notes issued to the customer, the latest first."""
        actor().require_customer(code, Permission.READ_MONEY)
        before = paging.decode(query.cursor, int)
        with parts.database.transaction() as tx:
            inventory_store.customer(tx, code)
            rows = store.invoices(tx, before, query.limit + 1, code)
        items, following = paging.cut(rows, query.limit, lambda row: (row.id,))
        return {"items": [_listed(row) for row in items], "next": following}

    @bp.get("/invoices/<number>")
    @bp.output(shapes.InvoiceDocument)
    def show_invoice(number: str) -> Any:
        """One invoice or credit note, whole, as it was issued."""
        return _document(parts, number).document()

    @bp.get("/invoices/<number>/lines/<int:position>/why")
    @bp.output(shapes.Why)
    def show_why(number: str, position: int) -> Any:
        """Why a line has its amount: grid line and vote, contract and amendments, readings."""
        with parts.database.transaction() as tx:
            return why_of(tx, _permitted(tx, number), position).as_json()

    @bp.get("/invoices/<number>/pdf")
    @bp.output(FileSchema(), content_type="application/pdf", description="PDF/A-3 with its Factur-X inside.")
    def show_pdf(number: str) -> Response:
        """The PDF, with the electronic invoice inside."""
        from dcops.billing.exports import pdf

        return _file(pdf.render(_document(parts, number)), f"{number}.pdf", "application/pdf")

    @bp.get("/invoices/<number>/xml")
    @bp.output(FileSchema(), content_type="application/xml", description="EN 16931, syntax of Factur-X.")
    def show_xml(number: str) -> Response:
        """The electronic invoice alone."""
        from dcops.billing.exports import facturx

        return _file(facturx.xml(_document(parts, number)), f"{number}.xml", "application/xml")


def _document(parts: Parts, number: str) -> Document:
    with parts.database.transaction() as tx:
        return document_of(_permitted(tx, number), parts.settings)


def _permitted(tx: Transaction, number: str) -> Invoice:
    """An issued document that the caller may read; another customer's looks like an unknown one."""
    row = billing.document(tx, number)
    try:
        actor().require_customer(row.customer.code, Permission.READ_MONEY)
    except NotFound:
        raise billing.unknown(number) from None
    return row


def _file(content: bytes, name: str, mimetype: str) -> Response:
    return send_file(BytesIO(content), mimetype, as_attachment=True, download_name=name)


def _listed(row: Invoice) -> dict[str, Any]:
    known = {field: getattr(row, field) for field in ("number", "kind", "year", "budget", "issued_on", "due_on")}
    amounts = {field: text(getattr(row, field)) for field in ("net", "vat", "gross")}
    return {**known, "credits": row.credited.number if row.credited else None, **amounts}
