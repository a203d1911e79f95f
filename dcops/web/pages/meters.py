"""Meters: all of them; one with where it counts, its registers reading by reading, the exchange of its device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, today, transaction
from dcops.web.curves import exact_kwh
from dcops.web.exchange_form import ExchangeForm
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.register_chart import register_line
from dcops.web.spans import Days, asked_days, last_days, quick_spans
from inventory.clock import civil_date
from inventory.errors import DomainError, Invalid
from metering import store
from metering.collection import watch_store
from metering.drivers.address import shown
from metering.exceptions import exception_store
from metering.exceptions.checking import validate
from metering.meters.exchange import record_exchange
from metering.models import Meter, MeterPlace
from metering.readings import Reading

blueprint = Blueprint("meters", __name__, url_prefix="/compteurs")
SCOPES = {
    "rack": "Baie entière", "share": "Part de baie", "outlet": "Prise d’une part", "check": "Contrôle, non facturé",
    "busbar": "Gaine à barres", "site": "Site entier",
}  # fmt: skip
WEEK, LONGEST = 7, 366
LATE = timedelta(days=1)
MOST_DRAWN = 800
SOURCES = {"poll": "Relève automatique", "csv": "Fichier", "telemetry": "Prometheus", "accepted": "Accepté"}


@dataclass(frozen=True)
class Line:
    """A meter as the list shows it."""

    meter: Meter
    last: Reading | None
    at: datetime

    @property
    def place(self) -> MeterPlace:
        """Where it counts, or counted last."""
        return self.meter.places[-1]

    @property
    def state(self) -> Badge:
        if self.meter.end is not None and self.meter.end <= self.at:
            return Badge("Retiré")
        if self.last is None:
            return Badge("Jamais relevé", "warn")
        return Badge("Relevé", "good") if self.at - self.last.at < LATE else Badge("Plus de relevé", "warn")


@dataclass(frozen=True)
class Step:
    """A reading, and what its register counted since the one before; None when it is the first, or went back."""

    reading: Reading
    wh: int | None


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every meter: where it counts, how it is read, what it last said."""
    with transaction() as tx:
        last = {one.meter: one.reading for one in watch_store.last_readings(tx)}
        lines = [Line(meter, last.get(meter.name), now()) for meter in store.meters(tx)]
        return show(_meters(lines), "energy/meters.html")


def _meters(lines: Sequence[Line]) -> Listing[Line]:
    states = [(word, word) for word in ("Relevé", "Plus de relevé", "Jamais relevé", "Retiré")]
    drivers = sorted({line.meter.driver for line in lines})
    return Listing(
        "Compteurs", lines,
        [
            Column("name", "Compteur", lambda line: line.meter.name, short=True,
                   link=lambda line: url_of(line.meter.name)),
            Column("rack", "Baie", lambda line: line.place.rack.name if line.place.rack else None,
                   link=lambda line: url_for("racks.detail", name=line.place.rack.name) if line.place.rack else None),
            Column("feed", "Voie", lambda line: line.place.feed, phone=False),
            Column("scope", "Compte", lambda line: SCOPES[line.place.scope]),
            Column("driver", "Pilote", lambda line: line.meter.driver, phone=False),
            Column("point", "Point", lambda line: line.meter.point, phone=False),
            Column("wh", "Dernier index", lambda line: line.last and line.last.wh, "energy"),
            Column("power", "Puissance", lambda line: line.last and line.last.power_w, "power"),
            Column("at", "Relevé le", lambda line: line.last and line.last.at, "instant", short=True),
            Column("state", "État", lambda line: line.state, "badge"),
            Column("address", "Adresse", lambda line: shown(line.meter.address) or None, on_page=False),
            Column("serial", "N° de série", lambda line: line.meter.serial, on_page=False),
        ],
        [
            Filter("etat", "État", states, lambda line, chosen: line.state.label == chosen),
            Filter("compte", "Compte", tuple(SCOPES.items()), lambda line, chosen: line.place.scope == chosen),
            Filter("pilote", "Pilote", [(name, name) for name in drivers],
                   lambda line, chosen: line.meter.driver == chosen),
        ],
        sort="name", empty="Aucun compteur.",
        hint="« dcops meters probe ADRESSE » dit ce qu’un appareil mesure, « dcops meters import » l’ajoute.",
    )  # fmt: skip


