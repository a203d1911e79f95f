"""From a run to NetBox and back, over real sockets: drafted, shown, sent once, read back, and seen by the next run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dcops.config import Settings
from dcops.contracts.valuation import Valuation
from dcops.db import Database
from dcops.demo.netbox import NetboxServer
from dcops.demo.netbox_world import NetboxWorld, SimCluster, SimRack, SimRoom, SimSite, SimTenant, SimVm
from dcops.demo.serving import Answer, Question
from dcops.plans import documentation
from dcops.plans.applying import Outcome, apply
from dcops.plans.choices import Choices
from dcops.plans.planning import Proposal, keep, propose
from dcops.sections import Netbox
from dcops.wiring import Parts
from inventory import plan_store, store
from inventory.asking import gather, record
from inventory.clock import FixedClock
from inventory.facts import GIB, GUESTS, Guest, Scope, ScopeStatus, Snapshot
from inventory.findings import ACTIVE
from inventory.models import Customer, Machine, Rack, Room, Share, Site
from inventory.plan import Action
from inventory.reconcile import reconcile
from inventory.report import Report
from tests.conftest import NOW
from tests.inventory.sources.writing_netbox import READER, TOKEN, netbox, sent

START = date(2024, 1, 1)
MAY = Choices(date(2024, 5, 1))
WORLD = NetboxWorld(
    sites=(SimSite("Amiens", "amiens-dc"),),
    rooms=(SimRoom("Salle 1", "salle-1", "amiens-dc"),),
    tenants=(SimTenant("Ville de Ham", "ham"), SimTenant("Roye", "client-roye")),
    racks=(SimRack("A01", "salle-1", 47, "ham"),),
    clusters=(SimCluster("pve-1", "amiens-dc"),),
    vms=(
        SimVm("web1", "pve-1", "ham", vcpus=1.0, memory_mb=2000, disk_mb=20000, vmid=101),
        SimVm("mail", "pve-1", "ham", vcpus=2.0, memory_mb=4000, disk_mb=40000, status="offline", vmid=102),
    ),
    tags=("critique",),
    token=TOKEN,
    reader=READER,
)
WEB1 = Guest(
    "web1", "pve-1", 101, "qemu", "n1", "running", vcpus=Decimal(4), memory_bytes=8 * GIB, disk_bytes=52 * GIB,
    disks=(("scsi0", 20 * GIB), ("scsi1", 32 * GIB)), reference="qemu/101",
)  # fmt: skip
MAIL = replace(
    WEB1,
    name="mail",
    vmid=102,
    vcpus=Decimal(2),
    memory_bytes=4 * GIB,
    disk_bytes=40 * GIB,
    disks=(("scsi0", 40 * GIB),),
)
NEW = replace(WEB1, name="sig", vmid=103, vcpus=Decimal(2), reference="qemu/103")
DRIFT = {
    "rack.misdocumented": 2,  # its height, and its tenant: it is sold by halves
    "rack.undocumented": 1,
    "tenant.undocumented": 1,
    "vm.misdocumented": 4,  # three sizes of web1, the status of mail
    "vm.tenant-differs": 1,
    "vm.undocumented": 1,
}


@dataclass
class Office:
    """An installation, the NetBox that it writes to, and what runs."""

    parts: Parts
    server: NetboxServer
    running: Sequence[Guest] = (WEB1, MAIL, NEW)

    def run(self) -> Report:
        """One reconciliation; each is a day after the one before."""
        clock = FixedClock(self.parts.clock.now() + timedelta(days=1))
        self.parts = replace(self.parts, clock=clock)
        real = Snapshot(
            "pve-1", "real", clock.now(), 0.1, (Scope("pve-1", ScopeStatus.COMPLETE, tuple(self.running), (), GUESTS),)
        )
        snapshots = [real, *gather(self.parts.sources(), clock)]
        assert {one.status for one in snapshots} == {ScopeStatus.COMPLETE}
        with self.parts.database.transaction() as tx:
            record(tx, snapshots)
            return reconcile(tx, snapshots, Valuation(tx), clock.now())

    def drift(self) -> dict[str, list[int]]:
        """The numbers of what is open and is the documentation's, by rule."""
        found: dict[str, list[int]] = {}
        with self.parts.database.transaction() as tx:
            for finding in store.findings(tx, state=ACTIVE):
                if finding.rule in DRIFT:
                    found.setdefault(finding.rule, []).append(finding.id)
        return dict(sorted(found.items()))

    def ids(self) -> list[int]:
        return [id for ids in self.drift().values() for id in ids]

    def propose(self, ids: Sequence[int] | None = None) -> Proposal:
        return propose(self.parts, self.ids() if ids is None else ids, MAY)

    def keep(self, ids: Sequence[int] | None = None) -> tuple[int, Proposal]:
        shown = self.propose(ids)
        assert shown.refused == ()
        asked = [id for action in shown.actions for id in action.findings]
        return keep(self.parts, asked, MAY, shown.checksum, "alex", "revue"), shown

    def apply(self, number: int, shown: Proposal) -> Outcome:
        return apply(self.parts, number, shown.checksum, "alex")

    def row(self, path: str, name: str) -> dict[str, Any]:
        return next(row for row in self.server.rows.lists[f"/api/{path}/"] if row["name"] == name)


