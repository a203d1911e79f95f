"""Meters and readings from CSV files: nothing half imported, nothing doubled, every fault named."""

from __future__ import annotations

import random
from datetime import date

import pytest
from sqlalchemy import func, select

from dcops.db import Database
from inventory.errors import ImportRefused
from inventory.orm import Transaction
from metering import store
from metering.energy.scopes import energy_of_meter
from metering.exceptions import exception_store
from metering.meters.meter_imports import UNSAID_MAX_W, import_meters
from metering.meters.reading_imports import import_readings
from metering.models import EnergyInterval, MeterReading
from metering.period import midnight, of_days
from tests.metering.world import LATER, add_customer, add_meter, add_rack, add_share

HEADER = "name,rack,feed,driver,address,profile,point,scope,share,max_w,from\n"
ROW = "pdu-a,A01,A,snmp,10.0.0.1?community=s3,apc-rpdu2,inlet:1,rack,,7360,2024-01-01\n"


def count(tx: Transaction, table: type) -> int:
    return tx.scalar(select(func.count()).select_from(table))


def problems(refused: pytest.ExceptionInfo[ImportRefused]) -> list[tuple[int, str]]:
    return [(line, column) for line, column, _ in refused.value.problems]


def test_meters_are_imported_once_and_corrected_by_a_second_file(database: Database) -> None:
    with database.transaction() as tx:
        add_rack(tx)
        assert import_meters(tx, "m.csv", HEADER + ROW, now=LATER).imported == 1
        assert import_meters(tx, "m.csv", HEADER + ROW, now=LATER).unchanged == 1
        assert import_meters(tx, "m.csv", HEADER + ROW.replace("7360", "3680"), now=LATER).imported == 1
        meter = store.meter(tx, "pdu-a")
        assert (meter.max_w, meter.point, meter.start) == (3680, "inlet:1", midnight(date(2024, 1, 1)))


def test_every_bad_cell_of_a_meters_file_is_named(sqlite_database: Database) -> None:
    bad = [
        ROW.replace("A01", "Z99"), ROW.replace("snmp", "telepathy"), ROW.replace("inlet:1", "inlet1"),
        ROW.replace("7360", "0"), ROW.replace("10.0.0.1?community=s3", ""), ROW.replace("rack,,", "outlet,roye,"),
    ]  # fmt: skip
    content = HEADER + "".join(row.replace("pdu-a", f"pdu-{n}") for n, row in enumerate(bad))
    with sqlite_database.transaction() as tx:
        add_rack(tx)
        with pytest.raises(ImportRefused) as refused:
            import_meters(tx, "m.csv", content, now=LATER)
        assert problems(refused) == [
            (2, "rack"), (3, "driver"), (4, "point"), (5, "max_w"), (6, "address"), (7, "share"),
        ]  # fmt: skip
        assert store.meters(tx) == []


