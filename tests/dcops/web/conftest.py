"""A small data centre seen through the web: two rooms, three racks, a machine, a box, seats, hours, findings, load."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from dcops.alerts.models import Alert, AlertNotice
from dcops.app import create_app
from dcops.auth.users import add_user
from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Billing, Operator, Web
from dcops.support import hours
from dcops.wiring import Parts
from inventory.clock import FixedClock
from inventory.evidence import document_of
from inventory.facts import GIB, Guest, Mounting
from inventory.models import (
    AntivirusSeats,
    Customer,
    Finding,
    Machine,
    Membership,
    NasUnit,
    Population,
    Rack,
    Room,
    Share,
    Site,
    SourceSnapshot,
)
from inventory.orm import Transaction
from metering.models import EnergyInterval, MeterReading, PollFailure, PollRun, ReadingFault
from tests.conftest import NOW
from tests.metering.world import add_meter

PASSWORD = "correct horse battery staple"
QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""What the same password costs less to check with: hundreds of tests log in."""
START = date(2024, 1, 1)
ISSUER = Operator(
    name="Somme Numérique", siret="25800436500015", address="1 rue de l’Exemple", postcode="80000", city="Amiens"
)
LOAD_FROM = datetime(2024, 5, 31, 22, 0, tzinfo=UTC)  # midnight of 1 June in Paris


def seed(tx: Transaction) -> None:
    """Everything the pages show, once each."""
    albert = Customer(
        code="albert", name="Ville d’Albert", kind="commune", insee="80016",
        populations=[Population(year=2021, inhabitants=10000)],
        memberships=[Membership(start=date(2020, 1, 1))],
    )  # fmt: skip
    roye = Customer(
        code="roye", name="Ville de Roye", kind="commune", populations=[Population(inhabitants=6000)], memberships=[]
    )
    tx.add_all([albert, roye])
    _space(tx, albert, roye)
    _orders(tx, albert, roye)
    _evidence(tx, albert)
    _alerts(tx)
    tx.flush()
    for login, role, customer in (
        ("tech", "technician", None),
        ("compta", "accountant", None),
        ("mairie", "commune", "albert"),
    ):
        add_user(tx, login, login.title(), role, PASSWORD, NOW, customer).password_hash = QUICK_HASH
    hours.sell(tx, "albert", "assist-5h", date(2024, 2, 1), "tech", NOW)
    hours.log(tx, "albert", 45, date(2024, 3, 1), "Imprimante", "tech", NOW, Settings().support)


def _space(tx: Transaction, albert: Customer, roye: Customer) -> None:
    site = Site(name="Amiens")
    hall, annex = Room(site=site, name="Salle 1"), Room(site=site, name="Salle 2")
    a01 = Rack(room=hall, name="A01", u_height=42, feeds="A,B", capacity_w=3500)
    a02, b01 = (Rack(room=room, name=name, u_height=42, feeds="A,B") for room, name in ((hall, "A02"), (annex, "B01")))
    tx.add_all([
        a01, a02, b01,
        Share(rack=a01, customer=albert, kind="half", position=1, first_half_unit=0, end_half_unit=42, start=START),
        Share(rack=a01, customer=roye, kind="quarter", position=3, first_half_unit=42, end_half_unit=63, start=START),
        Share(rack=b01, customer=roye, kind="full", position=1, first_half_unit=0, end_half_unit=84,
              start=date(2023, 1, 1), end=date(2024, 3, 1)),
    ])  # fmt: skip
    for feed, watts in (("A", 600), ("B", 400)):
        _meter(tx, a01, feed, watts)
    run = PollRun(started_at=NOW - timedelta(minutes=5), ended_at=NOW, devices_ok=2, devices_failed=1, readings=2)
    run.failures = [PollFailure(address="10.0.0.9", message="ne répond pas en 2 s")]
    tx.add(run)


def _meter(tx: Transaction, rack: Rack, feed: str, watts: int) -> None:
    """A meter with fourteen days of hourly load, the second day estimated, and a reading five minutes ago."""
    meter = add_meter(
        tx,
        f"{rack.name}-{feed}",
        rack,
        feed,
        driver="snmp",
        address="127.0.0.1:1",
        start=datetime(2024, 1, 1, tzinfo=UTC),
    )
    for hour in range(14 * 24):
        start = LOAD_FROM + timedelta(hours=hour)
        flag = "ESTIMATED" if 24 <= hour < 48 else "ACTUAL"
        tx.add(EnergyInterval(
            meter_id=meter.id, start=start, end=start + timedelta(hours=1), wh=watts, flag=flag, method="registers",
            recorded_at=NOW,
        ))  # fmt: skip
    at = NOW - timedelta(minutes=5)
    tx.add(MeterReading(meter_id=meter.id, at=at, wh=5_000_000, power_w=watts, source="poll", received_at=at))
    if feed == "B":
        tx.add(
            ReadingFault(meter=meter, at=at, kind="reset", wh=12, message="le registre est revenu à zéro", seen_at=at)
        )


