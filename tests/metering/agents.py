"""PDUs that answer over UDP on loopback from a thread: well, late, with garbage or never; how many are in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from dcops.demo.pdus import Oid, Value
from dcops.demo.snmp import Agent

APC = (1, 3, 6, 1, 4, 1, 318, 1)
GARBAGE = b"\x30\x03\x02\x01"


def inlet(wh: int, watts: int = 500) -> dict[Oid, Value]:
    """The objects of a PDU of the family apc-rpdu2 with its inlet alone, in walking order."""
    row = (*APC, 1, 26, 4, 3, 1)
    return {
        (1, 3, 6, 1, 2, 1, 1, 1, 0): ("string", "APC"),
        (1, 3, 6, 1, 2, 1, 1, 2, 0): ("oid", (*APC, 3, 4, 5)),
        (*row, 1, 1): ("integer", 1),
        (*row, 3, 1): ("string", "rack"),
        (*row, 5, 1): ("integer", watts // 10),
        (*row, 9, 1): ("gauge", wh // 100),
    }


@dataclass
class Pdus(asyncio.DatagramProtocol):
    """PDUs behind one port, each with its own community: the first letter of it says how it behaves.

    ``h``: never answers; ``g``: answers garbage; ``l``: answers after ``late_s``; any other answers at once. ``most``
    is the greatest number of them that were going to answer at once: a client has one socket for each.
    """

    objects: Mapping[Oid, Value]
    late_s: float = 0
    port: int = 0
    requests: int = 0
    most: int = 0
    asking: set[Any] = field(default_factory=set)
    agents: dict[str, Agent] = field(default_factory=dict)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.requests += 1
        start = 6 + (data[1] & 0x7F if data[1] & 0x80 else 0)  # BER: the length of a long message takes more bytes
        community = data[start + 1 : start + 1 + data[start]].decode()
        if community.startswith("h"):
            return
        self.asking.add(addr)
        self.most = max(self.most, len(self.asking))
        agent = self.agents.setdefault(community, Agent(lambda: self.objects, community))
        reply = GARBAGE if community.startswith("g") else agent.reply(data)
        delay = self.late_s if community.startswith("l") else 0.002
        asyncio.get_running_loop().call_later(delay, self._send, reply, addr)

    def _send(self, reply: bytes, addr: Any) -> None:
        self.asking.discard(addr)
        self.transport.sendto(reply, addr)

    def address(self, community: str) -> str:
        return f"127.0.0.1:{self.port}?community={community}"


@contextmanager
def answering(pdus: Pdus) -> Iterator[Pdus]:
    """Serve them until the block ends."""
    loop, ready = asyncio.new_event_loop(), Event()

    def run() -> None:
        transport, _ = loop.run_until_complete(loop.create_datagram_endpoint(lambda: pdus, ("127.0.0.1", 0)))
        ready.set()
        loop.run_forever()
        transport.close()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield pdus
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
