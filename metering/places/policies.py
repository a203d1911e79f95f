"""Deciding how a rack is divided from a day on; append only, because a bill may rest on it."""

from __future__ import annotations

from datetime import datetime

from inventory import store as inventory_store
from inventory.errors import Conflict, Invalid
from inventory.french import instant
from inventory.orm import Transaction
from metering.models import AllocationPolicy
from metering.places import place_store

POLICIES = {
    "units": "par unités de baie",
    "power": "par puissance souscrite",
    "equal": "à parts égales",
}


def decide_policy(
    tx: Transaction, rack_name: str | None, policy: str, start: datetime, *, author: str, reason: str, now: datetime
) -> AllocationPolicy:
    """Have a rack (or all racks) divided so from an instant on, what its shares have no meter for.

    Raises NotFound (rack), Invalid (policy, no reason), Conflict (one already begins then).
    """
    if policy not in POLICIES:
        raise Invalid(f"règle de partage « {policy} » inconnue ; règles : {', '.join(POLICIES)}.")
    if not reason.strip():
        raise Invalid("dire pourquoi le partage change : une facture peut reposer dessus.")
    rack = inventory_store.rack(tx, rack_name) if rack_name is not None else None
    rack_id = rack.id if rack is not None else None
    if place_store.policy_since(tx, rack_id, start) is not None:
        where = f"de la baie {rack.name}" if rack is not None else "de toutes les baies"
        raise Conflict(f"le partage {where} est déjà décidé à partir du {instant(start)} : choisir un autre jour.")
    decided = AllocationPolicy(
        rack_id=rack_id, start=start, policy=policy, author=author, reason=reason.strip(), recorded_at=now
    )
    tx.add(decided)
    tx.flush()
    return decided
