"""How a Proxmox guest's configuration says what it is made of: drives, sizes, memory, processors; pure.

Proxmox counts in powers of 1024, writes ``property strings`` (``local:vm-1-disk-0,size=32G``) and leaves out what has
its default value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from inventory.facts import MIB

DEFAULT_MEMORY_MIB = 512
_DRIVE_KEY = re.compile(r"(?:ide|scsi|virtio|sata|efidisk|tpmstate|unused|mp)\d+|rootfs")
_LXC_KEY = re.compile(r"mp\d+|rootfs")
_VOLUME_ID = re.compile(r"[a-z][a-z0-9\-_.]*[a-z0-9]:.+", re.IGNORECASE | re.DOTALL)
_CLOUD_INIT = re.compile(r"[:/](?:vm-\d+-)?cloudinit(?:\.\w+)?$")
_MOST_BYTES, _MOST_CPUS = 2**63, 10**6
"""What is larger is no size that anybody gave: a mistyped line, not a machine to be valued."""
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(?:([KMGT])(?:iB)?)?")
_POWER = {None: 0, "K": 1, "M": 2, "G": 3, "T": 4}
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.IGNORECASE)
_NETWORK_KEY = re.compile(r"net(\d+)")


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive of a configuration.

    ``kind`` is "volume" (a disk that Proxmox gave), "cdrom", "cloudinit", "efi", "tpm", "unused" (kept, not
    attached), "bind" (a container sees a folder of the host) or "passthrough-device" (a device of the host).
    ``size_bytes`` is None when the string does not tell.
    """

    key: str
    file: str
    kind: str
    size_bytes: int | None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a configuration gives to its guest; None = cannot be told, and ``problems`` says why, in French."""

    vcpus: Decimal | None
    memory_bytes: int | None
    disk_bytes: int | None
    problems: tuple[str, ...] = ()
    disks: tuple[tuple[str, int], ...] = ()  # (key, bytes) of the attached volumes that tell their size


def sizes(kind: str, config: Mapping[str, Any], host_cpus: Decimal | None = None) -> Sizes:
    """The processors, memory and sold disk of a "qemu" or "lxc" configuration.

    The sold disk is the sum of the attached volumes. CD-ROM, cloud-init, firmware (EFI, TPM) and unused volumes are
    not sold, folders and devices of the host are not Proxmox's to size: none of them counts, and a device passed
    through is a problem because somebody pays for it elsewhere. One attached volume without a size makes the sum
    unknown: a smaller number would be a lie. ``host_cpus`` is what a container without a limit may use, and all that
    the cores of a machine can come to.
    """
    if not config:
        return Sizes(None, None, None, ("configuration vide : tailles inconnues.",))
    found = list(drives(config))
    volumes, problems = [drive for drive in found if drive.kind == "volume"], _problems(found)
    known = tuple((drive.key, drive.size_bytes) for drive in volumes if drive.size_bytes is not None)
    memory = memory_mib(config.get("memory", DEFAULT_MEMORY_MIB))
    if memory is None:
        problems.append(f"mémoire illisible : {config.get('memory')!r}.")
    vcpus = _vcpus(kind, config, host_cpus)
    if vcpus is None:
        problems.append("nombre de processeurs illisible dans la configuration.")
    disk = sum(size for _, size in known) if len(known) == len(volumes) else None
    return Sizes(vcpus, None if memory is None else memory * MIB, disk, tuple(problems), known)


def drives(config: Mapping[str, Any]) -> Iterator[Drive]:
    """The drives of a configuration, unused ones included, in the order of their keys.

    One whose line is blank or no text is there all the same, as what its key says: a volume that tells no size, mostly.
    """
    for key in sorted(key for key in config if _DRIVE_KEY.fullmatch(key)):
        line = config[key]
        told = isinstance(line, str) and line.strip()
        yield parse_drive(key, line) if told else Drive(key, "", _unsold(key) or "volume", None)


def parse_drive(key: str, text: str) -> Drive:
    """One drive string. The part without ``=`` is the file, which may also be written ``file=`` or ``volume=``."""
    options = property_string(text, default_key="file")
    file = options.pop("file", None) or options.pop("volume", "")
    size = options.pop("size", None)
    return Drive(key, file, _kind(key, file, options), None if size is None else parse_size(size), options)


@lru_cache(maxsize=4096)  # thousands of drives have the same few sizes
def parse_size(text: str) -> int | None:
    """Bytes of ``32G``, ``528K``, ``1.5T``, ``4MiB`` or ``1024`` (bytes without a letter); None when it is no size."""
    found = _SIZE.fullmatch(text.strip())
    size = int(Decimal(found[1]) * 1024 ** _POWER[found[2]]) if found else _MOST_BYTES
    return size if size < _MOST_BYTES else None


def memory_mib(value: Any) -> int | None:
    """MiB of a ``memory`` line: 2048, "2048" or (since Proxmox 8.1) "current=2048"; None when unreadable."""
    text = property_string(str(value), default_key="current").get("current", "")
    return int(text) if text.isdecimal() and int(text) * MIB < _MOST_BYTES else None


def property_string(text: str, default_key: str) -> dict[str, str]:
    """``a,b=1`` as a mapping; the part that has no ``=`` goes under ``default_key``."""
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if equals:
            found[name.strip()] = value
        elif part.strip():
            found[default_key] = name
    return found


def macs(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The MAC addresses of the interfaces, upper case, in the order net0, net1…"""
    named = (key for key in config if key.startswith("net"))
    keys = sorted((key for key in named if _NETWORK_KEY.fullmatch(key)), key=lambda key: int(key[3:]))
    values = (value for key in keys for value in property_string(str(config[key]), "model").values())
    return tuple(value.upper() for value in values if _MAC.fullmatch(value))


