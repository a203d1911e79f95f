"""Letting through the absences that the ceiling of a run holds back: a person looked, and they are meant."""

from __future__ import annotations

from inventory import store
from inventory.errors import Invalid, NotFound
from inventory.match import DOCUMENTED
from inventory.models import GuestLink
from inventory.orm import Transaction
from inventory.turns import FINDINGS, take_turn

LONGEST_NAME = 100


def approve(tx: Transaction, scope: str, who: str) -> list[GuestLink]:
    """Believe what is missing from a scope (a cluster, or "documented"): the next run concludes from it.

    Raises Invalid without an author, NotFound when nothing is missing there.
    """
    take_turn(tx, FINDINGS)
    if not who.strip() or len(who) > LONGEST_NAME:
        raise Invalid(f"auteur : de 1 à {LONGEST_NAME} caractères.")
    missing = [link for link in store.missing_links(tx) if _is_of(link, scope)]
    if not missing:
        raise NotFound(f"« {scope} » : rien n'y manque, il n'y a rien à approuver.")
    for link in missing:
        link.approved_by = who.strip()
    tx.flush()
    return missing


def _is_of(link: GuestLink, scope: str) -> bool:
    if scope == DOCUMENTED:
        return link.undocumented_since is not None
    return link.missing_since is not None and link.cluster == scope
