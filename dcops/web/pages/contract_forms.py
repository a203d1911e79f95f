"""Forms of contracts: sell a subscription, amend, end or resume one; the effect is seen before it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import Optional

from dcops.auth.permissions import Permission as P
from dcops.billing.order_store import billed_until
from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.line import grid_on, grids_from
from dcops.catalogue.sections import title
from dcops.contracts import amendments, detail
from dcops.contracts.changes import Draft
from dcops.contracts.listing import RHYTHMS
from dcops.contracts.sale import LONGEST_MONTHS, NOT_SOLD_APART, Offer, assess, sell
from dcops.web.access import permits
from dcops.web.context import actor, now, today, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, Number, Whole, between, up_to
from inventory import store
from inventory.errors import DomainError
from inventory.orm import Transaction

blueprint = Blueprint("contract_forms", __name__)
CONFIRM, EDIT = "confirmer", "modifier"
"""What the button pressed asks for; anything else shows the effect."""
_ONE_DAY = timedelta(days=1)
_MONTHS = (Optional(), between(0, LONGEST_MONTHS))


class SaleForm(FlaskForm):  # type: ignore[misc]
    """A new subscription; months left empty are those of the grid line."""

    customer = SelectField("Collectivité", [NEEDED])
    code = SelectField("Ligne de la grille", [NEEDED])
    quantity = Number("Quantité", [GIVEN])
    start = Day("Premier jour", [GIVEN])
    last = Day("Dernier jour (facultatif)", [Optional()])
    agreed_price = Number("Prix convenu, par unité (€ HT)", [Optional()])
    supplier_price = Number("Prix du fournisseur, par unité (€ HT)", [Optional()])
    commitment_months = Whole("Engagement (mois)", [*_MONTHS])
    notice_months = Whole("Préavis (mois)", [*_MONTHS])
    renewal_months = Whole("Reconduction tacite (mois)", [*_MONTHS])

    def offer(self) -> Offer:
        last: date | None = self.last.data
        return Offer(
            self.customer.data, self.code.data, self.quantity.data, self.start.data, last and last + _ONE_DAY,
            self.agreed_price.data, self.supplier_price.data, self.commitment_months.data, self.notice_months.data,
            self.renewal_months.data,
        )  # fmt: skip


class _WithReason(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField("Motif", [NEEDED, up_to(amendments.LONGEST_REASON)])


class ChangeForm(_WithReason):
    """What changes from a day on; a field left empty does not change."""

    effective = Day("À partir du", [GIVEN])
    quantity = Number("Nouvelle quantité", [Optional()])
    agreed_price = Number("Nouveau prix convenu, par unité (€ HT)", [Optional()])
    supplier_price = Number("Nouveau prix du fournisseur, par unité (€ HT)", [Optional()])

    def draft(self, tx: Transaction, id: int) -> Draft:
        prices = (self.agreed_price.data, self.supplier_price.data)
        return Draft("change", self.effective.data, self.quantity.data, *prices)


class EndForm(_WithReason):
    """The last day of a subscription."""

    last = Day("Dernier jour", [GIVEN])

    def draft(self, tx: Transaction, id: int) -> Draft:
        return Draft("end", self.last.data + _ONE_DAY)


class ResumeForm(_WithReason):
    """An end that is taken back."""

    def draft(self, tx: Transaction, id: int) -> Draft:
        return amendments.resumption(tx, id)


Amending = ChangeForm | EndForm | ResumeForm
FORMS: dict[str, tuple[type[Amending], str, str]] = {
    "avenant": (ChangeForm, "Changer la quantité ou le prix", "Le jour dit, la suite change ; ce qui précède reste."),
    "fin": (EndForm, "Mettre fin", "Rien n’est dû après le dernier jour, sauf l’engagement qui reste à courir."),
    "reprise": (ResumeForm, "Reprendre", "La fin est annulée : l’abonnement continue, sans interruption."),
}


@blueprint.route("/<int:id>/<any(avenant, fin, reprise):what>", methods=["GET", "POST"])
@permits(P.WRITE_CONTRACTS)
def amend(id: int, what: str) -> Response | str:
    """Amend a subscription: fill in, see the effect, confirm. What was typed is kept when it is refused."""
    form = FORMS[what][0]()
    step = request.form.get("step")
    context: dict[str, Any] = {}
    if form.validate_on_submit() and step != EDIT:
        try:
            with transaction() as tx:
                if step == CONFIRM:
                    amendments.record(tx, id, form.draft(tx, id), actor().name, form.reason.data, now())
                else:
                    context = _effect(tx, id, form)
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            if step == CONFIRM:
                flash("Avenant enregistré.")
                return redirect(url_for("contracts.subscriptions.detail", id=id))
    with transaction() as tx:
        found = detail.of(tx, id, today())
        _, heading, note = FORMS[what]
        return render_template(
            "contracts/amend.html", form=form, found=found, what=what, title=heading, note=note, rhythms=RHYTHMS,
            back=url_for("contracts.subscriptions.detail", id=id), confirm=CONFIRM, edit=EDIT, **context,
        )  # fmt: skip


def _effect(tx: Transaction, id: int, form: Amending) -> dict[str, Any]:
    """What the amendment would change, and what to know of it."""
    draft = form.draft(tx, id)
    effect = amendments.preview(tx, id, draft, today())
    remarks = detail.remarks(draft, billed_until(tx, "subscription", id), detail.exit_cost(tx, id, draft))
    return {"effect": effect, "remarks": remarks}


@blueprint.route("/nouveau", methods=["GET", "POST"])
@permits(P.WRITE_CONTRACTS)
def new() -> Response | str:
    """Sell a subscription: fill in, see the quote, confirm."""
    form = SaleForm(customer=request.args.get("collectivite"), start=today())
    with transaction() as tx:
        form.customer.choices = [("", "Choisir…"), *((one.code, one.name) for one in store.customers(tx))]
        form.code.choices = _lines(tx, form.start.data or today())
    step, quoted = request.form.get("step"), None
    if form.validate_on_submit() and step != EDIT:
        try:
            with transaction() as tx:
                if step == CONFIRM:
                    row, _ = sell(tx, form.offer())
                    flash("Abonnement enregistré.")
                    return redirect(url_for("contracts.subscriptions.detail", id=row.id))
                quoted = assess(tx, form.offer())
        except DomainError as refused:
            form.form_errors.append(str(refused))
    names = dict(form.customer.choices)
    return render_template(
        "contracts/new.html", form=form, quoted=quoted, rhythms=RHYTHMS, confirm=CONFIRM, edit=EDIT,
        who=names.get(form.customer.data, ""),
    )  # fmt: skip


def _lines(tx: Transaction, on: date) -> dict[str, list[tuple[str, str]]]:
    """What a subscription may hold, by section of the grid of a day (else the newest): a service whose brackets
    choose among its lines is offered as one."""
    grids = catalogue.history(tx)
    grid = grid_on(grids, on) or next(iter(grids_from(grids, on)), None)
    sections: dict[str, dict[str, str]] = {}
    for line in grid.lines if grid else ():
        if line.minutes or line.behaviour in NOT_SOLD_APART or kind_of(line) in ("consumption", "usage"):
            continue
        beside = [each.label for each in grid.candidates(line.service)] if grid else []
        code, label = (line.service, _shared(beside)) if len(beside) > 1 else (line.code, line.label)
        sections.setdefault(f"{line.section} · {title(line.section)}", {}).setdefault(code, f"{label} ({code})")
    return {"": [("", "Choisir…")], **{name: list(found.items()) for name, found in sections.items()}}


def _shared(labels: Sequence[str]) -> str:
    """The words with which several labels begin."""
    words = zip(*(label.split() for label in labels), strict=False)
    return " ".join(alike[0] for alike in takewhile(lambda alike: len(set(alike)) == 1, words)).rstrip(" -<>/")