def smbios_uuid(config: Mapping[str, Any]) -> str | None:
    """The machine's uuid, lower case; None for a container or when it was never set."""
    found = property_string(str(config.get("smbios1", "")), "uuid").get("uuid")
    return found.lower() if found else None


def _kind(key: str, file: str, options: Mapping[str, str]) -> str:
    if unsold := _unsold(key):
        return unsold
    if _CLOUD_INIT.search(file):
        return "cloudinit"
    if options.get("media") == "cdrom" or file in ("none", "cdrom"):
        return "cdrom"
    if _VOLUME_ID.fullmatch(file):
        return "volume"
    if _LXC_KEY.fullmatch(key) and not file.startswith("/dev/"):
        return "bind"
    return "passthrough-device"


def _unsold(key: str) -> str | None:
    """The kind of what is never sold, whatever its line says."""
    return {"efidisk": "efi", "tpmstate": "tpm", "unused": "unused"}.get(key.rstrip("0123456789"))


def _problems(found: list[Drive]) -> list[str]:
    """What keeps the sum of the volumes from being all, or from being known."""
    problems = [
        f"disque {drive.key} : {drive.file} appartient à l'hôte (passthrough), sa taille n'est pas comptée."
        for drive in found
        if drive.kind == "passthrough-device"
    ]
    unknown = [drive.key for drive in found if drive.kind == "volume" and drive.size_bytes is None]
    if unknown:
        problems.append(f"disque {', '.join(unknown)} sans taille : lancer « qm rescan » ou « pct rescan ».")
    return problems


def _vcpus(kind: str, config: Mapping[str, Any], host_cpus: Decimal | None) -> Decimal | None:
    """A machine has ``vcpus``, else sockets × cores; a container ``cores``, else its limit, else the host's all."""
    if kind == "qemu":
        plugged = number(config.get("vcpus") or 0)
        cores, sockets = number(config.get("cores") or 1), number(config.get("sockets") or 1)
        if plugged or plugged is None or cores is None or sockets is None:
            return plugged or None
        return min(cores * sockets, host_cpus or cores * sockets)
    given, limit = number(config.get("cores") or 0), number(config.get("cpulimit") or 0)
    return None if given is None or (limit is None and not given) else given or limit or host_cpus


def number(value: Any) -> Decimal | None:
    """A count of processors; None when it is none."""
    return _number(str(value))


@lru_cache(maxsize=256)
def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
        return found if 0 <= found <= _MOST_CPUS else None
    except InvalidOperation:
        return None
