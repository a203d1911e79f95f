"""Recording that a meter's device was replaced: its closing index, the new one's opening index."""

from __future__ import annotations

from datetime import datetime

from inventory.errors import Conflict, Invalid
from inventory.french import instant, kwh
from inventory.orm import Transaction
from inventory.turns import take_turn
from metering import store
from metering.intervals.roll_up import TURN, rules_of
from metering.models import Meter, MeterExchange
from metering.readings import Exchange, MeterRules, Reading
from metering.register import mark
from metering.validation.tolerances import STANDARD, Validation
from metering.validation.vee import vee


def record_exchange(
    tx: Transaction,
    meter_name: str,
    at: datetime,
    *,
    closing_wh: int,
    opening_wh: int,
    author: str,
    reason: str,
    now: datetime,
    validation: Validation = STANDARD,
) -> MeterExchange:
    """Keep an exchange; the next roll-up replaces what had been concluded around it.

    Raises NotFound (meter), Invalid (negative index, instant in the future or before the meter, no reason, indexes
    that no reading beside them continues: an exchange is never erased), Conflict (already one then).
    """
    take_turn(tx, TURN)
    meter = store.meter(tx, meter_name)
    if closing_wh < 0 or opening_wh < 0:
        raise Invalid(f"compteur {meter_name} : un index est un nombre de Wh positif ou nul.")
    if at > now:
        raise Invalid(f"compteur {meter_name} : le changement du {instant(at)} est dans l'avenir.")
    if at < meter.start:
        raise Invalid(f"compteur {meter_name} : il n'est en service que depuis le {instant(meter.start)}.")
    if not reason.strip():
        raise Invalid(f"compteur {meter_name} : dire pourquoi l'appareil a été changé.")
    at = at.replace(microsecond=0)
    if any(known.at == at for known in store.exchanges(tx, meter.id)):
        raise Conflict(f"compteur {meter_name} : un changement est déjà enregistré au {instant(at)}.")
    _continued(tx, meter, Exchange(at, closing_wh, opening_wh), rules_of(meter, validation))
    exchange = MeterExchange(
        meter_id=meter.id, at=at, closing_wh=closing_wh, opening_wh=opening_wh, author=author, reason=reason,
        recorded_at=now,
    )  # fmt: skip
    tx.add(exchange)
    tx.flush()
    mark(tx, {meter.id: at})
    return exchange


def _continued(tx: Transaction, meter: Meter, told: Exchange, rules: MeterRules) -> None:
    """Refuse indexes that none of the readings beside an exchange continues: one of them may be wrong, not two."""
    others = [known.at for known in store.exchanges(tx, meter.id)]
    before, after = store.readings_beside(tx, meter.id, told.at, 2)
    since = max((at for at in others if at < told.at), default=None)
    until = min((at for at in others if at > told.at), default=None)
    before = [reading for reading in before if since is None or reading.at > since]
    after = [reading for reading in after if until is None or reading.at < until]
    closing, opening = Reading(told.at, told.closing_wh), Reading(told.at, told.opening_wh)
    if before and all(vee([reading, closing], rules)[1] for reading in before):
        raise Invalid(_doubt(meter, "dernier index de l'ancien appareil", closing, "avant", before[-1]))
    if after and all(vee([opening, reading], rules)[1] for reading in after):
        raise Invalid(_doubt(meter, "premier index du nouveau", opening, "après", after[0]))


def _doubt(meter: Meter, which: str, told: Reading, side: str, reading: Reading) -> str:
    return (
        f"compteur {meter.name} : le {which}, {kwh(told.wh)} kWh, et le relevé d'{side}, "
        f"{kwh(reading.wh)} kWh le {instant(reading.at)}, ne se suivent pas ; vérifier l'index et l'instant."
    )
