"""Who may plan and who may apply: documentation is decided with findings, orders change contracts too; pure."""

from __future__ import annotations

from collections.abc import Iterable

from dcops.auth.permissions import Actor, Permission
from inventory.errors import Forbidden
from inventory.plan import ORDERS, Kind


def changes_contracts(kinds: Iterable[str]) -> bool:
    """Whether one of these kinds of action changes contracts."""
    return any(Kind(kind) in ORDERS for kind in kinds)


def require_apply(actor: Actor, kinds: Iterable[str]) -> None:
    """Raise Forbidden unless somebody may carry out actions of these kinds."""
    actor.require(Permission.DECIDE_FINDINGS)
    if changes_contracts(kinds) and not actor.may(Permission.WRITE_CONTRACTS):
        raise Forbidden(
            f"{actor.name} ({actor.role}) ne peut pas modifier les contrats : ce plan change des commandes, le faire "
            "appliquer par la comptabilité."
        )
