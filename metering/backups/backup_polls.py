"""What backup servers say that boxes hold, kept as measures of the day on which they were asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from inventory import store as inventory_store
from inventory.backups import GB, Boxes, held_bytes
from inventory.clock import civil_date
from inventory.facts import BackupStore, Snapshot
from inventory.match import REAL
from inventory.orm import Transaction
from metering.backups import backup_store
from metering.models import BackupMeasure

_CENT = Decimal("0.01")


def record_stores(tx: Transaction, snapshots: Iterable[Snapshot], now: datetime) -> int:
    """Append what each box in force today is told to hold, where it is not what was last said of today; how many.

    A datastore of which the bytes are not told, or that may be several boxes, says nothing of any.
    """
    today = civil_date(now)
    boxes = {unit.serial: unit for unit in inventory_store.nas_units(tx, on=today)}
    known = backup_store.measures_of_day(tx, today)
    known_as = Boxes({serial: unit.customer.code for serial, unit in boxes.items()})
    appended = 0
    for serial, stores in known_as.stores(_told(snapshots)).items():
        size, box = held_bytes(stores), boxes[serial]
        if size is None or known.get(box.id) == (gb := gb_measured(size)):
            continue
        author = f"pbs:{stores[0].server}"[:100]
        tx.add(BackupMeasure(nas_unit_id=box.id, on=today, gb=gb, author=author, recorded_at=now))
        appended += 1
    tx.flush()
    return appended


def gb_measured(size: int) -> Decimal:
    """Bytes as GB of a measure, to the hundredth."""
    return (Decimal(size) / GB).quantize(_CENT, ROUND_HALF_UP)


def _told(snapshots: Iterable[Snapshot]) -> list[BackupStore]:
    scopes = [scope for snapshot in snapshots if snapshot.kind == REAL for scope in snapshot.scopes]
    return [fact for scope in scopes for fact in scope.facts if isinstance(fact, BackupStore)]
