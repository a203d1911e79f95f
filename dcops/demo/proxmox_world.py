"""What a make-believe Proxmox VE cluster is made of: frozen values that the simulator answers from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class SimNode:
    """A hypervisor. ``online=False`` makes its guests "unknown" and its calls answer 595, as a real cluster does."""

    name: str
    online: bool = True
    cpus: int = 32
    memory_gib: int = 256


@dataclass(frozen=True)
class SimGuest:
    """A virtual machine (``kind`` "qemu") or container ("lxc").

    ``disks_gib`` lists its volumes in GiB, the system disk first. ``pool`` and ``tags`` are where the operator
    writes whose it is (see ``inventory.mapping``). ``extra`` adds or replaces raw lines of the
    configuration, e.g. ``(("ide2", "none,media=cdrom"), ("scsi1", "/dev/sdb"))``.
    """

    vmid: int
    name: str
    node: str
    kind: str = "qemu"
    status: str = "running"
    vcpus: int = 1
    memory_mib: int = 2048
    disks_gib: tuple[int, ...] = (20,)
    pool: str | None = None
    tags: tuple[str, ...] = ()
    template: bool = False
    uuid: str | None = None
    macs: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.vmid}"


@dataclass(frozen=True)
class ProxmoxWorld:
    """A whole cluster and the one token it accepts.

    ``forbidden`` holds the vmids whose configuration the token may not read (403). ``all_seeing=False`` makes a
    token without any right: every list is empty, with status 200.
    """

    cluster: str
    nodes: tuple[SimNode, ...]
    guests: tuple[SimGuest, ...] = ()
    user: str = "dcops@pve"
    token_name: str = "lecture"  # noqa: S105 - its name, not its secret
    token: str = field(default="00000000-0000-4000-8000-000000000000", repr=False)
    forbidden: frozenset[int] = frozenset()
    all_seeing: bool = True
    version: str = "9.1.3"

    def node(self, name: str) -> SimNode | None:
        return self._nodes.get(name)

    def guest(self, node: str, kind: str, vmid: int) -> SimGuest | None:
        return self._guests.get((node, kind, vmid))

    @property
    def visible(self) -> tuple[SimGuest, ...]:
        """The guests the token may see."""
        return self.guests if self.all_seeing else ()

    @cached_property
    def _nodes(self) -> dict[str, SimNode]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _guests(self) -> dict[tuple[str, str, int], SimGuest]:
        return {(guest.node, guest.kind, guest.vmid): guest for guest in self.guests}