def ordered(guest: Guest, customer: Customer) -> Machine:
    """The order of a machine as it runs."""
    assert guest.memory_bytes is not None
    assert guest.disk_bytes is not None
    sizes = {"vcpu": int(guest.vcpus or 0), "ram_gb": guest.memory_bytes // GIB, "disk_gb": guest.disk_bytes // GIB}
    return Machine(name=guest.name, customer=customer, cluster=guest.cluster, vmid=guest.vmid, start=START, **sizes)


@pytest.fixture
def office(sqlite_database: Database) -> Iterator[Office]:
    """Ham and Roye, two racks of which one is sold by halves, three machines; a NetBox that is behind."""
    with sqlite_database.transaction() as tx:
        ham, roye, bray = (Customer(code=code, name=name, kind="commune") for code, name in
                           (("ham", "Ham"), ("roye", "Roye"), ("bray", "Bray-sur-Somme")))  # fmt: skip
        room = Room(name="Salle 1", site=Site(name="Amiens"))
        rack = Rack(name="A01", room=room, u_height=42)
        tx.add_all([ham, roye, bray, rack, Rack(name="A02", room=room, u_height=42)])
        for place, customer in ((1, ham), (2, roye)):
            first = 42 * (place - 1)
            tx.add(Share(rack=rack, customer=customer, kind="half", position=place, first_half_unit=first,
                         end_half_unit=first + 42, start=START))  # fmt: skip
        tx.add_all([ordered(WEB1, ham), ordered(MAIL, roye), ordered(NEW, bray)])
    with netbox(WORLD) as (server, _):
        settings = Settings(netbox=Netbox(url=server.url, token_env="READ", write=True, write_token_env="WRITE"))
        rules = [{"source": "netbox-tenant", "match": "client-(.+)"}, {"source": "netbox-tenant", "match": "(.+)"}]
        settings = Settings.model_validate(settings.model_dump(exclude_unset=True) | {"mapping": rules})
        yield Office(Parts(settings, sqlite_database, FixedClock(NOW), {"READ": READER, "WRITE": TOKEN}), server)


def test_the_drift_is_found_written_and_gone_and_then_nothing_is_sent(office: Office) -> None:
    office.run()
    assert {rule: len(ids) for rule, ids in office.drift().items()} == DRIFT
    number, shown = office.keep()
    assert office.server.writes == []  # read only, so far
    outcome = office.apply(number, shown)
    assert (outcome.failed, outcome.outdated, outcome.applied) == (0, 0, 6), outcome.messages
    writes = len(office.server.writes)
    report = office.run()
    assert office.drift() == {}
    assert report.resolved == sum(DRIFT.values())
    again = office.apply(number, shown)
    office.run()
    assert (again.applied, len(office.server.writes)) == (0, writes)


def test_what_was_written(office: Office) -> None:
    office.run()
    office.apply(*office.keep())
    rack, other = office.row("dcim/racks", "A01"), office.row("dcim/racks", "A02")
    assert (rack["u_height"], rack["tenant"]) == (42, None)
    assert (other["u_height"], other["location"]["name"], other["site"]["name"]) == (42, "Salle 1", "Amiens")
    web1, mail, sig = (office.row("virtualization/virtual-machines", name) for name in ("web1", "mail", "sig"))
    assert (web1["vcpus"], web1["memory"], web1["disk"], web1["virtual_disk_count"]) == (4.0, 8000, 52000, 2)
    assert (mail["status"]["value"], mail["tenant"]["slug"]) == ("active", "client-roye")  # whose slug is not the code
    assert (sig["tenant"]["slug"], sig["disk"], sig["custom_fields"]) == ("bray", 52000, {"vmid": 103})


def test_what_others_need_is_created_before_them(office: Office) -> None:
    office.run()
    drift = office.drift()
    _, shown = office.keep([*drift["vm.undocumented"], *drift["tenant.undocumented"]])
    assert [action.target for action in shown.actions] == [
        "tenancy/tenants/bray",
        "virtualization/virtual-machines/sig",
    ]


def test_the_plan_shows_exactly_what_is_then_sent(office: Office) -> None:
    office.run()
    number, shown = office.keep()
    announced = [
        line
        for action in shown.actions
        for line in documentation.requests_shown(office.parts, action.kind, action.payload)
    ]
    office.apply(number, shown)
    assert len(announced) == len(office.server.writes)
    for told, write in zip(announced, office.server.writes, strict=True):
        head, _, body = told.partition("\n\n")
        first, *headers = head.splitlines()
        assert first == f"{write.method} {office.server.url}{write.path}"
        said = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
        assert said.pop("authorization") == "***"
        assert said.items() <= write.headers.items()
        assert ("if-match" in said) == ("if-match" in write.headers)
        assert body.encode() == write.body
        assert TOKEN not in told


def test_all_that_differs_of_a_machine_is_one_request_and_its_disks(office: Office) -> None:
    office.run()
    _, shown = office.keep(office.drift()["vm.misdocumented"])
    (web1,) = [action for action in shown.actions if len(action.findings) == 3]
    assert [(one["method"], one["path"], one["body"]) for one in web1.payload["requests"]] == [
        ("PATCH", "virtualization/virtual-machines/1", {"vcpus": 4.0, "memory": 8000}),
        ("POST", "virtualization/virtual-disks", {"virtual_machine": 1, "name": "scsi1", "size": 32000}),
    ]
    assert web1.title.startswith("Corriger la machine web1 : ")


def test_a_technician_who_was_faster_is_not_overwritten(office: Office) -> None:
    web1 = office.row("virtualization/virtual-machines", "web1")
    web1["name"] = "web1.amiens.lan"  # the same to us: it stays as people wrote it
    office.run()
    number, shown = office.keep(office.drift()["vm.misdocumented"])
    web1 |= {"comments": "à migrer", "last_updated": "2024-06-20T00:00:00.000001Z"}
    outcome = office.apply(number, shown)
    assert (outcome.applied, outcome.outdated) == (1, 1)
    assert (web1["vcpus"], web1["comments"]) == (1.0, "à migrer")
    office.run()
    outcome = office.apply(*office.keep(office.drift()["vm.misdocumented"]))
    assert (outcome.applied, outcome.outdated, web1["vcpus"], web1["comments"]) == (1, 0, 4.0, "à migrer")
    assert web1["name"] == "web1.amiens.lan"


def test_an_error_in_the_middle_fails_that_action_which_is_tried_again_or_planned_anew(office: Office) -> None:
    office.run()
    office.server.failing_writes = {2, 5}
    number, shown = office.keep()
    outcome = office.apply(number, shown)
    assert (outcome.applied, outcome.failed, outcome.outdated) == (4, 2, 0)
    assert sum("erreur 500" in message for message in outcome.messages) == 2
    office.server.failing_writes = {len(office.server.writes) + 1}
    again = apply(office.parts, number, shown.checksum, "alex", retry=True)
    assert (again.applied, again.failed, again.outdated) == (1, 1, 0)
    office.run()
    outcome = office.apply(*office.keep())
    office.run()
    assert (outcome.failed, office.drift()) == (0, {})
    bodies = [write.body for write in office.server.writes]
    assert len(bodies) - len(set(bodies)) == 3  # those that failed, and nothing else, were sent again


def test_killed_between_the_write_and_its_record_nothing_is_made_twice(office: Office) -> None:
    office.run()
    number, shown = office.keep()
    create: list[Action] = [action for action in shown.actions if action.kind == "netbox.create"]
    for action in create:  # sent, and the process died before it could say so
        documentation.carry_out(office.parts, action)
    before = len(office.server.writes)
    outcome = office.apply(number, shown)
    assert (outcome.applied, outcome.failed, outcome.outdated) == (6, 0, 0)
    assert outcome.messages.count("NetBox est déjà ainsi, rien n'a été envoyé.") == len(create)
    names = [body.get("name") for method, _, body in sent(office.server)[before:] if method == "POST"]
    assert names == ["scsi1"]  # the missing disk of web1, which is corrected
    assert len(office.server.rows.lists["/api/virtualization/virtual-machines/"]) == 3


@pytest.mark.parametrize(("minutes", "done"), [(0, (1, 1, 1)), (3, (0, 0, 2))])
def test_who_applies_the_same_plan_meanwhile_does_the_rest_or_takes_over_what_is_too_long(
    office: Office, minutes: int, done: tuple[int, int, int]
) -> None:
    office.run()
    later = replace(office.parts, clock=FixedClock(office.parts.clock.now() + timedelta(minutes=minutes)))
    number, shown = office.keep(office.drift()["vm.misdocumented"])
    answer, theirs = office.server.respond, list[Outcome]()

    def meanwhile(question: Question) -> Answer:
        if question.method == "PATCH" and not theirs:
            theirs.append(Outcome())
            theirs[0] = apply(later, number, shown.checksum, "sam")
        return answer(question)

    office.server.respond = meanwhile
    mine = office.apply(number, shown)
    assert (mine.applied, theirs[0].waiting, theirs[0].applied) == done
    assert (mine.outdated, mine.failed) == (0, 0)
    with office.parts.database.transaction() as tx:
        assert [row.state for row in plan_store.plan(tx, number).actions] == ["applied", "applied"]
    bodies = [write.body for write in office.server.writes]
    assert len(bodies) - len(set(bodies)) == (1 if minutes else 0)  # what came too late was refused by its version


def test_off_it_still_shows_and_sends_nothing(office: Office) -> None:
    office.run()
    assert office.parts.settings.netbox is not None
    off = office.parts.settings.netbox.model_copy(update={"write": False})
    office.parts = replace(office.parts, settings=office.parts.settings.model_copy(update={"netbox": off}))
    outcome = office.apply(*office.keep())
    assert (outcome.applied, outcome.failed) == (0, 6)
    assert all("write = true" in message for message in outcome.messages)
    assert office.server.writes == []


def test_what_netbox_lacks_is_said_and_the_rest_is_planned(office: Office) -> None:
    rows = office.server.rows.lists
    rows["/api/dcim/locations/"].clear()
    rows["/api/virtualization/clusters/"].append({**rows["/api/virtualization/clusters/"][0], "id": 9})
    rows["/api/virtualization/virtual-machines/"][0]["name"] = "sig"
    rows["/api/virtualization/virtual-machines/"][0]["custom_fields"] = {}
    office.run()
    refused = {one.title: one.why for one in office.propose().refused}
    (rack,) = [why for title, why in refused.items() if "A02" in title]
    assert rack == (
        "NetBox ne connaît pas la salle « Salle 1 » : l'y créer ou l'y renommer, puis préparer le plan de nouveau."
    )
    assert any("a plusieurs fois le cluster « pve-1 »" in why for why in refused.values())


def test_disks_too_many_are_left_to_a_person(office: Office) -> None:
    office.running = (
        replace(WEB1, vcpus=Decimal(1), memory_bytes=2 * GIB, disk_bytes=8 * GIB, disks=(("virtio0", 8 * GIB),)),
        MAIL,
        NEW,
    )
    disks = office.server.rows.lists["/api/virtualization/virtual-disks/"]
    disks.append({**disks[0], "id": 9, "name": "virtio0", "size": 8000})
    office.run()
    (refused,) = [one.why for one in office.propose().refused]
    assert refused == "il ne reste qu'à retirer dans NetBox, à la main, les disques virtuels scsi0."
