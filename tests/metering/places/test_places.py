"""Meters that move, busbars and sites, and how racks are divided: nothing counted twice, nothing lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError

from dcops.db import Database
from inventory.errors import Conflict, ImportRefused, Invalid, NotFound
from inventory.models import Rack
from inventory.orm import Transaction
from metering import store
from metering.energy.scopes import (
    energy_of_feed,
    energy_of_meter,
    energy_of_rack,
    energy_of_share,
    energy_of_site,
)
from metering.meters.meter_imports import import_meters
from metering.meters.reading_imports import import_readings
from metering.models import AllocationPolicy, MeterPlace
from metering.period import midnight, of_days
from metering.places import place_store
from metering.places.place import Part, Placed, Policy, policy_at, weights
from metering.places.policies import decide_policy
from metering.readings import Reading
from tests.metering.world import LATER, START, add_customer, add_meter, add_rack, add_share, feed, steady

YEAR = of_days(date(2024, 1, 1), date(2025, 1, 1))
JANUARY, FEBRUARY = of_days(date(2024, 1, 1), date(2024, 2, 1)), of_days(date(2024, 2, 1), date(2024, 3, 1))
BOTH = of_days(date(2024, 1, 1), date(2024, 3, 1))
FIRST = midnight(date(2024, 1, 1))
HEADER = "name,rack,feed,driver,address,profile,point,scope,share,max_w,from,to\n"


def told(tx: Transaction, *rows: str) -> None:
    import_meters(tx, "m.csv", HEADER + "\n".join(rows), now=LATER)


def refusal(tx: Transaction, *rows: str) -> tuple[int, str, str]:
    with pytest.raises(ImportRefused) as refused:
        told(tx, *rows)
    return refused.value.problems[0]


def test_a_meter_that_moves_keeps_what_it_counted_where_it_was(database: Database) -> None:
    with database.transaction() as tx:
        add_rack(tx, "A01"), add_rack(tx, "B02")
        told(tx, "m,A01,A,csv,,,,,,7360,2024-01-01,")
        feed(tx, store.meter(tx, "m"), steady(FIRST, 60 * 24, 1000))
        told(tx, "m,B02,B,csv,,,,,,7360,2024-02-01,")
        assert energy_of_rack(tx, "A01", BOTH).wh == 31 * 24_000
        assert energy_of_rack(tx, "B02", BOTH).wh == 29 * 24_000
        assert (energy_of_feed(tx, "B02", "B", BOTH).wh, energy_of_feed(tx, "B02", "A", BOTH).wh) == (29 * 24_000, 0)
        assert energy_of_meter(tx, "m", BOTH).wh == 60 * 24_000
        bounds = {midnight(date(2024, 2, 1)), midnight(date(2024, 3, 1))}
        assert {f"m@{at.isoformat()}" for at in bounds} == set(energy_of_rack(tx, "B02", BOTH).evidence)


def test_places_told_in_any_order_and_twice_are_the_same(database: Database) -> None:
    rows = [
        "m,A01,A,csv,,,,,,7360,2024-01-01,",
        "m,B02,A,csv,,,,,,7360,2024-02-01,",
        "m,A01,B,csv,,,,,,7360,2024-03-01,",
    ]
    with database.transaction() as tx:
        add_rack(tx, "A01"), add_rack(tx, "B02")
        told(tx, rows[2], rows[0], rows[1])
        told(tx, *rows)
        places = [(place.rack.name, place.feed, place.start, place.end) for place in store.meter(tx, "m").places]
        days = [midnight(date(2024, month, 1)) for month in (1, 2, 3)]
        assert places == [("A01", "A", days[0], days[1]), ("B02", "A", days[1], days[2]), ("A01", "B", days[2], None)]


def test_outlets_handed_to_the_next_holder_count_for_each_while_it_held_them(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        before = add_share(tx, rack, add_customer(tx, "albert"), (0, 42), date(2024, 1, 1), date(2024, 2, 1))
        after = add_share(tx, rack, add_customer(tx, "roye"), (0, 42), date(2024, 2, 1))
        told(tx, "o,A01,A,csv,,,outlet:1,outlet,albert,7360,2024-01-01,")
        told(tx, "o,A01,A,csv,,,outlet:1,outlet,roye,7360,2024-02-01,")
        feed(tx, store.meter(tx, "o"), steady(FIRST, 60 * 24, 500))
        assert energy_of_share(tx, before.id, BOTH).wh == 31 * 12_000
        assert energy_of_share(tx, after.id, BOTH).wh == 29 * 12_000


def test_a_share_takes_its_part_of_the_rack_until_it_has_a_meter_of_its_own(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        one = add_share(tx, rack, add_customer(tx, "albert"), (0, 42), date(2024, 1, 1))
        other = add_share(tx, rack, add_customer(tx, "roye"), (42, 84), date(2024, 1, 1))
        feed(tx, add_meter(tx, "rack", rack), steady(FIRST, 60 * 24, 1000))
        outlet = add_meter(tx, "outlet", rack, scope="outlet", share=one, start=FEBRUARY.start)
        feed(tx, outlet, steady(FEBRUARY.start, 29 * 24, 300))
        shares = [[energy_of_share(tx, share.id, month) for month in (JANUARY, FEBRUARY)] for share in (one, other)]
        assert [[energy.wh for energy in row] for row in shares] == [
            [31 * 12_000, 29 * 24 * 300],
            [31 * 12_000, 29 * 24 * 700],
        ]
        assert energy_of_share(tx, one.id, BOTH).wh == 31 * 12_000 + 29 * 24 * 300
        assert energy_of_share(tx, one.id, BOTH).coverage == 1


def test_a_busbar_supplies_several_feeds_and_bills_nobody(database: Database) -> None:
    with database.transaction() as tx:
        add_rack(tx, "A01"), add_rack(tx, "A02")
        told(
            tx,
            "bar,A01,A,csv,,,busbar:1,busbar,,170000,2024-01-01,",
            "bar,A02,A,csv,,,busbar:1,busbar,,170000,2024-01-01,",
        )
        told(tx, "bar,A01,A,csv,,,busbar:1,busbar,,170000,2024-01-01,")
        feed(tx, store.meter(tx, "bar"), steady(FIRST, 48, 5000))
        supplied = [(place.meter, place.feed, place.scope) for place in place_store.placed_on_busbars(tx)]
        assert supplied == [("bar", "A", "busbar")] * 2
        assert energy_of_rack(tx, "A01", JANUARY).wh == 0
        assert energy_of_meter(tx, "bar", JANUARY).wh == 48 * 5000


def test_the_site_is_the_sum_of_its_own_meters(database: Database) -> None:
    with database.transaction() as tx:
        add_rack(tx)
        assert energy_of_site(tx, JANUARY).notes == ("aucun compteur ne mesure le site entier.",)
        for name, watts in (("grid-1", 40_000), ("grid-2", 2_000)):
            told(tx, f"{name},,,csv,,,total:1,site,,250000,2024-01-01,")
            feed(tx, store.meter(tx, name), steady(FIRST, 31 * 24, watts))
        assert energy_of_site(tx, JANUARY).wh == 31 * 24 * 42_000


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (["m,A01,A,csv,,,,site,,90000,2024-01-01,"], "rack"),
        (["m,,,csv,,,,,,7360,2024-01-01,"], "rack"),
        (["m,,,csv,,,,site,,,2024-01-01,"], "max_w"),
        (["m,A01,A,csv,,,,check,roye,7360,2024-01-01,"], "share"),
        (["m,A01,A,csv,,,,,,7360,2024-01-01,", "m,A01,A,csv,,,,,,7360,2024-01-01,"], "name"),
        (["m,A01,A,csv,,,,,,7360,2024-01-01,", "m,A01,B,csv,,,,busbar,,7360,2024-02-01,"], "scope"),
        (["a,A01,A,snmp,pdu,,inlet:1,,,7360,2024-01-01,", "b,A01,B,snmp,pdu,,inlet:1,,,7360,2024-01-01,"], "point"),
        (["a,A01,A,snmp,pdu,,inlet:1,,,7360,2024-01-01,", "b,A01,A,snmp,pdu,,phase:1,,,7360,2024-01-01,"], "point"),
    ],
)
def test_what_cannot_be_is_refused_with_the_column(sqlite_database: Database, rows: list[str], column: str) -> None:
    with sqlite_database.transaction() as tx:
        add_rack(tx)
        line, refused, _ = refusal(tx, *rows)
        assert (line, refused) == (len(rows) + 1, column)
        assert store.meters(tx) == []


def test_a_register_is_compared_without_being_billed_and_handed_over_without_overlap(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add_rack(tx)
        told(
            tx,
            "a,A01,A,snmp,pdu,,inlet:1,,,7360,2024-01-01,2024-03-01",
            "b,A01,A,snmp,pdu,,phase:1,check,,7360,2024-01-01,",
            "c,A01,B,snmp,pdu,,inlet:1,,,7360,2024-03-01,",
        )
        assert [meter.name for meter in store.meters(tx)] == ["a", "b", "c"]


def test_the_database_itself_refuses_two_places_at_once(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        meter_id, rack_id = add_meter(tx, "m", rack, start=FIRST).id, rack.id
    twice = insert(MeterPlace).values(meter_id=meter_id, rack_id=rack_id, feed="B", scope="rack", start=FEBRUARY.start)
    with pytest.raises(DBAPIError), database.transaction() as tx:
        tx.execute(twice)


def test_a_row_that_moves_a_meter_on_a_date_it_already_has_is_refused_once_it_has_readings(database: Database) -> None:
    with database.transaction() as tx:
        add_rack(tx, "A01"), add_rack(tx, "B02")
        told(tx, "m,A01,A,csv,,,,,,7360,2024-01-01,")
        import_readings(tx, "r.csv", "meter,at,wh\nm,2024-01-02T00:00:00Z,5\n", now=LATER)
        assert refusal(tx, "m,B02,A,csv,,,,,,7360,2024-01-01,")[1] == "rack"
        assert [place.rack.name for place in store.meter(tx, "m").places] == ["A01"]


def placed(start: datetime, end: datetime | None) -> Placed:
    return Placed(1, "m", 1, "A", "rack", None, start, end)


def test_a_place_counts_from_its_start_to_its_end() -> None:
    one = placed(FEBRUARY.start, None)
    assert (one.during(JANUARY), one.during(BOTH)) == (None, FEBRUARY)
    assert [one.counts_at(at) for at in (JANUARY.start, FEBRUARY.start, LATER)] == [False, True, True]
    assert not placed(JANUARY.start, JANUARY.end).counts_at(JANUARY.end)


def test_a_rack_has_its_own_policy_before_that_of_all() -> None:
    policies = [Policy(None, FIRST, "equal"), Policy(7, FEBRUARY.start, "power"), Policy(7, LATER, "units")]
    asked = [(7, FIRST), (7, FEBRUARY.start), (7, LATER), (8, LATER), (7, FIRST - timedelta(seconds=1))]
    assert [policy_at(policies, *each) for each in asked] == ["equal", "power", "units", "equal", "units"]


@pytest.mark.parametrize(
    ("policy", "rack_w", "expected"),
    [
        ("units", 4200, (20, 10, 54)),
        ("equal", 4200, (1, 1, 0)),
        ("power", 4200, (2000, 500, 0)),  # 4200 W x 10 of 84 half units where the contract says nothing
        ("power", None, (20, 10, 54)),
    ],
)
def test_what_each_share_weighs(policy: str, rack_w: int | None, expected: tuple[int, ...]) -> None:
    assert weights(policy, [Part(20, 2000), Part(10, None)], 54, 84, rack_w) == expected


def _sold(tx: Transaction, rack: Rack, widths: list[int], watts: list[int | None]) -> list[int]:
    first, ids = 0, []
    for number, (width, power) in enumerate(zip(widths, watts, strict=True)):
        share = add_share(tx, rack, add_customer(tx, f"c{number}"), (first, first + width), date(2024, 1, 1))
        share.power_w = power
        ids.append(share.id)
        first += width
    return ids


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    widths=st.lists(st.integers(1, 14), min_size=1, max_size=6),
    powers=st.lists(st.one_of(st.none(), st.integers(1, 9000)), min_size=6, max_size=6),
    draws=st.lists(st.integers(0, 5000), min_size=72, max_size=72),
    policy=st.sampled_from(["equal", "power"]),
)
def test_the_shares_of_a_rack_sum_to_it_to_the_wh(
    sqlite_database: Database, widths: list[int], powers: list[int | None], draws: list[int], policy: str
) -> None:
    with sqlite_database.transaction() as tx:
        rack = add_rack(tx)
        rack.capacity_w = 7360
        ids = _sold(tx, rack, widths, powers[: len(widths)])
        decide_policy(tx, "A01", policy, START + timedelta(hours=24), author="t", reason="essai", now=LATER)
        meter, index, readings = add_meter(tx, "m", rack), 0, []
        for hour, draw in enumerate(draws):
            readings.append(Reading(START + timedelta(hours=hour), index))
            index += draw
        feed(tx, meter, readings)
        after = of_days(date(2024, 1, 2), date(2024, 1, 4))
        whole = energy_of_rack(tx, "A01", after)
        begun = START + timedelta(hours=24)
        parts = [energy_of_share(tx, share_id, after) for share_id in ids]
        inside = sum(cell.wh for cell in whole.intervals if cell.start >= begun)
        shared = sum(cell.wh for part in parts for cell in part.intervals if cell.start >= begun)
        assert shared == inside
        tx.rollback()


def test_a_policy_is_decided_once_for_a_day_and_says_why(database: Database) -> None:
    told = {"author": "t", "now": LATER}
    with database.transaction() as tx:
        add_rack(tx)
        decide_policy(tx, None, "equal", FIRST, reason="délibération 12", **told)
        decide_policy(tx, "A01", "power", FIRST, reason="avenant", **told)
        with pytest.raises(Conflict, match="toutes les baies"):
            decide_policy(tx, None, "units", FIRST, reason="encore", **told)
        with pytest.raises(Invalid, match="pourquoi"):
            decide_policy(tx, None, "units", LATER, reason=" ", **told)
        with pytest.raises(Invalid, match="units, power, equal"):
            decide_policy(tx, None, "surface", LATER, reason="essai", **told)
        with pytest.raises(NotFound):
            decide_policy(tx, "Z99", "units", LATER, reason="essai", **told)
        assert [one.policy for one in place_store.allocation_policies(tx)] == ["equal", "power"]
    with pytest.raises(DBAPIError, match="append only"), database.transaction() as tx:
        tx.execute(update(AllocationPolicy).values(policy="units"))


def test_energy_changes_hands_when_the_policy_does(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        ids = _sold(tx, rack, [21, 42], [1000, 3000])
        feed(tx, add_meter(tx, "m", rack), steady(FIRST, 60 * 24, 840))
        decide_policy(tx, None, "power", FEBRUARY.start, author="t", reason="essai", now=LATER)
        january = [energy_of_share(tx, share_id, JANUARY).wh for share_id in ids]
        february = [energy_of_share(tx, share_id, FEBRUARY).wh for share_id in ids]
        assert january == [31 * 24 * 210, 31 * 24 * 420]  # of 84 half units, 21 are nobody's
        assert february == [29 * 24 * 210, 29 * 24 * 630]
        assert sum(energy_of_share(tx, share_id, BOTH).wh for share_id in ids) == sum(january) + sum(february)
