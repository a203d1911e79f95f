"""Changes made exact with what NetBox holds: ids looked up by name, what is missing or taken said, then written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from dcops.demo.netbox import NetboxServer
from dcops.demo.netbox_world import SimCluster, SimSite, SimVm
from dcops.demo.serving import Answer, Question
from inventory.errors import Conflict, DomainError, Invalid, Unavailable
from inventory.facts import GIB
from inventory.sources.netbox_requests import MACHINES, MachineSaid
from inventory.sources.netbox_resolving import (
    Change,
    MachineFix,
    NewMachine,
    NewRack,
    NewTenant,
    RackFix,
    resolved,
)
from inventory.sources.netbox_writer import NetboxWriter
from tests.inventory.sources.writing_netbox import READER, WORLD, netbox, sent

NOTHING = MachineSaid()


def write(writes: NetboxWriter, change: Change) -> list[bool]:
    return [writes.carry_out(request) for request in resolved(change, writes).requests]


def custom_field(server: NetboxServer, kind: str | None) -> None:
    """NetBox's field for vmids is of that kind, or does not exist."""
    fields = server.rows.lists["/api/extras/custom-fields/"]
    if kind is None:
        fields.clear()
    else:
        fields[0]["type"] = {"value": kind, "label": kind}


def test_a_machine_that_moved_to_a_cluster_of_another_site_goes_there_with_its_site() -> None:
    with netbox() as (server, writes):
        assert write(writes, MachineFix(1, NOTHING, "PVE-2", False)) == [True]
        row = writes.read(f"{MACHINES}/1")[0]
    assert (row["cluster"]["name"], row["site"]["name"]) == ("pve-2", "Abbeville")
    assert sent(server)[0][2] == {"cluster": 2, "site": 2}


def test_the_room_of_a_rack_is_that_of_its_site() -> None:
    with netbox() as (server, writes):
        assert write(writes, NewRack("B01", 24, "abbeville", "salle 1", None)) == [True]
    assert sent(server)[0][2] == {"name": "B01", "site": 2, "location": 2, "u_height": 24}


@pytest.mark.parametrize(("kind", "kept"), [("integer", 7), ("text", "7")])
def test_a_vmid_is_written_as_its_field_takes_it(kind: str, kept: int | str) -> None:
    with netbox() as (server, writes):
        custom_field(server, kind)
        (request,) = resolved(MachineFix(1, MachineSaid(vmid=7), None, False), writes).requests
    assert request.body == {"custom_fields": {"vmid": kept}}


def test_without_such_a_field_a_machine_is_created_without_its_vmid_and_none_is_corrected() -> None:
    with netbox() as (server, writes):
        custom_field(server, None)
        (request,) = resolved(NewMachine(MachineSaid("new", vmid=7), "pve-1"), writes).requests
        assert "custom_fields" not in request.body
        with pytest.raises(Invalid, match="n'a pas de champ personnalisé « vmid »"):
            resolved(MachineFix(1, MachineSaid(vmid=7), None, False), writes)


def test_where_only_the_total_is_documented_the_total_is_corrected() -> None:
    said = MachineSaid(disk_bytes=52 * GIB, drives=(("scsi0", 20 * GIB), ("scsi1", 32 * GIB)))
    with netbox() as (server, writes):
        assert write(writes, MachineFix(2, said, None, True)) == [True]
        assert write(writes, MachineFix(1, said, None, True)) == [True]
    assert [body for _, _, body in sent(server)] == [
        {"disk": 52000},
        {"virtual_machine": 1, "name": "scsi1", "size": 32000},
    ]


