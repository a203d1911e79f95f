"""A Proxmox VE cluster that exists only on paper, answering the real API over HTTPS from a frozen world."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode
from dcops.demo.serving import Answer, Question, Server, in_thread
from dcops.demo.tls import Certificate

GIB = 1024**3
MIB = 1024**2


class ProxmoxServer(Server):
    """The running simulator; assign ``world`` to change what it answers from the next request on."""

    def __init__(self, world: ProxmoxWorld, host: str, port: int, certificate: Certificate) -> None:
        self.world = world
        super().__init__(host, port, certificate, lambda question: answer(self.world, question))


@contextmanager
def serving(
    world: ProxmoxWorld, certificate: Certificate, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[ProxmoxServer]:
    """Serve the world over HTTPS in a thread while the block lasts; port 0 takes a free one (``server.port``)."""
    server = ProxmoxServer(world, host, port, certificate)
    with in_thread(server):
        yield server


def answer(world: ProxmoxWorld, question: Question) -> Answer:
    """What the cluster answers to a question, errors included; pure."""
    expected = f"PVEAPIToken={world.user}!{world.token_name}={world.token}"
    if "authorization" not in question.headers:
        return Answer(401, reason="No ticket")
    if question.headers["authorization"] != expected:
        return Answer(401, reason="Authentication failed!")
    path = question.path.removeprefix("/api2/json").strip("/")
    for pattern, handler in _ROUTES:
        if found := pattern.fullmatch(path):
            return handler(world, question, *found.groups())
    return Answer(501, {"data": None}, f"Method 'GET /{path}' not implemented")


def _data(value: Any) -> Answer:
    return Answer(200, {"data": value})


def _version(world: ProxmoxWorld, _: Question) -> Answer:
    release = ".".join(world.version.split(".")[:2])
    return _data({"version": world.version, "release": release, "repoid": "0123456789abcdef"})


def _resources(world: ProxmoxWorld, question: Question) -> Answer:
    wanted = question.query.get("type")
    rows = [_node_row(node) for node in world.nodes] if wanted in (None, "node") else []
    rows += [_guest_row(world, guest) for guest in world.visible] if wanted in (None, "vm") else []
    return _data(rows)


def _status(world: ProxmoxWorld, _: Question) -> Answer:
    online = sum(node.online for node in world.nodes)
    whole = {"type": "cluster", "id": "cluster", "name": world.cluster, "nodes": len(world.nodes), "version": 1}
    rows: list[dict[str, Any]] = [whole | {"quorate": int(online * 2 > len(world.nodes))}]
    for number, node in enumerate(world.nodes, 1):
        row = {"type": "node", "id": f"node/{node.name}", "name": node.name, "nodeid": number, "level": ""}
        rows.append(row | {"online": int(node.online), "local": int(number == 1), "ip": f"192.0.2.{number}"})
    return _data(rows)


def _nodes(world: ProxmoxWorld, _: Question) -> Answer:
    return _data([_node_row(node) for node in world.nodes])


def _guests_of(world: ProxmoxWorld, _: Question, name: str, kind: str) -> Answer:
    node = world.node(name)
    if node is None or not node.online:
        return _unreachable(node)
    rows = [_guest_row(world, guest) for guest in world.visible if (guest.node, guest.kind) == (name, kind)]
    return _data([_as_listed_by_its_node(row) for row in rows])


def _config(world: ProxmoxWorld, _: Question, name: str, kind: str, vmid: str) -> Answer:
    node, guest = world.node(name), world.guest(name, kind, int(vmid))
    if node is None or not node.online:
        return _unreachable(node)
    if not world.all_seeing or int(vmid) in world.forbidden:
        return Answer(403, {"data": None}, f"Permission check failed (/vms/{vmid}, VM.Audit)")
    if guest is None:
        folder = {"qemu": "qemu-server", "lxc": "lxc"}[kind]
        return Answer(500, {"data": None}, f"Configuration file 'nodes/{name}/{folder}/{vmid}.conf' does not exist")
    return _data(_config_of(guest))


def _pools(world: ProxmoxWorld, question: Question) -> Answer:
    names = sorted({guest.pool for guest in world.visible if guest.pool})
    wanted = question.query.get("poolid")
    if wanted is None:
        return _data([{"poolid": name} for name in names])
    if wanted not in names:
        return Answer(500, {"data": None}, f"pool '{wanted}' does not exist")
    return _data([{"poolid": wanted, "members": [_guest_row(world, g) for g in world.visible if g.pool == wanted]}])


def _permissions(world: ProxmoxWorld, _: Question) -> Answer:
    audit = {"VM.Audit": 1, "Sys.Audit": 1, "Pool.Audit": 1, "Datastore.Audit": 1}
    return _data({"/": audit, "/vms": audit, "/nodes": audit, "/pool": audit} if world.all_seeing else {})


def _unreachable(node: SimNode | None) -> Answer:
    if node is None:
        return Answer(500, {"data": None}, "hostname lookup failed - failed to get address info")
    return Answer(595, reason="No route to host")


def _node_row(node: SimNode) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"node/{node.name}", "node": node.name, "type": "node", "cgroup-mode": 2}
    if not node.online:
        return row | {"status": "offline"}
    size = {"maxcpu": node.cpus, "maxmem": node.memory_gib * GIB, "maxdisk": 100 * GIB, "disk": 20 * GIB}
    return (
        row | size | {"status": "online", "cpu": 0.1, "mem": node.memory_gib * GIB // 2, "uptime": 864000, "level": ""}
    )


def _guest_row(world: ProxmoxWorld, guest: SimGuest) -> dict[str, Any]:
    row: dict[str, Any] = {"id": guest.id, "vmid": guest.vmid, "node": guest.node, "type": guest.kind}
    row |= {"pool": guest.pool} if guest.pool else {}
    node = world.node(guest.node)
    if node is None or not node.online:
        return row | {"status": "unknown"}
    running = guest.status == "running"
    row |= {"name": guest.name, "status": guest.status, "maxcpu": guest.vcpus, "maxmem": guest.memory_mib * MIB}
    row |= {"maxdisk": (guest.disks_gib or (0,))[0] * GIB, "disk": 0, "template": int(guest.template)}
    row |= {"cpu": 0.02 if running else 0, "mem": guest.memory_mib * MIB // 2 if running else 0}
    row |= {"uptime": 86400 if running else 0, "netin": 0, "netout": 0, "diskread": 0, "diskwrite": 0}
    return row | ({"tags": ";".join(guest.tags)} if guest.tags else {})


def _as_listed_by_its_node(row: dict[str, Any]) -> dict[str, Any]:
    """A node's own list says ``cpus`` for ``maxcpu`` and leaves out what the cluster adds."""
    listed = {key: value for key, value in row.items() if key not in ("id", "node", "maxcpu", "pool", "type")}
    if not listed.pop("template", 0):
        return listed | {"cpus": row["maxcpu"]}
    return listed | {"cpus": row["maxcpu"], "template": True}


