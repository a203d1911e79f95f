"""The file of customers tells where invoices go, and populations and memberships row by row."""

from __future__ import annotations

import pytest

from dcops.db import Database
from inventory import store
from inventory.customer_imports import CUSTOMER_COLUMNS, import_customers
from inventory.errors import ImportRefused

HEADER = "code;name;kind;siret;address;postcode;city;paying_service;order_number_required;order_number\n"
ROW = "albert;Albert;commune;73282932000074;1 place d'Armes;80300;Albert;SERV-1;yes;ENG-2024-7\n"


def test_the_billing_identity_is_imported_and_brought_up_to_date(database: Database) -> None:
    with database.transaction() as tx:
        assert import_customers(tx, "c.csv", HEADER + ROW).imported == 1
        assert import_customers(tx, "c.csv", HEADER + ROW).unchanged == 1
    with database.transaction() as tx:
        albert = store.customer(tx, "albert")
        assert (albert.siren, albert.address, albert.postcode, albert.city) == (
            "732829320", "1 place d'Armes", "80300", "Albert",
        )  # fmt: skip
        assert (albert.paying_service, albert.order_number_required, albert.order_number) == (
            "SERV-1", True, "ENG-2024-7",
        )  # fmt: skip
        emptied = "albert;Albert;commune;73282932000074;;;;;;\n"
        assert import_customers(tx, "c.csv", HEADER + emptied).imported == 1
        assert (albert.address, albert.postcode, albert.order_number_required) == ("", None, False)


def test_a_file_without_these_columns_leaves_them_as_they_are(database: Database) -> None:
    with database.transaction() as tx:
        import_customers(tx, "c.csv", HEADER + ROW)
        assert import_customers(tx, "c.csv", "code;name;kind\nalbert;Albert;commune\n").unchanged == 1
        albert = store.customer(tx, "albert")
        assert (albert.address, albert.order_number_required) == ("1 place d'Armes", True)


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("postcode", "8030", "cinq chiffres"),
        ("postcode", "80 300", "cinq chiffres"),
        ("city", "x" * 101, "100 au plus"),
        ("address", "x" * 201, "200 au plus"),
        ("paying_service", "x" * 101, "100 au plus"),
        ("order_number", "x" * 51, "50 au plus"),
        ("order_number_required", "maybe", "choisir parmi"),
        ("siret", "73282932000075", "clé de contrôle"),
    ],
)
def test_a_bad_cell_is_named(sqlite_database: Database, column: str, cell: str, words: str) -> None:
    names = HEADER.strip().split(";")
    cells = dict(zip(names, ROW.strip().split(";"), strict=True)) | {column: cell}
    with sqlite_database.transaction() as tx, pytest.raises(ImportRefused) as refused:
        import_customers(tx, "c.csv", HEADER + ";".join(cells[name] for name in names) + "\n")
    assert [(line, where) for line, where, _ in refused.value.problems] == [(2, column)]
    assert words in refused.value.problems[0][2]


def test_a_customer_has_a_row_per_year_of_population_and_per_membership(database: Database) -> None:
    content = (
        "code,name,kind,population,population_year,population_base,member_from,member_to\n"
        "albert,Albert,commune,9500,2023,municipal,2014-01-01,2020-01-01\n"
        "albert,Albert,commune,9700,2024,total,2014-01-01,2020-01-01\n"
        "albert,Albert,commune,9400,,,2022-01-01,\n"
    )
    with database.transaction() as tx:
        assert import_customers(tx, "c.csv", content).imported == 3
        assert import_customers(tx, "c.csv", content).unchanged == 3
    with database.transaction() as tx:
        albert = store.customer(tx, "albert")
        told = {(one.year, one.base, one.inhabitants) for one in albert.populations}
        assert told == {(2023, "municipal", 9500), (2024, "total", 9700), (None, "municipal", 9400)}
        assert [one.start.year for one in albert.memberships] == [2014, 2022]


@pytest.mark.parametrize(
    ("rows", "line", "column"),
    [
        ("a,A,commune,10,2024,,,\na,A,commune,11,2024,,,\n", 3, "population_year"),
        ("a,A,commune,10,2023,,2020-01-01,\na,A,commune,11,2024,,2020-01-01,2021-01-01\n", 3, "member_from"),
        ("a,A,commune,,2024,,,\n", 2, "population"),
        ("a,A,commune,,,total,,\n", 2, "population"),
    ],
)
def test_rows_that_contradict_or_tell_half_are_refused(
    sqlite_database: Database, rows: str, line: int, column: str
) -> None:
    header = "code,name,kind,population,population_year,population_base,member_from,member_to\n"
    with sqlite_database.transaction() as tx, pytest.raises(ImportRefused) as refused:
        import_customers(tx, "c.csv", header + rows)
    assert [(where, name) for where, name, _ in refused.value.problems] == [(line, column)]


def test_an_export_has_every_column_of_an_import() -> None:
    from dcops.commands.customers import IDENTITY

    dated = ("population", "member_")
    assert set(IDENTITY) == {column for column in CUSTOMER_COLUMNS if not column.startswith(dated)}
