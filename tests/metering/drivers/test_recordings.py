"""Every recording that is present, against its entry in the index: each number, label and serial that it holds.

A recording is added by its file and its entry, nothing else.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from metering.drivers import DeviceReport, Given
from metering.drivers.snmp import SnmpDriver
from tests.conftest import SHARED
from tests.metering.drivers.simulator import Agents

FOLDER = Path(os.environ.get("DCOPS_RECORDINGS", SHARED / "recordings")) / "snmp"
PRESENT: list[Any] = sorted(file.stem for file in FOLDER.glob("*.snmprec"))
SCALES = {"kwh": (1000, ROUND_FLOOR), "w": (1, ROUND_HALF_UP)}
# Columns of the index that no profile reads: what they are.
NOT_READ = {
    "38446.1.2.4.1.10": "can be reset; its lifetime twin is read",
    "19536.10.1.2.1.1.8": "can be reset; its lifetime twin is read",
    "34278.5.2": "reactive energy",
    "13742.4.1.21.2.1.11": "of a pole; valid for inline meters alone, says the MIB",
}


NONE = pytest.param("none", marks=pytest.mark.skip(reason=f"recordings absent ({FOLDER})"))


@pytest.fixture(scope="module", params=PRESENT or [NONE])
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def entry(device: str, index: Mapping[str, Any]) -> dict[str, Any]:
    assert device in index, f"{device}.snmprec has no entry in index.json"
    found: dict[str, Any] = index[device]
    return found


@pytest.fixture(scope="module")
def report(device: str, recorded: Agents) -> DeviceReport:
    return asyncio.run(SnmpDriver(5).read(recorded.address(device), None))


def columns(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((what, column) for what in ("energy", "power") for column in entry[what])


def expected(value: Mapping[str, Any]) -> int | None:
    """The whole Wh or W of a value; None where the index has no number for it."""
    for unit, (scale, rounding) in SCALES.items():
        if value.get(unit) is not None:
            return int((Decimal(str(value[unit])) * scale).to_integral_value(rounding))
    return None


def test_each_number_is_that_of_the_index(entry: dict[str, Any], report: DeviceReport) -> None:
    given = {one.oid: one for one in report.answers}
    known = 0
    for _, column in columns(entry):
        for value in column["values"]:
            one = given.get(value["oid"])
            if one is None or (one.value is None and one.refused):
                continue
            assert str(one.raw) == str(value["raw"]), one
            if (number := expected(value)) is not None:
                assert one.value == number, one
                known += 1
    assert known


def test_no_number_of_the_index_is_left_out(entry: dict[str, Any], report: DeviceReport) -> None:
    given = {one.oid: one for one in report.answers}
    for _, column in columns(entry):
        read = [value for value in column["values"] if value["oid"] in given]
        if column["values"] and not read:
            assert column["oid"] in NOT_READ, f"nothing reads {column['what']}"
        left = [value for value in column["values"] if read and value["oid"] not in given and expected(value)]
        assert [value["oid"] for value in left if _named(entry, value["oid"])] == []


def _named(entry: Mapping[str, Any], oid: str) -> bool:
    """Whether the row of an instance has a name: without one it is a place where nothing is."""
    row = ".".join(oid.split(".")[-2:])
    names = [text for label in entry["labels"] for where, text in label["values"].items() if where.endswith(f".{row}")]
    return any(str(name).strip("\0 ") for name in names) or not names


def test_a_number_that_is_refused_is_none_and_said(entry: dict[str, Any], report: DeviceReport) -> None:
    numbers = {point.name: (point.energy_wh, point.power_w) for point in report.points}
    for one in report.answers:
        if one.what != "label":
            assert numbers[one.point][one.what == "power"] == one.value
            assert (one.value is None) == (one.refused is not None)
            assert not one.refused or report.faults_of(one.point)
    refused = {one.oid for one in report.answers if one.refused}
    for _, column in columns(entry):
        for value in column["values"]:
            if value["oid"] in refused and expected(value):
                pytest.fail(f"{value['oid']} is a number and is refused")


def test_each_label_is_that_of_the_index(entry: dict[str, Any], report: DeviceReport) -> None:
    known = {oid: str(text).strip("\0 ") for label in entry["labels"] for oid, text in label["values"].items()}
    labels = [one for one in report.answers if one.what == "label" and one.oid in known]
    assert [(one.oid, one.value) for one in labels] == [(one.oid, known[one.oid]) for one in labels]
    by_point = {one.point: one.value for one in labels}
    assert {name: report.point(name).label for name in by_point} == by_point


def test_the_serial_is_one_of_those_of_the_index(entry: dict[str, Any], report: DeviceReport) -> None:
    told = [str(serial["value"]) for serial in entry["serial"] if serial["value"]]
    assert not told or report.serial in told
    assert report.profile is not None
    assert report.vendor is not None


def test_every_point_has_its_own_name_and_its_own_registers(report: DeviceReport) -> None:
    names = [point.name for point in report.points]
    assert len(set(names)) == len(names)
    registers: list[Given] = [one for one in report.answers if one.what == "energy"]
    assert len({one.oid for one in registers}) == len(registers)


def test_the_quick_way_reads_what_the_long_way_reads(device: str, recorded: Agents, report: DeviceReport) -> None:
    driver, address = SnmpDriver(5), recorded.address(device)
    names = tuple(point.name for point in report.points if point.energy_wh is not None)

    async def again() -> list[DeviceReport]:
        return [await driver.read_points(address, None, names) for _ in range(2)]

    for told in asyncio.run(again()) if names else []:
        assert {name: told.point(name) for name in names} == {name: report.point(name) for name in names}