def url_of(name: str) -> str:
    """The page of a meter."""
    return url_for("energy.meters.one", name=name)


@blueprint.get("/<path:name>")
@permits(P.READ_SPACE)
def one(name: str) -> Response | str:
    """One meter, and its readings ``?from=…&to=…``; without dates the last seven days with any. 404 when unknown."""
    return _page(name, ExchangeForm(formdata=None))


@blueprint.post("/<path:name>")
@permits(P.DECIDE_READINGS)
def exchange(name: str) -> AnyResponse | str:
    """Keep that the device was replaced and draw the consequences, or show the page again with why it cannot be."""
    validation = parts().settings.metering.vee.validation
    form = ExchangeForm()
    if not form.validate_on_submit():
        return _page(name, form)
    try:
        with transaction() as tx:
            told = form.told(actor().name)
            kept = record_exchange(tx, name, form.at.instant, **told, now=now(), validation=validation)
            validate(tx, now(), [kept.meter_id], validation)
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return _page(name, form)
    flash(f"Compteur {name} : changement enregistré, la courbe est refaite autour de lui.")
    return redirect(url_of(name))


def _page(name: str, form: ExchangeForm) -> Response | str:
    with transaction() as tx:
        meter = store.meter(tx, name)
        last = next(iter(store.readings_beside(tx, meter.id, now(), 1)[0]), None)
        days = asked_days(request.args, _last_week(last))
        if (days.last - days.first).days > LONGEST:
            raise Invalid("période trop longue pour des relevés un par un : un an au plus. Rapprochez les deux dates.")
        readings = store.readings_between(tx, meter.id, days.period.start, days.period.end)
        return show(
            _readings(name, _steps(readings)), "energy/meter.html",
            meter=meter, line=Line(meter, last, now()), address=shown(meter.address), scopes=SCOPES, form=form,
            days=days, quick=quick_spans(today())[:4], figure=register_line(_thinned(readings)) if readings else None,
            exchanges=store.exchanges_told(tx, meter.id), last=last,
            faults=exception_store.reading_faults(tx, name, 20), may_decide=actor().may(P.DECIDE_READINGS),
        )  # fmt: skip


def _last_week(last: Reading | None) -> Days:
    """The seven days until the last reading: a meter that is read by hand has none of this week."""
    return last_days(civil_date(last.at) if last else today(), WEEK)


def _steps(readings: Sequence[Reading]) -> list[Step]:
    rises = [after.wh - before.wh if after.wh >= before.wh else None for before, after in pairwise(readings)]
    return [Step(reading, wh) for reading, wh in zip(readings, [None, *rises], strict=False)]


def _thinned(readings: Sequence[Reading]) -> Sequence[Reading]:
    """As many as a picture can show, the last one included."""
    every = -(-len(readings) // MOST_DRAWN)
    return [*readings[:-1:every], readings[-1]]


def _readings(name: str, steps: Sequence[Step]) -> Listing[Step]:
    return Listing(
        f"Relevés {name}", steps,
        [
            Column("at", "Instant", lambda step: step.reading.at, "instant", short=True),
            Column("wh", "Index (kWh)", lambda step: exact_kwh(step.reading.wh), "kwh"),
            Column("rise", "Depuis le précédent (kWh)", lambda step: exact_kwh(step.wh), "kwh"),
            Column("power", "Puissance", lambda step: step.reading.power_w, "power"),
            Column("source", "Source", lambda step: SOURCES.get(step.reading.source, step.reading.source), phone=False),
        ],
        sort="-at", empty="Aucun relevé ces jours-là.",
        hint="Choisissez une autre période, ou importez des relevés avec « dcops meters readings FICHIER.csv ».",
    )  # fmt: skip
