"""``dcops meters exceptions``: the queue, one exception, and every decision from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import Conflict, DomainError, Invalid, NotFound
from metering import store
from metering.intervals import interval_store
from metering.period import HOUR, Period
from tests.conftest import NOW
from tests.metering.world import START, add_meter, add_rack, feed, steady

WHY = ("--reason", "vu sur place", "--author", "camille")
HOLE = Period(START + 3 * HOUR, START + 4 * HOUR)


@pytest.fixture
def jumped(parts: Parts) -> Parts:
    """A meter at 1 kW whose register jumps by 60 kWh in its fourth hour."""
    with parts.database.transaction() as tx:
        meter = add_meter(tx, "pdu-a", add_rack(tx))
        feed(tx, meter, [*steady(START, 3, 1000), *steady(HOLE.end, 3, 1000, 63_000)], NOW)
    return parts


def run(parts: Parts, *words: str) -> Result:
    return CliRunner().invoke(cli, ["meters", "exceptions", *words], obj=parts)


def document(parts: Parts, *words: str) -> Any:
    result = run(parts, *words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def hour(parts: Parts, span: Period = HOLE) -> list[tuple[int, str]]:
    with parts.database.transaction() as tx:
        return [(one.wh, str(one.flag)) for one in interval_store.intervals(tx, store.meter(tx, "pdu-a").id, span)]


def refused(parts: Parts, *words: str) -> DomainError:
    error = run(parts, *words).exception
    assert isinstance(error, DomainError), error
    return error


def test_the_queue_and_one_exception(jumped: Parts) -> None:
    [row] = document(jumped, "list")
    assert {key: row[key] for key in ("meter", "rack", "feed", "kind", "stake_wh", "state")} == {
        "meter": "pdu-a", "rack": "A01", "feed": "A", "kind": "high-limit", "stake_wh": 60_000, "state": "open",
    }  # fmt: skip
    assert document(jumped, "list", "--meter", "pdu-a") == [row]
    one = document(jumped, "show", str(row["id"]))
    assert one["proposals"] == {"accept": 60_000, "linear": 1000}
    assert [reading["wh"] for reading in one["readings"]] == [0, 1000, 2000, 3000, 63_000, 64_000, 65_000, 66_000]
    shown = run(jumped, "show", str(row["id"])).output
    assert "droite entre ses bords" in shown
    assert "Au-delà du possible" in run(jumped, "list").output


@pytest.mark.parametrize(
    ("words", "becomes"),
    [
        (["accept", "1"], [(60_000, "ACTUAL")]),
        (["estimate", "1"], [(1000, "ESTIMATED")]),
        (["edit", "1", "--kwh", "1.2"], [(1200, "EDITED")]),
        (["edit", "1", "--kwh", "60", "--sure"], [(60_000, "EDITED")]),
        (["reject", "1"], []),
    ],
)
def test_each_decision_is_drawn_at_once(jumped: Parts, words: list[str], becomes: list[tuple[int, str]]) -> None:
    told = document(jumped, *words, *WHY)
    assert (told["meter"], told["exception"], told["author"]) == ("pdu-a", 1, "camille")
    assert hour(jumped) == becomes
    assert 1 not in [row["id"] for row in document(jumped, "list")]
    assert document(jumped, "list", "--all")[-1]["state"] == "decided"
    assert "vu sur place" in run(jumped, "show", "1").output


def test_one_changes_one_s_mind_by_saying_so(jumped: Parts) -> None:
    document(jumped, "accept", "1", *WHY)
    assert isinstance(refused(jumped, "edit", "1", "--kwh", "1", *WHY), Conflict)
    document(jumped, "edit", "1", "--kwh", "1", "--again", *WHY)
    assert hour(jumped) == [(1000, "EDITED")]
    document(jumped, "accept", "1", "--again", *WHY)
    assert hour(jumped) == [(60_000, "ACTUAL")]


def test_a_span_of_a_meter_is_decided_too(jumped: Parts) -> None:
    span = ("--meter", "pdu-a", "--from", "2024-01-01T01:00:00Z", "--to", "2024-01-01T02:00:00Z")
    document(jumped, "edit", "--kwh", "0.5", *span, *WHY)
    assert hour(jumped, Period(START + HOUR, START + 2 * HOUR)) == [(500, "EDITED")]
    over = ("--meter", "pdu-a", "--from", "2024-01-01T01:30:00Z", "--to", "2024-01-01T03:00:00Z")
    assert "reprendre sa période entière" in str(refused(jumped, "edit", "--kwh", "1", *over, *WHY))
    document(jumped, "accept", *span, *WHY)
    assert hour(jumped, Period(START + HOUR, START + 2 * HOUR)) == [(1000, "ACTUAL")]


def test_a_rejected_stretch_is_bridged_and_settles_its_exceptions(jumped: Parts) -> None:
    document(
        jumped, "reject", "--meter", "pdu-a", "--from", "2024-01-01T03:00:00Z", "--to", "2024-01-01T07:00:00Z", *WHY
    )
    assert document(jumped, "list") == []
    with jumped.database.transaction() as tx:
        meter = store.meter(tx, "pdu-a")
        feed(tx, meter, steady(START + 8 * HOUR, 2, 1000, 8000), NOW)
        assert sum(interval_store.intervals(tx, meter.id, Period(START, START + 10 * HOUR)).wh) == 10_000


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        (["accept", "99"], NotFound, "exception n° 99 inconnue"),
        (["accept"], Invalid, "dire le numéro"),
        (["accept", "1", "--meter", "pdu-a"], Invalid, "dire le numéro"),
        (["edit", "1", "--kwh", "-1"], Invalid, "positif ou nul"),
        (["edit", "1", "--kwh", "60"], Invalid, "plus que 7360 W ne permettent (8,096 kWh)"),
        (["edit", "--kwh", "1", "--meter", "nul", "--from", "2024-01-01T01:00Z", "--to", "2024-01-01T02:00Z"],
         NotFound, "compteur « nul » inconnu"),
        (["edit", "--kwh", "1", "--meter", "pdu-a", "--from", "2024-01-01T02:00Z", "--to", "2024-01-01T02:00Z"],
         Invalid, "n'est pas après le début"),
        (["edit", "--kwh", "1", "--meter", "pdu-a", "--from", "2023-01-01T02:00Z", "--to", "2023-01-01T03:00Z"],
         Invalid, "en service que depuis"),
        (["edit", "--kwh", "1", "--meter", "pdu-a", "--from", "2024-06-15T09:00Z", "--to", "2024-06-15T11:00Z"],
         Invalid, "dans l'avenir"),
        (["accept", "--meter", "pdu-a", "--from", "2024-01-01T02:00Z", "--to", "2024-01-01T02:30Z"],
         Invalid, "aucun relevé n'est du"),
        (["reject", "--meter", "pdu-a", "--from", "2024-01-01T02:00Z", "--to", "2024-01-01T02:30Z"],
         Invalid, "aucun relevé entre"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(jumped: Parts, words: list[str], error: type[DomainError], told: str) -> None:
    found = refused(jumped, *words, *WHY)
    assert isinstance(found, error)
    assert told in str(found).replace("\u00a0", " ")
    assert len(document(jumped, "list")) == 1


def test_a_decision_without_a_reason_is_refused(jumped: Parts) -> None:
    assert run(jumped, "accept", "1").exit_code == 2
    assert "dire pourquoi" in str(refused(jumped, "accept", "1", "--reason", " "))
    assert run(jumped, "edit", "1", "--kwh", "beaucoup", *WHY).exit_code == 2
