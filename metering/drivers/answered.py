"""What each OID of a device gave, and what it made or why it was refused: for a person who looks at a device; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP
from typing import Literal

from metering.drivers import Given, Point
from metering.drivers.decode import LARGEST, LARGEST_W, Answers, Refusal, number
from metering.drivers.sought import Register, Sought, plain


def given(
    found: Sequence[Sought], points: Sequence[Point], answers: Answers, unsupported: Sequence[int | str]
) -> tuple[Given, ...]:
    """What the registers of some points gave."""
    kept = {point.name: point for point in points}
    return tuple(one for each in found if each.name in kept for one in _of(each, kept[each.name], answers, unsupported))


def _of(each: Sought, point: Point, answers: Answers, unsupported: Sequence[int | str]) -> Iterator[Given]:
    for oid in each.labels:
        if (label := plain(answers.get(oid))) not in (None, ""):
            yield Given(each.name, "label", oid, str(label), None, str(label))
            break
    if each.energy is not None:
        told = _number(each.name, "energy", each.energy, answers, unsupported)
        suspect = told.refused is None and point.energy_wh is None
        why = "refusée : l'index reste à 0 alors que de la puissance passe"
        yield Given(told.point, told.what, told.oid, told.raw, told.scale, None, why) if suspect else told
    if each.power is not None:
        yield _number(each.name, "power", each.power, answers, unsupported)


def _number(
    name: str, what: Literal["energy", "power"], register: Register, answers: Answers, unsupported: Sequence[int | str]
) -> Given:
    oid = register.instance(register.measure.oid)
    value = number(register, answers, unsupported, LARGEST if what == "energy" else LARGEST_W)
    raw = None if oid not in answers else str(plain(answers[oid]))
    scale = _scale(register, answers)
    if isinstance(value, Refusal):
        return Given(name, what, oid, raw, scale, None, value.reason)
    return Given(
        name, what, oid, raw, scale, int(value.to_integral_value(ROUND_FLOOR if what == "energy" else ROUND_HALF_UP))
    )


def _scale(register: Register, answers: Answers) -> str:
    """The factor, then each correction with what its column answered."""
    measure = register.measure
    told = [f"x {measure.factor:f}"]
    for means, column in (("/ 10^", measure.digits), ("échelle ", measure.signed_scale), ("x ", measure.times)):
        if column is not None:
            told.append(f"{means}{plain(answers.get(register.instance(column)))}")
    return " ".join(told)
