"""The CSV file of meters: what each reads, what is possible for it, and the places where it counts in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from inventory import store as inventory_store
from inventory.csv_import import BadCell, Row, choice, day, instant, integer_between, text_up_to
from inventory.errors import Invalid
from inventory.import_report import ImportReport, assign, completed, import_rows, known
from inventory.models import Rack, Share
from inventory.orm import Transaction
from metering import store
from metering.drivers.checks import DRIVERS, check_address, modulus_wh
from metering.models import Meter
from metering.period import midnight
from metering.places.assignment import Place, put
from metering.register import mark

SCOPES = ("rack", "share", "outlet", "check", "busbar", "site")
POINT = re.compile(r"(inlet|phase|branch|outlet|busbar|total):\S+")
UNSAID_MAX_W = 22_000
"""The most that a feed of a rack gives where nobody says: three phases of 32 A at 230 V."""
NEVER = 2**62
YES = {"oui": True, "yes": True, "true": True, "1": True, "non": False, "no": False, "false": False, "0": False}


def _day_or_instant(cell: str) -> datetime:
    return instant(cell) if "T" in cell else midnight(day(cell))


def _point(cell: str) -> str:
    if not POINT.fullmatch(cell):
        raise ValueError(f"« {cell} » : écrire genre:numéro comme « meters probe » l'affiche, par exemple inlet:1.")
    return cell


def _modulus(cell: str) -> int:
    """A register of 64 bits is taken with the most that the database holds: no reading ever comes near either."""
    return NEVER if cell == str(2**64) else integer_between(1, NEVER)(cell)


def _yes(cell: str) -> bool:
    if cell.lower() not in YES:
        raise ValueError(f"« {cell} » : écrire oui ou non.")
    return YES[cell.lower()]


METER_COLUMNS = {
    "name": text_up_to(100),
    "rack": text_up_to(100),
    "feed": text_up_to(10),
    "driver": choice(*DRIVERS),
    "address": text_up_to(500),
    "profile": text_up_to(50),
    "point": _point,
    "scope": choice(*SCOPES),
    "share": text_up_to(100),
    "max_w": integer_between(1),
    "from": _day_or_instant,
    "to": _day_or_instant,
    "modulus_wh": _modulus,
    "serial": text_up_to(64),
    "resettable": _yes,
}
METER_OPTIONAL = METER_COLUMNS.keys() - {"name", "driver", "from"}
_ITS_OWN = ("driver", "address", "profile", "point", "max_w", "modulus_wh", "serial", "resettable")


def import_meters(
    tx: Transaction,
    name: str,
    content: str,
    *,
    skip_bad: bool = False,
    now: datetime,
    profiles_dir: Path | None = None,
) -> ImportReport:
    """Meters, by name; several rows of one name are its places, one after another, or the feeds that a busbar supplies.

    ``share`` names one share of the rack: its customer's code, its kind and position (half:1, "half 1",
    A01/half/1), its kind where no other share is of that kind, or its id. Without ``max_w``, the power of the rack is
    the most believed, else UNSAID_MAX_W; without ``modulus_wh``, that of the profile, where it tells one. Raises
    ImportRefused with every problem.
    """
    racks = {rack.name: rack for rack in inventory_store.racks(tx)}
    meters = {meter.name: meter for meter in store.meters(tx)}
    seen: dict[tuple[Any, ...], int] = {}
    modulus = cache(partial(modulus_wh, profiles_dir=profiles_dir))

    def apply(row: Row) -> bool:
        key = tuple(row.values[column] for column in ("name", "from", "rack", "feed"))
        if seen.setdefault(key, row.line) != row.line:
            raise BadCell("name", f"« {row.values['name']} » figure déjà à la ligne {seen[key]}.")
        meter = meters.get(row.values["name"])
        place = _place(tx, row, meter, racks)
        own = _own(row, meter, place, modulus)
        if meter is not None:
            return _change(tx, meter, own, place, now)
        meters[row.values["name"]] = _new(tx, row.values["name"], own, place)
        return True

    return import_rows(tx, name, content, METER_COLUMNS, METER_OPTIONAL, apply, skip_bad=skip_bad)


def _new(tx: Transaction, name: str, own: Mapping[str, Any], place: Place) -> Meter:
    meter = Meter(name=name, **own, start=place.start, end=place.end)
    with tx.begin_nested():  # a place that is refused leaves no meter behind
        tx.add(meter)
        tx.flush()
        put(tx, meter, place, has_readings=False)
    return meter


def _change(tx: Transaction, meter: Meter, own: Mapping[str, Any], place: Place, now: datetime) -> bool:
    has_readings = bool(store.instants_until(tx, meter.id, now, 1))
    limits = meter.max_w, meter.modulus_wh
    with tx.begin_nested():
        changed = assign(meter, own)
        moved = put(tx, meter, place, has_readings)
    if has_readings and (meter.max_w, meter.modulus_wh) != limits:
        mark(tx, {meter.id: datetime.fromtimestamp(0, UTC)})  # what was not believed may be, and the reverse
    return changed or moved


def _own(row: Row, meter: Meter | None, place: Place, modulus: Callable[..., int | None]) -> dict[str, Any]:
    """What a meter is, wherever it counts; a column that the file leaves out keeps what the meter already has."""
    cells = completed({name: row.values[name] for name in _ITS_OWN}, meter, row)
    address, point = cells["address"] or "", cells["point"] or "inlet:1"
    try:
        check_address(cells["driver"], address, point)
    except Invalid as error:
        raise BadCell("address", str(error)) from None
    return {
        **cells,
        "address": address,
        "point": point,
        "max_w": cells["max_w"] or _most(place),
        "modulus_wh": cells["modulus_wh"] or modulus(cells["driver"], cells["profile"], point),
        "resettable": bool(cells["resettable"]),
    }


def _most(place: Place) -> int:
    if place.scope in ("busbar", "site"):
        raise BadCell("max_w", f"un compteur {place.scope} demande la puissance qu'il peut porter, en W.")
    return (place.rack.capacity_w if place.rack else None) or UNSAID_MAX_W


def _place(tx: Transaction, row: Row, meter: Meter | None, racks: Mapping[str, Rack]) -> Place:
    """Where a row says that its meter counts; what it leaves out is as in the last place of the meter."""
    last = meter.places[-1] if meter is not None and meter.places else None
    scope, rack_name, feed, share = (
        row.values[column] if last is None or column not in row.untold else _known(last, column)
        for column in ("scope", "rack", "feed", "share")
    )
    start, end = row.values["from"], row.values["to"]
    if end is not None and end <= start:
        raise BadCell("to", f"{end} n'est pas après le début {start}.")
    scope = scope or "rack"
    if scope == "site":
        if rack_name:
            raise BadCell("rack", "un compteur du site entier n'est pas d'une baie : laisser vide.")
        return Place(scope, None, feed, None, start, end, "to" in row.untold)
    if not rack_name:
        raise BadCell("rack", "dire dans quelle baie le compteur compte.")
    rack = known("rack", "baie", racks, rack_name)
    return Place(scope, rack, feed, _share(tx, rack, scope, share, start, end), start, end, "to" in row.untold)


def _known(last: Any, column: str) -> Any:
    named = {"rack": last.rack.name if last.rack else None, "share": str(last.share_id) if last.share_id else None}
    return named[column] if column in named else getattr(last, column)


def _share(
    tx: Transaction, rack: Rack, scope: str, word: str | None, start: datetime, end: datetime | None
) -> Share | None:
    if scope not in ("share", "outlet"):
        if word:
            raise BadCell(
                "share", f"un compteur {scope} n'a pas de part : laisser vide, ou mettre scope à share ou outlet."
            )
        return None
    shares = [
        s
        for s in store.shares_of_rack(tx, rack.id)
        if (s.end is None or midnight(s.end) > start) and (end is None or midnight(s.start) < end)
    ]
    said = re.sub(r"[\s/]+", ":", word or "").removeprefix(f"{rack.name}:")
    found = [s for s in shares if said in (s.customer.code, f"{s.kind}:{s.position}", s.kind, str(s.id))]
    if len(found) == 1:
        return found[0]
    held = ", ".join(f"{s.customer.code} ({s.kind}:{s.position}, n° {s.id})" for s in shares) or "aucune"
    why = "plusieurs parts possibles" if found else "part inconnue"
    raise BadCell("share", f"« {word or ''} » : {why} dans {rack.name} ; parts : {held}.")
