"""What NetBox documents: racks, what is mounted and reserved in them, virtual machines, tenants; never writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, ClassVar, Literal

import pynetbox

from inventory.answers import GUESTS_SCOPE, SPACE_SCOPE, TENANTS_SCOPE
from inventory.clock import Clock
from inventory.facts import Fact, Scope, ScopeStatus, Snapshot
from inventory.french import some
from inventory.mapping import CONVENTION, CustomerRules
from inventory.sources.faults import explain
from inventory.sources.netbox_reader import PatientSession, Reader, Row
from inventory.sources.netbox_rows import (
    RackScale,
    Unreadable,
    appliances,
    disks_of_machines,
    guest,
    mounting,
    rack_unit,
    reservations,
    shared_names,
    tenant,
)
from inventory.sources.netbox_sight import Sight

NAME = "netbox"
SCOPES = SPACE_SCOPE, GUESTS_SCOPE, TENANTS_SCOPE

_RACKS = "dcim/racks", "id,name,site,location,tenant,u_height,starting_unit,desc_units,last_updated"
_TYPES = "dcim/device-types", "id,u_height"
_DEVICES = "dcim/devices", "id,name,device_type,role,tenant,serial,rack,position,face"
_RESERVATIONS = "dcim/rack-reservations", "id,rack,units,status,tenant,description"
_VMS = (
    "virtualization/virtual-machines",
    "id,name,status,cluster,tenant,vcpus,memory,disk,serial,tags,custom_fields,last_updated",
)
_ODD = "une de ses valeurs ne se lit pas"
_DISKS = "virtualization/virtual-disks", "id,virtual_machine,name,size"


@dataclass(frozen=True)
class NetboxSource:
    """One NetBox, in three scopes: "racks" (RackUnit, Mounting, Appliance, Reservation), "virtual-machines" (Guest)
    and "tenants" (Tenant).

    ``filters`` are NetBox's own query filters (``{"site": "amiens"}``), put on the lists of racks, devices,
    reservations and machines; NetBox ignores those it does not know. ``megabyte`` is what its server counts as a GB in
    MB: it does not say. A token that does not see everything makes a scope PARTIAL, as far as ``Sight`` can tell.
    ``rules`` say which customer a tenant is. No page is asked for ``limit_s`` seconds after the start.
    """

    kind: ClassVar[str] = "documented"
    url: str
    token: str = field(repr=False)
    verify_tls: bool | Path
    timeout_s: float
    filters: Mapping[str, Any]
    megabyte: Literal[1000, 1024]
    clock: Clock
    rules: CustomerRules = CONVENTION
    limit_s: float = inf
    name: str = NAME

    def facts(self) -> Snapshot:
        """Everything documented. Never raises for what NetBox does: the scopes say it, in French."""
        taken_at, started = self.clock.now(), time.perf_counter()
        reader = Reader(self._api(), self._sentence, time.monotonic() + self.limit_s)
        reader.knock()
        sight = Sight(reader)
        scopes = (self._racks(reader, sight), self._virtual_machines(reader, sight), self._tenants(sight))
        return Snapshot(self.name, self.kind, taken_at, time.perf_counter() - started, scopes)

    def _api(self) -> Any:
        # pynetbox adds /api itself: an address copied from NetBox's API page has it already.
        api = pynetbox.api(self.url.rstrip("/").removesuffix("/api"), token=self.token)
        session = PatientSession(self.timeout_s)
        session.verify = str(self.verify_tls) if isinstance(self.verify_tls, Path) else self.verify_tls
        api.http_session = session
        return api

    def _sentence(self, error: Exception) -> str:
        return explain(f"NetBox ({self.url})", error, self.timeout_s, self.token)

    def _racks(self, reader: Reader, sight: Sight) -> Scope:
        racks, faults = reader.rows(_RACKS, self.filters)
        types, type_faults = reader.rows(_TYPES, {})
        devices, device_faults = reader.rows(_DEVICES, self.filters)
        reserved, reserved_faults = reader.rows(_RESERVATIONS, self.filters)
        shared = shared_names(racks)
        scales = dict(_converted(racks, lambda row: _scale(row, shared))[0])
        heights = dict(_converted(types, lambda row: [(int(row["id"]), float(row["u_height"]))])[0])
        read = (
            _converted(racks, lambda row: [rack_unit(row, self.rules, shared)]),
            _converted(devices, lambda row: mounting(row, self.rules, heights, scales)),
            _converted(devices, lambda row: appliances(row, self.rules)),
            _converted(reserved, lambda row: reservations(row, self.rules, scales)),
        )
        faults += type_faults + device_faults + reserved_faults + [fault for _, problems in read for fault in problems]
        return _scope(SPACE_SCOPE, [fact for facts, _ in read for fact in facts], faults, sight.of_racks)

    def _virtual_machines(self, reader: Reader, sight: Sight) -> Scope:
        rows, faults = reader.rows(_VMS, self.filters)
        drives, drive_faults = reader.rows(_DISKS, {}, recent=True) if rows else ([], [])
        placed, lost = _converted(drives, lambda row: [(int(row["virtual_machine"]["id"]), row)])
        disks, in_gb = disks_of_machines(placed), reader.disks_in_gb
        facts, problems = _converted(
            rows, lambda row: [guest(row, self.rules, self.megabyte, disks.get(int(row["id"]), ()), in_gb)]
        )
        return _scope(GUESTS_SCOPE, facts, faults + drive_faults + lost + problems, sight.of_machines)

    def _tenants(self, sight: Sight) -> Scope:
        rows, faults = sight.tenants()
        facts, problems = _converted(rows, lambda row: [tenant(row, self.rules)])
        return _scope(TENANTS_SCOPE, facts, faults + problems, list)


def _scale(row: Row, shared: Container[str]) -> list[tuple[int, RackScale]]:
    return [] if row["name"] in shared else [(int(row["id"]), RackScale.of(row))]


def _converted(rows: list[Row], convert: Callable[[Row], list[Any]]) -> tuple[list[Any], list[str]]:
    """(what was read, faults): one row that cannot be read never hides the others; one fault per reason."""
    facts: list[Any] = []
    ignored: dict[str, list[str]] = {}
    for row in rows:
        try:
            facts += convert(row)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            name = row.get("name") or row.get("description")
            why = str(error) if isinstance(error, Unreadable) else _ODD
            ignored.setdefault(why, []).append(f"« {name} » (n° {row['id']})" if name else f"n° {row['id']}")
    return facts, [f"NetBox : {some(names)} : ligne ignorée, {reason}." for reason, names in ignored.items()]


def _scope(name: str, facts: list[Fact], faults: list[str], doubts: Callable[[], list[str]]) -> Scope:
    """A scope of which something was read, or nothing but an empty list, is whole only if the token sees all."""
    if faults and not facts:
        return Scope(name, ScopeStatus.FAILED, (), tuple(dict.fromkeys(faults)))
    faults = list(dict.fromkeys(faults + doubts()))
    return Scope(name, ScopeStatus.PARTIAL if faults else ScopeStatus.COMPLETE, tuple(facts), tuple(faults))
