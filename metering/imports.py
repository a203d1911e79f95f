"""The CSV files of metering: meters, and readings taken by hand or by other software."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from inventory import store as inventory_store
from inventory.csv_import import (
    BadCell,
    Row,
    choice,
    day,
    decimal,
    instant,
    integer_between,
    text_up_to,
)
from inventory.errors import Invalid
from inventory.import_report import ImportReport, assign, completed, import_rows, known
from inventory.models import Rack, Share
from inventory.orm import Transaction
from metering import store
from metering.drivers.address import parse
from metering.models import Meter
from metering.period import midnight
from metering.readings import Reading
from metering.register import CLOCK_SKEW, append_many, mark
from metering.roll_up import roll_up

DRIVERS = ("snmp", "csv", "simulated")
POINT = re.compile(r"(inlet|phase|branch|outlet|total):\S+")
MOST_WH = 10**18
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)  # a reading is never erased: a year mistyped as 0024 would stay


def _day_or_instant(cell: str) -> datetime:
    return instant(cell) if "T" in cell else midnight(day(cell))


def _point(cell: str) -> str:
    if not POINT.fullmatch(cell):
        raise ValueError(f"« {cell} » : écrire genre:numéro comme « meters probe » l'affiche, par exemple inlet:1.")
    return cell


METER_COLUMNS = {
    "name": text_up_to(100),
    "rack": text_up_to(100),
    "feed": text_up_to(10),
    "driver": choice(*DRIVERS),
    "address": text_up_to(200),
    "profile": text_up_to(50),
    "point": _point,
    "scope": choice("rack", "share", "outlet"),
    "share": text_up_to(100),
    "max_w": integer_between(1),
    "from": _day_or_instant,
    "to": _day_or_instant,
    "modulus_wh": integer_between(1, 2**62),
}
METER_OPTIONAL = {"feed", "address", "profile", "point", "scope", "share", "max_w", "to", "modulus_wh"}
UNSAID_MAX_W = 22_000
"""The most that a feed of a rack gives where nobody says: three phases of 32 A at 230 V."""


def import_meters(tx: Transaction, name: str, content: str, *, skip_bad: bool = False, now: datetime) -> ImportReport:
    """Meters, by name. ``share`` names one share of the rack: its customer's code, its kind and position (half:1,
    "half 1", A01/half/1), its kind where no other share is of that kind, or its id.

    Without ``max_w``, the power of the rack is the most believed, else UNSAID_MAX_W. A meter that has readings
    stays in its place. Raises ImportRefused with every problem.
    """
    racks = {rack.name: rack for rack in inventory_store.racks(tx)}
    meters = {meter.name: meter for meter in store.meters(tx)}
    seen: dict[str, int] = {}

    def apply(row: Row) -> bool:
        key = row.values["name"]
        if seen.setdefault(key, row.line) != row.line:
            raise BadCell("name", f"« {key} » figure déjà à la ligne {seen[key]}.")
        rack = known("rack", "baie", racks, row.values["rack"])
        values = completed(_meter_values(tx, _cells(row, meters.get(key)), rack), meters.get(key), row)
        if key in meters:
            return _change(tx, meters[key], values, now)
        meters[key] = Meter(name=key, **values)
        tx.add(meters[key])
        tx.flush()
        return True

    return import_rows(tx, name, content, METER_COLUMNS, METER_OPTIONAL, apply, skip_bad=skip_bad)


def _cells(row: Row, meter: Meter | None) -> dict[str, Any]:
    """The cells of a row; a column that the file leaves out keeps what the meter already has."""
    cells = dict(row.values)
    share = cells.pop("share")
    if meter is not None and meter.share_id is not None and "share" in row.untold:
        share = str(meter.share_id)
    return {**completed(cells, meter, row), "share": share}


def _meter_values(tx: Transaction, cells: Mapping[str, Any], rack: Rack) -> dict[str, Any]:
    start, end = cells["from"], cells["to"]
    if end is not None and end <= start:
        raise BadCell("to", f"{end} n'est pas après le début {start}.")
    if cells["driver"] != "csv" and not cells["address"]:
        raise BadCell("address", f"le pilote {cells['driver']} demande une adresse hôte[:port].")
    if cells["driver"] == "snmp":
        try:
            parse(cells["address"])
        except Invalid as error:
            raise BadCell("address", str(error)) from None
    scope = cells["scope"] or "rack"
    return {
        "rack": rack,
        "feed": cells["feed"],
        "driver": cells["driver"],
        "address": cells["address"] or "",
        "profile": cells["profile"],
        "point": cells["point"] or "inlet:1",
        "scope": scope,
        "share": _share(tx, rack, scope, cells["share"], start),
        "max_w": cells["max_w"] or rack.capacity_w or UNSAID_MAX_W,
        "modulus_wh": cells["modulus_wh"],
        "start": start,
        "end": end,
    }


def _share(tx: Transaction, rack: Rack, scope: str, word: str | None, start: datetime) -> Share | None:
    if scope == "rack":
        if word:
            raise BadCell(
                "share", "un compteur de baie n'a pas de part : laisser vide, ou mettre scope à share ou outlet."
            )
        return None
    shares = [s for s in store.shares_of_rack(tx, rack.id) if s.end is None or midnight(s.end) > start]
    said = re.sub(r"[\s/]+", ":", word or "").removeprefix(f"{rack.name}:")
    found = [s for s in shares if said in (s.customer.code, f"{s.kind}:{s.position}", s.kind, str(s.id))]
    if len(found) == 1:
        return found[0]
    held = ", ".join(f"{s.customer.code} ({s.kind}:{s.position}, n° {s.id})" for s in shares) or "aucune"
    why = "plusieurs parts possibles" if found else "part inconnue"
    raise BadCell("share", f"« {word or ''} » : {why} dans {rack.name} ; parts : {held}.")


def _change(tx: Transaction, meter: Meter, values: dict[str, Any], now: datetime) -> bool:
    has_readings = bool(store.instants_until(tx, meter.id, now, 1))
    moved = any(getattr(meter, key) != values[key] for key in ("rack", "share", "scope"))
    if has_readings and moved:
        raise BadCell(
            "rack", f"le compteur {meter.name} a des relevés dans {meter.rack.name} : créer un autre compteur."
        )
    limits = meter.max_w, meter.modulus_wh
    changed = assign(meter, values)
    if has_readings and (meter.max_w, meter.modulus_wh) != limits:
        mark(tx, {meter.id: datetime.fromtimestamp(0, now.tzinfo)})  # what was not believed may be, and the reverse
    return changed


READING_COLUMNS = {
    "meter": text_up_to(100),
    "at": instant,
    "wh": integer_between(0, MOST_WH),
    "kwh": decimal,
}


def import_readings(tx: Transaction, name: str, content: str, *, skip_bad: bool = False, now: datetime) -> ImportReport:
    """Register values in wh or kwh (three decimals at most), then the roll-up of the meters concerned.

    A value already there is left; another value for the same instant is set aside for a person and listed
    in the problems, without refusing the file. Raises ImportRefused with every other problem.
    """
    meters = {meter.name: meter.id for meter in store.meters(tx)}
    lines: dict[tuple[int, datetime, int | None], int] = {}
    found: list[tuple[int, Reading]] = []

    def apply(row: Row) -> bool:
        meter_id = known("meter", "compteur", meters, row.values["meter"])
        reading = Reading(_past(row.values["at"], now), _wh(row.values), source="csv")
        lines[meter_id, reading.at, reading.wh] = row.line
        found.append((meter_id, reading))
        return True

    report = import_rows(tx, name, content, READING_COLUMNS, {"wh", "kwh"}, apply, skip_bad=skip_bad)
    kept, aside = append_many(tx, found, now)
    roll_up(tx, now, {meter_id for meter_id, _ in found})
    conflicts = [(lines[meter_id, fault.at, fault.wh], "wh", fault.message) for meter_id, fault in aside]
    return replace(
        report,
        imported=kept,
        unchanged=len(found) - kept - len(aside),
        skipped=report.skipped + len(aside),
        problems=tuple(sorted([*report.problems, *conflicts])),
    )


def _past(at: datetime, now: datetime) -> datetime:
    if at > now + CLOCK_SKEW:
        raise BadCell("at", f"{at.isoformat()} est dans l'avenir : vérifier la date et le décalage horaire.")
    if at < OLDEST:
        raise BadCell("at", f"{at.isoformat()} est d'avant 2000 : vérifier l'année.")
    if at.microsecond:
        raise BadCell("at", f"{at.isoformat()} : donner des secondes entières.")
    return at


def _wh(cells: Mapping[str, Any]) -> int:
    wh, kwh = cells["wh"], cells["kwh"]
    if (wh is None) == (kwh is None):
        raise BadCell("wh", "remplir une des deux colonnes wh et kwh, et une seule.")
    if wh is not None:
        return int(wh)
    exact = Decimal(kwh) * 1000
    if exact != exact.to_integral_value() or not 0 <= exact <= MOST_WH:
        raise BadCell("kwh", f"{kwh} : il faut un index positif, avec trois décimales au plus.")
    return int(exact)
