"""The composition root: settings in, running parts out. The only module that knows every concrete class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Netbox, Proxmox
from inventory.clock import Clock, SystemClock
from inventory.errors import Invalid

if TYPE_CHECKING:
    from inventory.mapping import CustomerRules
    from inventory.sources import Source
    from inventory.sources.netbox_writer import NetboxWriter
    from metering.drivers import Driver
    from metering.drivers.snmp_plans import Plans


@dataclass(frozen=True)
class Parts:
    """What a way in (web, API, command, job) works with."""

    settings: Settings
    database: Database
    clock: Clock
    environ: Mapping[str, str] = field(repr=False)

    def sources(self) -> list[Source]:
        """Every configured source, ours last; asking them is the caller's choice of moment.

        One whose secret is missing is there too, and answers that it cannot be asked: the others are heard.
        """
        from dcops.contracts.source import ContractsSource
        from metering.source import MetersSource

        space = self.settings.space
        found = [self._proxmox(server) for server in self.settings.proxmox]
        if self.settings.netbox is not None:
            found.append(self._netbox(self.settings.netbox))
        if self.settings.antivirus.console_file is not None:
            found.append(self._antivirus(self.settings.antivirus.console_file))
        found.append(MetersSource(self.database, self.clock, space.feed_limit_percent, space.redundant))
        return [*found, ContractsSource(self.database, self.clock)]

    def customer_rules(self) -> CustomerRules:
        """Whose a thing is, by what outside systems write on it; without ``[[mapping]]``, the usual convention."""
        from inventory.mapping import DEFAULT_RULES, CustomerRules

        return CustomerRules(tuple(one.rule for one in self.settings.mapping) or DEFAULT_RULES)

    @property
    def _reading_limit_s(self) -> float:
        """When a slow source stops reading by itself, and tells what it has: a little before it is no longer heard."""
        return 0.9 * self.settings.reconcile.source_timeout_s

    def _proxmox(self, server: Proxmox) -> Source:
        from inventory.facts import BACKUPS, GUESTS
        from inventory.sources.memory import UnaskableSource
        from inventory.sources.pbs import PbsSource
        from inventory.sources.proxmox import ProxmoxSource

        try:
            secret = server.token(self.environ)
        except Invalid as error:
            why = f"Proxmox « {server.name} » : {error}"
            subject = GUESTS if server.kind == "pve" else BACKUPS
            return UnaskableSource(server.name, ProxmoxSource.kind, (server.name,), why, self.clock, subject)
        where = (server.name, server.host, server.listens_on, server.user, server.token_name, secret)
        how = (server.verify_tls, server.timeout_s, self.clock)
        if server.kind == "pve":
            return ProxmoxSource(*where, *how, self.customer_rules(), self._reading_limit_s)
        clusters = tuple(other.name for other in self.settings.proxmox if other.kind == "pve")
        return PbsSource(*where, *how, clusters, self.customer_rules())

    def _antivirus(self, file: Path) -> Source:
        from inventory.sources.antivirus import AntivirusSource

        antivirus = self.settings.antivirus
        return AntivirusSource(file, self.clock, antivirus.stale_days, antivirus.columns, self.customer_rules())

    def _netbox(self, netbox: Netbox) -> Source:
        from inventory.sources.memory import UnaskableSource
        from inventory.sources.netbox import NAME, SCOPES, NetboxSource

        try:
            secret = netbox.token(self.environ)
        except Invalid as error:
            return UnaskableSource(NAME, NetboxSource.kind, SCOPES, f"NetBox : {error}", self.clock)
        how = (netbox.verify_tls, netbox.timeout_s, netbox.filters, netbox.megabyte, self.clock, self.customer_rules())
        return NetboxSource(netbox.url, secret, *how, self._reading_limit_s)

    def netbox_writer(self) -> NetboxWriter:
        """What corrects NetBox; it only reads, and says how to let it write, while ``netbox.write`` is off.

        Raises Invalid when no NetBox is configured, or its secret is missing.
        """
        from inventory.sources.netbox_writer import NetboxWriter

        netbox = self.settings.netbox
        if netbox is None:
            raise Invalid("aucun NetBox n'est réglé : écrire son adresse et son jeton dans la section [netbox].")
        secret = netbox.write_token(self.environ) if netbox.write else netbox.token(self.environ)
        how = (netbox.verify_tls, netbox.timeout_s, netbox.megabyte, netbox.write, netbox.write_tag)
        return NetboxWriter(netbox.url, secret, *how)

    def drivers(self) -> Mapping[str, Driver]:
        """The driver of each kind of meter that can be polled."""
        return {kind: self.driver(kind) for kind in ("snmp", "modbus", "prometheus", "simulated")}

    def driver(self, kind: str) -> Driver:
        """The driver of one kind of meter, the only one whose library is loaded."""
        metering = self.settings.metering
        if kind == "snmp":
            from metering.drivers.snmp import SnmpDriver

            return SnmpDriver(metering.timeout_s, metering.profiles_dir, self.environ, self._snmp_plans)
        if kind == "modbus":
            from metering.drivers.modbus import ModbusDriver

            return ModbusDriver(metering.timeout_s, metering.profiles_dir)
        if kind == "prometheus":
            from metering.drivers.prometheus import PrometheusDriver

            return PrometheusDriver(metering.timeout_s, self.environ, self.clock)
        from metering.drivers.simulated import SimulatedDriver

        return SimulatedDriver(clock=self.clock)

    @cached_property
    def _snmp_plans(self) -> Plans:
        """What SNMP devices were found to have, from one round of polling to the next."""
        from metering.drivers.snmp_plans import Plans

        return Plans()


def build(settings: Settings, environ: Mapping[str, str], clock: Clock | None = None) -> Parts:
    """Make the parts of an installation; nothing is opened until it is used."""
    return Parts(
        settings, Database(settings.database.url, settings.metering.archive_dir), clock or SystemClock(), environ
    )
