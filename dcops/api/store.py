"""Reads of one page after a key: as quick on the last page as on the first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from dcops.alerts.models import Alert
from dcops.alerts.store import select_alerts
from dcops.billing import store as billing
from dcops.billing.models import BillingRun, Invoice
from inventory import store
from inventory.models import AntivirusSeats, Customer, Finding, Machine, NasUnit, Rack
from inventory.orm import Transaction
from metering.archive.archive_store import archived_readings
from metering.models import Meter, MeterPlace, MeterReading
from metering.period import Period


def customers(tx: Transaction, after: tuple[str] | None, limit: int, only: str | None) -> Sequence[Customer]:
    """Customers by code; ``only`` one of them."""
    wanted = store.select_customers().order_by(None).order_by(Customer.code).limit(limit)
    wanted = wanted if only is None else wanted.where(Customer.code == only)
    return tx.scalars(wanted if after is None else wanted.where(Customer.code > after[0])).all()


def racks(tx: Transaction, after: tuple[str] | None, limit: int) -> Sequence[Rack]:
    """Racks by name, with room, site and shares."""
    wanted = store.select_racks().limit(limit)
    return tx.scalars(wanted if after is None else wanted.where(Rack.name > after[0])).all()


def machines(tx: Transaction, after: tuple[int] | None, limit: int, customer: str | None) -> Sequence[Machine]:
    """Ordered machines by id."""
    wanted = store.select_machines(customer=customer).order_by(None).order_by(Machine.id).limit(limit)
    return tx.scalars(wanted if after is None else wanted.where(Machine.id > after[0])).all()


def nas_units(tx: Transaction, after: tuple[int] | None, limit: int, customer: str | None) -> Sequence[NasUnit]:
    """Backup boxes by id, with their plans."""
    wanted = store.select_nas_units(customer=customer).order_by(None).order_by(NasUnit.id).limit(limit)
    return tx.scalars(wanted if after is None else wanted.where(NasUnit.id > after[0])).all()


def antivirus_seats(
    tx: Transaction, after: tuple[int] | None, limit: int, customer: str | None
) -> Sequence[AntivirusSeats]:
    """Ordered antivirus licences by id."""
    wanted = store.select_antivirus_seats(customer=customer).order_by(None).order_by(AntivirusSeats.id).limit(limit)
    return tx.scalars(wanted if after is None else wanted.where(AntivirusSeats.id > after[0])).all()


def meters(tx: Transaction, after: tuple[str] | None, limit: int) -> Sequence[Meter]:
    """Meters by name, with the places where they count."""
    places = selectinload(Meter.places).joinedload(MeterPlace.rack)
    wanted = select(Meter).options(places).order_by(Meter.name).limit(limit)
    return tx.scalars(wanted if after is None else wanted.where(Meter.name > after[0])).all()


def readings(
    tx: Transaction, meter_id: int, period: Period, after: datetime | None, limit: int
) -> Sequence[MeterReading]:
    """The readings of a meter in a period, by instant."""
    inside = MeterReading.meter_id == meter_id, MeterReading.at >= period.start, MeterReading.at < period.end
    wanted = select(MeterReading).where(*inside).order_by(MeterReading.at).limit(limit)
    found = tx.scalars(wanted if after is None else wanted.where(MeterReading.at > after)).all()
    old = archived_readings(tx, meter_id, period, after, limit)
    told = {one.at: one for one in (*old, *found)}
    return [told[at] for at in sorted(told)][:limit] if old else found


def findings(
    tx: Transaction, after: tuple[int, int] | None, limit: int, rule: str | None, states: Collection[str] | None,
    customer: str | None,
) -> Sequence[Finding]:  # fmt: skip
    """Findings, the dearest first; ``after`` is (cents per year, id)."""
    wanted = store.select_findings(rule, states, customer).order_by(None)
    wanted = wanted.order_by(Finding.eur_per_year.desc(), Finding.id).limit(limit)
    if after is not None:
        euros = Decimal(after[0]).scaleb(-2)
        same = and_(Finding.eur_per_year == euros, Finding.id > after[1])
        wanted = wanted.where(or_(Finding.eur_per_year < euros, same))
    return tx.scalars(wanted).all()


def alerts(tx: Transaction, before: tuple[int] | None, limit: int, state: str, kind: str | None) -> Sequence[Alert]:
    """Alerts, the latest first."""
    wanted = select_alerts(state, kind).limit(limit)
    return tx.scalars(wanted if before is None else wanted.where(Alert.id < before[0])).all()


def invoices(tx: Transaction, before: tuple[int] | None, limit: int, customer: str) -> Sequence[Invoice]:
    """Documents issued to a customer, the latest first."""
    wanted = billing.select_issued(customer).limit(limit)
    return tx.scalars(wanted if before is None else wanted.where(Invoice.id < before[0])).all()


def runs(tx: Transaction, before: tuple[int] | None, limit: int) -> Sequence[BillingRun]:
    """Billing runs, the latest first."""
    wanted = billing.select_runs().limit(limit)
    return tx.scalars(wanted if before is None else wanted.where(BillingRun.id < before[0])).all()
