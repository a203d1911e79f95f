"""A round of polling: devices that hang, break or are wrong never hurt the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from dcops.db import Database
from inventory.clock import FixedClock
from inventory.errors import Unavailable
from inventory.orm import Transaction
from metering.collection import poll_store, watch_store
from metering.collection.poll import Answer, Target, Wanted, collect
from metering.collection.poll_record import Round, record, targets
from metering.drivers import DeviceReport, Point
from metering.drivers.simulated import SimulatedDriver
from metering.drivers.snmp import SnmpDriver
from tests.metering.agents import Pdus, answering
from tests.metering.agents import inlet as inlet_objects
from tests.metering.world import START, add_meter, add_rack

NOW = START + timedelta(days=40)


def device(*points: Point) -> DeviceReport:
    return DeviceReport("apc-rpdu2", "APC", "AP8641", "S1", points)


def inlet(wh: int | None, watts: int | None = 500, index: str = "1") -> Point:
    return Point(index, "inlet", "entrée", wh, watts)


async def hang() -> DeviceReport:
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(0.2)  # deaf to the first request to stop
            raise


async def broken() -> DeviceReport:
    raise RuntimeError("boum")


async def absent() -> DeviceReport:
    raise Unavailable("absent : ne répond pas.")


def ask(addresses: dict[str, object], timeout_s: float = 0.01) -> list[Answer]:
    asked = [Target("simulated", address, None, (Wanted(1, "m", "inlet:1"),)) for address in [*addresses, "absent"]]
    return asyncio.run(
        collect(asked, {"simulated": SimulatedDriver({**addresses, "absent": absent})}, 8, timeout_s, FixedClock(NOW))
    )


def test_one_device_that_hangs_and_one_that_breaks_leave_the_others() -> None:
    good, hung, raised, missing = ask({"good": device(inlet(1000)), "hung?community=x": hang, "broken": broken})
    assert [(reading.wh, reading.power_w, reading.at) for _, reading in good.readings] == [(1000, 500, NOW)]
    assert good.failures == ()
    assert "hung n'a pas répondu" in hung.failures[0]
    assert "RuntimeError : boum" in raised.failures[0]
    assert "absent" in missing.failures[0]


def test_many_slow_devices_take_the_time_of_some() -> None:
    running = most = 0

    async def slow() -> DeviceReport:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return device(inlet(1))

    asked = [Target("simulated", str(n), None, (Wanted(n, "m", "inlet:1"),)) for n in range(50)]
    answers = asyncio.run(collect(asked, {"simulated": SimulatedDriver({str(n): slow for n in range(50)})}, 7, 1))
    assert [len(answer.readings) for answer in answers] == [1] * 50
    assert most == 7


def test_silent_devices_that_hold_every_slot_keep_nobody_waiting() -> None:
    """Each slot is given to a silent device at first: all the others are heard before any of these is asked again."""
    asked: list[str] = []

    def device_called(name: str) -> Callable[[], Awaitable[DeviceReport]]:
        async def answer() -> DeviceReport:
            asked.append(name)
            return await hang() if name.startswith("hung") else device(inlet(1))

        return answer

    names = [*(f"hung{n}" for n in range(4)), *(f"good{n}" for n in range(20)), "known"]
    devices = [
        Target("simulated", name, None, (Wanted(1, "m", "inlet:1"),), failures=name == "known") for name in names
    ]
    driver = SimulatedDriver({name: device_called(name) for name in names})
    heard: list[str] = []
    answers = asyncio.run(
        collect(devices, {"simulated": driver}, 4, 0.02, FixedClock(NOW), lambda a: heard.append(a.target.address))
    )
    assert asked[:4] == names[:4]
    assert set(asked[4:24]) == set(names[4:24])
    assert asked[24:] == [*names[:4], "known"]  # with patience: those that failed in the last round come last
    assert [answer.answered for answer in answers] == [False] * 4 + [True] * 21
    assert sorted(heard) == sorted(names)


def test_a_device_that_was_slow_is_asked_after_the_others_and_once() -> None:
    asked: list[str] = []

    def device_called(name: str) -> Callable[[], Awaitable[DeviceReport]]:
        async def answer() -> DeviceReport:
            asked.append(name)
            return device(inlet(1))

        return answer

    known = {"slow": 900, "quick": 400, "new": None}
    devices = [Target("simulated", name, None, (), took_ms=took) for name, took in known.items()]
    driver = SimulatedDriver({name: device_called(name) for name in known})
    asyncio.run(collect(devices, {"simulated": driver}, 1, 2, FixedClock(NOW)))
    assert asked == ["quick", "new", "slow"]


def test_two_hundred_devices_of_which_some_hang_answer_late_or_garbage_over_real_sockets() -> None:
    with answering(Pdus(inlet_objects(35_128_000), late_s=3)) as pdus:
        kinds = {"a": 180, "h": 10, "g": 5, "l": 5}
        names = [f"{kind}{n}" for kind, many in kinds.items() for n in range(many)]
        asked = [Target("snmp", pdus.address(name), None, (Wanted(1, name, "inlet:1"),)) for name in names]
        answers = asyncio.run(collect(asked, {"snmp": SnmpDriver(2)}, 16, 2))
    heard = {name: [reading.wh for _, reading in answer.readings] for name, answer in zip(names, answers, strict=True)}
    assert heard == {name: [35_128_000] if name[0] == "a" else [] for name in names}
    assert all(len(answer.failures) == (name[0] != "a") for name, answer in zip(names, answers, strict=True))
    assert 1 < pdus.most <= 16 + 5  # the late ones may have been given up


def test_an_unknown_driver_a_missing_point_and_a_point_without_energy_are_failures() -> None:
    [none] = asyncio.run(collect([Target("modem", "x", None, ())], {}, 1, 1))
    assert "modem" in none.failures[0]
    without, other, _ = ask({"without": device(inlet(None)), "other": device(inlet(5, index="2"))})
    assert "ne donne pas d'énergie" in without.failures[0]
    assert "inlet:2" in other.failures[0]


def add_pdus(tx: Transaction) -> None:
    rack = add_rack(tx)
    for name, address, point in (("a", "pdu1", "inlet:1"), ("a3", "pdu1", "outlet:3"), ("b", "pdu2", "inlet:1")):
        add_meter(tx, name, rack, driver="simulated", address=address, point=point)
    add_meter(tx, "by-hand", rack)
    add_meter(tx, "gone", rack, driver="simulated", address="old", end=START)


def test_a_device_is_asked_once_for_all_its_meters(database: Database) -> None:
    with database.transaction() as tx:
        add_pdus(tx)
        assert [(t.address, [w.meter for w in t.wanted]) for t in targets(tx, NOW)] == [
            ("pdu1", ["a", "a3"]),
            ("pdu2", ["b"]),
        ]
        assert {t.address for t in targets(tx, START - timedelta(days=1))} == {"pdu1", "pdu2", "old"}


def test_a_meter_is_asked_from_its_first_day_to_its_last(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_meter(tx, "leaving", rack, driver="simulated", address="pdu3", end=NOW + timedelta(days=1))
        add_meter(tx, "to come", rack, driver="simulated", address="next", start=NOW + timedelta(days=1))
        assert [target.address for target in targets(tx, NOW)] == ["pdu3"]
        assert [target.address for target in targets(tx, NOW + timedelta(days=1))] == ["next"]


def test_a_round_is_recorded_with_its_readings_and_failures(database: Database) -> None:
    devices = {"pdu1": device(inlet(1000), Point("3", "outlet", "prise 3", 40, None)), "pdu2": absent}
    with database.transaction() as tx:
        add_pdus(tx)
        answers = asyncio.run(collect(targets(tx, NOW), {"simulated": SimulatedDriver(devices)}, 2, 1, FixedClock(NOW)))
        run = record(tx, Round(NOW, NOW, answers), NOW + timedelta(seconds=3))
        assert (run.devices_ok, run.devices_failed, run.readings) == (1, 1, 2)
    with database.transaction() as tx:
        [kept] = poll_store.poll_runs(tx)
        assert [failure.address for failure in kept.failures] == ["pdu2"]
        assert {(last.meter, last.reading.wh) for last in watch_store.last_readings(tx)} == {("a", 1000), ("a3", 40)}
        assert watch_store.power_by_feed(tx, NOW) == {("A01", "A"): 500}
        assert watch_store.power_by_feed(tx, NOW + timedelta(seconds=1)) == {}


def test_a_device_whose_register_changed_within_a_second_is_told_by_its_meter(database: Database) -> None:
    with database.transaction() as tx:
        add_pdus(tx)
        for wh in (1000, 1001):
            devices = {"pdu2": device(inlet(wh))}
            asked = [target for target in targets(tx, NOW) if target.address == "pdu2"]
            answers = asyncio.run(collect(asked, {"simulated": SimulatedDriver(devices)}, 2, 1, FixedClock(NOW)))
            run = record(tx, Round(NOW, NOW, answers), NOW)
        assert (run.readings, [f.address for f in run.failures]) == (0, ["pdu2"])
        assert "compteur b" in run.failures[0].message
