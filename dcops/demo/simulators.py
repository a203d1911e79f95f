"""The outside world of the demo: Proxmox clusters, a backup server, a NetBox and PDUs, on loopback sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from threading import Thread

from dcops.demo import modbus, netbox, pbs, proxmox, snmp
from dcops.demo.backups import pbs_world
from dcops.demo.folder import Folder, Ports
from dcops.demo.real import netbox_world, proxmox_world
from dcops.demo.tls import Certificate
from dcops.demo.world import pdus
from inventory.clock import Clock


@contextmanager
def running(folder: Folder, wanted: Ports, clock: Clock, ago: int = 0) -> Iterator[Ports]:
    """Simulators that answer while the block lasts; yields their ports: those wanted, or free ones when taken.

    They answer from the world as it was so many days ``ago``.
    """
    certificate = folder.certificate(clock.now())
    with ExitStack() as stack:
        clusters = {
            name: stack.enter_context(_or_free(partial(_cluster, folder, name, certificate, ago), port))
            for name, port in wanted.proxmox.items()
        }
        documentation = stack.enter_context(_or_free(partial(_documentation, folder, ago), wanted.netbox))
        backups = stack.enter_context(_or_free(partial(_backups, folder, certificate, clock), wanted.pbs))
        agents, meter = stack.enter_context(_meters(wanted, clock))
        yield Ports(clusters, documentation, agents, backups, meter)


@contextmanager
def _cluster(folder: Folder, name: str, certificate: Certificate, ago: int, port: int) -> Iterator[int]:
    with proxmox.serving(proxmox_world(name, folder.secret("proxmox"), ago), certificate, port) as server:
        yield server.port


@contextmanager
def _backups(folder: Folder, certificate: Certificate, clock: Clock, port: int) -> Iterator[int]:
    token = folder.secret("pbs")
    with pbs.serving(lambda: pbs_world(token, clock.now()), certificate, port) as server:
        yield server.port


@contextmanager
def _documentation(folder: Folder, ago: int, port: int) -> Iterator[int]:
    with netbox.serving(netbox_world(folder.secret("netbox"), ago), port) as server:
        yield server.port


@contextmanager
def _or_free(serve: Callable[[int], AbstractContextManager[int]], port: int) -> Iterator[int]:
    """Serve on a port, or on a free one when somebody has it."""
    with ExitStack() as stack:
        try:
            taken = stack.enter_context(serve(port))
        except OSError:
            taken = stack.enter_context(serve(0))
        yield taken


@contextmanager
def _meters(wanted: Ports, clock: Clock) -> Iterator[tuple[list[int], int]]:
    """The PDUs' agents and the meter of the site, on an event loop of their own thread."""
    loop = asyncio.new_event_loop()
    agents = loop.run_until_complete(snmp.serve(pdus(), clock, wanted.snmp))
    meter = loop.run_until_complete(modbus.serve(clock, wanted.modbus))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield agents, meter
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
