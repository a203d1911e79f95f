"""One thing as one source tells it: frozen facts, gathered in scopes and snapshots; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

GIB = 1024**3
MIB = 1024**2


class ScopeStatus(StrEnum):
    """How much of a scope its source could tell. Only in a COMPLETE scope does absence mean absent."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"

    @property
    def french(self) -> str:
        """The word that people read, of a source or an answer."""
        return {"complete": "complète", "partial": "partielle", "failed": "en échec"}[self.value]


@dataclass(frozen=True, slots=True)
class Guest:
    """A virtual machine or container as one source tells it. ``None`` means the source does not say."""

    name: str | None
    cluster: str | None
    vmid: int | None
    kind: str | None = None  # Proxmox's "qemu" or "lxc"
    node: str | None = None
    status: str | None = None  # "running", "stopped", "unknown"
    template: bool = False
    vcpus: Decimal | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    customer: str | None = None  # a customer code, when the source names one
    uuid: str | None = None
    macs: tuple[str, ...] = ()
    start: date | None = None  # sold: first day; documented and real: None
    end: date | None = None  # sold: day after the last one
    reference: str | None = None  # the source's own id, e.g. "qemu/101" or NetBox's id
    problems: tuple[str, ...] = ()
    pool: str | None = None  # Proxmox's pool, as it is written
    tags: tuple[str, ...] = ()
    tenant: str | None = None  # NetBox's tenant slug, as it is written
    backup_days: int | None = None  # sold: days that its backups are kept
    disks: tuple[tuple[str, int], ...] = ()  # (name, bytes) of its drives, or of its virtual disks
    version: str | None = None  # documented: NetBox's last_updated, to know a change since

    @property
    def measures(self) -> tuple[Decimal | None, int | None, int | None]:
        """vCPU, bytes of memory and bytes of disk."""
        return self.vcpus, self.memory_bytes, self.disk_bytes


@dataclass(frozen=True, slots=True)
class RackUnit:
    """A rack as one source tells it."""

    name: str
    site: str | None
    room: str | None
    u_height: int
    reference: str | None = None
    tenant: str | None = None
    customer: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Mounting:
    """A device in a rack; position and height in half units from the bottom (NetBox allows half units)."""

    rack: str
    name: str
    first_half_unit: int
    half_units: int
    face: str | None
    tenant: str | None
    role: str | None = None
    reference: str | None = None
    customer: str | None = None  # whose it is, by the rules that read tenants


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units set aside in a rack (NetBox reservation), or sold (a share): half units, half open."""

    rack: str
    first_half_unit: int
    end_half_unit: int
    customer: str | None
    label: str
    start: date | None = None
    end: date | None = None
    reference: str | None = None
    cage: str | None = None  # sold: the private cage that the rack is of


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant of the documentation (documented), or a customer that could be one (sold: its code and name)."""

    slug: str
    name: str
    customer: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Appliance:
    """A device known by its serial number: a backup box as sold (with its plan and days) or as documented."""

    serial: str
    name: str
    customer: str | None
    plan_gb: int | None = None
    start: date | None = None
    end: date | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class BackupStore:
    """What a backup server holds in one datastore: bytes and groups None where it does not say."""

    server: str
    name: str
    used_bytes: int | None
    total_bytes: int | None
    groups: int | None = None
    last_backup: datetime | None = None
    holder: str | None = None  # the serial of a box, or the code of a customer, that the rules read in its name


@dataclass(frozen=True, slots=True)
class BackupGroup:
    """The backups of one guest in one datastore and namespace ("" is the root)."""

    server: str
    store: str
    namespace: str
    kind: str  # "vm", "ct" or "host"
    backup_id: str
    count: int
    last_backup: datetime | None
    cluster: str | None = None  # the Proxmox cluster that writes there, when the settings say


@dataclass(frozen=True, slots=True)
class Seats:
    """Antivirus licences of one kind ("workstation", "server"): sold on some days, or counted by the console."""

    customer: str | None
    kind: str
    quantity: int
    start: date | None = None
    end: date | None = None
    group: str | None = None  # the console's own word for the customer
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedPower:
    """What one feed of a rack ("A+B": both) draws: its peak over the last days, and what it may carry.

    Watts are None if unknown; ``unmetered`` are the references of the shares whose energy from it nothing counts.
    """

    rack: str
    feed: str
    metered: bool
    peak_w: int | None
    capacity_w: int | None
    unmetered: tuple[str, ...] = ()


Fact = Guest | RackUnit | Mounting | Reservation | Tenant | Appliance | BackupStore | BackupGroup | Seats | FeedPower
GUESTS, SPACE, TENANTS = "guests", "space", "tenants"
BACKUPS, ANTIVIRUS, POWER = "backups", "antivirus", "power"
"""What a scope may be about."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a source tells of one part of its world (a Proxmox cluster, a NetBox), and how completely.

    ``faults`` are sentences for a person; a FAILED scope has no facts and at least one fault. ``subject`` is one of
    those above; None where one scope tells everything its source knows. ``digest`` is that of the facts, where it was
    worked out as they came.
    """

    name: str
    status: ScopeStatus
    facts: tuple[Fact, ...] = ()
    faults: tuple[str, ...] = ()
    subject: str | None = None
    digest: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer of one source at one instant."""

    source: str
    kind: str  # "sold", "documented" or "real"
    taken_at: datetime
    duration_s: float
    scopes: tuple[Scope, ...] = field(default=())

    @property
    def status(self) -> ScopeStatus:
        """COMPLETE when every scope is, FAILED when every scope is, else PARTIAL."""
        states = {scope.status for scope in self.scopes} or {ScopeStatus.FAILED}
        return states.pop() if len(states) == 1 else ScopeStatus.PARTIAL
