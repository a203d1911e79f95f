"""From readings to messages, on real databases and real servers: opened once, told once, closed once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import event

from dcops.alerts import store
from dcops.alerts.models import Alert, AlertNotice
from dcops.alerts.telling import LONGEST_WAIT, wait_after
from dcops.alerts.watching import take
from dcops.cli import cli
from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import alerting
from dcops.jobs.table import run_job
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.clock import FixedClock
from inventory.errors import Conflict, Invalid, Unavailable
from inventory.orm import Transaction
from metering.collection import present_store
from metering.models import EnergyInterval, Meter, MeterReading, ReadingFault, VeeDecision
from tests.conftest import NOW
from tests.dcops.alerts.servers import Hook, Mailbox, hook_server, mail_server
from tests.metering.world import add_meter, add_rack

MINUTES = timedelta(minutes=1)


class Site:
    """One rack with two feeds, looked at whenever the test says."""

    def __init__(self, database: Database, **alerts: Any) -> None:
        settings = Settings.model_validate({"alerts": alerts})
        self.parts = Parts(settings, database, FixedClock(NOW), {})
        with database.transaction() as tx:
            rack = add_rack(tx, "A01")
            rack.capacity_w = 3680
            self.a, self.b = (self._meter(tx, f"A01-{feed}", feed) for feed in "AB")

    def _meter(self, tx: Transaction, name: str, feed: str) -> int:
        [rack] = inventory_store.racks(tx)
        return add_meter(tx, name, rack, feed, driver="snmp", address=f"10.0.0.{ord(feed)}").id

    def read(self, at: datetime, a: int | None, b: int | None, wh: int | None = None) -> None:
        """Readings of both feeds at an instant, in watts; None: it does not answer."""
        with self.parts.database.transaction() as tx:
            for meter_id, watts in ((self.a, a), (self.b, b)):
                if watts is not None:
                    tx.add(MeterReading(
                        meter_id=meter_id, at=at, wh=int(at.timestamp()) if wh is None else wh, power_w=watts,
                        source="poll", received_at=at,
                    ))  # fmt: skip

    def look(self, at: datetime) -> str:
        """What the job answers at an instant."""
        return alerting.watch(replace(self.parts, clock=FixedClock(at)))

    def alerts(self, state: str = "all") -> list[Alert]:
        with self.parts.database.transaction() as tx:
            return list(tx.scalars(store.select_alerts(state)).all())


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hook_server() as found:
        yield found


def email(box: Mailbox, **values: Any) -> dict[str, Any]:
    plain = {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "dcops@example.org", "timeout_s": 5}
    return {**plain, "to": ["a@example.org"], **values}


def webhook(hook: Hook, name: str = "astreinte", **values: Any) -> dict[str, Any]:
    return {"name": name, "url": hook.url, "timeout_s": 5, **values}


def events(hook: Hook) -> list[list[tuple[str, str]]]:
    """(what, subject) of each message."""
    bodies = [json.loads(body) for _, body in hook.posted]
    return [[(one["event"], one["subject"]) for one in body["alerts"]] for body in bodies]


def test_a_loaded_feed_is_told_once_when_it_lasts_and_once_when_it_is_over(
    database: Database, box: Mailbox, hook: Hook
) -> None:
    site = Site(database, email=email(box), webhook=[webhook(hook)])
    said = []
    for step, watts in enumerate([3100, 3100, 3100, 3150, 2900, 2850, 2850, 2850]):
        at = NOW + 5 * step * MINUTES
        site.read(at, watts, 20)
        said.append(site.look(at + MINUTES))
    assert said == [
        "0 alerte ouverte.", "0 alerte ouverte.", "1 alerte ouverte, 1 nouvelle.", "1 alerte ouverte.",
        "1 alerte ouverte.", "1 alerte ouverte.", "0 alerte ouverte, 1 terminée.", "0 alerte ouverte.",
    ]  # fmt: skip
    assert events(hook) == [[("opened", "baie:A01/A")], [("closed", "baie:A01/A")]]
    assert [letter["Subject"].split(" : ")[0].split("\u00a0:")[0] for letter in box.letters] == [
        "[dcops] Baie A01, voie A", "[dcops] Terminé",
    ]  # fmt: skip
    [row] = site.alerts()
    assert (row.since, row.opened_at, row.closed_at) == (NOW, NOW + 11 * MINUTES, NOW + 31 * MINUTES)
    assert [(notice.channel, notice.what, notice.attempts) for notice in row.notices] == [
        ("email", "opened", 1), ("astreinte", "opened", 1), ("email", "closed", 1), ("astreinte", "closed", 1),
    ]  # fmt: skip


def test_one_noisy_reading_tells_nobody_even_when_the_meter_dies_after_it(database: Database) -> None:
    site = Site(database)
    site.read(NOW, 3600, 10)
    assert [site.look(NOW + 5 * step * MINUTES) for step in range(4)] == ["0 alerte ouverte."] * 4
    assert site.alerts() == []
    site.look(NOW + 30 * MINUTES)
    with database.transaction() as tx:
        assert store.unclosed(tx) == {}


def test_an_alert_worsens_and_who_deals_with_it_is_asked_again(database: Database, hook: Hook) -> None:
    urgent = webhook(hook, "urgence", minimum_severity="critical")
    site = Site(database, hold_minutes=0, webhook=[webhook(hook), urgent])
    site.read(NOW, 3000, 0)
    site.look(NOW)
    with database.transaction() as tx:
        take(tx, site.alerts()[0].id, "camille", "délestage en cours", NOW)
        assert store.count_waiting(tx) == 0
    site.read(NOW + 5 * MINUTES, 3700, 0)
    site.look(NOW + 5 * MINUTES)
    site.read(NOW + 10 * MINUTES, 100, 0)
    site.look(NOW + 10 * MINUTES)
    told = [(headers["X-Dcops-Delivery"], json.loads(body)["alerts"][0]["event"]) for headers, body in hook.posted]
    assert [what for _, what in told] == ["opened", "worsened", "opened", "closed", "closed"]
    assert len({delivery for delivery, _ in told}) == 5
    [row] = [row for row in site.alerts() if row.subject == "baie:A01/A"]
    assert (row.severity, row.taken_by) == ("critical", None)


def test_two_hundred_meters_that_die_are_one_letter(database: Database, box: Mailbox) -> None:
    site = Site(database, email=email(box))
    with database.transaction() as tx:
        tx.add_all(
            Meter(name=f"PDU-{n:03}", driver="snmp", address=f"10.1.0.{n}", max_w=7360, start=NOW) for n in range(198)
        )
    site.read(NOW, 100, 100)
    assert site.look(NOW + 61 * MINUTES) == "200 alertes ouvertes, 200 nouvelles."
    assert [letter["Subject"] for letter in box.letters] == ["[dcops] 200 alertes"]
    site.look(NOW + 66 * MINUTES)
    assert len(box.letters) == 1


def test_a_channel_that_fails_is_told_later_with_what_came_meanwhile_and_keeps_nobody_waiting(
    database: Database, box: Mailbox, hook: Hook
) -> None:
    site = Site(database, hold_minutes=0, email=email(box), webhook=[webhook(hook)])
    hook.status = 500
    site.read(NOW, 3000, 0)
    with pytest.raises(Unavailable, match=r"1 alerte ouverte, 1 nouvelle. webhook « astreinte » : il répond 500."):
        site.look(NOW)
    assert len(box.letters) == 1
    site.look(NOW + MINUTES / 2)  # it is left alone for a minute
    assert len(hook.posted) == 1
    site.read(NOW + 5 * MINUTES, 100, 3000)
    with pytest.raises(Unavailable):
        site.look(NOW + 5 * MINUTES)
    hook.status = 204
    site.look(NOW + 11 * MINUTES)
    assert sorted(events(hook)[-1]) == [("closed", "baie:A01/A"), ("opened", "baie:A01/A"), ("opened", "baie:A01/B")]
    site.look(NOW + 60 * MINUTES)
    assert len(hook.posted) == 3
    with database.transaction() as tx:
        assert store.count_due(tx, ["astreinte", "email"]) == {"astreinte": 0, "email": 0}


def test_what_may_have_arrived_is_sent_again_as_it_was_under_the_same_name(database: Database, hook: Hook) -> None:
    site = Site(database, hold_minutes=0, webhook=[webhook(hook)])
    hook.status = None  # it takes the message, and cuts the line
    site.read(NOW, 3000, 0)
    with pytest.raises(Unavailable, match="il a coupé la connexion"):
        site.look(NOW)
    hook.status = 204
    site.read(NOW + 5 * MINUTES, 3000, 3000)
    site.look(NOW + 5 * MINUTES)
    names = [headers["X-Dcops-Delivery"] for headers, _ in hook.posted]
    assert names[0] in names[1:]
    assert len(set(names)) == 2
    assert events(hook)[names.index(names[0], 1)] == [("opened", "baie:A01/A")]


def test_waits_double_up_to_an_hour() -> None:
    assert [wait_after(n) // MINUTES for n in (1, 2, 3, 6, 7, 50)] == [1, 2, 4, 32, 60, 60]
    assert wait_after(10_000) == LONGEST_WAIT


KILLED = """
import os, sys
from dcops.alerts import webhooks
from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import alerting
from dcops.wiring import Parts
from inventory.clock import FixedClock
from datetime import datetime

