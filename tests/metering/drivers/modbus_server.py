"""Real Modbus TCP servers on loopback: pymodbus with the registers that a test gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

Registers = Mapping[int, Sequence[int]]  # words by the address of the first


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
