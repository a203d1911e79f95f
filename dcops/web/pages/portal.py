"""A commune's own space: hours left, energy of the year, what it holds, its invoices. Nothing of anybody else."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request

from dcops.auth.permissions import Permission as P
from dcops.billing import store as billing
from dcops.contracts.held import held_on
from dcops.support import hours
from dcops.support.statement import KINDS
from dcops.web.access import permits
from dcops.web.context import actor, now, today, transaction
from dcops.web.curves import asked_subject, curve_of
from dcops.web.pages.billing_files import pdf_of
from dcops.web.pages.energy_curves import MONTH, curve_page, heat_page
from dcops.web.spans import Days, asked_days, last_days
from inventory import store

blueprint = Blueprint("portal", __name__, url_prefix="/mon-espace")


@blueprint.get("/")
@permits(P.OWN_PORTAL)
def index() -> str:
    """Everything in one look; the customer is the one of the login, never of the address."""
    code, on = actor().customer, today()
    assert code is not None  # a commune's account always belongs to a customer
    year = Days(date(on.year, 1, 1), on)
    with transaction() as tx:
        customer = store.customer(tx, code)
        curve = curve_of(tx, asked_subject(tx, f"collectivite:{code}"), year.counted(now()), "month")
        return render_template(
            "portal/index.html", customer=customer, balance=hours.balance(tx, code, on), kinds=KINDS,
            entries=hours.entries(tx, code), held=held_on(tx, on, code), year=on.year,
            curve=curve, days=year, invoices=billing.issued(tx, code),
        )  # fmt: skip


@blueprint.get("/energie/courbe")
@permits(P.OWN_PORTAL)
def curve() -> Response | str:
    """Its load curve over ``?from=…&to=…&pas=day``, the last 31 days by default."""
    days = asked_days(request.args, last_days(today(), MONTH))
    with transaction() as tx:
        return curve_page(tx, asked_subject(tx, f"collectivite:{actor().customer}"), days, "portal/curve.html")


@blueprint.get("/energie/carte")
@permits(P.OWN_PORTAL)
def heat() -> Response | str:
    """Its heat map over ``?from=…&to=…``, the last 31 days by default."""
    days = asked_days(request.args, last_days(today(), MONTH))
    with transaction() as tx:
        return heat_page(tx, asked_subject(tx, f"collectivite:{actor().customer}"), days, "portal/heat.html")


@blueprint.get("/factures/<number>.pdf")
@permits(P.OWN_PORTAL)
def invoice(number: str) -> Response:
    """One of its invoices; another customer's number looks like one that nobody has."""
    with transaction() as tx:
        row = billing.document(tx, number)
    if row.customer.code != actor().customer:
        raise billing.unknown(number)
    return pdf_of(row)