def _config_of(guest: SimGuest) -> dict[str, Any]:
    lines = _qemu_config(guest) if guest.kind == "qemu" else _lxc_config(guest)
    lines |= {"digest": f"{guest.vmid:040x}"}
    lines |= {"tags": ";".join(guest.tags)} if guest.tags else {}
    lines |= {"template": 1} if guest.template else {}
    return lines | dict(guest.extra)


def _qemu_config(guest: SimGuest) -> dict[str, Any]:
    prefix = "base" if guest.template else "vm"
    config: dict[str, Any] = {"name": guest.name, "cores": guest.vcpus, "sockets": 1, "memory": str(guest.memory_mib)}
    config |= {"ostype": "l26", "scsihw": "virtio-scsi-pci", "boot": "order=scsi0"}
    for index, size in enumerate(guest.disks_gib):
        config[f"scsi{index}"] = f"local-lvm:{prefix}-{guest.vmid}-disk-{index},discard=on,size={size}G"
    for index, mac in enumerate(guest.macs):
        config[f"net{index}"] = f"virtio={mac},bridge=vmbr0,firewall=1"
    return config | ({"smbios1": f"uuid={guest.uuid}"} if guest.uuid else {})


def _lxc_config(guest: SimGuest) -> dict[str, Any]:
    config: dict[str, Any] = {"hostname": guest.name, "cores": guest.vcpus, "memory": guest.memory_mib, "swap": 512}
    config |= {"arch": "amd64", "ostype": "debian"}
    for index, size in enumerate(guest.disks_gib):
        volume = f"local-lvm:vm-{guest.vmid}-disk-{index}"
        config |= {f"mp{index - 1}": f"{volume},mp=/mnt/{index},size={size}G"} if index else {}
        config |= {} if index else {"rootfs": f"{volume},size={size}G"}
    for index, mac in enumerate(guest.macs):
        config[f"net{index}"] = f"name=eth{index},bridge=vmbr0,hwaddr={mac},ip=dhcp,type=veth"
    return config


_Handler = Callable[..., Answer]
_ROUTES: tuple[tuple[re.Pattern[str], _Handler], ...] = (
    (re.compile(r"version"), _version),
    (re.compile(r"cluster/resources"), _resources),
    (re.compile(r"cluster/status"), _status),
    (re.compile(r"nodes"), _nodes),
    (re.compile(r"nodes/([^/]+)/(qemu|lxc)"), _guests_of),
    (re.compile(r"nodes/([^/]+)/(qemu|lxc)/(\d+)/config"), _config),
    (re.compile(r"pools"), _pools),
    (re.compile(r"access/permissions"), _permissions),
)
