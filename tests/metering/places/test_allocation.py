"""Sharing out: nothing lost, nothing made, nobody shrinks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from metering.places.allocation import running_parts

weights = st.lists(st.integers(0, 84), min_size=1, max_size=8).filter(any)


@given(st.integers(0, 10**9), st.integers(0, 200), weights)
def test_running_parts_sum_stay_close_and_never_shrink(total: int, more: int, given_weights: list[int]) -> None:
    fixed = tuple(given_weights)
    dealt = [running_parts([total, total + more], fixed, i) for i in range(len(fixed))]
    before, after = zip(*dealt, strict=True)
    assert (sum(before), sum(after)) == (total, total + more)
    assert all(one <= other for one, other in zip(before, after, strict=True))
    whole = sum(fixed)
    assert all(abs(part * whole - total * w) < whole * len(fixed) for part, w in zip(before, fixed, strict=True))
