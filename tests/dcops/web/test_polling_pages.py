"""Rounds of polling and devices as people see them: pages, commands and metrics say the same."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from dcops.cli import cli
from dcops.monitoring.metrics import exposition
from dcops.wiring import Parts
from inventory.orm import Transaction
from metering.collection import poll_store
from metering.collection.poll import Answer
from metering.collection.poll_record import Round, record, targets
from metering.readings import Reading
from tests.conftest import NOW
from tests.dcops.monitoring.test_metrics import samples
from tests.dcops.web.test_pages import rows_of, text_of

FIVE = timedelta(minutes=5)


def a_round(tx: Transaction, minutes_ago: int, *failures: str, resting: bool = False, note: str = "") -> int:
    """The only device of the world (two meters) answers, or does not, or is left alone."""
    at = NOW - timedelta(minutes=minutes_ago)
    [target] = targets(tx, at)
    wh = 5_000_000 + 60 - minutes_ago
    readings = tuple((want.meter_id, Reading(at, wh)) for want in target.wanted) if not failures else ()
    answers = [] if resting else [Answer(target, readings, failures, 42, answered=not failures)]
    found = Round(at, at + timedelta(seconds=4), answers, [target] if resting else [], f"t{minutes_ago}", note)
    return record(tx, found, at).id


@pytest.fixture
def rounds(web_parts: Parts) -> list[int]:
    """Rounds of the last hour: three are missing, then a device fails twice, is left alone, and fails again."""
    with web_parts.database.transaction() as tx:
        return [
            a_round(tx, 60, note="relève interrompue : 1 appareil avait répondu."),
            a_round(tx, 40),
            *(a_round(tx, ago, "ne répond pas.", "trop tard.") for ago in (35, 30)),
            a_round(tx, 25, resting=True),
            a_round(tx, 20, "ne répond pas."),
        ]


def test_the_rounds_of_the_week_with_those_that_did_not_take_place(technician: FlaskClient, rounds: list[int]) -> None:
    lines = rows_of(technician, "/energie/releves/?format=csv")
    assert [(line["État"], line["En échec"], line["Laissés"], line["Remarque"]) for line in lines[1:]] == [
        ("Relève manquée", "", "", "2 de suite"),  # since the last one
        ("Avec échecs", "1", "0", ""),
        ("Complète", "0", "1", ""),
        ("Avec échecs", "1", "0", ""),
        ("Avec échecs", "1", "0", ""),
        ("Complète", "0", "0", ""),
        ("Relève manquée", "", "", "3 de suite"),
        ("Complète", "0", "0", "relève interrompue : 1 appareil avait répondu."),
    ]
    page = text_of(technician, "/energie/releves/")
    assert "Relèves manquées 5 " in page
    assert "Appareils en échec 1 " in page
    assert "3 de suite" in text_of(technician, "/energie/releves/?etat=Relève manquée")
    assert "/energie/releves/" in technician.get("/energie/").get_data(as_text=True)


def test_each_device_with_its_failures_and_when_it_is_asked_again(technician: FlaskClient, rounds: list[int]) -> None:
    [row] = rows_of(technician, "/energie/releves/appareils?format=csv")
    assert (row["Appareil"], row["Compteurs"], row["Échecs de suite"]) == ("127.0.0.1:1", "A01-A, A01-B", "3")
    assert (row["État"], row["Dernier échec"], row["Durée (ms)"]) == ("En échec", "ne répond pas.", "42")
    page = text_of(technician, "/energie/releves/appareils")
    assert "15/06/2024 11:20" in page  # its last answer, Paris time
    assert "15/06/2024 11:57" in page  # four rounds after its third failure, less half a round


def test_what_each_device_gave_in_a_round(technician: FlaskClient, rounds: list[int]) -> None:
    [good] = rows_of(technician, f"/energie/releves/{rounds[1]}?format=csv")
    assert (good["Résultat"], good["Index"], good["Raison"]) == ("Relevé", "2", "")
    [bad] = rows_of(technician, f"/energie/releves/{rounds[2]}?format=csv")
    assert (bad["Résultat"], bad["Index"], bad["Raison"]) == ("En échec", "0", "ne répond pas. trop tard.")
    assert "Laissé" in text_of(technician, f"/energie/releves/{rounds[4]}")
    assert "relève interrompue" in text_of(technician, f"/energie/releves/{rounds[0]}")
    for path in ("/energie/releves/999", f"/energie/releves/{2**63}"):
        assert "inconnue" in text_of(technician, path, 404)


def test_a_customer_does_not_see_devices(commune: FlaskClient) -> None:
    for path in ("", "appareils", "1"):
        assert commune.get(f"/energie/releves/{path}").status_code == 403


def test_commands_tell_the_same(web_parts: Parts, rounds: list[int]) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["meters", *words], obj=web_parts, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    [device] = json.loads(run("devices", "--json"))
    assert (device["address"], device["meters"], device["failures"]) == ("127.0.0.1:1", ["A01-A", "A01-B"], 3)
    assert (device["last_ok_at"], device["retry_at"]) == ("2024-06-15T09:20:00+00:00", "2024-06-15T09:57:30+00:00")
    assert "3 échecs de suite, laissé jusqu'au 15/06/2024 11:57 : ne répond pas." in run("devices")
    told = json.loads(run("runs", "--json"))
    assert [gap["count"] for gap in told["missed"]] == [3, 2]
    assert told["runs"][-1]["note"].startswith("relève interrompue")
    assert "3 relèves manquées" in run("runs")


def test_metrics_of_devices_and_of_the_last_round(web_parts: Parts, rounds: list[int]) -> None:
    told = samples(exposition(web_parts).decode())
    device = (("address", "127.0.0.1:1"), ("driver", "snmp"))
    assert told["dcops_device_failures", device] == 3
    assert told["dcops_device_last_success_timestamp_seconds", device] == (NOW - timedelta(minutes=40)).timestamp()
    assert told["dcops_poll_devices", (("outcome", "ok"),)] == 2  # of the seed, five minutes ago
    assert (told["dcops_poll_duration_seconds", ()], told["dcops_poll_waiting_rounds", ()]) == (300, 0)


def test_rounds_as_close_as_they_should_miss_nothing(web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        for ago in range(5, 60, 5):
            a_round(tx, ago)
        assert {each.outcome for run in poll_store.poll_runs(tx) for each in poll_store.results(tx, run.id)} == {"ok"}
    told = json.loads(CliRunner().invoke(cli, ["meters", "runs", "--json"], obj=web_parts).stdout)
    assert told["missed"] == []
