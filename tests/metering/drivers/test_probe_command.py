"""``dcops meters probe`` as a technician runs it: without a database, for a person or as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import Invalid
from tests.metering.drivers.devices import PROFILE
from tests.metering.drivers.simulator import Agents


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


def test_an_empty_community_is_refused(parts: Parts) -> None:
    with pytest.raises(Invalid, match="la communauté est vide"):
        invoke(parts, "probe", "127.0.0.1", "--community", "")


def test_what_each_oid_gave_is_explained(agents: Agents, parts: Parts) -> None:
    address = f"127.0.0.1:{agents.port}?community=unsupported"
    shown = invoke(parts, "probe", address, "--explain").output
    oid = "1.3.6.1.4.1.318.1.1.26.4.3.1.9.1"
    assert f"énergie    {oid} = -1 x 100 → non prise en charge par l'appareil (réponse -1)" in shown
    assert "Ce que chaque" not in invoke(parts, "probe", address).output


def test_a_simulated_device_is_probed_too(parts: Parts) -> None:
    shown = invoke(parts, "probe", "a01?watts=500", "--driver", "simulated").output
    assert "appareil simulé : 500 W en moyenne" in shown
