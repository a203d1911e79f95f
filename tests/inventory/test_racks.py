"""Space never leaves its rack, and its parts fill it exactly."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Invalid
from inventory.racks import (
    Span,
    check_cage,
    common_half_units,
    covered,
    free_runs,
    free_runs_over,
    gaps,
    interval,
    occupancy,
    overlaps,
    units_text,
)

JUNE = date(2024, 6, 15)


@pytest.mark.parametrize(
    ("kind", "position", "units", "expected"),
    [
        ("full", 1, 1, (0, 84)),
        ("half", 1, 1, (0, 42)),
        ("half", 2, 1, (42, 84)),
        ("quarter", 1, 1, (0, 21)),
        ("quarter", 4, 1, (63, 84)),
        ("unit", 1, 1, (0, 2)),
        ("unit", 40, 3, (78, 84)),
    ],
)
def test_where_a_share_of_42_units_lies(kind: str, position: int, units: int, expected: tuple[int, int]) -> None:
    assert interval(kind, position, units, 42) == expected


@pytest.mark.parametrize(
    ("kind", "position", "units"),
    [
        ("half", 0, 1),
        ("half", 3, 1),
        ("quarter", 5, 1),
        ("unit", 0, 1),
        ("unit", 42, 2),
        ("unit", 1, 0),
        ("third", 1, 1),
    ],
)
def test_a_share_that_does_not_fit_is_refused(kind: str, position: int, units: int) -> None:
    with pytest.raises(Invalid):
        interval(kind, position, units, 42)


@given(st.integers(2, 100), st.sampled_from([("full", 1), ("half", 2), ("quarter", 4)]))
def test_parts_fill_the_rack_exactly(u_height: int, parts: tuple[str, int]) -> None:
    kind, count = parts
    cuts = [interval(kind, position, 1, u_height) for position in range(1, count + 1)]
    assert cuts[0][0] == 0
    assert cuts[-1][1] == 2 * u_height
    assert all(one[1] == other[0] for one, other in itertools.pairwise(cuts))


@given(
    st.sampled_from(["full", "half", "quarter", "unit"]),
    st.integers(-5, 110),
    st.integers(-5, 110),
    st.integers(1, 100),
)
def test_an_interval_never_leaves_the_rack(kind: str, position: int, units: int, u_height: int) -> None:
    try:
        first, end = interval(kind, position, units, u_height)
    except Invalid:
        return
    assert 0 <= first < end <= 2 * u_height


def test_overlap_is_in_space_and_in_time() -> None:
    held = Span(0, 42, date(2024, 1, 1), date(2025, 1, 1))
    assert overlaps(held, Span(41, 43))
    assert not overlaps(held, Span(42, 84))
    assert not overlaps(held, Span(0, 42, date(2025, 1, 1)))
    assert overlaps(held, Span(0, 42, date(2024, 12, 31)))
    assert common_half_units(held, Span(40, 84)) == 2
    assert common_half_units(held, Span(60, 84)) == 0


spans = st.builds(lambda first, size: Span(first, min(84, first + size)), st.integers(0, 83), st.integers(1, 84))


@given(st.lists(spans), st.randoms())
def test_used_and_free_make_the_whole_rack(held: list[Span], random: object) -> None:
    shuffled = list(held)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = occupancy(shuffled, 42, JUNE)
    assert found == occupancy(held, 42, JUNE)
    assert found.used == len({unit for span in held for unit in range(span.first_half_unit, span.end_half_unit)})
    assert found.used + found.free == 84
    assert found.free == sum(end - first for first, end in found.runs)
    assert all(end <= 84 for _, end in covered(held))


def test_what_ended_is_free_again() -> None:
    held = [Span(0, 42, date(2023, 1, 1), date(2024, 1, 1)), Span(42, 63, date(2024, 1, 1))]
    assert free_runs(held, 42, JUNE) == [(0, 42), (63, 84)]
    assert occupancy(held, 42, JUNE).largest_free == 42
    assert occupancy([Span(0, 84)], 42, JUNE).largest_free == 0


def test_people_read_units() -> None:
    shown = [units_text(0, 84), units_text(0, 21), units_text(21, 42), units_text(4, 6), units_text(1, 2)]
    assert shown == ["U1 à U42", "U1 à U10½", "U11½ à U21", "U3", "U1½"]


dated = st.builds(
    lambda first, size, start, length: Span(
        first, min(84, first + size), start, None if length == 0 else start + timedelta(days=length)
    ),
    st.integers(0, 83), st.integers(1, 84), st.dates(date(2024, 1, 1), date(2024, 2, 1)), st.integers(0, 20),
)  # fmt: skip


@given(st.lists(dated, max_size=6), st.dates(date(2024, 1, 1), date(2024, 2, 1)), st.integers(1, 25))
def test_what_is_free_over_days_is_free_on_each_of_them(held: list[Span], start: date, length: int) -> None:
    days = [start + timedelta(days=number) for number in range(length)]
    each_day = [set(units(free_runs(held, 42, day))) for day in days]
    over = set(units(free_runs_over(held, 42, start, start + timedelta(days=length))))
    assert over == set.intersection(*each_day)


def units(runs: list[tuple[int, int]]) -> list[int]:
    return [unit for first, end in runs for unit in range(first, end)]


def test_gaps_stop_at_the_top_whatever_goes_above_it() -> None:
    assert gaps([Span(4, 6), Span(20, 40)], 10) == [(0, 4), (6, 10)]
    assert gaps([Span(0, 3), Span(0, 0)], 3) == []


def test_a_cage_is_more_than_four_racks_of_one_room() -> None:
    check_cage([("Amiens", "A")] * 5)
    with pytest.raises(Invalid, match="plus de quatre"):
        check_cage([("Amiens", "A")] * 4)
    with pytest.raises(Invalid, match=r"A \(Abbeville\), A \(Amiens\)"):
        check_cage([("Amiens", "A")] * 4 + [("Abbeville", "A")])
