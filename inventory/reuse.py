"""Whose place it is: what a person decides of a machine that took another's place, or that could be several."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inventory import store
from inventory.decisions import acknowledge
from inventory.errors import Conflict, Invalid, NotFound
from inventory.evidence_store import guests, links_found
from inventory.facts import Guest
from inventory.findings import MOVES, SETTLED, State
from inventory.match import REAL, identity, place_of
from inventory.models import Finding, FindingMove, GuestLink
from inventory.orm import Transaction

REUSED, AMBIGUOUS = "vm.reused-id", "vm.ambiguous"


def settle_reuse(tx: Transaction, finding_id: int, same: bool, who: str, why: str, now: datetime) -> Finding:
    """The machine of a place is the same as before with another fingerprint, or another machine.

    The same: its new fingerprint is kept, with what it was sold and documented as. Another: nothing of the old one is
    its own, and the next run learns who it is, new or come from elsewhere; an order that still names this place is to
    be ended or moved.
    Raises NotFound, Conflict when the finding is settled or of another rule or the machine is gone, Invalid without a
    reason.
    """
    finding = _finding(tx, finding_id, REUSED, why)
    link, guest = _standing(tx, finding)
    link.state = "known"
    if same:
        link.kind, link.uuid, link.macs = guest.kind, guest.uuid, list(guest.macs)
        link.name, link.node = guest.name, guest.node
    else:
        _part(tx, link)
    return _noted(tx, finding, who, "même machine" if same else "autre machine", why, now)


def _part(tx: Transaction, link: GuestLink) -> None:
    """Nothing is known of a place any more; what was sold for the machine that stood there is found by its name."""
    for machine in store.machines(tx):
        if (machine.cluster, machine.vmid) == (link.cluster, link.vmid):
            machine.vmid = None
    link.kind = link.uuid = link.name = link.node = link.sold = link.documented = None
    link.macs = []


def choose(tx: Transaction, finding_id: int, place: tuple[str, int], who: str, why: str, now: datetime) -> Finding:
    """Which of several real machines is the one that was sold, or documented: the next run takes it so.

    Raises NotFound, Conflict when the finding is settled or of another rule, Invalid for another machine.
    """
    finding = _finding(tx, finding_id, AMBIGUOUS, why)
    if place not in [_place(value) for value in finding.real or []]:
        raise Invalid(f"{place[0]}/{place[1]} n'est pas l'une des machines possibles : en choisir une de la liste.")
    asked = getattr(finding, finding.field)
    if len(asked) != 1:
        raise Conflict(f"{len(asked)} fiches se disputent ces machines : compléter leur VMID pour les distinguer.")
    told = _told(tx, finding.field, asked[0])
    link = store.guest_link(tx, *place)
    if link is None or place not in map(place_of, guests(tx, REAL)):
        raise NotFound(f"{place[0]}/{place[1]} n'est pas connue : relancer un rapprochement (dcops reconcile).")
    for other in links_found(tx, finding.field, told):  # who changes their mind says another one
        setattr(other, finding.field, None)
    setattr(link, finding.field, told)
    return _noted(tx, finding, who, f"c'est {place[0]}/{place[1]}", why, now)


def _noted(tx: Transaction, finding: Finding, who: str, what: str, why: str, now: datetime) -> Finding:
    """Keep the decision in the history of the finding, which waits for the next run to see it gone."""
    state, said = State(finding.state), f"{what} : {why.strip()}"
    if State.ACKNOWLEDGED in MOVES[state]:
        return acknowledge(tx, finding.id, who, said, now)
    finding.moves.append(FindingMove(at=now, before=state, after=state, who=who, why=said))
    tx.flush()
    return finding


def _told(tx: Transaction, truth: str, values: dict[str, Any]) -> str:
    """The identity of the guest that a finding shows, as its source last told it."""
    known = ("name", "cluster", "vmid", "customer")
    for guest in guests(tx, truth):
        if all(getattr(guest, name) == values.get(name) for name in known) and (word := identity(guest)):
            return word
    raise Conflict("ce qui est vendu ou documenté a changé depuis : relancer un rapprochement (dcops reconcile).")


def _finding(tx: Transaction, finding_id: int, rule: str, why: str) -> Finding:
    """The finding that is decided on, once there is a reason for it."""
    if not why.strip():
        raise Invalid("une décision se motive : dire pourquoi.")
    finding = store.finding(tx, finding_id)
    if finding.rule != rule:
        raise Conflict(f"l'écart n° {finding_id} est un « {finding.rule} » : cette décision n'est pas pour lui.")
    if finding.state in SETTLED:
        raise Conflict(f"l'écart n° {finding_id} n'est plus là : il n'y a rien à décider.")
    return finding


def _standing(tx: Transaction, finding: Finding) -> tuple[GuestLink, Guest]:
    """The link of a place and the guest that stands there now."""
    cluster, vmid = _place(finding.real)
    link = store.guest_link(tx, cluster, vmid)
    guest = next((one for one in guests(tx, REAL) if place_of(one) == (cluster, vmid)), None)
    if link is None or guest is None:
        raise Conflict(f"{finding.thing} n'est plus là : relancer un rapprochement (dcops reconcile).")
    return link, guest


def _place(values: dict[str, Any]) -> tuple[str, int]:
    return str(values.get("cluster")), int(values.get("vmid") or 0)
