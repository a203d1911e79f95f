"""The file of subscriptions tells what was first agreed; what bills depend on is changed by amendments only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dcops.contracts.amendments import record
from dcops.contracts.changes import Draft
from dcops.contracts.imports import COLUMNS, import_subscriptions
from dcops.contracts.store import subscriptions
from dcops.db import Database
from inventory.errors import ImportRefused
from inventory.orm import Transaction
from tests.dcops.contracts.world import NOW, customers

HEADER = ";".join(COLUMNS) + "\n"
ROW = "albert;maint-poste;6;2024-01-01;;;;24;3;12\n"


def load(tx: Transaction, rows: str, billed: set[int] | None = None) -> object:
    return import_subscriptions(tx, "s.csv", HEADER + rows, now=NOW, billed=billed or set())


def test_what_binds_a_subscription_is_imported(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        load(tx, ROW + "albert;domaine-autre-ext;2;2024-01-01;;;30.00;;;\n")
        assert import_subscriptions(tx, "s.csv", HEADER + ROW).unchanged == 1
    with database.transaction() as tx:
        domain, maintenance = subscriptions(tx)
        assert (domain.supplier_price, domain.commitment_months) == (Decimal(30), None)
        assert (maintenance.commitment_months, maintenance.notice_months, maintenance.renewal_months) == (24, 3, 12)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("albert;domaine-autre-ext;2;2024-01-01;;;;;;", "supplier_price"),
        ("albert;maint-poste;2;2024-01-01;;;;601;;", "commitment_months"),
        ("albert;maint-poste;2;2024-01-01;;;;;-1;", "notice_months"),
        ("albert;maint-poste;2;2024-01-01;;;;;;1.5", "renewal_months"),
        ("albert;maint-poste;2;2024-01-01;;;-3;;;", "supplier_price"),
        ("albert;assist-5h;1;2024-03-01;;;;12;;", "commitment_months"),
    ],
)
def test_a_bad_cell_is_named(sqlite_database: Database, row: str, column: str) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        with pytest.raises(ImportRefused) as refused:
            load(tx, row + "\n")
        assert [(line, where) for line, where, _ in refused.value.problems] == [(2, column)]


CORRECTED = ROW.replace(";6;", ";7;")
ENDED = ROW.replace("2024-01-01;;", "2024-01-01;2025-01-01;")


def test_what_nothing_depends_on_yet_is_corrected(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        load(tx, ROW)
        load(tx, CORRECTED)
        assert [row.quantity for row in subscriptions(tx)] == [7]


@pytest.mark.parametrize(
    ("row", "column", "remedy"),
    [(CORRECTED, "quantity", "dcops subscriptions amend 1"), (ENDED, "to", "dcops subscriptions end 1")],
)
def test_what_was_billed_or_amended_is_not_rewritten(database: Database, row: str, column: str, remedy: str) -> None:
    with database.transaction() as tx:
        customers(tx)
        load(tx, ROW)
        with pytest.raises(ImportRefused, match="déjà facturé") as refused:
            load(tx, row, billed={1})
        assert refused.value.problems[0][1] == column
        assert remedy in refused.value.problems[0][2]
        record(tx, 1, Draft("change", date(2024, 6, 1), quantity=Decimal(8)), "d", "2 postes de plus", NOW)
        with pytest.raises(ImportRefused, match="a des avenants"):
            load(tx, row)
        load(tx, ROW.replace(";24;", ";36;"), billed={1})  # no bill depends on it
        assert [(each.quantity, each.end, each.commitment_months) for each in subscriptions(tx)] == [(6, None, 36)]


def test_a_file_without_the_new_columns_leaves_them(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        load(tx, ROW)
        short = "customer;code;quantity;from\nalbert;maint-poste;6;2024-01-01\n"
        assert import_subscriptions(tx, "s.csv", short, billed={1}).unchanged == 1


def test_a_line_of_other_customers_is_taken_with_a_warning(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        report = import_subscriptions(tx, "s.csv", HEADER + "albert;connect-epci;1;2024-01-01;;;;;;\n")
        assert (report.imported, report.document()["warnings"][0]["line"]) == (1, 2)
        assert "attention, ligne 2, colonne code : connect-epci" in report.human()
        assert "réservée aux EPCI" in report.human()
