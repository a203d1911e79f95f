"""``dcops meters`` end to end: meters from a file, polled from real agents, readings from a file, all listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcops.cli import cli
from dcops.config import Settings
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.errors import Conflict, ImportRefused, Invalid, NotFound, Unavailable
from inventory.models import Rack
from inventory.orm import Transaction
from metering import store
from metering.energy.scopes import energy_of_meter
from metering.period import HOUR, Period
from tests.conftest import NOW
from tests.metering.drivers.devices import PROFILE
from tests.metering.drivers.simulator import Agents
from tests.metering.drivers.test_documented_profiles import example
from tests.metering.world import START, add_meter, add_rack, feed, steady

HEADER = "name,rack,feed,driver,address,profile,point,scope,share,max_w,from\n"


def run(parts: Parts, *arguments: object) -> str:
    words = ["meters", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(cli, words, obj=parts, catch_exceptions=False).stdout


@pytest.fixture
def site(parts: Parts) -> Parts:
    """An installation with a rack A01 and little patience."""
    with parts.database.transaction() as tx:
        add_rack(tx)
    settings = Settings.model_validate({"metering": {"timeout_s": 0.5}})
    return Parts(settings, parts.database, parts.clock, {})


def meters_csv(folder: Path, agents: Agents, *devices: str) -> Path:
    rows = [f"{name},A01,A,snmp,{agents.address(name)},,inlet:1,rack,,7360,2024-01-01\n" for name in devices]
    file = folder / "meters.csv"
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    return file


def test_a_dry_run_imports_nothing(site: Parts, agents: Agents, tmp_path: Path) -> None:
    file = meters_csv(tmp_path, agents, "sound")
    document = json.loads(run(site, "import", file, "--dry-run", "--json"))
    assert (document["imported"], document["dry_run"]) == (1, True)
    assert "rien n'a été enregistré" in run(site, "import", file, "--dry-run")
    assert json.loads(run(site, "list", "--json")) == []
    assert "dcops meters import" in run(site, "list")


def test_meters_are_imported_listed_and_polled(site: Parts, agents: Agents, tmp_path: Path) -> None:
    run(site, "import", meters_csv(tmp_path, agents, "sound", "unsupported", "mute"))
    listed = json.loads(run(site, "list", "--json"))
    assert [(meter["name"], meter["rack"], meter["point"]) for meter in listed] == [
        ("mute", "A01", "inlet:1"),
        ("sound", "A01", "inlet:1"),
        ("unsupported", "A01", "inlet:1"),
    ]
    assert {meter["address"] for meter in listed} == {f"127.0.0.1:{agents.port}"}  # never the community
    document = json.loads(run(site, "poll", "--json"))
    assert (document["devices_ok"], document["devices_failed"], document["readings"]) == (1, 2, 1)
    assert document["started"] == document["ended"] == "2024-06-15T10:00:00+00:00"
    said = " ".join(failure["message"] for failure in document["failures"])
    assert "ne répond pas" in said
    assert "énergie non prise en charge par l'appareil (réponse -1)" in said
    with site.database.transaction() as tx:
        meter = store.meter(tx, "sound")
        assert store.known_values(tx, meter.id, [NOW]) == {NOW: 12300}


def test_polling_twice_in_one_instant_keeps_one_reading(site: Parts, agents: Agents, tmp_path: Path) -> None:
    run(site, "import", meters_csv(tmp_path, agents, "sound"))
    assert "1 appareil relevé, 0 en échec, 1 index enregistré" in run(site, "poll")
    assert json.loads(run(site, "poll", "--json"))["readings"] == 0


def test_readings_of_a_file(site: Parts, agents: Agents, tmp_path: Path) -> None:
    run(site, "import", meters_csv(tmp_path, agents, "sound"))
    file = tmp_path / "readings.csv"
    file.write_text("meter;at;kwh\nsound;2024-06-14T10:00:00+02:00;12.5\n", encoding="utf-8")
    assert json.loads(run(site, "readings", file, "--json"))["imported"] == 1


def test_a_bad_row_refuses_the_file_unless_skipped(site: Parts, agents: Agents, tmp_path: Path) -> None:
    file = meters_csv(tmp_path, agents, "sound")
    file.write_text(file.read_text("utf-8") + "x,A99,A,snmp,pdu 1,,inlet:1,rack,,7360,2024-01-01\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match="ligne 3, colonne rack"):
        run(site, "import", file)
    assert json.loads(run(site, "list", "--json")) == []
    assert json.loads(run(site, "import", file, "--skip-bad", "--json"))["skipped"] == 1
    assert len(json.loads(run(site, "list", "--json"))) == 1


def test_a_file_that_is_not_utf8(site: Parts, tmp_path: Path) -> None:
    file = tmp_path / "meters.csv"
    file.write_bytes(HEADER.encode() + "é".encode("latin-1"))
    with pytest.raises(Invalid, match="UTF-8"):
        run(site, "import", file)


@pytest.mark.parametrize("action", ["import", "readings"])
def test_a_file_that_does_not_exist_is_named(site: Parts, tmp_path: Path, action: str) -> None:
    with pytest.raises(Invalid, match=r"fichier illisible.*absent"):
        run(site, action, tmp_path / "absent.csv")


def test_a_round_that_nobody_answers_is_recorded_and_told_as_a_failure(
    site: Parts, agents: Agents, tmp_path: Path
) -> None:
    run(site, "import", meters_csv(tmp_path, agents, "mute"))
    result = CliRunner().invoke(cli, ["meters", "poll", "--json"], obj=site)
    assert (json.loads(result.stdout)["devices_ok"], json.loads(result.stdout)["devices_failed"]) == (0, 1)
    assert isinstance(result.exception, Unavailable)
    assert "ne répond pas" in str(result.exception)


EXCHANGE = ("exchange", "a", "--at", "2024-01-01T03:54:00+01:00", "--closing", "52.9", "--opening", "0.1")


def test_an_exchange_is_told_and_its_hours_are_computed_again(site: Parts) -> None:
    with site.database.transaction() as tx:
        meter = add_meter(tx, "a", store_rack(tx))
        feed(tx, meter, [*steady(START, 2, 1000, 50_000), *steady(START + 3 * HOUR, 3, 1000, 200)])
        before = energy_of_meter(tx, "a", Period(START, START + 6 * HOUR)).wh
    told = json.loads(run(site, *EXCHANGE, "--reason", "PDU en panne", "--author", "camille", "--json"))
    assert told == {
        "meter": "a", "at": "2024-01-01T02:54:00+00:00", "closing_wh": 52_900, "opening_wh": 100,
        "author": "camille", "reason": "PDU en panne", "intervals": told["intervals"],
    }  # fmt: skip
    assert told["intervals"] > 0
    with site.database.transaction() as tx:
        assert (before, energy_of_meter(tx, "a", Period(START, START + 6 * HOUR)).wh) == (5200, 6000)


def test_an_exchange_is_said_in_a_sentence_and_not_twice(site: Parts) -> None:
    with site.database.transaction() as tx:
        add_meter(tx, "a", store_rack(tx))
    said = run(site, *EXCHANGE, "--reason", "PDU en panne")
    assert said == (
        "compteur a : changement du 01/01/2024 03:54 enregistré, index 52,900 puis 0,100 kWh ; 0 intervalle écrit.\n"
    )
    with pytest.raises(Conflict, match="déjà enregistré"):
        run(site, *EXCHANGE, "--reason", "PDU en panne")
    with pytest.raises(NotFound):
        run(site, "exchange", "b", *EXCHANGE[2:], "--reason", "PDU en panne")


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--at", "2024-01-01T03:54:00", "has no offset"),
        ("--at", "hier", "is not an instant"),
        ("--closing", "-1", "is not a register"),
        ("--closing", "52,9", "is not a number"),
        ("--opening", "0.1234", "three decimals"),
        ("--opening", "inf", "is not a register"),
        ("--opening", "1e30", "is not a register"),
    ],
)
def test_an_exchange_that_is_badly_written_is_a_wrong_usage(site: Parts, option: str, value: str, why: str) -> None:
    words = ["meters", *EXCHANGE, "--reason", "PDU en panne", f"{option}={value}"]
    result = CliRunner().invoke(cli, words, obj=site)
    assert result.exit_code == 2
    assert why in result.stderr


def store_rack(tx: Transaction) -> Rack:
    """The rack of the site."""
    return inventory_store.rack(tx, "A01")


def test_a_meter_takes_the_modulus_that_its_profile_states(site: Parts, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(PROFILE.replace('.2" }', '.2", factor = 100, modulus = 1000000 }'), "utf-8")
    (tmp_path / "acme.toml").write_text(example("acme-meter"), "utf-8")
    settings = Settings.model_validate({"metering": {"profiles_dir": str(tmp_path)}})
    parts = Parts(settings, site.database, site.clock, {})
    header = HEADER.replace("max_w", "max_w,modulus_wh")
    rows = [
        "stated,A01,A,snmp,10.0.0.1,own,outlet:1,rack,,7360,,2024-01-01\n",
        "modbus,A01,A,modbus,10.0.0.2,acme-meter,inlet:1,rack,,7360,,2024-01-01\n",
        "told,A01,A,snmp,10.0.0.3,own,outlet:1,rack,,7360,5000000,2024-01-01\n",
        "silent,A01,A,snmp,10.0.0.4,apc-rpdu2,inlet:1,rack,,7360,,2024-01-01\n",
        "other-kind,A01,A,snmp,10.0.0.5,own,inlet:1,rack,,7360,,2024-01-01\n",
        "found,A01,A,snmp,10.0.0.6,,outlet:1,rack,,7360,,2024-01-01\n",
    ]
    (tmp_path / "meters.csv").write_text(header + "".join(rows), encoding="utf-8")
    run(parts, "import", tmp_path / "meters.csv")
    with site.database.transaction() as tx:
        moduli = {meter.name: meter.modulus_wh for meter in store.meters(tx)}
    assert moduli == {
        "stated": 100_000_000, "modbus": 10_000_000_000, "told": 5_000_000, "silent": None, "other-kind": None,
        "found": None,
    }  # fmt: skip
