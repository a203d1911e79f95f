"""Words of the screens for what interfaces call by a code: units, orders, states of findings and of sources."""

from __future__ import annotations

from dcops.web.listing import Badge
from inventory.facts import ScopeStatus
from inventory.findings import IN_FRENCH, State

UNITS = {
    "60 GB plan/year": "forfait de 60 Go par an",
    "EPCI/year": "EPCI par an",
    "GB above 60/year": "Go au-delà de 60, par an",
    "GB disk/year": "Go de disque par an",
    "U": "U",
    "U/year": "U par an",
    "VM/year": "machine par an",
    "access point": "borne",
    "access point/year": "borne par an",
    "account opening or training": "ouverture de compte ou formation",
    "agent x day": "agent et par jour",
    "body/year": "établissement par an",
    "commune": "commune",
    "commune/year": "commune par an",
    "computer": "ordinateur",
    "customer / 3 years": "collectivité, pour 3 ans",
    "device": "équipement",
    "domain/year": "domaine par an",
    "extra room/year": "salle supplémentaire par an",
    "inhabitant/year": "habitant par an",
    "kWh": "kWh",
    "licence": "licence",
    "mailbox": "boîte",
    "mailbox/year": "boîte par an",
    "note": "—",
    "occurrence": "action",
    "pack of 150 minutes": "forfait de 2 h 30",
    "pack of 300 minutes": "forfait de 5 h",
    "pack of 600 minutes": "forfait de 10 h",
    "private space": "espace privatif",
    "procurement published in N-1": "marché publié l’année précédente",
    "project": "projet",
    "rack share": "baie ou part de baie",
    "rack share/year": "baie ou part de baie, par an",
    "room": "salle",
    "server/year": "serveur par an",
    "service": "service",
    "site/year": "site par an",
    "study": "étude",
    "unit of RAM/year": "Go de mémoire par an",
    "vCPU/year": "vCPU par an",
    "workstation/year": "poste par an",
}
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


def unit(code: str) -> str:
    """A unit of the grid in French; a grid loaded later may bring its own words."""
    return UNITS.get(code, code)


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
