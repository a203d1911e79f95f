"""Filling an empty database with the demo world, through the imports and use cases that real data goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from dcops.auth.tokens import create_token
from dcops.auth.users import add_user
from dcops.contracts import amendments
from dcops.contracts import store as contracts
from dcops.contracts.changes import Draft
from dcops.contracts.imports import import_subscriptions
from dcops.contracts.nas_plans import change_plan
from dcops.contracts.usages import import_usages
from dcops.demo import history, site, store
from dcops.demo.backups import measures_csv
from dcops.demo.folder import Ports
from dcops.demo.load import EPOCH, closing_wh
from dcops.demo.world import EXCHANGE, address, installed, meters_csv, pdus, rows, text
from dcops.sections import Support
from dcops.support import hours
from inventory import cages
from inventory.booking import By
from inventory.cages import CageWish
from inventory.clock import civil_date
from inventory.imports import (
    ImportReport,
    import_antivirus,
    import_customers,
    import_machines,
    import_nas,
    import_racks,
    import_shares,
)
from inventory.orm import Transaction
from metering import store as metering_store
from metering.backups.backup_imports import import_measures
from metering.exceptions.checking import validate
from metering.meters.meter_imports import import_meters
from metering.models import MeterExchange
from metering.register import append_readings

Import = Callable[[Transaction, str, str], ImportReport]
TECHNICIAN, ACCOUNTANT = "Camille Technicienne", "Dominique Comptable"
API_TOKEN = "demo"  # noqa: S105 - its name, not its secret


@dataclass(frozen=True, slots=True)
class Login:
    """A person of the demo. The password is public: the demo only listens on this machine."""

    login: str
    password: str
    role: str
    name: str
    customer: str | None = None


LOGINS = (
    Login("technicien", "demo-technicien", "technician", TECHNICIAN),
    Login("comptable", "demo-comptable", "accountant", ACCOUNTANT),
    Login("abbeville", "demo-abbeville", "commune", "Mairie d'Abbeville", "abbeville"),
)
_FILES: tuple[tuple[str, Import], ...] = (
    ("communes.csv", import_customers),
    ("racks.csv", import_racks),
    ("shares.csv", import_shares),
    ("machines.csv", import_machines),
    ("nas.csv", import_nas),
    ("antivirus.csv", import_antivirus),
    ("subscriptions.csv", import_subscriptions),
)


def fill(tx: Transaction, ports: Ports, now: datetime, since: datetime = EPOCH) -> str:
    """Put the whole world in an empty database; returns the secret of its API token.

    ``ports``: where the meters answer. ``since`` shortens the history of readings.
    """
    for name, load in _FILES:
        load(tx, name, text(name))
    _cages(tx, now)
    import_meters(tx, "meters.csv", meters_csv(ports.snmp) + site.meter_row(ports.modbus), now=now)
    for person in LOGINS:
        add_user(tx, person.login, person.name, person.role, person.password, now, person.customer)
    _amend(tx, now)
    _plans(tx, now)
    _measured(tx, now, since)
    _support(tx, now)
    _readings(tx, now, since)
    store.mark(tx, now, now, "monde de démonstration chargé")
    return create_token(tx, API_TOKEN, "technician", now)


def move_meters(tx: Transaction, ports: Ports) -> None:
    """Tell the meters where their devices answer now."""
    for pdu, port in zip(pdus(), ports.snmp, strict=True):
        metering_store.meter(tx, pdu.name).address = address(port)
    metering_store.meter(tx, site.NAME).address = address(ports.modbus)


def _cages(tx: Transaction, now: datetime) -> None:
    for row in rows("cages.csv"):
        racks, start = tuple(row["racks"].split(",")), date.fromisoformat(row["from"])
        cages.book(tx, CageWish(row["name"], racks, row["customer"], start), By(ACCOUNTANT, now, "convention signée"))


def _amend(tx: Transaction, now: datetime) -> None:
    """What changed since the subscriptions were agreed: the first of a customer to a line, in the order told."""
    sold = {(row.customer.code, row.code): row.id for row in reversed(contracts.subscriptions(tx))}
    for row in rows("amendments.csv"):
        quantity = Decimal(row["quantity"]) if row["quantity"] else None
        draft = Draft(row["kind"], date.fromisoformat(row["effective"]), quantity)
        amendments.record(tx, sold[row["customer"], row["code"]], draft, ACCOUNTANT, row["reason"], now)


def _plans(tx: Transaction, now: datetime) -> None:
    """The boxes that were given another plan since they were installed."""
    for row in rows("nas_plans.csv"):
        start, gb = date.fromisoformat(row["from"]), int(row["plan_gb"])
        change_plan(tx, row["serial"], gb, start, ACCOUNTANT, row["reason"], now)


def _measured(tx: Transaction, now: datetime, since: datetime) -> None:
    """What services were used in past years, what backup boxes held since the history of readings begins."""
    header, *counts = text("usages.csv").splitlines()
    past = [line for line in counts if int(line.split(",")[2]) < civil_date(now).year]
    import_usages(tx, "usages.csv", "\n".join([header, *past]), now=now)
    import_measures(tx, "backups.csv", measures_csv(civil_date(since), civil_date(now)), now=now)


def _support(tx: Transaction, now: datetime) -> None:
    """Sell the packs, then log the interventions: in the order of their days."""
    for row in sorted(rows("hours.csv"), key=lambda row: (_day(row["on"], now), row["minutes"] != "")):
        on = _day(row["on"], now)
        if row["minutes"]:
            hours.log(tx, row["customer"], int(row["minutes"]), on, row["what"], TECHNICIAN, now, Support())
        else:
            hours.sell(tx, row["customer"], row["pack"], on, ACCOUNTANT, now)


def _day(text: str, now: datetime) -> date:
    """A civil day, or a number of days before today: ``-30``."""
    return civil_date(now) + timedelta(days=int(text)) if text.startswith("-") else date.fromisoformat(text)


def _readings(tx: Transaction, now: datetime, since: datetime) -> None:
    instants = history.instants(since, now)
    for pdu in pdus():
        meter = metering_store.meter(tx, pdu.name)
        if pdu.name == EXCHANGE[0]:
            tx.add(_exchange(meter.id))
        told = [at for at in instants if at >= installed(pdu.rack)]
        append_readings(tx, meter, history.readings(pdu, told), now)
    append_readings(tx, metering_store.meter(tx, site.NAME), site.readings(instants), now)
    tx.flush()
    validate(tx, now)


def _exchange(meter_id: int) -> MeterExchange:
    name, change = EXCHANGE
    pdu = next(pdu for pdu in pdus() if pdu.name == name)
    return MeterExchange(
        meter_id=meter_id,
        at=change.at,
        closing_wh=closing_wh(pdu, change),
        opening_wh=change.opening_wh,
        author=TECHNICIAN,
        reason="PDU en panne, remplacée",
    )
