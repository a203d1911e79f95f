"""What is learnt of energy after it was billed: the difference is billed or credited, the invoice never edited."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from dcops.billing import store
from dcops.billing.documents import document_of
from dcops.db import Database
from inventory.models import Share
from inventory.orm import Transaction
from metering import store as metering
from metering.exceptions import exception_store
from metering.exceptions.checking import validate
from metering.exceptions.decisions import Answer, decide
from metering.models import Meter
from metering.period import HOUR, midnight
from metering.readings import Reading
from metering.register import append_readings
from tests.dcops.billing.test_runs import documents, issued
from tests.dcops.billing.year import LATER, NOW, SETTINGS, customer
from tests.metering.world import add_meter, add_rack, steady

OCTOBER = midnight(date(2024, 10, 1))
END = midnight(date(2025, 1, 1))
HOURS = round((END - OCTOBER) / HOUR)


def metered(tx: Transaction, readings: list[Reading]) -> Meter:
    """A whole rack of Abbeville since October, read by one meter."""
    rack = add_rack(tx)
    share = {"kind": "full", "position": 1, "first_half_unit": 0, "end_half_unit": 84}
    tx.add(Share(rack=rack, customer=customer(tx, "abbeville"), start=date(2024, 10, 1), **share))
    meter = add_meter(tx, "a", rack)
    append_readings(tx, meter, readings, NOW)
    validate(tx, NOW)
    return meter


def electricity(tx: Transaction, run: str) -> list[tuple[str, Decimal, str]]:
    """(kind of the document, kWh, euros) of the lines of electricity of a run."""
    found = documents(tx, run)
    lines = [(row.kind, line) for row in found for line in row.lines if line.code == "dc-elec"]
    return sorted((kind, line.quantity, str(line.amount)) for kind, line in lines)


def test_readings_that_come_after_the_invoice_are_billed_as_a_difference(database: Database) -> None:
    whole = steady(OCTOBER, HOURS, 1000)
    with database.transaction() as tx:
        metered(tx, whole[:-25])
    assert issued(database) == "2024-1"
    with database.transaction() as tx:
        before = document_of(documents(tx, "2024-1")[0], SETTINGS)
        assert electricity(tx, "2024-1") == [("invoice", Decimal(HOURS - 25), "436.80")]
        meter = metering.meter(tx, "a")
        append_readings(tx, meter, whole[-25:], LATER)
        validate(tx, LATER)
    assert issued(database, now=LATER) == "2024-2"
    with database.transaction() as tx:
        assert electricity(tx, "2024-2") == [
            ("credit_note", Decimal(HOURS - 25), "-436.80"), ("invoice", Decimal(HOURS), "441.80"),
        ]  # fmt: skip
        assert document_of(store.issued(tx)[-1], SETTINGS) == before
    assert issued(database, now=LATER + timedelta(days=1)) is None


def test_a_decision_after_the_invoice_is_billed_as_a_difference(database: Database) -> None:
    first = steady(OCTOBER, HOURS // 2, 1000)
    jump = Reading(first[-1].at + HOUR, first[-1].wh + 50_000)  # of one hour: not believed, not billed
    rest = steady(jump.at, HOURS - HOURS // 2 - 1, 1000, jump.wh)
    with database.transaction() as tx:
        metered(tx, [*first, *rest])
    assert issued(database) == "2024-1"
    with database.transaction() as tx:
        assert electricity(tx, "2024-1") == [("invoice", Decimal(HOURS - 1), "441.60")]
        [fault] = exception_store.reading_faults(tx)
        decide(tx, fault.id, Answer("edit", "c", "index relevé à la main", 3000), LATER)
        validate(tx, LATER)
    assert issued(database, now=LATER) == "2024-2"
    with database.transaction() as tx:
        assert electricity(tx, "2024-2") == [
            ("credit_note", Decimal(HOURS - 1), "-441.60"), ("invoice", Decimal(HOURS + 2), "442.20"),
        ]  # fmt: skip
