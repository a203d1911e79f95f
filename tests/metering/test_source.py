"""The meters as a source: which feeds are counted, for whom, their peaks and what they may carry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dcops.db import Database
from inventory.clock import FixedClock
from inventory.facts import POWER, FeedPower, ScopeStatus
from inventory.models import Rack
from inventory.orm import Transaction
from metering.models import Meter
from metering.readings import Reading
from metering.register import append_readings
from metering.source import MetersSource, feeds
from tests.metering.world import add_customer, add_meter, add_rack, add_share

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
SOLD = date(2024, 1, 1)


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    with database.transaction() as tx:
        yield tx


def told(tx: Transaction, redundant: bool = True, percent: int = 80) -> dict[str, FeedPower]:
    tx.flush()
    return {feed.feed: feed for feed in feeds(tx, NOW, percent, redundant)}


def rack(tx: Transaction, capacity_w: int | None = 7360, feeds: str = "A,B") -> Rack:
    made = add_rack(tx)
    made.capacity_w, made.feeds = capacity_w, feeds
    return made


def peak(tx: Transaction, meter: Meter, watts: int | None, at: datetime = NOW - timedelta(days=1)) -> None:
    append_readings(tx, meter, [Reading(at, 1000, watts)], NOW)


def test_a_rack_without_meters_draws_something_that_nobody_knows(tx: Transaction) -> None:
    share = add_share(tx, rack(tx), add_customer(tx, "albert"), (0, 42), SOLD)
    expected = FeedPower("A01", "A", False, None, 5888, (f"share/{share.id}",))
    assert told(tx)["A"] == expected
    assert "A+B" not in told(tx)


def test_a_meter_of_the_rack_counts_its_feed_for_every_share(tx: Transaction) -> None:
    one = rack(tx)
    share = add_share(tx, one, add_customer(tx, "albert"), (0, 42), SOLD)
    peak(tx, add_meter(tx, "a", one, "A"), 3000)
    found = told(tx)
    assert (found["A"].metered, found["A"].peak_w, found["A"].unmetered) == (True, 3000, ())
    assert (found["B"].metered, found["B"].peak_w, found["B"].unmetered) == (False, None, (f"share/{share.id}",))


def test_a_meter_of_no_feed_counts_them_all(tx: Transaction) -> None:
    one = rack(tx)
    add_share(tx, one, add_customer(tx, "albert"), (0, 42), SOLD)
    add_meter(tx, "whole", one, None)  # type: ignore[arg-type]
    assert [feed.metered for feed in told(tx).values()] == [True, True]


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (NOW - timedelta(days=9), NOW, False),
        (NOW - timedelta(days=9), NOW + timedelta(seconds=1), True),
    ],
)
def test_a_meter_counts_while_it_is_in_force(
    tx: Transaction, start: datetime, end: datetime | None, counts: bool
) -> None:
    add_meter(tx, "a", rack(tx), "A", start=start, end=end)
    assert told(tx)["A"].metered is counts


def test_a_share_with_meters_of_its_own_is_billed_by_them_alone(tx: Transaction) -> None:
    one = rack(tx)
    albert, roye = (add_customer(tx, code) for code in ("albert", "roye"))
    own, other = add_share(tx, one, albert, (0, 42), SOLD), add_share(tx, one, roye, (42, 84), SOLD)
    add_meter(tx, "outlet", one, "A", scope="outlet", share_id=own.id)
    add_meter(tx, "b", one, "B")
    found = told(tx)
    assert (found["A"].metered, found["A"].unmetered) == (False, (f"share/{other.id}",))
    assert (found["B"].metered, found["B"].unmetered) == (True, (f"share/{own.id}",))


def test_outlets_of_each_share_count_their_feed(tx: Transaction) -> None:
    one = rack(tx, feeds="A")
    for code, units in (("albert", (0, 42)), ("roye", (42, 84))):
        share = add_share(tx, one, add_customer(tx, code), units, SOLD)
        add_meter(tx, f"outlet-{code}", one, "A", scope="outlet", share_id=share.id)
    assert (told(tx)["A"].metered, told(tx)["A"].unmetered) == (True, ())


def test_a_share_that_is_not_held_today_needs_no_meter(tx: Transaction) -> None:
    albert, one = add_customer(tx, "albert"), rack(tx)
    add_share(tx, one, albert, (0, 42), SOLD, NOW.date())
    add_share(tx, one, albert, (42, 84), NOW.date() + timedelta(days=1))
    assert told(tx)["A"].unmetered == ()


def test_both_feeds_together_must_fit_on_one(tx: Transaction) -> None:
    one = rack(tx)
    peak(tx, add_meter(tx, "a", one, "A"), 3000)
    second = add_meter(tx, "b", one, "B")
    assert "A+B" not in told(tx)  # the peak of one is not known
    peak(tx, second, 2500, NOW - timedelta(days=2))
    assert told(tx)["A+B"] == FeedPower("A01", "A+B", True, 5500, 5888)
    assert "A+B" not in told(tx, redundant=False)


@pytest.mark.parametrize(
    ("capacity", "percent", "may"), [(7360, 80, 5888), (7360, 100, 7360), (999, 50, 499), (None, 80, None)]
)
def test_a_feed_may_carry_a_part_of_its_capacity(
    tx: Transaction, capacity: int | None, percent: int, may: int | None
) -> None:
    rack(tx, capacity)
    assert told(tx, percent=percent)["A"].capacity_w == may


def test_peaks_are_those_of_the_last_thirty_days(tx: Transaction) -> None:
    meter = add_meter(tx, "a", rack(tx), "A")
    peak(tx, meter, 9000, NOW - timedelta(days=30, seconds=1))
    assert told(tx)["A"].peak_w is None
    peak(tx, meter, 4000, NOW - timedelta(days=30))
    assert told(tx)["A"].peak_w == 4000


def test_a_meter_that_was_replaced_draws_nothing_beside_the_new_one(tx: Transaction) -> None:
    one, swap = rack(tx), NOW - timedelta(days=10)
    peak(tx, add_meter(tx, "old", one, "A", end=swap), 4000, swap - timedelta(days=1))
    peak(tx, add_meter(tx, "new", one, "A", start=swap), 3500)
    assert told(tx)["A"].peak_w == 3500


def test_a_rack_without_feeds_tells_nothing(tx: Transaction) -> None:
    rack(tx, feeds="")
    assert told(tx) == {}


def test_the_source_answers_one_scope_of_power(database: Database) -> None:
    with database.transaction() as tx:
        rack(tx, feeds="A, B")
    answer = MetersSource(database, FixedClock(NOW), 50, redundant=False).facts()
    assert (answer.source, answer.kind, answer.taken_at) == ("meters", "real", NOW)
    (scope,) = answer.scopes
    assert (scope.name, scope.status, scope.subject) == ("meters", ScopeStatus.COMPLETE, POWER)
    assert [(one.feed, one.capacity_w) for one in scope.facts if isinstance(one, FeedPower)] == [
        ("A", 3680),
        ("B", 3680),
    ]


def test_a_database_that_does_not_answer_makes_the_scope_fail(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'dcops.db'}")
    (scope,) = MetersSource(empty, FixedClock(NOW)).facts().scopes
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert scope.faults
