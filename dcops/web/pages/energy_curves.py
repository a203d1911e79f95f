"""Load curve and heat map of the site, a rack, one of its feeds, a customer or a meter, over any period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, request

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import now, today, transaction
from dcops.web.curves import STEPS, Subject, asked_step, asked_subject, curve_listing, curve_of, energy_of
from dcops.web.heat import heat_listing
from dcops.web.heat_chart import COLOURS, heat_figure, heat_map
from dcops.web.listing import show
from dcops.web.spans import Days, asked_days, last_days, quick_spans
from inventory import store
from inventory.errors import Invalid
from inventory.orm import Transaction
from metering import store as metering
from metering.energy.steps import merged, steps
from metering.period import Period, split

blueprint = Blueprint("curves", __name__)
WEEK, MONTH, LONGEST_MAP = 7, 31, 366


@dataclass(frozen=True)
class Choices:
    """What a page of energy can be about: a heading and its (value, label) pairs."""

    heading: str
    options: Sequence[tuple[str, str]]


@blueprint.get("/courbe")
@permits(P.READ_SPACE)
def curve() -> Response | str:
    """``?de=baie:A01&from=…&to=…&pas=hour``; without ``de`` all racks, without dates the last seven days."""
    days = asked_days(request.args, last_days(today(), WEEK))
    with transaction() as tx:
        subject = asked_subject(tx, request.args.get("de", ""))
        return curve_page(tx, subject, days, "energy/curve.html", choices=choices(tx))


def curve_page(tx: Transaction, subject: Subject, days: Days, template: str, **more: object) -> Response | str:
    """The page of a curve, or its file."""
    period = days.counted(now())
    told = curve_of(tx, subject, period, asked_step(request.args, days.period))
    return show(
        curve_listing(told), template, subject=subject, days=days, curve=told, steps=STEPS,
        asked_step=request.args.get("pas", ""), quick=quick_spans(today()), **more,
    )  # fmt: skip


@blueprint.get("/carte")
@permits(P.READ_SPACE)
def heat() -> Response | str:
    """``?de=baie:A01&from=…&to=…``, a year at most; without dates the last 31 days."""
    days = asked_days(request.args, last_days(today(), MONTH))
    with transaction() as tx:
        subject = asked_subject(tx, request.args.get("de", ""))
        return heat_page(tx, subject, days, "energy/heat.html", choices=choices(tx))


def heat_page(tx: Transaction, subject: Subject, days: Days, template: str, **more: object) -> Response | str:
    """The page of a heat map, or its file."""
    if days.last - days.first >= timedelta(days=LONGEST_MAP):
        raise Invalid("période trop longue pour une carte : un an au plus. Rapprochez les deux dates.")
    period = days.counted(now())
    energy = energy_of(tx, subject, period)
    told = heat_map(steps(energy.parts, energy.missing, _hours(period)))
    return show(
        heat_listing(f"Carte {subject.name}", told), template, subject=subject, days=days, told=told, energy=energy,
        figure=heat_figure(told), colours=COLOURS, holes=merged(energy.missing), quick=quick_spans(today()), **more,
    )  # fmt: skip


def _hours(period: Period) -> list[Period]:
    return list(split(period, "hour"))


def choices(tx: Transaction) -> list[Choices]:
    """All that has a curve, in the order of a list that people read."""
    racks = store.racks(tx)
    feeds = [(f"voie:{feed}:{rack.name}", f"{rack.name}, voie {feed}") for rack in racks for feed in _feeds(rack.feeds)]
    return [
        Choices("Baies", [(f"baie:{rack.name}", rack.name) for rack in racks]),
        Choices("Voies", feeds),
        Choices("Collectivités", [(f"collectivite:{one.code}", one.name) for one in store.customers(tx)]),
        Choices("Compteurs", [(f"compteur:{one.name}", one.name) for one in metering.meters(tx)]),
    ]


def _feeds(text: str) -> list[str]:
    """The feeds of a rack that has several: one alone is the rack."""
    feeds = text.split(",")
    return feeds if len(feeds) > 1 else []
