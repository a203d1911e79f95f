"""Tables of what exists: customers, space, ordered things, sources' snapshots, findings and plans; no query."""

from __future__ import annotations

from inventory.models.customers import Customer, Membership, Population
from inventory.models.evidence import GuestLink, Reconciliation, SourceLock, SourceSnapshot
from inventory.models.findings import Finding, FindingMove, Plan, PlanAction
from inventory.models.orders import AntivirusSeats, Machine, NasPlan, NasUnit
from inventory.models.space import Cage, Rack, Room, Share, Site, SpaceMove

__all__ = [
    "AntivirusSeats",
    "Cage",
    "Customer",
    "Finding",
    "FindingMove",
    "GuestLink",
    "Machine",
    "Membership",
    "NasPlan",
    "NasUnit",
    "Plan",
    "PlanAction",
    "Population",
    "Rack",
    "Reconciliation",
    "Room",
    "Share",
    "Site",
    "SourceLock",
    "SourceSnapshot",
    "SpaceMove",
]
