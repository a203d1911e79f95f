"""Backup boxes at customers' sites: their plans, what they hold, what they cost, their findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField

from dcops.auth.permissions import Permission as P
from dcops.billing.order_store import billed_until
from dcops.contracts.amendments import LONGEST_REASON
from dcops.contracts.costs import prices_on, total
from dcops.contracts.holdings import terms_of_box
from dcops.contracts.nas_plans import MOST_GB, change_plan, preview_plan
from dcops.contracts.orders import lines_of_nas, paid_gb
from dcops.web.access import permits
from dcops.web.backup_charts import by_month, held
from dcops.web.context import actor, now, today, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, Whole, between, up_to
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.open_findings import open_findings
from dcops.web.standing import CHOICES, standing, standing_badge
from inventory import store
from inventory.backups import plan_on
from inventory.errors import DomainError
from inventory.models import NasUnit
from inventory.orm import Transaction
from metering.backups import backup_store

blueprint = Blueprint("backups", __name__, url_prefix="/sauvegarde")
CONFIRM, EDIT = "confirmer", "modifier"
"""What the button pressed asks for; anything else shows the effect."""


@dataclass(frozen=True)
class Row:
    """One backup box in the list: the plan of today, what it was last measured to hold."""

    nas: NasUnit
    plan_gb: int
    measured: tuple[date, Decimal] | None
    standing: Badge
    yearly: Decimal | None

    @property
    def held_gb(self) -> Decimal | None:
        return round(self.measured[1], 2) if self.measured else None

    @property
    def above_gb(self) -> Decimal | None:
        """GB above what the plan pays for; None where nothing was measured."""
        return None if self.held_gb is None else max(Decimal(0), self.held_gb - paid_gb(self.plan_gb))


class PlanForm(FlaskForm):  # type: ignore[misc]
    """Another plan from a day on."""

    plan_gb = Whole("Nouveau forfait (Go)", [GIVEN, between(0, MOST_GB)])
    start = Day("À partir du", [GIVEN])
    reason = TextAreaField("Motif", [NEEDED, up_to(LONGEST_REASON)])


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every backup box."""
    with transaction() as tx:
        store.customers(tx)  # with their memberships, in two queries
        return show(_listing(_rows(tx, today()), today()), "backups/index.html")


def _rows(tx: Transaction, on: date) -> list[Row]:
    prices, measured = prices_on(tx, on), backup_store.last_measures(tx)
    plans = {nas: plan_on(terms_of_box(nas), on) for nas in store.nas_units(tx)}
    return [
        Row(nas, gb, measured.get(nas.id), standing_badge(nas, on), prices.yearly(nas.customer, lines_of_nas(gb)))
        for nas, gb in plans.items()
    ]


@blueprint.get("/<path:serial>")
@permits(P.READ_SPACE)
def detail(serial: str) -> str:
    """One backup box: its plans, what it held day after day, its costs and findings. 404 when unknown."""
    with transaction() as tx:
        nas, on = store.nas_unit(tx, serial), today()
        plans, measures = terms_of_box(nas), backup_store.measures(tx, nas.id)
        costs = prices_on(tx, on).lines(nas.customer, lines_of_nas(plan_on(plans, on)))
        return render_template(
            "backups/detail.html",
            nas=nas, plan_gb=plan_on(plans, on), plans=plans, told=sorted(nas.plans, key=lambda one: -one.id),
            measures=measures, last=max(measures, default=None), months=by_month(measures),
            figure=held(measures, plans) if measures else None, may_change=actor().may(P.WRITE_CONTRACTS),
            standing=standing_badge(nas, on), costs=costs, yearly=total(costs, "annual"),
            findings=open_findings(tx, thing=f"nas:{serial}"),
        )  # fmt: skip


@blueprint.route("/<path:serial>/forfait", methods=["GET", "POST"])
@permits(P.WRITE_CONTRACTS)
def plan(serial: str) -> AnyResponse | str:
    """Give a box another plan: fill in, see the effect, confirm. What was typed is kept when it is refused."""
    form, step = PlanForm(start=today()), request.form.get("step")
    context: dict[str, Any] = {}
    if form.validate_on_submit() and step != EDIT:
        asked = serial, form.plan_gb.data, form.start.data
        try:
            with transaction() as tx:
                if step == CONFIRM:
                    change_plan(tx, *asked, actor().name, form.reason.data, now())
                else:
                    context = {"effect": preview_plan(tx, *asked)}
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            if step == CONFIRM:
                flash("Forfait enregistré.")
                return redirect(url_for("backups.detail", serial=serial))
    with transaction() as tx:
        nas = store.nas_unit(tx, serial)
        plans, billed = terms_of_box(nas), billed_until(tx, "nas", nas.id)
        return render_template(
            "backups/plan.html", form=form, nas=nas, plans=plans, plan_gb=plan_on(plans, today()), billed=billed,
            back=url_for("backups.detail", serial=serial), confirm=CONFIRM, edit=EDIT, **context,
        )  # fmt: skip


def _listing(rows: list[Row], on: date) -> Listing[Row]:
    return Listing(
        "Boîtiers de sauvegarde", rows,
        [
            Column("serial", "Numéro de série", lambda r: r.nas.serial, link=_detail_url),
            Column("customer", "Collectivité", lambda r: r.nas.customer.name, link=_customer_url),
            Column("model", "Modèle", lambda r: r.nas.model, phone=False),
            Column("plan", "Forfait (Go)", lambda r: r.plan_gb, "number", total=True),
            Column("held", "Gardés (Go)", lambda r: r.held_gb, "number", total=True),
            Column("above", "Au-delà (Go)", lambda r: r.above_gb, "number", total=True),
            Column("measured", "Mesuré le", lambda r: r.measured[0] if r.measured else None, "day", phone=False),
            Column("start", "Depuis le", lambda r: r.nas.start, "day", phone=False),
            Column("standing", "État", lambda r: r.standing, "badge"),
            Column("yearly", "Par an", lambda r: r.yearly, "amount", total=True),
        ],
        filters=[
            Filter("etat", "État", CHOICES, lambda r, chosen: standing(r.nas, on) == chosen),
            Filter("forfait", "Forfait", (("au-dela", "Dépassé"), ("dans", "Respecté")), _by_plan),
        ],
        sort="serial", empty="Aucun boîtier de sauvegarde.", hint="Importez-les avec « dcops nas import FICHIER.csv ».",
    )  # fmt: skip


def _by_plan(row: Row, chosen: str) -> bool:
    return row.above_gb is not None and (row.above_gb > 0) == (chosen == "au-dela")


def _detail_url(row: Row) -> str:
    return url_for("backups.detail", serial=row.nas.serial)


def _customer_url(row: Row) -> str:
    return url_for("customers.detail", code=row.nas.customer.code)
