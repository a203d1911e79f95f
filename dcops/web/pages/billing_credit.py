"""Crediting an issued invoice: which lines, why, what it comes to, then the credit note itself."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from dcops.auth.permissions import Permission as P
from dcops.billing import credit
from dcops.billing.document import vat_parts
from dcops.billing.models import Invoice, InvoiceLine
from dcops.money import ZERO
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, transaction
from inventory.errors import DomainError

blueprint = Blueprint("credit", __name__)


class CreditForm(FlaskForm):  # type: ignore[misc]
    """What is taken back, and why."""

    reason = TextAreaField(
        "Motif",
        [
            DataRequired("Un avoir a un motif."),
            Length(max=credit.LONGEST_REASON, message=f"{credit.LONGEST_REASON} caractères au plus."),
        ],
    )
    rebill = BooleanField("Ces jours pourront être refacturés")


@blueprint.route("/factures/<number>/avoir", methods=["GET", "POST"])
@permits(P.RUN_BILLING)
def ask(number: str) -> Redirect | str:
    """Choose the lines, then see what the credit note will be before it is issued."""
    form = CreditForm()
    with transaction() as tx:
        invoice = credit.creditable(tx, number)
        left = credit.left(tx, invoice, ())
    chosen = [line for line in left if line.position in _positions()]
    if request.method == "GET":
        return _choice(invoice, left, left if len(left) == 1 else (), form)
    if not chosen:
        form.form_errors.append("Choisissez au moins une ligne à créditer.")
    if not form.validate_on_submit() or not chosen or "retour" in request.form:
        return _choice(invoice, left, chosen, form)
    net = sum((line.amount for line in chosen), ZERO)
    vat = sum((part.vat for part in vat_parts(chosen)), ZERO)
    return render_template("billing/credit_preview.html", row=invoice, lines=chosen, form=form, net=net, vat=vat)


@blueprint.post("/factures/<number>/avoir/emission")
@permits(P.RUN_BILLING)
def issue(number: str) -> Redirect:
    """Issue the credit note that was shown."""
    form = CreditForm()
    positions = _positions()
    if not form.validate_on_submit() or not positions:
        return redirect(url_for("billing.credit.ask", number=number))
    try:
        with transaction() as tx:
            note = credit.credit(
                tx, number, form.reason.data, parts().settings, actor().name, now(), positions, rebill=form.rebill.data
            )
            issued = note.number or ""
    except DomainError as refused:
        flash(str(refused), "error")
        return redirect(url_for("billing.documents.show_one", number=number))
    flash(f"L’avoir {issued} est émis.")
    return redirect(url_for("billing.documents.show_one", number=issued))


def _positions() -> set[int]:
    return set(request.form.getlist("lines", type=int))


def _choice(invoice: Invoice, left: Sequence[InvoiceLine], chosen: Sequence[InvoiceLine], form: CreditForm) -> str:
    return render_template(
        "billing/credit.html", row=invoice, left=left, form=form, chosen={line.position for line in chosen}
    )
