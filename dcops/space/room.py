"""A room seen from above: what each of its racks tells of its occupancy, its power or its open findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dcops.sections import Space
from dcops.space.placing import powers
from inventory import space_store, store
from inventory.customers import in_force
from inventory.elevation_slots import occupancy_of
from inventory.findings import ACTIVE
from inventory.french import counted, euros, grouped
from inventory.models import Cage, Rack, Room
from inventory.orm import Transaction
from inventory.rack_space import Power
from inventory.racks import Occupancy
from inventory.room_plan import Plan, Tile, room_plan

OCCUPANCY, POWER, FINDINGS = "occupancy", "power", "findings"
COLOURS = (OCCUPANCY, POWER, FINDINGS)
DEAR = Decimal(1000)
"""Euros a year of open findings from which a rack stands out."""
LEGENDS = {
    OCCUPANCY: (("none", "vide"), ("low", "moins de la moitié"), ("medium", "la moitié ou plus"), ("high", "pleine")),
    POWER: (
        ("unknown", "puissance inconnue"), ("low", "moins de la moitié"), ("medium", "de 50 à 80 %"),
        ("high", "de 80 à 100 %"), ("over", "au-delà de l'utilisable"),
    ),
    FINDINGS: (("none", "aucun écart"), ("medium", "écarts ouverts"), ("over", "1 000 € par an ou plus")),
}  # fmt: skip
Link = Callable[[Rack], str | None]


@dataclass(frozen=True)
class Standing:
    """One rack of the room, with all that the plan may show of it; ``euros`` a year of so many open findings."""

    rack: Rack
    space: Occupancy
    power: Power
    findings: int
    euros: Decimal
    cage: Cage | None
    holders: str
    on: date


def standing(tx: Transaction, room: Room, settings: Space, now: datetime, on: date) -> list[Standing]:
    """The racks of a room on a day, by name."""
    racks = [rack for rack in store.racks(tx) if rack.room_id == room.id]
    power = powers(tx, racks, settings, now)
    found = space_store.findings_of_racks(tx, ACTIVE)
    lasting = [cage for cage in space_store.cages(tx) if cage.end is None or cage.end > on]
    lasting.sort(key=lambda cage: cage.start, reverse=True)  # of two that follow each other, the first one is shown
    cages = {share.rack_id: cage for cage in lasting for share in cage.shares}
    return [
        Standing(
            rack, occupancy_of(rack, on), power[rack.name], *found.get(rack.name, (0, Decimal(0))), cages.get(rack.id),
            ", ".join(sorted({share.customer.name for share in rack.shares if in_force(share, on)})), on,
        )
        for rack in racks
    ]  # fmt: skip


def drawing(room: Room, racks: Sequence[Standing], colour: str, link: Link | None = None, across: int = 0) -> str:
    """The plan of the room coloured as asked."""
    tiles = [tile(each, colour, link) for each in racks]
    title = f"{room.name}, {room.site.name} : {TITLES[colour]}"
    return room_plan(Plan(title, tiles, LEGENDS[colour]), across, f"plan-{colour}-{across}")


TITLES: Mapping[str, str] = {OCCUPANCY: "occupation", POWER: "puissance", FINDINGS: "écarts ouverts"}


def tile(each: Standing, colour: str, link: Link | None = None) -> Tile:
    """A rack on the plan, with the level and the words of what is asked."""
    level, lines, words = _TOLD[colour](each)
    rack = each.rack
    cage = None if each.cage is None else cage_text(each.cage, each.on)
    told = f"{rack.name} : {words}" + (f", espace privatif {cage}" if cage else "")
    return Tile(rack.name, rack.row, rack.place, level, lines, told, link(rack) if link else None, cage)


def row(each: Standing) -> dict[str, Any]:
    """The JSON of a rack of ``rooms show``."""
    space, power = each.space, each.power
    units = {"total": space.total, "used": space.used, "free": space.free, "largest_free": space.largest_free}
    return {
        "name": each.rack.name,
        "row": each.rack.row or None,
        "place": each.rack.place,
        "half_units": units,
        "customers": each.holders or None,
        "cage": each.cage and each.cage.name,
        "usable_w": power.usable,
        "peak_w": power.peak,
        "promised_w": power.promised,
        "headroom_w": power.headroom,
        "findings": each.findings,
        "eur_per_year": f"{each.euros:.2f}",
    }


def cage_text(cage: Cage, on: date) -> str:
    """Whose a private cage is, and from when where it has not begun."""
    coming = f", dès le {cage.start:%d/%m/%Y}" if cage.start > on else ""
    return f"{cage.name} : {cage.customer.name}{coming}"


def _occupancy(each: Standing) -> tuple[str, tuple[str, ...], str]:
    space = each.space
    level = (
        "none" if not space.used else "high" if not space.free else "low" if 2 * space.used < space.total else "medium"
    )
    part, free = 100 * space.used // space.total, f"{space.free / 2:g}".replace(".", ",")
    return level, (f"{part} %", f"{free} U libres"), f"{part} % vendu, {free} U libres"


def _power(each: Standing) -> tuple[str, tuple[str, ...], str]:
    power = each.power
    if not power.usable or (power.peak is None and not power.promised):
        why = "capacité inconnue" if not power.usable else "non mesurée"
        return "unknown", ("inconnu", why.split()[-1] if power.usable else "capacité ?"), f"puissance {why}"
    part = 100 * power.used // power.usable
    level = "low" if part < 50 else "medium" if part < 80 else "high" if part <= 100 else "over"
    used, usable = _kw(power.used), _kw(power.usable)
    return level, (f"{part} %", f"{used}/{usable} kW"), f"{used} kW sur {usable} utilisables, {part} %"


def _of_findings(each: Standing) -> tuple[str, tuple[str, ...], str]:
    if not each.findings:
        return "none", ("aucun écart",), "aucun écart ouvert"
    level = "over" if each.euros >= DEAR else "medium"
    many, worth = counted(each.findings, "écart"), f"{euros(each.euros)} par an"
    return level, (many, f"{grouped(f'{each.euros:.0f}')} €/an"), f"{many}, {worth}"


def _kw(watts: int) -> str:
    return f"{watts / 1000:.1f}".replace(".", ",")


_TOLD = {OCCUPANCY: _occupancy, POWER: _power, FINDINGS: _of_findings}
