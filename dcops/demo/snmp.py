"""An SNMP v1 and v2c agent for each PDU of the demo, on UDP: GET, GETNEXT and GETBULK; BER by pysnmp."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto import api, rfc1905
from pysnmp.proto.error import ProtocolError

from dcops.demo.load import Pdu
from dcops.demo.pdus import Oid, Value, answers
from inventory.clock import Clock

_V2 = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
_TYPES = {
    "integer": _V2.Integer32,
    "gauge": _V2.Gauge32,
    "ticks": _V2.TimeTicks,
    "string": _V2.OctetString,
    "oid": _V2.ObjectIdentifier,
}
_MOST_ROWS = 100  # of one GETBULK answer: more would not fit a datagram
Binding = tuple[Oid, Any]


class Agent(asyncio.DatagramProtocol):
    """Answers for one device. ``objects()`` gives its objects now, in walking order.

    A wrong community or an unreadable datagram gets no answer at all, as from a real card.
    """

    def __init__(self, objects: Callable[[], Mapping[Oid, Value]], community: str = "public") -> None:
        self._objects = objects
        self._community = community.encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        reply = self.reply(data)
        if reply is not None:
            self._transport.sendto(reply, addr)

    def reply(self, data: bytes) -> bytes | None:
        """The answer to one message; None when the device would stay silent."""
        try:
            version = int(api.decodeMessageVersion(data))
            protocol = api.PROTOCOL_MODULES[version]
            message, _ = decoder.decode(data, asn1Spec=protocol.Message())
        except (PyAsn1Error, ProtocolError, KeyError, IndexError):
            return None
        if bytes(protocol.apiMessage.get_community(message)) != self._community:
            return None
        response = protocol.apiMessage.get_response(message)
        self._fill(protocol, protocol.apiMessage.get_pdu(message), protocol.apiMessage.get_pdu(response))
        return bytes(encoder.encode(response))

    def _fill(self, protocol: Any, request: Any, response: Any) -> None:
        asked = [(tuple(oid), value) for oid, value in protocol.apiPDU.get_varbinds(request)]
        oids = [cast("Oid", oid) for oid, _ in asked]
        found = self._find(protocol, request, oids)
        if protocol is _V2:
            protocol.apiPDU.set_varbinds(response, found)
            return
        missing = next((index for index, (_, value) in enumerate(found, 1) if value in _ABSENT), None)
        protocol.apiPDU.set_varbinds(response, asked if missing else found)
        if missing:  # SNMPv1 refuses the whole request: noSuchName
            protocol.apiPDU.set_error_status(response, 2)
            protocol.apiPDU.set_error_index(response, missing)

    def _find(self, protocol: Any, request: Any, oids: Sequence[Oid]) -> list[Binding]:
        objects = self._objects()
        if request.isSameTypeWith(protocol.GetRequestPDU()):
            return [_exact(objects, oid) for oid in oids]
        walk = list(objects)
        if request.isSameTypeWith(protocol.GetNextRequestPDU()):
            return [_next(objects, walk, oid) for oid in oids]
        once = int(protocol.apiBulkPDU.get_non_repeaters(request))
        rows = min(int(protocol.apiBulkPDU.get_max_repetitions(request)), _MOST_ROWS)
        return _bulk(objects, walk, oids, once, rows)


_ABSENT = (rfc1905.noSuchInstance, rfc1905.endOfMibView)


def _exact(objects: Mapping[Oid, Value], oid: Oid) -> Binding:
    return oid, _encoded(objects[oid]) if oid in objects else rfc1905.noSuchInstance


def _next(objects: Mapping[Oid, Value], walk: Sequence[Oid], oid: Oid) -> Binding:
    position = bisect_right(walk, oid)
    return _exact(objects, walk[position]) if position < len(walk) else (oid, rfc1905.endOfMibView)


def _bulk(
    objects: Mapping[Oid, Value], walk: Sequence[Oid], oids: Sequence[Oid], once: int, rows: int
) -> list[Binding]:
    found = [_next(objects, walk, oid) for oid in oids[:once]]
    current = list(oids[once:])
    for _ in range(rows):
        step = [_next(objects, walk, oid) for oid in current]
        found += step
        current = [oid for oid, _ in step]
        if all(value is rfc1905.endOfMibView for _, value in step):
            break
    return found


def _encoded(value: Value) -> Any:
    kind, content = value
    return _TYPES[kind](content.encode() if kind == "string" and isinstance(content, str) else content)


async def serve(pdus: Sequence[Pdu], clock: Clock, ports: Sequence[int], host: str = "127.0.0.1") -> list[int]:
    """Start one agent per PDU on its port, or on a free one when it is taken; returns the ports in the same order.

    The agents live as long as the running event loop.
    """
    return [await _start(_agent(pdu, clock), host, port) for pdu, port in zip(pdus, ports, strict=True)]


async def _start(agent: Agent, host: str, port: int) -> int:
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: agent, (host, port))
    except OSError:
        transport, _ = await loop.create_datagram_endpoint(lambda: agent, (host, 0))
    return int(transport.get_extra_info("sockname")[1])


def _agent(pdu: Pdu, clock: Clock) -> Agent:
    return Agent(lambda: answers(pdu, clock.now()))
