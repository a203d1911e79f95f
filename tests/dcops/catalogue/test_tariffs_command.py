"""``dcops tariffs`` as a script and a person call it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcops.catalogue import grids, store
from dcops.cli import cli
from dcops.contracts.models import Subscription
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.errors import Invalid, NotFound
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
    assert json.loads(run(abbeville, "tariffs", "load", str(file), *options, "--yes", "--json").stdout)["lines"] == 1
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
    assert "grille 2025 : la ligne vm1 manque (nécessaire à : commandes)." in found.stdout


def _draft_of_2025(tmp_path: Path) -> Path:
    """The grid of 2024 with one price up, one line gone, one come."""
    file = tmp_path / "2025.csv"
    lines = grids.shipped_text("2024").replace("per_consumption,0.20,0.22", "per_consumption,0.21,0.22")
    kept = [line for line in lines.splitlines() if not line.startswith("10,m365")]
    columns = kept[0].count(",")
    added = "12,vm-gpu,vm-gpu,GPU,GPU/year,annual_per_unit,100,quote"
    file.write_text("\n".join([*kept, added + "," * (columns - added.count(","))]) + "\n", encoding="utf-8")
    return file


def test_diff_shows_what_a_vote_would_change(parts: Parts, tmp_path: Path) -> None:
    file = _draft_of_2025(tmp_path)
    document = json.loads(run(parts, "tariffs", "diff", str(file), "--on", "2024-12-01", "--json").stdout)
    change = {"code": "dc-elec", "column": "member_price", "before": "0.20", "after": "0.21", "percent": "5"}
    assert document == {
        "against": "2024", "added": ["vm-gpu"], "removed": ["m365"], "changed": [change], "unchanged": 70,
    }  # fmt: skip
    assert json.loads(run(parts, "tariffs", "diff", str(file), "--json").stdout) == document  # the grid of today
    with parts.database.transaction() as tx:
        assert [grid.name for grid in store.history(tx)] == ["2023", "2024"]


def test_diff_reads_as_an_accountant_does(parts: Parts, tmp_path: Path) -> None:
    human = run(parts, "tariffs", "diff", str(_draft_of_2025(tmp_path))).stdout
    for words in (
        "face à la grille 2024 (Comité syndical du 29 janvier 2024",
        "adhérent : 0,20\u00a0€ → 0,21\u00a0€ (+5 %)",
        "Lignes ajoutées :\n    § 12  vm-gpu — GPU : adhérent 100,00\u00a0€, non adhérent sur devis",
        "Lignes supprimées :\n    § 10  m365",
        "70 lignes inchangées.",
    ):
        assert words in human


def test_diff_against_a_grid_by_its_name(parts: Parts, tmp_path: Path) -> None:
    file = tmp_path / "2024.csv"
    file.write_text(grids.shipped_text("2024"), encoding="utf-8")
    found = json.loads(run(parts, "tariffs", "diff", str(file), "--against", "2023", "--json").stdout)
    assert (found["against"], found["removed"]) == ("2023", ["domaine-unite-2023"])
    assert {"assist-5h", "connect-epci"} <= set(found["added"])
    rises = {(change["code"], change["column"]): change["percent"] for change in found["changed"]}
    assert rises[("web-hebergement", "member_price")] == "50"
    assert rises[("web-hebergement", "nonmember_price")] == "25"
    assert rises[("zimbra-illimite", "member_price")] == "4.5"
    assert isinstance(run(parts, "tariffs", "diff", str(file), "--against", "1999").exception, NotFound)
    assert run(parts, "tariffs", "diff", str(file), "--against", "2023", "--on", "2024-01-01").exit_code == 2


OPTIONS = ("--name", "2025", "--from", "2025-01-01", "--deliberation", "Comité du 3 février 2025")


def test_load_shows_what_changes_and_does_nothing_without_a_yes(parts: Parts, tmp_path: Path) -> None:
    file = _draft_of_2025(tmp_path)
    for more in ((), ("--json",)):
        refused = run(parts, "tariffs", "load", str(file), *OPTIONS, *more)
        assert isinstance(refused.exception, Invalid)
        assert "ajouter --yes" in str(refused.exception)
    assert "0,20\u00a0€ → 0,21\u00a0€" in run(parts, "tariffs", "load", str(file), *OPTIONS).stdout
    with parts.database.transaction() as tx:
        assert [grid.name for grid in store.history(tx)] == ["2023", "2024"]


def test_load_with_a_yes_says_what_was_done(parts: Parts, tmp_path: Path) -> None:
    document = json.loads(
        run(parts, "tariffs", "load", str(_draft_of_2025(tmp_path)), *OPTIONS, "--yes", "--json").stdout
    )
    told = {name: document[name] for name in ("tariff", "from", "lines", "corrects", "against", "added", "removed")}
    assert told == {
        "tariff": "2025", "from": "2025-01-01", "lines": 72, "corrects": False, "against": "2024",
        "added": ["vm-gpu"], "removed": ["m365"],
    }  # fmt: skip


def test_loading_again_what_is_there_changes_nothing_and_asks_nothing(parts: Parts, tmp_path: Path) -> None:
    file = _draft_of_2025(tmp_path)
    run(parts, "tariffs", "load", str(file), *OPTIONS, "--yes")
    again = run(parts, "tariffs", "load", str(file), *OPTIONS)
    assert (again.exit_code, "rien à changer" in again.stdout) == (0, True)


@pytest.mark.parametrize(("answer", "loaded"), [("oui\n", True), ("o\n", True), ("non\n", False), ("\n", False)])
def test_on_a_terminal_a_person_is_asked(parts: Parts, tmp_path: Path, answer: str, loaded: bool) -> None:
    """The real command, its input a pseudo-terminal on which a person types."""
    settings = tmp_path / "dcops.toml"
    settings.write_text(f'[database]\nurl = "{parts.database.url.render_as_string()}"\n', encoding="utf-8")
    command = [sys.executable, "-c", "from dcops.cli import main; main()", "--config", str(settings), "tariffs", "load"]
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    try:
        done = subprocess.run(
            [*command, str(_draft_of_2025(tmp_path)), *OPTIONS],
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert "0,20\u00a0€ → 0,21\u00a0€ (+5 %)" in done.stdout
    assert "Charger la grille 2025 ? [oui/non]" in done.stdout
    assert done.returncode == (0 if loaded else 1), done.stderr
    with parts.database.transaction() as tx:
        assert ("2025" in [grid.name for grid in store.history(tx)]) is loaded


def test_check_a_file_before_it_is_voted(parts: Parts, tmp_path: Path) -> None:
    file = tmp_path / "2025.csv"
    file.write_text(grids.shipped_text("2024"), encoding="utf-8")
    found = run(parts, "tariffs", "check", str(file), "--json")
    assert (json.loads(found.stdout), found.exit_code) == ({"faults": []}, 0)
    file.write_text(grids.shipped_text("2024").replace(",150,300,", ",151,300,").replace("vm1,vm1", "vm1,vm2"))
    found = run(parts, "tariffs", "check", str(file))
    assert found.exit_code == 1
    assert "colonne population_min : intramuros-commune : intramuros-lt150 et intramuros-150-300 laissent 150" in (
        found.stdout
    )
    file.write_text(grids.shipped_text("2024").replace("12,vm-cpu,vm-cpu", "12,vm-processeur,vm-processeur"))
    assert "la ligne vm-cpu manque (nécessaire à : commandes)." in run(parts, "tariffs", "check", str(file)).stdout


def test_check_names_lines_that_are_held_and_absent(abbeville: Parts) -> None:
    with abbeville.database.transaction() as tx:
        customer = inventory_store.customer(tx, "abbeville")
        held = {"customer": customer, "code": "domaine-unite-2023", "quantity": Decimal(2)}
        tx.add(Subscription(**held, start=date(2023, 1, 1)))
    (fault,) = json.loads(run(abbeville, "tariffs", "check", "--json").stdout)["faults"]
    assert fault == "grille 2024 : la ligne domaine-unite-2023 manque (nécessaire à : abbeville)."


def test_check_finds_what_the_database_should_never_hold(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        old, new = store.tariff_rows(tx)
        old.end, new.start = date(2023, 12, 1), date(2024, 1, 2)
        next(line for line in new.lines if line.code == "intramuros-gt10000").member_word = "inhabitants^2"
        next(line for line in new.lines if line.code == "connect-lt499").population_max = 450
    faults = json.loads(run(parts, "tariffs", "check", "--json").stdout)["faults"]
    assert faults[0] == "aucune grille du 01/12/2023 au 02/01/2024 exclu, entre 2023 et 2024."
    assert any("ligne intramuros-gt10000, member" in fault and "inconnue" in fault for fault in faults)
    assert any("451 à 499 sans prix" in fault for fault in faults)
    with parts.database.transaction() as tx:
        store.tariff_rows(tx)[0].end = None
    overlap = json.loads(run(parts, "tariffs", "check", "--json").stdout)["faults"][0]
    assert overlap == "les grilles 2023 et 2024 sont toutes deux en vigueur le 02/01/2024."
