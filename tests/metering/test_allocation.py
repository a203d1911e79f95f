"""Sharing out: nothing lost, nothing made, nobody shrinks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.allocation import largest_remainder, running_parts

weights = st.lists(st.integers(0, 84), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(
    ("total", "given_weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (7, [Decimal("10.5"), Decimal("31.5")], [2, 5]),
        (1, [3, 3], [1, 0]),
        (0, [1, 2], [0, 0]),
        (10, [0, 1], [0, 10]),
    ],
)
def test_largest_remainders(total: int, given_weights: list, parts: list[int]) -> None:
    assert largest_remainder(total, given_weights) == parts


@pytest.mark.parametrize(("total", "given_weights"), [(-1, [1]), (1, [1, -1]), (1, [0, 0]), (1, [])])
def test_what_cannot_be_shared_is_refused(total: int, given_weights: list[int]) -> None:
    with pytest.raises(ValueError, match="share"):
        largest_remainder(total, given_weights)


@given(st.integers(0, 10**12), weights)
def test_largest_remainders_sum_and_stay_within_one(total: int, given_weights: list[int]) -> None:
    parts = largest_remainder(total, given_weights)
    assert sum(parts) == total
    whole = sum(given_weights)
    assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, given_weights, strict=True))


@given(st.integers(0, 10**9), st.integers(0, 200), weights)
def test_running_parts_sum_stay_close_and_never_shrink(total: int, more: int, given_weights: list[int]) -> None:
    fixed = tuple(given_weights)
    dealt = [running_parts([total, total + more], fixed, i) for i in range(len(fixed))]
    before, after = zip(*dealt, strict=True)
    assert (sum(before), sum(after)) == (total, total + more)
    assert all(one <= other for one, other in zip(before, after, strict=True))
    whole = sum(fixed)
    assert all(abs(part * whole - total * w) < whole * len(fixed) for part, w in zip(before, fixed, strict=True))
