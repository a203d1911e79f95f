"""``dcops tariffs`` as a script and a person call it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcops.catalogue import grids
from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import NotFound
from inventory.models import Customer, Membership

HEADER = "section;service;code;label;unit;behaviour;member;nonmember"
ROW = "13;dc-baie-42u;dc-baie-42u;Baie;rack share/year;annual_per_unit;8500.00;9300.00"
QUOTE = ("tariffs", "quote", "dc-baie-42u", "--customer", "abbeville", "--on", "2024-03-01")


@pytest.fixture
def abbeville(parts: Parts) -> Parts:
    with parts.database.transaction() as tx:
        member = Membership(start=date(2020, 1, 1))
        tx.add(Customer(code="abbeville", name="Abbeville", kind="commune", memberships=[member]))
    return parts


def run(parts: Parts, *args: str) -> Result:
    return CliRunner().invoke(cli, list(args), obj=parts)


def test_list_says_words_and_prices_apart(parts: Parts) -> None:
    document = json.loads(run(parts, "tariffs", "list", "--year", "2024", "--json").stdout)
    cells = {line["code"]: (line["member"], line["nonmember"]) for line in document["lines"]}
    assert document["tariff"] == "2024"
    assert cells["dc-elec"] == ("0.20", "0.22")
    assert cells["dc-espace-privatif"] == ("quote", "quote")
    assert cells["backup-autre"] == ("", "")
    human = run(parts, "tariffs", "list", "--year", "2023").stdout
    assert "8\u00a0400,00\u00a0€" in human
    assert "assist-5h" not in human


def test_quote(abbeville: Parts) -> None:
    document = json.loads(run(abbeville, *QUOTE, "--json").stdout)
    assert (document["amount"], document["member"], document["tariff"]) == ("8400.00", True, "2024")
    assert "8\u00a0400,00\u00a0€" in run(abbeville, *QUOTE).stdout


@pytest.mark.parametrize("quantity", ["-1", "beaucoup", "nan", "1,5", "1e30", "Infinity"])
def test_a_quantity_that_is_no_number_is_wrong_usage(abbeville: Parts, quantity: str) -> None:
    assert run(abbeville, *QUOTE, "--quantity", quantity).exit_code == 2


def test_an_unknown_year_is_refused(parts: Parts) -> None:
    assert isinstance(run(parts, "tariffs", "list", "--year", "2019").exception, NotFound)


def test_load_a_new_vote(abbeville: Parts, tmp_path: Path) -> None:
    file = tmp_path / "2025.csv"
    file.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    options = ("--name", "2025", "--from", "2025-01-01", "--deliberation", "Comité du 3 février 2025")
    assert json.loads(run(abbeville, "tariffs", "load", str(file), *options, "--json").stdout)["lines"] == 1
    later = (*QUOTE[:-1], "2025-06-01", "--json")
    assert json.loads(run(abbeville, *later).stdout)["amount"] == "8500.00"
    assert json.loads(run(abbeville, *QUOTE, "--json").stdout)["amount"] == "8400.00"


def test_check_finds_nothing_wrong_in_the_shipped_grids(parts: Parts) -> None:
    found = run(parts, "tariffs", "check", "--json")
    assert (json.loads(found.stdout), found.exit_code) == ({"faults": []}, 0)


def test_check_names_ordered_lines_that_a_new_vote_forgot(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        grids.load(tx, f"{HEADER}\n{ROW}\n", "2025", date(2025, 1, 1), "x")
    found = run(parts, "tariffs", "check")
    assert found.exit_code == 1
    assert "grille 2025 : la ligne vm1 manque." in found.stdout


def test_diff_shows_what_a_vote_would_change(parts: Parts, tmp_path: Path) -> None:
    file = tmp_path / "2025.csv"
    lines = grids.shipped_text("2024").replace("per_consumption,0.20,0.22", "per_consumption,0.21,0.22")
    file.write_text(lines + "12,vm-gpu,vm-gpu,GPU,GPU/year,annual_per_unit,100,quote,,,,,,,,,,,,,\n", encoding="utf-8")
    document = json.loads(run(parts, "tariffs", "diff", str(file), "--on", "2024-12-01", "--json").stdout)
    assert document == {
        "against": "2024", "added": ["vm-gpu"], "removed": [],
        "changed": [{"code": "dc-elec", "column": "member_price", "before": "0.20", "after": "0.21"}],
    }  # fmt: skip
    assert json.loads(run(parts, "tariffs", "diff", str(file), "--json").stdout) == document  # the grid of today
