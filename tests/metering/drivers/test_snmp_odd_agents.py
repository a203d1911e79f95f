"""The SNMP driver against agents that misbehave, datagram by datagram: never a wrong number, always one sentence."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from gufo.snmp import SnmpVersion
from gufo.snmp.aio import SnmpSession

from inventory.errors import NotFound, Unavailable
from metering.collection.poll import Target, Wanted, collect
from metering.drivers import DeviceReport
from metering.drivers.snmp import SnmpDriver
from metering.drivers.snmp_plans import Plans
from metering.drivers.snmp_session import is_panic
from tests.metering.drivers.devices import PROFILE, ROOT
from tests.metering.drivers.odd_agent import (
    ABSENT,
    GET,
    GETBULK,
    GETNEXT,
    NULL,
    Device,
    Request,
    gauge,
    integer,
    message,
    object_id,
    oid_of,
    other_number,
    part,
    refused,
    serving,
    text,
)

ENGLISH = re.compile(r"\b(error|invalid|unsupported|tag|incomplete|index|out of|bytes|decode|timed?|refused)\b", re.I)
UP_TIME = "1.3.6.1.2.1.1.3.0"
BOOTS = "1.3.6.1.6.3.10.2.1.2.0"


def objects(energy: dict[int, bytes] | None = None, **more: bytes) -> dict[str, bytes]:
    """Three outlets of the family of ``devices.PROFILE``: 1000, 2000 and 3000 Wh, 10, 20 and 30 W."""
    told = {"1.3.6.1.2.1.1.1.0": text("odd"), "1.3.6.1.2.1.1.2.0": object_id(oid_of(ROOT))}
    told |= {f"{ROOT}.1.{row}": text(f"prise {row}") for row in (1, 2, 3)}
    told |= {f"{ROOT}.2.{row}": gauge(1000 * row) for row in (1, 2, 3)}
    told |= {f"{ROOT}.3.{row}": gauge(10 * row) for row in (1, 2, 3)}
    return told | {f"{ROOT}.2.{row}": value for row, value in (energy or {}).items()} | more


WHOLE = [("outlet:1", 1000, 10), ("outlet:2", 2000, 20), ("outlet:3", 3000, 30)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(PROFILE, encoding="utf-8")
    return tmp_path


def read(device: Device, folder: Path, version: str = "2c", timeout_s: float = 0.5) -> DeviceReport:
    with serving(device):
        return asyncio.run(SnmpDriver(timeout_s, folder).read(device.address(version), None))


def numbers(report: DeviceReport) -> list[tuple[str, int | None, int | None]]:
    return [(point.name, point.energy_wh, point.power_w) for point in report.points]


def why(device: Device, folder: Path, version: str = "2c", timeout_s: float = 0.2) -> str:
    """The refusal: one French sentence that names the device."""
    with pytest.raises(Unavailable) as refusal:
        read(device, folder, version, timeout_s)
    told = str(refusal.value)
    assert told.startswith(f"127.0.0.1:{device.port} ")
    assert "\n" not in told
    assert not ENGLISH.search(told)
    return told


def garbage_first(device: Device, asked: Request) -> list[bytes]:
    return [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x84\xff", b"\x1f\xff", device.answer(asked)]


def truncated_first(device: Device, asked: Request) -> list[bytes]:
    whole = device.answer(asked)
    return [*(whole[:end] for end in range(2, len(whole), 7)), whole]


def of_another_question_first(device: Device, asked: Request) -> list[bytes]:
    wrong = [(oid, gauge(666)) for oid, _ in device.found(asked)]
    return [message(other_number(asked), wrong), device.answer(asked)]


def of_the_question_before_first(device: Device, asked: Request) -> list[bytes]:
    """The answer to the previous question, late and with other numbers."""
    before = (
        [message(device.asked[-2], [(oid, gauge(666)) for oid in device.asked[-2].oids])] if device.asked[1:] else []
    )
    return [*before, device.answer(asked)]


def twice(device: Device, asked: Request) -> list[bytes]:
    return [device.answer(asked)] * 2


def from_elsewhere_first(device: Device, asked: Request) -> list[bytes]:
    wrong = [(oid, gauge(666)) for oid, _ in device.found(asked)]
    device.elsewhere.sendto(message(asked, wrong), device.sender)
    return [device.answer(asked)]


def of_another_community_first(device: Device, asked: Request) -> list[bytes]:
    wrong = message(asked, [(oid, gauge(666)) for oid, _ in device.found(asked)]).replace(b"public", b"secret")
    return [wrong, device.answer(asked)]


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize(
    "habit",
    [
        garbage_first, truncated_first, of_another_question_first, of_the_question_before_first, twice,
        from_elsewhere_first, of_another_community_first,
    ],
)  # fmt: skip
def test_what_is_not_the_answer_is_left_aside(
    habit: Callable[[Device, Request], list[bytes]], version: str, folder: Path
) -> None:
    report = read(Device(objects(), habit), folder, version)
    assert numbers(report) == WHOLE
    assert report.faults == ()


def never_the_answer(device: Device, asked: Request) -> list[bytes]:
    return [message(other_number(asked), device.found(asked))]


def always_truncated(device: Device, asked: Request) -> list[bytes]:
    return [device.answer(asked)[:-3]]


def in_version_1(device: Device, asked: Request) -> list[bytes]:
    return [device.answer(asked).replace(b"\x02\x01\x01\x04\x06public", b"\x02\x01\x00\x04\x06public")]


def from_elsewhere(device: Device, asked: Request) -> list[bytes]:
    device.elsewhere.sendto(device.answer(asked), device.sender)
    return []


def no_right(device: Device, asked: Request) -> list[bytes]:
    return [refused(asked, 16)]


@pytest.mark.parametrize(
    ("habit", "words"),
    [
        (never_the_answer, "ne répond pas"),
        (from_elsewhere, "ne répond pas"),
        (always_truncated, "répond autre chose que du SNMP ; vérifier"),
        (lambda device, asked: [b"\x30\x00"], "répond autre chose que du SNMP ; vérifier"),
        (in_version_1, "répond en version 1 de SNMP à une question en version 2c ; corriger version"),
        (lambda device, asked: [], "vérifier l'adresse, la version, la communauté et le pare-feu"),
        (no_right, "refuse la communauté ; vérifier ses droits"),
    ],
)
def test_what_never_answers_well_is_refused_in_one_sentence(
    habit: Callable[[Device, Request], list[bytes]], words: str, folder: Path
) -> None:
    assert words in why(Device(objects(), habit), folder)


def test_a_version_1_agent_is_silent_for_version_2c_and_read_in_its_own(folder: Path) -> None:
    def old(device: Device, asked: Request) -> list[bytes]:
        return [device.answer(asked)] if asked.version == 0 else []

    assert "la version" in why(Device(objects(), old), folder)
    assert numbers(read(Device(objects(), old), folder, "1")) == WHOLE


@pytest.mark.parametrize("version", ["1", "2c"])
def test_an_answer_that_is_too_big_is_asked_for_in_smaller_parts(version: str, folder: Path) -> None:
    def small(device: Device, asked: Request) -> list[bytes]:
        fits = max(len(asked.oids), asked.rows) <= 2
        return [device.answer(asked) if fits else message(asked, [], 1) if asked.version else refused(asked, 1)]

    device, plans = Device(objects(), small), Plans()
    with serving(device):
        driver = SnmpDriver(0.5, folder, plans=plans)
        assert numbers(asyncio.run(driver.read(device.address(version), None))) == WHOLE
        for _ in range(2):
            asked = len(device.asked)
            report = asyncio.run(driver.read_points(device.address(version), None, ("outlet:2", "outlet:3")))
        assert report.point("outlet:3").energy_wh == 3000
        assert all(len(request.oids) <= 2 for request in device.asked[asked:])  # what it can answer is remembered


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("status", [1, 5, 13])
def test_an_instance_that_the_agent_fails_to_give_is_said_and_costs_no_other(
    version: str, status: int, folder: Path
) -> None:
    broken = oid_of(f"{ROOT}.2.2")

    def failing(device: Device, asked: Request) -> list[bytes]:
        return [refused(asked, status) if asked.kind == GET and broken in asked.oids else device.answer(asked)]

    report = read(Device(objects(), failing), folder, version)
    assert numbers(report) == [WHOLE[0], ("outlet:2", None, 20), WHOLE[2]]
    assert report.faults == (
        f"outlet:2 : énergie absente : l'appareil échoue à la donner, erreur SNMP {status} ({ROOT}.2.2).",
    )


def test_numbers_in_an_answer_that_is_an_error_are_not_believed(folder: Path) -> None:
    def both(device: Device, asked: Request) -> list[bytes]:
        return [
            message(asked, device.found(asked), 5, 1) if oid_of(f"{ROOT}.2.1") in asked.oids else device.answer(asked)
        ]

    report = read(Device(objects(), both), folder)
    assert numbers(report) == [("outlet:1", None, 10), *WHOLE[1:]]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_table_that_the_agent_fails_to_walk_whole_is_said(version: str, folder: Path) -> None:
    def failing(device: Device, asked: Request) -> list[bytes]:
        bad = asked.kind == GETBULK or (asked.kind == GETNEXT and asked.oids[0] == oid_of(f"{ROOT}.1.2"))
        return [refused(asked, 5) if bad else device.answer(asked)]

    report = read(Device(objects(), failing), folder, version)
    assert numbers(report) == WHOLE[:2]
    assert report.faults == (f"colonne {ROOT}.1 incomplète : l'appareil échoue à la donner entière (erreur SNMP 5).",)
    with pytest.raises(NotFound, match=r"outlet:3.*colonne .* incomplète"):
        report.point("outlet:3")


def test_bulk_questions_that_are_refused_are_asked_one_by_one(folder: Path) -> None:
    def no_bulk(device: Device, asked: Request) -> list[bytes]:
        return [refused(asked, 5) if asked.kind == GETBULK else device.answer(asked)]

    report = read(Device(objects(), no_bulk), folder)
    assert (numbers(report), report.faults) == (WHOLE, ())


NSAP = part(0x45, b"\1")  # a type that SNMP gave up and the library does not read


def test_an_unreadable_object_beyond_a_column_does_not_hide_it(folder: Path) -> None:
    report = read(Device(objects() | {f"{ROOT}.4.1": NSAP}), folder, timeout_s=0.2)
    assert (numbers(report), report.faults) == (WHOLE, ())


def test_an_unreadable_row_is_said_and_those_before_it_are_read(folder: Path) -> None:
    report = read(Device(objects() | {f"{ROOT}.1.4": NSAP}), folder, timeout_s=0.2)
    assert numbers(report) == WHOLE
    assert report.faults == (f"colonne {ROOT}.1 incomplète : l'appareil répond de façon illisible après.",)


def test_an_agent_that_binds_the_first_objects_alone_is_asked_for_the_others(folder: Path) -> None:
    def short(device: Device, asked: Request) -> list[bytes]:
        return [message(asked, device.found(asked)[:2])]

    report = read(Device(objects(), short), folder)
    assert (numbers(report), report.faults) == (WHOLE, ())


def test_an_agent_that_lacks_half_of_the_objects_gives_the_other_half(folder: Path) -> None:
    half = {oid: value for oid, value in objects().items() if oid not in (f"{ROOT}.2.1", f"{ROOT}.3.3", f"{ROOT}.1.2")}
    for version in ("1", "2c"):
        report = read(Device(half), folder, version)
        assert numbers(report) == [("outlet:1", None, 10), ("outlet:3", 3000, None)]
        assert len(report.faults) == 2


def repeats(device: Device, asked: Request) -> list[bytes]:
    """The first row of a table, for ever."""
    if asked.kind == GET:
        return [device.answer(asked)]
    return [message(asked, [(oid_of(f"{ROOT}.1.1"), text("encore"))])]


def grows(device: Device, asked: Request) -> list[bytes]:
    """Always one row more."""
    if asked.kind == GET:
        return [device.answer(asked)]
    last = asked.oids[0][-1] if len(asked.oids[0]) > len(oid_of(ROOT)) + 1 else 0
    rows = range(last + 1, last + 1 + asked.rows)
    return [message(asked, [((*oid_of(f"{ROOT}.1"), row), text("encore")) for row in rows])]


@pytest.mark.parametrize(("habit", "version"), [(repeats, "1"), (repeats, "2c"), (grows, "2c")])
def test_a_column_that_never_ends_is_refused(
    habit: Callable[[Device, Request], list[bytes]], version: str, folder: Path
) -> None:
    assert f"ne finit pas la colonne {ROOT}.1 ; mettre à jour" in why(Device(objects(), habit), folder, version, 5)


def test_an_agent_that_never_stops_talking_beside_the_point_is_given_up(folder: Path) -> None:
    stop = threading.Event()

    def babbles(device: Device, asked: Request) -> Sequence[bytes]:
        def endless() -> None:
            while not stop.wait(0.01):
                device.server.sendto(message(other_number(asked), []), device.sender)

        threading.Thread(target=endless, daemon=True).start()
        return []

    try:
        assert "ne répond pas" in why(Device(objects(), babbles), folder)
    finally:
        stop.set()


FLOAT = part(0x44, b"\x9f\x78\x04" + struct.pack(">f", 12345.6))
DOUBLE = part(0x44, b"\x9f\x79\x08" + struct.pack(">d", 12345.6))


@pytest.mark.parametrize(
    ("value", "wh", "words"),
    [
        (NULL, None, "absente"),
        (text(""), None, "non prise en charge par l'appareil (réponse vide)"),
        (text(b"\0\0 "), None, "non prise en charge par l'appareil (réponse vide)"),
        (text("1234"), None, "illisible : réponse '1234'"),
        (text(b"12 kWh \xe9"), None, "illisible : réponse '12 kWh é'"),
        (integer(-1), None, "non prise en charge"),
        (integer(-7), None, "refusée : valeur impossible -7"),
        (integer(2**31 - 1), 2**31 - 1, ""),
        (integer(2**32 - 1, 0x41), 2**32 - 1, ""),
        (part(0x41, b"\xff\xff\xff\xff"), 2**32 - 1, ""),  # without the leading zero: agents do it
        (integer(2**63 - 1, 0x46), 2**63 - 1, ""),
        (integer(2**63, 0x46), None, "refusée : valeur impossible 9223372036854775808"),
        (integer(2**64 - 1, 0x46), None, "refusée : valeur impossible 18446744073709551615"),
        (FLOAT, 12345, ""),
        (DOUBLE, 12345, ""),
        (part(0x44, b"\x9f\x78\x04" + struct.pack(">f", float("nan"))), None, "illisible"),
        (part(0x44, b"\x9f\x78"), None, "illisible"),
        (object_id((1, 3, 6)), None, "illisible"),
        (part(0x40, b"\x7f\0\0\1"), None, "illisible"),
    ],
)
def test_each_type_of_value_is_the_number_that_it_means_or_none(
    value: bytes, wh: int | None, words: str, folder: Path
) -> None:
    report = read(Device(objects({2: value})), folder)
    assert numbers(report) == [WHOLE[0], ("outlet:2", wh, 20), WHOLE[2]]
    assert [fault for fault in report.faults if words not in fault or "outlet:2 : énergie" not in fault] == []
    assert len(report.faults) == (wh is None)


@pytest.mark.parametrize("value", [part(0x42, b""), b"\x42\x84\xff\xff\xff\xff"])
def test_a_value_that_is_no_snmp_makes_no_number(value: bytes, folder: Path) -> None:
    assert "répond autre chose que du SNMP" in why(Device(objects({2: value})), folder)


def test_how_the_library_fails_on_a_cut_length_is_known() -> None:
    """Its compiled part panics: no such datagram reaches it, and the panic would be told from a fault of ours."""
    with serving(Device(objects(), lambda device, asked: [message(asked, [(asked.oids[0], b"\x02\x84")])])) as device:
        bare = SnmpSession("127.0.0.1", device.port, version=SnmpVersion.v2c, timeout=2)
        with pytest.raises(BaseException) as panicked:
            asyncio.run(bare.get_many([f"{ROOT}.2.1"]))
    assert is_panic(panicked.value)
    assert not is_panic(ValueError())


def test_labels_in_any_bytes_are_one_line_of_text(folder: Path) -> None:
    told = {
        f"{ROOT}.1.1": text(b"onduleur \xe9t\xe9"),
        f"{ROOT}.1.2": text("baie\r\n\x07A\0"),
        f"{ROOT}.1.3": text("été"),
    }
    report = read(Device(objects() | told), folder)
    assert [point.label for point in report.points] == ["onduleur été", "baie A", "été"]


class Clock(asyncio.SelectorEventLoop):
    """A loop whose clock a test moves."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


