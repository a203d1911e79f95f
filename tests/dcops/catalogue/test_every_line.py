"""Every line of the customer's grid, quoted to both classes in both years, against figures worked out from its CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from dcops.catalogue.quoting import quote_for
from dcops.db import Database
from inventory.errors import DomainError
from inventory.models import Customer, Membership, Population

Row = dict[str, str]
KINDS = {
    "demat-epci": "epci", "intramuros-epci": "epci", "connect-epci": "epci", "connect-cd80-am": "department",
    "demat-autre": "other", "connect-autre": "other",
}  # fmt: skip
"""For whom a service is, where it is not for communes."""
QUANTITIES = ("3", "200")
WITHOUT_PRICE = ("included_free", "information_only", "third_party_group_purchase", "quote_only")
SUPPLIER = Decimal("17.35")


def _rows(seed: Path) -> list[Row]:
    return list(csv.DictReader((seed / "tariffs.csv").open(encoding="utf-8")))


def _population(row: Row) -> int:
    """In the middle of the bracket."""
    if not row["population_min"]:
        return 4321
    low = int(row["population_min"])
    return (low + int(row["population_max"] or low + 3000)) // 2


def _cents(exact: Decimal) -> str:
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _expected(row: Row, printed: str, quantity: Decimal) -> str:
    """The amount, or the refusal, that the document's words mean."""
    behaviour, people = row["behaviour"], _population(row)
    if behaviour == "included_free":
        return "0.00"
    if behaviour in WITHOUT_PRICE or printed == "quote":
        return "QuoteOnly"
    if printed in ("", "n/a"):
        return "NotApplicable" if printed else "NotSold"
    if behaviour == "annual_formula_supplier_markup":
        percent = Decimal(printed.removeprefix("supplier+").removesuffix("%"))
        return _cents(SUPPLIER * (100 + percent) / 100 * quantity)
    if printed == "0.01*inhabitants*12":
        return _cents(Decimal("0.01") * people * 12 * quantity)
    if printed == "(100+0.01*inhabitants)*12":
        return _cents((100 + Decimal("0.01") * people) * 12 * Decimal("0.95") * quantity)
    return _cents(_priced(row, Decimal(printed), quantity, people))


def _priced(row: Row, price: Decimal, quantity: Decimal, people: int) -> Decimal:
    if row["behaviour"] == "annual_per_inhabitant":
        return _bounded(row, price * people)
    if row["behaviour"] == "annual_per_usage_prev_year":
        return _bounded(row, price * quantity)
    if row["behaviour"] == "one_off_multi_year":
        return price
    if row["behaviour"] == "annual_per_unit_above_threshold":
        return price * max(Decimal(0), quantity - 10)
    return price * quantity


def _bounded(row: Row, amount: Decimal) -> Decimal:
    amount = max(amount, Decimal(row["floor"])) if row["floor"] else amount
    return min(amount, Decimal(row["cap"])) if row["cap"] else amount


def _printed_of(row: Row, rows: list[Row], member: bool, year: str) -> tuple[Row, str] | None:
    """The line and the cell that answer; None where the year has no such line.

    Asked by its code, which is its service's too, ``domaine-std`` is for members the line of the eleventh name on.
    """
    column = f"{'' if member else 'non'}member_{year}"
    both = (row[f"member_{year}"], row[f"nonmember_{year}"])
    if not any(both) and row["behaviour"] not in WITHOUT_PRICE:
        return None
    if row["code"] == "domaine-std" and member:
        row = next(other for other in rows if other["code"] == "domaine-std-sup10")
    return row, row[column]


def _cases(rows: list[Row], member: bool, year: str) -> Iterator[tuple[Row, str, str]]:
    for row in rows:
        quantities = ("1",) if row["code"].startswith("av-forfait") else QUANTITIES
        for quantity in quantities:
            found = _printed_of(row, rows, member, year)
            yield row, quantity, "NotFound" if found is None else _expected(*found, Decimal(quantity))


def _customer(row: Row, member: bool) -> str:
    return f"{KINDS.get(row['service'], 'commune')}-{_population(row)}-{'member' if member else 'other'}"


def _add_customers(database: Database, rows: list[Row], member: bool) -> None:
    """Customers of each kind and population that the lines are for."""
    with database.transaction() as tx:
        for code in {_customer(row, member) for row in rows}:
            kind, people, _ = code.rsplit("-", 2)
            since = [Membership(start=date(2020, 1, 1))] if member else []
            counted = [Population(year=2020, base="municipal", inhabitants=int(people))]
            tx.add(Customer(code=code, name=code, kind=kind, memberships=since, populations=counted))


@pytest.mark.parametrize("year", ["2023", "2024"])
@pytest.mark.parametrize("member", [True, False], ids=["member", "nonmember"])
def test_every_line_costs_what_the_document_says(
    sqlite_database: Database, seed: Path, member: bool, year: str
) -> None:
    rows = _rows(seed)
    _add_customers(sqlite_database, rows, member)
    on = date(int(year), 6, 15)
    found, expected = {}, {}
    with sqlite_database.transaction() as tx:
        for row, quantity, outcome in _cases(rows, member, year):
            asked = (row["code"], quantity)
            expected[asked] = outcome
            try:
                quoted = quote_for(tx, row["code"], _customer(row, member), on, Decimal(quantity), SUPPLIER)
                found[asked] = str(quoted.amount)
            except DomainError as refused:
                found[asked] = type(refused).__name__
    assert len(rows) == 73
    assert found == expected


def test_what_the_table_holds_is_not_refusals_only(seed: Path) -> None:
    rows = _rows(seed)
    outcomes = [outcome for year in ("2023", "2024") for _, _, outcome in _cases(rows, True, year)]
    amounts = {outcome for outcome in outcomes if outcome[0].isdigit()}
    assert {"NotSold", "NotFound", "QuoteOnly"} <= set(outcomes)
    assert len(amounts) > 60
