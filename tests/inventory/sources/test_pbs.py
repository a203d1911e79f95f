"""Backup servers that are whole, broken in parts, closed to the token, silent, or no backup server at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dcops.demo.pbs import serving
from dcops.demo.pbs_world import GIB, PbsWorld, SimGroup, SimStore
from dcops.demo.serving import Answer, Question, Server
from dcops.demo.tls import Certificate
from inventory.clock import FixedClock
from inventory.evidence import document_of, fact_of
from inventory.facts import BACKUPS, BackupGroup, BackupStore, Scope, ScopeStatus
from inventory.mapping import BACKUP_STORE, CustomerRule, CustomerRules
from inventory.sources.pbs import PbsSource
from tests.conftest import NOW
from tests.inventory.sources.recorded import Reply, data, recorded, replies

SECRET = "5d1f0c3e-secret"
API = "/api2/json/"
LAST = datetime(2024, 6, 14, 22, tzinfo=UTC)
EPOCH = int(LAST.timestamp())
WORLD = PbsWorld(
    "pbs-1",
    (
        SimStore("2230SQRA0017", 75 * GIB, (SimGroup("poste", EPOCH, "host", 3),)),
        SimStore(
            "machines", 900 * GIB,
            (SimGroup("101", EPOCH, namespace="amiens-a"), SimGroup("102", EPOCH, "ct", 7, "amiens-a/prod"),
             SimGroup("101", EPOCH - 86_400)),
        ),
    ),
    token=SECRET,
)  # fmt: skip


def scope_of(server: Server, certificate: Certificate, **changes: Any) -> Scope:
    asked: dict[str, Any] = {
        "name": "pbs-1", "host": "127.0.0.1", "port": server.port, "user": WORLD.user, "token_name": WORLD.token_name,
        "token": SECRET, "verify_tls": certificate.authority, "timeout_s": 5, "clock": FixedClock(NOW),
        "clusters": ("Amiens-A", "amiens-b"),
    }  # fmt: skip
    snapshot = PbsSource(**(asked | changes)).facts()
    (scope,) = snapshot.scopes
    assert (snapshot.source, snapshot.kind, snapshot.taken_at) == ("pbs-1", "real", NOW)
    assert (scope.name, scope.subject) == ("pbs-1", BACKUPS)
    assert SECRET not in repr(snapshot)
    assert all(fact_of(json.loads(json.dumps(document_of(fact)))) == fact for fact in scope.facts)
    return scope


def stores(scope: Scope) -> dict[str, BackupStore]:
    return {fact.name: fact for fact in scope.facts if isinstance(fact, BackupStore)}


def groups(scope: Scope) -> list[BackupGroup]:
    return [fact for fact in scope.facts if isinstance(fact, BackupGroup)]


def of(world: PbsWorld, certificate: Certificate, **changes: Any) -> Scope:
    with serving(lambda: world, certificate) as server:
        return scope_of(server, certificate, **changes)


def told(table: dict[str, Reply], certificate: Certificate, **changes: Any) -> Scope:
    with replies({f"{API}{path}": reply for path, reply in table.items()}, certificate) as server:
        return scope_of(server, certificate, **changes)


SEES_ALL = data({"/": {"Datastore.Audit": True}})
ONE = {"access/permissions": SEES_ALL, "status/datastore-usage": data([{"store": "s", "total": 9, "used": 5}])}
ROOT_ONLY = {"admin/datastore/s/namespace": data([{"ns": ""}])}


def test_a_whole_server(certificate: Certificate) -> None:
    scope = of(WORLD, certificate)
    assert (scope.status, scope.faults) == (ScopeStatus.COMPLETE, ())
    box, machines = stores(scope)["2230SQRA0017"], stores(scope)["machines"]
    assert box == BackupStore("pbs-1", "2230SQRA0017", 75 * GIB, 4096 * GIB, 1, LAST)
    assert (machines.groups, machines.last_backup) == (3, LAST)
    assert groups(scope) == [
        BackupGroup("pbs-1", "2230SQRA0017", "", "host", "poste", 3, LAST),
        BackupGroup("pbs-1", "machines", "", "vm", "101", 14, datetime(2024, 6, 13, 22, tzinfo=UTC)),
        BackupGroup("pbs-1", "machines", "amiens-a", "vm", "101", 14, LAST, "Amiens-A"),
        BackupGroup("pbs-1", "machines", "amiens-a/prod", "ct", "102", 7, LAST, "Amiens-A"),
    ]


def test_the_rules_say_whose_a_datastore_is(certificate: Certificate) -> None:
    world = replace(WORLD, stores=(SimStore("client-roye", 1), SimStore("nas-17", 2), SimStore("autre", 3)))
    assert {name: store.holder for name, store in stores(of(world, certificate)).items()} == {
        "client-roye": "roye", "nas-17": None, "autre": None,
    }  # fmt: skip
    rules = CustomerRules((CustomerRule(BACKUP_STORE, r"nas-(\d+)", r"2230SQRA00\1"),))
    assert stores(of(world, certificate, rules=rules))["nas-17"].holder == "2230sqra0017"


def test_recorded_answers(recordings: Path, certificate: Certificate) -> None:
    folder = recordings / "proxmox/pbs"
    scope = told(
        {
            "access/permissions": SEES_ALL,
            "status/datastore-usage": recorded(folder / "GET-status-datastore-usage.json"),
            "admin/datastore/datastore1/namespace": data([{"ns": ""}]),
            "admin/datastore/datastore2/namespace": data([]),
            "admin/datastore/datastore1/groups": recorded(folder / "GET-admin-datastore-datastore1-groups.json"),
            "admin/datastore/datastore2/groups": recorded(folder / "GET-admin-datastore-STORE-groups.observed.json"),
        },
        certificate,
    )
    assert scope.status is ScopeStatus.COMPLETE
    assert {name: (store.used_bytes, store.groups) for name, store in stores(scope).items()} == {
        "datastore1": (549755813888, 2), "datastore2": (1099511627776, 1),
    }  # fmt: skip
    assert [(group.kind, group.backup_id, group.count) for group in groups(scope)] == [
        ("ct", "101", 5), ("vm", "100", 7), ("ct", "100", 27),
    ]  # fmt: skip
    assert groups(scope)[2].last_backup == datetime.fromtimestamp(1766800804, UTC)


def test_a_recorded_refusal(recordings: Path, certificate: Certificate) -> None:
    body = json.loads((recordings / "proxmox/pbs/GET-nodes-localhost-status.401.json").read_text())
    scope = told({"status/datastore-usage": Answer(401, body, "Unauthorized")}, certificate)
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert "jeton refusé" in scope.faults[0]


def test_a_wrong_token_fails(certificate: Certificate) -> None:
    scope = of(WORLD, certificate, token="another")
    assert scope.status is ScopeStatus.FAILED
    assert "Proxmox Backup Server « pbs-1 »" in scope.faults[0]
    assert "jeton refusé (401" in scope.faults[0]
    assert "another" not in scope.faults[0]


def test_one_datastore_closed_to_the_token_hides_no_other(certificate: Certificate) -> None:
    scope = of(replace(WORLD, forbidden=frozenset({"machines"})), certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert scope.faults == (
        "Proxmox Backup Server « pbs-1 » : dépôt machines : accès interdit au jeton ; lui donner le rôle "
        "DatastoreAudit sur « /datastore » (avec propagation).",
    )
    assert stores(scope)["machines"].used_bytes == 900 * GIB
    assert stores(scope)["machines"].groups is None
    assert [group.store for group in groups(scope)] == ["2230SQRA0017"]


def test_a_datastore_that_cannot_be_opened_has_unknown_bytes(certificate: Certificate) -> None:
    broken = SimStore("casse", 5, error="unable to open chunk store\n'/mnt/casse'")
    scope = of(replace(WORLD, stores=(*WORLD.stores, broken)), certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert scope.faults == (
        "Proxmox Backup Server « pbs-1 » : dépôt casse illisible (unable to open chunk store '/mnt/casse') ; vérifier "
        "dans son interface qu'il est monté et hors maintenance.",
    )
    assert stores(scope)["casse"] == BackupStore("pbs-1", "casse", None, None, None)


def test_a_token_without_rights_is_not_an_empty_server(certificate: Certificate) -> None:
    scope = of(replace(WORLD, all_seeing=False), certificate)
    assert (scope.status, scope.facts) == (ScopeStatus.PARTIAL, ())
    assert "liste vide : vérifier les droits du jeton (jeton dcops@pbs!lecture)" in scope.faults[0]
    assert "DatastoreAudit" in scope.faults[0]


def test_a_server_too_old_for_namespaces_has_its_root(certificate: Certificate) -> None:
    group = {"backup-type": "vm", "backup-id": "101", "backup-count": 1, "last-backup": 1718402400}
    absent = Answer(404, {"data": None}, "Path '/api2/json/admin/datastore/s/namespace' not found.")
    table: dict[str, Reply] = {"admin/datastore/s/namespace": absent, "admin/datastore/s/groups": data([group])}
    scope = told({**ONE, **table}, certificate)
    assert (scope.status, [one.namespace for one in groups(scope)]) == (ScopeStatus.COMPLETE, [""])


def test_a_token_that_sees_some_datastores_only(certificate: Certificate) -> None:
    some = data({"/datastore/s": {"Datastore.Audit": True}})
    scope = told({**ONE, **ROOT_ONLY, "admin/datastore/s/groups": data([]), "access/permissions": some}, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert "ne voit qu'une partie des dépôts" in scope.faults[0]
    assert stores(scope)["s"].used_bytes == 5


def test_datastores_of_one_disk_are_measured_by_their_clean_up(certificate: Certificate) -> None:
    disk = {"total": 100 * GIB, "used": 60 * GIB, "avail": 40 * GIB}
    rows = [{"store": "a", **disk, "gc-status": {"disk-bytes": 20 * GIB}}, {"store": "b", **disk}]
    table = {"access/permissions": SEES_ALL, "status/datastore-usage": data(rows)}
    for name in "ab":
        table |= {f"admin/datastore/{name}/{part}": data([]) for part in ("namespace", "groups")}
    scope = told(table, certificate)
    assert {name: store.used_bytes for name, store in stores(scope).items()} == {"a": 20 * GIB, "b": None}
    assert scope.status is ScopeStatus.PARTIAL
    assert "b : dépôts d'un même disque, tailles inconnues" in scope.faults[0]


@pytest.mark.parametrize(
    "row",
    [
        {"store": "s"},
        {"store": "s", "total": -1, "used": -1, "avail": -1},
        {"store": "s", "total": 9, "used": None, "history": [None, 0.5]},
        {"store": "s", "total": 9, "used": "5"},
    ],
)
def test_bytes_that_are_not_told_are_unknown_never_zero(certificate: Certificate, row: dict[str, Any]) -> None:
    table = {**ONE, **ROOT_ONLY, "admin/datastore/s/groups": data([]), "status/datastore-usage": data([row])}
    scope = told(table, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert stores(scope)["s"].used_bytes is None
    assert "dépôt s illisible" in scope.faults[0]


def test_what_is_not_asked_for_is_not_read(certificate: Certificate) -> None:
    row = {
        "store": "s",
        "total": 9,
        "used": 5,
        "history": [None, None],
        "estimated-full-date": -12,
        "history-start": None,
    }
    table = {**ONE, **ROOT_ONLY, "admin/datastore/s/groups": data([]), "status/datastore-usage": data([row])}
    assert told(table, certificate).status is ScopeStatus.COMPLETE


@pytest.mark.parametrize(
    "row",
    [
        {"backup-type": "vm", "backup-count": 1},
        {"backup-type": "tape", "backup-id": "1"},
        {"backup_type": "vm", "backup_id": "1"},
        {"backup-type": "vm", "backup-id": None},
        None,
        "vm/100",
    ],
)
def test_a_group_that_cannot_be_read_makes_its_datastore_untold(certificate: Certificate, row: Any) -> None:
    good = {"backup-type": "vm", "backup-id": "100", "backup-count": 1, "last-backup": EPOCH}
    scope = told({**ONE, **ROOT_ONLY, "admin/datastore/s/groups": data([good, row])}, certificate)
    assert (scope.status, groups(scope)) == (ScopeStatus.PARTIAL, [])
    assert stores(scope)["s"].groups is None
    assert "dépôt s : sauvegardes non lues" in scope.faults[0]


@pytest.mark.parametrize("last", [None, 0, "1703635200", 10**30])
def test_a_backup_of_which_the_time_is_no_time_is_of_unknown_time(certificate: Certificate, last: Any) -> None:
    row = {"backup-type": "vm", "backup-id": 100, "last-backup": last}
    scope = told({**ONE, **ROOT_ONLY, "admin/datastore/s/groups": data([row])}, certificate)
    (group,) = groups(scope)
    assert (group.backup_id, group.count, group.last_backup) == ("100", 0, None)
    assert stores(scope)["s"].last_backup is None


@pytest.mark.parametrize("body", [None, "<html>", {"stores": []}, 3])
def test_what_is_no_backup_server_fails(certificate: Certificate, body: Any) -> None:
    scope = told({"access/permissions": SEES_ALL, "status/datastore-usage": data(body)}, certificate)
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert "réponse incompréhensible" in scope.faults[0]


def test_rows_without_a_name_are_told(certificate: Certificate) -> None:
    rows = [{"store": "s", "total": 9, "used": 5}, {"total": 1}, None]
    table = {**ONE, **ROOT_ONLY, "admin/datastore/s/groups": data([]), "status/datastore-usage": data(rows)}
    scope = told(table, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert scope.faults == ("Proxmox Backup Server « pbs-1 » : 2 dépôts ignorés, sans nom.",)


def test_a_page_cut_in_the_middle_of_the_namespaces(certificate: Certificate) -> None:
    """The second namespace fails: the groups of the first alone would be half a truth."""

    def respond(question: Question) -> Answer:
        if question.query.get("ns"):
            return Answer(500, {"data": None}, "reading namespace failed")
        return data([{"backup-type": "vm", "backup-id": "1", "backup-count": 1, "last-backup": EPOCH}])

    table = {**ONE, "admin/datastore/s/namespace": data([{"ns": ""}, {"ns": "a"}]), "admin/datastore/s/groups": respond}
    scope = told(table, certificate)
    assert (scope.status, groups(scope), stores(scope)["s"].groups) == (ScopeStatus.PARTIAL, [], None)
    assert "erreur 500 du serveur (reading namespace failed)" in scope.faults[0]


def test_nobody_at_the_address(certificate: Certificate) -> None:
    with serving(lambda: WORLD, certificate) as server:
        pass
    scope = scope_of(server, certificate)
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert "connexion impossible" in scope.faults[0]


def test_an_unknown_authority(certificate: Certificate) -> None:
    scope = of(WORLD, certificate, verify_tls=True)
    assert scope.status is ScopeStatus.FAILED
    assert "certificat TLS refusé" in scope.faults[0]