@contextmanager
def asking(device: Device, folder: Path) -> Iterator[Callable[[float], tuple[int | None, int]]]:
    """Ask for outlet:2 some seconds later: its energy, and how many requests that took."""
    plans, loop = Plans(), Clock()

    def ask(later_s: float) -> tuple[int | None, int]:
        loop.ahead += later_s
        before = len(device.asked)
        driver = SnmpDriver(0.5, folder, plans=plans)
        report = loop.run_until_complete(driver.read_points(device.address(), None, ("outlet:2",)))
        return report.point("outlet:2").energy_wh, len(device.asked) - before

    with serving(device):
        yield ask
    loop.close()


def ticks(seconds: float) -> bytes:
    return integer(int(seconds * 100), 0x43)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({UP_TIME: ticks(5000)}, {UP_TIME: ticks(20)}),
        ({UP_TIME: ticks(60)}, {UP_TIME: ticks(250)}),  # already further than it was, but not as far as it should be
        ({UP_TIME: ticks(5), BOOTS: integer(7)}, {UP_TIME: ticks(300), BOOTS: integer(8)}),
        ({BOOTS: integer(7)}, {BOOTS: integer(8)}),
        ({UP_TIME: ticks(5)}, {UP_TIME: ticks(305), f"{ROOT}.1.2": text("une autre prise")}),
        ({UP_TIME: ticks(5), BOOTS: integer(7)}, {UP_TIME: ticks(305), BOOTS: ABSENT}),
    ],
)
def test_an_agent_that_restarted_is_looked_at_again(
    before: dict[str, bytes], after: dict[str, bytes], folder: Path
) -> None:
    device = Device(objects() | before)
    with asking(device, folder) as ask:
        assert ask(0)[1] > 1
        assert ask(0) == (2000, 1)
        device.objects = objects({2: gauge(7000)}) | before | after
        wh, requests = ask(300)
        assert (wh, requests > 2) == (7000, True)
        assert ask(0)[1] == 1


