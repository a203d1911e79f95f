"""What is written to NetBox, over real HTTP: what is sent, what is refused, what is left as somebody else put it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcops.demo.netbox import NetboxServer
from dcops.demo.serving import Answer, Question, Server, in_thread
from inventory.errors import DomainError, Invalid, Unavailable
from inventory.facts import GIB
from inventory.plan import Outdated
from inventory.sources.netbox_requests import (
    DISKS,
    MACHINES,
    RACKS,
    TENANTS,
    MachineSaid,
    Place,
    Request,
    drive_requests,
    machine_fields,
    new_machine,
    new_rack,
    new_tenant,
    patch,
    tagged,
)
from inventory.sources.netbox_resolving import versioned
from inventory.sources.netbox_writer import NetboxWriter
from tests.inventory.sources.writing_netbox import READER, TOKEN, WORLD, netbox, sent, writer

MACHINE = MachineSaid(
    "mail1", "running", Decimal("1.50"), 4 * GIB, 52 * GIB, (("scsi0", 20 * GIB), ("scsi1", 32 * GIB)), 102, "ham"
)
NEW_MACHINE = new_machine(MACHINE, Place(cluster=1), 1000)
NEW_TENANT = new_tenant("peronne", "Ville de Péronne")
NEW_RACK = new_rack("A03", 47, Place(site=1, location=1), "abbeville")


def row(server: NetboxServer, path: str, id: int) -> dict[str, Any]:
    return next(one for one in server.rows.lists[f"/api/{path}/"] if one["id"] == id)


def web1(writes: NetboxWriter, **wanted: Any) -> Request:
    """The patch of the first machine, as it is seen now."""
    found, version = writes.read(f"{MACHINES}/1")
    (request,) = patch(MACHINES, found, wanted, version)
    return request


def test_a_tenant_a_rack_and_a_machine_with_its_drives_are_created_and_read_back() -> None:
    with netbox() as (server, writes):
        done = [writes.carry_out(request) for request in (NEW_TENANT, NEW_RACK, *NEW_MACHINE)]
        tenant, rack, machine = row(server, TENANTS, 3), row(server, RACKS, 3), row(server, MACHINES, 3)
    assert done == [True] * 5
    assert (tenant["slug"], tenant["name"]) == ("peronne", "Ville de Péronne")
    assert (rack["name"], rack["u_height"], rack["site"]["name"]) == ("A03", 47, "Amiens")
    assert (rack["location"]["name"], rack["tenant"]["slug"]) == ("Salle 1", "abbeville")
    assert (machine["name"], machine["cluster"]["name"], machine["tenant"]["slug"]) == ("mail1", "pve-1", "ham")
    assert (machine["status"]["value"], machine["vcpus"], machine["memory"]) == ("active", 1.5, 4000)
    assert (machine["disk"], machine["custom_fields"]["vmid"], machine["site"]["name"]) == (52000, 102, "Amiens")


def test_the_machine_comes_before_its_drives_and_says_no_disk() -> None:
    with netbox() as (server, writes):
        for request in NEW_MACHINE:
            writes.carry_out(request)
    machine, *disks = sent(server)
    assert machine[:2] == ("POST", "/api/virtualization/virtual-machines/")
    assert "disk" not in machine[2]
    assert [(path, body["name"], body["size"]) for _, path, body in disks] == [
        ("/api/virtualization/virtual-disks/", "scsi0", 20000),
        ("/api/virtualization/virtual-disks/", "scsi1", 32000),
    ]


def test_carried_out_again_nothing_is_sent() -> None:
    with netbox() as (server, writes):
        requests = [NEW_TENANT, NEW_RACK, *NEW_MACHINE, web1(writes, vcpus=4.0)]
        first = [writes.carry_out(request) for request in requests]
        count = len(server.writes)
        again = [writes.carry_out(request) for request in requests]
    assert (first, again, count, len(server.writes)) == ([True] * 6, [False] * 6, 6, 6)


def test_a_creation_killed_after_it_was_sent_is_adopted() -> None:
    with netbox() as (server, writes):
        writes.carry_out(NEW_MACHINE[0])
        writes.carry_out(NEW_MACHINE[1])
        resumed = [writer(server.url).carry_out(request) for request in NEW_MACHINE]
    assert resumed == [False, False, True]
    assert len(server.writes) == 3


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (new_tenant("ham", "Autre nom"), "name"),
        (new_rack("A02", 47, Place(site=1, location=1), None), "u_height"),
        (new_machine(MachineSaid("WEB1", vcpus=Decimal(8), tenant="abbeville"), Place(cluster=1), 1000)[0], "vcpus"),
    ],
)
def test_what_somebody_created_otherwise_meanwhile_is_left_alone(request_: Request, told: str) -> None:
    with netbox() as (server, writes), pytest.raises(Outdated, match=told):
        writes.carry_out(request_)
    assert server.writes == []


def test_a_patch_says_only_what_differs_and_on_which_version() -> None:
    with netbox() as (server, writes):
        request = web1(writes, name="web1", vcpus=4.0, memory=2000, status="active", tenant={"slug": "ham"})
        assert writes.carry_out(request)
        tag = server.writes[0].headers["if-match"]
    assert sent(server) == [("PATCH", f"/api/{MACHINES}/1/", {"vcpus": 4.0, "tenant": {"slug": "ham"}})]
    assert tag == request.etag == 'W/"2024-01-01T00:00:00+00:00"'


def test_no_request_is_made_of_an_object_that_is_as_wanted() -> None:
    with netbox() as (_, writes):
        found, version = writes.read(f"{MACHINES}/1")
        assert (
            patch(
                MACHINES,
                found,
                {"vcpus": 1.0, "status": "active", "cluster": 1, "tenant": {"slug": "abbeville"}},
                version,
            )
            == []
        )


def test_an_object_that_changed_since_is_not_overwritten() -> None:
    with netbox() as (server, writes):
        request = web1(writes, vcpus=4.0)
        technician = web1(writes, memory=8000)
        assert writes.carry_out(technician)
        with pytest.raises(Outdated, match="a changé depuis la revue du plan ; relancer"):
            writes.carry_out(request)
        assert (row(server, MACHINES, 1)["vcpus"], len(server.writes)) == (1.0, 1)


def test_an_object_that_changes_between_the_reading_and_the_write_is_a_412() -> None:
    with netbox() as (server, writes):
        request = web1(writes, vcpus=4.0)
        answer = server.respond

        def between(question: Question) -> Answer:
            answered = answer(question)
            if question.method == "GET" and question.path.endswith("/1/"):
                row(server, MACHINES, 1)["last_updated"] = "2024-02-02T00:00:00.000001Z"
            return answered

        server.respond = between
        with pytest.raises(Outdated, match="a changé pendant l'application du plan"):
            writes.carry_out(request)
        assert row(server, MACHINES, 1)["vcpus"] == 1.0


def test_an_object_that_is_gone_is_outdated() -> None:
    with netbox() as (_, writes), pytest.raises(Outdated, match="n'existe plus"):
        writes.carry_out(Request("PATCH", f"{MACHINES}/999", {"vcpus": 2.0}, "x"))


def test_a_tag_is_added_to_those_that_people_put() -> None:
    with netbox() as (server, writes):
        machine = row(server, MACHINES, 1)
        machine["tags"] = [tag for tag in server.rows.lists["/api/extras/tags/"] if tag["name"] == "critique"]
        patched = tagged(web1(writes, vcpus=4.0), "supervision")
        done = [writes.carry_out(patched), writes.carry_out(tagged(NEW_TENANT, "supervision"))]
        assert [tag["slug"] for tag in machine["tags"]] == ["critique", "supervision"]
        assert [tag["slug"] for tag in row(server, TENANTS, 3)["tags"]] == ["supervision"]
        assert (done, writes.carry_out(patched)) == ([True, True], False)
    assert sent(server)[0][2] == {"vcpus": 4.0, "add_tags": [{"slug": "supervision"}]}


def test_nothing_is_sent_while_writing_is_off() -> None:
    with netbox(enabled=False) as (server, writes):
        for request in (NEW_TENANT, web1(writes, vcpus=4.0)):
            with pytest.raises(Invalid, match=r"régler write = true dans la section \[netbox\]"):
                writes.carry_out(request)
    assert server.writes == []


def test_a_token_that_may_only_read() -> None:
    with netbox(token=READER) as (_, writes), pytest.raises(Unavailable) as refused:
        writes.carry_out(NEW_TENANT)
    assert "You do not have permission to perform this action." in str(refused.value)
    assert "vérifier le jeton, qu'il peut écrire" in str(refused.value)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("POST", MACHINES, {"name": "x", "cluster": 99}), "cluster : Related object not found using the"),
        (Request("POST", MACHINES, {"name": "x", "cluster": 1, "tenant": {"slug": "nobody"}}), "{'slug': 'nobody'}"),
        (Request("POST", MACHINES, {"name": "x"}), "A virtual machine must be assigned to a site, cluster, or device."),
        (Request("POST", MACHINES, {"name": "x", "cluster": 1, "custom_fields": {"nope": 1}}), "nope : Custom field"),
        (Request("POST", MACHINES, {"name": "x" * 65, "cluster": 1}), "no more than 64 characters"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_netbox(request_: Request, words: str) -> None:
    with netbox() as (_, writes), pytest.raises(Unavailable) as refused:
        writes.carry_out(request_)
    assert words in str(refused.value)
    assert "erreur 400" in str(refused.value)


def test_a_disk_that_is_not_the_sum_of_the_virtual_disks() -> None:
    with netbox() as (_, writes), pytest.raises(Unavailable, match="must match the aggregate size of assigned virtual"):
        writes.carry_out(web1(writes, disk=1))


def test_a_server_error_in_the_middle_stops_there_and_goes_on_later() -> None:
    with netbox() as (server, writes):
        server.failing_writes = {2}
        writes.carry_out(NEW_MACHINE[0])
        with pytest.raises(Unavailable, match=r"erreur 500 du serveur .*réessayer ce qui a échoué"):
            writes.carry_out(NEW_MACHINE[1])
        assert [writes.carry_out(request) for request in NEW_MACHINE] == [False, True, True]
        assert row(server, MACHINES, 3)["disk"] == 52000


def answering(*answers: Answer) -> Callable[[Question], Answer]:
    left = iter(answers)
    return lambda _: next(left)


ROW = {"id": 1, "name": "web1", "vcpus": 1.0, "last_updated": "then"}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(429, {"detail": "Request was throttled."}), Unavailable, "trop de demandes .Request was throttled"),
        (Answer(409, {"detail": "Unable to delete object."}), Unavailable, "erreur 409 .Unable to delete object"),
        (Answer(412, {"detail": "Precondition failed."}), Outdated, "a changé pendant"),
        (Answer(301, None, headers={"Location": "https://elsewhere/"}), Unavailable, "redirection 301"),
        (Answer(200, ["x"]), Unavailable, "réponse incompréhensible"),
        (Answer(200, ROW), Unavailable, "n'en a pas tenu compte .vcpus"),
    ],
)
def test_whatever_else_it_answers(answer: Answer, kind: type[DomainError], words: str) -> None:
    respond = answering(Answer(200, ROW), answer, Answer(200, ROW))
    with Server("127.0.0.1", 0, None, respond) as server, in_thread(server):
        server.methods = frozenset({"GET", "PATCH"})
        with pytest.raises(kind, match=words):
            writer(server.url).carry_out(Request("PATCH", f"{MACHINES}/1", {"vcpus": 4.0}, "then"))


def test_a_creation_that_is_accepted_and_not_taken_into_account_is_said() -> None:
    nothing, made = Answer(200, {"count": 0, "next": None, "results": []}), {"id": 9, "name": "Ham", "slug": "x"}
    respond = answering(nothing, Answer(201, made), Answer(200, made))
    with Server("127.0.0.1", 0, None, respond) as server, in_thread(server):
        server.methods = frozenset({"GET", "POST"})
        with pytest.raises(Unavailable, match=r"tenancy/tenants/9 et n'en a pas tenu compte .slug"):
            writer(server.url).carry_out(new_tenant("ham", "Ham"))


def test_before_4_6_the_version_is_the_instant_of_the_last_change_and_no_condition_is_sent() -> None:
    asked: list[Question] = []

    def respond(question: Question) -> Answer:
        asked.append(question)
        return Answer(200, ROW | ({"vcpus": 4.0} if len(asked) > 1 else {}))

    with Server("127.0.0.1", 0, None, respond) as server, in_thread(server):
        server.methods = frozenset({"GET", "PATCH"})
        assert writer(server.url).carry_out(Request("PATCH", f"{MACHINES}/1", {"vcpus": 4.0}, "then"))
    assert [(one.method, "if-match" in one.headers) for one in asked] == [
        ("GET", False),
        ("PATCH", False),
        ("GET", False),
    ]


def test_the_secret_is_never_told() -> None:
    def respond(question: Question) -> Answer:
        return Answer(400, {"detail": f"bad header {question.headers['authorization']}"})

    with Server("127.0.0.1", 0, None, respond) as server, in_thread(server):
        with pytest.raises(Unavailable) as refused:
            writer(server.url).read(f"{MACHINES}/1")
        assert TOKEN not in repr(writer(server.url))
    assert TOKEN not in str(refused.value)
    assert "Bearer ***" in str(refused.value)


def test_unreachable_or_silent() -> None:
    with pytest.raises(Unavailable, match="connexion impossible"):
        writer("http://127.0.0.1:1").read(f"{MACHINES}/1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable, match=r"pas de réponse en 0\.2 s"):
            writer(url, timeout_s=0.2).carry_out(NEW_TENANT)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
SAID = st.builds(
    MachineSaid,
    status=st.sampled_from([None, "running", "stopped"]),
    vcpus=st.none() | st.decimals(Decimal("0.01"), 999, places=2),
    memory_bytes=st.none() | st.integers(0, 2**40),
    vmid=st.none() | st.integers(100, 999999),
    tenant=st.sampled_from([None, "abbeville", "ham"]),
)


@settings(max_examples=25)
@given(
    said=SAID,
    drives=st.lists(st.integers(2**20, 2**40), max_size=3),
    tags=st.lists(st.sampled_from(WORLD.tags), unique=True),
    comments=TEXT,
    custom=st.dictionaries(st.sampled_from(["owner", "ticket"]), TEXT),
)
def test_a_patch_leaves_what_people_wrote_and_leaves_nothing_to_patch(
    said: MachineSaid, drives: list[int], tags: list[str], comments: str, custom: dict[str, str]
) -> None:
    with netbox() as (server, writes):
        machine = row(server, MACHINES, 1)
        theirs = {"tags": [tag for tag in server.rows.lists["/api/extras/tags/"] if tag["name"] in tags]}
        theirs |= {"comments": comments, "description": comments, "role": {"id": 4}, "serial": "S1"}
        machine |= theirs | {"custom_fields": {**machine["custom_fields"], **custom}}
        wanted = machine_fields(said, 1000)
        named = [(f"scsi{number}", size) for number, size in enumerate(drives)]
        carry_out(writes, wanted, named)
        after = row(server, MACHINES, 1)
        assert {name: after[name] for name in theirs} == theirs
        assert {name: after["custom_fields"][name] for name in custom} == custom
        assert carry_out(writes, wanted, named) == 0


def carry_out(writes: NetboxWriter, wanted: dict[str, Any], drives: list[tuple[str, int]]) -> int:
    """Make the first machine as wanted; how many requests that took."""
    found, version = writes.read(f"{MACHINES}/1")
    requests, _ = drive_requests(1, writes.rows(DISKS, virtual_machine_id=1), drives, 1000)
    requests = [*patch(MACHINES, found, wanted, version), *(versioned(request, writes) for request in requests)]
    assert all(writes.carry_out(request) for request in requests)
    return len(requests)
