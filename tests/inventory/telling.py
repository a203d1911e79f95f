"""Snapshots of space for tests of its rules: what the contracts and the documentation tell of racks."""

from __future__ import annotations

from datetime import UTC, date, datetime

from inventory.compare import compare
from inventory.differences import Difference
from inventory.facts import Fact, Mounting, RackUnit, Reservation, Scope, ScopeStatus, Snapshot

ON = date(2024, 6, 15)
AT = datetime(2024, 6, 15, 10, tzinfo=UTC)
LONG_AGO = date(2024, 1, 1)
COMPLETE = ScopeStatus.COMPLETE


def share(rack: str, first: int, end: int, customer: str, kind: str = "unit", start: date = LONG_AGO) -> Reservation:
    """Half units [first, end) of a rack, sold."""
    return Reservation(rack, first, end, customer, kind, start, reference=f"share/{rack}-{first}-{customer}")


def device(
    rack: str, first: int, half_units: int, tenant: str | None, name: str = "srv1", face: str = "front"
) -> Mounting:
    return Mounting(rack, name, first, half_units, face, tenant, "Serveur", f"{name}-{face}", tenant)


def rack(name: str, u_height: int = 42) -> RackUnit:
    return RackUnit(name, "Amiens", "Salle A", u_height)


def sold(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("contracts", "sold", AT, 0.1, (Scope("contracts", status, facts),))


def documented(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("netbox", "documented", AT, 0.1, (Scope("racks", status, facts),))


def found(*snapshots: Snapshot, on: date = ON, names: dict[str, str] | None = None) -> list[Difference]:
    """The differences of space, those of the documentation itself aside."""
    return [one for one in compare(snapshots, on, names=names) if one.rule in SPACE_RULES]


def only(*snapshots: Snapshot, on: date = ON) -> Difference:
    (difference,) = found(*snapshots, on=on)
    return difference


SPACE_RULES = frozenset(
    f"rack.{rule}" for rule in ("oversold", "overlap", "squatter", "sold-empty", "position-differs")
)
