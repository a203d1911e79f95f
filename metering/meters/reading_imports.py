"""The CSV file of readings: registers taken by hand or by other software."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from inventory.csv_import import BadCell, Row, decimal, instant, integer_between, text_up_to
from inventory.import_report import ImportReport, import_rows, known
from inventory.orm import Transaction
from metering import store
from metering.exceptions.checking import validate
from metering.readings import Reading
from metering.register import append_many
from metering.validation.tolerances import STANDARD, Validation

MOST_WH = 10**18
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)  # a reading is never erased: a year mistyped as 0024 would stay

READING_COLUMNS = {
    "meter": text_up_to(100),
    "at": instant,
    "wh": integer_between(0, MOST_WH),
    "kwh": decimal,
}


def import_readings(
    tx: Transaction,
    name: str,
    content: str,
    *,
    skip_bad: bool = False,
    now: datetime,
    validation: Validation = STANDARD,
) -> ImportReport:
    """Register values in wh or kwh (three decimals at most), then the roll-up of the meters concerned.

    A value already there is left; another value for the same instant is set aside for a person and listed
    in the problems, without refusing the file. Raises ImportRefused with every other problem.
    """
    meters = {meter.name: meter.id for meter in store.meters(tx)}
    lines: dict[tuple[int, datetime, int | None], int] = {}
    found: list[tuple[int, Reading]] = []

    def apply(row: Row) -> bool:
        meter_id = known("meter", "compteur", meters, row.values["meter"])
        reading = Reading(_past(row.values["at"], now, validation), _wh(row.values), source="csv")
        lines[meter_id, reading.at, reading.wh] = row.line
        found.append((meter_id, reading))
        return True

    report = import_rows(tx, name, content, READING_COLUMNS, {"wh", "kwh"}, apply, skip_bad=skip_bad)
    kept, aside = append_many(tx, found, now, validation.clock_skew)
    validate(tx, now, {meter_id for meter_id, _ in found}, validation)
    conflicts = [(lines[meter_id, fault.at, fault.wh], "wh", fault.message) for meter_id, fault in aside]
    return replace(
        report,
        imported=kept,
        unchanged=len(found) - kept - len(aside),
        skipped=report.skipped + len(aside),
        problems=tuple(sorted([*report.problems, *conflicts])),
    )


def _past(at: datetime, now: datetime, validation: Validation) -> datetime:
    if at > now + validation.clock_skew:
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
