"""What is an alert, kind by kind, and when it opens and closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.alerts.facts import TOGETHER, Facts, FeedNow, JobNow, Limits, MeterNow, Seen, Told
from dcops.alerts.life import Known, Turn, look, turn
from dcops.alerts.rules import FEED_LOAD, FEED_SILENT, JOB_LATE, METER_STALE, REGISTER_FROZEN, RULES, SOURCE_SILENT
from tests.conftest import NOW

LIMITS = Limits(stale_by_driver={"csv": timedelta(days=35), "prometheus": timedelta(hours=3)})
HOLD = timedelta(minutes=10)
A, B = "baie:A01/A", "baie:A01/B"
Found = dict[tuple[str, str], Seen]


def ago(minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
    return NOW - timedelta(minutes=minutes, hours=hours, days=days)


def feed(name: str, watts: int | None, capacity: int | None = 3680, whole: bool = True, drew: bool = False) -> FeedNow:
    at = None if watts is None else ago(2)
    return FeedNow("A01", name, capacity, watts, whole and watts is not None, at, at or ago(20), drew)


def seen(*feeds: FeedNow, limits: Limits = LIMITS, open: tuple[tuple[str, str], ...] = (), **facts: object) -> Found:
    return look(Facts(NOW, feeds=feeds, open=frozenset(open), **facts), limits)  # type: ignore[arg-type]


def meter(**values: object) -> MeterNow:
    plain = MeterNow("PDU-1", "snmp", "A01", in_service=ago(days=90), last_at=ago(2), wh=57_322_300)
    return replace(plain, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("watts", "already", "severity"),
    [
        (2944, False, None),  # 80 % of 3680
        (2945, False, "warning"),
        (2880, True, "warning"),  # between 78 and 80 %: it stays where it was
        (2880, False, None),
        (2870, True, None),  # under 78 %
        (3681, False, "critical"),
    ],
)
def test_a_feed_opens_above_its_limit_and_closes_some_points_lower(
    watts: int, already: bool, severity: str | None
) -> None:
    found = seen(feed("A", watts), open=((FEED_LOAD, A),) if already else ())
    assert (found[FEED_LOAD, A].severity if found else None) == severity


def test_what_a_loaded_feed_is_told_to_be() -> None:
    [one] = seen(feed("A", 3128)).values()
    assert one.message == (
        "Baie A01, voie A : 3,13 kW, soit 85 % de la capacité d'une voie (3,68 kW) ; la limite est de 80 %."
    )
    assert (one.rack, one.at) == ("A01", ago(2))


def test_one_feed_must_be_able_to_carry_both() -> None:
    both = feed("A", 2000), feed("B", 1900)
    assert set(seen(*both)) == {(FEED_LOAD, "baie:A01/A+B")}
    assert seen(*both)[FEED_LOAD, "baie:A01/A+B"].severity == "critical"
    assert seen(*both, limits=replace(LIMITS, redundant=False)) == {}
    assert set(seen(feed(TOGETHER, 3900))) == {(FEED_LOAD, "baie:A01/A+B")}


def test_a_feed_that_is_not_known_keeps_its_alert_and_opens_none() -> None:
    assert seen(feed("A", None)) == {}
    assert seen(feed("A", None), open=((FEED_LOAD, A),))[FEED_LOAD, A].message == ""
    half = feed("A", 900, whole=False)
    assert seen(half, open=((FEED_LOAD, A),))[FEED_LOAD, A].message == ""
    assert seen(feed("A", 3000, whole=False))[FEED_LOAD, A].message
    assert seen(feed("A", 3600, capacity=None)) == {}


def test_a_feed_is_silent_when_the_other_one_gives_power() -> None:
    dead = seen(feed("A", None), feed("B", 900))
    assert dead[FEED_SILENT, A].message == (
        "Baie A01, voie A : plus aucune réponse depuis le 15/06/2024 11:40 alors que la voie B donne 0,90 kW ; "
        "voie coupée ou PDU injoignable."
    )
    lost = seen(feed("A", 900), feed("B", 0, drew=True))
    assert lost[FEED_SILENT, B].severity == "critical"
    assert seen(feed("A", 900), feed("B", 0)) == {}  # it never carried anything: nothing was lost
    assert (FEED_SILENT, B) in seen(feed("A", 900), feed("B", 0), open=((FEED_SILENT, B),))
    assert seen(feed("A", None), feed("B", None)) == seen(feed("A", 0, drew=True), feed("B", 0, drew=True)) == {}


@pytest.mark.parametrize(
    ("driver", "quiet", "stale"),
    [("snmp", 60, False), ("snmp", 61, True), ("modbus", 61, True), ("prometheus", 179, False),
     ("prometheus", 181, True), ("csv", 34 * 24 * 60, False), ("csv", 36 * 24 * 60, True)],
)  # fmt: skip
def test_how_long_a_meter_may_be_quiet_is_its_driver_s(driver: str, quiet: int, stale: bool) -> None:
    found = seen(meters=[meter(driver=driver, last_at=ago(quiet))])
    assert ((METER_STALE, "compteur:PDU-1") in found) is stale


def test_a_meter_that_was_never_read_is_stale_from_its_start() -> None:
    found = seen(meters=[meter(last_at=None, in_service=ago(hours=2))])
    told = "Compteur PDU-1 : aucun relevé depuis sa mise en service le 15/06/2024 10:00."
    assert found[METER_STALE, "compteur:PDU-1"].message == told
    assert seen(meters=[meter(last_at=None, in_service=ago(30))]) == {}


FROZEN = (REGISTER_FROZEN, "compteur:PDU-1")


def test_a_register_that_stays_while_power_flows_is_frozen() -> None:
    [one] = seen(meters=[meter(still_since=ago(hours=7), mean_w=580.0)]).values()
    assert one.message == (
        "Compteur PDU-1 : son registre reste à 57\u00a0322,300 kWh depuis le 15/06/2024 05:00 alors que l'appareil dit "
        "0,58 kW en moyenne : 4,060 kWh ne sont comptés nulle part."
    )
    assert seen(meters=[meter(still_since=ago(hours=5), mean_w=580.0)]) == {}  # not for six hours
    assert seen(meters=[meter(still_since=ago(hours=7), mean_w=100.0)]) == {}  # some count whole kWh
    assert FROZEN in seen(meters=[meter(still_since=ago(hours=12), mean_w=100.0)])
    assert seen(meters=[meter(still_since=ago(hours=48), mean_w=0.0)]) == {}


def test_without_power_told_a_register_is_frozen_when_it_used_to_move_and_others_do() -> None:
    still = meter(still_since=ago(hours=7), usual_wh=24_000, neighbours=True)
    assert "il comptait 7,000 kWh dans ce temps" in seen(meters=[still])[FROZEN].message
    assert seen(meters=[replace(still, neighbours=False)]) == {}
    assert seen(meters=[replace(still, usual_wh=0)]) == {}


def test_a_frozen_register_that_cannot_be_read_stays_an_alert() -> None:
    found = seen(meters=[meter(last_at=ago(90))], open=(FROZEN,))
    assert (found[FROZEN].message, set(found)) == ("", {FROZEN, (METER_STALE, "compteur:PDU-1")})


def test_what_others_found_is_told_in_their_words() -> None:
    told = Told("PDU-1", "A01", ago(30), "son registre est revenu de 900 à 12 kWh.")
    jobs = [JobNow("poll-meters", "Relever les compteurs", True, ago(30), ""),
            JobNow("synchronise", "Interroger les sources", False, None, "NetBox ne répond pas.")]  # fmt: skip
    found = seen(resets=[told], jobs=jobs, sources={"netbox": ago(days=3), "amiens-a": ago(60)})
    assert [one.message for one in found.values()] == [
        "Compteur PDU-1 : son registre est revenu de 900 à 12 kWh.",
        "Tâche « Relever les compteurs » : en retard, dernière réussite le 15/06/2024 11:30.",
        "Tâche « Interroger les sources » : en échec (NetBox ne répond pas), jamais réussie.",
        "Source NetBox : elle n'a pas tout dit depuis le 12/06/2024 12:00.",
    ]
    assert {kind for kind, _ in found} == {"register-reset", JOB_LATE, SOURCE_SILENT}


def test_a_kind_that_is_off_is_not_looked_at() -> None:
    facts = Facts(NOW, feeds=[feed("A", 3600)], meters=[meter(last_at=None)])
    assert {kind for kind, _ in look(facts, LIMITS, [FEED_LOAD])} == {METER_STALE}
    assert look(facts, LIMITS, RULES) == {}


def load(minutes_ago: float, severity: str = "warning") -> Seen:
    return Seen(FEED_LOAD, A, severity, "chargée", "A01", at=ago(minutes_ago))


def test_one_observation_told_many_times_opens_nothing() -> None:
    first = load(20)
    waiting = Known(ago(20), False, "warning", ago(20))
    assert turn(None, first, HOLD, ago(20)) is Turn.WAIT
    assert turn(waiting, first, HOLD, NOW) is Turn.WAIT
    assert turn(waiting, load(10), HOLD, NOW) is Turn.OPEN
    assert turn(waiting, None, HOLD, NOW) is Turn.FORGET


def test_an_open_alert_closes_when_it_is_over_for_long_enough() -> None:
    def known(minutes: float) -> Known:
        return Known(ago(60), True, "warning", ago(minutes))

    assert turn(known(5), None, HOLD, NOW) is Turn.KEEP
    assert turn(known(10), None, HOLD, NOW) is Turn.CLOSE
    assert turn(known(10), load(2), HOLD, NOW) is Turn.KEEP
    assert turn(known(10), load(2, "critical"), HOLD, NOW) is Turn.WORSEN
    assert turn(replace(known(10), severity="critical"), load(2), HOLD, NOW) is Turn.KEEP
    assert turn(known(60), replace(load(2), message=""), HOLD, NOW) is Turn.KEEP
    assert turn(None, replace(load(2), message=""), HOLD, NOW) is Turn.NOTHING


@given(st.lists(st.booleans(), max_size=40))
def test_whatever_the_noise_people_are_told_of_what_lasts(looks: list[bool]) -> None:
    """A look every five minutes: seen over ten of them to open, not seen over ten to close, in turn."""
    known: Known | None = None
    run = told = 0
    for number, loaded in enumerate(looks):
        now = NOW + timedelta(minutes=5 * number)
        one = Seen(FEED_LOAD, A, "warning", "chargée", "A01", at=now) if loaded else None
        made = turn(known, one, HOLD, now)
        run = run + 1 if number and loaded == looks[number - 1] else 1
        if made is Turn.OPEN:
            assert (loaded, run >= 3, told % 2) == (True, True, 0)
        if made is Turn.CLOSE:
            assert (loaded, run >= 2, told % 2) == (False, True, 1)
        told += made in (Turn.OPEN, Turn.CLOSE)
        if made in (Turn.CLOSE, Turn.FORGET):
            known = None
        elif one is not None:
            is_open = made is Turn.OPEN or (known is not None and known.opened)
            known = Known(known.since if known else now, is_open, "warning", now)
