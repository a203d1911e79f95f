"""Power: what is sold where nothing counts its kWh, feeds above what they may carry; the unknown proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.compare import compare
from inventory.differences import Difference, Resources
from inventory.facts import POWER, FeedPower, Scope, ScopeStatus, Snapshot
from tests.inventory.telling import AT, ON, found, share, sold

HALF = share("A01", 0, 42, "albert", "half")
A, B = FeedPower("A01", "A", True, 4000, 5888), FeedPower("A01", "B", True, 4000, 5888)


def meters(*feeds: FeedPower, status: ScopeStatus = ScopeStatus.COMPLETE) -> Snapshot:
    return Snapshot("meters", "real", AT, 0.1, (Scope("meters", status, feeds, subject=POWER),))


def told(*feeds: FeedPower) -> list[Difference]:
    return [one for one in compare([sold(HALF), meters(*feeds)], ON) if one.rule.startswith("power.")]


def test_a_share_that_every_feed_counts_makes_no_difference() -> None:
    assert told(A, B) == []


def test_a_share_that_a_feed_does_not_count() -> None:
    (one,) = told(A, replace(B, metered=False, peak_w=None, unmetered=(HALF.reference or "",)))
    assert one.key == ("rack:A01", "power.unmetered-share", "U1-U21")
    assert (one.scope, one.customer, one.resources) == ("meters", "albert", Resources())
    assert one.title == "Baie A01 U1-U21 vendu à albert : aucun compteur ne relève la voie B"
    assert (one.sold["customer"], one.documented, one.real) == ("albert", None, {"unmetered": "B"})


def test_a_share_that_no_feed_counts_is_told_once() -> None:
    (one,) = told(*(replace(feed, metered=False, unmetered=(HALF.reference or "",)) for feed in (B, A)))
    assert one.title.endswith("aucun compteur ne relève les voies A et B")


def test_a_share_that_is_not_sold_on_that_day_has_no_energy_to_count() -> None:
    feed = replace(A, unmetered=(HALF.reference or "", "share/elsewhere"))
    assert compare([sold(replace(HALF, end=ON)), meters(feed)], ON) == []
    assert compare([meters(feed)], ON) == []  # what is sold was not told


@pytest.mark.parametrize(
    ("peak", "may_carry", "over"),
    [(5888, 5888, False), (5889, 5888, True), (None, 5888, False), (9000, None, False), (1, 0, True)],
)
def test_a_feed_is_overloaded_above_what_it_may_carry(peak: int | None, may_carry: int | None, over: bool) -> None:
    rules = [one.rule for one in told(replace(A, peak_w=peak, capacity_w=may_carry))]
    assert rules == ["power.over-capacity"] * over


def test_an_overload_is_said_of_its_feed_or_of_both_together() -> None:
    alone, together = told(replace(A, peak_w=6149), FeedPower("A01", "A+B", True, 8049, 5888))
    assert (alone.key, together.key[2]) == (("rack:A01", "power.over-capacity", "feed A"), "feed A+B")
    assert (alone.scope, alone.customer, alone.resources) == ("meters", None, Resources())
    assert alone.title == "Baie A01 voie A : 6\u00a0149 W en pointe pour 5\u00a0888 au plus"
    assert together.title == "Baie A01 voies A et B : 8\u00a0049 W en pointe pour 5\u00a0888 au plus sur une seule"
    assert alone.real == {"feed": "A", "peak_w": 6100, "capacity_w": 5888}


def test_a_peak_that_creeps_within_a_hundred_watts_is_the_same_difference() -> None:
    values = [told(replace(A, peak_w=peak))[0].real for peak in (6101, 6199, 6200)]
    assert (values[0] == values[1], values[1] == values[2]) == (True, False)


watts = st.one_of(st.none(), st.integers(0, 10_000))
feeds = st.lists(
    st.builds(
        FeedPower, st.sampled_from(["A01", "A02"]), st.sampled_from(["A", "B", "A+B"]), st.booleans(), watts, watts,
        st.lists(st.sampled_from([f"share/A01-0-{who}" for who in ("albert", "roye")]), unique=True).map(tuple),
    ), max_size=6, unique_by=lambda feed: (feed.rack, feed.feed),
)  # fmt: skip


@given(feeds, st.randoms(use_true_random=False))
def test_the_order_of_the_feeds_changes_nothing(some: list[FeedPower], random: object) -> None:
    straight = compare([sold(HALF), meters(*some)], ON)
    random.shuffle(some)  # type: ignore[attr-defined]
    assert compare([meters(*some), sold(HALF)], ON) == straight
    assert len({one.key for one in straight}) == len(straight)


@given(feeds, st.sampled_from(list(ScopeStatus)))
def test_only_known_watts_overload(some: list[FeedPower], status: ScopeStatus) -> None:
    over = {(one.rack, one.feed) for one in some if one.peak_w is not None and one.peak_w > (one.capacity_w or 0)}
    known = {(one.rack, one.feed) for one in some if one.capacity_w is not None}
    differences = compare([sold(HALF), meters(*some, status=status)], ON)
    told = {(one.thing.removeprefix("rack:"), one.real["feed"]) for one in differences if "over" in one.rule}
    assert told == over & known
    assert found(sold(HALF), meters(*some)) == []  # says nothing of space
