"""The electricity meter of the demo's main switchboard, on Modbus TCP: the registers of a Schneider iEM3155."""

from __future__ import annotations

import asyncio
import struct
from typing import cast

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from dcops.demo import site
from inventory.clock import Clock

UNIT = 1
MODEL, MAKER, SERIAL, PHASES_KW, POWER_KW, ENERGY_WH = 49, 69, 129, 3053, 3059, 3203
"""Addresses of the first register of each value, from 0; the maker's documents count them from 1."""
_LENGTH = 20  # registers of a text


class SiteMeter:
    """Answers with what the switchboard would show now; addresses that are not there get an exception, as there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def refresh(
        self, _function: int, start: int, _address: int, _count: int, registers: list[int], _values: object
    ) -> None:
        """Write what changes just before it is read."""
        at = self._clock.now()
        kilowatts = site.drawn_w(at) / 1000
        for address, packed in (
            (PHASES_KW, struct.pack(">3f", *[kilowatts / 3] * 3)),
            (POWER_KW, struct.pack(">f", kilowatts)),
            (ENERGY_WH, struct.pack(">q", site.register_wh(at))),
        ):
            words = struct.unpack(f">{len(packed) // 2}H", packed)
            registers[address - start : address - start + len(words)] = words

    def device(self) -> SimDevice:
        """Its registers."""
        return SimDevice(
            id=UNIT,
            simdata=[
                SimData(MODEL, values=_text("iEM3155"), datatype=DataType.REGISTERS),
                SimData(MAKER, values=_text("Schneider Electric"), datatype=DataType.REGISTERS),
                SimData(SERIAL, values=list(divmod(site.SERIAL, 1 << 16)), datatype=DataType.REGISTERS),
                SimData(PHASES_KW, values=[0] * 6, datatype=DataType.REGISTERS),
                SimData(POWER_KW, values=[0, 0], datatype=DataType.REGISTERS),
                SimData(ENERGY_WH, values=[0, 0, 0, 0], datatype=DataType.REGISTERS),
            ],
            action=self.refresh,
        )


def _text(words: str) -> list[int]:
    """A text in registers, padded with zeros."""
    return list(struct.unpack(f">{_LENGTH}H", words.encode("ascii").ljust(2 * _LENGTH, b"\0")))


async def serve(clock: Clock, port: int) -> int:
    """Start a meter that listens on loopback, on its port or on a free one when it is taken; returns the port.

    It lives as long as the running event loop.
    """
    device = SiteMeter(clock).device()
    server = ModbusTcpServer(device, address=("127.0.0.1", port))
    if not await server.listen():
        server = ModbusTcpServer(device, address=("127.0.0.1", 0))
        await server.listen()
    transport = cast("asyncio.Server", server.transport)
    return int(transport.sockets[0].getsockname()[1])
