"""The rule of ordered machines: a guest of a cluster is never sold twice for one day; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from inventory.customers import Dated, in_words, meets
from inventory.errors import Conflict, Invalid


class _Customer(Protocol):
    @property
    def code(self) -> str: ...


class Ordered(Dated, Protocol):
    """A machine as it was ordered."""

    @property
    def name(self) -> str: ...
    @property
    def cluster(self) -> str | None: ...
    @property
    def vmid(self) -> int | None: ...
    @property
    def customer(self) -> _Customer: ...


def check_guest(
    cluster: str | None, vmid: int | None, start: date, end: date | None, others: Iterable[Ordered]
) -> None:
    """Raise Invalid for a vmid outside a cluster, Conflict for a guest that another order has on a day of [start, end).

    Orders that name no guest cannot meet.
    """
    if vmid is None:
        return
    if not cluster:
        raise Invalid("un vmid n'a de sens que dans un cluster : le nommer.")
    for other in others:
        if (other.cluster, other.vmid) == (cluster, vmid) and meets(start, end, other):
            raise Conflict(
                f"{cluster}/{vmid} est déjà vendu : {told(other)} ; choisir d'autres jours, ou clore cette commande."
            )


def told(order: Ordered) -> str:
    """What was ordered, by whom, and for which days."""
    return f"machine « {order.name} » de {order.customer.code} {in_words(order)}"