def test_a_share_is_named_by_its_customer_or_its_place(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        rack = add_rack(tx)
        share = add_share(tx, rack, add_customer(tx, "roye"), (0, 42), date(2024, 1, 1))
        rows = [
            ROW.replace("pdu-a", f"p{n}").replace("inlet:1", f"outlet:{n}").replace("rack,,", f"outlet,{word},")
            for n, word in enumerate(("roye", "unit:1", "unit 1", "A01/unit/1", "unit", str(share.id)))
        ]
        import_meters(tx, "m.csv", HEADER + "".join(rows), now=LATER)
        assert {place.share for meter in store.meters(tx) for place in meter.places} == {share}


def test_a_register_of_64_bits_never_comes_back_to_0(sqlite_database: Database) -> None:
    content = HEADER.replace("from", "from,modulus_wh") + ROW.rstrip() + f",{2**64}\n"
    with sqlite_database.transaction() as tx:
        add_rack(tx)
        import_meters(tx, "m.csv", content, now=LATER)
        assert store.meter(tx, "pdu-a").modulus_wh == 2**62
        assert import_meters(tx, "m.csv", content, now=LATER).unchanged == 1


def test_a_share_of_a_meter_that_ends_is_the_one_held_then(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        rack, first, then = add_rack(tx), date(2024, 1, 1), date(2024, 3, 1)
        before = add_share(tx, rack, add_customer(tx, "roye"), (0, 42), first, then)
        add_share(tx, rack, add_customer(tx, "ham"), (0, 42), then)
        row = ROW.replace("rack,,", "outlet,unit 1,")
        with pytest.raises(ImportRefused):  # nothing says which one
            import_meters(tx, "m.csv", HEADER + row, now=LATER)
        import_meters(tx, "m.csv", HEADER.replace("from", "from,to") + row.rstrip() + ",2024-03-01\n", now=LATER)
        assert [place.share for meter in store.meters(tx) for place in meter.places] == [before]


@pytest.mark.parametrize(("capacity_w", "expected"), [(7000, 7000), (None, UNSAID_MAX_W)])
def test_a_power_that_nobody_said_is_the_rack_s(
    sqlite_database: Database, capacity_w: int | None, expected: int
) -> None:
    with sqlite_database.transaction() as tx:
        add_rack(tx).capacity_w = capacity_w
        import_meters(tx, "m.csv", HEADER + ROW.replace("7360", ""), now=LATER)
        assert store.meter(tx, "pdu-a").max_w == expected


def test_a_meter_with_readings_does_not_change_place(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add_rack(tx)
        add_rack(tx, "B02")
        import_meters(tx, "m.csv", HEADER + ROW, now=LATER)
        import_readings(tx, "r.csv", "meter,at,wh\npdu-a,2024-01-01T00:00:00+01:00,5\n", now=LATER)
        with pytest.raises(ImportRefused) as refused:
            import_meters(tx, "m.csv", HEADER + ROW.replace("A01", "B02"), now=LATER)
        assert problems(refused) == [(2, "rack")]


def test_readings_make_energy_at_once(database: Database) -> None:
    content = "meter;at;kwh\na;2024-03-01T00:00:00+01:00;1200.5\na;2024-04-01T00:00:00+02:00;1500.25\n"
    with database.transaction() as tx:
        add_meter(tx, "a", add_rack(tx))
        report = import_readings(tx, "r.csv", content, now=LATER)
        energy = energy_of_meter(tx, "a", of_days(date(2024, 3, 1), date(2024, 4, 1)))
    assert (report.imported, report.unchanged, report.skipped) == (2, 0, 0)
    assert (energy.wh, str(energy.coverage)) == (299_750, "1.000")


def test_an_instant_without_offset_is_refused_with_the_remedy(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add_meter(tx, "a", add_rack(tx))
        with pytest.raises(ImportRefused, match=r"\+01:00"):
            import_readings(tx, "r.csv", "meter,at,wh\na,2024-03-01T00:00:00,5\n", now=LATER)
        assert count(tx, MeterReading) == 0


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("b,2024-03-01T00:00:00Z,5,", "meter"),
        ("a,2024-03-01T00:00:00Z,,", "wh"),
        ("a,2024-03-01T00:00:00Z,5,5", "wh"),
        ("a,2024-03-01T00:00:00Z,-5,", "wh"),
        ("a,2024-03-01T00:00:00Z,,1.2345", "kwh"),
        ("a,2036-03-01T00:00:00Z,5,", "at"),
        ("a,0024-03-01T00:00:00Z,5,", "at"),
    ],
)
def test_bad_readings_are_refused_or_set_aside(sqlite_database: Database, row: str, column: str) -> None:
    content = f"meter,at,wh,kwh\na,2024-03-01T00:00:00Z,7,\n{row}\n"
    with sqlite_database.transaction() as tx:
        add_meter(tx, "a", add_rack(tx))
        with pytest.raises(ImportRefused) as refused:
            import_readings(tx, "r.csv", content, now=LATER)
        assert problems(refused) == [(3, column)]
        report = import_readings(tx, "r.csv", content, skip_bad=True, now=LATER)
        assert (report.imported, report.skipped) == (1, 1)


def test_files_repeated_and_shuffled_change_nothing(database: Database) -> None:
    rows = [f"a,2024-03-{1 + h // 24:02}T{h % 24:02}:00:00Z,{h * 700}" for h in range(200)]
    with database.transaction() as tx:
        add_meter(tx, "a", add_rack(tx))
        import_readings(tx, "r.csv", "\n".join(["meter,at,wh", *rows]), now=LATER)
        before = count(tx, EnergyInterval)
        random.Random(3).shuffle(rows)
        report = import_readings(tx, "r.csv", "\n".join(["meter,at,wh", *rows]), now=LATER)
        assert (report.imported, report.unchanged) == (0, 200)
        assert count(tx, EnergyInterval) == before == 199


def test_halves_in_any_order_give_the_energy_of_the_whole(database: Database) -> None:
    rows = [f"a,2024-03-{1 + h // 24:02}T{h % 24:02}:17:00Z,{h * 700}" for h in range(100)]
    random.Random(5).shuffle(rows)
    march = of_days(date(2024, 3, 1), date(2024, 4, 1))
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_meter(tx, "a", rack)
        add_meter(tx, "whole", rack)
        for part in (rows[:30], rows[30:60], rows[60:]):
            import_readings(tx, "r.csv", "\n".join(["meter,at,wh", *part]), now=LATER)
        whole = [row.replace("a,", "whole,", 1) for row in rows]
        import_readings(tx, "r.csv", "\n".join(["meter,at,wh", *whole]), now=LATER)
        one, other = (energy_of_meter(tx, name, march) for name in ("a", "whole"))
        assert list(one.intervals) == list(other.intervals)
        assert one.wh == 99 * 700


def test_another_value_for_an_instant_is_set_aside_and_told(database: Database) -> None:
    with database.transaction() as tx:
        add_meter(tx, "a", add_rack(tx))
        import_readings(tx, "r.csv", "meter,at,wh\na,2024-03-01T00:00:00Z,5\n", now=LATER)
        report = import_readings(
            tx, "r.csv", "meter,at,wh\na,2024-03-01T00:00:00Z,6\na,2024-03-01T01:00:00Z,7\n", now=LATER
        )
        faults = exception_store.reading_faults(tx, "a")
    assert [(line, column) for line, column, _ in report.problems] == [(2, "wh")]
    assert (report.imported, report.skipped) == (1, 1)
    assert [(fault.kind, fault.wh) for fault in faults] == [("different-value", 6)]


def test_a_corrected_limit_brings_back_what_was_not_believed(database: Database) -> None:
    content = "meter,at,wh\npdu-a,2024-03-01T00:00:00Z,0\npdu-a,2024-03-01T01:00:00Z,20000\n"
    march = of_days(date(2024, 3, 1), date(2024, 4, 1))
    from metering.intervals.roll_up import roll_up

    with database.transaction() as tx:
        add_rack(tx)
        import_meters(tx, "m.csv", HEADER + ROW, now=LATER)
        import_readings(tx, "r.csv", content, now=LATER)
        assert energy_of_meter(tx, "pdu-a", march).wh == 0
        assert [fault.kind for fault in exception_store.reading_faults(tx, "pdu-a")] == ["high-limit"]
        import_meters(tx, "m.csv", HEADER + ROW.replace("7360", "22000"), now=LATER)
        roll_up(tx, LATER)
        assert energy_of_meter(tx, "pdu-a", march).wh == 20000
