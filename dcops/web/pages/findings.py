"""Findings: differences between sold, documented and real, the dearest first, and what people decide of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length, Optional

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import actor, now, transaction
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.rule_words import RULE_WORDS, words_of
from dcops.web.words import finding_state
from inventory import store
from inventory.decisions import acknowledge, ignore
from inventory.errors import DomainError
from inventory.findings import ACTIVE, IN_FRENCH, MOVES, State, eur_since_seen
from inventory.french import grouped, named
from inventory.models import Finding

blueprint = Blueprint("findings", __name__, url_prefix="/ecarts")
AGREED = "Aucun écart : ce qui est vendu, documenté et réel concordent."
FIELDS = {
    "name": "Nom",
    "cluster": "Grappe",
    "vmid": "VMID",
    "customer": "Collectivité",
    "vcpu": "vCPU",
    "ram": "Mémoire (Go)",
    "ram_gb": "Mémoire (Go)",
    "disk": "Disque (Go)",
    "disk_gb": "Disque (Go)",
    "from": "Depuis",
    "to": "Jusqu’au",
    "u_height": "Hauteur (U)",
    "rack": "Baie",
    "units": "Unités",
    "label": "Libellé",
}
SIZES = frozenset({"vcpu", "ram", "ram_gb", "disk", "disk_gb", "u_height"})
KINDS = {"full": "baie complète", "half": "1/2 baie", "quarter": "1/4 baie", "unit": "à l’unité"}


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A decision with its reason."""

    why = StringField("Motif", [DataRequired("Une décision se motive."), Length(max=500)])
    until = DateField("Ignorer jusqu’au (facultatif)", [Optional()])


def _rule(finding: Finding) -> str:
    return words_of(finding.rule).name


def _customer(finding: Finding) -> str | None:
    return finding.customer.name if finding.customer else None


@blueprint.get("/")
@permits(P.READ_FINDINGS)
def index() -> Response | str:
    """Those still to be dealt with; ``?etat=tous`` shows every one."""
    everything = request.args.get("etat") == "tous"
    with transaction() as tx:
        rows = store.findings(tx, state=None if everything else ACTIVE)
        snapshots = store.latest_snapshots(tx)
    filters = [
        Filter[Finding](
            "regle", "Règle", [(code, words.name) for code, words in RULE_WORDS.items()], lambda r, v: r.rule == v
        ),
        Filter[Finding]("etat", "État", [("tous", "Tous, même résolus")], lambda r, v: True),
    ]
    listing = Listing(
        "Écarts", rows, _columns(now()), filters, sort="-yearly",
        empty=AGREED if snapshots else "Rien n’a encore été comparé.",
        hint="La prochaine comparaison a lieu à l’heure planifiée, ou par « dcops reconcile ».",
    )  # fmt: skip
    late = [snapshot for snapshot in snapshots if snapshot.status != "complete"]
    return show(listing, "findings/index.html", total=_total(rows), rules=_by_rule(rows), late=late)


def _columns(at: datetime) -> list[Column[Finding]]:
    return [
        Column[Finding](
            "title", "Écart", lambda r: r.title, link=lambda r: url_for("findings.detail", finding_id=r.id)
        ),
        Column[Finding]("rule", "Règle", _rule, phone=False),
        Column[Finding]("customer", "Collectivité", _customer),
        Column[Finding]("yearly", "Par an (HT)", lambda r: r.eur_per_year, "amount", total=True),
        Column[Finding](
            "since", "Depuis constat", lambda r: eur_since_seen(r.eur_per_year, r.first_seen, at), "amount",
            total=True, phone=False,
        ),
        Column[Finding]("seen", "Vu depuis le", lambda r: r.first_seen, "day", phone=False),
        Column[Finding]("state", "État", lambda r: finding_state(r.state), "badge"),
    ]  # fmt: skip


@blueprint.get("/<int:finding_id>")
@permits(P.READ_FINDINGS)
def detail(finding_id: int) -> str:
    """The three truths side by side, what to do, and the history."""
    return _page(finding_id, DecisionForm())


@blueprint.post("/<int:finding_id>/<any(prendre, ignorer):decision>")
@permits(P.DECIDE_FINDINGS)
def decide(finding_id: int, decision: str) -> Redirect | str:
    """Take into account, or ignore until a day."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _page(finding_id, form)
    try:
        with transaction() as tx:
            if decision == "ignorer":
                ignore(tx, finding_id, actor().name, form.why.data, now(), form.until.data)
            else:
                acknowledge(tx, finding_id, actor().name, form.why.data, now())
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return _page(finding_id, form)
    flash("Décision enregistrée.")
    return redirect(url_for("findings.detail", finding_id=finding_id))


def _page(finding_id: int, form: DecisionForm) -> str:
    with transaction() as tx:
        finding, names = store.finding(tx, finding_id), store.customer_names(tx)
    state = State(finding.state)
    truths = [
        ("Vendu", "contrats", finding.sold),
        ("Documenté", "NetBox", finding.documented),
        ("Réel", "Proxmox", finding.real),
    ]
    return render_template(
        "findings/detail.html", finding=finding, form=form,
        state=finding_state(finding.state), words=words_of(finding.rule),
        truths=[(title, source, list(_pairs(finding.field, values, names))) for title, source, values in truths],
        since=eur_since_seen(finding.eur_per_year, finding.first_seen, now()),
        may_acknowledge=State.ACKNOWLEDGED in MOVES[state], may_ignore=State.IGNORED in MOVES[state],
        states={state.value: word for state, word in IN_FRENCH.items()},
    )  # fmt: skip


def _pairs(field: str, values: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a truth says, as (label, value) pairs; several things one after the other.

    ``field``: what a bare value is the value of; ``names`` of customers by code.
    """
    if isinstance(values, list):
        for value in values:
            yield from _pairs(field, value, names)
    elif isinstance(values, dict):
        for key, value in values.items():
            if key != "half_units":  # the units say the same in the reader's words
                yield FIELDS.get(str(key), str(key)), _shown(str(key), value, names)
    elif values is not None:
        yield FIELDS.get(field, "Valeur"), _shown(field, values, names)


def _shown(key: str, value: Any, names: Mapping[str, str]) -> str:
    if key == "customer":
        return named(names, str(value))
    if key in ("from", "to") and value:
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    if key in SIZES:
        return grouped(str(value))
    return KINDS.get(str(value), str(value)) if key == "label" else str(value)


def _total(rows: list[Finding]) -> Decimal:
    return sum((row.eur_per_year for row in rows), Decimal(0))


def _by_rule(rows: list[Finding]) -> list[tuple[str, str, int, Decimal]]:
    """(rule, its words, how many, euros per year), the dearest rule first."""
    found = {row.rule: [r for r in rows if r.rule == row.rule] for row in rows}
    sums = [(rule, words_of(rule).name, len(group), _total(group)) for rule, group in found.items()]
    return sorted(sums, key=lambda item: -item[3])
