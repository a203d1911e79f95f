"""Findings decided, planned and applied through the API, by who may."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from inventory import plan_store, store
from inventory.models import Finding
from tests.dcops.api.conftest import Api

REAL = {"name": "essai", "cluster": "amiens", "vmid": 901, "vcpu": 2, "ram_gb": 4, "disk_gb": 50}


def send(world: Api, path: str, who: str = "technician", **body: Any) -> TestResponse:
    return world.get(path, who, method="POST", json=body)


@pytest.fixture
def unbilled(world: Api) -> int:
    """A machine of Roye that runs and is not sold."""
    with world.parts.database.transaction() as tx:
        id = store.findings(tx)[0].id
        tx.execute(update(Finding).where(Finding.id == id).values(real=REAL, thing="vm:amiens/901"))
    return id


def asked(id: int, **more: Any) -> dict[str, Any]:
    return {"findings": [id], "from": "2024-06-01", **more}


def planned(world: Api, id: int) -> dict[str, Any]:
    shown = send(world, "/plans", **asked(id, dry_run=True)).json or {}
    kept = send(world, "/plans", **asked(id, checksum=shown["checksum"], reason="revue"))
    assert kept.status_code == 200, kept.json
    return kept.json or {}


def test_one_finding_is_shown_with_its_history_and_what_settles_it(world: Api, unbilled: int) -> None:
    found = world.get(f"/findings/{unbilled}").json or {}
    assert (found["real"]["vmid"], found["moves"]) == (901, [])
    assert found["remedies"] == ["order.machine", "proxmox.removal", "ticket"]
    assert world.get("/findings/999").status_code == 404
    assert world.get(f"/findings/{unbilled}", "abbeville").status_code == 403


def test_findings_are_taken_into_account_or_ignored(world: Api, unbilled: int) -> None:
    told = send(world, f"/findings/{unbilled}/acknowledge", why="ticket 12").json or {}
    assert (told["state"], told["moves"][-1]["who"], told["moves"][-1]["why"]) == (
        "ACKNOWLEDGED", "technicien", "ticket 12",
    )  # fmt: skip
    told = send(world, f"/findings/{unbilled}/ignore", "accountant", reason="essai", until="2024-12-31").json or {}
    assert (told["state"], told["ignored_until"]) == ("IGNORED", "2024-12-31")
    again = send(world, f"/findings/{unbilled}/ignore", reason="encore")
    assert (again.status_code, again.mimetype) == (409, "application/problem+json")
    assert send(world, f"/findings/{unbilled}/acknowledge", "abbeville", why="x").status_code == 403
    late = send(world, f"/findings/{unbilled}/acknowledge", why="x", until="2020-01-01")
    assert (late.status_code, (late.json or {})["detail"]) == (422, "paramètre invalide : until : paramètre inconnu")
    assert send(world, f"/findings/{unbilled}/acknowledge", why="").status_code == 422
    assert send(world, f"/findings/{unbilled}/acknowledge", why="a\x00b").status_code == 422


def test_a_plan_is_shown_kept_and_applied_by_who_may_change_contracts(world: Api, unbilled: int) -> None:
    shown = send(world, "/plans", **asked(unbilled, dry_run=True)).json or {}
    (action,) = shown["actions"]
    assert (shown["plan"], action["kind"], action["payload"]["customer"]) == (None, "order.machine", "roye")
    assert (world.get("/plans").json or {})["items"] == []
    number = planned(world, unbilled)["plan"]
    refused = send(world, f"/plans/{number}/apply", checksum=shown["checksum"])
    assert refused.status_code == 403
    assert "par la comptabilité" in (refused.json or {})["detail"]
    done = send(world, f"/plans/{number}/apply", "accountant", checksum=shown["checksum"][:8])
    assert (done.status_code, (done.json or {})["applied"]) == (200, 1)
    detail = world.get(f"/plans/{number}").json or {}
    assert (detail["state"], detail["applied_by"], detail["counts"]["applied"]) == ("applied", "comptable", 1)
    assert detail["actions"][0]["message"].startswith("commande n°")
    with world.parts.database.transaction() as tx:
        assert [row.vmid for row in store.machines(tx) if row.name == "essai"] == [901]


def test_only_what_was_shown_is_kept_and_applied(world: Api, unbilled: int) -> None:
    blind = send(world, "/plans", **asked(unbilled, reason="revue"))
    assert (blind.status_code, "a changé depuis l'aperçu" in (blind.json or {})["detail"]) == (409, True)
    number = planned(world, unbilled)["plan"]
    assert send(world, f"/plans/{number}/apply", "accountant", checksum="f" * 64).status_code == 409
    assert send(world, "/plans", **asked(unbilled, kinds={"x": "ticket"})).status_code == 422
    assert send(world, "/plans", **asked(unbilled, kinds={"1": "vanish"})).status_code == 422
    assert send(world, "/plans", **asked(999)).status_code == 404
    assert send(world, "/plans", "abbeville", **asked(unbilled)).status_code == 403


def test_what_cannot_be_planned_is_told_beside_the_rest(world: Api, unbilled: int) -> None:
    with world.parts.database.transaction() as tx:
        other = next(row.id for row in store.findings(tx) if row.id != unbilled)
    shown = send(world, "/plans", findings=[unbilled, other], dry_run=True, **{"from": "2024-06-01"}).json or {}
    assert [one["finding"] for one in shown["refused"]] == [other]
    assert len(shown["actions"]) == 1


def test_what_is_left_to_people_is_said_done_and_what_did_not_fail_is_not_tried_again(
    world: Api, unbilled: int
) -> None:
    shown = send(world, "/plans", **asked(unbilled, kinds={str(unbilled): "ticket"}, dry_run=True)).json or {}
    body = asked(unbilled, kinds={str(unbilled): "ticket"}, checksum=shown["checksum"], reason="revue")
    number = (send(world, "/plans", **body).json or {})["plan"]
    assert (send(world, f"/plans/{number}/apply", checksum=shown["checksum"]).json or {})["by_hand"] == 1
    again = send(world, f"/plans/{number}/apply", checksum=shown["checksum"], retry=True)
    assert (again.status_code, "rien à réessayer" in (again.json or {})["detail"]) == (409, True)
    assert (send(world, f"/findings/{unbilled}/done", why="arrêtée").json or {})["state"] == "APPLIED"
    assert send(world, f"/findings/{unbilled}/done", "abbeville", why="x").status_code == 403


def test_a_plan_is_abandoned(world: Api, unbilled: int) -> None:
    number = planned(world, unbilled)["plan"]
    gone = send(world, f"/plans/{number}/abandon", reason="erreur de date").json or {}
    assert (gone["state"], gone["actions"][0]["state"]) == ("abandoned", "outdated")
    assert send(world, f"/plans/{number}/apply", "accountant", checksum=gone["checksum"]).status_code == 409
    with world.parts.database.transaction() as tx:
        assert plan_store.plan(tx, number).state == "abandoned"


def test_plans_are_paged_the_latest_first(world: Api, unbilled: int) -> None:
    for _ in range(3):
        number = planned(world, unbilled)["plan"]
        send(world, f"/plans/{number}/abandon", reason="encore")
    first = world.get("/plans?limit=2").json or {}
    rest = world.get(f"/plans?limit=2&cursor={first['next']}").json or {}
    numbers = [row["plan"] for row in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), rest["next"]) == (3, None)
