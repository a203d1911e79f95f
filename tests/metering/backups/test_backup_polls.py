"""What a backup server says becomes the measure of the day, once; what it does not say becomes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from dcops.db import Database
from inventory.backups import GB
from inventory.facts import BACKUPS, BackupStore, Scope, ScopeStatus, Snapshot
from inventory.models import Customer, NasUnit
from inventory.orm import Transaction
from metering.backups.backup_polls import record_stores
from metering.models import BackupMeasure

NOW = datetime(2024, 6, 15, 22, 30, tzinfo=UTC)  # already the 16th in Paris
TODAY = date(2024, 6, 16)


def boxes(tx: Transaction) -> None:
    roye, conty = (Customer(code=code, name=code.title(), kind="commune") for code in ("roye", "conty"))
    for serial, customer, end in (("S1", roye, None), ("S2", conty, None), ("S3", conty, TODAY)):
        tx.add(NasUnit(serial=serial, customer=customer, plan_gb=60, start=date(2024, 1, 1), end=end))
    tx.flush()


def told(*stores: tuple[str, float | None, str | None], status: ScopeStatus = ScopeStatus.COMPLETE) -> Snapshot:
    facts = tuple(
        BackupStore("pbs-1", name, None if gb is None else int(gb * GB), None, 1, None, holder)
        for name, gb, holder in stores
    )
    return Snapshot("pbs-1", "real", NOW, 0.1, (Scope("pbs-1", status, facts, subject=BACKUPS),))


def kept(tx: Transaction) -> list[tuple[str, date, Decimal, str]]:
    rows = tx.query(BackupMeasure).order_by(BackupMeasure.id)
    return [(row.nas_unit.serial, row.on, row.gb, row.author) for row in rows]


def test_the_day_has_a_new_measure_only_when_the_server_says_something_else(database: Database) -> None:
    with database.transaction() as tx:
        boxes(tx)
        assert record_stores(tx, [told(("s1", 70.126, None), ("nas", 12, "conty"))], NOW) == 2
    with database.transaction() as tx:
        assert record_stores(tx, [told(("s1", 70.126, None), ("nas", 12, "conty"))], NOW) == 0
        assert record_stores(tx, [told(("s1", 71, None))], NOW) == 1
        assert record_stores(tx, [told(("s1", 70.126, None))], NOW) == 1
        assert record_stores(tx, [told(("s1", 70.126, None))], NOW + timedelta(days=1)) == 1
        assert kept(tx) == [
            ("S1", TODAY, Decimal("70.13"), "pbs:pbs-1"),
            ("S2", TODAY, Decimal(12), "pbs:pbs-1"),
            ("S1", TODAY, Decimal(71), "pbs:pbs-1"),
            ("S1", TODAY, Decimal("70.13"), "pbs:pbs-1"),
            ("S1", date(2024, 6, 17), Decimal("70.13"), "pbs:pbs-1"),
        ]


def test_what_is_not_told_or_not_sold_today_is_not_measured(sqlite_database: Database) -> None:
    failed = Snapshot("pbs-2", "real", NOW, 0.1, (Scope("pbs-2", ScopeStatus.FAILED, subject=BACKUPS),))
    with sqlite_database.transaction() as tx:
        boxes(tx)
        partial = told(("s1", None, None), ("S3", 5, None), ("autre", 9, None), status=ScopeStatus.PARTIAL)
        assert record_stores(tx, [partial, failed], NOW) == 0
        assert record_stores(tx, [], NOW) == 0
        assert kept(tx) == []


def test_datastores_of_one_box_are_added(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        boxes(tx)
        assert record_stores(tx, [told(("S1", 40, None), ("bis", 2.5, "s1"))], NOW) == 1
        assert kept(tx)[0][2] == Decimal("42.5")
        assert record_stores(tx, [told(("S1", 50, None), ("bis", None, "s1"))], NOW) == 0
