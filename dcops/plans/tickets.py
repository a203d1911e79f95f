"""What is proposed to a person and never sent: a text that can be copied into a ticket; pure."""

from __future__ import annotations

import json
from typing import Any, Protocol

from inventory.french import euros
from inventory.plan import Action, Kind, Valued, expected_of

_HEADS = {
    Kind.PROXMOX_REMOVAL: "Arrêter puis retirer dans Proxmox",
    Kind.NETBOX_REMOVAL: "Retirer la fiche de NetBox",
    Kind.TICKET: "À traiter",
}
_TRUTHS = {"sold": "Vendu", "documented": "Documenté", "real": "Réel"}


class Told(Valued, Protocol):
    """A finding, as far as a ticket tells it."""

    id: Any
    thing: Any
    rule: Any
    title: Any
    eur_per_year: Any


def by_hand(finding: Told, kind: Kind) -> Action:
    """The proposal of a kind of action that people do themselves; it changes no bill."""
    title = f"{_HEADS[kind]} : {finding.title}"
    return Action(finding.id, kind, finding.thing, title, {"text": ticket(finding, kind)}, expected_of(finding))


def ticket(finding: Told, kind: Kind) -> str:
    """The finding as a text: what to do, on what, what the three truths say, what it is worth."""
    lines = [f"{_HEADS[kind]} : {finding.title}", f"Objet : {finding.thing} (écart n° {finding.id}, {finding.rule})"]
    lines += [f"{word} : {_words(getattr(finding, name))}" for name, word in _TRUTHS.items()]
    if finding.eur_per_year:
        lines.append(f"Enjeu : {euros(finding.eur_per_year)} par an")
    return "\n".join(lines)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {word}" for name, word in value.items())
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "rien" if value is None else str(value)
