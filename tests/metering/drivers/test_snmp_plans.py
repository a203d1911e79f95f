"""A device that is known is asked one question; whatever changes in it makes it looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.demo.pdus import Oid
from dcops.demo.pdus import Value as Told
from inventory.errors import NotFound
from metering.drivers import DeviceReport, Point
from metering.drivers.address import Address
from metering.drivers.profile import FixedPoint, Measure, Profile
from metering.drivers.snmp import SnmpDriver
from metering.drivers.snmp_plans import Known, Plans, plan_of
from metering.drivers.sought import Value, sought
from tests.metering.agents import APC, Pdus, answering, inlet

ROW: Oid = (*APC, 1, 26, 4, 3, 1)
SERIAL: Oid = (*APC, 1, 12, 1, 6, 0)
UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
INLET = ("inlet:1",)


def device(wh: int = 35_128_000, up: int = 1_000_000) -> dict[Oid, Told]:
    return dict(sorted({**inlet(wh), SERIAL: ("string", "S1"), UP_TIME: ("ticks", up)}.items()))


class Asking:
    """One driver that asks one PDU again and again, and how many requests that took."""

    def __init__(self, pdus: Pdus, version: str = "2c", profiles_dir: Path | None = None) -> None:
        self.pdus, self.plans, self.folder = pdus, Plans(), profiles_dir
        self.address = f"{pdus.address('a')}&version={version}"

    def __call__(self, points: tuple[str, ...] = INLET, driver: SnmpDriver | None = None) -> tuple[int | None, int]:
        before = self.pdus.requests
        asked = (driver or SnmpDriver(2, self.folder, plans=self.plans)).read_points(self.address, None, points)
        report = asyncio.run(asked)
        return report.point("inlet:1").energy_wh, self.pdus.requests - before


def test_a_steady_device_is_asked_once() -> None:
    with answering(Pdus(device())) as pdus:
        ask = Asking(pdus)
        first = ask()
        assert first[0] == 35_128_000
        assert first[1] > 5
        pdus.objects = device(35_128_100, 1_030_000)
        assert ask() == (35_128_100, 1)
        assert ask() == (35_128_100, 1)


def test_version_1_that_refuses_a_whole_request_for_one_missing_oid_is_asked_once_too() -> None:
    with answering(Pdus(device())) as pdus:
        ask = Asking(pdus, "1")
        ask()
        assert ask() == (35_128_000, 1)


def without(oid: Oid) -> Callable[[dict[Oid, Told]], None]:
    return lambda objects: objects.pop(oid) and None


def other(oid: Oid, value: Told) -> Callable[[dict[Oid, Told]], None]:
    return lambda objects: objects.update({oid: value})


@pytest.mark.parametrize(
    "change",
    [
        other(UP_TIME, ("ticks", 500)),
        other(SERIAL, ("string", "S2")),
        other((*ROW, 3, 1), ("string", "another")),
        other((1, 3, 6, 1, 2, 1, 1, 2, 0), ("oid", (*APC, 3, 4, 6))),
        without(SERIAL),
    ],
    ids=["restarted", "another device", "another name", "another model", "an answer less"],
)
def test_a_device_that_changed_is_looked_at_again_then_asked_once(change: Callable[[dict[Oid, Told]], None]) -> None:
    with answering(Pdus(device())) as pdus:
        ask = Asking(pdus)
        ask()
        changed = device(36_000_000, 1_030_000)
        change(changed)
        pdus.objects = changed
        wh, requests = ask()
        assert (wh, requests > 5) == (36_000_000, True)
        assert ask() == (36_000_000, 1)


def test_a_register_that_goes_away_is_refused_with_its_reason_and_comes_back() -> None:
    with answering(Pdus(device())) as pdus:
        ask = Asking(pdus)
        ask()
        gone = device()
        gone[(*ROW, 9, 1)] = ("integer", -1)
        pdus.objects = gone
        report = asyncio.run(SnmpDriver(2, plans=ask.plans).read_points(ask.address, None, INLET))
        assert report.point("inlet:1").energy_wh is None
        assert "énergie non prise en charge" in report.faults_of("inlet:1")[0]
        pdus.objects = device(40_000_000)
        assert ask()[0] == 40_000_000


def test_a_point_that_does_not_exist_is_told_with_those_that_do_each_time() -> None:
    with answering(Pdus(device())) as pdus:
        driver = SnmpDriver(2)
        for _ in range(2):
            report = asyncio.run(driver.read_points(pdus.address("a"), None, ("outlet:7",)))
            with pytest.raises(NotFound, match="points présents : inlet:1"):
                report.point("outlet:7")


def test_a_profile_that_changes_is_heeded_at_the_next_round(tmp_path: Path) -> None:
    with answering(Pdus(device())) as pdus:
        ask = Asking(pdus, profiles_dir=tmp_path)
        assert [ask()[0], ask()] == [35_128_000, (35_128_000, 1)]
        (tmp_path / "apc-rpdu2.toml").write_text(
            'name = "apc-rpdu2"\nvendor = "APC"\nsys_object_id = ["1.3.6.1.4.1.318.1.3.4"]\n[[table]]\nkind = "inlet"\n'
            'rows = "1.3.6.1.4.1.318.1.1.26.4.3.1.1"\n'
            'energy = { oid = "1.3.6.1.4.1.318.1.1.26.4.3.1.9", factor = 1000 }\n'
        )
        assert ask()[0] == 351_280_000


raw = st.one_of(st.integers(-3, 5), st.integers(-(2**70), 2**70), st.none(), st.binary(max_size=3), st.floats(0, 9e9))


@given(
    energy=raw,
    power=raw,
    factor=st.decimals("0.001", "1000", places=3),
    power_factor=st.decimals("0.01", "10", places=2),
)
def test_the_quick_way_gives_what_the_rules_give(
    energy: Value, power: Value, factor: Decimal, power_factor: Decimal
) -> None:
    family = Profile(
        name="p", vendor="V", sys_object_id=("1.3.6.1.4.1.1",), point=(FixedPoint(
            kind="inlet", index="1", energy=Measure(oid="1.3.6.1.4.1.1.1", factor=factor),
            power=Measure(oid="1.3.6.1.4.1.1.2", factor=power_factor),
        ),),
    )  # fmt: skip
    wanted = sought(family, {})
    answers = {"1.3.6.1.4.1.1.1": energy, "1.3.6.1.4.1.1.2": power}
    report = DeviceReport("p", "V", None, None, (Point("1", "inlet", "", 1, 1),))
    plan = plan_of(Known(Address("h"), family.unsupported, (), report, 24), wanted, answers, 0)
    assert len(plan.plain) == 1
    quick, slow = plan.read(answers, 1), replace(plan, plain=()).read(answers, 1)
    assert quick == slow
