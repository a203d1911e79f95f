"""The CSV file of what backup boxes hold: GB of a box on a day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.csv_import import BadCell, Row, day, decimal, text_up_to
from inventory.import_report import ImportReport, Told, import_rows, known
from inventory.models import NasUnit
from inventory.orm import Transaction
from metering.backups import backup_store
from metering.models import BackupMeasure

MOST_GB = 10**8


def _gb(cell: str) -> Decimal:
    value = decimal(cell)
    if not 0 <= value <= MOST_GB or value != round(value, 6):
        raise ValueError(f"« {cell} » : de 0 à {MOST_GB} Go, six décimales au plus.")
    return value


MEASURE_COLUMNS = {"serial": text_up_to(64), "on": day, "gb": _gb}


def import_measures(tx: Transaction, name: str, content: str, *, skip_bad: bool = False, now: datetime) -> ImportReport:
    """Measures of boxes, one a day: the same again changes nothing, another one for a day stands for it from then on.

    Nothing is overwritten: the last measure of a day counts. Raises ImportRefused with every problem, nothing written,
    unless ``skip_bad``.
    """
    boxes = {unit.serial: unit for unit in inventory_store.nas_units(tx)}
    measured: dict[int, dict[date, Decimal]] = {}
    told, today, author = Told(), civil_date(now), f"import {name}"[:100]

    def apply(row: Row) -> bool:
        serial, on, gb = (row.values[column] for column in MEASURE_COLUMNS)
        box = known("serial", "boîtier", boxes, serial)
        _check_day(box, on, today)
        told.once((serial, on), row, "gb")
        if box.id not in measured:
            measured[box.id] = backup_store.measures(tx, box.id)
        if measured[box.id].get(on) == gb:
            return False
        measured[box.id][on] = gb
        tx.add(BackupMeasure(nas_unit_id=box.id, on=on, gb=gb, author=author, recorded_at=now))
        return True

    return import_rows(tx, name, content, MEASURE_COLUMNS, set(), apply, skip_bad=skip_bad)


def _check_day(box: NasUnit, on: date, today: date) -> None:
    if on > today:
        raise BadCell("on", f"{on} est dans l'avenir.")
    if on < box.start or (box.end is not None and on >= box.end):
        until = f" au {box.end} exclu" if box.end else ""
        raise BadCell("on", f"{box.serial} est chez {box.customer.code} du {box.start}{until} : pas le {on}.")
