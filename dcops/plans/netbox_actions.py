"""The actions that correct NetBox: drafted from findings, made exact requests with what NetBox holds, carried out.

``draft_all`` needs the database, ``resolve`` and ``carry_out`` the network: never both at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dcops.plans.documented import LastTold
from inventory.doc_rules import STATES
from inventory.errors import DomainError, Invalid
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import Action, Kind, expected_of
from inventory.sources.netbox_requests import MachineSaid, Request, request_of, shown
from inventory.sources.netbox_resolving import (
    Change,
    MachineFix,
    NewMachine,
    NewRack,
    NewTenant,
    RackFix,
    Resolved,
    resolved,
)
from inventory.sources.netbox_writer import NetboxWriter

_CREATED = ("tenant.undocumented", "rack.undocumented", "vm.undocumented")
"""The rules that a creation settles, in the order in which one may need another."""
_WORDS = {
    "name": "nom", "cluster": "cluster", "vmid": "n°", "status": "statut", "vcpus": "vCPU", "memory": "mémoire",
    "disk": "disque",
}  # fmt: skip
_UNITS = {"memory": " Go", "disk": " Go"}


@dataclass(frozen=True)
class Draft:
    """What is to be changed in NetBox to settle findings, before NetBox is asked how."""

    findings: tuple[int, ...]
    kind: Kind
    title: str
    expected: Mapping[str, Any]
    change: Change


Drafted = tuple[Sequence[Finding], Draft | DomainError]
"""Findings, and the one draft that settles them, or why there is none."""


def draft_all(tx: Transaction, findings: Sequence[Finding], now: datetime) -> list[Drafted]:
    """The drafts of findings: one for all those of an object, and what the others may need, a tenant, before them."""
    told = LastTold(tx, now)
    together: dict[tuple[str, Kind], list[Finding]] = {}
    for finding in findings:
        together.setdefault((finding.thing, _kind(finding.rule)), []).append(finding)
    drafted = [(found, _tried(told, found, kind)) for (_, kind), found in together.items()]
    return sorted(drafted, key=_turn)


def _turn(drafted: Drafted) -> int:
    rule = drafted[0][0].rule
    return _CREATED.index(rule) if rule in _CREATED else len(_CREATED)


def _kind(rule: str) -> Kind:
    return Kind.NETBOX_CREATE if rule in _CREATED else Kind.NETBOX_PATCH


def _tried(told: LastTold, findings: Sequence[Finding], kind: Kind) -> Draft | DomainError:
    try:
        change, words = _change(told, findings)
    except DomainError as refused:
        return refused
    first, *others = findings
    also = {str(finding.id): expected_of(finding) for finding in others}
    expected = expected_of(first) | ({"also": also} if also else {})
    return Draft(tuple(finding.id for finding in findings), kind, words, expected, change)


def _change(told: LastTold, findings: Sequence[Finding]) -> tuple[Change, str]:
    """What settles the findings of one thing, and the sentence that says it."""
    first = findings[0]
    match first.rule:
        case "tenant.undocumented":
            return NewTenant(first.sold["slug"], first.sold["name"]), f"Créer le tenant « {first.sold['name']} »"
        case "rack.undocumented":
            return _new_rack(told, first)
        case "rack.misdocumented":
            return _rack_fix(told, findings)
        case "vm.undocumented":
            return _new_machine(told, first)
        case "vm.misdocumented" | "vm.tenant-differs":
            return _machine_fix(told, findings)
    raise Invalid(f"la règle {first.rule} ne se corrige pas dans NetBox : choisir une autre action.")


def _new_rack(told: LastTold, finding: Finding) -> tuple[Change, str]:
    said = finding.sold
    tenant = told.tenant(said["customer"]) if said.get("customer") else None
    change = NewRack(said["rack"], said["u_height"], said["site"], said["room"], tenant)
    return change, f"Créer la baie {said['rack']} ({said['u_height']} U) dans {said['room']}, {said['site']}"


def _rack_fix(told: LastTold, findings: Sequence[Finding]) -> tuple[Change, str]:
    name = findings[0].thing.removeprefix("rack:")
    fields: dict[str, Any] = {}
    words = []
    for finding in findings:
        if finding.field == "tenant":
            slug = told.tenant(finding.sold) if finding.sold else None
            fields["tenant"] = {"slug": slug} if slug else None
            words.append(f"tenant {slug or 'aucun'}")
        else:
            fields["u_height"] = finding.sold
            words.append(f"{finding.sold} U")
    return RackFix(_id(told.rack(name).reference), fields), f"Corriger la baie {name} : {', '.join(words)}"


def _new_machine(told: LastTold, finding: Finding) -> tuple[Change, str]:
    real = told.trio(finding.thing).real
    if real is None or real.cluster is None:
        raise Invalid(f"{finding.thing} ne tourne plus : relancer le rapprochement.")
    customer = finding.customer.code if finding.customer else None
    said = MachineSaid(
        real.name, real.status, real.vcpus, real.memory_bytes, real.disk_bytes, real.disks, real.vmid,
        told.tenant(customer) if customer else None,
    )  # fmt: skip
    return NewMachine(said, real.cluster), f"Documenter la machine {real.name} dans {real.cluster}"


def _machine_fix(told: LastTold, findings: Sequence[Finding]) -> tuple[Change, str]:
    trio, fields = told.trio(findings[0].thing), {finding.field for finding in findings}
    if trio.documented is None:
        raise Invalid(f"{findings[0].thing} n'est plus documentée : relancer le rapprochement.")
    said, words = MachineSaid(), []
    for finding in findings:
        if finding.rule == "vm.tenant-differs":
            said = replace(said, tenant=told.tenant(finding.sold))
            words.append(f"tenant {said.tenant}")
        else:
            words.append(_changed(finding))
    cluster = None
    if trio.real is not None:
        said, cluster = _real_fields(said, trio.real, fields), trio.real.cluster if "cluster" in fields else None
    change = MachineFix(_id(trio.documented.reference), said, cluster, "disk" in fields)
    return change, f"Corriger la machine {trio.documented.name} : {', '.join(words)}"


def _changed(finding: Finding) -> str:
    """``mémoire 8 → 4 Go``."""
    before, after = _said(finding.documented), _said(finding.real)
    return f"{_WORDS[finding.field]} {before} → {after}{_UNITS.get(finding.field, '')}"


def _said(value: Any) -> str:
    """A value of ``vm.misdocumented`` in a French sentence: sizes as people write them, states as they are called."""
    if value is None:
        return "aucun"
    return STATES.get(value, value) if isinstance(value, str) else str(value)


def _real_fields(said: MachineSaid, real: Any, fields: set[str]) -> MachineSaid:
    """The fields that differ, as reality has them; the others are left unsaid."""
    columns = {
        "name": {"name": real.name},
        "status": {"status": real.status},
        "vcpus": {"vcpus": real.vcpus},
        "memory": {"memory_bytes": real.memory_bytes},
        "vmid": {"vmid": real.vmid},
        "disk": {"disk_bytes": real.disk_bytes, "drives": real.disks},
    }
    return replace(said, **{name: value for field in fields & columns.keys() for name, value in columns[field].items()})


def _id(reference: str | None) -> int:
    if reference is None or not reference.isdecimal():
        raise Invalid("la fiche n'a pas de numéro NetBox : elle vient d'une autre documentation, la corriger là-bas.")
    return int(reference)


def resolve(draft: Draft, writer: NetboxWriter) -> Action:
    """The exact requests of a draft, with what NetBox holds now; nothing is written.

    Raises Invalid or Conflict, with the remedy, where NetBox lacks what is needed, or is already as it should be.
    """
    found: Resolved = resolved(draft.change, writer)
    payload: dict[str, Any] = {"requests": [request.document() for request in found.requests]}
    payload |= {"left": list(found.left)} if found.left else {}
    title = f"{draft.title}{_left(found.left)}"
    return Action(draft.findings[0], draft.kind, found.target, title, payload, draft.expected)


def _left(disks: Sequence[str]) -> str:
    return f" ; à retirer à la main dans NetBox : {', '.join(disks)}" if disks else ""


def requests_of(action: Action) -> list[Request]:
    """The requests of an action, in their order."""
    return [request_of(document) for document in action.payload["requests"]]


def shown_requests(payload: Mapping[str, Any], url: str) -> list[str]:
    """Each request of an action's payload exactly as it is sent to the NetBox at ``url``; only the token is hidden."""
    return [shown(request_of(document), url) for document in payload["requests"]]


def carry_out(action: Action, writer: NetboxWriter) -> str:
    """Send the requests that are not done yet, and say what was done.

    Raises Outdated when NetBox changed since the plan was reviewed, Invalid when writing is off, Unavailable in the
    words of NetBox. Carrying out again goes on where it stopped.
    """
    sent = sum([writer.carry_out(request) for request in requests_of(action)])
    if not sent:
        return "NetBox est déjà ainsi, rien n'a été envoyé."
    return f"NetBox corrigé et relu : {sent} écriture{'s' if sent > 1 else ''} ({action.target})."