def test_a_sum_alone_corrects_the_only_disk_and_not_several() -> None:
    with netbox() as (server, writes):
        said = MachineSaid(disk_bytes=30 * GIB)
        assert write(writes, MachineFix(1, said, None, True)) == [True]
        assert sent(server)[0] == ("PATCH", "/api/virtualization/virtual-disks/1/", {"size": 30000})
        disks = server.rows.lists["/api/virtualization/virtual-disks/"]
        disks.append({**disks[0], "id": 9, "name": "scsi9"})
        with pytest.raises(Invalid, match="que par leur somme"):
            resolved(MachineFix(1, MachineSaid(disk_bytes=99 * GIB), None, True), writes)


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        (NewTenant("ham", "Ham"), Conflict, "« ham » est déjà dans NetBox"),
        (NewRack("a01", 42, "Amiens", "Salle 1", None), Conflict, "« a01 » est déjà dans NetBox"),
        (NewRack("B01", 42, "Lille", "Salle 1", None), Invalid, "ne connaît pas le site « Lille »"),
        (NewRack("B01", 42, "Amiens", "Salle 9", None), Invalid, "ne connaît pas la salle « Salle 9 »"),
        (NewRack("B01", 42, "Same", "Salle 1", None), Invalid, "a plusieurs fois le site « Same »"),
        (NewMachine(MachineSaid("new"), "pve-9"), Invalid, "ne connaît pas le cluster « pve-9 »"),
        (NewMachine(MachineSaid("WEB1", tenant="abbeville"), "pve-1"), Conflict, "« WEB1 » est déjà dans NetBox"),
        (NewMachine(MachineSaid("n" * 65), "pve-1"), Invalid, "64 caractères"),
        (MachineFix(1, MachineSaid("Web2"), None, False), Conflict, "« web2 » .n° 2. porte déjà ce nom"),
        (MachineFix(3, MachineSaid(tenant="abbeville"), None, False), Conflict, "« web1 » .n° 1. porte déjà ce nom"),
        (MachineFix(1, MachineSaid(vcpus=Decimal(1)), None, False), Conflict, "est déjà ainsi"),
        (RackFix(2, {"tenant": {"slug": "ham"}}), Conflict, "est déjà ainsi"),
        (RackFix(99, {"u_height": 1}), DomainError, "No Rack matches the given query"),
    ],
)
def test_what_is_missing_taken_or_done_already(change: Change, kind: type[DomainError], told: str) -> None:
    world = replace(
        WORLD,
        sites=(*WORLD.sites, SimSite("Same", "same-1"), SimSite("same", "same-2")),
        clusters=(*WORLD.clusters, SimCluster("pve-3", "amiens")),
        vms=(*WORLD.vms, SimVm("web1", "pve-1", "ham")),
    )
    with netbox(world) as (server, writes), pytest.raises(kind, match=told):
        resolved(change, writes)
    assert server.writes == []


def test_a_tag_that_netbox_does_not_have_is_said_before_anything_is_sent() -> None:
    with netbox(tag="critique") as (_, writes):
        (request,) = resolved(NewTenant("x", "X"), writes).requests
    assert request.body["add_tags"] == [{"slug": "critique"}]
    with netbox(tag="nope") as (_, writes), pytest.raises(Invalid, match="le tag « nope » : l'y créer"):
        resolved(NewTenant("x", "X"), writes)


def test_what_plans_never_create_is_asked_once() -> None:
    with netbox() as (server, writes):
        asked: list[str] = []
        answer = server.respond

        def counted(question: Question) -> Answer:
            asked.append(question.path)
            return answer(question)

        server.respond = counted
        for number in range(3):
            resolved(NewMachine(MachineSaid(f"new{number}", vmid=number), "pve-1"), writes)
    clusters, fields = "/api/virtualization/clusters/", "/api/extras/custom-fields/"
    assert [asked.count(path) for path in (clusters, fields, f"/api/{MACHINES}/")] == [1, 1, 3]


def test_everything_is_shown_to_a_token_that_only_reads() -> None:
    with netbox(token=READER, enabled=False) as (server, writes):
        found = resolved(NewMachine(MachineSaid("new", tenant="not-yet"), "pve-1"), writes)
    assert [request.body["tenant"] for request in found.requests] == [{"slug": "not-yet"}]
    assert server.writes == []


def test_a_list_that_the_token_may_not_read_says_which_right_it_needs() -> None:
    with netbox(token="nbt_other.secret") as (_, writes), pytest.raises(Unavailable) as refused:
        resolved(NewTenant("x", "X"), writes)
    assert "tenancy/tenants : accès refusé (Invalid v2 token) ; vérifier le jeton" in str(refused.value)
    assert "droit « view »" in str(refused.value)


@pytest.mark.parametrize("version", ["4.0.11", "v3.7.8-Docker-2.8"])
def test_disks_are_not_written_where_they_are_counted_in_gb(version: str) -> None:
    with netbox(replace(WORLD, version=version)) as (server, writes):
        assert write(writes, MachineFix(1, replace(NOTHING, memory_bytes=4 * GIB), None, False)) == [True]
        with pytest.raises(Invalid, match="compte les disques en Go"):
            write(writes, MachineFix(1, replace(NOTHING, disk_bytes=7 * GIB), None, True))
    assert len(sent(server)) == 1
