"""An application with the API alone, on a small world, and one token per kind of caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dcops import api
from dcops.auth.tokens import create_token
from dcops.billing import runs
from dcops.config import Settings
from dcops.db import Database
from dcops.monitoring import health
from dcops.sections import Support
from dcops.support import hours
from dcops.wiring import Parts
from inventory.clock import FixedClock
from inventory.models import Customer, Finding, Machine, Membership, Rack, Room, Share, Site
from inventory.orm import Transaction
from tests.dcops.billing.year import ISSUER

NOW = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)


def populate(tx: Transaction) -> dict[str, str]:
    """Three communes, a rack, machines, findings, hours; returns the secrets by caller."""
    codes = ("abbeville", "albert", "roye")
    member = date(2020, 1, 1)
    people = {
        code: Customer(code=code, name=code.title(), kind="commune", memberships=[Membership(start=member)])
        for code in codes
    }
    tx.add_all(people.values())
    rack = Rack(name="A01", room=Room(name="Salle 1", site=Site(name="Amiens")), u_height=42, capacity_w=5000)
    share = {"kind": "half", "position": 1, "first_half_unit": 0, "end_half_unit": 42, "start": date(2024, 1, 1)}
    tx.add_all([rack, Share(rack=rack, customer=people["abbeville"], **share)])
    for number in range(5):
        sizes = {"vcpu": 2, "ram_gb": 4, "disk_gb": 50, "start": date(2024, 1, 1)}
        tx.add(Machine(name=f"vm-{number}", customer=people["roye"], cluster="amiens", vmid=100 + number, **sizes))
        tx.add(_finding(number, people["roye"]))
    tx.flush()
    hours.sell(tx, "abbeville", "assist-5h", date(2024, 3, 1), "camille", NOW)
    hours.log(tx, "abbeville", 40, date(2024, 6, 1), "Imprimante", "alex", NOW, Support())
    return {
        "technician": create_token(tx, "technicien", "technician", NOW),
        "accountant": create_token(tx, "comptable", "accountant", NOW),
        "abbeville": create_token(tx, "abbeville", "commune", NOW, "abbeville"),
    }


def _finding(number: int, customer: Customer) -> Finding:
    return Finding(
        thing=f"vm:amiens/{100 + number}", rule="vm.unbilled", scope="amiens", title="Machine non facturée",
        customer=customer, sold=None, documented=None, real={"vcpus": 2}, eur_per_year=Decimal(number // 2 * 365),
        state="OPEN", first_seen=datetime(2024, 6, 5, 10, tzinfo=UTC), last_seen=NOW, sources={},
    )  # fmt: skip


def billed(parts: Parts) -> None:
    """Issue the year 2024."""
    with parts.database.transaction() as tx:
        run = runs.draft(tx, 2024, parts.settings, "camille", NOW)
        assert run is not None
        runs.issue(tx, run.name, parts.settings, "camille", NOW)


@dataclass
class Api:
    app: APIFlask
    parts: Parts
    secrets: dict[str, str]

    def get(self, path: str, who: str | None = "technician", **options: object) -> TestResponse:
        client: FlaskClient = self.app.test_client()
        headers = {"Authorization": f"Bearer {self.secrets.get(who, who)}"} if who else {}
        return client.open(path if path == "/metrics" else f"/api/v1{path}", headers=headers, **options)  # type: ignore[arg-type]


@pytest.fixture
def build() -> Callable[[Database], Api]:
    def make(database: Database) -> Api:
        parts = Parts(Settings(operator=ISSUER), database, FixedClock(NOW), {})
        with database.transaction() as tx:
            secrets = populate(tx)
        return Api(application(parts), parts, secrets)

    return make


def application(parts: Parts) -> APIFlask:
    app = APIFlask("dcops", title="dcops", spec_path="/api/openapi.json", docs_path=None, json_errors=False)
    api.register(app, parts)
    health.register(app, parts)
    return app


@pytest.fixture
def world(build: Callable[[Database], Api], sqlite_database: Database) -> Api:
    return build(sqlite_database)
