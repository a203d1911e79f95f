"""Modbus registers: which to ask for together, and what their words are as numbers, Wh and W; exact and pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from metering.drivers import Given, Point
from metering.drivers.decode import LARGEST, LARGEST_W
from metering.drivers.floats import meant
from metering.drivers.modbus_profile import Measure, ModbusProfile, Register
from metering.drivers.modbus_profile import Point as Sought

_CODES = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q", "f32": "f", "f64": "d"}
_UNSUPPORTED: Mapping[str, tuple[int, ...]] = {
    "u16": (2**16 - 1,),
    "i16": (-(2**15), 2**15 - 1),
    "u32": (2**32 - 1,),
    "i32": (-(2**31), 2**31 - 1),
    "u64": (2**64 - 1,),
    "i64": (-(2**63), 2**63 - 1),
}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Registers that follow each other, asked for in one request."""

    function: str
    start: int
    count: int

    @property
    def end(self) -> int:
        return self.start + self.count

    def __str__(self) -> str:
        return f"{self.function} {self.start}" if self.count == 1 else f"{self.function} {self.start}-{self.end - 1}"


Words = Mapping[Span, Sequence[int] | str]
"""Of each register that was asked for, its words or why there are none."""


def span_of(profile: ModbusProfile, register: Register) -> Span:
    """The registers of one value."""
    return Span(register.function or profile.function, register.address, register.width)


def together(spans: Iterable[Span], most: int) -> list[tuple[Span, list[Span]]]:
    """Requests, and the values that each brings: registers that follow each other, never a hole, never half a value."""
    asked: list[tuple[Span, list[Span]]] = []
    for span in sorted(set(spans)):
        if asked:
            whole, parts = asked[-1]
            end = max(whole.end, span.end)
            if span.function == whole.function and span.start <= whole.end and end - whole.start <= most:
                asked[-1] = Span(whole.function, whole.start, end - whole.start), [*parts, span]
                continue
        asked.append((span, [span]))
    return asked


def value(profile: ModbusProfile, register: Register, words: Sequence[int]) -> Decimal | str | None:
    """What the words of a register are; None for a float that is no number."""
    order = register.word_order or profile.word_order
    if register.type == "text":
        return _text(words)
    packed = struct.pack(f">{len(words)}H", *(words if order == "big" else reversed(words)))
    (number,) = struct.unpack(f">{_CODES[register.type]}", packed)
    if isinstance(number, int):
        return Decimal(number)
    return meant(number) if math.isfinite(number) else None


def _text(words: Sequence[int]) -> str:
    return struct.pack(f">{len(words)}H", *words).decode("utf-8", errors="replace").strip(" \t\r\n\0")


def point(profile: ModbusProfile, sought: Sought, words: Words) -> tuple[Point, list[Given]]:
    """A point with its numbers, and what each register gave."""
    given: list[Given] = []
    energy = power = None
    if sought.energy is not None:  # cut, not rounded: a register never runs ahead of what was delivered
        energy = _number(profile, sought.name, "energy", sought.energy, words, given)
    if sought.power is not None:
        power = _number(profile, sought.name, "power", sought.power, words, given)
    return Point(sought.index, sought.kind, sought.label, energy, power), given


def _number(
    profile: ModbusProfile, name: str, what: str, measure: Measure, words: Words, given: list[Given]
) -> int | None:
    span = span_of(profile, measure)
    answer = words.get(span, "l'appareil ne donne aucune valeur")
    raw = None if isinstance(answer, str) else value(profile, measure, answer)
    refused = f"absente : {answer} ({span})" if isinstance(answer, str) else _refused(measure, raw, what, span)
    whole = None
    if refused is None and isinstance(raw, Decimal):
        whole = int((raw * measure.factor).to_integral_value(ROUND_FLOOR if what == "energy" else ROUND_HALF_UP))
    shown = _shown(raw, answer)
    given.append(
        Given(
            name, "energy" if what == "energy" else "power", str(span), shown, f"x {measure.factor:f}", whole, refused
        )
    )
    return whole


def _shown(raw: Decimal | str | None, answer: Sequence[int] | str) -> str | None:
    if isinstance(answer, str):
        return None
    return "NaN" if raw is None else f"{raw:f}" if isinstance(raw, Decimal) else raw


def _refused(measure: Measure, raw: Decimal | str | None, what: str, span: Span) -> str | None:
    unsupported = _UNSUPPORTED.get(measure.type, ()) if measure.unsupported is None else measure.unsupported
    if not isinstance(raw, Decimal) or raw in unsupported:
        return f"non prise en charge par l'appareil (réponse {'NaN' if raw is None else raw})"
    if not 0 <= raw * measure.factor <= (LARGEST if what == "energy" else LARGEST_W):
        return f"refusée : valeur impossible {raw:f} ({span})"
    return None
