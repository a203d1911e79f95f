"""One contract: what it is, who holds it, its terms over time, what binds it, what leaving it early costs."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from dcops.auth.permissions import Permission as P
from dcops.billing.order_store import billed_until
from dcops.catalogue import store as catalogue
from dcops.contracts import detail as details
from dcops.contracts.commitment import METHOD
from dcops.contracts.ending import FIRST_DAY, LAST_DAY
from dcops.contracts.engagements import Engaged, Exit, engagements_of, leave
from dcops.contracts.listing import RHYTHMS
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.timeline import timeline
from inventory.errors import NotFound

blueprint = Blueprint("subscriptions", __name__)
AMENDED = {"change": "Changement", "end": "Fin", "resume": "Reprise"}


def leaving_day() -> date | None:
    """The first day without, of the last day asked by ``?sortie=``; None when none can be."""
    try:
        last = date.fromisoformat(request.args.get("sortie", ""))
    except ValueError:
        return None
    return date.fromordinal(last.toordinal() + 1) if FIRST_DAY <= last <= LAST_DAY else None


@blueprint.get("/<int:id>")
@permits(P.READ_MONEY)
def detail(id: int) -> str:
    """One subscription. 404 when unknown."""
    on, leaving = today(), leaving_day()
    with transaction() as tx:
        found = details.of(tx, id, on, leaving)
        billed = billed_until(tx, "subscription", id)
        bound = found.engaged.commitment.end if found.engaged else None
        return render_template(
            "contracts/detail.html", found=found, picture=timeline(found.terms, on, bound), billed=billed, on=on,
            bound=bound, leaving=leaving, amended=AMENDED, rhythms=RHYTHMS, method=METHOD,
            exit_words=details.exit_words(found.exit),
        )  # fmt: skip


@blueprint.get("/<any(share, machine, nas, antivirus):order>/<int:id>")
@permits(P.READ_MONEY)
def order(order: str, id: int) -> str:
    """What binds the lines of an order that is no subscription. 404 when it brings none."""
    on, leaving = today(), leaving_day()
    with transaction() as tx:
        lines = engagements_of(tx, order, id)
        if not lines:
            raise NotFound(f"aucun contrat pour cette commande ({order} n° {id}) : la chercher dans les contrats.")
        grids = catalogue.history(tx)
        exits: list[tuple[Engaged, Exit | None]] = [
            (line, leave(grids, line, leaving) if leaving else None) for line in lines
        ]
        return render_template(
            "contracts/order.html", lines=exits, main=lines[0], order=order, on=on, leaving=leaving, method=METHOD,
            billed=billed_until(tx, order, id), words=details.exit_words,
        )  # fmt: skip
