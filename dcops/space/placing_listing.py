"""Where a share can go, as commands and interfaces tell it: JSON documents, and sentences in French."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from inventory.french import counted, grouped, some
from inventory.placement import Answer, Place, Refusal, Wanted
from inventory.rack_space import Documented, Power
from inventory.racks import units_text

_NAMES = {"full": "baie entière libre", "half": "1/2 baie libre", "quarter": "1/4 de baie libre"}
_ONE_DAY = timedelta(days=1)


def document(answer: Answer, wanted: Wanted) -> dict[str, Any]:
    """The JSON of ``racks find`` and of the API."""
    return {
        "kind": wanted.kind,
        "units": wanted.units if wanted.kind == "unit" else None,
        "power_w": wanted.watts,
        "from": wanted.start.isoformat(),
        "to": wanted.end and wanted.end.isoformat(),
        "places": [_place(place) for place in answer.places],
        "for_a_time": [_place(place) for place in answer.for_a_time],
        "refused": [
            {"reason": reason.value, "racks": count, "text": refusal(reason, count, wanted)}
            for reason, count in answer.counts().items()
        ],
    }


def _place(place: Place) -> dict[str, Any]:
    power = place.power
    return {
        "rack": place.rack.name,
        "site": place.rack.site,
        "room": place.rack.room,
        "position": place.position,
        "units": units_of(place),
        "half_units": [place.span.first_half_unit, place.span.end_half_unit],
        "left_half_units": place.left,
        "until": place.until and place.until.isoformat(),
        "same_customer": place.neighbour,
        "usable_w": power.usable,
        "peak_w": power.peak,
        "promised_w": power.promised,
        "headroom_w": power.headroom,
        "notes": notes(place),
    }


def human(answer: Answer, wanted: Wanted) -> str:
    """The answer for a person at a terminal."""
    lines = [_line(place) for place in answer.places] or ["Aucune place."]
    lines += [f"{_line(place)} ; {until_text(place)}" for place in answer.for_a_time]
    refused = answer.counts()
    return "\n".join([*lines, *(f"{refusal(reason, refused[reason], wanted)}." for reason in refused)])


def _line(place: Place) -> str:
    told = "; ".join([power_text(place.power), *notes(place)])
    return f"{place.rack.name} {units_of(place)} ({place.rack.room}) : {told}"


def units_of(place: Place) -> str:
    """Where a place lies: ``U1 à U21``."""
    return units_text(place.span.first_half_unit, place.span.end_half_unit)


def last_of(end: date | None) -> str | None:
    """The last day of a period, as forms write it."""
    return None if end is None else (end - _ONE_DAY).isoformat()


def until_text(place: Place) -> str:
    """Until when a place is free: its last day."""
    return "" if place.until is None else f"libre jusqu'au {place.until - _ONE_DAY:%d/%m/%Y} seulement"


def power_text(power: Power) -> str:
    """What is left of the power of a rack: ``1 888 W libres sur 5 888 W utilisables``."""
    if power.headroom is None:
        return "puissance de la baie inconnue"
    return f"{_watts(power.headroom)} libres sur {_watts(power.usable or 0)} utilisables"


def _watts(watts: int) -> str:
    return f"{grouped(str(watts))}\N{NO-BREAK SPACE}W"


def notes(place: Place) -> list[str]:
    """What to know before taking a place."""
    found = [doubt(each) for each in place.doubts]
    if place.power.usable is None:
        found.append("capacité non renseignée : la puissance n'est pas vérifiée")
    elif not place.power.measured:
        found.append("puissance non mesurée sur toutes les voies depuis 30 jours")
    return found + (["la collectivité a déjà une part de cette baie"] if place.neighbour else [])


def doubt(each: Documented) -> str:
    """Why a place that nobody bought may not be free."""
    where = units_text(each.span.first_half_unit, each.span.end_half_unit)
    if each.reserved:
        return f"{where} réservé dans NetBox : {each.label or each.customer or 'sans motif'}"
    return f"{where} occupé dans NetBox par {each.label}"


def refusal(reason: Refusal, count: int, wanted: Wanted) -> str:
    """How many racks do not do, and why: ``12 baies sans 1/2 baie libre``."""
    size = _NAMES.get(wanted.kind, f"{wanted.units} U libres à la suite")
    words = {
        Refusal.SIZE: "de hauteur qui ne se partage pas ainsi",
        Refusal.SPACE: f"sans {size}",
        Refusal.SOLD_LATER: "libres au début, déjà réservées pour la suite" if count > 1 else
        "libre au début, déjà réservée pour la suite",
        Refusal.POWER: f"avec la place, sans {_watts(wanted.watts)} disponibles",
    }  # fmt: skip
    return f"{counted(count, 'baie')} {words[reason]}"


def refused_names(answer: Answer, reason: Refusal) -> str:
    """The racks that a reason leaves out, the first by name."""
    return some(sorted(name for name, why in answer.refused.items() if why is reason))
