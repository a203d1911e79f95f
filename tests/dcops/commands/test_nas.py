"""Plans of boxes and counts of licences as a script asks for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.config import Settings
from dcops.sections import Antivirus
from dcops.wiring import Parts
from inventory.errors import Invalid, NotFound
from inventory.imports import import_antivirus, import_customers, import_machines, import_nas

EXPORT = "Groupe;Poste;Type\nRoye;PC-1;Poste\nRoye;PC-2;Poste\nRoye;SRV;Serveur\nInconnue;PC-9;Poste\nRoye;;Poste\n"
COLUMNS = {"customer_column": "groupe", "host_column": "poste", "kind_column": "type"}


@pytest.fixture
def shop(parts: Parts, tmp_path: Path) -> Parts:
    file = tmp_path / "console.csv"
    file.write_text(EXPORT, encoding="cp1252")
    with parts.database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind,member_from\nroye,Roye,commune,2020-01-01\nalbert,Albert,commune,\n")
        import_nas(tx, "n", "serial,customer,from\nS1,roye,2024-01-01\n")
        import_antivirus(
            tx, "a", "customer,kind,quantity,from\nroye,workstation,3,2024-01-01\nalbert,server,1,2024-01-01\n"
        )
        header = "name,customer,vcpu,ram_gb,disk_gb,backup_days,from\n"
        import_machines(tx, "m", f"{header}ad,roye,2,4,50,30,2024-01-01\nweb,roye,2,4,50,,2024-01-01\n")
    return replace(parts, settings=Settings(antivirus=Antivirus.model_validate({"console_file": file, **COLUMNS})))


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], obj=parts)


def document(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def test_a_plan_is_rehearsed_then_changed(shop: Parts) -> None:
    asked = ("nas", "plan", "S1", 100, "--from", "2024-07-01", "--reason", "plein", "--author", "Camille")
    plans = [
        {"plan_gb": 60, "from": "2024-01-01", "to": "2024-07-01"}, {"plan_gb": 100, "from": "2024-07-01", "to": None},
    ]  # fmt: skip
    told = {"serial": "S1", "plan_gb": 100, "from": "2024-07-01", "plans": plans, "difference": "420.00"}
    assert document(shop, *asked, "--dry-run") == {**told, "dry_run": True}
    assert document(shop, "nas", "list")[0]["plans"] == [{"plan_gb": 60, "from": "2024-01-01", "to": None}]
    assert document(shop, *asked) == {**told, "dry_run": False}
    assert document(shop, "nas", "list")[0]["plans"] == plans
    words = run(shop, "nas", "plan", "S1", 60, "--from", "2024-09-01", "--reason", "allégé").stdout
    assert "S1, 60 Go dès le 01/01/2024, 100 Go dès le 01/07/2024, 60 Go dès le 01/09/2024 ; -420,00" in words


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("S9", 60, "--from", "2024-07-01", "--reason", "x"), NotFound),
        (("S1", 60, "--from", "2024-07-01", "--reason", "x"), Invalid),
        (("S1", 90, "--from", "2024-07-01", "--reason", " "), Invalid),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(shop: Parts, arguments: tuple[object, ...], error: type) -> None:
    assert isinstance(run(shop, "nas", "plan", *arguments).exception, error)


@pytest.mark.parametrize("arguments", [("S1", "--from", "2024-07-01"), ("S1", -5, "--from", "x", "--reason", "y")])
def test_wrong_usage_is_said_as_such(shop: Parts, arguments: tuple[object, ...]) -> None:
    assert run(shop, "nas", "plan", *arguments).exit_code == 2


def test_the_console_beside_what_is_sold(shop: Parts, tmp_path: Path) -> None:
    found = document(shop, "antivirus", "console")
    assert found["file"] == str(tmp_path / "console.csv")
    assert found["faults"] == ["1 ligne non comptée, sans nom de poste : 6."]
    assert [(row["customer"], row["kind"], row["sold"], row["counted"], row["hosts"]) for row in found["seats"]] == [
        ("albert", "server", 1, 0, []),
        ("roye", "server", 0, 1, ["SRV"]),
        ("roye", "workstation", 3, 2, ["PC-1", "PC-2"]),
        (None, "workstation", 0, 1, ["PC-9"]),
    ]
    assert found["seats"][3]["groups"] == ["Inconnue"]
    words = run(shop, "antivirus", "console").stdout
    assert "Roye, poste : 2 comptés, 3 vendus" in words
    assert "groupe inconnu « Inconnue », poste : 1 comptés" in words


def test_another_file_may_be_asked_and_one_is_needed(shop: Parts, parts: Parts, tmp_path: Path) -> None:
    other = tmp_path / "autre.csv"
    other.write_text("groupe;poste;type\nRoye;A;Poste\n")
    assert [row["counted"] for row in document(shop, "antivirus", "console", other)["seats"]] == [0, 1]
    assert "absent" in str(run(shop, "antivirus", "console", tmp_path / "absent.csv").exception)
    assert "console_file" in str(run(parts, "antivirus", "console").exception)


def test_machines_say_how_long_their_backups_are_kept(shop: Parts) -> None:
    assert {row["name"]: row["backup_days"] for row in document(shop, "machines", "list")} == {"ad": 30, "web": None}
