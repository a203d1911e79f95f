"""Alerts: what must be looked at now, who was told, who deals with it, and what is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from dcops.alerts import store
from dcops.alerts.models import Alert
from dcops.alerts.rules import RULES, title_of
from dcops.alerts.shown import told_to
from dcops.alerts.watching import take as record_take
from dcops.auth.permissions import Permission as P
from dcops.jobs.table import overview
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from inventory.errors import Conflict

blueprint = Blueprint("alerts", __name__, url_prefix="/alertes")
OPEN_SHOWN, CLOSED_SHOWN = 200, 2000
SEVERITIES = (("critical", "Critique"), ("warning", "À surveiller"))
JOB = "alerts"


class TakeForm(FlaskForm):  # type: ignore[misc]
    """Who deals with an alert says what is done."""

    why = StringField("Ce qui est fait", [DataRequired("Dire en quelques mots ce qui est fait."), Length(max=500)])


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """The open alerts, the worst first, then those that are over."""
    job = next(job for job in overview(parts()) if job.name == JOB)
    channels = [channel.name for channel in parts().settings.alerts.channels]
    with transaction() as tx:
        found, over = store.open_alerts(tx), store.closed_alerts(tx, CLOSED_SHOWN)
        return show(
            _over(list(over)), "alerts/index.html",
            alerts=found, critical=sum(row.severity == "critical" for row in found),
            waiting=sum(row.taken_at is None for row in found), shown=OPEN_SHOWN, job=job,
            due=store.count_due(tx, channels),
        )  # fmt: skip


@blueprint.get("/<int:number>")
@permits(P.READ_SPACE)
def detail(number: int) -> str:
    """One alert: since when, who was told, who deals with it."""
    return _page(number, TakeForm())


@blueprint.post("/<int:number>/prendre")
@permits(P.TAKE_ALERTS)
def take(number: int) -> Redirect | str:
    """Somebody deals with it."""
    form = TakeForm()
    if not form.validate_on_submit():
        return _page(number, form)
    try:
        with transaction() as tx:
            record_take(tx, number, actor().name, form.why.data, now())
        flash("C’est noté : l’alerte reste ouverte jusqu’à ce que sa cause ait disparu.")
    except Conflict as error:
        flash(str(error), "error")
    return redirect(url_for("alerts.detail", number=number))


def _page(number: int, form: TakeForm) -> str:
    with transaction() as tx:
        row = store.alert(tx, number)
        return render_template(
            "alerts/detail.html", alert=row, form=form, where=subject_url(row),
            may_take=actor().may(P.TAKE_ALERTS) and row.closed_at is None and row.taken_at is None,
        )  # fmt: skip


def severity(row: Alert) -> Badge:
    """How bad it is, in a word."""
    return Badge("Critique", "bad") if row.severity == "critical" else Badge("À surveiller", "warn")


def subject_url(row: Alert) -> str | None:
    """The page of what an alert is about."""
    kind, _, name = row.subject.partition(":")
    if row.rack is not None:
        return url_for("racks.detail", name=row.rack)
    if kind in ("tâche", "source") and actor().may(P.READ_JOBS):
        return url_for("admin.index")
    return url_for("customers.detail", code=name) if kind == "collectivité" else None


def lasted(row: Alert) -> timedelta | None:
    """How long an alert was open."""
    return None if row.closed_at is None or row.opened_at is None else row.closed_at - row.opened_at


def _minutes(row: Alert) -> int | None:
    span = lasted(row)
    return None if span is None else round(span.total_seconds() / 60)


def _over(rows: list[Alert]) -> Listing[Alert]:
    kinds = tuple((kind, rule.title) for kind, rule in RULES.items())
    return Listing(
        "Alertes terminées", rows,
        [
            Column("message", "Alerte", lambda r: r.message, link=_detail_url, wide=True),
            Column("kind", "Genre", lambda r: title_of(r.kind), phone=False),
            Column("severity", "Gravité", severity, "badge"),
            Column("opened", "Ouverte le", lambda r: r.opened_at, "instant", short=True),
            Column("closed", "Terminée le", lambda r: r.closed_at, "instant", short=True),
            Column("lasted", "Durée", _minutes, "minutes"),
            Column("taken", "Prise en charge", lambda r: r.taken_by, phone=False),
            Column("told", "Prévenus", told_to, phone=False),
        ],
        filters=[
            Filter("genre", "Genre", kinds, lambda r, chosen: r.kind == chosen),
            Filter("gravite", "Gravité", SEVERITIES, lambda r, chosen: r.severity == chosen),
        ],
        sort="-closed", empty="Aucune alerte terminée.", hint="Celles dont la cause a disparu restent ici.",
    )  # fmt: skip


def _detail_url(row: Alert) -> str:
    return url_for("alerts.detail", number=row.id)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """What the templates say of an alert."""
    return {"alert_title": title_of, "alert_severity": severity, "alert_told": told_to, "alert_url": subject_url}
