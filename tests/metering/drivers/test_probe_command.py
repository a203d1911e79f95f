"""``dcops meters probe`` as a technician runs it: without a database, for a person or as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pymodbus.simulator import SimDevice

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import Invalid, NotFound, Unavailable
from inventory.french import kwh
from tests.metering.drivers.devices import PROFILE
from tests.metering.drivers.modbus_server import device as modbus_unit
from tests.metering.drivers.modbus_server import serving as modbus
from tests.metering.drivers.odd_agent import Device, gauge, object_id, oid_of
from tests.metering.drivers.odd_agent import serving as answering
from tests.metering.drivers.simulator import Agents
from tests.metering.drivers.test_modbus import SCHNEIDER
from tests.metering.drivers.test_prometheus import answering as prometheus
from tests.metering.drivers.test_prometheus import matrix


def invoke(parts: Parts, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["meters", *arguments], obj=parts, catch_exceptions=False)


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The real command in a folder that has no database."""
    command = [sys.executable, "-c", "from dcops.cli import main; main()", "meters", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DCOPS_")}
    return subprocess.run(command, cwd=folder, env={**kept, **environ}, capture_output=True, text=True, timeout=60)


def test_probe_as_json_without_a_database(agents: Agents, tmp_path: Path) -> None:
    found = run(tmp_path, "probe", f"127.0.0.1:{agents.port}", "--community", "sound", "--json")
    assert (found.returncode, found.stderr) == (0, "")
    document = json.loads(found.stdout)
    assert (document["profile"], document["vendor"], document["model"]) == ("apc-rpdu2", "APC", "AP0000")
    assert document["points"] == [
        {"index": "1", "kind": "inlet", "label": "rack A1", "energy_wh": 12300, "power_w": 450}
    ]
    assert not (tmp_path / "var" / "dcops.db").exists()


def test_a_silent_device_is_one_line_on_stderr_and_exit_code_1(agents: Agents, tmp_path: Path) -> None:
    found = run(tmp_path, "probe", f"127.0.0.1:{agents.port}", "--community", "wrong", DCOPS_METERING__TIMEOUT_S="0.3")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith(f"Erreur : 127.0.0.1:{agents.port} ne répond pas (0,3 s) ; vérifier")
    assert found.stderr.count("\n") == 1


def test_profiles_of_the_installation_are_used(agents: Agents, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(PROFILE, encoding="utf-8")
    folder = str(tmp_path / "profiles")
    address = f"127.0.0.1:{agents.port}"
    found = run(tmp_path, "probe", address, "--community", "many", "--json", DCOPS_METERING__PROFILES_DIR=folder)
    assert len(json.loads(found.stdout)["points"]) == 60


def test_probe_for_a_person(agents: Agents, parts: Parts) -> None:
    shown = invoke(parts, "probe", f"127.0.0.1:{agents.port}", "--community", "sound").output
    assert "apc-rpdu2 (sysObjectID 1.3.6.1.4.1.318.1.3.4.6 commence par 1.3.6.1.4.1.318.1.3.4)" in shown
    assert ["inlet:1", "12,300", "450", "rack", "A1"] in [line.split() for line in shown.splitlines()]
    assert "Refusé" not in shown


@pytest.mark.parametrize("version", ["1", "2c"])
def test_probe_says_what_was_refused(agents: Agents, parts: Parts, version: str) -> None:
    address = f"127.0.0.1:{agents.port}?community=unsupported"
    shown = invoke(parts, "probe", address, "--version", version).output
    assert "Refusé ou manquant :" in shown
    assert "inlet:1 : énergie non prise en charge par l'appareil (réponse -1)." in shown


def test_a_profile_can_be_forced(agents: Agents, parts: Parts) -> None:
    shown = invoke(parts, "probe", f"127.0.0.1:{agents.port}?community=stranger", "--profile", "apc-rpdu2").output
    assert "apc-rpdu2 (profil imposé (sysObjectID 1.3.6.1.4.1.88888.1))" in shown
    assert "ne trouve aucun point de mesure" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("h", "--community", ""), "la communauté est vide ; en donner une"),
        (("h", "--driver", "telepathy"), "pilote « telepathy » inconnu ; pilotes : snmp, modbus"),
        (("h", "--version", "4"), "version SNMP « 4 » inconnue (1, 2c, 3)"),
        (("h", "--auth", "sha1:X"), "auth et priv sont de la version 3"),
        (("h", "--v3", "me", "--auth", "sha1"), "auth s'écrit PROTOCOLE:VARIABLE"),
        (("h?community=s3cret", "--v3", "me"), "la version 3 n'a pas de communauté"),
        (("h?s3cret",), "ce qui suit « ? » n'est pas une suite clé=valeur"),
        (("h", "--unit", "3"), "--unit est du pilote modbus, pas de snmp ; l'omettre ou écrire --driver modbus"),
        (("h", "--driver", "modbus", "--unit", "300"), "l'unité « 300 » n'est pas un nombre de 0 à 255"),
        (("h", "--driver", "modbus", "--v3", "me"), "--v3 est du pilote snmp, pas de modbus"),
        (("http://h?energy=e", "--unit", "3"), "--unit est du pilote modbus, pas de prometheus"),
        (("http://h?energy=e", "--profile", "apc-rpdu2"), "le pilote prometheus n'a pas de profil ; omettre --profile"),
        (("a01", "--driver", "simulated", "--profile", "x"), "le pilote simulated n'a pas de profil"),
        (("http://h",), "energy= manque"),
        (("h", "--profile", "apc"), "profil « apc » inconnu ; profils connus : apc-epdu"),
        (("h", "--driver", "modbus", "--profile", "apc"), "profil Modbus « apc » inconnu"),
        (("h:99999",), "le port 99999 n'existe pas"),
    ],
)
def test_a_wrong_usage_is_one_sentence_that_tells_the_remedy(
    parts: Parts, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        invoke(parts, "probe", *arguments)
    assert words in str(refused.value)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_what_each_oid_gave_is_explained(agents: Agents, parts: Parts) -> None:
    address = f"127.0.0.1:{agents.port}?community=unsupported"
    shown = invoke(parts, "probe", address, "--explain").output
    oid = "1.3.6.1.4.1.318.1.1.26.4.3.1.9.1"
    assert f"énergie    {oid} = -1 x 100 → non prise en charge par l'appareil (réponse -1)" in shown
    assert "Ce que chaque" not in invoke(parts, "probe", address).output


def test_profiles_that_were_tried_and_gave_nothing_are_told(parts: Parts) -> None:
    epdu = Device({"1.3.6.1.2.1.1.2.0": object_id(oid_of("1.3.6.1.4.1.318.1.3.4.9"))} | {
        f"1.3.6.1.4.1.318.1.1.26.4.3.1.{column}.1": gauge(value) for column, value in ((1, 1), (5, 27), (9, 19677))
    })  # fmt: skip
    with answering(epdu):
        shown = invoke(parts, "probe", epdu.address()).output
        document = json.loads(invoke(parts, "probe", epdu.address(), "--json").output)
    assert document["profile"] == "apc-rpdu2"
    assert document["candidates"] == [
        {
            "profile": "apc-epdu",
            "explanation": "sysObjectID 1.3.6.1.4.1.318.1.3.4.9 commence par 1.3.6.1.4.1.318.1.3.4.9",
            "refused": "le profil « apc-epdu » ne trouve aucun point de mesure sur cet appareil : "
            "aucune de ses colonnes n'a de ligne.",
        }
    ]
    tried = shown.split("Profils essayés sans rien trouver :\n")[1].splitlines()[0]
    assert tried.startswith("  - apc-epdu (sysObjectID 1.3.6.1.4.1.318.1.3.4.9 commence par")
    assert tried.endswith("aucune de ses colonnes n'a de ligne.")


@contextmanager
def gateway(*units: SimDevice) -> Iterator[str]:
    """A Modbus server in a thread of its own, as the command has a loop of its own."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    place: list[str] = []

    async def serve() -> None:
        async with modbus(*units) as where:
            place.append(where)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield place[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def test_a_modbus_meter_is_recognised_after_those_that_it_is_not(parts: Parts) -> None:
    with gateway(modbus_unit(3, SCHNEIDER)) as place:
        shown = invoke(parts, "probe", place, "--driver", "modbus", "--unit", "3", "--explain").output
        document = json.loads(invoke(parts, "probe", f"{place}?unit=3", "--driver", "modbus", "--json").output)
        forced = invoke(parts, "probe", place, "--driver", "modbus", "--unit", "3", "--profile", "abb-b2x").output
    assert f"Appareil     : {place}, unité 3" in shown
    assert "Profil       : schneider-iem3000 (reconnu à iEM3155)" in shown
    assert ["inlet:1", *kwh(3_482_917_001).split(), "750"] in [line.split() for line in shown.splitlines()]
    assert "énergie    holding 3203-3206 = 3482917001 x 1 → 3482917001 Wh" in shown
    assert [each["profile"] for each in document["candidates"]] == ["abb-b2x", "carlo-gavazzi-em24"]
    assert document["candidates"][0]["explanation"] == "holding 35168-35169 devrait dire B21 ou B23 ou B24"
    assert document["candidates"][0]["refused"] == "holding 35168-35169 ne répond pas."
    assert "abb-b2x (profil imposé)" in forced
    assert "inlet:1 : énergie absente" in forced


def test_a_modbus_meter_that_nobody_knows_names_what_was_looked_for(parts: Parts) -> None:
    with gateway(modbus_unit(1, {11: [71]})) as place:
        shown = invoke(parts, "probe", place, "--driver", "modbus").output
    assert "Profil       : aucun (essayés : abb-b2x, carlo-gavazzi-em24, schneider-iem3000)" in shown
    assert "carlo-gavazzi-em24 (holding 11 devrait dire 1648" in shown
    assert "holding 11 répond « 71 »." in shown


def test_a_series_of_prometheus_is_probed_at_its_address(parts: Parts) -> None:
    sample = [(parts.clock.now(), "12.5")]
    with prometheus(matrix(({"__name__": "e"}, sample)), matrix(({"__name__": "w"}, sample))) as (place, heard):
        address = f"{place}?energy=e&scale=1000&power=w&point=outlet:3"
        shown = invoke(parts, "probe", address).output
    assert f"Appareil     : {place}" in shown
    assert ["outlet:3", "12,500", "13"] in [line.split()[:3] for line in shown.splitlines()]
    assert len(heard) == 2
    with prometheus((401, b"")) as (place, _), pytest.raises(Unavailable, match="refuse l'accès"):
        invoke(parts, "probe", f"{place}?energy=e")


def test_a_simulated_device_is_probed_too(parts: Parts) -> None:
    shown = invoke(parts, "probe", "a01?watts=500", "--driver", "simulated").output
    assert "appareil simulé : 500 W en moyenne" in shown
