"""Recording that a meter's device was replaced: its closing index, the new one's opening index."""

from __future__ import annotations

from datetime import datetime

from inventory.errors import Conflict, Invalid
from inventory.orm import Transaction
from metering import store
from metering.models import MeterExchange
from metering.register import mark


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
) -> MeterExchange:
    """Keep an exchange; the next roll-up replaces what had been concluded around it.

    Raises NotFound (meter), Invalid (negative index, future instant, no reason), Conflict (already one then).
    """
    meter = store.meter(tx, meter_name)
    if closing_wh < 0 or opening_wh < 0:
        raise Invalid(f"compteur {meter_name} : un index est un nombre de Wh positif ou nul.")
    if at > now:
        raise Invalid(f"compteur {meter_name} : le changement du {at:%d/%m/%Y %H:%M UTC} est dans l'avenir.")
    if not reason.strip():
        raise Invalid(f"compteur {meter_name} : dire pourquoi l'appareil a été changé.")
    at = at.replace(microsecond=0)
    if any(known.at == at for known in store.exchanges(tx, meter.id)):
        raise Conflict(f"compteur {meter_name} : un changement est déjà enregistré au {at:%d/%m/%Y %H:%M UTC}.")
    exchange = MeterExchange(
        meter_id=meter.id, at=at, closing_wh=closing_wh, opening_wh=opening_wh, author=author, reason=reason
    )
    tx.add(exchange)
    tx.flush()
    mark(tx, {meter.id: at})
    return exchange
