"""The three truths of a finding side by side, in the words of the pages; what differs is marked; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from inventory.french import grouped, named

FIELDS = {
    "name": "Nom", "cluster": "Cluster", "vmid": "VMID", "customer": "Collectivité", "vcpu": "vCPU",
    "ram": "Mémoire (Go)", "ram_gb": "Mémoire (Go)", "disk": "Disque (Go)", "disk_gb": "Disque (Go)",
    "backup_days": "Jours de sauvegarde", "from": "Depuis le", "to": "Jusqu’au", "u_height": "Hauteur (U)",
    "rack": "Baie", "units": "Unités", "label": "Libellé", "device": "Appareil", "serial": "Numéro de série",
    "plan_gb": "Forfait (Go)", "machine": "Commande n°", "quantity": "Quantité", "kind": "Genre", "site": "Site",
    "room": "Salle",
    "feed": "Voie", "unmetered": "Voies sans compteur", "face": "Face", "peak_w": "Pointe (W)",
    "capacity_w": "Capacité (W)", "slug": "Identifiant NetBox",
    "tenant": "Client NetBox", "reference": "Référence", "used_gb": "Utilisé (Go)", "status": "État",
    "uuid": "UUID", "macs": "Adresses MAC", "hosts": "Postes", "group": "Groupe de la console", "role": "Rôle",
    "source": "Source", "scope": "Périmètre", "last_backup": "Dernière sauvegarde", "count": "Nombre",
    "groups": "Groupes", "stores": "Dépôts",
}  # fmt: skip
NUMBERS = frozenset({
    "vcpu", "ram", "ram_gb", "disk", "disk_gb", "u_height", "plan_gb", "quantity", "peak_w", "capacity_w", "used_gb",
})  # fmt: skip
KINDS = {
    "full": "baie complète", "half": "1/2 baie", "quarter": "1/4 baie", "unit": "à l’unité",
    "workstation": "poste", "server": "serveur", "front": "avant", "rear": "arrière", "partial": "réponse partielle",
    "failed": "en échec",
}  # fmt: skip
HIDDEN = frozenset({"half_units", "references"})
"""What is said in the reader's words beside it."""
SILENT = "—"


@dataclass(frozen=True, slots=True)
class Line:
    """What the three truths say of one thing; ``differs``: whether those that speak disagree, None when one does."""

    label: str
    sold: tuple[str, ...]
    documented: tuple[str, ...]
    real: tuple[str, ...]
    differs: bool | None


def side_by_side(field: str, truths: tuple[Any, Any, Any], names: Mapping[str, str]) -> list[Line]:
    """Every label that a truth speaks of, in the order they come. ``field``: what a bare value is the value of."""
    told = [_told(field, values, names) for values in truths]
    labels = list(dict.fromkeys(label for said in told for label in said))
    return [_line(label, [said.get(label, ()) for said in told]) for label in labels]


def _line(label: str, said: list[tuple[str, ...]]) -> Line:
    spoken = [frozenset(values) for values in said if values]
    return Line(label, said[0], said[1], said[2], len(set(spoken)) > 1 if len(spoken) > 1 else None)


def _told(field: str, values: Any, names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Label -> what one truth says of it; several things, one after the other."""
    told: dict[str, tuple[str, ...]] = {}
    for label, value in pairs(field, values, names):
        told[label] = (*told.get(label, ()), value)
    return told


def pairs(field: str, values: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a truth says, as (label, value); several things, one after the other."""
    if isinstance(values, list):
        for value in values:
            yield from pairs(field, value, names)
    elif isinstance(values, dict):
        for key, value in values.items():
            if key not in HIDDEN and value not in (None, [], ""):
                yield FIELDS.get(str(key), str(key)), shown(str(key), value, names)
    elif values is not None:
        yield FIELDS.get(field, "Valeur"), shown(field, values, names)


def shown(key: str, value: Any, names: Mapping[str, str]) -> str:
    """A value as people read it."""
    if isinstance(value, list):
        return ", ".join(shown(key, one, names) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{FIELDS.get(str(k), str(k))} {shown(str(k), one, names)}" for k, one in value.items())
    if isinstance(value, bool):
        return "oui" if value else "non"
    if key == "customer":
        return named(names, str(value))
    if key in ("from", "to"):
        return _day(str(value))
    if key in NUMBERS:
        return _number(str(value))
    return KINDS.get(str(value), str(value))


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text


def _number(text: str) -> str:
    try:
        return grouped(str(Decimal(text)))
    except InvalidOperation:
        return text
