"""Real Modbus TCP servers on loopback: pymodbus with the registers that a test gives."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

Registers = Mapping[int, Sequence[int]]  # words by the address of the first


def words(code: str, value: float, order: str = "big") -> list[int]:
    """A number as registers, by its code of ``struct``."""
    packed = struct.pack(f">{code}", value)
    told = list(struct.unpack(f">{len(packed) // 2}H", packed))
    return told if order == "big" else told[::-1]


def text(value: str, registers: int) -> list[int]:
    """A text in so many registers."""
    return list(struct.unpack(f">{registers}H", value.encode().ljust(2 * registers, b"\0")))


def device(unit: int, holding: Registers, inputs: Registers | None = None) -> SimDevice:
    """A unit: addresses that are not told answer an exception."""
    nothing = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    return SimDevice(unit, (nothing, nothing, _blocks(holding), _blocks(inputs or {})))


def _blocks(registers: Registers) -> list[SimData]:
    told = registers or {65535: [0]}
    return [SimData(start, values=list(words), datatype=DataType.REGISTERS) for start, words in sorted(told.items())]


@asynccontextmanager
async def serving(*devices: SimDevice) -> AsyncIterator[str]:
    """The ``host:port`` of a gateway to these units."""
    server = ModbusTcpServer(list(devices), address=("127.0.0.1", 0))
    assert await server.listen()
    assert server.transport is not None
    try:
        yield f"127.0.0.1:{server.transport.sockets[0].getsockname()[1]}"
    finally:
        await server.shutdown()
