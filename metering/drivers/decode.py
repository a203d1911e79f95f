"""What a device answered becomes whole Wh and W, or a sentence that says why not; exact and pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from metering.drivers import Point
from metering.drivers.floats import meant
from metering.drivers.profile import Condition
from metering.drivers.sought import Failed, Register, Sought, Value, plain, unique

Answers = Mapping[str, Value]  # of each instance that answered
LARGEST = 2**63 - 1  # what a database holds; also far above any meter on earth
LARGEST_W = 100_000_000  # no PDU carries it: an unsigned -1 that only means "I do not measure this" does
MOST_DIGITS = 12
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a number cannot be used, to follow « énergie » or « puissance » in a sentence."""

    reason: str


def points(
    found: Sequence[Sought], answers: Answers, unsupported: Sequence[int | str]
) -> tuple[list[Point], list[str]]:
    """The points with their numbers, and a sentence for each number that is missing or refused."""
    alone, faults = unique([each for each in found if _exists(each, answers)])
    faults += [doubt for each in found if (doubt := _doubt(each, answers)) is not None]
    decoded: list[Point] = []
    for each in alone:
        point, why = _point(each, answers, unsupported)
        decoded.append(point)
        faults += [f"{each.name} : {sentence}." for sentence in why]
    return decoded, faults


def text(answers: Answers, oids: Iterable[str]) -> str | None:
    """The first of the instances that answers something, as a text."""
    for oid in oids:
        value = plain(answers.get(oid))
        if value not in (None, ""):
            return str(value)
    return None


def matched(pattern: str | None, described: str | None) -> str | None:
    """What a regular expression finds in a description."""
    found = re.search(pattern, described) if pattern and described else None
    return found[1] if found else None


def _label(each: Sought, answers: Answers) -> str:
    return each.label or text(answers, each.labels) or ""


def _exists(each: Sought, answers: Answers) -> bool:
    if each.where is not None:
        told = answers.get(each.where[0])
        if isinstance(told, Failed) or not each.where[1].holds(plain(told)):
            return False
    return not each.skip_unlabelled or _label(each, answers) != ""


def _doubt(each: Sought, answers: Answers) -> str | None:
    """Why it is not known whether the point exists: then it is left out, and that is said."""
    told = answers.get(each.where[0]) if each.where is not None else None
    unsaid = each.where is not None and plain(told) is None and not each.where[1].absent
    if each.where is not None and (isinstance(told, Failed) or unsaid):
        return f"{each.name} : laissé de côté, l'appareil ne dit pas ce que c'est ({each.where[0]})."
    if each.skip_unlabelled and any(isinstance(answers.get(oid), Failed) for oid in each.labels):
        return f"{each.name} : laissé de côté, l'appareil échoue à donner son nom ({each.labels[0]})."
    return None


def _point(each: Sought, answers: Answers, unsupported: Sequence[int | str]) -> tuple[Point, list[str]]:
    faults: list[str] = []
    energy = power = None
    if each.energy is not None:
        # Cut, not rounded: a register never runs ahead of what was delivered.
        energy = _whole(number(each.energy, answers, unsupported), ROUND_FLOOR, "énergie", faults)
    if each.power is not None:
        power = _whole(number(each.power, answers, unsupported, LARGEST_W), ROUND_HALF_UP, "puissance", faults)
    if energy == 0 and power and each.zero_energy == "suspect":
        energy = None
        faults.append(f"énergie refusée : l'index reste à 0 alors que {power} W passent")
    return Point(each.index, each.kind, _label(each, answers), energy, power), faults


def _whole(value: Decimal | Refusal, rounding: str, what: str, faults: list[str]) -> int | None:
    if isinstance(value, Refusal):
        faults.append(f"{what} {value.reason}")
        return None
    return int(value.to_integral_value(rounding))


def number(
    register: Register, answers: Answers, unsupported: Sequence[int | str], largest: int = LARGEST
) -> Decimal | Refusal:
    """The exact value of a register in Wh or W, or why it has none."""
    measure = register.measure
    oid = register.instance(measure.oid)
    raw = _decimal(answers, oid, unsupported, measure.text)
    if isinstance(raw, Refusal):
        return raw
    if measure.available is not None and (state := _unavailable(register, measure.available, answers)) is not None:
        return Refusal(f"indisponible : l'appareil dit que le capteur ne répond pas (état {state})")
    correction = _correction(register, answers)
    if isinstance(correction, Refusal):
        return correction
    value = raw * measure.factor * correction
    if not 0 <= value <= largest:
        return Refusal(f"refusée : valeur impossible {raw} ({oid})")
    return value


def _unavailable(register: Register, available: Condition, answers: Answers) -> int | float | str | None:
    """The state of a sensor that does not measure; None when it does, or does not say."""
    told = answers.get(register.instance(available.oid))
    if isinstance(told, Failed):
        return f"illisible, erreur SNMP {told.status}"
    state = plain(told)
    return None if state is None or available.holds(state) else state


def _decimal(answers: Answers, oid: str, unsupported: Sequence[int | str], as_text: bool) -> Decimal | Refusal:
    if oid not in answers:
        return Refusal(f"absente : l'appareil ne donne aucune valeur ({oid})")
    answer = answers[oid]
    if isinstance(answer, Failed):
        return Refusal(f"absente : l'appareil échoue à la donner, erreur SNMP {answer.status} ({oid})")
    value = plain(answer)
    if value is None or value == "" or _means_unsupported(value, unsupported):
        return Refusal(f"non prise en charge par l'appareil (réponse {_shown(value)})")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float) and Decimal(value).is_finite():
        return meant(value)
    if as_text and isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return Refusal(f"illisible : réponse {_shown(value)} au lieu d'un nombre ({oid})")


def _means_unsupported(value: int | float | str, unsupported: Sequence[int | str]) -> bool:
    if isinstance(value, str):
        return value.casefold() in {word.casefold() for word in unsupported if isinstance(word, str)}
    return value in unsupported


def _shown(value: int | float | str | None) -> str:
    if value is None or value == "":
        return "vide"
    return repr(value[:30]) if isinstance(value, str) else str(value)


def _correction(register: Register, answers: Answers) -> Decimal | Refusal:
    # A correction that is not answered leaves the unit unknown: no number is better than one ten times too large.
    measure = register.measure
    total = Decimal(1)
    for column, apply in ((measure.digits, _digits), (measure.signed_scale, _signed), (measure.times, _itself)):
        if column is None:
            continue
        oid = register.instance(column)
        value = plain(answers.get(oid))
        part = apply(value) if isinstance(value, int) else None
        if part is None:
            return Refusal(f"refusée : échelle inconnue (réponse {_shown(value)} à {oid})")
        total *= part
    return total


def _digits(value: int) -> Decimal | None:
    return Decimal(1).scaleb(-value) if 0 <= value <= MOST_DIGITS else None


def _signed(value: int) -> Decimal | None:
    if value == 0:
        return None
    return Decimal(value) if value > 0 else 1 / Decimal(-value)


def _itself(value: int) -> Decimal | None:
    return Decimal(value) if value >= 0 else None
