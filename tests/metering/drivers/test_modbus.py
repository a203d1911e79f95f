"""The Modbus driver against real servers on loopback: each shipped family, the documented one, and what goes wrong."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Awaitable, Callable

import pytest

from inventory.errors import Invalid, NotFound, Unavailable
from metering.drivers import DeviceReport
from metering.drivers.modbus import ModbusDriver
from metering.drivers.modbus_address import parse
from tests.metering.drivers.modbus_server import Registers, device, serving, text, words

SCHNEIDER: Registers = {
    49: text("iEM3155", 20),
    129: words("I", 26_081_142),
    3053: [*words("f", 0.5), *words("f", 0.25), *words("f", float("nan")), *words("f", 0.7501)],
    3203: words("q", 3_482_917_001),
}
ABB: Registers = {
    0x5000: words("Q", 123_456),
    0x5460: [*words("Q", 41_152), *words("Q", 41_152), *words("Q", 2**64 - 1)],
    0x5B14: [*words("i", 100_050), *words("i", 50_000), *words("i", -50), *words("i", 2**31 - 1)],
    0x8900: words("I", 99),
    0x8960: text("B23 112-100", 6),
}
EM24: Registers = {
    0x000B: [1651],
    0x0012: [*words("i", 1000, "little"), *words("i", 2000, "little"), *words("i", 3004, "little")],
    0x0028: words("i", 6004, "little"),
    0x0034: words("i", 1_000_001, "little"),
    0x0040: [*words("i", 1, "little"), *words("i", 2, "little"), *words("i", 3, "little")],
    0x5000: text("BX1234567", 7),
}
EASTRON: Registers = {
    0x000C: [*words("f", 1.0), *words("f", 2.0), *words("f", 3.0)],
    0x0034: words("f", 6.5),
    0x0048: words("f", 1234.567),
}


def read(holding: Registers, inputs: Registers | None = None, profile: str | None = None) -> DeviceReport:
    async def asked() -> DeviceReport:
        async with serving(device(1, holding, inputs)) as place:
            return await ModbusDriver(2).read(place, profile)

    return asyncio.run(asked())


def told(report: DeviceReport) -> list[tuple[str, int | None, int | None]]:
    return [(point.name, point.energy_wh, point.power_w) for point in report.points]


def test_schneider_is_recognised_and_a_nan_is_no_power() -> None:
    report = read(SCHNEIDER)
    assert (report.profile, report.model, report.serial) == ("schneider-iem3000", "iEM3155", "26081142")
    assert told(report) == [
        ("inlet:1", 3_482_917_001, 750), ("phase:1", None, 500), ("phase:2", None, 250), ("phase:3", None, None),
    ]  # fmt: skip
    assert report.faults == ("phase:3 : puissance non prise en charge par l'appareil (réponse NaN).",)


def test_abb_is_recognised_and_what_a_phase_does_not_measure_is_said() -> None:
    report = read(ABB)
    assert (report.profile, report.model, report.serial) == ("abb-b2x", "B23 112-100", "99")
    assert told(report) == [
        ("inlet:1", 1_234_560, 1001), ("phase:1", 411_520, 500), ("phase:2", 411_520, None), ("phase:3", None, None),
    ]  # fmt: skip
    assert report.faults[0] == "phase:2 : puissance refusée : valeur impossible -50 (holding 23320-23321)."
    assert len(report.faults) == 3


def test_carlo_gavazzi_is_recognised_least_significant_register_first() -> None:
    report = read(EM24)
    assert (report.profile, report.serial, report.faults) == ("carlo-gavazzi-em24", "BX1234567", ())
    assert told(report)[0] == ("inlet:1", 100_000_100, 600)
    assert report.explanation == "reconnu à 1651"


def test_eastron_is_named_and_a_float_is_the_decimal_it_meant() -> None:
    report = read({}, EASTRON, "eastron-sdm630")
    assert told(report)[0] == ("inlet:1", 1_234_567, 7)
    assert read({}, EASTRON).profile is None
    assert "profils connus : abb-b2x, carlo-gavazzi-em24, eastron-sdm630" in read({}, EASTRON).faults[0]


def test_a_register_that_is_refused_does_not_lose_the_others() -> None:
    report = read({key: value for key, value in EM24.items() if key != 0x0040} | {0x0042: EM24[0x0028]})
    assert told(report)[:3] == [("inlet:1", 100_000_100, 600), ("phase:1", None, 100), ("phase:2", 600_400, 200)]
    assert report.faults[0].startswith("phase:1 : énergie absente : registre inconnu, exception 2 (holding 64-65)")


def test_answers_say_what_each_register_gave() -> None:
    energy = read(ABB).document()["answers"][0]  # type: ignore[index]
    assert energy == {
        "point": "inlet:1", "what": "energy", "oid": "holding 20480-20483", "raw": "123456", "scale": "x 10",
        "value": 1_234_560, "refused": None,
    }  # fmt: skip


def test_units_of_one_gateway_are_asked_in_turn_and_not_mixed_up() -> None:
    async def asked() -> list[DeviceReport]:
        units = [device(unit, SCHNEIDER | {3203: words("q", unit)}) for unit in range(1, 9)]
        async with serving(*units) as place:
            driver = ModbusDriver(2)
            return await asyncio.gather(*(driver.read(f"{place}?unit={unit}", None) for unit in range(1, 9)))

    assert [report.points[0].energy_wh for report in asyncio.run(asked())] == list(range(1, 9))


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def refused_by(handler: Handler) -> str:
    async def asked() -> str:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(Unavailable) as refused:
                await ModbusDriver(0.2).read(f"127.0.0.1:{port}", "abb-b2x")
            return str(refused.value)

    return asyncio.run(asked())


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await reader.read(100)
    writer.close()


async def _mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(100):
        pass
    writer.close()


async def _behind(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.read(100)
    writer.write(head[:4] + b"\0\3" + head[6:7] + bytes([head[7] | 0x80, 11]))
    await writer.drain()
    await reader.read(100)
    writer.close()


@pytest.mark.parametrize(
    ("handler", "words"), [(_garbage, "autre chose"), (_mute, "ne répond pas"), (_behind, "ne joint pas l'unité 1")]
)
def test_what_answers_badly_or_never(handler: Handler, words: str) -> None:
    assert words in refused_by(handler)


def always(made: Callable[[bytes], bytes]) -> Handler:
    """Answers each question with what is made of it."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(300):
            writer.write(made(asked))
            await writer.drain()
        writer.close()

    return handler


