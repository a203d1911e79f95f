"""The actions that correct NetBox: drafted in a transaction, resolved and carried out against NetBox outside of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dcops.plans.contract_actions import Drafted
from dcops.wiring import Parts
from inventory.errors import DomainError
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import DOCUMENTATION, Action, Kind

if TYPE_CHECKING:
    from dcops.plans import netbox_actions
    from inventory.sources.netbox_writer import NetboxWriter

AT_ONCE = 4
"""How many objects NetBox is asked about together, when corrections are previewed."""


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
        writer = parts.netbox_writer()
    except DomainError as refused:
        return [(findings, refused) for findings, _ in drafts]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda draft: _resolved(draft[1], writer), drafts)
        return [(findings, action) for (findings, _), action in zip(drafts, found, strict=True)]


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

    return netbox_actions.carry_out(action, parts.netbox_writer())


def requests_shown(parts: Parts, kind: Kind, payload: Mapping[str, Any]) -> list[str]:
    """The exact requests of an action, its token hidden; none of what is not written in NetBox."""
    if kind not in DOCUMENTATION or parts.settings.netbox is None:
        return []
    from dcops.plans import netbox_actions

    return netbox_actions.shown_requests(payload, parts.settings.netbox.url)
