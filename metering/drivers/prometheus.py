"""Reads the register of a meter from a Prometheus-compatible database: its newest raw sample, at its own instant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from inventory.clock import Clock, SystemClock
from inventory.errors import Unavailable
from metering.drivers import DeviceReport, Given, Kind, Point
from metering.drivers.decode import LARGEST, LARGEST_W
from metering.drivers.prometheus_address import Address, parse
from metering.drivers.prometheus_api import EXACT, PrometheusApi, Series

PATIENCE = 5  # a query may take this many times the timeout of one request
_LATE = timedelta(milliseconds=1)
_FRENCH = {"energy": "énergie", "power": "puissance"}


@dataclass(frozen=True, slots=True)
class _Newest:
    series: Series
    at: datetime
    raw: Decimal


class PrometheusDriver:
    """Reads registers; ``environ`` holds the secrets that addresses refer to."""

    def __init__(
        self, timeout_s: float = 2, environ: Mapping[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        self._timeout_s = timeout_s * PATIENCE
        self._environ = environ or {}
        self._clock = clock or SystemClock()

    async def read(self, address: str, profile: str | None) -> DeviceReport:
        """See ``Driver.read``; the selectors of the address take the place of a profile."""
        return await asyncio.to_thread(self._read, parse(address))

    def _read(self, asked: Address) -> DeviceReport:
        with PrometheusApi(asked.access, self._environ, self._timeout_s) as api:
            energy = self._newest(api, asked.energy, asked.lookback)
            power = self._newest(api, asked.power, asked.lookback) if asked.power else None
        if energy is None and power is None:
            raise Unavailable(
                f"{api.place} n'a aucune mesure de {asked.energy} depuis {asked.lookback} ; "
                "vérifier le sélecteur et la collecte."
            )
        return _report(asked, energy, power)

    def _newest(self, api: PrometheusApi, selector: str, lookback: timedelta) -> _Newest | None:
        now = self._clock.now()
        found = api.samples(selector, now - lookback, now + _LATE)
        several = [series for series, samples in found.items() if samples]
        if len(several) > 1:
            named = " ; ".join(map(str, sorted(several)[:5]))
            raise Unavailable(
                f"{api.place} : {len(several)} séries répondent à {selector}, elles ne s'additionnent pas ({named}) ; "
                "préciser le sélecteur."
            )
        return _Newest(several[0], *found[several[0]][-1]) if several else None


def _report(asked: Address, energy: _Newest | None, power: _Newest | None) -> DeviceReport:
    told = _given(asked, "energy", asked.energy, energy, asked.scale, LARGEST)
    given = [told]
    if asked.power:
        given.append(_given(asked, "power", asked.power, power, asked.power_scale, LARGEST_W))
    faults = [f"{one.point} : {_FRENCH[one.what]} {one.refused}." for one in given if one.refused]
    if energy is not None and energy.raw >= EXACT:
        faults.append(f"{asked.point} : index au-delà de 2^53, la base n'en garde plus l'unité.")
    kind, _, index = asked.point.partition(":")
    label = str(energy.series) if energy else ""
    values = [one.value if isinstance(one.value, int) else None for one in given]
    point = Point(
        index, _kind(kind), label, values[0], values[1] if asked.power else None, energy.at if energy else None
    )
    explanation = f"dernière mesure brute de {asked.energy}" + (f", du {energy.at.isoformat()}" if energy else "")
    return DeviceReport(None, None, None, None, (point,), tuple(faults), explanation, tuple(given))


def _given(
    asked: Address, what: Literal["energy", "power"], selector: str, found: _Newest | None, scale: Fraction, most: int
) -> Given:
    if found is None:
        return Given(asked.point, what, selector, None, str(scale), None, "absente : aucune mesure récente")
    value = Fraction(found.raw) * scale
    raw = f"{found.raw:f}"
    if not 0 <= value <= most:
        return Given(asked.point, what, selector, raw, str(scale), None, f"refusée : valeur impossible {raw}")
    whole = value.__floor__() if what == "energy" else (value + Fraction(1, 2)).__floor__()
    return Given(asked.point, what, selector, raw, str(scale), whole)


def _kind(text: str) -> Kind:
    kinds: dict[str, Kind] = {
        "inlet": "inlet", "phase": "phase", "branch": "branch", "outlet": "outlet", "total": "total",
    }  # fmt: skip
    return kinds[text]
