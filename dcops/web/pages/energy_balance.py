"""A/B balance: every rack, the least even first; one rack over time, feed beside feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from flask import Blueprint, Response, request, url_for

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.charts import drawn_step
from dcops.web.context import now, parts, today, transaction
from dcops.web.curves import STEPS, asked_step, exact_kwh, when_columns
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.power_charts import balances, feed_figure
from dcops.web.spans import Days, asked_days, last_days, quick_spans
from inventory import store
from inventory.models import Rack
from inventory.orm import Transaction
from metering.energy.balance import Balance
from metering.energy.measures import Measures
from metering.energy.steps import Step, merged, steps
from metering.energy.totals import feed_totals
from metering.period import Period, split

blueprint = Blueprint("balance", __name__, url_prefix="/equilibre")
MONTH, DRAWN = 31, 15
COMPARABLE = Decimal("0.95")
"""Below this coverage, two feeds were not measured over the same time."""


@dataclass(frozen=True)
class Row:
    """One rack with several feeds: their energy, and the coverage of the least covered."""

    rack: Rack
    balance: Balance
    coverage: Decimal | None
    limit: int

    @property
    def state(self) -> Badge:
        if self.balance.silent:
            return Badge(f"Voie {', '.join(self.balance.silent)} non mesurée", "info")
        if not self.balance.total:
            return Badge("Aucune énergie")
        if self.balance.is_off(self.limit):
            return Badge("Déséquilibrée", "bad")
        return Badge("À confirmer", "warn") if (self.coverage or 0) < COMPARABLE else Badge("Équilibrée", "good")


@dataclass(frozen=True)
class Moment:
    """The feeds of a rack over one step."""

    period: Period
    feeds: Mapping[str, Step]

    @property
    def balance(self) -> Balance:
        return Balance({feed: step.wh for feed, step in self.feeds.items()})


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every rack with several feeds over ``?from=…&to=…``, the last 31 days by default."""
    days = asked_days(request.args, last_days(today(), MONTH))
    limit = parts().settings.space.balance_percent
    with transaction() as tx:
        rows = _rows(tx, [rack for rack in store.racks(tx) if "," in rack.feeds], days.counted(now()), limit)
        uneven = sorted((row for row in rows if row.balance.most is not None), key=lambda r: -(r.balance.most or 0))
        drawn = [(row.rack.name, row.balance) for row in uneven[:DRAWN]]
        return show(
            _listing(rows, days), "energy/balance.html", days=days, rows=rows, limit=limit, quick=quick_spans(today()),
            figure=balances(drawn, limit), drawn=len(drawn), off=[row for row in rows if row.balance.is_off(limit)],
            silent=[row for row in rows if row.balance.silent],
        )  # fmt: skip


def _rows(tx: Transaction, racks: Sequence[Rack], period: Period, limit: int) -> list[Row]:
    told = feed_totals(tx, racks, period)
    rows = []
    for rack in racks:
        feeds = {feed: told.get((rack.id, feed)) for feed in rack.feeds.split(",")}
        known = [total.coverage for total in feeds.values() if total is not None and total.flags]
        balance = Balance({feed: None if total is None else total.wh for feed, total in feeds.items()})
        rows.append(Row(rack, balance, min(known, default=None), limit))
    return rows


def _listing(rows: list[Row], days: Days) -> Listing[Row]:
    feeds = sorted({feed for row in rows for feed in row.balance.wh})
    return Listing(
        f"Équilibre des voies {days.first} {days.last}", rows,
        [
            Column("rack", "Baie", lambda r: r.rack.name, link=partial(_url, days)),
            Column("room", "Salle", lambda r: r.rack.room.name, phone=False, short=True),
            *(Column[Row](f"kwh-{feed}", f"Voie {feed} (kWh)", partial(_kwh, feed), "kwh", total=True)
              for feed in feeds),
            *(Column[Row](f"part-{feed}", f"Part de {feed}", partial(_part, feed), "percent") for feed in feeds),
            Column("most", "Voie la plus chargée", lambda r: r.balance.most, "percent", phone=False),
            Column("coverage", "Couverture", lambda r: r.coverage, "percent", phone=False),
            Column("state", "État", lambda r: r.state, "badge"),
        ],
        filters=[
            Filter("etat", "État", (("hors", "Déséquilibrées"), ("bon", "Équilibrées"), ("muet", "Non comparables")),
                   lambda r, chosen: _state(r) == chosen),
            Filter("salle", "Salle", [(room, room) for room in sorted({row.rack.room.name for row in rows})],
                   lambda r, chosen: r.rack.room.name == chosen),
        ],
        sort="-most", empty="Aucune baie n’a deux voies.",
        hint="Les voies d’une baie sont dans la colonne « feeds » de « dcops racks import FICHIER.csv ».",
    )  # fmt: skip


