"""The demo's agents, read over a real socket by a client that is not theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from gufo.snmp import NoSuchInstance, SnmpVersion
from gufo.snmp.sync import SnmpSession
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

from dcops.demo.load import Pdu, power_w, register_wh
from dcops.demo.pdus import answers
from dcops.demo.snmp import Agent, serve
from inventory.clock import FixedClock
from metering.drivers.snmp import SnmpDriver

NOW = datetime(2024, 6, 15, 10, 20, tzinfo=UTC)
APC = Pdu("pdu-x-a", "X", "A", "apc", "5A1", 12_345_678, ((date(2023, 12, 1), 1500),))
RARITAN = Pdu("pdu-x-b", "X", "B", "raritan", "QQ2", 74_000_123, ((date(2023, 12, 1), 1900),))
PREFIX = "1.3.6.1.4.1"
APC_ENERGY, APC_POWER = f"{PREFIX}.318.1.1.26.4.3.1.9.1", f"{PREFIX}.318.1.1.26.4.3.1.5.1"
INLET = f"{PREFIX}.13742.6.5.2.3.1.4.1.1"


@pytest.fixture(scope="module")
def ports() -> Iterator[list[int]]:
    loop = asyncio.new_event_loop()
    bound = loop.run_until_complete(serve([APC, RARITAN], FixedClock(NOW), [0, 0]))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield bound
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def session(port: int, version: SnmpVersion = SnmpVersion.v2c, community: str = "public") -> SnmpSession:
    return SnmpSession("127.0.0.1", port=port, community=community, version=version, timeout=2.0)


@pytest.mark.parametrize("version", [SnmpVersion.v1, SnmpVersion.v2c])
def test_an_apc_tells_its_energy_in_tenths_of_kwh(ports: list[int], version: SnmpVersion) -> None:
    with session(ports[0], version) as client:
        assert client.get(APC_ENERGY) == register_wh(APC, NOW) // 100
        assert client.get(APC_POWER) == power_w(APC, NOW) // 10
        assert client.get("1.3.6.1.2.1.1.2.0") == f"{PREFIX}.318.1.3.4.6"


@pytest.mark.parametrize("version", [SnmpVersion.v1, SnmpVersion.v2c])
def test_a_raritan_tells_its_energy_in_wh(ports: list[int], version: SnmpVersion) -> None:
    with session(ports[1], version) as client:
        assert client.get_many([f"{INLET}.5", f"{INLET}.8"]) == {
            f"{INLET}.5": power_w(RARITAN, NOW),
            f"{INLET}.8": register_wh(RARITAN, NOW),
        }


def test_next_and_bulk_walk_the_same_objects_in_order(ports: list[int]) -> None:
    with session(ports[0]) as client:
        stepped = list(client.getnext(PREFIX))
        assert stepped == list(client.getbulk(PREFIX, max_repetitions=4))
    oids = [tuple(map(int, oid.split("."))) for oid, _ in stepped]
    assert oids == sorted(oids)
    assert (f"{PREFIX}.318.1.1.26.4.3.1.3.1", b"pdu-x-a") in stepped


def test_an_unknown_object_is_refused(ports: list[int]) -> None:
    with session(ports[0]) as client, pytest.raises(NoSuchInstance):
        client.get(f"{PREFIX}.318.9.9.9.0")


def test_version_1_refuses_the_whole_request_for_one_unknown_object() -> None:
    v1 = api.PROTOCOL_MODULES[api.SNMP_VERSION_1]
    pdu, message = v1.GetRequestPDU(), v1.Message()
    v1.apiPDU.set_defaults(pdu)
    v1.apiPDU.set_varbinds(pdu, [(APC_ENERGY, v1.null), (f"{PREFIX}.318.9.9.9.0", v1.null)])
    v1.apiMessage.set_defaults(message)
    v1.apiMessage.set_pdu(message, pdu)
    reply = Agent(lambda: answers(APC, NOW)).reply(encoder.encode(message))
    answer = v1.apiMessage.get_pdu(decoder.decode(reply, asn1Spec=v1.Message())[0])
    assert (int(v1.apiPDU.get_error_status(answer)), int(v1.apiPDU.get_error_index(answer))) == (2, 2)


def test_noise_gets_silence() -> None:
    assert Agent(lambda: answers(APC, NOW)).reply(b"\x30\x03not snmp") is None


def test_a_wrong_community_gets_silence(ports: list[int]) -> None:
    wrong = SnmpSession("127.0.0.1", port=ports[0], community="guess", timeout=0.2)
    with wrong as client, pytest.raises(TimeoutError):
        client.get(APC_ENERGY)


@pytest.mark.parametrize(("index", "pdu", "profile"), [(0, APC, "apc-rpdu2"), (1, RARITAN, "raritan-px2")])
def test_the_product_reads_them_as_it_reads_real_ones(ports: list[int], index: int, pdu: Pdu, profile: str) -> None:
    report = asyncio.run(SnmpDriver().read(f"127.0.0.1:{ports[index]}", None))
    assert (report.profile, report.serial, report.faults) == (profile, pdu.serial, ())
    inlet = report.point("inlet:1")
    assert (inlet.label, inlet.energy_wh) == (pdu.name, register_wh(pdu, NOW))
    assert inlet.power_w == power_w(pdu, NOW) - power_w(pdu, NOW) % (10 if pdu is APC else 1)
