"""The composition root: settings in, running parts out. The only module that knows every concrete class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dcops.config import Settings
from dcops.db import Database
from inventory.clock import Clock, SystemClock

if TYPE_CHECKING:
    from inventory.sources import Source
    from metering.drivers import Driver


@dataclass(frozen=True)
class Parts:
    """What a way in (web, API, command, job) works with."""

    settings: Settings
    database: Database
    clock: Clock
    environ: Mapping[str, str] = field(repr=False)

    def sources(self) -> list[Source]:
        """Every configured source, contracts last; asking them is the caller's choice of moment."""
        from dcops.contracts.source import ContractsSource
        from inventory.sources.netbox import NetboxSource
        from inventory.sources.proxmox import ProxmoxSource

        found: list[Source] = []
        for cluster in self.settings.proxmox:
            if cluster.kind == "pve":
                secret = cluster.token(self.environ)
                how = (cluster.verify_tls, cluster.timeout_s, self.clock)
                found.append(
                    ProxmoxSource(
                        cluster.name, cluster.host, cluster.port, cluster.user, cluster.token_name, secret, *how
                    )
                )
        if self.settings.netbox is not None:
            netbox = self.settings.netbox
            found.append(
                NetboxSource(
                    netbox.url,
                    netbox.token(self.environ),
                    netbox.verify_tls,
                    netbox.timeout_s,
                    netbox.filters,
                    netbox.megabyte,
                    self.clock,
                )
            )
        found.append(ContractsSource(self.database, self.clock))
        return found

    def drivers(self) -> Mapping[str, Driver]:
        """The driver of each kind of meter that can be polled."""
        from metering.drivers.snmp import SnmpDriver

        metering = self.settings.metering
        return {"snmp": SnmpDriver(metering.timeout_s, metering.profiles_dir)}


def build(settings: Settings, environ: Mapping[str, str], clock: Clock | None = None) -> Parts:
    """Make the parts of an installation; nothing is opened until it is used."""
    return Parts(settings, Database(settings.database.url), clock or SystemClock(), environ)