def test_an_agent_that_goes_on_or_has_no_clock_is_asked_once(folder: Path) -> None:
    for up in ([ticks(60), ticks(359.9), ticks(660.2)], [ticks(60)] * 3):
        device = Device(objects() | {UP_TIME: up[0]})
        with asking(device, folder) as ask:
            ask(0)
            for told in up[1:]:
                device.objects = objects({2: gauge(7000)}) | {UP_TIME: told}
                assert ask(300) == (7000, 1)


def test_the_known_device_that_answers_garbage_harms_no_other(folder: Path) -> None:
    sound, odd = Device(objects()), Device(objects())
    with serving(sound), serving(odd):
        driver = SnmpDriver(0.3, folder, plans=Plans())
        targets = [Target("snmp", each.address(), None, (Wanted(1, "m", "outlet:1"),)) for each in (odd, sound, sound)]
        first = asyncio.run(collect(targets, {"snmp": driver}, 2, 0.3))
        assert [answer.outcome for answer in first] == ["ok", "ok", "ok"]
        odd.habit = always_truncated
        second = asyncio.run(collect(targets, {"snmp": driver}, 2, 0.3))
    assert [answer.outcome for answer in second] == ["failed", "ok", "ok"]
    assert "répond autre chose que du SNMP" in second[0].failures[0]


def test_a_port_that_closes_while_a_device_is_read(folder: Path) -> None:
    def closes(device: Device, asked: Request) -> list[bytes]:
        return [device.answer(asked)] if len(device.asked) == 1 else []

    assert "ne répond pas" in why(Device(objects(), closes), folder)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match=r"ne répond pas \(port fermé\)"):
        asyncio.run(SnmpDriver(5, folder).read(f"127.0.0.1:{port}", None))
