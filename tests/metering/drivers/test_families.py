"""What is particular to a family, against its recording: which rows are points, of which kind, which are none."""

from __future__ import annotations

import asyncio
from typing import Any

from metering.drivers import DeviceReport
from metering.drivers.snmp import SnmpDriver
from tests.metering.drivers.simulator import Agents


def read(recorded: Agents, device: str) -> DeviceReport:
    return asyncio.run(SnmpDriver(5).read(recorded.address(device), None))


def test_rittal_finds_its_variables_by_name(recorded: Agents) -> None:
    report = read(recorded, "rittal-cmc-iii-pu_pdu-controller")
    assert [(point.name, point.energy_wh, point.power_w) for point in report.points] == [
        ("inlet:1", 2641800, 2742),
        ("phase:1", 999100, 1041),
        ("phase:2", 1170500, 1240),
        ("phase:3", 472200, 466),
    ]


def test_rnx_tells_totals_from_outlets(recorded: Agents) -> None:
    report = read(recorded, "rnx-updu_rn3214")
    energy = {point.name: point.energy_wh for point in report.points}
    assert energy["inlet:0.0"] == 12718314 == energy["phase:0.1"] + energy["phase:0.2"] + energy["phase:0.3"]
    assert (energy["phase:0.1"], energy["phase:0.2"], energy["phase:0.3"]) == (4053607, 3169065, 5495642)
    assert sum(1 for point in report.points if point.kind == "inlet") == 1
    assert sum(1 for point in report.points if point.kind == "phase") == 3


def test_cyberpower_keeps_the_bank_apart_from_its_phase(recorded: Agents) -> None:
    report = read(recorded, "cyberpower_pdu44005")
    assert [(point.name, point.energy_wh, point.power_w) for point in report.points] == [
        ("phase:1", 100, 219),
        ("branch:2", None, 219),
        ("inlet:1", 100, 219),
    ]
    assert len(report.faults) == 1


def test_schleifenbauer_multiplies_va_by_the_power_factor(recorded: Agents) -> None:
    report = read(recorded, "schleifenbauer")
    first = report.point("inlet:210.1")
    assert (first.label, first.energy_wh, first.power_w) == ("t=master", 66000, 32)


def test_raritan_first_generation_answers_zero_while_power_flows(recorded: Agents) -> None:
    report = read(recorded, "raritan-pdu")
    assert [(point.energy_wh, point.power_w) for point in report.points] == [(None, 580)]
    assert report.faults == ("inlet:1 : énergie refusée : l'index reste à 0 alors que 580 W passent.",)


def test_sentry3_neutral_is_not_a_number(recorded: Agents) -> None:
    report = read(recorded, "sentry3_3phase")
    assert [(point.name, point.power_w) for point in report.points] == [
        ("inlet:1.1", 147),
        ("inlet:1.2", 53),
        ("inlet:1.3", 78),
        ("inlet:1.4", None),
        ("total:0", 279),
    ]
    assert {point.energy_wh for point in report.points} == {None}


def test_panduit_groups_without_a_name_do_not_exist(recorded: Agents) -> None:
    report = read(recorded, "panduit")
    groups = [point for point in report.points if point.kind == "branch"]
    assert [(group.name, group.label, group.energy_wh) for group in groups[:2]] == [
        ("branch:1", "B3", 77384),
        ("branch:2", "B4", 0),
    ]
    assert len(groups) == 6


def test_aten_counts_the_outlets_that_it_has(recorded: Agents, index: dict[str, Any]) -> None:
    report = read(recorded, "atenpdu")
    assert (report.profile, report.vendor, report.faults) == ("aten-pe", "ATEN", ())
    assert [point.name for point in report.points] == [f"outlet:{number}" for number in range(1, 17)]
    found = [value["raw"] for value in index["atenpdu"]["energy"][0]["values"] if int(value["raw"]) >= 0]
    assert [point.energy_wh for point in report.points] == [int(raw) for raw in found]
    outlet = report.point("outlet:2")
    assert (outlet.energy_wh, outlet.power_w) == (719_706, 118)
