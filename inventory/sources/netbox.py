"""What NetBox documents: racks, what is mounted and reserved in them, and virtual machines; never writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import pynetbox
import requests
from pynetbox.core.query import Request

from inventory.answers import GUESTS_SCOPE, SPACE_SCOPE
from inventory.clock import Clock
from inventory.facts import Fact, Scope, ScopeStatus, Snapshot
from inventory.french import counted
from inventory.sources.faults import FAILURES, explain, is_unreachable, status_of
from inventory.sources.netbox_rows import RackScale, guest, mounting, rack_unit, reservations

NAME = "netbox"
SCOPES = SPACE_SCOPE, GUESTS_SCOPE
PAGE = 1000
"""The largest page NetBox gives; small pages cost six times more."""
NAMED = 5
"""Rows named in one sentence before it only counts the others."""
Row = Mapping[str, Any]

_RACKS = "dcim/racks", "id,name,site,location,u_height,starting_unit,desc_units"
_TYPES = "dcim/device-types", "id,u_height"
_DEVICES = "dcim/devices", "id,name,device_type,role,tenant,rack,position,face"
_RESERVATIONS = "dcim/rack-reservations", "id,rack,units,status,tenant,description"
_VMS = (
    "virtualization/virtual-machines",
    "id,name,status,cluster,tenant,vcpus,memory,disk,serial,custom_fields",
)


@dataclass(frozen=True)
class NetboxSource:
    """One NetBox, in two scopes: "racks" (RackUnit, Mounting, Reservation) and "virtual-machines" (Guest).

    ``filters`` are NetBox's own query filters (``{"site": "amiens"}``), put on every list but device types; NetBox
    ignores those it does not know. ``megabyte`` is what its server counts as a GB in MB: it does not say.
    """

    kind: ClassVar[str] = "documented"
    url: str
    token: str = field(repr=False)
    verify_tls: bool | Path
    timeout_s: float
    filters: Mapping[str, Any]
    megabyte: Literal[1000, 1024]
    clock: Clock
    name: str = NAME

    def facts(self) -> Snapshot:
        """Everything documented. Never raises for what NetBox does: the scopes say it, in French."""
        taken_at, started = self.clock.now(), time.perf_counter()
        reader = _Reader(self._api(), self.filters, self._sentence)
        reader.knock()
        scopes = (_racks(reader), _virtual_machines(reader, self.megabyte))
        return Snapshot(self.name, self.kind, taken_at, time.perf_counter() - started, scopes)

    def _api(self) -> Any:
        # pynetbox adds /api itself: an address copied from NetBox's API page has it already.
        api = pynetbox.api(self.url.rstrip("/").removesuffix("/api"), token=self.token)
        session = _PatientSession(self.timeout_s)
        session.verify = str(self.verify_tls) if isinstance(self.verify_tls, Path) else self.verify_tls
        api.http_session = session
        return api

    def _sentence(self, error: Exception) -> str:
        return explain(f"NetBox ({self.url})", error, self.timeout_s, self.token)


class _PatientSession(requests.Session):
    """A session whose every request gives up after ``timeout_s``: pynetbox itself waits for ever."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def request(self, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", self._timeout_s)
        return super().request(*args, **options)


@dataclass
class _Reader:
    """Reads lists page by page. Once NetBox is known not to answer us at all, it is not asked again."""

    api: Any
    filters: Mapping[str, Any]
    sentence: Callable[[Exception], str]
    shut: str | None = None

    def knock(self) -> None:
        """One small question first: a dead or closed NetBox is found out once, not list after list."""
        try:
            self.api.status()
        except FAILURES as error:
            if is_unreachable(error) or status_of(error) in (401, 403):
                self.shut = self.sentence(error)

    def rows(self, listing: tuple[str, str], filters: Mapping[str, Any]) -> tuple[list[Row], list[str]]:
        """(rows, faults): every row of a list, or those before the page that failed and the sentence that says so.

        Plain rows through pynetbox's paging, not its Records: a Record asks again for each field it was not given.
        """
        path, fields = listing
        if self.shut:
            return [], [self.shut]
        found: dict[int, Row] = {}
        query = {**filters, "fields": fields, "ordering": "id"}
        request = Request(
            f"{self.api.base_url}/{path}/", self.api.http_session, filters=query, limit=PAGE, token=self.api.token
        )
        try:
            for row in request.get():
                found[int(row["id"])] = row
        except FAILURES as error:
            # A 403 here is about this list only (the token was good at the door); no answer is about all of them.
            sentence = self.sentence(error)
            self.shut = sentence if is_unreachable(error) else None
            return list(found.values()), [f"{path} : {sentence}"]
        return list(found.values()), _shortage(path, len(found), request.count)


def _shortage(path: str, received: int, announced: int | None) -> list[str]:
    """Rows move between pages when somebody edits meanwhile: fewer than announced is not the whole list."""
    if announced is None or received >= announced:
        return []
    return [f"{path} : {received} objets reçus sur {announced} annoncés par NetBox ; relancer la synchronisation."]


def _racks(reader: _Reader) -> Scope:
    racks, faults = reader.rows(_RACKS, reader.filters)
    types, type_faults = reader.rows(_TYPES, {})
    devices, device_faults = reader.rows(_DEVICES, {**reader.filters, "position__empty": "false"})
    reserved, reserved_faults = reader.rows(_RESERVATIONS, reader.filters)
    scales = {int(row["id"]): RackScale.of(row) for row in racks}
    heights = {int(row["id"]): float(row["u_height"]) for row in types}
    facts, problems = _converted(racks, lambda row: [rack_unit(row)])
    mounted, mounted_problems = _converted(devices, partial(mounting, heights=heights, scales=scales))
    kept, kept_problems = _converted(reserved, partial(reservations, scales=scales))
    faults += type_faults + device_faults + reserved_faults + problems + mounted_problems + kept_problems
    return _scope(SPACE_SCOPE, [*facts, *mounted, *kept], faults)


def _virtual_machines(reader: _Reader, megabyte: int) -> Scope:
    rows, faults = reader.rows(_VMS, reader.filters)
    facts, problems = _converted(rows, lambda row: [guest(row, megabyte)])
    return _scope(GUESTS_SCOPE, facts, faults + problems)


def _converted(rows: list[Row], convert: Callable[[Row], list[Any]]) -> tuple[list[Fact], list[str]]:
    """(facts, faults): one row that cannot be read never hides the others; one fault per reason."""
    facts: list[Fact] = []
    ignored: dict[str, list[str]] = {}
    for row in rows:
        try:
            facts += convert(row)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            ignored.setdefault(str(error), []).append(
                f"« {row.get('name') or row.get('description')} » (n° {row['id']})"
            )
    return facts, [f"NetBox : {_some(names)} : ligne ignorée, {reason}." for reason, names in ignored.items()]


def _some(names: list[str]) -> str:
    more = f" et {counted(len(names) - NAMED, 'autre')}" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _scope(name: str, facts: list[Fact], faults: list[str]) -> Scope:
    status = ScopeStatus.COMPLETE
    if faults:
        status = ScopeStatus.PARTIAL if facts else ScopeStatus.FAILED
    return Scope(name, status, tuple(facts), tuple(dict.fromkeys(faults)))
