"""The SNMP driver against small agents of our own: each habit of real devices, and the ways of not answering."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from inventory.errors import Invalid, NotFound, Unavailable
from metering.drivers import DeviceReport
from metering.drivers.snmp import SnmpDriver
from tests.metering.drivers.devices import PROFILE, RPDU2
from tests.metering.drivers.simulator import Agents


@pytest.fixture
def profiles_dir(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(PROFILE, encoding="utf-8")
    return tmp_path


def read(
    address: str, profile: str | None = None, profiles_dir: Path | None = None, timeout_s: float = 5
) -> DeviceReport:
    return asyncio.run(SnmpDriver(timeout_s, profiles_dir).read(address, profile))


def _given(what: str, oid: str, raw: str, scale: str | None, value: int | str) -> dict[str, object]:
    told = {"what": what, "oid": oid, "raw": raw, "scale": scale, "value": value}
    return {"point": "inlet:1", **told, "refused": None}


@pytest.mark.parametrize("version", ["1", "2c"])
def test_tenths_of_kwh_and_hundredths_of_kw(agents: Agents, version: str) -> None:
    report = read(agents.address("sound", version))
    assert report.document() == {
        "profile": "apc-rpdu2",
        "vendor": "APC",
        "model": "AP0000",
        "serial": "SN1",
        "points": [{"index": "1", "kind": "inlet", "label": "rack A1", "energy_wh": 12300, "power_w": 450}],
        "faults": [],
        "explanation": "sysObjectID 1.3.6.1.4.1.318.1.3.4.6 commence par 1.3.6.1.4.1.318.1.3.4",
        "answers": [
            _given("label", f"{RPDU2}.4.3.1.3.1", "rack A1", None, "rack A1"),
            _given("energy", f"{RPDU2}.4.3.1.9.1", "123", "x 100", 12300),
            _given("power", f"{RPDU2}.4.3.1.5.1", "45", "x 10", 450),
        ],
        "candidates": [],
    }
    assert report.point("inlet:1").energy_wh == 12300


@pytest.mark.parametrize(("device", "answer"), [("unsupported", "-1"), ("words", "'notsupported'")])
def test_what_a_device_does_not_support_is_null_and_said(agents: Agents, device: str, answer: str) -> None:
    report = read(agents.address(device))
    assert (report.points[0].energy_wh, report.points[0].power_w) == (None, None)
    assert report.faults == (
        f"inlet:1 : énergie non prise en charge par l'appareil (réponse {answer}).",
        f"inlet:1 : puissance non prise en charge par l'appareil (réponse {answer}).",
    )


def test_an_inlet_without_voltage_is_not_a_register_of_0(agents: Agents) -> None:
    report = read(agents.address("panel"))
    assert [(point.name, point.label, point.energy_wh, point.power_w) for point in report.points] == [
        ("inlet:1.1", "", None, None),
        ("outlet:1.2", "baie A01", 3000, 400),
    ]
    assert "inlet:1.1 : énergie indisponible" in report.faults[0]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_each_row_keeps_its_own_truth(agents: Agents, profiles_dir: Path, version: str) -> None:
    report = read(agents.address("habits", version), profiles_dir=profiles_dir)
    assert [point.energy_wh for point in report.points] == [1500, None, None, 4294967295, None, None, None]
    assert [point.power_w for point in report.points] == [10, 20, 30, 40, 50, 60, 70]
    oid = "1.3.6.1.4.1.99999.2"
    assert [fault for fault in report.faults if "outlet:2" not in fault] == [
        f"outlet:3 : énergie illisible : réponse '12 kWh' au lieu d'un nombre ({oid}.3).",
        f"outlet:5 : énergie refusée : valeur impossible -2 ({oid}.5).",
        f"outlet:6 : énergie absente : l'appareil ne donne aucune valeur ({oid}.6).",
        "outlet:7 : énergie refusée : l'index reste à 0 alors que 70 W passent.",
    ]
    assert len(report.faults) == 5


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_long_table_is_read_whole(agents: Agents, profiles_dir: Path, version: str) -> None:
    report = read(agents.address("many", version), profiles_dir=profiles_dir)
    assert [(point.name, point.label, point.energy_wh, point.power_w) for point in report.points] == [
        (f"outlet:{row}", f"prise {row}", row * 1000, row) for row in range(1, 61)
    ]
    assert report.faults == ()


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_row_that_one_column_hides_is_found_through_the_other(agents: Agents, version: str) -> None:
    report = read(agents.address("nameless", version))
    assert [(point.name, point.energy_wh, point.power_w) for point in report.points] == [
        ("phase:1", 11, None),
        ("phase:2", None, 200),
        ("phase:3", 33, 300),
    ]
    assert len(report.faults) == 2


def test_the_faults_of_a_point_are_its_own() -> None:
    report = DeviceReport(None, None, None, None, (), ("outlet:1 : énergie absente.", "outlet:12 : énergie absente."))
    assert report.faults_of("outlet:1") == ["outlet:1 : énergie absente."]


def test_an_object_id_that_is_answered_as_a_text_finds_its_profile(agents: Agents, profiles_dir: Path) -> None:
    report = read(agents.address("texted"), profiles_dir=profiles_dir)
    assert (report.profile, report.point("outlet:1").power_w) == ("own", 7)


def test_a_pdu_of_the_first_generation_tells_its_total_power(agents: Agents) -> None:
    (point,) = read(agents.address("old tree")).points
    assert (point.name, point.label, point.energy_wh, point.power_w) == ("total:0", "rack A2", None, 312)


def test_a_model_whose_registers_are_elsewhere_is_not_read_with_its_makers_profile(agents: Agents) -> None:
    assert read(agents.address("umg96")).profile is None


def test_a_stranger_is_described_and_refused(agents: Agents) -> None:
    report = read(agents.address("stranger"))
    assert (report.profile, report.model, report.points) == (None, "Nobody's PDU", ())
    assert "aucun profil ne correspond à cet appareil (sysObjectID 1.3.6.1.4.1.88888.1)" in report.faults[0]
    with pytest.raises(NotFound, match=r"inlet:1.*points présents : aucun.*aucun profil"):
        report.point("inlet:1")


def test_a_profile_can_be_forced_and_says_when_it_finds_nothing(agents: Agents) -> None:
    report = read(agents.address("stranger"), "raritan-px2")
    assert report.profile == "raritan-px2"
    assert report.faults == (
        "le profil « raritan-px2 » ne trouve aucun point de mesure sur cet appareil : "
        "aucune de ses colonnes n'a de ligne.",
    )
    assert report.explanation == "profil imposé (sysObjectID 1.3.6.1.4.1.88888.1)"


def test_an_unknown_profile_lists_those_that_exist(agents: Agents) -> None:
    with pytest.raises(NotFound, match=r"profil « apc » inconnu ; profils connus : .*apc-rpdu2.*raritan-px2"):
        read(agents.address("sound"), "apc")


def test_a_wrong_community_is_a_silence_that_names_the_remedy(agents: Agents) -> None:
    with pytest.raises(Unavailable) as refused:
        read(agents.address("secret"), timeout_s=0.3)
    assert str(refused.value).startswith(f"127.0.0.1:{agents.port} ne répond pas (0,3 s)")
    assert "vérifier l'adresse, la version, la communauté et le pare-feu" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_port_where_nobody_listens_is_said_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match=rf"127.0.0.1:{port} ne répond pas \(port fermé\)"):
        read(f"127.0.0.1:{port}")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(Unavailable, match=r"hôte « pdu.invalid » introuvable"):
        read("pdu.invalid")


def test_an_address_that_makes_no_sense() -> None:
    with pytest.raises(Invalid, match="adresse de compteur « pdu 1 » invalide"):
        read("pdu 1")


def test_many_devices_at_once_and_a_mute_one_delays_nobody(agents: Agents) -> None:
    driver = SnmpDriver(2)

    async def all_of_them() -> list[DeviceReport | BaseException]:
        places = [agents.address("sound")] * 20 + [agents.address("mute")]
        return await asyncio.gather(*(driver.read(place, None) for place in places), return_exceptions=True)

    *sound, mute = asyncio.run(all_of_them())
    assert [report.points[0].energy_wh for report in sound if isinstance(report, DeviceReport)] == [12300] * 20
    assert isinstance(mute, Unavailable)