def _orders(tx: Transaction, albert: Customer, roye: Customer) -> None:
    tx.add_all([
        Machine(name="web-01", customer=albert, cluster="amiens-a", vmid=101, vcpu=2, ram_gb=4, disk_gb=50,
                start=START),
        Machine(name="ancien", customer=roye, cluster="amiens-a", vmid=90, vcpu=1, ram_gb=2, disk_gb=20,
                start=date(2023, 1, 1), end=date(2024, 1, 1)),
        NasUnit(serial="SN-0001", customer=albert, model="DS223", plan_gb=60, start=START),
        AntivirusSeats(customer=albert, kind="workstation", quantity=12, start=START),
        AntivirusSeats(customer=roye, kind="server", quantity=2, start=START),
    ])  # fmt: skip


def _evidence(tx: Transaction, albert: Customer) -> None:
    guest = Guest("web-01", "amiens-a", 101, "qemu", "pve1", "running", False, Decimal(4), 4 * GIB, 50 * GIB)
    _snapshot(tx, "amiens-a", "real", [document_of(guest)])
    _snapshot(tx, "netbox", "documented", [document_of(Mounting("A01", "srv-albert", 0, 4, "front", "albert"))])
    tx.add_all([
        Finding(
            thing="vm:amiens-a/101", rule="vm.oversized", field="vcpu", scope="amiens-a", customer=albert,
            title="web-01 tourne avec 4 vCPU, 2 vendus", sold=2, documented=None, real=4,
            eur_per_year=Decimal("120.00"), state="OPEN", first_seen=NOW, last_seen=NOW,
            sources={"amiens-a": NOW.isoformat()},
        ),
        Finding(
            thing="rack:A01", rule="rack.squatter", field="", scope="netbox", title="A01 : appareil hors des parts",
            sold=None, documented={"device": "srv-albert"}, real=None, eur_per_year=Decimal("600.00"),
            state="ACKNOWLEDGED", first_seen=NOW, last_seen=NOW, sources={"netbox": NOW.isoformat()},
        ),
    ])  # fmt: skip


def _alerts(tx: Transaction) -> None:
    """One that is open and was told, one that is over."""
    at = NOW - timedelta(hours=2)
    told = AlertNotice(channel="email", what="opened", attempts=1, sent_at=at)
    why = "webhook « astreinte » : il répond 500."
    waiting = AlertNotice(channel="astreinte", what="opened", attempts=3, error=why)
    tx.add_all([
        Alert(kind="feed-load", subject="baie:A01/A", rack="A01", severity="critical", since=at, opened_at=at,
              seen_at=NOW, message="Baie A01, voie A : 3,60 kW, soit 102 % de la capacité d'une voie.",
              notices=[told, waiting]),
        Alert(kind="job-late", subject="tâche:synchronise", severity="warning", since=at, opened_at=at, seen_at=at,
              closed_at=at + timedelta(minutes=90), message="Tâche « Interroger les sources » : en retard."),
    ])  # fmt: skip


def _snapshot(tx: Transaction, source: str, kind: str, facts: list[dict[str, object]]) -> None:
    tx.add(SourceSnapshot(
        source=source, kind=kind, scope=source, status="complete", taken_at=NOW, duration_s=0.4,
        object_count=len(facts), facts=facts, faults=[],
    ))  # fmt: skip


@pytest.fixture(scope="session")
def web_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded database, made once: hashing passwords is slow on purpose."""
    path = tmp_path_factory.mktemp("web") / "template.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with database.transaction() as tx:
        seed(tx)
    database.dispose()
    return path


@pytest.fixture
def web_parts(web_template: Path, clock: FixedClock, tmp_path: Path) -> Iterator[Parts]:
    """The parts of the seeded data centre, at the fixed instant of the tests."""
    shutil.copy(web_template, tmp_path / "web.db")
    database = Database(f"sqlite:///{tmp_path / 'web.db'}")
    settings = Settings(
        operator=ISSUER, web=Web(secret_file=tmp_path / "secret_key"), billing=Billing(exports_dir=tmp_path / "exports")
    )
    yield Parts(settings, database, clock, {})
    database.dispose()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates that an earlier test has compiled: doing it anew for each takes longer than most of them."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(web_parts: Parts, compiled: FileSystemBytecodeCache) -> Flask:
    made = create_app(web_parts)
    made.jinja_env.bytecode_cache = compiled
    return made


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    return app.test_client()


def log_in(app: Flask, login: str) -> FlaskClient:
    """A browser in which that user is logged in, through the login form and its token."""
    client = app.test_client()
    page = client.get("/connexion").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post("/connexion", data={"login": login, "password": PASSWORD, "csrf_token": token, "next": "/"})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return client


@pytest.fixture
def technician(app: Flask) -> FlaskClient:
    return log_in(app, "tech")


@pytest.fixture
def accountant(app: Flask) -> FlaskClient:
    return log_in(app, "compta")


@pytest.fixture
def commune(app: Flask) -> FlaskClient:
    return log_in(app, "mairie")
