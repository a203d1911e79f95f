"""Sharing a whole number of Wh between parts so that nothing is lost or made; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd


def largest_remainder(total: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Whole parts of a whole total in proportion to weights, summing exactly to it.

    Each part is its exact share rounded down, and the units left go to the largest remainders, the first
    of equals first. Raises ValueError when the total or a weight is negative, or when all weights are 0.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("a negative total or weight cannot be shared out")
    whole = sum(map(Fraction, weights), Fraction())
    if not whole:
        raise ValueError("nothing to share by: every weight is 0")
    exact = [total * Fraction(weight) / whole for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def running_parts(totals: Iterable[int], weights: tuple[int, ...], index: int) -> list[int]:
    """The part of one weight in a total that grows, at each of its values: parts sum to it and none ever shrinks.

    Largest remainders cannot promise the latter (a part may lose a unit when the total gains one), which would
    give a share a negative energy for an hour. Here every Wh has its owner, dealt in turn by weight.
    """
    lean, dealt = _dealt(weights)
    round_of_one, of_one = lean[index], dealt[index]
    whole = len(of_one) - 1
    return [total // whole * round_of_one + of_one[total % whole] for total in totals]


@lru_cache(maxsize=256)
def _dealt(weights: tuple[int, ...]) -> tuple[tuple[int, ...], list[list[int]]]:
    """The weights in lowest terms and, for each, how many of the first n units it gets, n = 0 .. their sum.

    Each unit goes to the weight that is most behind its due, the first of equals first.
    """
    common = gcd(*weights)
    lean = tuple(weight // common for weight in weights)
    whole = sum(lean)
    counts = [[0] for _ in lean]
    for dealt in range(1, whole + 1):
        behind = [weight * dealt - whole * column[-1] for weight, column in zip(lean, counts, strict=True)]
        winner = behind.index(max(behind))
        for index, column in enumerate(counts):
            column.append(column[-1] + (index == winner))
    return lean, counts
