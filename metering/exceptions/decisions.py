"""What a person decides of what validation set aside, or of a span of a meter; kept for ever, with who and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from inventory.errors import Conflict, Invalid
from inventory.french import instant, kwh
from inventory.orm import Transaction
from inventory.turns import take_turn
from metering import store
from metering.exceptions import exception_store
from metering.intervals import vee_store
from metering.intervals.roll_up import TURN
from metering.models import Meter, ReadingFault, VeeDecision
from metering.readings import CLOCK, DIFFERENT, HOUR_S, Reading
from metering.register import append_readings, mark
from metering.validation.decided import SPANS, Decided
from metering.validation.tolerances import STANDARD, Validation

KINDS = ("accept", "reject", "estimate", "edit")
NAMES = {"accept": "accepter", "reject": "rejeter", "estimate": "estimer", "edit": "corriger"}
LONGEST_REASON = 1000
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of an exception, or of a span: ``wh`` of an edit, and whether they are sure of much energy."""

    kind: str
    author: str
    reason: str
    wh: int | None = None
    sure: bool = False


def decide(
    tx: Transaction,
    fault_id: int,
    answer: Answer,
    now: datetime,
    *,
    known: int | None = None,
    validation: Validation = STANDARD,
) -> VeeDecision:
    """Decide of an exception; the next roll-up of its meter draws the consequences.

    ``known``: the last decision of it that the person has seen, to change one's mind. Raises NotFound, Conflict
    (somebody decided meanwhile), Invalid.
    """
    take_turn(tx, TURN)
    fault = exception_store.exception(tx, fault_id).fault
    last = exception_store.last_decision(tx, fault_id)
    if last is not None and last.id != known:
        told = f"{last.author} a choisi de la {NAMES[last.kind]} le {instant(last.decided_at)}"
        raise Conflict(f"exception n° {fault_id} déjà décidée : {told} ; la relire avant de changer sa décision.")
    if fault.kind in (CLOCK, DIFFERENT) and answer.kind in SPANS:
        raise Invalid(f"exception n° {fault_id} : une valeur mise de côté s'accepte ou se rejette.")
    start = fault.since or _reading_before(tx, fault)
    _check(fault.meter, start, fault.at, answer, now, validation)
    if fault.kind == CLOCK and answer.kind == "accept":
        _believe(tx, fault, now)
    return _keep(tx, fault.meter, start, fault.at, answer, now, fault_id)


def decide_span(
    tx: Transaction,
    meter_name: str,
    start: datetime,
    end: datetime,
    answer: Answer,
    now: datetime,
    *,
    validation: Validation = STANDARD,
) -> VeeDecision:
    """Decide of a span that no exception tells of, as when a device died. Raises NotFound, Conflict, Invalid."""
    take_turn(tx, TURN)
    meter = store.meter(tx, meter_name)
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    _check(meter, start, end, answer, now, validation)
    _check_readings(tx, meter, start, end, answer)
    return _keep(tx, meter, start, end, answer, now)


def _keep(
    tx: Transaction,
    meter: Meter,
    start: datetime,
    end: datetime,
    answer: Answer,
    now: datetime,
    fault_id: int | None = None,
) -> VeeDecision:
    decision = VeeDecision(
        meter_id=meter.id, fault_id=fault_id, start=start, end=end, kind=answer.kind, wh=answer.wh,
        author=answer.author, reason=answer.reason.strip(), decided_at=now,
    )  # fmt: skip
    tx.add(decision)
    tx.flush()
    mark(tx, {meter.id: start})
    return decision


def _check(meter: Meter, start: datetime, end: datetime, answer: Answer, now: datetime, validation: Validation) -> None:
    """Refuse what makes no sense of any meter."""
    where = f"compteur {meter.name}"
    if answer.kind not in KINDS:
        raise Invalid(f"{where} : « {answer.kind} » n'est pas une décision ; choisir {', '.join(KINDS)}.")
    if not answer.reason.strip():
        raise Invalid(f"{where} : dire pourquoi, pour qui lira la facture un jour.")
    if len(answer.reason) > LONGEST_REASON:
        raise Invalid(f"{where} : le motif dépasse {LONGEST_REASON} caractères.")
    if end <= start:
        raise Invalid(f"{where} : la fin {instant(end)} n'est pas après le début {instant(start)}.")
    if start < meter.start:
        raise Invalid(f"{where} : il n'est en service que depuis le {instant(meter.start)}.")
    if end > now and answer.kind in SPANS:
        raise Invalid(f"{where} : la période finit le {instant(end)}, dans l'avenir.")
    if (answer.kind == "edit") != (answer.wh is not None):
        raise Invalid(f"{where} : une correction dit des kWh, et elle seule.")
    if answer.wh is not None:
        _check_energy(meter, start, end, answer.wh, answer.sure, validation)


def _check_energy(meter: Meter, start: datetime, end: datetime, wh: int, sure: bool, validation: Validation) -> None:
    if wh < 0:
        raise Invalid(f"compteur {meter.name} : une énergie est un nombre de Wh positif ou nul.")
    seconds = round((end - start).total_seconds())
    most = meter.max_w * validation.margin_percent * seconds // (100 * HOUR_S)
    if wh > most and not sure:
        what = f"{kwh(wh)} kWh du {instant(start)} au {instant(end)}"
        raise Invalid(
            f"compteur {meter.name} : {what}, plus que {meter.max_w} W ne permettent ({kwh(most)} kWh) ; "
            "vérifier la valeur, ou confirmer qu'elle est sûre."
        )


def _check_readings(tx: Transaction, meter: Meter, start: datetime, end: datetime, answer: Answer) -> None:
    """Refuse a span in which there is nothing to accept or to reject, or that cuts what somebody already wrote."""
    inside = store.readings_between(tx, meter.id, start, end)
    if answer.kind == "accept" and not any(reading.at == end for reading in inside):
        raise Invalid(f"compteur {meter.name} : aucun relevé n'est du {instant(end)} ; donner l'instant exact.")
    if answer.kind == "reject" and not any(reading.at > start for reading in inside):
        raise Invalid(f"compteur {meter.name} : aucun relevé entre le {instant(start)} et le {instant(end)}.")
    for old in Decided.of(vee_store.decisions(tx, [meter.id])[meter.id]).counting:
        within = start <= old.start and old.end <= end
        if {old.kind, answer.kind} <= SPANS and old.start < end and start < old.end and not within:
            what = f"celle du {instant(old.start)} au {instant(old.end)}"
            raise Conflict(f"compteur {meter.name} : une décision existe, {what} ; reprendre sa période entière.")


def _reading_before(tx: Transaction, fault: ReadingFault) -> datetime:
    """The start of the span of an exception that does not tell it: the reading before, else the second before."""
    before = store.instants_until(tx, fault.meter_id, fault.at, 1, before=True)
    return before[0] if before else fault.at.replace(microsecond=0) - _SECOND


def _believe(tx: Transaction, fault: ReadingFault, now: datetime) -> None:
    """Keep a reading that came with a date after its reception, once that date is past."""
    if fault.at > now or fault.wh is None:
        raise Invalid(f"exception n° {fault.id} : son relevé est encore daté de l'avenir, le {instant(fault.at)}.")
    append_readings(tx, fault.meter, [Reading(fault.at, fault.wh, source="accepted")], now)
