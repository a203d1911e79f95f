"""What each rule of the comparison is called on the pages, and what a person does about what it finds; pure."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """``name``: short, fits a column; ``remedy``: what to do, one sentence."""

    name: str
    remedy: str


RULE_WORDS = {
    "vm.unbilled": Words("Tourne sans être vendue", "Créer la commande, ou arrêter la machine."),
    "vm.after-end": Words("Tourne après la fin", "Prolonger le contrat, ou arrêter la machine."),
    "vm.ghost": Words("N’existe plus", "Clore la commande ou retirer la fiche de NetBox."),
    "vm.oversized": Words("Plus grande que vendue", "Facturer l’option, ou réduire la machine."),
    "vm.undersized": Words("Plus petite que vendue", "Livrer ce qui est vendu, ou corriger la commande."),
    "vm.undocumented": Words("Absente de NetBox", "Créer la fiche dans NetBox."),
    "vm.misdocumented": Words("Fiche NetBox inexacte", "Corriger dans NetBox ce que la machine a de différent."),
    "vm.tenant-differs": Words("Autre client dans NetBox", "Corriger le client dans NetBox, ou le contrat."),
    "vm.reused-id": Words(
        "VMID repris par une autre", "Confirmer que la machine remplace l’ancienne, ou créer sa propre commande."
    ),
    "vm.ambiguous": Words("Plusieurs machines possibles", "Compléter le VMID de la commande ou de la fiche NetBox."),
    "rack.oversold": Words(
        "Vendu au-delà de la baie", "Corriger la part vendue, ou la hauteur de la baie dans NetBox."
    ),
    "rack.overlap": Words("Espace promis deux fois", "Déplacer la réservation ou corriger la part vendue."),
    "rack.squatter": Words("Occupe un espace non acheté", "Vendre les unités occupées, ou déplacer l’appareil."),
    "rack.sold-empty": Words(
        "Vendu et vide", "Documenter ce qui y est installé, ou proposer au client de rendre la part."
    ),
    "rack.position-differs": Words(
        "Appareil hors de la part", "Remettre l’appareil dans la part vendue, ou corriger sa place dans NetBox."
    ),
    "rack.undocumented": Words("Baie absente de NetBox", "Créer la baie dans NetBox."),
    "rack.misdocumented": Words("Fiche de baie inexacte", "Corriger la baie dans NetBox."),
    "tenant.undocumented": Words("Client absent de NetBox", "Créer le client (tenant) dans NetBox."),
    "backup.over-plan": Words("Sauvegarde au-delà du forfait", "Facturer les Go en plus, ou réduire la conservation."),
    "backup.unbilled": Words("Sauvegardée sans être vendue", "Vendre la sauvegarde, ou l’arrêter."),
    "backup.missing": Words("Sauvegarde vendue et absente", "Remettre la sauvegarde en route, ou clore la commande."),
    "nas.undocumented": Words("Boîtier absent de NetBox", "Créer le boîtier NAS dans NetBox."),
    "av.over-seats": Words("Plus de postes que de licences", "Facturer les licences en plus, ou désinstaller."),
    "av.unused-seats": Words("Licences vendues sans poste", "Installer les postes restants, ou réduire la commande."),
    "power.unmetered-share": Words(
        "Énergie non mesurée", "Relever la voie par un compteur : ses kWh ne sont pas facturés."
    ),
    "power.over-capacity": Words(
        "Voie trop chargée", "Répartir la charge, ou ne plus rien vendre dans la baie avant de renforcer la voie."
    ),
    "source.stale": Words("Source qui se tait", "Rétablir l’accès à la source : ses écarts ne sont plus vérifiés."),
}
"""By the code of the rule; see ``inventory.rules``."""


def words_of(rule: str) -> Words:
    """The words of a rule; of one that an older version found, its code."""
    return RULE_WORDS.get(rule, Words(rule, ""))
