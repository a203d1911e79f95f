"""Whether the token sees all there is: NetBox leaves out the rows it may not see without a word.

The counts it gives of what belongs to a site or a tenant are those of everybody, whatever the token may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from inventory.sources.netbox_reader import Reader, Row


@dataclass(frozen=True)
class _Owners:
    """What things belong to; ``column`` is the filter by which the lists of things tell to which."""

    name: str
    listing: tuple[str, str]
    column: str


_SITES = _Owners("site", ("dcim/sites", "id,rack_count,device_count,virtualmachine_count"), "site_id")
_TENANTS = _Owners("tenant", ("tenancy/tenants", "id,name,slug,rack_count,virtualmachine_count"), "tenant_id")
# Clusters count their machines too, but NetBox reads every machine to list them: as long as all the rest.


class Sight:
    """Compares what the token sees with what there is, whatever the filters of the settings.

    It cannot tell a token that sees neither some machines nor the sites and tenants they belong to, nor one that
    sees only some reservations: nothing counts them.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._owners = cache(lambda owners: reader.rows(owners.listing, {}))  # several scopes ask

    def tenants(self) -> tuple[list[Row], list[str]]:
        """(rows, faults) of the tenants, whatever the filters: asked for once."""
        rows, faults = self._owners(_TENANTS)
        return rows, list(faults)

    def of_racks(self) -> list[str]:
        """Sentences: racks or devices that the token does not see, or why this is not known."""
        return [
            *self._doubts("dcim/racks", _SITES, "rack_count"),
            *self._doubts("dcim/racks", _TENANTS, "rack_count"),
            *self._doubts("dcim/devices", _SITES, "device_count"),
        ]

    def of_machines(self) -> list[str]:
        """Sentences: virtual machines that the token does not see, or why this is not known."""
        path = "virtualization/virtual-machines"
        return [doubt for kind in (_SITES, _TENANTS) for doubt in self._doubts(path, kind, "virtualmachine_count")]

    def _doubts(self, path: str, owners: _Owners, count: str) -> list[str]:
        rows, faults = self._owners(owners)
        seen, refusal = self._reader.count(path, {f"{owners.column}__n": "null"})
        if faults or seen is None:
            return [self._reader.shut or f"rien ne dit que le jeton voit tout : {fault}" for fault in faults + refusal]
        there = sum(int(row.get(count) or 0) for row in rows)
        if seen >= there:
            return []
        return [
            f"{path} : le jeton ne voit que {seen} des {there} objets que NetBox compte par {owners.name} ; "
            "donner à son utilisateur le droit « view » sans contrainte, ou relancer si NetBox vient de changer."
        ]
