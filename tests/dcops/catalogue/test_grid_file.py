"""A bad grid file is refused as a whole, by line and column, with what to do about it; nothing is written."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dcops.catalogue import grids, store
from dcops.catalogue.grid_file import COLUMNS, REQUIRED, parse
from dcops.db import Database
from inventory.csv_import import read_file
from inventory.errors import DomainError, ImportRefused, Invalid

HEADER = "section,service,code,label,unit,behaviour,member,nonmember"
WHOLE = ",".join(COLUMNS)
GOOD = "12,vm1,vm1,VM1,VM/year,annual_per_unit,430.00,quote"


def _row(**cells: str) -> str:
    values = {
        "section": "12", "service": "x", "code": "x", "label": "X", "unit": "U", "behaviour": "annual_per_unit",
        "member": "1", "nonmember": "2", **cells,
    }  # fmt: skip
    return ",".join(values.get(name, "") for name in COLUMNS)


BAD_CELLS = {
    "duplicate code": (_row(service="vm1", code="vm1"), "code", "« vm1 » est déjà à la ligne 2"),
    "negative price": (_row(member="-1"), "member", "jamais négatif"),
    "decimal comma": (_row(member='"12,50"'), "member", r"avec un point, 12\.50"),
    "decimal comma and space": (_row(member='"1 012,50"'), "member", r"avec un point, 1012\.50"),
    "seven decimals": (_row(nonmember="0.1234567"), "nonmember", "six décimales au plus"),
    "too large": (_row(member="1000000001"), "member", "au plus 1000000000"),
    "word": (_row(nonmember="gratuit"), "nonmember", "ni un prix"),
    "unknown behaviour": (_row(behaviour="au_pif"), "behaviour", "choisir parmi"),
    "unknown formula": (
        _row(behaviour="annual_formula", member="0.02*inhabitants", nonmember=""), "member", "formule inconnue",
    ),
    "unknown markup": (
        _row(behaviour="annual_formula_supplier_markup", member="supplier*2", nonmember=""),
        "member", "majoration illisible",
    ),
    "price for a formula": (
        _row(behaviour="annual_formula", member="12", nonmember=""), "member", "attend une formule",
    ),
    "unknown VAT category": (_row(vat_category="Z"), "vat_category", "choisir S"),
    "floor above cap": (_row(floor="90", cap="80"), "floor", "dépasse le maximum"),
    "floor of three decimals": (_row(floor="90.001"), "floor", "deux décimales"),
    "HTML in the label": (_row(label="<script>alert(1)</script>"), "label", "sans HTML"),
    "HTML in the note": (_row(note="voir <b>ici</b>"), "note", "sans HTML"),
    "entity": (_row(label="A &amp; B"), "label", "sans HTML"),
    "line break": (_row(label='"deux\nlignes"'), "label", "retour à la ligne"),
    "no code": (_row(code=""), "code", "valeur obligatoire absente"),
    "code that is none": (_row(code="VM 1"), "code", "un code s'écrit"),
    "unknown kind": (_row(kinds="commune|ville"), "kinds", "« ville » : genre de collectivité inconnu"),
    "account with letters": (_row(account="7O68"), "account", "compte budgétaire"),
    "bounds upside down": (_row(population_min="10", population_max="5"), "population_max", "sous la borne basse"),
    "bracket without bounds": (_row(behaviour="annual_bracket"), "population_min", "au moins une borne"),
    "pack without minutes": (
        _row(behaviour="prepaid_hours_pack", validity_months="36"), "minutes", "nécessaire à prepaid_hours_pack",
    ),
    "price of what is free": (_row(behaviour="included_free", nonmember=""), "member", "laisser le prix vide"),
    "hole": (_row(quantity_min="4"), "quantity_min", r"x laisse 1 à 3 sans prix"),
    "bracket not open": (_row(population_min="0", population_max="99"), "population_max", "100 et plus sans prix"),
    "overlap": (
        _row(code="y", population_min="0") + "\n" + _row(population_min="0", population_max="5"),
        "population_min", "se chevauchent à 0",
    ),
    "too many cells": (_row() + ",de,trop", "n° 24", "mettre entre guillemets"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_bad_cell_is_named_with_its_remedy_and_nothing_is_written(database: Database, name: str) -> None:
    row, column, reason = BAD_CELLS[name]
    text = f"{WHOLE}\n{_row(service='vm1', code='vm1')}\n{row}\n"
    with pytest.raises(ImportRefused, match=reason) as refused, database.transaction() as tx:
        grids.load(tx, text, "2025", date(2025, 1, 1), "x")
    ((line, where, _),) = refused.value.problems
    assert (line, where) == (4 if name == "overlap" else 3, column)
    _nothing_was_written(database)


def _nothing_was_written(database: Database) -> None:
    with database.transaction() as tx:
        assert [(grid.name, grid.end) for grid in store.history(tx)] == [("2023", date(2024, 1, 1)), ("2024", None)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", (1, "", "fichier vide : il faut une ligne d'en-tête.")),
        ("\n\n", (1, "", "fichier vide : il faut une ligne d'en-tête.")),
        (f"{HEADER.replace(',label', '')}\n", (1, "label", "colonne manquante.")),
        (f"{HEADER.replace(',nonmember', '')}\n{GOOD[:-6]}\n", (1, "nonmember", "colonne manquante.")),
        (f"{HEADER},section\n", (1, "section", "colonne présente deux fois.")),
    ],
)
def test_a_bad_header_is_told(database: Database, text: str, problem: tuple[int, str, str]) -> None:
    with pytest.raises(ImportRefused) as refused, database.transaction() as tx:
        grids.load(tx, text, "2025", date(2025, 1, 1), "x")
    assert refused.value.problems == [problem]
    _nothing_was_written(database)


def test_a_file_without_lines_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="aucune ligne sous son en-tête"), database.transaction() as tx:
        grids.load(tx, HEADER, "2025", date(2025, 1, 1), "x")
    _nothing_was_written(database)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (f"{HEADER}\n{GOOD.replace('VM1', 'Forfait engagé')}\n".encode("latin-1"), r"l'octet \d+ \(ligne 2\)"),
        (f"{HEADER}\n{GOOD}\n".encode("utf-16"), r"l'octet 0 \(ligne 1\)"),
        (f"{HEADER}\n{GOOD}\n".encode("utf-16-le"), "fichier en UTF-16"),
    ],
    ids=["latin-1", "utf-16", "utf-16 without mark"],
)
def test_another_encoding_is_refused_with_the_one_to_choose(
    database: Database, tmp_path: Path, content: bytes, where: str
) -> None:
    file = tmp_path / "2025.csv"
    file.write_bytes(content)
    with pytest.raises(DomainError, match=f"{where}.*CSV UTF-8"), database.transaction() as tx:
        grids.load(tx, read_file(file), "2025", date(2025, 1, 1), "x")
    _nothing_was_written(database)


def test_a_byte_order_mark_and_semicolons_are_read(tmp_path: Path) -> None:
    file = tmp_path / "2025.csv"
    file.write_bytes(f"{HEADER}\n{GOOD}\n".replace(",", ";").encode("utf-8-sig"))
    (line,), problems = parse(read_file(file), "2025", "x")
    assert problems == []
    assert (line.member_price, line.nonmember_word) == (Decimal("430.00"), "quote")


def test_account_and_kinds_are_kept(database: Database) -> None:
    row = _row(kinds="metropole | Department", account="70688")
    with database.transaction() as tx:
        grids.load(tx, f"{WHOLE}\n{row}\n", "2025", date(2025, 1, 1), "x")
    with database.transaction() as tx:
        (line,) = store.tariff_named(tx, "2025").lines
    assert (line.kinds, line.account) == ("department|metropole", "70688")


def test_less_than_a_number_is_no_html() -> None:
    row = _row(label="Communes < 499 habitants & EPCI > 2")
    (line,), problems = parse(f"{WHOLE}\n{row}\n", "2025", "x")
    assert problems == []
    assert line.label == "Communes < 499 habitants & EPCI > 2"


def test_every_problem_of_a_file_is_told_at_once() -> None:
    rows = [_row(member="-1"), _row(code="y", vat_category="Z"), _row(code="z", floor="9", cap="1")]
    _, problems = parse("\n".join([WHOLE, *rows]), "2025", "x")
    assert [(line, column) for line, column, _ in problems] == [(2, "member"), (3, "vat_category"), (4, "floor")]


def test_columns_are_documented_with_those_that_may_be_left_out() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "tariffs.md").read_text(encoding="utf-8")
    heads = " ".join(row.split("|")[1] for row in page.splitlines() if row.startswith("| `"))
    told = dict(re.findall(r"`(\w+)`(°?)", heads))
    needed = {*REQUIRED, "member", "nonmember"}
    assert told == {name: "" if name in needed else "°" for name in COLUMNS}
