"""``dcops energy``: civil days in, the JSON of the interfaces out, one clear line when it cannot."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import DomainError, Invalid
from metering.period import midnight
from tests.metering.world import add_customer, add_meter, add_rack, add_share, feed, steady


@pytest.fixture
def filled(parts: Parts) -> Parts:
    """A rack at 1 kW over the night of the spring change, half of it Abbeville's."""
    with parts.database.transaction() as tx:
        rack = add_rack(tx)
        add_share(tx, rack, add_customer(tx, "abbeville"), (0, 42), date(2024, 1, 1))
        feed(tx, add_meter(tx, "pdu-a", rack), steady(midnight(date(2024, 3, 30)), 24 * 4, 1000))
    return parts


def run(parts: Parts, *words: str) -> Result:
    return CliRunner().invoke(cli, ["energy", *words, "--from", "2024-03-31", "--to", "2024-04-01"], obj=parts)


def document(parts: Parts, *words: str) -> dict[str, Any]:
    result = run(parts, *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_spring_day_has_23_hours(filled: Parts) -> None:
    found = document(filled, "--meter", "pdu-a", "--by", "hour")
    assert (found["wh"], found["flags"], found["coverage"]) == (23_000, {"ACTUAL": 23_000}, "1.000")
    assert (found["from"], found["to"]) == ("2024-03-30T23:00:00+00:00", "2024-03-31T22:00:00+00:00")
    assert [item["wh"] for item in found["intervals"]] == [1000] * 23
    assert set(found["intervals"][0]) >= {"start", "end", "wh", "flag", "method"}
    assert found["evidence"] == ["pdu-a@2024-03-30T23:00:00+00:00", "pdu-a@2024-03-31T22:00:00+00:00"]


def test_rack_and_customer(filled: Parts) -> None:
    assert document(filled, "--rack", "A01", "--by", "day")["wh"] == 23_000
    found = document(filled, "--customer", "abbeville", "--by", "month")
    assert (found["wh"], [item["wh"] for item in found["intervals"]]) == (11_500, [11_500])


def test_a_person_reads_kilowatt_hours_and_civil_time(filled: Parts) -> None:
    shown = run(filled, "--meter", "pdu-a", "--by", "day").output
    assert "23,000 kWh" in shown
    assert "31/03/2024" in shown


def test_wrong_usage_is_told_apart_from_what_does_not_exist(filled: Parts) -> None:
    assert run(filled).exit_code == 2
    assert run(filled, "--meter", "pdu-a", "--rack", "A01").exit_code == 2
    assert isinstance(run(filled, "--meter", "pdu-z").exception, DomainError)
    backwards = ["energy", "--rack", "A01", "--from", "2024-04-01", "--to", "2024-04-01"]
    assert "lendemain" in str(CliRunner().invoke(cli, backwards, obj=filled).exception)
    beyond = ["energy", "--rack", "A01", "--from", "0001-01-01", "--to", "9999-12-31"]
    assert isinstance(CliRunner().invoke(cli, beyond, obj=filled).exception, Invalid)
