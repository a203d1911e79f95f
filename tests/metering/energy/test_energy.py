"""Energy of meters, racks, shares and customers from real tables, on both databases."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from dcops.db import Database
from inventory import store as inventory_store
from inventory.errors import NotFound
from inventory.orm import Transaction
from metering.energy.measures import Measures, whole_months
from metering.energy.scopes import (
    energy_of_customer,
    energy_of_customers,
    energy_of_meter,
    energy_of_rack,
    energy_of_racks,
    energy_of_share,
    energy_of_shares,
)
from metering.period import HOUR, Period, midnight, of_days, split
from metering.readings import Flag, Reading
from tests.metering.world import add_customer, add_meter, add_rack, add_share, feed, steady

MARCH = of_days(date(2024, 3, 1), date(2024, 4, 1))


def uneven(start: datetime, hours: int, seed: int) -> list[Reading]:
    draw = random.Random(seed)
    wh, readings = 0, []
    for hour in range(hours + 1):
        readings.append(Reading(start + timedelta(hours=hour), wh))
        wh += draw.randrange(0, 3000)
    return readings


def test_a_meter_at_constant_power_gives_each_civil_day_its_real_hours(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, steady(midnight(date(2024, 3, 30)), 24 * 4, 1000))
        energy = energy_of_meter(tx, "a", of_days(date(2024, 3, 30), date(2024, 4, 2)))
    assert [cell["wh"] for cell in energy.grid("day")] == [24_000, 23_000, 24_000]
    assert energy.document()["wh"] == 71_000
    assert energy.document()["flags"] == {"ACTUAL": 71_000}
    assert energy.document()["coverage"] == "1.000"
    assert energy.document()["evidence"] == ["a@2024-03-29T23:00:00+00:00", "a@2024-04-01T22:00:00+00:00"]


def test_the_autumn_day_has_25_hours(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, steady(midnight(date(2024, 10, 26)), 24 * 3 + 1, 100))
        energy = energy_of_meter(tx, "a", of_days(date(2024, 10, 27), date(2024, 10, 28)))
    assert (energy.wh, len(energy.document("hour")["intervals"])) == (2500, 25)


def test_a_rack_is_the_sum_of_its_two_feeds(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        for name, watts in (("a", 700), ("b", 300)):
            feed(tx, add_meter(tx, name, rack, name.upper()), steady(MARCH.start, 24 * 31, watts))
        energy = energy_of_rack(tx, "A01", MARCH)
    assert energy.wh == 1000 * (24 * 31 - 1)
    assert energy.flags == {Flag.ACTUAL: energy.wh}


def test_a_feed_that_is_silent_lowers_the_coverage(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        feed(tx, add_meter(tx, "a", rack, "A"), steady(MARCH.start, 24 * 31, 700))
        feed(tx, add_meter(tx, "b", rack, "B"), steady(MARCH.start, 24 * 10, 300))
        energy = energy_of_rack(tx, "A01", MARCH)
    assert energy.wh == 700 * 743 + 300 * 240
    assert str(energy.coverage) == "0.323"  # 240 h of 743
    assert energy.missing == [Period(MARCH.start + timedelta(hours=240), MARCH.end)]


def test_a_rack_without_meter_is_said_so(database: Database) -> None:
    with database.transaction() as tx:
        add_rack(tx)
        energy = energy_of_rack(tx, "A01", MARCH)
    assert (energy.wh, str(energy.coverage)) == (0, "0.000")
    assert "A01" in energy.notes[0]


def test_unknown_things_are_refused(database: Database) -> None:
    with database.transaction() as tx:
        for call, name in (
            (energy_of_meter, "x"),
            (energy_of_rack, "x"),
            (energy_of_customer, "x"),
            (energy_of_share, 7),
        ):
            with pytest.raises(NotFound):
                call(tx, name, MARCH)


def shared_rack(tx: Transaction) -> list[int]:
    """A rack of 42 U: a half all along, a quarter that changes hands on the 10th, the rest unsold; two feeds."""
    rack = add_rack(tx)
    one, two, three = (add_customer(tx, code) for code in ("abbeville", "doullens", "ham"))
    shares = [
        add_share(tx, rack, one, (0, 42), date(2023, 1, 1)),
        add_share(tx, rack, two, (42, 63), date(2023, 1, 1), date(2024, 3, 10)),
        add_share(tx, rack, three, (42, 63), date(2024, 3, 10)),
    ]
    for number, name in enumerate("ab"):
        feed(tx, add_meter(tx, name, rack, name.upper()), uneven(MARCH.start, 24 * 31, number))
    return [share.id for share in shares]


def test_shares_of_a_full_rack_sum_to_the_rack(database: Database) -> None:
    with database.transaction() as tx:
        half, before, after = shared_rack(tx)
        customer = add_customer(tx, "roye")
        rest = add_share(tx, inventory_store.rack(tx, "A01"), customer, (63, 84), date(2023, 1, 1)).id
        rack = energy_of_rack(tx, "A01", MARCH)
        parts = [energy_of_share(tx, share, MARCH) for share in (half, before, after, rest)]
    assert sum(part.wh for part in parts) == rack.wh
    assert abs(parts[0].wh - rack.wh / 2) <= 2
    assert {str(part.coverage) for part in parts} == {"1.000"}


def test_the_unsold_part_is_nobodys(database: Database) -> None:
    with database.transaction() as tx:
        ids = shared_rack(tx)
        rack = energy_of_rack(tx, "A01", MARCH)
        parts = [energy_of_share(tx, share, MARCH) for share in ids]
    assert abs(sum(part.wh for part in parts) - rack.wh * 3 / 4) <= 2


def test_a_change_of_holder_is_exact_at_its_midnight(database: Database) -> None:
    with database.transaction() as tx:
        _, before, after = shared_rack(tx)
        first, second = of_days(date(2024, 3, 1), date(2024, 3, 10)), of_days(date(2024, 3, 10), date(2024, 4, 1))
        assert abs(energy_of_share(tx, before, MARCH).wh - energy_of_rack(tx, "A01", first).wh / 4) <= 1
        assert abs(energy_of_share(tx, after, MARCH).wh - energy_of_rack(tx, "A01", second).wh / 4) <= 1
        assert energy_of_share(tx, after, first).notes == ("la part de A01 n'est pas tenue dans cette période.",)
        assert energy_of_customer(tx, "doullens", MARCH).wh == energy_of_share(tx, before, MARCH).wh


def test_energy_of_a_share_adds_up_over_any_cut(database: Database) -> None:
    with database.transaction() as tx:
        half, *_ = shared_rack(tx)
        whole = energy_of_share(tx, half, MARCH)
        cut = MARCH.start + timedelta(days=11, hours=7, minutes=13)
        left, right = (energy_of_share(tx, half, p).wh for p in (Period(MARCH.start, cut), Period(cut, MARCH.end)))
        days = [energy_of_share(tx, half, day).wh for day in split(MARCH, "day")]
    assert left + right == whole.wh == sum(days) == sum(cell["wh"] for cell in whole.grid("hour"))
    assert days == [cell["wh"] for cell in whole.grid("day")]


def test_a_share_with_its_own_outlets_is_measured_and_the_others_share_the_rest(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        one, two = add_customer(tx, "abbeville"), add_customer(tx, "doullens")
        metered = add_share(tx, rack, one, (0, 42), date(2023, 1, 1))
        other = add_share(tx, rack, two, (42, 84), date(2023, 1, 1))
        feed(tx, add_meter(tx, "inlet", rack), steady(MARCH.start, 24 * 31, 1000))
        outlet = add_meter(tx, "outlet", rack, scope="outlet", share=metered)
        feed(tx, outlet, steady(MARCH.start, 24 * 31, 800))
        assert energy_of_share(tx, metered.id, MARCH).wh == 800 * 743
        assert energy_of_share(tx, other.id, MARCH).wh == 200 * 743


def test_asked_together_shares_racks_and_customers_get_what_each_gets_alone(database: Database) -> None:
    cut = date(2024, 3, 17)
    spans = [MARCH, of_days(date(2024, 3, 1), cut), of_days(cut, date(2024, 4, 1)), of_days(date(2024, 2, 9), cut)]
    with database.transaction() as tx:
        asked = [(share, span) for share in shared_rack(tx) for span in spans]
        assert list(energy_of_shares(tx, asked, hours=True)) == [energy_of_share(tx, *one) for one in asked]
        racks, customers = inventory_store.racks(tx), inventory_store.customers(tx)
        measures = Measures(tx, [rack.id for rack in racks], whole_months(spans[1]))
        together = (
            energy_of_racks(tx, racks, spans[1], measures),
            energy_of_customers(tx, customers, spans[1], measures),
        )
        assert together[0] == [energy_of_rack(tx, rack.name, spans[1]) for rack in racks]
        assert together[1] == [energy_of_customer(tx, customer.code, spans[1]) for customer in customers]
        assert all(energy.wh for energies in together for energy in energies if energy.evidence)


@pytest.mark.parametrize("hours", [True, False])
def test_more_shares_and_more_spans_ask_no_more_queries(database: Database, hours: bool) -> None:
    statements: list[str] = []
    with database.transaction() as tx:
        ids = shared_rack(tx)
        event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        list(energy_of_shares(tx, [(ids[0], MARCH)], hours=hours))
        once = len(statements)
        statements.clear()
        list(energy_of_shares(tx, [(share, day) for share in ids for day in split(MARCH, "day")], hours=hours))
    assert len(statements) == once < 10


def test_what_one_rack_estimates_does_not_make_the_wh_of_another_a_guess(database: Database) -> None:
    gap = [r for r in steady(MARCH.start, 24 * 31, 500) if not 5 < (r.at - MARCH.start) / HOUR < 10]
    with database.transaction() as tx:
        customer = add_customer(tx, "albert")
        for name, readings in (("A01", gap), ("A02", steady(MARCH.start, 24 * 31, 300))):
            rack = add_rack(tx, name)
            add_share(tx, rack, customer, (0, 84), date(2024, 1, 1))
            feed(tx, add_meter(tx, name, rack), readings)
        energy = energy_of_customer(tx, "albert", MARCH)
    assert energy.flags == {Flag.ACTUAL: 800 * 743}
    first = energy.usages("day")[0]
    assert (first.wh, first.flags) == (800 * 24, {Flag.ACTUAL: 800 * 24})


def test_a_period_is_covered_alike_asked_whole_or_as_one_step(database: Database) -> None:
    """A share held for ten days of which the first was not read, beside one held and known all along."""
    first, last = date(2024, 3, 11), date(2024, 3, 21)
    with database.transaction() as tx:
        rack, other = add_rack(tx), add_rack(tx, "A02")
        feed(tx, add_meter(tx, "a", rack), steady(midnight(first) + 24 * HOUR, 24 * 20, 100))
        feed(tx, add_meter(tx, "b", other), steady(MARCH.start, 24 * 31, 100))
        customer = add_customer(tx, "c")
        share = add_share(tx, rack, customer, (0, 42), first, last)
        add_share(tx, other, customer, (0, 42), date(2024, 1, 1))
        energies = energy_of_share(tx, share.id, MARCH), energy_of_customer(tx, "c", MARCH)
    told = [(str(one.coverage), one.grid("month")[0]["coverage"]) for one in energies]
    assert told == [("0.900", "0.900"), ("0.975", "0.975")]  # 9 days of 10; 959 hours of 983
    assert [one["coverage"] for one in energies[0].grid("day")][9:13] == ["0.000", "0.000", "1.000", "1.000"]


def test_a_customer_without_share_gets_a_note(database: Database) -> None:
    with database.transaction() as tx:
        add_customer(tx, "albert")
        assert "Albert" in energy_of_customer(tx, "albert", MARCH).notes[0]


def test_an_outage_is_bridged_by_the_register_and_only_its_shape_is_estimated(database: Database) -> None:
    readings = [r for r in steady(MARCH.start, 24 * 31, 500) if not 5 < (r.at - MARCH.start) / HOUR < 10]
    with database.transaction() as tx:
        feed(tx, add_meter(tx, "a", add_rack(tx)), readings)
        energy = energy_of_meter(tx, "a", MARCH)
        inside = energy_of_meter(tx, "a", Period(MARCH.start + 6 * HOUR, MARCH.start + 8 * HOUR))
    assert energy.wh == 500 * 743
    assert energy.flags == {Flag.ACTUAL: 500 * 743}
    assert (inside.wh, inside.flags) == (1000, {Flag.ESTIMATED: 1000})
    spans = energy.document()["intervals"]
    assert [(s["wh"], s["method"]) for s in spans] == [
        (2500, "register"), (2500, "register-bridged"), (500 * 733, "register"),
    ]  # fmt: skip
