"""Exceptions of metering: the queue of what waits for a person, one exception with its readings, and decisions."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, transaction
from dcops.web.decision_form import DecisionForm
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.pages import exception_spans
from dcops.web.register_chart import register_line
from inventory.errors import DomainError
from inventory.french import kwh
from metering.exceptions.checking import validate
from metering.exceptions.decisions import decide
from metering.exceptions.exception_words import DECISIONS, KINDS, METHODS, STATES, kind_name
from metering.exceptions.shown import Detail, Shown, detail, queue
from metering.readings import CLOCK, DIFFERENT

blueprint = Blueprint("exceptions", __name__, url_prefix="/exceptions")
blueprint.register_blueprint(exception_spans.blueprint)
TONES = {"open": "warn", "decided": "info", "explained": "good"}


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """What waits for a person, unless the address asks for others."""
    args = {"etat": "open", **request.args.to_dict()}
    with transaction() as tx:
        rows = queue(tx, everything=args["etat"] != "open")
        return show(_listing(rows, args), "energy/exceptions.html", kinds=_present(rows))


def _present(rows: list[Shown]) -> list[tuple[str, str]]:
    """The kinds that are there, with what they mean."""
    kinds = sorted({row.fault.kind for row in rows} & set(KINDS), key=kind_name)
    return [(KINDS[kind].name, KINDS[kind].meaning) for kind in kinds]


@blueprint.get("/<int:number>")
@permits(P.READ_SPACE)
def one(number: int) -> str:
    """One exception. 404 when unknown."""
    return _page(number, None)


@blueprint.post("/<int:number>")
@permits(P.DECIDE_READINGS)
def answer(number: int) -> AnyResponse | str:
    """Keep a decision and draw its consequences, or show the exception again with why it cannot be."""
    validation = parts().settings.metering.vee.validation
    form = DecisionForm()
    with transaction() as tx:
        form.kind.choices = list(_choices(detail(tx, number, validation)).items())
    if not form.validate_on_submit():
        return _page(number, form)
    try:
        with transaction() as tx:
            decision = decide(tx, number, form.answer(), now(), known=form.seen, validation=validation)
            validate(tx, now(), [decision.meter_id], validation)
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return _page(number, form)
    flash(f"Décision enregistrée : {DECISIONS[form.kind.data]}.")
    return redirect(url_for("energy.exceptions.one", number=number))


def _page(number: int, refused: DecisionForm | None) -> str:
    """One exception with its form: a new one, or the one that was refused."""
    with transaction() as tx:
        found = detail(tx, number, parts().settings.metering.vee.validation)
        form = refused or DecisionForm(known=str(found.last.id) if found.last else "")
        form.kind.choices = list(_choices(found).items())
        fault = found.shown.fault
        return render_template(
            "energy/exception.html", found=found, fault=fault, form=form, words=KINDS.get(fault.kind),
            name=kind_name(fault.kind), state=_state(found.shown), methods=METHODS, decisions=DECISIONS,
            figure=register_line(found.readings, fault.at, fault.wh), may_decide=actor().may(P.DECIDE_READINGS),
            wider=exception_spans.address(fault.meter.name, found.span) if found.span else None,
        )  # fmt: skip


def _choices(found: Detail) -> Mapping[str, str]:
    """The decisions that make sense of an exception, with what each is worth."""
    kind, told = found.shown.fault.kind, found.proposals
    if kind == DIFFERENT:
        return {"accept": "Accepter : prendre la seconde valeur", "reject": "Rejeter : garder la première valeur"}
    if kind == CLOCK:
        return {"accept": "Accepter : garder le relevé à sa date", "reject": "Rejeter : oublier ce relevé"}
    best = next(((METHODS[name], wh) for name, wh in told.items() if name != "accept"), None)
    estimated = f"{kwh(best[1])} kWh, {best[0]}" if best else "aucune méthode ne le peut encore"
    worth = f" : {kwh(told['accept'])} kWh" if "accept" in told else ""
    return {
        "accept": f"Accepter ce que dit l’index{worth}",
        "reject": "Rejeter l’index : le suivant prolongera le précédent",
        "estimate": f"Estimer : {estimated}",
        "edit": "Corriger : écrire l’énergie",
    }


def _state(row: Shown) -> Badge:
    return Badge(STATES[row.state], TONES[row.state])


def _listing(rows: list[Shown], args: Mapping[str, str]) -> Listing[Shown]:
    kinds = sorted({(row.fault.kind, kind_name(row.fault.kind)) for row in rows}, key=lambda kind: kind[1])
    return Listing(
        "Exceptions", rows,
        [
            Column("at", "Instant", lambda r: r.fault.at, "instant", link=_url, short=True),
            Column("meter", "Compteur", lambda r: r.fault.meter.name, short=True,
                   link=lambda r: url_for("energy.meters.one", name=r.fault.meter.name)),
            Column("rack", "Baie", lambda r: r.rack,
                   link=lambda r: url_for("racks.detail", name=r.rack) if r.rack else None),
            Column("customers", "Collectivités", lambda r: ", ".join(name for _, name in r.customers) or None),
            Column("kind", "Nature", lambda r: kind_name(r.fault.kind), short=True),
            Column("stake", "En jeu", lambda r: r.fault.stake_wh, "energy"),
            Column("state", "État", _state, "badge", phone=False),
            Column("message", "Constat", lambda r: r.fault.message[:1].upper() + r.fault.message[1:], wide=True),
        ],
        filters=[
            Filter("etat", "État", tuple(STATES.items()), lambda r, chosen: r.state == chosen),
            Filter("nature", "Nature", kinds, lambda r, chosen: r.fault.kind == chosen),
        ],
        sort="-at", empty="Aucune exception à décider.", args=args,
        hint="Tous les relevés reçus sont cohérents, ou ont été décidés.",
    )  # fmt: skip


def _url(row: Shown) -> str:
    return url_for("energy.exceptions.one", number=row.fault.id)