def _state(row: Row) -> str:
    if row.balance.most is None:
        return "muet"
    return "hors" if row.balance.is_off(row.limit) else "bon"


def _kwh(feed: str, row: Row) -> Decimal | None:
    return exact_kwh(row.balance.wh.get(feed))


def _part(feed: str, row: Row) -> Decimal | None:
    return row.balance.part(feed) if feed in row.balance.wh else None


def _url(days: Days, row: Row) -> str:
    return url_for("energy.balance.rack", name=row.rack.name, **days.args)


@blueprint.get("/<path:name>")
@permits(P.READ_SPACE)
def rack(name: str) -> Response | str:
    """One rack over ``?from=…&to=…&pas=day``. 404 when unknown."""
    days = asked_days(request.args, last_days(today(), MONTH))
    period, by, limit = (
        days.counted(now()),
        asked_step(request.args, days.period),
        parts().settings.space.balance_percent,
    )
    with transaction() as tx:
        found = store.rack(tx, name)
        moments, holes = _moments(tx, found, period, by)
        drawn_by = drawn_step(by, len(moments) * len(found.feeds.split(",")))
        drawn = moments if drawn_by == by else _moments(tx, found, period, drawn_by)[0]
        whole = _rows(tx, [found], period, limit)[0]
        return show(
            _over_time(found, moments, by), "energy/balance_rack.html", rack=found, days=days, by=by, whole=whole,
            steps=STEPS, asked_step=request.args.get("pas", ""), drawn_by=drawn_by, limit=limit, holes=holes,
            quick=quick_spans(today()), figure=feed_figure(_by_feed(drawn), drawn_by, holes),
        )  # fmt: skip


def _by_feed(moments: Sequence[Moment]) -> dict[str, list[Step]]:
    feeds = moments[0].feeds if moments else ()
    return {feed: [moment.feeds[feed] for moment in moments] for feed in feeds}


def _moments(tx: Transaction, rack: Rack, period: Period, by: str) -> tuple[list[Moment], list[Period]]:
    """The feeds of a rack step by step, and when one of those that have a meter is not known."""
    measures, periods = Measures(tx, [rack.id], period), list(split(period, by))
    told: dict[str, list[Step]] = {}
    holes: list[Period] = []
    for feed in rack.feeds.split(","):
        meters = measures.of_rack(rack.id, feed)
        curve = measures.meters(meters, period)
        told[feed] = steps([curve.cells], curve.holes(period), periods)
        holes += curve.holes(period) if meters else []
    moments = [Moment(each, {feed: of[at] for feed, of in told.items()}) for at, each in enumerate(periods)]
    return moments, merged(holes)


def _over_time(rack: Rack, moments: list[Moment], by: str) -> Listing[Moment]:
    feeds = rack.feeds.split(",")
    return Listing(
        f"Voies de {rack.name}", moments,
        [
            *when_columns(by),
            *(Column[Moment](f"kwh-{feed}", f"Voie {feed} (kWh)", partial(_step_kwh, feed), "kwh", total=True)
              for feed in feeds),
            *(Column[Moment](f"part-{feed}", f"Part de {feed}", partial(_step_part, feed), "percent")
              for feed in feeds),
            *(Column[Moment](f"coverage-{feed}", f"Couverture de {feed}", partial(_step_coverage, feed), "percent",
                             phone=False) for feed in feeds),
        ],
        sort="start",
    )  # fmt: skip


def _step_kwh(feed: str, moment: Moment) -> Decimal | None:
    return exact_kwh(moment.feeds[feed].wh)


def _step_part(feed: str, moment: Moment) -> Decimal | None:
    return moment.balance.part(feed)


def _step_coverage(feed: str, moment: Moment) -> Decimal | None:
    return moment.feeds[feed].coverage
