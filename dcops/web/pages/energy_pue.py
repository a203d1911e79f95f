"""PUE by month: what the site drew for each kWh of its racks, over twelve months, and how far it can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, Response, request

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import now, parts, today, transaction
from dcops.web.curves import exact_kwh
from dcops.web.listing import Badge, Column, Listing, show
from dcops.web.power_charts import pue_bars
from dcops.web.spans import asked_month, month_before
from inventory import store
from metering.energy.efficiency import Efficiency
from metering.energy.totals import efficiencies
from metering.period import Period, floor_hour, midnight
from metering.places import place_store

blueprint = Blueprint("pue", __name__, url_prefix="/pue")
MONTHS = 12


@dataclass(frozen=True)
class Row:
    """A month, and below what coverage its ratio means nothing."""

    month: Efficiency
    minimum: Decimal
    running: bool

    @property
    def pue(self) -> Decimal | None:
        return self.month.pue(self.minimum)

    @property
    def state(self) -> Badge:
        if not self.month.site.wh and not self.month.racks.wh:
            return Badge("Sans mesure")
        if self.pue is None:
            return Badge("Trop peu mesuré", "bad")
        if self.month.is_absurd(self.minimum):
            return Badge("Impossible", "bad")
        if not self.month.exact:
            return Badge("Incomplet", "warn")
        return Badge("En cours", "info") if self.running else Badge("Complet", "good")

    @property
    def why(self) -> str | None:
        """What makes it less than exact, in words."""
        if self.month.is_absurd(self.minimum):
            return "Les baies consomment plus que le site : vérifiez où le compteur du site est placé."
        return ", ".join(f"{name} sans compteur" for name in self.month.unmetered) or None


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """The twelve months that end with ``?month=2024-06``, the running one by default."""
    last = asked_month(request.args, today()).first
    minimum = parts().settings.billing.minimum_coverage
    with transaction() as tx:
        meters = place_store.placed_on_site(tx)
        months = _months(last, floor_hour(now()))
        told = efficiencies(tx, store.racks(tx), months) if meters else []
        rows = [Row(month, minimum, month.period.end == floor_hour(now())) for month in told]
        return show(
            _listing(rows), "energy/pue.html", rows=rows, meters=sorted({one.meter for one in meters}), minimum=minimum,
            figure=pue_bars(told, minimum), last=last, previous=f"{month_before(last, MONTHS):%Y-%m}",
            following=f"{month_before(last, -MONTHS):%Y-%m}" if month_before(last, -1) <= today() else None,
            exact=[row for row in rows if row.month.exact and not row.running and not row.month.is_absurd(minimum)],
        )  # fmt: skip


def _months(last: date, until: datetime) -> list[Period]:
    """The months that have begun, the running one until now."""
    firsts = [month_before(last, back) for back in reversed(range(MONTHS))]
    spans = [(midnight(first), min(midnight(month_before(first, -1)), until)) for first in firsts]
    return [Period(start, end) for start, end in spans if start < end]


def _listing(rows: list[Row]) -> Listing[Row]:
    return Listing(
        "PUE par mois", rows,
        [
            Column("month", "Mois", lambda r: r.month.period.start, "month", short=True),
            Column("end", "Fin", lambda r: r.month.period.end, "instant", on_page=False),
            Column("site", "Site (kWh)", lambda r: exact_kwh(r.month.site.wh), "kwh", total=True),
            Column("racks", "Baies (kWh)", lambda r: exact_kwh(r.month.racks.wh), "kwh", total=True),
            Column("pue", "PUE", lambda r: r.pue if r.month.exact else None, "number"),
            Column("about", "PUE approché", lambda r: None if r.month.exact else r.pue, "number"),
            Column("state", "État", lambda r: r.state, "badge"),
            Column("site-coverage", "Couverture du site", lambda r: r.month.site.coverage, "percent", phone=False),
            Column("racks-coverage", "Couverture des baies", lambda r: r.month.racks.coverage, "percent",
                   phone=False),
            Column("estimated", "Dont estimé (kWh)",
                   lambda r: exact_kwh(r.month.site.estimated_wh + r.month.racks.estimated_wh), "kwh", phone=False),
            Column("why", "Pourquoi", lambda r: r.why, wide=True),
        ],
        sort="-month",
    )  # fmt: skip
