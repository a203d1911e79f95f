"""Version 3 against a real agent: authentication, encryption, and refusals that name what to correct."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from click.testing import CliRunner

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import Invalid, Unavailable
from metering.drivers import DeviceReport
from metering.drivers.snmp import SnmpDriver
from tests.metering.drivers.devices import OWN
from tests.metering.drivers.simulator import Agents, serving

ENVIRON = {"PDU_AUTH": "un secret d'authentification", "PDU_PRIV": "un secret de chiffrement", "SHORT": "court"}
WORDS = "user=dcops&auth=sha1:PDU_AUTH&priv=aes128:PDU_PRIV"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Agents]:
    """A device that knows one user."""
    options = ["--v3-user", "dcops", "--v3-auth-proto", "SHA", "--v3-auth-key", ENVIRON["PDU_AUTH"]]
    options += ["--v3-priv-proto", "AES", "--v3-priv-key", ENVIRON["PDU_PRIV"]]
    with serving({"": OWN["sound"]}, options) as agents:
        yield agents


def read(guarded: Agents, words: str) -> DeviceReport:
    return asyncio.run(SnmpDriver(2, None, ENVIRON).read(f"127.0.0.1:{guarded.port}?{words}", None))


def test_a_user_with_both_secrets_reads_the_device(guarded: Agents) -> None:
    report = read(guarded, WORDS)
    assert (report.profile, report.point("inlet:1").energy_wh, report.faults) == ("apc-rpdu2", 12300, ())


@pytest.mark.parametrize(
    "words",
    [
        WORDS.replace("auth=sha1:PDU_AUTH", "auth=sha1:PDU_PRIV"),
        WORDS.replace("sha1", "sha256"),
        WORDS.replace("dcops", "nobody"),
        "user=dcops",
    ],
)
def test_a_user_that_the_device_refuses_is_named(guarded: Agents, words: str) -> None:
    with pytest.raises(Unavailable, match="refuse l'utilisateur SNMPv3") as refused:
        read(guarded, words)
    assert "secret d'authentification" not in str(refused.value)


@pytest.mark.parametrize(("variable", "why"), [("NOWHERE", "n'est pas définie"), ("SHORT", "moins de 8 caractères")])
def test_a_secret_that_is_not_there_is_named(guarded: Agents, variable: str, why: str) -> None:
    with pytest.raises(Invalid, match=f"{variable} .*{why}"):
        read(guarded, WORDS.replace("PDU_AUTH", variable))


@contextmanager
def spoiling(port: int) -> Iterator[int]:
    """A port between a manager and an agent: before each answer come noise, its beginning, and an older answer."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as front,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back,
    ):
        front.bind(("127.0.0.1", 0))
        back.connect(("127.0.0.1", port))

        def serve() -> None:
            older = b"\x30\x00"
            while (asked := front.recvfrom(65535))[0]:
                back.send(asked[0])
                answer = back.recv(65535)
                for datagram in (b"\x30\x84\xff", answer[:-5], older, answer):
                    front.sendto(datagram, asked[1])
                older = answer

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield front.getsockname()[1]
        back.connect(("127.0.0.1", front.getsockname()[1]))
        back.send(b"")
        thread.join(10)


def test_what_is_not_the_answer_is_left_aside_in_version_3_too(guarded: Agents) -> None:
    with spoiling(guarded.port) as port:
        report = asyncio.run(SnmpDriver(2, None, ENVIRON).read(f"127.0.0.1:{port}?{WORDS}", None))
    assert (report.point("inlet:1").energy_wh, report.faults) == (12300, ())


def test_the_command_asks_as_a_user(guarded: Agents, parts: Parts) -> None:
    words = ["meters", "probe", f"127.0.0.1:{guarded.port}", "--json"]
    v3 = ["--v3", "dcops", "--auth", "sha1:PDU_AUTH", "--priv", "aes128:PDU_PRIV"]
    found = CliRunner().invoke(cli, [*words, *v3], obj=replace(parts, environ=ENVIRON))
    assert json.loads(found.stdout)["profile"] == "apc-rpdu2"
    refused = CliRunner().invoke(cli, [*words, *v3, "--community", "public"], obj=parts).exception
    assert isinstance(refused, Invalid)
