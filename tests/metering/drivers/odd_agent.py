"""An SNMP agent over UDP written to misbehave: it answers as asked by RFC 3416, then a habit changes the datagrams."""

from __future__ import annotations

import socket
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pyasn1.codec.ber import decoder
from pysnmp.proto import api

Oid = tuple[int, ...]
Binding = tuple[Oid, bytes]
GET, GETNEXT, RESPONSE, GETBULK = 0xA0, 0xA1, 0xA2, 0xA5
NULL, ABSENT, END = b"\x05\x00", b"\x81\x00", b"\x82\x00"


def part(tag: int, content: bytes) -> bytes:
    """One part of a message in BER."""
    size = len(content)
    return bytes([tag]) + (bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")) + content


def integer(value: int, tag: int = 0x02) -> bytes:
    return part(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def gauge(value: int) -> bytes:
    return integer(value, 0x42)


def text(value: str | bytes) -> bytes:
    return part(0x04, value.encode() if isinstance(value, str) else value)


def oid_of(dotted: str) -> Oid:
    return tuple(int(number) for number in dotted.split("."))


def object_id(oid: Oid) -> bytes:
    told = bytes([oid[0] * 40 + oid[1]])
    for number in oid[2:]:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, number & 0x7F | 0x80)
        told += bytes(digits)
    return part(0x06, told)


@dataclass(frozen=True)
class Request:
    """What was asked."""

    version: int
    community: bytes
    kind: int
    number: int
    oids: tuple[Oid, ...]
    rows: int = 0


def message(asked: Request, bindings: Sequence[Binding], status: int = 0, index: int = 0) -> bytes:
    """A response."""
    told = b"".join(part(0x30, object_id(oid) + value) for oid, value in bindings)
    pdu = integer(asked.number) + integer(status) + integer(index) + part(0x30, told)
    return part(0x30, integer(asked.version) + part(0x04, asked.community) + part(RESPONSE, pdu))


def refused(asked: Request, status: int, index: int = 1) -> bytes:
    """A response that is an error and repeats what was asked."""
    return message(asked, [(oid, NULL) for oid in asked.oids], status, index)


Habit = Callable[["Device", Request], Sequence[bytes]]


@dataclass
class Device:
    """Objects in BER by OID, and a habit. ``asked`` are the requests that came."""

    objects: Mapping[str, bytes]
    habit: Habit = lambda device, asked: [device.answer(asked)]
    asked: list[Request] = field(default_factory=list)
    port: int = 0
    server: Any = None
    sender: Any = None
    elsewhere: Any = None  # a socket on another port

    def found(self, asked: Request) -> list[Binding]:
        """What an honest agent binds."""
        known = {oid_of(dotted): value for dotted, value in self.objects.items()}
        walk = sorted(known)
        if asked.kind == GET:
            return [(oid, known.get(oid, ABSENT)) for oid in asked.oids]
        (current,), bindings = asked.oids, list[Binding]()
        for _ in range(max(1, asked.rows)):
            position = bisect_right(walk, current)
            if position == len(walk):
                return [*bindings, (current, END)]
            current = walk[position]
            bindings.append((current, known[current]))
        return bindings

    def answer(self, asked: Request) -> bytes:
        """What an honest agent says; in version 1 a missing object refuses the whole request."""
        found = self.found(asked)
        if asked.version == 0 and any(value in (ABSENT, END) for _, value in found):
            return refused(asked, 2)
        return message(asked, found)

    def address(self, version: str = "2c") -> str:
        return f"127.0.0.1:{self.port}?version={version}"


@contextmanager
def serving(device: Device) -> Iterator[Device]:
    """The device answers on loopback until the block ends."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        server.bind(("127.0.0.1", 0))
        device.port, device.server, device.elsewhere = server.getsockname()[1], server, other
        thread = threading.Thread(target=_serve, args=(server, device), daemon=True)
        thread.start()
        try:
            yield device
        finally:
            other.sendto(b"", ("127.0.0.1", device.port))
            thread.join(10)


def _serve(server: socket.socket, device: Device) -> None:
    while True:
        datagram, sender = server.recvfrom(65535)
        if not datagram:
            return
        asked, device.sender = _read(datagram), sender
        device.asked.append(asked)
        for reply in device.habit(device, asked):
            server.sendto(reply, sender)


def _read(datagram: bytes) -> Request:
    version = int(api.decodeMessageVersion(datagram))
    protocol = api.PROTOCOL_MODULES[version]
    told, _ = decoder.decode(datagram, asn1Spec=protocol.Message())
    pdu = protocol.apiMessage.get_pdu(told)
    oids = tuple(tuple(int(number) for number in oid) for oid, _ in protocol.apiPDU.get_varbinds(pdu))
    kind = next(
        kind for kind, name in ((GET, "GetRequestPDU"), (GETNEXT, "GetNextRequestPDU"), (GETBULK, "GetBulkRequestPDU"))
        if hasattr(protocol, name) and pdu.isSameTypeWith(getattr(protocol, name)())
    )  # fmt: skip
    rows = int(protocol.apiBulkPDU.get_max_repetitions(pdu)) if kind == GETBULK else 0
    community = bytes(protocol.apiMessage.get_community(told))
    return Request(version, community, kind, int(protocol.apiPDU.get_request_id(pdu)), oids, rows)


def other_number(asked: Request) -> Request:
    """As asked by somebody else."""
    return replace(asked, number=asked.number ^ 1)
