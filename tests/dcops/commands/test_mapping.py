"""``dcops mapping``: the rules, what they decide, and a trial."""

from __future__ import annotations

import json
from dataclasses import replace

from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.sections import MappingRule
from dcops.wiring import Parts
from inventory.evidence import document_of
from inventory.facts import Guest
from inventory.imports import import_customers
from inventory.models import SourceSnapshot
from tests.conftest import NOW


def run(parts: Parts, *args: str) -> Result:
    found = CliRunner().invoke(cli, ["mapping", *args], obj=parts, catch_exceptions=False)
    assert found.exit_code == 0
    return found


def told(parts: Parts) -> None:
    guests = (Guest("site", "pve", 101, pool="client-albert"), Guest("x", "pve", 102, pool="y"), Guest("z", "pve", 103))
    with parts.database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind\nalbert,Albert,commune\n")
        tx.add(
            SourceSnapshot(
                source="pve", kind="real", scope="pve", status="complete", taken_at=NOW, duration_s=0.1,
                object_count=3, facts=[document_of(guest) for guest in guests], faults=[],
            )
        )  # fmt: skip


def test_the_list_counts_what_each_rule_decides_and_names_what_is_left(parts: Parts) -> None:
    told(parts)
    document = json.loads(run(parts, "list", "--json").stdout)
    assert [(rule["rule"], rule["source"], rule["machines"]) for rule in document["rules"][:3]] == [
        (1, "proxmox-pool", 1),
        (2, "proxmox-tag", 0),
        (3, "proxmox-pool", 1),
    ]
    assert document["undecided"] == [{"kind": "machine", "name": "z (pve/103)", "words": ""}]
    assert [(row["name"], row["customer"]) for row in document["unknown"]] == [("x (pve/102)", "y")]
    human = run(parts, "list").stdout
    assert "sans règle : z (pve/103)" in human
    assert "code inconnu : y (règle 3, x (pve/102))" in human


def test_a_trial_tells_the_customer_and_each_rule(parts: Parts) -> None:
    rules = [
        MappingRule(source="name", match=r"([a-z]+)-.*"),
        MappingRule(source="netbox-tenant", match="dsi", customer="x"),
    ]
    own = replace(parts, settings=parts.settings.model_copy(update={"mapping": rules}))
    document = json.loads(run(own, "test", "--name", "albert-web", "--tenant", "dsi", "--json").stdout)
    assert (document["customer"], document["rule"]) == ("albert", 1)
    assert [(step["rule"], step["decides"], step["customer"]) for step in document["steps"]] == [
        (1, True, "albert"),
        (2, False, "x"),
    ]
    assert "collectivité : amiens (règle 2)." in run(parts, "test", "--tag", "web", "--tag", "client-amiens").stdout
    assert "aucune règle ne décide." in run(parts, "test", "--tag", "web").stdout
