"""Where a share can go: free over the whole time, nothing in the way, power left; each refusal has its reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Invalid
from inventory.placement import Refusal, Wanted, find
from inventory.rack_space import Documented, Held, Limits, RackSpace, power_of
from inventory.racks import Span, overlaps

TODAY = date(2026, 1, 15)
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
START = date(2024, 1, 1)
HALF = Wanted("half", MARCH, watts=2000)
LIMITS = Limits()


def rack(name: str, *held: Held, capacity_w: int | None = 7360, peak: int | None = 500, **more: object) -> RackSpace:
    peaks = {} if peak is None else {"A": peak, "B": peak}
    return RackSpace(name, "Amiens", "Salle A", 42, capacity_w, ("A", "B"), held, peaks=peaks, **more)  # type: ignore[arg-type]


def sold(first: int, end: int, start: date = START, until: date | None = None, watts: int | None = None) -> Held:
    return Held(Span(first, end, start, until), "albert", watts)


def test_the_tightest_hole_comes_first_then_the_customer_s_own_rack_then_the_most_power() -> None:
    racks = [
        rack("empty", peak=0),
        rack("weak", sold(0, 42), peak=1500),
        rack("strong", sold(42, 84), peak=100),
        rack("own", Held(Span(0, 42, START), "roye"), peak=1500),
    ]
    found = find(racks, Wanted("half", MARCH, watts=2000, customer="roye"), LIMITS, TODAY)
    assert [(each.rack.name, each.position, each.left) for each in found.places] == [
        ("own", 2, 0),
        ("strong", 1, 0),
        ("weak", 2, 0),
        ("empty", 1, 42),
    ]
    assert found.refused == {}


def test_a_share_booked_for_june_closes_the_place_unless_one_leaves_before() -> None:
    booked = rack("A01", sold(0, 84, JUNE))
    open_ended = find([booked], HALF, LIMITS, TODAY)
    assert open_ended.places == ()
    assert open_ended.refused == {"A01": Refusal.SOLD_LATER}
    (place,) = open_ended.for_a_time
    assert (place.until, place.position) == (JUNE, 1)
    until_june = find([booked], Wanted("half", MARCH, JUNE, watts=2000), LIMITS, TODAY)
    assert [each.rack.name for each in until_june.places] == ["A01"]
    one_day_more = find([booked], Wanted("half", MARCH, JUNE + timedelta(days=1)), LIMITS, TODAY)
    assert one_day_more.places == ()


def test_what_ends_before_the_first_day_is_free() -> None:
    assert find([rack("A01", sold(0, 84, until=MARCH))], HALF, LIMITS, TODAY).places
    assert not find([rack("A01", sold(0, 84, until=MARCH + timedelta(days=1)))], HALF, LIMITS, TODAY).places


def test_power_is_that_of_one_feed_alone_when_feeds_are_redundant() -> None:
    held = rack("A01", sold(0, 42, watts=1000), peak=1500)
    assert power_of(held, MARCH, None, LIMITS, TODAY).headroom == 7360 * 80 // 100 - 3000
    assert power_of(held, MARCH, None, Limits(80, redundant=False), TODAY).headroom == 2 * 7360 * 80 // 100 - 3000


def test_what_was_promised_counts_where_it_is_more_than_what_was_measured() -> None:
    promised = rack("A01", sold(0, 42, watts=4000), peak=100)
    assert power_of(promised, MARCH, None, LIMITS, TODAY).used == 4000


def test_promises_that_begin_later_add_to_what_is_measured_today() -> None:
    future = rack("A01", sold(0, 21, MARCH, watts=2000), sold(21, 42, watts=500), peak=1000)
    power = power_of(future, MARCH, None, LIMITS, TODAY)
    assert (power.promised, power.expected, power.used) == (2500, 2000, 4000)


def test_promises_of_shares_that_follow_each_other_are_not_added() -> None:
    one_after_the_other = rack("A01", sold(0, 21, until=JUNE, watts=3000), sold(0, 21, JUNE, watts=2000), peak=0)
    assert power_of(one_after_the_other, MARCH, None, LIMITS, TODAY).promised == 3000


def test_each_rack_that_does_not_do_says_why_once() -> None:
    racks = [
        rack("full", sold(0, 84)),
        rack("hot", sold(0, 42), peak=2900),
        rack("later", sold(0, 42), sold(42, 84, JUNE)),
        RackSpace("tiny", "Amiens", "Salle A", 1, 7360, ("A",)),
    ]
    quarter = find(racks, Wanted("unit", MARCH, units=20, watts=500), LIMITS, TODAY)
    assert quarter.refused == {
        "full": Refusal.SPACE,
        "hot": Refusal.POWER,
        "later": Refusal.SOLD_LATER,
        "tiny": Refusal.SIZE,
    }
    assert quarter.counts() == {Refusal.SIZE: 1, Refusal.SPACE: 1, Refusal.SOLD_LATER: 1, Refusal.POWER: 1}


def test_a_rack_of_unknown_power_is_offered_after_those_that_are_known() -> None:
    racks = [rack("deaf", sold(0, 42), peak=None), rack("bare", sold(0, 42), capacity_w=None), rack("known")]
    found = find(racks, HALF, LIMITS, TODAY).places
    assert found[0].rack.name == "known"
    assert {(each.rack.name, each.power.known) for each in found[1:]} == {("deaf", False), ("bare", False)}


def test_a_peak_known_on_one_feed_only_still_counts() -> None:
    half_deaf = RackSpace("A01", "Amiens", "Salle A", 42, 3000, ("A", "B"), peaks={"A": 2000})
    power = power_of(half_deaf, MARCH, None, LIMITS, TODAY)
    assert (power.headroom, power.known) == (400, False)


def test_what_is_documented_where_nothing_is_sold_makes_a_place_doubtful_and_last() -> None:
    device = Documented(Span(10, 12), "srv-inconnu", None)
    kept = Documented(Span(0, 20), "Extension", "albert", reserved=True)
    racks = [
        rack("occupied", sold(42, 84), documented=[device]),
        rack("kept", sold(42, 84), documented=[kept]),
        rack("z"),
    ]
    found = find(racks, Wanted("half", MARCH, customer="albert"), LIMITS, TODAY).places
    assert [(each.rack.name, [doubt.label for doubt in each.doubts]) for each in found] == [
        ("kept", []),
        ("z", []),
        ("occupied", ["srv-inconnu"]),
    ]
    for_another = find(racks, Wanted("half", MARCH, customer="roye"), LIMITS, TODAY).places
    assert {each.rack.name for each in for_another if each.doubts} == {"occupied", "kept"}


def test_a_place_without_doubt_of_the_same_hole_is_preferred() -> None:
    found = find([rack("A01", documented=[Documented(Span(0, 2), "srv", None)])], HALF, LIMITS, TODAY).places
    assert [(each.position, each.doubts) for each in found] == [(2, ())]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("third", MARCH),
        Wanted("unit", MARCH, units=0),
        Wanted("half", MARCH, MARCH),
        Wanted("half", MARCH, watts=-1),
    ],
)
def test_what_means_nothing_is_refused(wanted: Wanted) -> None:
    with pytest.raises(Invalid):
        find([], wanted, LIMITS, TODAY)


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
spans = st.builds(
    lambda first, size, start, length: Span(
        first, min(84, first + size), start, None if length == 0 else start + timedelta(days=length)
    ),
    st.integers(0, 83), st.integers(1, 84), days, st.integers(0, 200),
)  # fmt: skip


@given(
    st.lists(spans, max_size=8), st.sampled_from(["full", "half", "quarter", "unit"]), days, st.integers(0, 200),
    st.integers(1, 42),
)  # fmt: skip
def test_what_is_offered_is_free_every_day_and_what_is_refused_is_not(
    held: list[Span], kind: str, start: date, length: int, units: int
) -> None:
    wanted = Wanted(kind, start, None if length == 0 else start + timedelta(days=length), units)
    found = find([rack("A01", *(Held(span, "albert") for span in held))], wanted, LIMITS, TODAY)
    assert bool(found.places) != bool(found.refused)
    for place in found.places:
        assert not any(overlaps(place.span, span) for span in held)
        assert place.run[0] <= place.span.first_half_unit < place.span.end_half_unit <= place.run[1]
    for place in found.for_a_time:
        assert place.until is not None
        short = Span(place.span.first_half_unit, place.span.end_half_unit, start, place.until)
        assert not any(overlaps(short, span) for span in held)
        assert any(overlaps(place.span, span) for span in held)
