"""A gap that a period holds whole is measured, whatever it is added to or divided between; its hours add up to it."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dcops.db import Database
from metering.energy.scopes import energy_of_customer, energy_of_feed, energy_of_rack, energy_of_share
from metering.gaps import Gap, during, pieces, together
from metering.period import HOUR, Period, midnight, of_days, split
from metering.readings import Flag
from tests.metering.world import LATER, add_customer, add_meter, add_rack, add_share, feed, steady

MARCH = of_days(date(2024, 3, 1), date(2024, 4, 1))


@given(st.integers(0, 9), st.integers(1, 60), st.integers(0, 1000), st.integers(1, 9))
def test_pieces_of_a_span_add_up_and_begin_at_multiples(start: int, length: int, wh: int, step: int) -> None:
    bounds, found = pieces(start, start + length, wh, step)
    assert (sum(found), len(found)) == (wh, len(bounds) - 1)
    assert (bounds[0], bounds[-1]) == (start, start + length)
    assert bounds[1:-1] == [at for at in range(start + 1, start + length) if at % step == 0]


def test_gaps_that_overlap_are_one_and_whole_when_all_are() -> None:
    assert together([Gap(4, 9), Gap(0, 5), Gap(9, 12)]) == [Gap(0, 9), Gap(9, 12)]
    assert during([Gap(0, 5), Gap(6, 8)], 3, 9) == [Gap(3, 5, False), Gap(6, 8)]
    assert together([Gap(3, 5, False), Gap(4, 9)]) == [Gap(3, 9, False)]


def test_a_silent_feed_makes_no_guess_of_its_rack_nor_of_its_shares(database: Database) -> None:
    """Feed A says nothing for five hours, B goes on: what March drew is measured, only these hours are not."""
    hours = steady(MARCH.start, 24 * 31, 500)
    inside = Period(MARCH.start + 6 * HOUR, MARCH.start + 8 * HOUR)
    with database.transaction() as tx:
        rack, customer = add_rack(tx), add_customer(tx, "c")
        feed(tx, add_meter(tx, "a", rack, "A"), [r for r in hours if not 5 < (r.at - MARCH.start) / HOUR < 10])
        feed(tx, add_meter(tx, "b", rack, "B"), hours)
        share = add_share(tx, rack, customer, (0, 42), date(2024, 1, 1))
        whole = energy_of_rack(tx, "A01", MARCH)
        sold = energy_of_customer(tx, "c", MARCH)
        assert (whole.flags, sold.flags) == ({Flag.ACTUAL: 743_000}, {Flag.ACTUAL: 371_500})
        assert [one["flag"] for one in whole.grid("day")] == ["ACTUAL"] * 31
        assert {one["flag"] for one in whole.document()["intervals"]} == {"ACTUAL"}
        assert [one["flag"] for one in whole.grid("hour")].count("ESTIMATED") == 5
        assert energy_of_rack(tx, "A01", inside).flags == {Flag.ESTIMATED: 2000}
        assert energy_of_share(tx, share.id, inside).flags == {Flag.ESTIMATED: 1000}


def test_a_share_that_changes_hands_in_a_gap_is_estimated(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        feed(tx, add_meter(tx, "a", rack), steady(MARCH.start, 0, 0) + steady(MARCH.end, 0, 0, 743_000), LATER)
        for code, first, end in (("b", date(2024, 1, 1), date(2024, 3, 11)), ("c", date(2024, 3, 11), None)):
            add_share(tx, rack, add_customer(tx, code), (0, 84), first, end)
        before, after = (energy_of_customer(tx, code, MARCH) for code in "bc")
    assert (before.flags, after.flags) == ({Flag.ESTIMATED: 240_000}, {Flag.ESTIMATED: 503_000})


def test_days_of_a_gap_are_the_same_asked_alone_and_sum_to_the_rack(database: Database) -> None:
    """Both registers are read on the first and the last afternoon, 101 Wh further: 33.67 Wh until midnight on each."""
    read = midnight(date(2024, 3, 1)) + 16 * HOUR
    days = of_days(date(2024, 3, 1), date(2024, 3, 3))
    with database.transaction() as tx:
        rack = add_rack(tx)
        for name in "ab":
            feed(tx, add_meter(tx, name, rack, name.upper()), steady(read, 0, 0) + steady(read + 24 * HOUR, 0, 0, 101))
        shares = [
            add_share(tx, rack, add_customer(tx, code), units, date(2024, 1, 1))
            for code, units in (("c", (0, 28)), ("d", (28, 56)), ("e", (56, 84)))
        ]
        for by in ("hour", "day"):
            told = [one["wh"] for one in energy_of_rack(tx, "A01", days).grid(by)]
            feeds = [[one["wh"] for one in energy_of_feed(tx, "A01", feed_, days).grid(by)] for feed_ in "AB"]
            parts = [[one["wh"] for one in energy_of_share(tx, one.id, days).grid(by)] for one in shares]
            assert told == [energy_of_rack(tx, "A01", one).wh for one in split(days, by)]
            assert told == [sum(wh) for wh in zip(*feeds, strict=True)] == [sum(wh) for wh in zip(*parts, strict=True)]
            assert {one["flag"] for one in energy_of_share(tx, shares[0].id, days).grid("day")} == {"ESTIMATED"}
