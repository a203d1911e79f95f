"""docs/profiles.md is true: its examples are read from real devices, its table is that of the shipped profiles."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from metering.drivers import DeviceReport
from metering.drivers.modbus import ModbusDriver
from metering.drivers.modbus_profile import load as load_modbus
from metering.drivers.profile import load as load_snmp
from metering.drivers.snmp import SnmpDriver
from tests.metering.drivers.modbus_server import Registers, device, serving, words
from tests.metering.drivers.modbus_server import text as registers_of_text
from tests.metering.drivers.odd_agent import Device, gauge, integer, object_id, oid_of, text
from tests.metering.drivers.odd_agent import serving as answering

DOCUMENT = (Path(__file__).parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")
ACME = "1.3.6.1.4.1.99999.7"
KINDS = {
    "inlet": ("inlet", "infeed", "cord", "the whole"),
    "phase": ("phases", "channels", "poles"),
    "branch": ("banks", "groups", "breaker", "modules", "protectors"),
    "outlet": ("outlets",),
    "total": ("the whole",),
}


def example(name: str) -> str:
    """The TOML of the document whose profile has this name."""
    (found,) = [block for block in re.findall(r"```toml\n(.*?)```", DOCUMENT, re.S) if f'name = "{name}"' in block]
    return str(found)


def shipped() -> dict[str, str]:
    """The table of shipped families: what it says that each measures."""
    table = DOCUMENT.split("## Shipped families")[1].split("## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    return {re.findall(r"`([a-z0-9-]+)`", row[1])[0]: row[2] for row in rows}


def numbers(report: DeviceReport) -> list[tuple[str, str, int | None, int | None]]:
    return [(point.name, point.label, point.energy_wh, point.power_w) for point in report.points]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_the_example_of_snmp_reads_the_device_that_it_tells_of(tmp_path: Path, version: str) -> None:
    (tmp_path / "acme.toml").write_text(example("acme"), encoding="utf-8")
    acme = Device(
        {
            "1.3.6.1.2.1.1.2.0": object_id(oid_of(f"{ACME}.2")),
            f"{ACME}.1.1.0": text("Acme 24"),
            f"{ACME}.1.2.0": text("SN-1"),
            f"{ACME}.3.1.2.1.4": text("web"),
            f"{ACME}.3.1.2.2.4": text("base"),
            f"{ACME}.3.1.5.1.4": gauge(12345),
            f"{ACME}.3.1.5.2.4": text("n/a"),
            f"{ACME}.3.1.6.1.4": gauge(86),
            f"{ACME}.3.1.6.2.4": integer(-1),
        }
    )
    with answering(acme):
        report = asyncio.run(SnmpDriver(2, tmp_path).read(acme.address(version), None))
    assert (report.profile, report.vendor, report.model, report.serial) == ("acme", "Acme", "Acme 24", "SN-1")
    assert numbers(report) == [("outlet:4", "web", 1_234_500, 86), ("outlet:2.4", "base", None, None)]
    assert len(report.faults) == 2


def test_the_example_of_modbus_is_read_and_recognised(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(example("acme-meter"), encoding="utf-8")
    inputs: Registers = {
        11: [4711], 40: registers_of_text("SN 7", 4), 52: words("I", 987_654, "little"), 40000: words("f", 1234.5),
    }  # fmt: skip

    async def asked() -> DeviceReport:
        async with serving(device(3, {}, inputs)) as place:
            return await ModbusDriver(2, tmp_path).read(f"{place}?unit=3", None)

    report = asyncio.run(asked())
    assert (report.profile, report.serial) == ("acme-meter", "SN 7")
    assert numbers(report) == [("inlet:1", "baie A01", 98_765_400, 1235)]
    assert ModbusDriver(2, tmp_path).profiles.named("acme-meter").modulus_wh("inlet:1") == 10_000_000_000


def test_the_table_tells_the_shipped_families_and_no_other() -> None:
    assert sorted(shipped()) == sorted([*load_snmp().by_name, *load_modbus().by_name])


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_table_tells_every_kind_of_point_that_a_family_has(name: str) -> None:
    if name in load_snmp().by_name:
        family = load_snmp().by_name[name]
        kinds = {table.kind for table in family.table} | {point.kind for point in family.point}
    else:
        kinds = {each.kind for each in load_modbus().by_name[name].point}
    assert [kind for kind in kinds if not any(word in shipped()[name] for word in KINDS[kind])] == []
