"""Energy of a month: by rack, by customer, by day of the site; rounds of polling and readings set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.charts import energy_bars
from dcops.web.context import now, today, transaction
from dcops.web.listing import Badge, Column, Listing, show
from dcops.web.spans import Days, asked_month, month_before
from inventory import store
from inventory.models import Customer, Rack
from inventory.models import Share as Sold
from inventory.orm import Transaction
from metering.collection import poll_store
from metering.energy.measures import Measures, whole_months
from metering.energy.scopes import energy_of_customers, energy_of_racks
from metering.energy.told import Energy
from metering.exceptions import exception_store
from metering.period import Period, midnight
from metering.readings import Flag
from metering.usage import Usage

blueprint = Blueprint("energy", __name__, url_prefix="/energie")
MONTHS = 36
FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One rack's energy over the month."""

    rack: Rack
    customers: str
    energy: Energy


@dataclass(frozen=True)
class Share:
    """One customer's energy over the month."""

    customer: Customer
    energy: Energy


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """The month ``?month=2024-03``, the running one by default, until now."""
    days = asked_month(request.args, today())
    period = days.until(now())
    with transaction() as tx:
        racks = store.racks(tx)
        measures = Measures(tx, [rack.id for rack in racks], whole_months(period))
        rows = _rows(tx, racks, period, days, measures)
        customers = _customers(tx, racks, period, days, measures)
        site = site_days([row.energy for row in rows])
        return show(
            _listing(rows, days), "energy/index.html",
            days=days, month=_text(days.first), months=_months(days.first),
            previous=_text(month_before(days.first, 1)), following=_text(month_before(days.first, -1)),
            total=sum(row.energy.wh for row in rows), estimated=_estimated([row.energy for row in rows]),
            customers=customers, site=site, figure=energy_bars(site, "day"),
            runs=poll_store.poll_runs(tx, 10), faults=exception_store.reading_faults(tx, limit=FAULTS_SHOWN),
            faults_count=exception_store.count_reading_faults(tx),
        )  # fmt: skip


def site_days(energies: Sequence[Energy]) -> list[Usage]:
    """The energy of several racks together, by civil day; a day is as covered as its least covered rack."""
    grids = [energy.usages("day") for energy in energies if energy.flags]
    if not grids:
        return []
    return [_together(list(cells)) for cells in zip(*grids, strict=True)]


def _together(cells: list[Usage]) -> Usage:
    flags: dict[Flag, int] = {}
    for cell in cells:
        for flag, wh in cell.flags.items():
            flags[flag] = flags.get(flag, 0) + wh
    return Usage(cells[0].period, sum(flags.values()), flags, min(cell.coverage for cell in cells), [])


def _rows(tx: Transaction, racks: Sequence[Rack], period: Period, days: Days, measures: Measures) -> list[Row]:
    energies = energy_of_racks(tx, racks, period, measures)
    return [Row(rack, _holders(rack, days), energy) for rack, energy in zip(racks, energies, strict=True)]


def _holders(rack: Rack, days: Days) -> str:
    """The customers that held space of a rack in the month."""
    return ", ".join(sorted({share.customer.name for share in rack.shares if _held(share, days)}))


def _held(share: Sold, days: Days) -> bool:
    return share.start <= days.last and (share.end is None or share.end > days.first)


def _customers(tx: Transaction, racks: Sequence[Rack], period: Period, days: Days, measures: Measures) -> list[Share]:
    """The customers that held space in the month, the largest consumers first."""
    held = {share.customer.code: share.customer for rack in racks for share in rack.shares if _held(share, days)}
    energies = energy_of_customers(tx, list(held.values()), period, measures)
    found = [Share(customer, energy) for customer, energy in zip(held.values(), energies, strict=True)]
    return sorted(found, key=lambda share: (-share.energy.wh, share.customer.name))


def _estimated(energies: Sequence[Energy]) -> int:
    return sum(energy.flags.get(Flag.ESTIMATED, 0) for energy in energies)


def _months(chosen: date) -> list[tuple[str, datetime]]:
    """The months to choose from: the last three years and the chosen one, newest first."""
    recent = {month_before(today(), count) for count in range(MONTHS)} | {chosen}
    return [(_text(first), midnight(first)) for first in sorted(recent, reverse=True)]


def _text(first: date) -> str:
    return f"{first:%Y-%m}"


def quality(energy: Energy) -> Badge:
    """How good the energy of a month is, in a word."""
    if not energy.flags:
        return Badge("Sans mesure", "bad")
    if energy.flags.get(Flag.ESTIMATED):
        return Badge("Dont estimé", "warn")
    return Badge("Dont corrigé", "info") if energy.flags.get(Flag.EDITED) else Badge("Mesuré", "good")


def _listing(rows: list[Row], days: Days) -> Listing[Row]:
    return Listing(
        f"Énergie {days.first:%Y-%m}", rows,
        [
            Column("rack", "Baie", lambda r: r.rack.name,
                   link=lambda r: _curve_url(r, days)),
            Column("room", "Salle", lambda r: r.rack.room.name, phone=False, short=True),
            Column("customers", "Collectivités", lambda r: r.customers or None),
            Column("wh", "Énergie", lambda r: r.energy.wh if r.energy.flags else None, "energy", total=True),
            Column("estimated", "Dont estimé", lambda r: _estimated([r.energy]) or None, "energy", total=True),
            Column("quality", "Qualité", lambda r: quality(r.energy), "badge"),
            Column("coverage", "Couverture", lambda r: r.energy.coverage if r.energy.flags else None, "percent"),
        ],
        sort="rack", empty="Aucune baie.", hint="Importez-les avec « dcops racks import FICHIER.csv ».",
    )  # fmt: skip


def _curve_url(row: Row, days: Days) -> str:
    chosen: dict[str, Any] = {"from": days.first.isoformat(), "to": days.last.isoformat()}
    return url_for("racks.detail", name=row.rack.name, _anchor="courbe", **chosen)
