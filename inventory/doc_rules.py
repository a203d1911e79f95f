"""What a documentation says of a machine and reality contradicts, field by field; pure.

Placement, tags, comments and descriptions belong to whoever writes the documentation: nothing here looks at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from inventory.answers import ANYWHERE
from inventory.differences import Difference, Resources, Values, shown, written
from inventory.facts import GIB, Guest
from inventory.gathering import Machines, unheard_of
from inventory.match import DOCUMENTED, REAL, Trio
from inventory.vm_rules import thing_of

RULE = "vm.misdocumented"
LONGEST_NAME = 64
"""What NetBox holds of a machine's name: a longer one is cut there."""
MEGABYTE = GIB // 1000 + 1
"""The largest MB of NetBox in bytes: it counts whole ones, so a size is never known better."""
STATES = {"running": "en marche", "stopped": "arrêtée", "planned": "prévue", "staged": "en préparation"}


@dataclass(frozen=True, slots=True)
class _Field:
    """One field: the values of the documentation and of reality, and how a sentence tells that they differ."""

    name: str
    documented: Values
    real: Values
    told: str


def doc_differences(machines: Machines) -> Iterator[Difference]:
    """``vm.misdocumented``: each field in which the documentation of a machine is wrong; worth nothing in euros.

    What a truth does not know differs from nothing: the size of a machine whose node is down, a memory that nobody
    wrote down. A vmid that is not written is wrong only where the documentation keeps them for others.
    """
    numbered = any(trio.documented and trio.documented.vmid is not None for trio in machines.trios)
    for trio in machines.trios:
        if trio.documented and trio.real and not trio.reused and not trio.unsure & {DOCUMENTED, REAL}:
            for field in _fields(trio.documented, trio.real, numbered):
                yield replace(_difference(trio, trio.real, field), unheard=unheard_of(trio, machines))


def _difference(trio: Trio, real: Guest, field: _Field) -> Difference:
    thing, sold = thing_of(real), trio.sold.customer if trio.sold else None
    place = thing.removeprefix("vm:")
    name = f"{real.name} ({place})" if real.name and real.name != place else f"Machine {place}"
    return Difference(
        thing=thing,
        rule=RULE,
        field=field.name,
        scope=real.cluster or ANYWHERE,
        title=f"{name} est documentée {field.told}",
        customer=sold or real.customer or (trio.documented.customer if trio.documented else None),
        sold=None,
        documented=field.documented,
        real=field.real,
        resources=Resources(),
    )


def _fields(documented: Guest, real: Guest, numbered: bool) -> Iterator[_Field]:
    yield from _identity(documented, real, numbered)
    yield from _status(documented.status, real.status)
    yield from _sizes(documented, real)


def _identity(documented: Guest, real: Guest, numbered: bool) -> Iterator[_Field]:
    if documented.name and real.name and documented.name != real.name and not same_name(documented.name, real.name):
        told = f"sous le nom « {documented.name} » au lieu de « {real.name} »"
        yield _Field("name", documented.name, real.name, told)
    if documented.cluster and real.cluster and documented.cluster != real.cluster:
        told = f"dans le cluster {documented.cluster} au lieu de {real.cluster}"
        yield _Field("cluster", documented.cluster, real.cluster, told)
    if real.vmid is not None and documented.vmid != real.vmid and (numbered or documented.vmid is not None):
        said = "sans n°" if documented.vmid is None else f"avec le n° {documented.vmid}"
        yield _Field("vmid", documented.vmid, real.vmid, f"{said} au lieu du n° {real.vmid}")


def same_name(documented: str, real: str) -> bool:
    """Whether two names are those of one machine: cut at NetBox's length, with or without their domain."""
    one, other = documented.casefold(), real.casefold()
    return one == other[:LONGEST_NAME] or one == other.split(".")[0] or one.split(".")[0] == other


def _status(documented: str | None, real: str | None) -> Iterator[_Field]:
    """Active or offline against running or stopped; what is only planned does run. Other statuses are people's."""
    contradicted = {"running": {"stopped", "planned", "staged"}, "stopped": {"running"}}
    if real in contradicted and documented in contradicted[real]:
        yield _Field("status", documented, real, f"« {STATES[documented]} » au lieu de « {STATES[real]} »")


def _sizes(documented: Guest, real: Guest) -> Iterator[_Field]:
    if _apart(documented.vcpus, real.vcpus, Decimal("0.01")):
        yield _size("vcpus", documented.vcpus, real.vcpus, "vCPU")
    if _apart(documented.memory_bytes, real.memory_bytes, MEGABYTE):
        yield _size("memory", _gib(documented.memory_bytes), _gib(real.memory_bytes), "Go de mémoire")
    drives = max(len(documented.disks), len(real.disks), 1)
    if _apart(documented.disk_bytes, real.disk_bytes, MEGABYTE * drives):
        yield _size("disk", _gib(documented.disk_bytes), _gib(real.disk_bytes), "Go de disque")


def _apart(documented: Decimal | int | None, real: Decimal | int | None, least: Decimal | int) -> bool:
    if documented is None or real is None or documented == real:
        return False
    return abs(Decimal(documented) - Decimal(real)) >= least


def _size(name: str, documented: Decimal | None, real: Decimal | None, noun: str) -> _Field:
    assert documented is not None
    assert real is not None
    told = f"avec {written(documented)} {noun} au lieu de {written(real)}"
    return _Field(name, shown(documented), shown(real), told)


def _gib(size: int | None) -> Decimal | None:
    return None if size is None else Decimal(size) / GIB
