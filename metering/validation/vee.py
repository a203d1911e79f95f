"""Validation and estimation: readings of one meter in, intervals and faults out; pure.

The base is the last believed reading. Each next reading is judged against it, with one look at the reading
after, because only that one tells a spike from a jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from inventory.french import instant, kwh
from metering.readings import (
    ACCEPTED,
    DIFFERENT,
    HIGH_LIMIT,
    MULTIPLIER,
    RESET,
    SPIKE,
    Decision,
    Exchange,
    Fault,
    Flag,
    Interval,
    MeterRules,
    Reading,
)
from metering.validation.decided import Decided
from metering.validation.registers import follows, held, multiplied, possible, usual_modulus, wrapped


def vee(
    readings: Iterable[Reading],
    rules: MeterRules,
    exchanges: Sequence[Exchange] = (),
    decisions: Sequence[Decision] = (),
) -> tuple[list[Interval], list[Fault]]:
    """Energy between consecutive believed readings, in time order, and what a person must look at.

    A span whose energy is not believed has no interval. Readings come in any order; an exchange ends one
    epoch of the register and starts another. What people decided, oldest first, goes before the rules: a span that is
    to be estimated has no interval either, an edited one has one.
    """
    intervals: list[Interval] = []
    faults: list[Fault] = []
    decided = Decided.of(decisions)
    ordered = _one_per_instant(sorted(readings, key=lambda r: r.at), faults)
    for epoch in _epochs(decided.readings(ordered), sorted(exchanges, key=lambda e: e.at)):
        _judge_epoch(epoch, rules, decided, intervals, faults)
    return decided.intervals(intervals, rules.close), faults


def _one_per_instant(ordered: list[Reading], faults: list[Fault]) -> list[Reading]:
    kept = ordered[:1]
    for reading in ordered[1:]:
        if reading.at != kept[-1].at:
            kept.append(reading)
        elif reading.wh != kept[-1].wh:
            faults.append(different(reading.at, kept[-1].wh, reading.wh))
    return kept


def different(at: datetime, kept_wh: int, aside_wh: int) -> Fault:
    """Two values told for one instant."""
    message = f"deux valeurs au même instant : {kept_wh} Wh gardée, {aside_wh} Wh mise de côté."
    return Fault(at, DIFFERENT, aside_wh, message)


def _epochs(readings: list[Reading], exchanges: Sequence[Exchange]) -> Iterator[list[Reading]]:
    """Cut at exchanges; the exchange itself tells both registers at its instant, so readings of that instant go."""
    epoch: list[Reading] = []
    pending = list(readings)
    for exchange in exchanges:
        epoch += [r for r in pending if r.at < exchange.at]
        pending = [r for r in pending if r.at > exchange.at]
        if epoch:
            yield [*epoch, Reading(exchange.at, exchange.closing_wh, source="closing")]
        epoch = [Reading(exchange.at, exchange.opening_wh, source="opening")]
    yield epoch + pending


def _judge_epoch(
    epoch: list[Reading], rules: MeterRules, decided: Decided, intervals: list[Interval], faults: list[Fault]
) -> None:
    if not epoch:
        return
    base = epoch[0]
    for index in range(1, len(epoch)):
        following = epoch[index + 1] if index + 1 < len(epoch) else None
        interval, fault, base = judge(base, epoch[index], following, rules, decided)
        intervals += [interval] if interval else []
        faults += [fault] if fault else []


def judge(
    base: Reading, reading: Reading, following: Reading | None, rules: MeterRules, decided: Decided
) -> tuple[Interval | None, Fault | None, Reading]:
    """What a reading is worth after the last believed one, what to say of it, and the one that is believed next."""
    if reading.wh >= base.wh and possible(base, reading, rules):
        return _span(base, reading, reading.wh - base.wh, Flag.ACTUAL, "register"), None, reading
    believed = decided.believes(reading.at)
    interval, fault, following_base = _judge_abnormal(base, reading, following, rules, believed=believed)
    return interval, None if believed else fault, following_base


def _judge_abnormal(
    base: Reading, reading: Reading, following: Reading | None, rules: MeterRules, *, believed: bool
) -> tuple[Interval | None, Fault | None, Reading]:
    """A reading that went back or too far: what it is worth, what to say, and the next base."""
    if held(base, reading, rules):
        return _span(base, reading, 0, Flag.ACTUAL, "jitter-held"), None, replace(reading, wh=base.wh)
    counted = wrapped(base, reading, rules)
    if counted is not None:
        return _span(base, reading, counted, Flag.ACTUAL, "rollover"), None, reading
    if believed:
        return _accepted(base, reading), None, reading
    if following and follows(base, following, rules) and not follows(reading, following, rules):
        told = "valeur isolée mise de côté : le relevé suivant prolonge le précédent."
        return None, _fault(base, reading, SPIKE, told), base
    other = multiplied(base, reading, rules)
    if other is not None:
        return None, _fault(base, reading, MULTIPLIER, _told_multiplied(reading, *other)), reading
    if reading.wh < base.wh:
        return _reset(base, reading, rules)
    more = f"+{kwh(reading.wh - base.wh)} kWh depuis le {instant(base.at)}"
    told = f"{more}, plus que {rules.max_w} W ne permettent : non facturé."
    return None, _fault(base, reading, HIGH_LIMIT, told), reading


def _accepted(base: Reading, reading: Reading) -> Interval:
    """What a believed reading is worth: the rise of the register, or all that it counted since it restarted."""
    if reading.wh >= base.wh:
        return _span(base, reading, reading.wh - base.wh, Flag.ACTUAL, ACCEPTED)
    return _span(base, reading, reading.wh, Flag.ESTIMATED, RESET)


def _reset(base: Reading, reading: Reading, rules: MeterRules) -> tuple[Interval | None, Fault, Reading]:
    """The register restarted: what it counted since is kept if it is possible, what came before is unseen."""
    zero, back = Reading(base.at, 0), f"index revenu de {kwh(base.wh)} à {kwh(reading.wh)} kWh"
    usual = usual_modulus(base, reading, rules)
    hint = f" Si l'index repart de 0 après {kwh(usual)} kWh, le dire : modulus_wh = {usual}." if usual else ""
    command = f"avec « dcops meters exchange ».{hint}"
    if possible(zero, reading, rules):
        told = f"{back} : remise à zéro, la fin de l'ancien index n'a pas été vue ; la dire {command}"
        fault = _fault(base, reading, RESET, told)
        return _span(base, reading, reading.wh, Flag.ESTIMATED, RESET), fault, reading
    told = f"{back} sans explication ; si l'appareil a changé, le dire {command}"
    return None, _fault(base, reading, RESET, told), reading


def _told_multiplied(reading: Reading, factor: int, how: str) -> str:
    cause = "l'unité ou le multiplicateur de l'appareil a changé"
    return f"index de {kwh(reading.wh)} kWh, {factor} {how} que le précédent : {cause} ; non facturé."


def _span(base: Reading, reading: Reading, wh: int, flag: Flag, method: str) -> Interval:
    return Interval(base.at, reading.at, wh, flag, method)


def _fault(base: Reading, reading: Reading, kind: str, message: str) -> Fault:
    """A reading set aside; at stake is how far its register went, or all that it says since it restarted."""
    stake = reading.wh - base.wh if reading.wh >= base.wh else reading.wh
    return Fault(reading.at, kind, reading.wh, message, base.at, stake)


def contiguous(intervals: Sequence[Interval]) -> Iterator[list[Interval]]:
    """Cut a time-ordered list of intervals where the energy between two of them is not known, or was written by hand.

    What a person wrote is never mixed with what was measured beside it.
    """
    chain = list(intervals[:1])
    for before, after in pairwise(intervals):
        if before.end != after.start or Flag.EDITED in (before.flag, after.flag):
            yield chain
            chain = []
        chain.append(after)
    if chain:
        yield chain
