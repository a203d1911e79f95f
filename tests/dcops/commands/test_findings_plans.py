"""``dcops findings plan`` to ``apply``, on what a real simulated cluster shows; the next run verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from dcops.demo.proxmox import ProxmoxServer
from dcops.wiring import Parts
from inventory.errors import Conflict, Invalid, NotFound
from inventory.models import Finding
from tests.dcops.commands.test_reconcile import cluster, document, installed, run

__all__ = ["cluster", "installed"]
Cluster = tuple[ProxmoxServer, Path]
JUNE = ("--from", "2024-06-01")


@pytest.fixture
def compared(installed: Parts) -> tuple[Parts, int, int]:
    """The findings: a machine that runs unsold, one that is sold and does not exist."""
    run(installed, "reconcile")
    unbilled, ghost = (row["id"] for row in document(installed, "findings", "list"))
    return installed, unbilled, ghost


def test_findings_are_planned_reviewed_applied_and_verified(compared: tuple[Parts, int, int]) -> None:
    parts, unbilled, ghost = compared
    lost = document(parts, "findings", "plan", unbilled, *JUNE, "--dry-run")
    assert "choisir la collectivité" in lost["refused"][0]["why"]
    asked = (unbilled, ghost, *JUNE, "--customer-of", f"{unbilled}=abbeville")
    shown = document(parts, "findings", "plan", *asked, "--dry-run")
    assert [action["kind"] for action in shown["actions"]] == ["order.machine", "order.end"]
    assert (shown["plan"], shown["needs_approval"], document(parts, "findings", "plans")) == (None, False, [])
    kept = document(parts, "findings", "plan", *asked, "--reason", "revue", "--author", "alex")
    assert kept["checksum"] == shown["checksum"]
    number = kept["plan"]
    assert "à appliquer" in run(parts, "findings", "plans").stdout
    assert shown["checksum"] in run(parts, "findings", "plan-show", number).stdout
    applied = run(parts, "findings", "apply", number, "--checksum", shown["checksum"][:8])
    assert applied.stdout.startswith("2 actions faites, 0 en échec, 0 périmée.")
    detail = document(parts, "findings", "plan-show", number)
    assert (detail["state"], detail["counts"]["applied"], detail["created_by"]) == ("applied", 2, "alex")
    assert document(parts, "reconcile")["active"] == 0
    states = {row["id"]: row["state"] for row in document(parts, "findings", "list", "--state", "all")}
    assert states == {unbilled: "VERIFIED", ghost: "VERIFIED"}


def test_those_of_a_rule_are_planned_together(compared: tuple[Parts, int, int]) -> None:
    parts, _, ghost = compared
    shown = document(parts, "findings", "plan", "--rule", "vm.ghost", *JUNE, "--kind", f"{ghost}=ticket", "--dry-run")
    assert [(action["kind"], action["findings"]) for action in shown["actions"]] == [("ticket", [ghost])]
    human = run(parts, "findings", "plan", "--customer", "abbeville", *JUNE, "--dry-run").stdout
    assert "Clore la commande de parti (pve-a/102), Abbeville, au 01/06/2024" in human


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([*JUNE], "Name findings"),
        ([1, *JUNE], "--reason"),
        ([1, *JUNE, "--dry-run", "--kind", "1=vanish"], "not an action"),
        ([1, *JUNE, "--dry-run", "--customer-of", "albert"], "ID=VALUE"),
        ([1, "--dry-run"], "--from"),
    ],
)
def test_a_plan_that_is_asked_wrongly_is_a_wrong_usage(parts: Parts, args: list[object], told: str) -> None:
    dry = args if "--dry-run" in args or told == "--reason" else [*args, "--dry-run"]
    result = run(parts, "findings", "plan", *dry)
    assert result.exit_code == 2
    assert told in result.stderr


def test_what_is_not_done_in_full_is_said_in_one_line(compared: tuple[Parts, int, int]) -> None:
    parts, _, ghost = compared
    kept = document(parts, "findings", "plan", ghost, *JUNE, "--reason", "revue")
    with parts.database.transaction() as tx:
        tx.execute(update(Finding).where(Finding.id == ghost).values(sold={"name": "autre"}))
    result = run(parts, "findings", "apply", kept["plan"], "--checksum", kept["checksum"])
    assert isinstance(result.exception, Conflict)
    assert "n'est pas fait en entier" in str(result.exception)
    assert "\n" not in str(result.exception)
    assert "1 périmée" in result.stdout


def test_a_plan_is_abandoned_and_unknown_ones_are_told(compared: tuple[Parts, int, int]) -> None:
    parts, _, ghost = compared
    kept = document(parts, "findings", "plan", ghost, *JUNE, "--reason", "revue")
    gone = document(parts, "findings", "abandon", kept["plan"], "--reason", "erreur")
    assert (gone["state"], gone["actions"][0]["state"]) == ("abandoned", "outdated")
    assert isinstance(run(parts, "findings", "plan-show", 99).exception, NotFound)
    forged = run(parts, "findings", "apply", kept["plan"], "--checksum", "00000000")
    assert isinstance(forged.exception, Conflict)


def test_what_is_left_to_people_is_said_done_by_them(compared: tuple[Parts, int, int]) -> None:
    parts, unbilled, _ = compared
    kind = ("--kind", f"{unbilled}=proxmox.removal")
    kept = document(parts, "findings", "plan", unbilled, *JUNE, *kind, "--reason", "essai oublié")
    applied = document(parts, "findings", "apply", kept["plan"], "--checksum", kept["checksum"])
    assert (applied["applied"], applied["by_hand"]) == (0, 1)
    assert document(parts, "findings", "done", unbilled, "--why", "arrêtée")["state"] == "APPLIED"


def test_many_findings_are_decided_at_once_or_none(compared: tuple[Parts, int, int]) -> None:
    parts, unbilled, ghost = compared
    acked = document(parts, "findings", "ack", unbilled, ghost, "--why", "vus en réunion")
    assert [(row["id"], row["state"]) for row in acked] == [(unbilled, "ACKNOWLEDGED"), (ghost, "ACKNOWLEDGED")]
    document(parts, "findings", "ignore", ghost, "--reason", "essai")
    refused = run(parts, "findings", "ignore", unbilled, ghost, "--reason", "encore").exception
    assert isinstance(refused, Conflict)
    assert f"1 des 2 écarts s'y opposent (n° {ghost}" in str(refused)
    states = [row["state"] for row in document(parts, "findings", "list", "--state", "all")]
    assert states == ["ACKNOWLEDGED", "IGNORED"]
    assert isinstance(run(parts, "findings", "ack", unbilled, 98, 99, "--why", "x").exception, NotFound)
    assert isinstance(run(parts, "findings", "ack", unbilled, ghost, "--why", " ").exception, Invalid)
