"""The sources that the settings name, beside what each last answered and what it needs to be heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dcops.config import Settings
from inventory.models import SourceSnapshot

PVE, PBS, NETBOX, ANTIVIRUS = "pve", "pbs", "netbox", "antivirus"
NAMES = {PVE: "Proxmox VE", PBS: "Proxmox Backup Server", NETBOX: "NetBox", ANTIVIRUS: "Console antivirus"}
RIGHTS = {
    PVE: "un jeton d’API au rôle PVEAuditor sur / (lecture seule), donné à l’utilisateur et au jeton",
    PBS: "un jeton d’API au rôle DatastoreAudit sur /datastore, propagé, donné à l’utilisateur et au jeton",
    NETBOX: "un jeton sans droit d’écriture, d’un utilisateur qui a le droit « view », sans contrainte, sur les sites, "
    "les baies et leurs réservations, les appareils et leurs types, les clients, les machines et disques virtuels",
    ANTIVIRUS: "l’export CSV de la console, déposé régulièrement là où le réglage console_file le dit",
}


@dataclass(frozen=True)
class Connected:
    """One configured source. ``status`` None: it was never asked; ``objects`` counts what it told."""

    kind: str
    name: str
    where: str
    status: str | None
    at: datetime | None
    objects: int
    faults: tuple[str, ...]

    @property
    def heard(self) -> bool:
        return self.status == "complete"

    @property
    def title(self) -> str:
        return NAMES[self.kind]

    @property
    def rights(self) -> str:
        return RIGHTS[self.kind]


def connected(settings: Settings, snapshots: Sequence[SourceSnapshot]) -> list[Connected]:
    """Every configured source, in the order of the settings."""
    told = [_source(one.kind, one.name, f"{one.host}:{one.port}", snapshots) for one in settings.proxmox]
    if settings.netbox is not None:
        told.append(_source(NETBOX, "netbox", settings.netbox.url, snapshots))
    if settings.antivirus.console_file is not None:
        told.append(_source(ANTIVIRUS, "antivirus", str(settings.antivirus.console_file), snapshots))
    return told


def _source(kind: str, name: str, where: str, snapshots: Iterable[SourceSnapshot]) -> Connected:
    scopes = [one for one in snapshots if one.source == name]
    if not scopes:
        return Connected(kind, name, where, None, None, 0, ())
    states = {one.status for one in scopes}
    return Connected(
        kind, name, where, states.pop() if len(states) == 1 else "partial", max(one.taken_at for one in scopes),
        sum(one.object_count for one in scopes), tuple(fault for one in scopes for fault in one.faults),
    )  # fmt: skip
