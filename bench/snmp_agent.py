"""A fast SNMP agent for measures: answers of the demo's own agent, remembered, with only the request id replaced."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from dcops.demo.pdus import Oid, Value
from dcops.demo.snmp import Agent

APC: Oid = (1, 3, 6, 1, 4, 1, 318, 1)
SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)


def pdu() -> dict[Oid, Value]:
    """A switched APC rack PDU: its inlet and 24 outlets, all metered."""
    inlet, outlet = (*APC, 1, 26, 4, 3, 1), (*APC, 1, 26, 9, 4, 3, 1)
    objects: dict[Oid, Value] = {
        (*SYSTEM, 1, 0): ("string", "APC rPDU"),
        (*SYSTEM, 2, 0): ("oid", ".".join(map(str, (*APC, 3, 4, 6)))),
        (*SYSTEM, 3, 0): ("ticks", 4_000_000),
        (*APC, 1, 12, 1, 6, 0): ("string", "ZA1234567890"),
        (*inlet, 1, 1): ("integer", 1),
        (*inlet, 3, 1): ("string", "A01-A"),
        (*inlet, 5, 1): ("integer", 114),
        (*inlet, 9, 1): ("integer", 351_280),
    }
    for row in range(1, 25):
        objects |= {
            (*outlet, 1, row): ("integer", row),
            (*outlet, 3, row): ("string", f"Outlet {row}"),
            (*outlet, 4, row): ("integer", row),
            (*outlet, 7, row): ("integer", 40 + row),
            (*outlet, 11, row): ("integer", 14_000 + row),
        }
    return dict(sorted(objects.items()))


class FastAgent:
    """Answers any community: every PDU has the same objects."""

    def __init__(self) -> None:
        self._objects, self._known = pdu(), dict[bytes, tuple[bytes, bytes]]()

    def reply(self, data: bytes) -> bytes | None:
        """The answer to a GET, GETNEXT or GETBULK of version 1 or 2c."""
        start, community_at = 2 + _more(data, 1), 6 + _more(data, 1)
        pdu_at = community_at + 1 + data[community_at]
        id_at = pdu_at + 2 + _more(data, pdu_at + 1)
        end = id_at + 2 + data[id_at + 1]
        key = data[pdu_at:id_at] + data[end:]
        if key not in self._known:
            full = self._slow(data, data[community_at + 1 : pdu_at].decode())
            if full is None:
                return None
            told = full[2 + _more(full, 1) + pdu_at - start :]
            before, _, after = told.partition(data[id_at:end])
            self._known[key] = before, after
        before, after = self._known[key]
        body = data[start:pdu_at] + before + data[id_at:end] + after
        return b"\x30\x82" + len(body).to_bytes(2, "big") + body

    def _slow(self, data: bytes, community: str) -> bytes | None:
        return Agent(lambda: self._objects, community).reply(data)


def _more(data: bytes, at: int) -> int:
    """How many bytes follow the first one of a BER length."""
    return data[at] & 0x7F if data[at] & 0x80 else 0


def _serve(told: Connection) -> None:
    agent, listening = FastAgent(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    listening.bind(("127.0.0.1", 0))
    told.send(listening.getsockname()[1])
    receive, send, reply = listening.recvfrom, listening.sendto, agent.reply
    while True:
        data, asker = receive(65_535)
        answer = reply(data)
        if answer is not None:
            send(answer, asker)


@contextmanager
def agents(count: int) -> Iterator[list[int]]:
    """Agents in processes of their own; their ports."""
    started = []
    ports = []
    for _ in range(count):
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
        process.start()
        ports.append(here.recv())
        started.append(process)
    try:
        yield ports
    finally:
        for process in started:
            process.terminate()
            process.join()
