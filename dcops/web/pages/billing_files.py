"""A document as a file: PDF with its Factur-X, HTML to keep, the XML alone."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask import Blueprint, Response, send_file

from dcops.auth.permissions import Permission as P
from dcops.billing import store
from dcops.billing.document import Document
from dcops.billing.documents import document_of
from dcops.billing.models import Invoice
from dcops.web.access import permits
from dcops.web.context import parts, transaction

blueprint = Blueprint("files", __name__)


@blueprint.get("/factures/<number>.pdf")
@permits(P.READ_MONEY)
def pdf(number: str) -> Response:
    """The PDF that the customer receives."""
    from dcops.billing.exports import pdf

    return _sent(_issued(number), pdf.render, "pdf", "application/pdf")


@blueprint.get("/factures/<number>.html")
@permits(P.READ_MONEY)
def html(number: str) -> Response:
    """The same as one page of HTML."""
    from dcops.billing.exports import html

    return _sent(_issued(number), html.render, "html", "text/html; charset=utf-8")


@blueprint.get("/factures/<number>.xml")
@permits(P.READ_MONEY)
def xml(number: str) -> Response:
    """What finance software reads: EN 16931 in the syntax of Factur-X."""
    from dcops.billing.exports import facturx

    return _sent(_issued(number), facturx.xml, "xml", "application/xml")


@blueprint.get("/brouillons/<int:invoice_id>.pdf")
@permits(P.READ_MONEY)
def draft(invoice_id: int) -> Response:
    """What a document of a draft will look like, marked as such."""
    from dcops.billing.exports import pdf

    with transaction() as tx:
        row = store.draft(tx, invoice_id)
    return _sent(row, pdf.render, "pdf", "application/pdf")


def pdf_of(row: Invoice) -> Response:
    """The PDF of a row of a document."""
    from dcops.billing.exports import pdf

    return _sent(row, pdf.render, "pdf", "application/pdf")


def _issued(number: str) -> Invoice:
    with transaction() as tx:
        return store.document(tx, number)


def _sent(row: Invoice, render: Callable[[Document], bytes], ending: str, mimetype: str) -> Response:
    """A download, computed outside the transaction."""
    content = render(document_of(row, parts().settings))
    name = f"{row.number or f'projet-{row.id}'}.{ending}"
    return send_file(io.BytesIO(content), mimetype, as_attachment=True, download_name=name)
