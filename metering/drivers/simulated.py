"""A driver without a network: a device whose register is a function of its address and of the instant alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from urllib.parse import parse_qsl
from zlib import crc32

from inventory.clock import Clock, SystemClock
from inventory.errors import Invalid
from metering.drivers import DeviceReport, Given, Point

Answer = Callable[[], Awaitable[DeviceReport]]
USUAL_WATTS, USUAL_SHAPE = 900, "servers"
MOST_WATTS, MOST_OUTLETS = 1_000_000, 48
_MONDAY = datetime(2019, 12, 30, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_WEEK = 168  # hours
_HEAD_START_WH = 50_000_000  # a register was never bought new: each begins somewhere below this


@dataclass(frozen=True, slots=True)
class Simulated:
    """A device: its mean power, and how it is spread over a week."""

    name: str
    watts: int = USUAL_WATTS
    shape: str = USUAL_SHAPE
    outlets: int = 0

    def wh(self, at: datetime) -> int:
        """The register at an instant."""
        hours, into = divmod(at - _MONDAY, _HOUR)
        weeks, hour = divmod(hours, _WEEK)
        before, now = _cumulated(self.shape)[hour : hour + 2]
        micro = timedelta(microseconds=1)
        thousandths = 1000 * _WEEK * weeks + before + (now - before) * (into // micro) // (_HOUR // micro)
        return crc32(self.name.encode()) % _HEAD_START_WH + self.watts * thousandths // 1000

    def w(self, at: datetime) -> int:
        """The power at an instant."""
        return self.watts * _weights(self.shape)[(at - _MONDAY) // _HOUR % _WEEK] // 1000


def _servers(hour: int) -> int:
    return 1000 + (20, -10, 30, -25, 15, -30)[hour % 6]


def _office(hour: int) -> int:
    day, hour = divmod(hour, 24)
    return 1900 if day < 5 and 7 <= hour < 18 else 650


def _backups(hour: int) -> int:
    return 2600 if hour % 24 < 4 else 680


_SHAPES: Mapping[str, Callable[[int], int]] = {
    "flat": lambda hour: 1000, "servers": _servers, "office": _office, "backups": _backups,
}  # fmt: skip


@cache
def _weights(shape: str) -> tuple[int, ...]:
    """Power of each hour of a week from Monday, in thousandths of the mean: their sum is exact."""
    told = [_SHAPES[shape](hour) for hour in range(_WEEK)]
    whole = [1000 * _WEEK * part // sum(told) for part in accumulate(told)]
    return tuple(after - before for before, after in zip([0, *whole[:-1]], whole, strict=True))


@cache
def _cumulated(shape: str) -> tuple[int, ...]:
    return (0, *accumulate(_weights(shape)))


def parse(text: str) -> Simulated:
    """The device that an address means. Raises Invalid with what is wrong."""
    name, _, query = text.strip().partition("?")
    told = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(told.keys() - {"watts", "shape", "outlets"})
    if not name or unknown:
        raise Invalid(f"adresse simulée « {text} » : {unknown[0] if unknown else 'nom'} ; attendu NOM[?watts=900].")
    if (shape := told.get("shape", USUAL_SHAPE)) not in _SHAPES:
        raise Invalid(f"adresse simulée « {text} » : forme « {shape} » inconnue ({', '.join(_SHAPES)}).")
    watts = _whole(text, told.get("watts", str(USUAL_WATTS)), MOST_WATTS)
    return Simulated(name, watts, shape, _whole(text, told.get("outlets", "0"), MOST_OUTLETS))


def _whole(text: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= most):
        raise Invalid(f"adresse simulée « {text} » : « {value} » n'est pas un nombre entier de 0 à {most}.")
    return int(value)


class SimulatedDriver:
    """Computes what a device shows at the instant of the clock; ``devices`` answer in its place at their addresses."""

    def __init__(self, devices: Mapping[str, DeviceReport | Answer] | None = None, clock: Clock | None = None) -> None:
        self.devices = devices or {}
        self._clock = clock or SystemClock()

    async def read(self, address: str, profile: str | None) -> DeviceReport:
        """See ``Driver.read``; there is no profile to choose."""
        given = self.devices.get(address)
        if given is None:
            return _report(parse(address), self._clock.now())
        return given if isinstance(given, DeviceReport) else await given()


def _report(device: Simulated, at: datetime) -> DeviceReport:
    wh, w = device.wh(at), device.w(at)
    points = [Point("1", "inlet", device.name, wh, w, at)]
    for outlet in range(1, device.outlets + 1):
        points.append(Point(str(outlet), "outlet", "", wh // device.outlets, w // device.outlets, at))
    given = tuple(
        Given(point.name, "energy", device.shape, str(point.energy_wh), "1", point.energy_wh) for point in points
    )
    told = f"appareil simulé : {device.watts} W en moyenne, forme {device.shape}"
    return DeviceReport("simulated", "dcops", "simulated", device.name, tuple(points), (), told, given)
