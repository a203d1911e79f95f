"""A driver without a network: devices whose registers are given, for demonstrations and rehearsals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from inventory.errors import Unavailable
from metering.drivers import DeviceReport

Answer = Callable[[], Awaitable[DeviceReport]]


class SimulatedDriver:
    """Answers for each address with the given report, or with what the given coroutine function tells."""

    def __init__(self, devices: Mapping[str, DeviceReport | Answer]) -> None:
        self.devices = devices

    async def read(self, address: str, profile: str | None) -> DeviceReport:
        """See ``Driver.read``; an address that is not simulated does not answer."""
        device = self.devices.get(address)
        if device is None:
            raise Unavailable(f"aucun appareil simulé à l'adresse « {address} ».")
        return device if isinstance(device, DeviceReport) else await device()