def frame(asked: bytes, body: bytes, unit: int = 1) -> bytes:
    return asked[:4] + struct.pack(">HB", len(body) + 1, unit) + body


def values(asked: bytes, function: int = 3) -> bytes:
    """As many registers as were asked for, all 7."""
    count = struct.unpack(">H", asked[10:12])[0]
    return bytes([function, 2 * count]) + b"\0\7" * count


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda asked: frame(asked, b""), "autre chose que du Modbus"),
        (lambda asked: frame(asked, b"\3"), "autre chose que du Modbus"),
        (lambda asked: frame(asked, b"\3\3\0\1\2"), "autre chose que du Modbus"),
        (lambda asked: frame(asked, b"\3\xc8\0\1"), "autre chose que du Modbus"),
        (lambda asked: frame(asked, b"\x83"), "autre chose que du Modbus"),
        (lambda asked: frame(asked, b"\x63\0"), "autre chose que du Modbus"),
        (lambda asked: asked[:2] + b"\x12\x34" + frame(asked, values(asked))[4:], "autre chose que du Modbus"),
        (lambda asked: frame(asked, b"\3\2\0\1"), "autre chose que ce qui est demandé"),
        (lambda asked: frame(asked, values(asked, 4)), "autre chose que ce qui est demandé"),
        (lambda asked: frame(asked, values(asked), unit=9), "ne répond pas"),
        (lambda asked: bytes([asked[0] ^ 1]) + frame(asked, values(asked))[1:], "ne répond pas"),
    ],
)
def test_a_frame_that_is_not_the_answer_makes_no_number(
    made: Callable[[bytes], bytes], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    refused = refused_by(always(made))
    assert words in refused
    assert refused.endswith(".")
    assert not re.search(r"Error|decode|request|response", refused)
    assert "data_received" not in caplog.text  # nothing failed inside the library


def test_an_answer_that_comes_in_pieces_or_twice_is_read() -> None:
    async def pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(300):
            for octet in frame(asked, values(asked)) + frame(asked, values(asked)):
                writer.write(bytes([octet]))
                await writer.drain()
        writer.close()

    async def asked() -> DeviceReport:
        server = await asyncio.start_server(pieces, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await ModbusDriver(2).read(f"127.0.0.1:{port}", "schneider-iem3000")

    assert asyncio.run(asked()).point("inlet:1").energy_wh == 0x7000700070007


def test_an_unknown_profile_and_a_closed_port() -> None:
    with pytest.raises(NotFound, match="profil Modbus « apc » inconnu ; profils connus : abb-b2x"):
        asyncio.run(ModbusDriver().read("127.0.0.1", "apc"))
    with pytest.raises(Unavailable, match="refuse la connexion"):
        asyncio.run(ModbusDriver(0.5).read("127.0.0.1:1", None))


def test_addresses() -> None:
    assert str(parse("gw.example:1502?unit=7")) == "gw.example:1502?unit=7"
    assert (parse("gw").port, parse("gw").unit) == (502, 1)
    for wrong in ("", "gw?unit=256", "gw?unit=", "gw?slave=1", "gw:0", "fe80::1"):
        with pytest.raises(Invalid, match="adresse de compteur"):
            parse(wrong)
