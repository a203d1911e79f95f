"""Words of the screens for what interfaces call by a code: orders, states of findings and of sources."""

from __future__ import annotations

from dcops.web.listing import Badge
from inventory.facts import ScopeStatus
from inventory.findings import IN_FRENCH, State

ORDERS = {
    "share": "Baie",
    "machine": "Machine",
    "nas": "Sauvegarde",
    "antivirus": "Antivirus",
    "subscription": "Abonnement",
    "pack": "Forfait d’heures",
}
"""What a holding was ordered as."""
ORDERED = {"workstation": "Postes", "server": "Serveurs"}


def order(kind: str) -> str:
    """What a thing was ordered as."""
    return ORDERS[kind]


def ordered(name: str) -> str:
    """The name of an ordered thing as people say it: kinds of licences have none of their own."""
    return ORDERED.get(name, name)


TONES = {
    State.OPEN: "bad",
    State.REOPENED: "bad",
    State.FAILED: "bad",
    State.ACKNOWLEDGED: "info",
    State.PLANNED: "info",
    State.APPLIED: "info",
    State.IGNORED: "none",
    State.VERIFIED: "good",
    State.AUTO_RESOLVED: "good",
}
SOURCE_TONES = {ScopeStatus.COMPLETE: "good", ScopeStatus.PARTIAL: "warn", ScopeStatus.FAILED: "bad"}


def finding_state(state: str) -> Badge:
    """Where a finding is on its way."""
    return Badge(IN_FRENCH[State(state)], TONES[State(state)])


def source_state(status: str) -> Badge:
    """How completely a source answered."""
    return Badge(ScopeStatus(status).french, SOURCE_TONES[ScopeStatus(status)])
