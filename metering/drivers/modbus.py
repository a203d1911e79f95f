"""Asks a meter for its registers and watts over Modbus TCP, one question at a time for each gateway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from weakref import WeakKeyDictionary

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse

from inventory.errors import Unavailable
from metering.drivers import Candidate, DeviceReport, Given, registers
from metering.drivers.modbus_address import Address, parse
from metering.drivers.modbus_frames import Ear
from metering.drivers.modbus_profile import ModbusProfile, ModbusProfiles, Register, load
from metering.drivers.registers import Span, span_of

PATIENCE = 10  # a whole device may take this many times the timeout of one request
UNREACHED = (10, 11)  # exceptions by which a gateway says that the device behind it does not answer
FUNCTIONS = {"holding": 3, "input": 4}
_WHY = {1: "fonction refusée", 2: "registre inconnu", 3: "nombre de registres refusé", 4: "panne", 6: "appareil occupé"}
_FRENCH = {"energy": "énergie", "power": "puissance"}

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # what goes wrong is in the report, or raised


class ModbusDriver:
    """Reads meters; one instance may read many at once. ``timeout_s`` is for each request, nothing is asked twice."""

    def __init__(self, timeout_s: float = 2, profiles_dir: Path | None = None) -> None:
        self.timeout_s = timeout_s
        self.profiles_dir = profiles_dir
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()

    @cached_property
    def profiles(self) -> ModbusProfiles:
        """The shipped profiles and those of ``profiles_dir``. Raises Invalid when one is wrong."""
        return load(self.profiles_dir)

    async def read(self, address: str, profile: str | None) -> DeviceReport:
        """See ``Driver.read``. Without a profile, the families that can be recognised are tried."""
        device = parse(address)
        forced = self.profiles.named(profile) if profile else None
        async with self._turn(device):
            ear = Ear()
            try:
                async with asyncio.timeout(self.timeout_s * PATIENCE), self._open(device, ear) as meter:
                    return await (_through(meter, forced, "profil imposé") if forced else self._recognised(meter))
            except (ModbusException, OSError):  # a TimeoutError is an OSError
                raise Unavailable(_silence(device, ear.odd)) from None

    def _turn(self, device: Address) -> asyncio.Lock:
        locks = self._locks.setdefault(asyncio.get_running_loop(), {})
        return locks.setdefault(device.gateway, asyncio.Lock())

    @asynccontextmanager
    async def _open(self, device: Address, ear: Ear) -> AsyncIterator[_Meter]:
        client = AsyncModbusTcpClient(
            device.host, port=device.port, timeout=self.timeout_s, retries=0, reconnect_delay=0, trace_packet=ear
        )
        try:
            if not await client.connect():
                raise Unavailable(f"{device.gateway} refuse la connexion ; vérifier l'adresse, le port et le réseau.")
            yield _Meter(client, device)
        finally:
            client.close()

    async def _recognised(self, meter: _Meter) -> DeviceReport:
        tried: list[Candidate] = []
        for name, family in sorted(self.profiles.by_name.items()):
            if family.recognise:
                told = await meter.values(family, family.recognise)
                if all(sign.holds(one) for sign, one in zip(family.recognise, told, strict=True)):
                    seen = ", ".join(str(one) for one in told)
                    return replace(await _through(meter, family, f"reconnu à {seen}"), candidates=tuple(tried))
                tried.append(Candidate(name, *_unlike(family, told)))
        fault = (
            f"aucun profil ne reconnaît cet appareil ; profils connus : {self.profiles.names}. "
            "Imposer l'un d'eux, ou ajouter un profil dans metering.profiles_dir."
        )
        names = ", ".join(each.profile for each in tried)
        return DeviceReport(None, None, None, None, (), (fault,), f"essayés : {names}", candidates=tuple(tried))


def _unlike(family: ModbusProfile, told: Sequence[Decimal | str | None]) -> tuple[str, str]:
    """By which registers a family would be recognised, and what they answered."""
    places = [str(span_of(family, sign)) for sign in family.recognise]
    wanted = [" ou ".join(str(one) for one in sign.equals or sign.begins) for sign in family.recognise]
    seen = ["ne répond pas" if one is None else f"répond « {one} »" for one in told]
    looked = (f"{place} devrait dire {one}" for place, one in zip(places, wanted, strict=True))
    found = (f"{place} {one}" for place, one in zip(places, seen, strict=True))
    return ", ".join(looked), f"{', '.join(found)}."


class _Meter:
    """One open connection to one unit."""

    def __init__(self, client: AsyncModbusTcpClient, device: Address) -> None:
        self._client, self._device = client, device

    async def words(self, spans: Iterable[Span], most: int) -> dict[Span, Sequence[int] | str]:
        """The words of each value, or why it has none: one that is refused does not lose the others."""
        found: dict[Span, Sequence[int] | str] = {}
        for whole, parts in registers.together(spans, most):
            answer = await self._asked(whole)
            for part in parts:
                if not isinstance(answer, str):
                    found[part] = answer[part.start - whole.start : part.end - whole.start]
                else:
                    found[part] = answer if len(parts) == 1 else await self._asked(part)
        return found

    async def values(self, family: ModbusProfile, sought: Sequence[Register]) -> list[Decimal | str | None]:
        """The values of some registers; None for one that is refused."""
        spans = [span_of(family, register) for register in sought]
        words = await self.words(spans, family.most_registers)
        return [
            None if isinstance(told := words[span], str) else registers.value(family, register, told)
            for span, register in zip(spans, sought, strict=True)
        ]

    async def _asked(self, span: Span) -> Sequence[int] | str:
        ask = self._client.read_holding_registers if span.function == "holding" else self._client.read_input_registers
        answer = await ask(span.start, count=span.count, device_id=self._device.unit)
        if isinstance(answer, ExceptionResponse):
            if answer.exception_code in UNREACHED:
                raise Unavailable(
                    f"{self._device.gateway} ne joint pas l'unité {self._device.unit} "
                    f"(exception {answer.exception_code}) ; vérifier le numéro d'unité et le bus."
                )
            return f"{_WHY.get(answer.exception_code, 'refus')}, exception {answer.exception_code}"
        if answer.function_code != FUNCTIONS[span.function] or len(answer.registers) != span.count:
            raise Unavailable(f"{self._device.place} répond autre chose que ce qui est demandé ; vérifier l'adresse.")
        return answer.registers


async def _through(meter: _Meter, family: ModbusProfile, explanation: str) -> DeviceReport:
    measures = [measure for each in family.point for measure in (each.energy, each.power) if measure is not None]
    named = [register for register in (family.model, family.serial) if register is not None]
    spans = [span_of(family, register) for register in (*measures, *named)]
    words = await meter.words(spans, family.most_registers)
    told = [registers.point(family, each, words) for each in family.point]
    given = [one for _, several in told for one in several]
    return DeviceReport(
        profile=family.name,
        vendor=family.vendor,
        model=_named(family, family.model, words),
        serial=_named(family, family.serial, words),
        points=tuple(point for point, _ in told),
        faults=tuple(_fault(one) for one in given if one.refused),
        explanation=explanation,
        answers=tuple(given),
    )


def _fault(given: Given) -> str:
    return f"{given.point} : {_FRENCH[given.what]} {given.refused}."


def _named(family: ModbusProfile, register: Register | None, words: registers.Words) -> str | None:
    told = words.get(span_of(family, register)) if register else None
    if register is None or told is None or isinstance(told, str):
        return None
    value = registers.value(family, register, told)
    return str(value) if value not in (None, "") else None


def _silence(device: Address, odd: bool) -> str:
    if odd:
        return f"{device.place} répond autre chose que du Modbus ; vérifier l'adresse et le port."
    return f"{device.place} ne répond pas ; vérifier l'adresse, le numéro d'unité et le réseau."
