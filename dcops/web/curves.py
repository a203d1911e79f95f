"""What a page of energy is about: the site, a rack, a feed, a customer or a meter; its curve and its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from dcops.web.charts import WORDS, Figure, drawn_step, energy_bars, step_of
from dcops.web.listing import Badge, Column, Listing
from inventory import store
from inventory.errors import Invalid, NotFound
from inventory.models import Rack
from inventory.orm import Transaction
from metering import store as metering
from metering.energy import power_store
from metering.energy.measures import Measures
from metering.energy.scopes import energy_of_customer, energy_of_feed, energy_of_meter, energy_of_racks
from metering.energy.steps import Step, merged, steps
from metering.energy.told import Energy, by_flag
from metering.period import Period, split
from metering.places import place_store
from metering.places.place import Placed
from metering.readings import Flag
from metering.usage import ratio

SITE = ""
STEPS = {"hour": "Par heure", "day": "Par jour", "month": "Par mois", "year": "Par an"}
WATTS_DAYS = 92
"""Days beyond which the power of each reading is not looked up."""


@dataclass(frozen=True)
class Subject:
    """What is measured, as the address names it (``de=baie:A01``) and as people do."""

    asked: str
    name: str
    title: str
    rack: Rack | None = None
    feed: str | None = None
    customer: str | None = None


def asked_subject(tx: Transaction, text: str) -> Subject:
    """``baie:A01``, ``voie:A:A01``, ``collectivite:abbeville``, ``compteur:pdu-a01-a``, or nothing: the site.

    Raises NotFound.
    """
    kind, _, name = text.partition(":")
    if not text:
        return Subject(SITE, "Toutes les baies", "Toutes les baies")
    if kind == "baie":
        rack = store.rack(tx, name)
        return Subject(text, f"Baie {rack.name}", f"Baie {rack.name}", rack)
    if kind == "voie":
        feed, _, name = name.partition(":")
        rack = store.rack(tx, name)
        if feed not in rack.feeds.split(","):
            raise NotFound(f"la baie {rack.name} n'a pas de voie « {feed} » : ses voies sont {rack.feeds}.")
        told = f"Baie {rack.name}, voie {feed}"
        return Subject(text, told, told, rack, feed)
    if kind == "collectivite":
        customer = store.customer(tx, name)
        return Subject(text, customer.name, customer.name, customer=customer.code)
    if kind == "compteur":
        return Subject(text, f"Compteur {metering.meter(tx, name).name}", f"Compteur {name}")
    raise Invalid(f"« {text} » : choisissez une baie, une voie, une collectivité ou un compteur dans la liste.")


def asked_step(args: Mapping[str, str], period: Period) -> str:
    """``?pas=day``; without it, as fine as a page can draw. Raises Invalid."""
    asked = args.get("pas") or step_of(period)
    if asked not in STEPS:
        raise Invalid(f"pas « {asked} » inconnu : choisissez hour, day, month ou year.")
    return asked


def energy_of(tx: Transaction, subject: Subject, period: Period) -> Energy:
    """The energy of what a page is about."""
    if subject.feed is not None and subject.rack is not None:
        return energy_of_feed(tx, subject.rack.name, subject.feed, period)
    if subject.rack is not None:
        return energy_of_racks(tx, [subject.rack], period, Measures(tx, [subject.rack.id], period))[0]
    if subject.customer is not None:
        return energy_of_customer(tx, subject.customer, period)
    if subject.asked:
        return energy_of_meter(tx, subject.asked.partition(":")[2], period)
    return _of_all_racks(tx, period)


def _of_all_racks(tx: Transaction, period: Period) -> Energy:
    """The racks together, each while it has a meter: one that came in the middle was not missing before."""
    racks = store.racks(tx)
    measures = Measures(tx, [rack.id for rack in racks], period)
    energies = energy_of_racks(tx, racks, period, measures)
    missing: list[Period] = []
    for rack, energy in zip(racks, energies, strict=True):
        there = merged(during for one in measures.of_rack(rack.id) if (during := one.during(period)) is not None)
        missing += [part for hole in energy.missing for span in there if (part := hole.intersect(span)) is not None]
    parts = [cells for energy in energies for cells in energy.parts]
    flags = by_flag(parts)
    return Energy(period, sum(flags.values()), flags, Decimal(0), (), (), (), parts, missing)


@dataclass(frozen=True)
class Curve:
    """The energy of something over time at a step; ``watts``: by hour, the highest power that its meters told."""

    subject: Subject
    period: Period
    by: str
    energy: Energy
    watts: Mapping[datetime, int] = field(default_factory=dict)

    @cached_property
    def steps(self) -> list[Step]:
        return self._cut(self.by)

    @cached_property
    def holes(self) -> list[Period]:
        """When it is not wholly known."""
        return merged(self.energy.missing)

    @cached_property
    def coverage(self) -> Decimal:
        """The part of the period at which all that was to be measured is known."""
        whole = self.period.end - self.period.start
        gone = sum((hole.end - hole.start for hole in self.holes), whole * 0)
        return ratio(whole - gone, whole)

    @property
    def drawn_by(self) -> str:
        """The step of the picture: coarser than that of the table when it would hold too many bars."""
        return drawn_step(self.by, len(self.steps))

    @property
    def figure(self) -> Figure:
        if self.drawn_by == self.by:
            return energy_bars(self.steps, self.by, self.holes, self.most(self.steps, self.watts))
        drawn, hours = self._cut(self.drawn_by), {step.period.start: step.wh for step in self.steps if step.wh}
        return energy_bars(drawn, self.drawn_by, self.holes, *self._busiest(drawn, hours))

    def _busiest(self, drawn: list[Step], hours: Mapping[datetime, int]) -> tuple[dict[Period, int], str]:
        """What the bars of a coarser drawing hide: the highest power that is known, else the busiest hour."""
        if self.watts or self.by != "hour":
            return self.most(drawn, self.watts), "Puissance maximale"
        return self.most(drawn, hours), "Heure la plus chargée"

    def _cut(self, by: str) -> list[Step]:
        return steps(self.energy.parts, self.energy.missing, list(split(self.period, by)))

    @staticmethod
    def most(drawn: Iterable[Step], watts: Mapping[datetime, int]) -> dict[Period, int]:
        """The highest watts of each step, from those by hour."""
        found: dict[Period, int] = {}
        hours = sorted(watts.items())
        at = 0
        for step in drawn:
            while at < len(hours) and hours[at][0] < step.period.end:
                found[step.period] = max(found.get(step.period, 0), hours[at][1])
                at += 1
        return found


def curve_of(tx: Transaction, subject: Subject, period: Period, by: str) -> Curve:
    """The curve of what a page is about, with the power that its meters told."""
    energy = energy_of(tx, subject, period)
    counting = _counting(tx, subject) if period.seconds <= WATTS_DAYS * 86400 else []
    return Curve(subject, period, by, energy, power_store.hourly_peaks(tx, counting, period))


def _counting(tx: Transaction, subject: Subject) -> list[Placed]:
    """The meters whose power is that of the subject; none when its energy is a part of what others count."""
    if subject.rack is not None:
        placed = place_store.placed_in_rack(tx, subject.rack.id)
        return [one for one in placed if one.scope == "rack" and subject.feed in (None, one.feed)]
    if subject.customer is not None or not subject.asked:
        return []
    meter = metering.meter(tx, subject.asked.partition(":")[2])
    return [Placed(meter.id, meter.name, None, None, "meter", None, meter.start, meter.end)]


KINDS = {"hour": "instant", "day": "day", "month": "month", "year": "year"}


def when_columns(by: str) -> list[Column[Any]]:
    """When a step begins, written as short as it is clear, and ends; instants with their offset in files."""
    return [
        Column("start", "Début", lambda s: s.period.start, KINDS[by]),
        Column("end", "Fin", lambda s: s.period.end, "instant", on_page=False),
    ]


def curve_listing(curve: Curve) -> Listing[Step]:
    """The values of a curve, the same on the page and in its files."""
    most = curve.most(curve.steps, curve.watts)
    watts = [Column[Step]("watts", "Puissance maximale", lambda s: most.get(s.period), "power", phone=False)]
    return Listing(
        f"Courbe {curve.subject.name} {WORDS[curve.by]}", curve.steps,
        [
            *when_columns(curve.by),
            Column("kwh", "kWh", lambda s: exact_kwh(s.wh), "kwh", total=True),
            Column("estimated", "kWh estimés", partial(_of_flag, Flag.ESTIMATED), "kwh", total=True),
            Column("edited", "kWh corrigés", partial(_of_flag, Flag.EDITED), "kwh", total=True, phone=False),
            *(watts if most else []),
            Column("coverage", "Couverture", lambda s: s.coverage, "percent"),
            Column("quality", "Qualité", quality_of, "badge"),
        ],
        sort="start",
    )  # fmt: skip


def _of_flag(flag: Flag, step: Step) -> Decimal | None:
    return exact_kwh(step.flags.get(flag, 0)) if step.flags else None


def exact_kwh(wh: int | None) -> Decimal | None:
    """kWh with three decimals: to the Wh."""
    return None if wh is None else Decimal(wh).scaleb(-3)


def quality_of(step: Step) -> Badge:
    """How good the energy of a step is, in a word."""
    if step.coverage is None:
        return Badge("Non tenu")
    if not step.flags:
        return Badge("Non mesuré", "bad")
    if step.flags.get(Flag.ESTIMATED):
        return Badge("Dont estimé", "warn")
    return Badge("Dont corrigé", "info") if step.flags.get(Flag.EDITED) else Badge("Mesuré", "good")
