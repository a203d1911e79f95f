"""The file of uses: which lines have some, the last count recorded, nothing overwritten; and the commands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import DatabaseError

from dcops.cli import cli
from dcops.contracts import held_store
from dcops.contracts.models import UsageCount
from dcops.contracts.usages import import_usages
from dcops.db import Database
from dcops.wiring import Parts
from inventory.errors import ImportRefused
from inventory.models import Customer, NasUnit
from inventory.orm import Transaction

NOW = datetime(2024, 6, 15, tzinfo=UTC)


def _customer(tx: Transaction) -> None:
    tx.add(Customer(code="roye", name="Roye", kind="commune"))
    tx.flush()


def _import(tx: Transaction, *rows: str) -> tuple[int, int]:
    report = import_usages(tx, "u.csv", "\n".join(["customer,code,year,quantity", *rows]), now=NOW)
    return report.imported, report.unchanged


def test_the_last_count_recorded_stands_and_those_before_are_kept(database: Database) -> None:
    with database.transaction() as tx:
        _customer(tx)
        assert _import(tx, "roye,marches-plateforme,2022,7", "roye,marches-plateforme,2023,12") == (2, 0)
        assert _import(tx, "roye,marches-plateforme,2023,12") == (0, 1)
        assert _import(tx, "roye,marches-plateforme,2023,0") == (1, 0)
        assert [(count.year, count.quantity) for count in held_store.counts(tx)] == [(2022, 7), (2023, 0)]
        assert [count.quantity for count in held_store.counts(tx, 2023)] == [Decimal(0)]
        assert tx.query(UsageCount).count() == 3
    with pytest.raises(DatabaseError), database.transaction() as tx:
        tx.query(UsageCount).delete()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("albert,marches-plateforme,2023,1", "client « albert » introuvable"),
        ("roye,vm1,2023,1", "n'est pas facturé au nombre de l'année précédente ; lignes : marches-plateforme"),
        ("roye,rien,2023,1", "n'est dans aucune grille"),
        ("roye,marches-plateforme,2025,1", "2025 n'a pas commencé"),
        ("roye,marches-plateforme,2023,1.5", "nombre entier"),
        ("roye,marches-plateforme,2023,-1", "il faut au moins 0"),
        ("roye,marches-plateforme,2023,1\nroye,marches-plateforme,2023,2", "déjà décrit autrement"),
    ],
)
def test_a_bad_row_refuses_the_whole_file(sqlite_database: Database, row: str, reason: str) -> None:
    with sqlite_database.transaction() as tx:
        _customer(tx)
        with pytest.raises(ImportRefused, match=reason):
            _import(tx, "roye,marches-plateforme,2022,3", *row.split("\n"))
        assert tx.query(UsageCount).count() == 0


def test_the_commands_import_list_and_rehearse(parts: Parts, tmp_path: Path) -> None:
    with parts.database.transaction() as tx:
        _customer(tx)
        tx.add(NasUnit(serial="S1", customer_id=1, start=date(2024, 1, 1)))
    uses, gb = tmp_path / "u.csv", tmp_path / "m.csv"
    uses.write_text("customer;code;year;quantity\nroye;marches-plateforme;2023;12\n", encoding="utf-8")
    gb.write_text("serial,on,gb\nS1,2024-03-01,70.5\n", encoding="utf-8")

    def run(*args: str) -> object:
        return json.loads(CliRunner().invoke(cli, [*args, "--json"], obj=parts, catch_exceptions=False).stdout)

    tried = run("usages", "import", str(uses), "--dry-run")
    assert isinstance(tried, dict)
    assert (tried["imported"], tried["dry_run"]) == (1, True)
    assert run("usages", "list") == []
    run("usages", "import", str(uses))
    assert run("usages", "list") == [{"customer": "roye", "code": "marches-plateforme", "year": 2023, "quantity": "12"}]
    measured = run("nas", "measures", str(gb))
    assert isinstance(measured, dict)
    assert measured["imported"] == 1
