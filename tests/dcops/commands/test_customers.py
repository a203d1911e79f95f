"""``dcops customers`` as a script calls it: a whole department, and one customer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import ImportRefused, Invalid, NotFound
from tests.inventory.test_commune_imports import FILE


@pytest.fixture
def communes(tmp_path: Path) -> Path:
    path = tmp_path / "communes.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, ["customers", *map(str, args)], obj=parts)


def told(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def test_a_department_enters_in_one_command(parts: Parts, communes: Path) -> None:
    options = ("--population-year", 2024, "--member-from", "2020-01-01")
    rehearsed = told(parts, "import-communes", communes, *options, "--dry-run")
    assert (rehearsed["dry_run"], rehearsed["communes"]["added"], told(parts, "list")) == (True, 3, [])
    assert told(parts, "import-communes", communes, *options)["epci"] == {"added": 2, "updated": 0, "unchanged": 0}
    again = told(parts, "import-communes", communes, *options)
    assert again["communes"] == {"added": 0, "updated": 0, "unchanged": 3}
    assert again["epci_populations"][0] == {
        "name": "CA de la Baie de Somme", "siren": "200070993", "communes": 2, "inhabitants": 24353,
    }  # fmt: skip
    total = told(parts, "import-communes", communes, "--population-year", 2025, "--base", "total")
    assert total["communes"]["updated"] == 3


def test_one_customer_is_shown_with_what_its_invoices_lack(parts: Parts, communes: Path) -> None:
    told(parts, "import-communes", communes, "--population-year", 2024, "--member-from", "2020-01-01")
    shown = told(parts, "show", "amiens")
    assert (shown["city"], shown["member"], shown["missing"]) == ("Amiens", True, ["le SIRET"])
    assert shown["populations"] == [{"year": 2024, "base": "municipal", "inhabitants": 136449}]
    human = run(parts, "show", "amiens").stdout
    assert "adhésion depuis le 01/01/2020" in human
    assert "identité incomplète : il manque le SIRET." in human
    assert isinstance(run(parts, "show", "nulle-part").exception, NotFound)


def test_a_bad_file_or_a_bad_column_is_refused(parts: Parts, communes: Path) -> None:
    communes.write_text(FILE + "800,X,1,,,,,,\n", encoding="utf-8")
    assert isinstance(run(parts, "import-communes", communes).exception, ImportRefused)
    assert told(parts, "list") == []
    assert told(parts, "import-communes", communes, "--skip-bad")["skipped"] == 1
    wrong = run(parts, "import-communes", communes, "--base", "total", "--population-column", "population")
    assert isinstance(wrong.exception, Invalid)
