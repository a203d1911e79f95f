"""The pages of one billing run: the review of its year, its documents, what it left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, url_for

from dcops.auth.permissions import Permission as P
from dcops.billing import reviewing, store
from dcops.billing.models import BillingRun
from dcops.billing.review import Compared
from dcops.billing.store import Totals
from dcops.web.access import permits
from dcops.web.billing_words import flag, run_state
from dcops.web.context import now, parts, transaction
from dcops.web.formats import last_day
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.pages.billing_documents import columns_of_run
from inventory import store as inventory_store
from inventory.french import named
from inventory.orm import Transaction

blueprint = Blueprint("runs", __name__, url_prefix="/campagnes")
FLAGGED = [("tous", "Tous les signalements"), ("new", "Nouvelles"), ("gone", "Plus rien"), ("up", "En hausse"),
           ("down", "En baisse")]  # fmt: skip


@dataclass(frozen=True)
class Skipped:
    """A line that was not billed; ``end`` is the day after its last."""

    customer: str
    code: str
    start: date
    end: date
    why: str


@blueprint.get("/<name>")
@permits(P.READ_MONEY)
def review(name: str) -> Response | str:
    """This year beside the last one, customer by customer, and what the documents will lack."""
    with transaction() as tx:
        run, head = head_of(tx, name)
        rows = store.headers_of(tx, run.id) if run.state == "issued" else store.documents_of(tx, run.id)
        found = reviewing.review_of(tx, run, rows, parts().settings, now())
        names = inventory_store.customer_names(tx)
    listing = Listing(
        f"Revue {run.year}", found.customers, _compared(run.year, names),
        [Filter[Compared]("ecart", "À regarder", FLAGGED, lambda r, v: bool(r.flag) if v == "tous" else r.flag == v)],
        sort="-difference", empty="Aucune collectivité n’est facturée.",
    )  # fmt: skip
    lacking = _by_what_lacks(found.lacking)
    return show(listing, "billing/review.html", review=found, names=names, lacking=lacking, **head)


def _by_what_lacks(lacking: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Customer codes by what their documents will lack."""
    found: dict[str, list[str]] = defaultdict(list)
    for code, words in lacking.items():
        found[", ".join(words)].append(code)
    return found


def _compared(year: int, names: dict[str, str]) -> list[Column[Compared]]:
    return [
        Column[Compared](
            "customer", "Collectivité", lambda r: named(names, r.customer_code),
            link=lambda r: url_for("customers.detail", code=r.customer_code),
        ),
        Column[Compared]("before", str(year - 1), lambda r: r.before, "amount", total=True),
        Column[Compared]("now", str(year), lambda r: r.now, "amount", total=True),
        Column[Compared]("difference", "Différence", lambda r: r.difference, "amount", total=True),
        Column[Compared]("change", "Évolution", lambda r: r.ratio, "change"),
        Column[Compared]("flag", "À regarder", lambda r: flag(r.flag), "badge"),
    ]  # fmt: skip


@blueprint.get("/<name>/documents")
@permits(P.READ_MONEY)
def documents(name: str) -> Response | str:
    """Every invoice and credit note of the run."""
    with transaction() as tx:
        run, head = head_of(tx, name)
        rows = store.headers_of(tx, run.id)
    listing = Listing(
        f"Documents de la campagne {name}", rows, columns_of_run(), empty="Cette campagne n’a aucun document.",
        hint="Rien n’était dû ni à corriger quand elle a été calculée.",
    )  # fmt: skip
    return show(listing, "billing/tab.html", **head)


@blueprint.get("/<name>/non-facture")
@permits(P.READ_MONEY)
def skipped(name: str) -> Response | str:
    """What the run left out, by customer, with why."""
    with transaction() as tx:
        run, head = head_of(tx, name)
        names = inventory_store.customer_names(tx)
    listing = Listing(
        f"Non facturé par la campagne {name}", list(map(_skipped, run.skipped)), _left_out(names), sort="customer",
        empty="Rien n’est laissé de côté.", hint="Tout ce qui est dû pour l’année est sur un document.",
    )  # fmt: skip
    return show(listing, "billing/tab.html", **head)


def _left_out(names: Mapping[str, str]) -> list[Column[Skipped]]:
    return [
        Column[Skipped](
            "customer", "Collectivité", lambda r: named(names, r.customer),
            link=lambda r: url_for("customers.detail", code=r.customer),
        ),
        Column[Skipped]("code", "Ligne", lambda r: r.code, short=True),
        Column[Skipped]("start", "Du", lambda r: r.start, "day", phone=False),
        Column[Skipped]("end", "Au", lambda r: last_day(r.end), "day", phone=False),
        Column[Skipped]("why", "Pourquoi", lambda r: r.why, wide=True),
    ]  # fmt: skip


def _skipped(document: Mapping[str, Any]) -> Skipped:
    """A line left out, as the run keeps it; its sentence says its code and days first, which a table has apart."""
    days = (date.fromisoformat(document["from"]), date.fromisoformat(document["to"]))
    return Skipped(document["customer"], document["code"], *days, document["why"].partition(" : ")[2])


def head_of(tx: Transaction, name: str) -> tuple[BillingRun, dict[str, Any]]:
    """A run, and what the head of each of its pages shows. Raises NotFound."""
    run = store.run(tx, name)
    totals = store.totals(tx).get(run.id, Totals())
    return run, {"run": run, "totals": totals, "state": run_state(run.state)}
