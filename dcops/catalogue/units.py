"""The units of the grid: in French, and as codes of UN/ECE recommendation 20; pure."""

from __future__ import annotations

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
CODES = {
    "GB above 60/year": "E34",
    "GB disk/year": "E34",
    "agent x day": "E49",
    "extra room/year": "ROM",
    "inhabitant/year": "IE",
    "kWh": "KWH",
    "occurrence": "E48",
    "project": "E48",
    "room": "ROM",
    "service": "E48",
    "study": "E48",
    "unit of RAM/year": "E34",
}
"""Gigabyte, working day, room, person, kilowatt hour, service unit; what is counted otherwise is "one"."""
ONE, LUMP_SUM = "C62", "LS"


def in_french(unit: str) -> str:
    """A unit of the grid in French; a grid loaded later may bring its own words."""
    return UNITS.get(unit, unit)


def code(unit: str) -> str:
    """The code of a unit in electronic invoices."""
    return CODES.get(unit, ONE)