url, hook, at = sys.argv[1:]
send = webhooks.send
def die_after(*given):
    send(*given)
    os.kill(os.getpid(), 9)
webhooks.send = die_after
settings = Settings.model_validate({"alerts": {"hold_minutes": 0, "webhook": [{"name": "astreinte", "url": hook}]}})
alerting.watch(Parts(settings, Database(url), FixedClock(datetime.fromisoformat(at)), {}))
"""


def test_a_process_killed_between_the_message_and_its_record_sends_it_again_under_the_same_name(
    sqlite_database: Database, hook: Hook
) -> None:
    site = Site(sqlite_database, hold_minutes=0, webhook=[webhook(hook)])
    site.read(NOW, 3000, 0)
    url = sqlite_database.url.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", KILLED, url, hook.url, NOW.isoformat()], check=False)
    assert (done.returncode, len(hook.posted)) == (-9, 1)
    site.look(NOW + 5 * MINUTES)
    site.look(NOW + 10 * MINUTES)
    names = [headers["X-Dcops-Delivery"] for headers, _ in hook.posted]
    assert len(names) == 2
    assert names[0] == names[1]
    assert events(hook)[0] == events(hook)[1] == [("opened", "baie:A01/A")]


def test_a_feed_that_dies_is_silent_then_its_meter_stale_and_both_are_over_when_it_is_back(database: Database) -> None:
    site = Site(database)
    site.read(NOW, 800, 900)
    for step in range(1, 14):
        site.read(NOW + 5 * step * MINUTES, None, 900)
    assert site.look(NOW + 12 * MINUTES) == "0 alerte ouverte."
    site.look(NOW + 20 * MINUTES)
    assert [(row.kind, row.subject, row.rack) for row in site.alerts("open")] == [("feed-silent", "baie:A01/A", "A01")]
    site.look(NOW + 65 * MINUTES)
    assert {row.kind for row in site.alerts("open")} == {"feed-silent", "meter-stale"}
    site.read(NOW + 70 * MINUTES, 800, 900)
    site.look(NOW + 71 * MINUTES)
    site.look(NOW + 81 * MINUTES)
    assert site.alerts("open") == []


def test_meters_that_are_polled_rarely_are_not_stale_between_two_rounds(sqlite_database: Database) -> None:
    site = Site(sqlite_database)
    settings = Settings.model_validate({"metering": {"poll_interval_s": 3600}})
    site.parts = replace(site.parts, settings=settings)
    site.read(NOW, 100, 100)
    assert site.look(NOW + 179 * MINUTES) == "0 alerte ouverte."
    assert site.look(NOW + 181 * MINUTES) == "2 alertes ouvertes, 2 nouvelles."


def test_a_register_that_freezes_is_seen_and_is_over_when_it_moves(database: Database) -> None:
    site = Site(database)
    for hour in range(8):
        site.read(NOW + timedelta(hours=hour), 500, None, wh=1_000_000)
        site.read(NOW + timedelta(hours=hour), None, 400)
    at = NOW + timedelta(hours=7)
    site.look(at)
    [row] = site.alerts("open")
    assert (row.kind, row.subject, row.since) == ("register-frozen", "compteur:A01-A", NOW)
    assert "3,500 kWh ne sont comptés nulle part" in row.message
    site.read(at + 5 * MINUTES, 500, None, wh=1_000_100)
    assert site.look(at + 6 * MINUTES).startswith("0 alerte")


def test_a_reset_is_an_alert_until_somebody_decides(database: Database) -> None:
    site = Site(database)
    site.read(NOW, 100, 100)
    with database.transaction() as tx:
        fault = ReadingFault(meter_id=site.a, at=NOW, kind="reset", wh=12, message="revenu à 12 Wh.", seen_at=NOW)
        tx.add(fault)
    site.look(NOW)
    [row] = site.alerts("open")
    assert (row.kind, row.message, row.rack) == ("register-reset", "Compteur A01-A : revenu à 12 Wh.", "A01")
    with database.transaction() as tx:
        tx.add(VeeDecision(
            meter_id=site.a, fault_id=fault.id, start=NOW - timedelta(hours=1), end=NOW, kind="accept",
            author="camille", reason="remise à zéro voulue", decided_at=NOW,
        ))  # fmt: skip
    site.look(NOW + MINUTES)
    assert site.alerts("open") == []


def test_a_meter_that_is_estimated_for_days_is_an_alert(database: Database) -> None:
    site = Site(database)
    site.read(NOW, 100, 100)
    start = NOW - timedelta(days=5)
    with database.transaction() as tx:
        tx.add_all(
            EnergyInterval(
                meter_id=site.a, start=start + timedelta(hours=hour), end=start + timedelta(hours=hour + 1), wh=100,
                flag="ESTIMATED", method="linear", recorded_at=NOW,
            )
            for hour in range(80)
        )  # fmt: skip
    site.look(NOW)
    [row] = site.alerts("open")
    assert (row.kind, row.rack, row.message) == (
        "estimation-prolonged", "A01",
        "Compteur A01-A : son énergie est estimée, 80 heures en tout sur les 31 derniers jours, la première le "
        "10/06/2024 12:00.",
    )  # fmt: skip


def test_what_people_say_of_an_alert(database: Database) -> None:
    site = Site(database, hold_minutes=0)
    site.read(NOW, 3000, 0)
    site.look(NOW)
    number = site.alerts()[0].id
    with database.transaction() as tx, pytest.raises(Invalid, match="quelques mots"):
        take(tx, number, "camille", " ", NOW)
    with database.transaction() as tx:
        take(tx, number, "camille", "PDU de secours branchée", NOW)
    with database.transaction() as tx, pytest.raises(Conflict, match="camille s'occupe déjà"):
        take(tx, number, "dominique", "moi aussi", NOW)
    site.read(NOW + MINUTES, 10, 0)
    site.look(NOW + MINUTES)
    with database.transaction() as tx, pytest.raises(Conflict, match="est terminée depuis"):
        take(tx, number, "dominique", "trop tard", NOW)


def test_a_job_that_fails_for_a_while_is_an_alert(database: Database) -> None:
    site = Site(database)
    done = run_job(site.parts, "poll-meters")  # its devices are nowhere
    assert done is not None
    assert done.outcome == "failed"
    site.look(NOW)
    site.look(NOW + 10 * MINUTES)
    assert ("job-late", "tâche:poll-meters") in {(row.kind, row.subject) for row in site.alerts("open")}


def test_kinds_and_channels_of_the_settings_are_checked(database: Database) -> None:
    site = Site(database, off=["feed-lod"])
    with pytest.raises(Invalid, match="« feed-lod » n'est pas une alerte"):
        site.look(NOW)


def test_the_present_is_read_by_seeks(database: Database) -> None:
    """No statement walks through the readings, whatever their number."""
    site = Site(database)
    site.read(NOW, 100, 100)
    statements: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append((given[2], given[3])))
    with database.transaction() as tx:
        present_store.presents(tx, NOW, timedelta(hours=6))
        present_store.stills(tx, [(site.a, 5)], NOW - timedelta(days=7))
        present_store.drew_power(tx, [site.a], NOW - timedelta(days=1))
        asked = [one for one in statements if "readings" in one[0]]
        assert len(asked) == 3
        for statement, values in asked:
            plan = _plan(tx, statement, values)
            assert "SCAN readings" not in plan, plan
            assert "Seq Scan on readings" not in plan, plan


def _plan(tx: Transaction, statement: str, values: Any) -> str:
    connection = tx.connection()
    if connection.dialect.name == "sqlite":
        return "\n".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # there are two readings: a walk would be right
    return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))


def run(parts: Parts, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["alerts", *words], obj=parts)
    return done.exit_code, done.output


def test_the_command_line(database: Database, hook: Hook) -> None:
    site = Site(database, hold_minutes=0, webhook=[webhook(hook)])
    assert run(site.parts, "list") == (0, "Aucune alerte ouverte.\n")
    site.read(NOW, 3000, 0)
    assert run(site.parts, "run") == (0, "alerts : 1 alerte ouverte, 1 nouvelle.\n")
    code, listed = run(site.parts, "list", "--json")
    [told] = json.loads(listed)
    assert (code, told["subject"], told["notices"][0]["channel"]) == (0, "baie:A01/A", "astreinte")
    assert run(site.parts, "take", str(told["id"]), "--reason", "vu", "--author", "camille")[0] == 0
    assert "camille s'en occupe : vu) [astreinte, ouverture le 15/06/2024 12:00]" in run(site.parts, "list")[1]
    assert run(site.parts, "test", "astreinte") == (0, "Message d'essai remis à « astreinte ».\n")
    assert json.loads(hook.posted[-1][1])["alerts"][0]["kind"] == "essai"
    hook.status = 503
    assert run(site.parts, "test", "astreinte")[0] == 1
    assert run(site.parts, "test", "email")[0] == 1


def test_a_secret_is_nowhere_in_what_is_kept(database: Database, hook: Hook, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("tr3s-secret\n")
    site = Site(database, hold_minutes=0, webhook=[webhook(hook, secret_file=secret)])
    hook.status = 500
    site.read(NOW, 3000, 0)
    with pytest.raises(Unavailable) as told:
        site.look(NOW)
    with database.transaction() as tx:
        notice = tx.get(AlertNotice, 1)
        assert notice is not None
        assert "tr3s-secret" not in str(told.value) + notice.error
    assert hook.posted[0][0]["X-Dcops-Signature"].startswith("sha256=")
