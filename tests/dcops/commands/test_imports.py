"""The import and list commands as a script calls them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.commands.imports import run_import
from dcops.config import Settings
from dcops.db import Database
from dcops.wiring import Parts
from inventory import store
from inventory.clock import FixedClock
from inventory.errors import ImportRefused, Invalid, NotFound
from inventory.imports import import_machines

FILES = {
    "customers": "code;name;kind;population;member_from\nabbeville;Abbeville;commune;22980;2015-01-01\n",
    "racks": "site;room;name;u_height\nAmiens;Salle 1;A01;42\n",
    "shares": "rack;kind;position;units;customer;from;to\nA01;half;2;;abbeville;2024-01-01;\n",
    "machines": "name;customer;cluster;vmid;vcpu;ram_gb;disk_gb;from;to\nweb;abbeville;pve-a;101;2;4;50;2024-01-01;\n",
    "nas": "serial;customer;model;plan_gb;from;to\nSN1;abbeville;;;2024-01-01;\n",
    "antivirus": "customer;kind;quantity;from;to\nabbeville;server;2;2024-01-01;\n",
    "subscriptions": "customer;code;quantity;from;to;agreed_price\nabbeville;assist-audit;3;2024-01-01;;\n",
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for kind, content in FILES.items():
        (tmp_path / f"{kind}.csv").write_text(content, encoding="utf-8")
    return tmp_path


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], obj=parts)


def document(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def fill(parts: Parts, files: Path) -> None:
    for kind in FILES:
        assert document(parts, kind, "import", files / f"{kind}.csv")["imported"] == 1


def test_every_kind_is_imported_then_listed_by_its_natural_key(parts: Parts, files: Path) -> None:
    fill(parts, files)
    listed = {kind: document(parts, kind, "list") for kind in FILES}
    assert {kind: len(rows) for kind, rows in listed.items()} == dict.fromkeys(FILES, 1)
    assert listed["customers"][0]["memberships"] == [{"from": "2015-01-01", "to": None}]
    assert listed["racks"][0]["half_units"] == {"total": 84, "used": 42, "free": 42, "largest_free": 42}
    share = listed["shares"][0]
    assert (share["customer"], share["units"], share["half_units"]) == ("abbeville", "U22 à U42", [42, 84])
    assert (listed["machines"][0]["vmid"], listed["machines"][0]["from"]) == (101, "2024-01-01")
    assert (listed["nas"][0]["plan_gb"], listed["antivirus"][0]["quantity"]) == (60, 2)
    assert (listed["subscriptions"][0]["code"], listed["subscriptions"][0]["quantity"]) == ("assist-audit", "3")
    for kind in FILES:
        again = document(parts, kind, "import", files / f"{kind}.csv")
        assert (again["imported"], again["unchanged"]) == (0, 1)


def test_a_rehearsal_leaves_nothing(parts: Parts, files: Path) -> None:
    report = document(parts, "customers", "import", files / "customers.csv", "--dry-run")
    assert (report["imported"], report["dry_run"]) == (1, True)
    assert document(parts, "customers", "list") == []
    told = run(parts, "customers", "import", files / "customers.csv", "--dry-run").stdout
    assert "1 ligne importée, 0 inchangée, 0 écartée" in told
    assert "rien n'a été enregistré" in told


def test_a_bad_file_is_refused_whole_unless_told_otherwise(parts: Parts, files: Path) -> None:
    bad = files / "bad.csv"
    bad.write_text(FILES["customers"] + "Bad Code;X;commune;;\n", encoding="utf-8")
    refusal = run(parts, "customers", "import", bad).exception
    assert isinstance(refusal, ImportRefused)
    assert "bad.csv : 1 erreur, rien n'a été importé.\n  ligne 3, colonne code" in str(refusal)
    assert document(parts, "customers", "list") == []
    kept = document(parts, "customers", "import", bad, "--skip-bad")
    assert (kept["imported"], kept["skipped"], kept["problems"][0]["line"]) == (1, 1, 3)
    assert [row["code"] for row in document(parts, "customers", "list")] == ["abbeville"]


def test_a_missing_file_is_said_so(parts: Parts, files: Path) -> None:
    refusal = run(parts, "racks", "import", files / "absent.csv").exception
    assert isinstance(refusal, Invalid)
    assert "absent.csv" in str(refusal)


def test_a_rack_is_shown_and_drawn(parts: Parts, files: Path) -> None:
    fill(parts, files)
    drawing = files / "a01.svg"
    shown = document(parts, "racks", "show", "A01", "--svg", drawing)
    assert [share["customer"] for share in shown["shares"]] == ["abbeville"]
    assert (shown["on"], shown["devices"], shown["reservations"]) == ("2024-06-15", [], [])
    assert "Abbeville (vendu)" in "".join(ElementTree.fromstring(drawing.read_text(encoding="utf-8")).itertext())
    assert document(parts, "racks", "show", "A01", "--on", "2023-12-31")["shares"] == []
    assert "customer=abbeville" in run(parts, "racks", "show", "A01").stdout
    assert isinstance(run(parts, "racks", "show", "Z99").exception, NotFound)
    assert isinstance(run(parts, "racks", "show", "A01", "--svg", files / "no" / "x.svg").exception, Invalid)


def test_imports_of_one_file_at_the_same_time_add_its_rows_once(
    database: Database, clock: FixedClock, files: Path
) -> None:
    parts = Parts(Settings(), database, clock, {})
    fill(parts, files)
    rows = "".join(f"vm{i};abbeville;1;2;20;2024-01-01\n" for i in range(200))
    (files / "new.csv").write_text("name;customer;vcpu;ram_gb;disk_gb;from\n" + rows)
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(run_import, parts, import_machines, files / "new.csv", False, False, True) for _ in range(4)
        ]:
            done.result()
    with database.transaction() as tx:
        assert len(store.machines(tx)) == 201
