"""The workbook and the command of a simulation: the same values everywhere, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcops.billing.comparison import Cell, Simulation
from dcops.billing.simulation_workbook import workbook
from dcops.catalogue.grids import shipped_text
from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import ImportRefused, Invalid, NotFound
from inventory.models import Customer, Machine, Membership
from tests.dcops.sheets import cells_of, charts_of, sheets_of

FIRST, END = date(2024, 1, 1), date(2025, 1, 1)


def _cell(customer: str, section: str, code: str, before: str | None, after: str | None, lost: str = "") -> Cell:
    amounts = [None if amount is None else Decimal(amount) for amount in (before, after)]
    return Cell(customer, section, code, f"Ligne {code}", "web", FIRST, END, amounts[0], amounts[1], lost)


SIMULATION = Simulation(
    2024, "grille projet", ("2024",),
    (
        _cell("albert", "12", "vm1", "420.00", "441.00"), _cell("roye", "12", "vm1", "480.00", "504.00"),
        _cell("albert", "6", "zimbra-5go", "15.10", None, "=sans prix"),
        _cell("albert", "13", "dc-elec", "10.00", "9.99"),
    ),
    (), {"albert": "Ville d'Albert"},
)  # fmt: skip


def test_the_workbook_has_every_view_of_the_same_values() -> None:
    book = workbook(SIMULATION)
    assert sheets_of(book) == ["Synthèse", "Par service", "Par collectivité", "Lignes"]
    services = cells_of(book, "Par service")
    assert services[0][:5] == ["Section", "Code", "Ligne", "Collectivités", "Avant (HT)"]
    assert services[1][:7] == ["6 · Messagerie", "zimbra-5go", "Ligne zimbra-5go", 1.0, 15.1, 0.0, -15.1]
    assert services[2][:8] == ["12 · Machines virtuelles", "vm1", "Ligne vm1", 2.0, 900.0, 945.0, 45.0, 0.05]
    customers = cells_of(book, "Par collectivité")
    assert [row[0] for row in customers[1:]] == ["Ville d'Albert", "roye", "Total"]
    assert customers[-1][2:5] == pytest.approx([925.1, 954.99, 29.89])
    lines = cells_of(book, "Lignes")
    assert len(lines) == 1 + 4 + 1
    assert "=sans prix" in lines[3]  # text, not a formula
    synthesis = {row[0]: row[1] for row in cells_of(book, "Synthèse") if len(row) > 1}
    assert (synthesis["Différence"], synthesis["Dont plus facturable"]) == (29.89, -15.1)


def test_the_workbook_draws_the_sections_with_a_native_chart() -> None:
    (chart,) = charts_of(workbook(SIMULATION))
    assert "barChart" in chart
    assert "Synthèse!$A$14:$A$16" in chart.replace("'", "")
    assert "Synthèse!$D$14:$D$16" in chart.replace("'", "")


def test_the_same_simulation_makes_the_same_bytes() -> None:
    assert workbook(SIMULATION) == workbook(SIMULATION)


def test_nothing_billed_makes_a_workbook_too() -> None:
    book = workbook(Simulation(2024, "grille projet", ("2024",), (), (), {}))
    assert len(sheets_of(book)) == 4
    assert charts_of(book) == []


def _world(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        albert = Customer(code="albert", name="Albert", kind="commune", memberships=[Membership(start=FIRST)])
        tx.add(Machine(name="web", customer=albert, vcpu=1, ram_gb=4, disk_gb=20, start=date(2020, 1, 1)))


def _command(parts: Parts, *args: str) -> Result:
    return CliRunner().invoke(cli, ["tariffs", "simulate", *args], obj=parts)


def _file(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "projet.csv"
    path.write_text(shipped_text("2024").replace(old, new), encoding="utf-8")
    return path


def test_the_command_prices_a_year_at_a_file(parts: Parts, tmp_path: Path) -> None:
    _world(parts)
    path, book = _file(tmp_path, "vm-ram,vm-ram,", "vm-rame,vm-rame,"), tmp_path / "s.xlsx"
    answer = _command(parts, str(path), "--year", "2024", "--change", "vm1 +5", "--xlsx", str(book), "--json")
    document = json.loads(answer.stdout)
    assert (document["draft"], document["against"]) == ("grille projet, vm1 +5 %", ["2024"])
    assert {key: document[key] for key in ("before", "after", "difference", "lost", "gained", "repriced")} == {
        "before": "540.00", "after": "441.00", "difference": "-99.00", "lost": "120.00", "gained": "0.00",
        "repriced": "21.00",
    }  # fmt: skip
    assert [(row["code"], row["difference"]) for row in document["services"]] == [
        ("vm-ram", "-120.00"),
        ("vm1", "21.00"),
    ]
    assert [(row["customer"], row["difference"]) for row in document["customers"]] == [("albert", "-99.00")]
    assert [(row["code"], row["before"], row["order"]) for row in document["unsellable"]] == [
        ("vm-ram", "120.00", "web")
    ]
    assert sheets_of(book.read_bytes())[0] == "Synthèse"


def test_the_command_prices_a_year_at_a_loaded_grid_for_people(parts: Parts) -> None:
    _world(parts)
    answer = _command(parts, "2023", "--year", "2024")
    assert answer.exit_code == 0, answer.output
    for words in ("Simulation 2024 : grille 2023, face à la grille 2024", "Par collectivité", "vm-ram"):
        assert words in answer.stdout


def test_the_command_says_what_is_wrong(parts: Parts, tmp_path: Path) -> None:
    unknown = _command(parts, "2030", "--year", "2024").exception
    assert isinstance(unknown, NotFound)
    assert "ni fichier, ni grille chargée" in str(unknown)
    bad = _command(parts, str(_file(tmp_path, "420.00", "gratuit")), "--year", "2024").exception
    assert isinstance(bad, ImportRefused)
    assert isinstance(_command(parts, "--year", "2024").exception, Invalid)
    nowhere = _command(parts, "--year", "2024", "--change", "+1", "--xlsx", str(tmp_path / "absent" / "s.xlsx"))
    assert "fichier impossible à écrire" in str(nowhere.exception)
