"""Every fault of a CSV file is named by line and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.csv_import import (
    Row,
    choice,
    day,
    decimal,
    instant,
    integer,
    integer_between,
    read_file,
    read_rows,
    text,
    text_up_to,
)
from inventory.errors import ImportRefused, Invalid

COLUMNS = {"name": text, "size": integer, "from": day}
OPTIONAL = frozenset({"from"})


def test_semicolons_bom_crlf_and_quotes() -> None:
    content = '\ufeffname;size;from\r\n"Baie; A";2;2024-01-01\r\n\r\n b ; 3 ;\r\n'
    rows, problems = read_rows(content, COLUMNS, OPTIONAL)
    assert problems == []
    assert rows == [
        Row(2, {"name": "Baie; A", "size": 2, "from": date(2024, 1, 1)}),
        Row(4, {"name": "b", "size": 3, "from": None}),
    ]


def test_commas_any_column_order_and_an_optional_column_left_out() -> None:
    rows, problems = read_rows("Size, Name\n1,a\n", COLUMNS, OPTIONAL)
    assert problems == []
    assert rows == [Row(2, {"name": "a", "size": 1, "from": None}, frozenset({"from"}))]


def test_a_quoted_cell_over_two_lines_keeps_the_line_of_the_next_rows() -> None:
    _, problems = read_rows('name,size\n"a\nb",1\nc,x\n', COLUMNS, OPTIONAL)
    assert [(line, column) for line, column, _ in problems] == [(2, "name"), (4, "size")]


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        ("", 1, "", "vide"),
        ("\n\n", 1, "", "vide"),
        ("name;from\n", 1, "size", "manquante"),
        ("name;size;taille\n", 1, "taille", "inconnue"),
        ("name;size;name\n", 1, "name", "deux fois"),
        ("name;;size\n", 1, "n° 2", "inconnue"),
        ("name;size\n;1\n", 2, "name", "obligatoire"),
        ("name;size\na;1\nb\n", 3, "size", "1 cellule au lieu de 2"),
        ("name;size\na;1;2\n", 2, "n° 3", "3 cellules au lieu de 2"),
        ("name;size\na;1.5\n", 2, "size", "entier"),
        ("name;size;from\na;1;01/03/2024\n", 2, "from", "2024-03-01"),
        ("name;size;from\na;1;2024-02-30\n", 2, "from", "n'existe pas"),
        ("name;size;from\na;1;20240301\n", 2, "from", "2024-03-01"),
        ('name;size\n"a;1\n', 2, "", "guillemets"),
        ("name;size\na\x00b;1\n", 2, "name", "contrôle"),
    ],
)
def test_a_fault_is_named_by_line_and_column(content: str, line: int, column: str, words: str) -> None:
    rows, problems = read_rows(content, COLUMNS, OPTIONAL)
    assert rows == [] if line == 1 else all(row.line != line for row in rows)
    assert [(found, name) for found, name, _ in problems] == [(line, column)]
    assert words in problems[0][2]


def test_every_fault_of_a_row_is_told_at_once() -> None:
    _, problems = read_rows("name;size;from\n;x;y\n", COLUMNS, OPTIONAL)
    assert [column for _, column, _ in problems] == ["name", "size", "from"]


@pytest.mark.parametrize("cell", ["1,5", "1 000", "1e3", "NaN", "٣", ".5", "1_0"])
def test_a_decimal_is_never_guessed(cell: str) -> None:
    with pytest.raises(ValueError, match="«"):
        decimal(cell)


def test_converters_give_exact_values() -> None:
    assert decimal("-12.340") == Decimal("-12.340")
    assert integer("-7") == -7
    assert choice("full", "half")("Half") == "half"
    assert instant("2024-03-01T00:00:00+01:00").utcoffset() is not None
    assert text_up_to(3)("été") == "été"


@pytest.mark.parametrize(
    ("converter", "cell"),
    [
        (integer, "1_000"),
        (integer, "٣"),
        (integer_between(1, 9), "0"),
        (integer_between(1, 9), "10"),
        (choice("full", "half"), "third"),
        (instant, "2024-03-01T00:00:00"),
        (instant, "hier"),
        (text_up_to(3), "quatre"),
    ],
)
def test_converters_refuse(converter: object, cell: str) -> None:
    with pytest.raises(ValueError):
        converter(cell)  # type: ignore[operator]


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    path.write_bytes("name\nFriville-Escarbotin é".encode("latin-1"))
    with pytest.raises(Invalid, match=r"communes\.csv : l'octet 25 \(ligne 2\) "):
        read_file(path)
    with pytest.raises(Invalid, match=r"absent\.csv"):
        read_file(tmp_path / "absent.csv")


def test_a_problem_of_a_whole_line_names_no_column() -> None:
    refused = ImportRefused("a.csv", [(1, "", "fichier vide."), (2, "name", "valeur obligatoire absente.")])
    assert str(refused).splitlines() == [
        "a.csv : 2 erreurs, rien n'a été importé.",
        "  ligne 1 : fichier vide.",
        "  ligne 2, colonne name : valeur obligatoire absente.",
    ]


@pytest.mark.parametrize(
    "text", ["name;size;;\r\na;1;;\r\n;;;\r\n", "sep=;\r\nname;size\r\na;1\r\n", "name,size\na,1,,\n"]
)
def test_what_a_spreadsheet_adds_is_left_aside(text: str) -> None:
    rows, problems = read_rows(text, COLUMNS, OPTIONAL)
    assert problems == []
    assert [row.values for row in rows] == [{"name": "a", "size": 1, "from": None}]


def test_a_filled_cell_under_no_column_is_a_problem() -> None:
    assert read_rows("name;size;\na;1;x\n", COLUMNS, OPTIONAL)[1] == [
        (2, "n° 3", "3 cellules au lieu de 2 : mettre entre guillemets ce qui contient le séparateur.")
    ]
