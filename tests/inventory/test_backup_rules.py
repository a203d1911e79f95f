"""Rules of backups by their values; what is unknown differs from nothing, and a silence proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from inventory.backup_rules import gb_of
from inventory.backups import GB, Boxes
from inventory.compare import Difference, Resources, compare, examine
from inventory.facts import (
    BACKUPS,
    Appliance,
    BackupGroup,
    BackupStore,
    Fact,
    Guest,
    Scope,
    ScopeStatus,
    Snapshot,
)

ON = date(2024, 6, 15)
AT = datetime(2024, 6, 15, 10, tzinfo=UTC)
COMPLETE, PARTIAL, FAILED = ScopeStatus
NAMES = {"roye": "Roye", "conty": "Conty"}
BOX = Appliance("S1", "DS223", "roye", 60, date(2024, 1, 1), None, "nas/1")
VM = Guest("ad", "pve-a", 101, "qemu", status="running", customer="roye")
SOLD_VM = Guest("ad", "pve-a", 101, customer="roye", start=date(2024, 1, 1), backup_days=30)
RULES = ("backup.", "nas.")


def sold(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("contracts", "sold", AT, 0.1, (Scope("contracts", status, facts),))


def pbs(*facts: Fact, status: ScopeStatus = COMPLETE, server: str = "pbs-1") -> Snapshot:
    return Snapshot(server, "real", AT, 0.1, (Scope(server, status, facts, subject=BACKUPS),))


def pve(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("pve-a", "real", AT, 0.1, (Scope("pve-a", status, facts, subject="guests"),))


def netbox(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("netbox", "documented", AT, 0.1, (Scope("racks", status, facts),))


def store(name: str, gb: float | None, groups: int | None = 1, holder: str | None = None, **more: str) -> BackupStore:
    return BackupStore(
        more.get("server", "pbs-1"), name, None if gb is None else int(gb * GB), None, groups, AT, holder
    )


def group(backup_id: str = "101", hours: float = 10, **more: object) -> BackupGroup:
    last = AT - timedelta(hours=hours)
    return replace(BackupGroup("pbs-1", "machines", "", "vm", backup_id, 14, last), **more)  # type: ignore[arg-type]


def told(*snapshots: Snapshot, on: date = ON) -> list[Difference]:
    return [one for one in compare(snapshots, on, names=NAMES) if one.rule.startswith(RULES)]


def only(*snapshots: Snapshot, on: date = ON) -> Difference:
    (difference,) = told(*snapshots, on=on)
    return difference


def test_more_than_the_plan_pays_for() -> None:
    found = only(sold(BOX), pbs(store("s1", 74.2)))
    assert (found.rule, found.thing, found.field, found.scope) == ("backup.over-plan", "nas:S1", "", "pbs-1")
    assert found.title == "Boîtier S1, vendu à Roye, garde 75 Go pour un forfait de 60 Go : 15 Go au-delà"
    assert (found.customer, found.resources) == ("roye", Resources(backup_gb=15))
    assert found.sold == {"serial": "S1", "plan_gb": 60, "customer": "roye", "from": "2024-01-01"}
    assert found.real == {"used_gb": 75, "stores": ["pbs-1/s1"]}


@pytest.mark.parametrize("gb", [0, 59.5, 60, None])
def test_a_box_within_its_plan_or_of_unknown_bytes_differs_from_nothing(gb: float | None) -> None:
    assert told(sold(BOX), pbs(store("S1", gb))) == []


def test_the_plan_is_the_one_of_the_day() -> None:
    plans = (replace(BOX, end=date(2024, 6, 1)), replace(BOX, plan_gb=120, start=date(2024, 6, 1)))
    assert told(sold(*plans), pbs(store("S1", 100))) == []
    assert only(sold(*plans), pbs(store("S1", 100)), on=date(2024, 5, 31)).resources == Resources(backup_gb=40)


def test_datastores_of_one_box_are_added_and_one_unknown_makes_the_sum_unknown() -> None:
    other = pbs(store("S1", 50, server="pbs-2"), server="pbs-2")
    found = only(sold(BOX), pbs(store("S1", 40)), other)
    assert (found.resources, found.scope) == (Resources(backup_gb=30), "*")
    assert told(sold(BOX), pbs(store("S1", None)), other) == []


def test_a_rule_of_the_settings_says_which_box_it_is_or_whose() -> None:
    assert only(sold(BOX), pbs(store("nas-1", 75, holder="s1"))).thing == "nas:S1"
    assert only(sold(BOX), pbs(store("nas-1", 75, holder="roye"))).thing == "nas:S1"
    two = sold(BOX, replace(BOX, serial="S2"))
    assert told(two, pbs(store("nas-1", 75, holder="roye"))) == []  # one of two, nobody says which
    assert Boxes({"S1": "roye", "S2": "roye"}).may_be(store("nas-1", 1, holder="roye")) == ["S1", "S2"]


def test_a_datastore_that_is_no_box_is_kept_for_nobody() -> None:
    found = only(sold(BOX), pbs(store("archives", 120.5, 4)))
    assert (found.rule, found.thing, found.scope) == ("backup.unbilled", "backup:pbs-1/archives", "pbs-1")
    assert found.title == "Dépôt archives de pbs-1 : 121 Go qui ne sont vendus à personne"
    assert (found.customer, found.sold, found.resources) == (None, None, Resources(boxes=1, plan_gb=121))
    assert found.real == {"used_gb": 121, "stores": ["pbs-1/archives"], "groups": 4}


def test_a_datastore_given_to_a_customer_without_a_box() -> None:
    found = only(sold(BOX), pbs(store("client-conty", 12, holder="conty")))
    assert (found.customer, found.resources) == ("conty", Resources(boxes=1, plan_gb=12))
    assert found.title == "Dépôt client-conty de pbs-1 : 12 Go gardés pour Conty, sans boîtier vendu"


def test_a_box_that_is_sold_no_more_and_still_holds_backups() -> None:
    ended = replace(BOX, end=date(2024, 6, 1))
    found = only(sold(ended), pbs(store("S1", 12)))
    assert (found.rule, found.thing, found.customer) == ("backup.unbilled", "nas:S1", "roye")
    assert found.title == "Boîtier S1, 12 Go, sert encore après la fin de son contrat (01/06/2024)"
    assert found.sold["to"] == "2024-06-01"


@pytest.mark.parametrize(
    "nothing", [store("x", 0), store("x", None), store("x", 12, 0), store("x", 12, None)], ids=repr
)
def test_a_datastore_without_data_or_of_unknown_content_is_not_unbilled(nothing: BackupStore) -> None:
    assert told(sold(), pbs(nothing)) == []


def test_the_datastore_of_the_machines_is_no_box() -> None:
    machines = store("machines", 900, 2)
    assert told(sold(), pve(VM), pbs(machines, group())) == []
    assert told(sold(), pve(), pbs(machines, group("7", cluster="pve-a"))) == []
    assert told(sold(SOLD_VM), pve(VM), pbs(machines, group())) == []
    assert only(sold(), pve(VM), pbs(machines, group("7"))).rule == "backup.unbilled"
    # While a cluster does not answer, a backup of some machine may be one of its machines.
    assert told(sold(), pve(status=FAILED), pbs(machines, group("7"))) == []
    # What the rules give to a customer is that customer's, whatever its numbers are.
    assert only(sold(), pve(VM), pbs(replace(machines, holder="conty"), group())).customer == "conty"


def test_without_the_contracts_nothing_is_unbilled() -> None:
    assert told(sold(status=FAILED), pbs(store("archives", 120))) == []


def test_a_machine_sold_with_backups_that_has_none() -> None:
    found = only(sold(SOLD_VM), pve(VM), pbs(store("machines", 900, 0)))
    assert (found.rule, found.thing, found.scope, found.field) == ("backup.missing", "vm:pve-a/101", "*", "")
    assert found.title == "ad (pve-a/101) : 30 jours de sauvegarde vendus, aucune"
    assert (found.customer, found.resources) == ("roye", Resources())
    assert (found.sold, found.real) == ({"backup_days": 30}, None)


def test_a_machine_of_which_the_last_backup_is_old() -> None:
    found = only(sold(SOLD_VM), pve(VM), pbs(store("machines", 900), group(hours=49)))
    assert found.title == "ad (pve-a/101) : 30 jours de sauvegarde vendus, dernière le 13/06/2024"
    assert found.real == {"last_backup": "2024-06-13T09:00:00+00:00", "count": 14}


@pytest.mark.parametrize(
    "groups",
    [
        [group(hours=48)],
        [group(hours=900), group(hours=3, namespace="b")],
        [group(cluster="PVE-A")],
        [group(last_backup=None)],  # nobody says when
    ],
)
def test_a_machine_that_is_backed_up_or_of_unknown_time(groups: list[BackupGroup]) -> None:
    assert told(sold(SOLD_VM), pve(VM), pbs(store("machines", 900), *groups)) == []


@pytest.mark.parametrize("other", [group("102"), group(cluster="pve-b"), group(kind="ct"), group(kind="host")])
def test_backups_of_another_machine_are_not_its_own(other: BackupGroup) -> None:
    found = told(sold(SOLD_VM), pve(VM), pbs(store("machines", 900), other))
    assert [one.real for one in found if one.rule == "backup.missing"] == [None]


@pytest.mark.parametrize(
    "snapshots",
    [
        [sold(replace(SOLD_VM, backup_days=None)), pve(VM), pbs(store("machines", 900, 0))],
        [sold(SOLD_VM), pve(VM)],  # no backup server at all
        [sold(SOLD_VM), pve(VM), pbs()],  # one that shows no datastore
        [sold(SOLD_VM), pve(VM), pbs(store("machines", 900, 0), status=PARTIAL)],
        [sold(SOLD_VM), pve(VM), pbs(store("machines", 900, 0)), pbs(status=FAILED, server="pbs-2")],
        [sold(replace(SOLD_VM, start=date(2024, 6, 14))), pve(VM), pbs(store("machines", 900, 0))],
        [sold(replace(SOLD_VM, end=date(2024, 6, 1))), pve(VM), pbs(store("machines", 900, 0))],
        [sold(SOLD_VM), pve(), pbs(store("machines", 900, 0))],  # a ghost: another rule tells it
    ],
)
def test_where_nothing_may_be_said_of_backups(snapshots: list[Snapshot]) -> None:
    assert told(*snapshots) == []


def test_a_machine_of_a_silent_cluster_is_looked_for_where_it_was_sold() -> None:
    assert only(sold(SOLD_VM), pve(status=FAILED), pbs(store("machines", 900, 0))).thing == "vm:pve-a/101"


def test_a_box_that_no_device_documents() -> None:
    found = only(sold(BOX), netbox(Appliance("S2", "autre", None)))
    assert (found.rule, found.thing, found.scope) == ("nas.undocumented", "nas:S1", "racks")
    assert found.title == "Boîtier S1, vendu à Roye, n'est pas documenté"
    assert (found.customer, found.resources, found.documented) == ("roye", Resources(), None)


def test_a_box_that_is_documented_or_may_be() -> None:
    assert told(sold(BOX), netbox(Appliance(" s1", "nas roye", "roye"))) == []
    assert told(sold(BOX), netbox(status=PARTIAL)) == []
    assert told(sold(replace(BOX, end=ON)), netbox()) == []
    assert told(sold(BOX)) == []


def test_what_a_server_that_answered_no_more_shows_is_settled_and_what_it_did_not_tell_is_not() -> None:
    whole = examine([sold(BOX), pve(VM), pbs(store("S1", 10))], ON).trusted
    assert {("backup.over-plan", "pbs-1"), ("backup.unbilled", "pbs-1"), ("backup.missing", "*")} <= whole
    part = examine([sold(BOX), pve(VM), pbs(store("S1", None), status=PARTIAL)], ON).trusted
    assert not {rule for rule, _ in part if rule.startswith("backup.")}


@pytest.mark.parametrize(("size", "gb"), [(0, 0), (1, 1), (GB, 1), (GB + 1, 2)])
def test_a_gb_begun_counts_whole(size: int, gb: int) -> None:
    assert gb_of(size) == gb
