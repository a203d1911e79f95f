"""What a register can do between two readings: rise, tremble, pass its modulus, change of unit; pure."""

from __future__ import annotations

from dataclasses import replace

from metering.readings import HOUR_S, MeterRules, Reading

SURE_COUNTS = 1000
"""From so many counts on, two round values tell the resolution of a register."""
FACTORS = (10, 100, 1000)
"""By how much a register jumps when the unit or the multiplier of its device changes."""
USUAL_COUNTS = (2**32, 2**53, *(10**digits for digits in range(5, 10)))
"""After how many counts registers usually return to 0."""


def held(base: Reading, reading: Reading, rules: MeterRules) -> bool:
    """Whether a register that went back by a count or two only trembles.

    A register close to zero may be round by chance: there, a count is a Wh.
    """
    tick = resolution(base.wh, reading.wh)
    count = tick if reading.wh >= SURE_COUNTS * tick else 1
    return 0 < base.wh - reading.wh <= rules.jitter_counts * count


def possible(before: Reading, after: Reading, rules: MeterRules) -> bool:
    """Whether the circuit can carry that much in that time, tolerating one tick of a coarse register."""
    delta = after.wh - before.wh
    if delta == 0:
        return True
    seconds = round((after.at - before.at).total_seconds())
    return _carried(delta, seconds, rules.max_w * rules.margin_percent, resolution(before.wh, after.wh))


def _carried(delta: int, seconds: int, watts_percent: int, tick: int) -> bool:
    limit = watts_percent * seconds  # in Wh x 100 x 3600
    if delta * 100 * HOUR_S <= limit:
        return True
    tick *= 100 * HOUR_S
    return limit < 2 * tick and delta * 100 * HOUR_S <= limit + tick and tick > 100 * HOUR_S


def resolution(*registers: int) -> int:
    """The coarsest usual resolution that explains these values: a PDU in whole kWh jumps by 1000 Wh at once."""
    return next((tick for tick in (1000, 100, 10) if all(value % tick == 0 for value in registers)), 1)


def follows(before: Reading, after: Reading, rules: MeterRules) -> bool:
    return held(before, after, rules) or (before.wh <= after.wh and possible(before, after, rules))


def wrapped(base: Reading, reading: Reading, rules: MeterRules) -> int | None:
    """Wh counted through the register's return to 0, if that is what happened."""
    modulus = rules.modulus_wh
    if modulus is None or reading.wh >= base.wh or base.wh * 100 < modulus * rules.rollover_from_percent:
        return None
    counted = reading.wh + modulus - base.wh
    seconds = round((reading.at - base.at).total_seconds())
    tick = resolution(base.wh, reading.wh, modulus)
    return counted if counted >= 0 and _carried(counted, seconds, rules.max_w * 100, tick) else None


def usual_modulus(base: Reading, reading: Reading, rules: MeterRules) -> int | None:
    """The usual modulus that would make a rollover of a fall, where nobody said the modulus."""
    if rules.modulus_wh is not None:
        return None
    usual = (count * resolution(base.wh, reading.wh) for count in USUAL_COUNTS)
    return next((wh for wh in usual if wrapped(base, reading, replace(rules, modulus_wh=wh)) is not None), None)


def multiplied(base: Reading, reading: Reading, rules: MeterRules) -> tuple[int, str] | None:
    """By how much, and how, a register is another multiple of the one before that it continues.

    Only where the register is so far from zero that this cannot be by chance.
    """
    seconds = round((reading.at - base.at).total_seconds())
    most = rules.max_w * rules.margin_percent * seconds // (100 * HOUR_S) + resolution(base.wh, reading.wh)
    for factor in FACTORS:
        if base.wh >= 20 * most and base.wh * factor <= reading.wh <= (base.wh + most) * factor:
            return factor, "fois plus grand"
        if reading.wh * factor >= 20 * most and base.wh - factor <= reading.wh * factor <= base.wh + most:
            return factor, "fois plus petit"
    return None
