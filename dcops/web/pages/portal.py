"""A commune's own space: hours left, energy of the year, what it holds. Nothing of anybody else."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template

from dcops.auth.permissions import Permission as P
from dcops.support import hours
from dcops.web.access import permits
from dcops.web.context import actor, now, today, transaction
from dcops.web.held import held_on
from dcops.web.pages.support import KINDS
from inventory import store
from metering.energy import energy_of_customer
from metering.period import Period, midnight

blueprint = Blueprint("portal", __name__, url_prefix="/mon-espace")


@blueprint.get("/")
@permits(P.OWN_PORTAL)
def index() -> str:
    """Everything in one look; the customer is the one of the login, never of the address."""
    code = actor().customer
    assert code is not None  # a commune's account always belongs to a customer
    this_year = Period(midnight(date(today().year, 1, 1)), now())
    with transaction() as tx:
        customer = store.customer(tx, code)
        balance = hours.balance(tx, code, today())
        entries = hours.entries(tx, code)
        energy = energy_of_customer(tx, code, this_year)
        held = held_on(tx, today(), code)
    return render_template(
        "portal/index.html", customer=customer, balance=balance, entries=entries, energy=energy,
        months=energy.grid("month"), held=held, kinds=KINDS,
    )  # fmt: skip
