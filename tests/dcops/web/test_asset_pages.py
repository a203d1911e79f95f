"""Boxes, licences and machines over time: plans changed after their effect was seen, the console beside contracts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from dcops.wiring import Parts
from inventory.evidence import document_of
from inventory.facts import BackupGroup, Fact, Seats
from inventory.models import Customer, Machine, NasPlan, NasUnit, SourceSnapshot
from inventory.orm import Transaction
from metering.models import BackupMeasure
from tests.conftest import NOW
from tests.dcops.web.browsing import send
from tests.dcops.web.test_contract_pages import confirmed
from tests.dcops.web.test_pages import rows_of
from tests.dcops.web.test_pages import text_of as text

TODAY = date(2024, 6, 15)
PLAN = "/sauvegarde/SN-0001/forfait"
WHY = "archives de la médiathèque"


def told(tx: Transaction, source: str, *facts: Fact, at: datetime = NOW, **more: Any) -> None:
    documents = [document_of(fact) for fact in facts]
    row: dict[str, Any] = {
        "source": source, "scope": source, "kind": "real", "status": "complete", "taken_at": at, "duration_s": 0.1,
        "object_count": len(facts), "facts": documents, "faults": [],
    }  # fmt: skip
    tx.add(SourceSnapshot(**{**row, **more}))


def measured(tx: Transaction, *gb: float) -> None:
    """The last days of the box of Albert."""
    box = tx.query(NasUnit).filter_by(serial="SN-0001").one()
    for n, one in enumerate(reversed(gb)):
        on = TODAY - timedelta(days=n)
        tx.add(BackupMeasure(nas_unit_id=box.id, on=on, gb=Decimal(str(one)), author="t", recorded_at=NOW))


def test_a_box_shows_what_it_holds_beside_its_plan(web_parts: Parts, technician: FlaskClient) -> None:
    with web_parts.database.transaction() as tx:
        measured(tx, 70, 75.5)
    (row,) = rows_of(technician, "/sauvegarde/?format=csv")
    assert (row["Gardés (Go)"], row["Au-delà (Go)"], row["Mesuré le"]) == ("75.50", "15.50", "2024-06-15")
    assert rows_of(technician, "/sauvegarde/?format=csv&forfait=dans") == []
    page = text(technician, "/sauvegarde/SN-0001")
    assert "75,5 Go, le 15/06/2024" in page
    assert "juin 2024 72,8 Go 75,5 Go 2" in page
    assert "Changer de forfait" not in page  # a technician writes no contract


def test_a_box_that_was_never_measured_says_what_to_do(technician: FlaskClient) -> None:
    page = text(technician, "/sauvegarde/SN-0001")
    assert "jamais mesuré" in page
    assert "dcops nas measures" in page


def test_a_plan_changes_once_its_effect_was_seen(web_parts: Parts, accountant: FlaskClient) -> None:
    filled = {"plan_gb": "120", "start": "2024-07-01", "reason": WHY}
    status, seen = send(accountant, PLAN, PLAN, **filled)
    assert status == 200
    assert "420,00 €" in seen.replace("\u00a0", " ")
    with web_parts.database.transaction() as tx:
        assert tx.query(NasPlan).count() == 0
    assert confirmed(accountant, seen, PLAN)[0] == 302
    with web_parts.database.transaction() as tx:
        plan = tx.query(NasPlan).one()
        assert (plan.start, plan.plan_gb, plan.author, plan.reason) == (date(2024, 7, 1), 120, "compta", WHY)
    page = text(accountant, "/sauvegarde/SN-0001")
    assert "01/01/2024 → 30/06/2024 60 Go 01/07/2024 → sans terme 120 Go" in page
    assert f"120 Go dès le 01/07/2024 · compta {WHY}" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"plan_gb": "60"}, "a déjà un forfait de 60 Go"),
        ({"plan_gb": "-1"}, "De 0 à"),
        ({"plan_gb": "beaucoup"}, "Un nombre entier"),
        ({"start": "2023-12-31"}, "que depuis le 01/01/2024"),
        ({"reason": ""}, "Ce champ est nécessaire"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_and_nothing_typed_is_lost(
    web_parts: Parts, accountant: FlaskClient, changed: dict[str, str], words: str
) -> None:
    filled = {"plan_gb": "120", "start": "2024-07-01", "reason": WHY, **changed}
    status, page = send(accountant, PLAN, PLAN, **filled)
    assert status == 200
    assert words in page.replace("\u00a0", " ")
    with web_parts.database.transaction() as tx:
        assert tx.query(NasPlan).count() == 0


def test_only_those_who_write_contracts_change_a_plan(technician: FlaskClient, accountant: FlaskClient) -> None:
    assert technician.get(PLAN).status_code == 403
    assert accountant.get("/sauvegarde/inconnu/forfait").status_code == 404


def test_the_console_beside_what_is_sold(web_parts: Parts, technician: FlaskClient) -> None:
    before, after = NOW - timedelta(days=30), NOW
    pcs = tuple(f"PC-{n}" for n in range(14))
    with web_parts.database.transaction() as tx:
        told(tx, "antivirus", Seats(None, "workstation", 11, group="Ville d'Albert", hosts=pcs[:11]), at=before)
        told(
            tx, "antivirus",
            Seats(None, "workstation", 14, group="Ville d'Albert", hosts=pcs),
            Seats(None, "server", 1, group="Ancien SIVOM", hosts=("S",)), at=after,
        )  # fmt: skip
    found = {row["Collectivité ou groupe"]: row for row in rows_of(technician, "/antivirus/console?format=csv")}
    assert {
        name: (row["Vendues"], row["Comptés"], row["Différence"], row["Constat"]) for name, row in found.items()
    } == {
        "Ville d’Albert": ("12", "14", "2", "plus que vendu"),
        "Ville de Roye": ("2", "0", "-2", "moins que vendu"),
        "Ancien SIVOM": ("0", "1", "1", "groupe inconnu"),
    }
    assert [row["Genre"] for row in rows_of(technician, "/antivirus/console?format=csv&constat=inconnu")] == ["Serveur"]
    page = text(technician, "/antivirus/console")
    assert "Dernière lecture le 15/06/2024" in page
    assert "complète 14 12 1 2" in page
    assert "complète 11 12 0 2" in page
    assert "14 comptés par la console" in text(technician, "/antivirus/")


def test_without_a_console_nothing_is_said_to_differ(technician: FlaskClient) -> None:
    page = text(technician, "/antivirus/console")
    assert "donner console_file" in page
    assert {row["Constat"] for row in rows_of(technician, "/antivirus/console?format=csv")} == {"non vérifié"}


def test_a_failure_of_the_console_hides_nothing_of_what_it_said(web_parts: Parts, technician: FlaskClient) -> None:
    with web_parts.database.transaction() as tx:
        told(tx, "antivirus", Seats("albert", "workstation", 1, group="Albert", hosts=("A",)))
        told(tx, "antivirus", status="failed", faults=["fichier absent"])
    assert "moins que vendu" in {row["Constat"] for row in rows_of(technician, "/antivirus/console?format=csv")}


def test_a_machine_shows_its_orders_over_time_and_its_backups(web_parts: Parts, technician: FlaskClient) -> None:
    last = NOW - timedelta(hours=9)
    with web_parts.database.transaction() as tx:
        now = tx.query(Machine).filter_by(name="web-01").one()
        now.backup_days = 30
        albert = tx.query(Customer).filter_by(code="albert").one()
        small = {"vcpu": 1, "ram_gb": 2, "disk_gb": 20, "start": date(2023, 1, 1), "end": date(2024, 1, 1)}
        tx.add(Machine(name="web-ancienne", customer=albert, cluster="amiens-a", vmid=101, **small))
        group = BackupGroup("pbs", "machines", "", "vm", "101", 14, last)
        told(tx, "pbs", group, replace(group, backup_id="102", last_backup=NOW), replace(group, kind="host"))
        machine_id = now.id
    page = text(technician, f"/machines/{machine_id}")
    assert "gardée 30 jours" in page
    assert "15/06/2024 03:00, 14 gardées" in page
    assert "Ses commandes" in page
    assert "01/01/2023 → 31/12/2023 web-ancienne 1 2 Go 20 Go — Terminé 420,00 €" in page
    (row,) = rows_of(technician, "/machines/?format=csv&etat=current")
    assert row["Sauvegarde (jours)"] == "30"
