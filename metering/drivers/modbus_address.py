"""Where a Modbus TCP device answers: ``host[:port][?unit=N]``; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from inventory.errors import Invalid
from metering.drivers.authority import host_and_port, place

PORT = 502
UNIT = 1
LAST_UNIT = 255  # 248 to 255 are used over TCP: 255 is the device itself, not one behind it


@dataclass(frozen=True, slots=True)
class Address:
    """One device; several units of one host and port are behind one gateway."""

    host: str
    port: int = PORT
    unit: int = UNIT

    @property
    def gateway(self) -> str:
        """Host and port: what answers one question at a time."""
        return place(self.host, self.port)

    @property
    def place(self) -> str:
        """How the device is called in a sentence."""
        return f"{self.gateway}, unité {self.unit}"

    def __str__(self) -> str:
        return self.gateway if self.unit == UNIT else f"{self.gateway}?unit={self.unit}"


def parse(text: str) -> Address:
    """The device that a text means. Raises Invalid with what is wrong and what is expected."""
    authority, asked, query = text.strip().partition("?")
    try:
        host, port = host_and_port(authority, PORT)
    except ValueError as error:
        _refuse(text, str(error))
    if not asked:
        return Address(host, port)
    name, _, value = query.partition("=")
    if name != "unit":
        _refuse(text, f"option inconnue « {name} » (unit)")
    if not (value.isascii() and value.isdigit() and int(value) <= LAST_UNIT):
        _refuse(text, f"l'unité « {value} » n'est pas un nombre de 0 à {LAST_UNIT}")
    return Address(host, port, int(value))


def _refuse(text: str, why: str) -> NoReturn:
    raise Invalid(f"adresse de compteur « {text.partition('?')[0]} » invalide : {why} ; attendu hôte[:port][?unit=N].")
