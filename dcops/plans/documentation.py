"""The actions that correct NetBox: drafted in a transaction, resolved and carried out against NetBox outside of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from dcops.plans.contract_actions import Drafted
from dcops.wiring import Parts
from inventory.errors import DomainError, Invalid
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import Action

if TYPE_CHECKING:
    from dcops.plans import netbox_actions
    from inventory.sources.netbox_writer import NetboxWriter


def draft_all(tx: Transaction, findings: Sequence[Finding], now: datetime) -> Sequence[netbox_actions.Drafted]:
    """What would be changed in NetBox for findings, or why nothing can be."""
    if not findings:
        return []
    from dcops.plans import netbox_actions

    return netbox_actions.draft_all(tx, findings, now)


def resolve_all(parts: Parts, drafts: Sequence[netbox_actions.Drafted]) -> list[Drafted]:
    """The exact actions, once NetBox has been read."""
    if not drafts:
        return []
    try:
        writer = _writer(parts)
    except DomainError as refused:
        return [(findings, refused) for findings, _ in drafts]
    return [(findings, _resolved(drafted, writer)) for findings, drafted in drafts]


def _resolved(drafted: netbox_actions.Draft | DomainError, writer: NetboxWriter) -> Action | DomainError:
    from dcops.plans import netbox_actions

    if isinstance(drafted, DomainError):
        return drafted
    try:
        return netbox_actions.resolve(drafted, writer)
    except DomainError as refused:
        return refused


def carry_out(parts: Parts, action: Action) -> str:
    """Send it, and say what NetBox answered. Raises Outdated when the object changed, DomainError when refused."""
    from dcops.plans import netbox_actions

    return netbox_actions.carry_out(action, _writer(parts))


def _writer(parts: Parts) -> NetboxWriter:
    """The NetBox of the settings. Raises Invalid without one, or without its secret."""
    found = parts.netbox_writer()
    if found is None:
        raise Invalid("aucun NetBox n'est réglé : compléter la section [netbox], ou choisir un ticket.")
    return found
