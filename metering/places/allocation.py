"""Sharing a whole number of Wh between parts so that nothing is lost or made; pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd


def running_parts(totals: Iterable[int], weights: tuple[int, ...], index: int) -> list[int]:
    """The part of one weight in a total that grows, at each of its values: parts sum to it and none ever shrinks.

    Sharing each value anew by largest remainders could not promise the latter: a part may lose a unit when the total
    gains one, which would give a share a negative energy for an hour. Here every Wh has its owner, dealt in turn.
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
