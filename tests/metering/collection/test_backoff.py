"""A device that does not answer is asked after 1, 2, 4, 8… rounds, never later than the limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from metering.collection.backoff import rests, retry_at

START = datetime(2024, 3, 31, tzinfo=UTC)
ROUND = timedelta(minutes=5)
HOUR = timedelta(hours=1)


def rounds_asked(rounds: int, early: timedelta = timedelta(0), longest: timedelta = HOUR) -> list[int]:
    """The rounds in which a dead device is asked; every other one begins a little early."""
    asked, until = list[int](), None
    for number in range(rounds):
        at = START + ROUND * number - early * (number % 2)
        if not rests(until, at):
            asked.append(number)
            until = retry_at(at, len(asked), ROUND, longest)
    return asked


@pytest.mark.parametrize("early", [timedelta(0), timedelta(seconds=2)])
def test_a_dead_device_is_asked_later_and_later_then_each_hour(early: timedelta) -> None:
    assert rounds_asked(60, early) == [0, 1, 3, 7, 15, 27, 39, 51]


def test_without_a_longer_wait_than_a_round_everybody_is_asked_each_time() -> None:
    assert rounds_asked(5, longest=timedelta(0)) == [0, 1, 2, 3, 4]


def test_a_device_that_has_been_dead_for_years_is_asked_each_hour() -> None:
    assert retry_at(START, 1_000_000, ROUND, HOUR) == START + HOUR - ROUND / 2
