"""The SNMP driver and the shipped profiles against recordings of real PDUs: every energy and power they hold."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from metering.drivers import DeviceReport
from metering.drivers.snmp import SnmpDriver
from tests.metering.drivers.known import told
from tests.metering.drivers.simulator import Agents


def read(recorded: Agents, device: str, version: str = "2c") -> DeviceReport:
    return asyncio.run(SnmpDriver(5).read(recorded.address(device, version), None))


def of_kind(report: DeviceReport, kind: str, attribute: str) -> list[int | None]:
    return [getattr(point, attribute) for point in report.points if point.kind == kind]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_apc_8641_with_its_24_outlets(recorded: Agents, index: dict[str, Any], version: str) -> None:
    report = read(recorded, "apc-8641", version)
    assert (report.profile, report.vendor, report.model, report.serial) == (
        "apc-rpdu2",
        "APC",
        "AP8641",
        "3F3452A52295",
    )
    assert of_kind(report, "inlet", "energy_wh") == told(index, "apc-8641", "energy", "device") == [1951600]
    assert of_kind(report, "inlet", "power_w") == told(index, "apc-8641", "power", "device rPDU2") == [1210]
    assert of_kind(report, "phase", "power_w") == told(index, "apc-8641", "power", "phase") == [1220]
    assert of_kind(report, "total", "power_w") == told(index, "apc-8641", "power", "device rPDUIdent") == [1230]
    assert of_kind(report, "outlet", "energy_wh") == told(index, "apc-8641", "energy", "outlet")
    assert of_kind(report, "outlet", "power_w") == told(index, "apc-8641", "power", "outlet")
    assert len(of_kind(report, "outlet", "power_w")) == 24
    assert report.point("outlet:2").label == "DISK TRAY"
    assert report.faults == ()


def test_apc_8959_has_no_metered_outlets(recorded: Agents, index: dict[str, Any]) -> None:
    report = read(recorded, "apc_ap8959eu3")
    assert (report.model, report.serial) == ("AP8959EU3", "5A1638E01463")
    assert [point.name for point in report.points] == ["inlet:1", "phase:1", "total:0"]
    assert of_kind(report, "inlet", "energy_wh") == told(index, "apc_ap8959eu3", "energy", "device") == [1967700]
    assert of_kind(report, "inlet", "power_w") == told(index, "apc_ap8959eu3", "power", "device rPDU2") == [270]
    assert of_kind(report, "phase", "power_w") == told(index, "apc_ap8959eu3", "power", "phase") == [250]
    assert of_kind(report, "total", "power_w") == told(index, "apc_ap8959eu3", "power", "device rPDUIdent") == [270]
    assert report.faults == ()


def test_apc_7902_tells_its_total_power_and_minus_one_elsewhere(recorded: Agents) -> None:
    report = read(recorded, "apc-7902b")
    assert [(point.name, point.energy_wh, point.power_w) for point in report.points] == [
        ("inlet:1", None, None),
        ("phase:1", None, None),
        ("total:0", None, 192),
    ]
    assert report.faults == (
        "inlet:1 : énergie non prise en charge par l'appareil (réponse -1).",
        "inlet:1 : puissance non prise en charge par l'appareil (réponse -1).",
        "phase:1 : puissance non prise en charge par l'appareil (réponse -1).",
    )


def test_apc_easy_pdu_counts_by_phase_in_wh(recorded: Agents) -> None:
    report = read(recorded, "apc-epdu_epdu1116s")
    assert (report.profile, report.model, report.serial) == ("apc-epdu", "EPDU1116S", "506255602541")
    assert [(point.name, point.energy_wh, point.power_w) for point in report.points] == [
        ("phase:1", 332241, 0),
        ("phase:2", 0, 0),
        ("phase:3", 0, 0),
    ]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_raritan_px3_with_its_24_outlets(recorded: Agents, index: dict[str, Any], version: str) -> None:
    report = read(recorded, "raritan-pdu_px3", version)
    assert (report.profile, report.vendor, report.model) == ("raritan-px2", "Raritan", "PX3-5493U-K2")
    for kind in ("inlet", "outlet"):
        assert of_kind(report, kind, "energy_wh") == told(index, "raritan-pdu_px3", "energy", kind)
        assert of_kind(report, kind, "power_w") == told(index, "raritan-pdu_px3", "power", kind)
    assert report.point("inlet:1").energy_wh == 74057676
    assert (report.point("outlet:1").label, report.point("outlet:2").label) == ("1", "DEVICE 8:PS1:Planned")
    assert len(report.points) == 25
    assert report.faults == ()


def test_raritan_px2_gives_power_only(recorded: Agents, index: dict[str, Any]) -> None:
    report = read(recorded, "raritan-pdu_px2")
    assert of_kind(report, "inlet", "power_w") == told(index, "raritan-pdu_px2", "power", "inlet") == [138]
    assert of_kind(report, "outlet", "power_w") == told(index, "raritan-pdu_px2", "power", "outlet")
    assert {point.energy_wh for point in report.points} == {None}
    assert len(report.faults) == len(report.points) == 13
    assert all(re.fullmatch(r"(inlet|outlet):\d+ : énergie absente : .*", fault) for fault in report.faults)
