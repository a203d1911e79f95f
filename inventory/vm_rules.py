"""The rules of machines: running and not sold, sold and not there, not as sold, not documented; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zlib import crc32

from inventory.answers import ANYWHERE
from inventory.differences import (
    Difference,
    Resources,
    Tolerances,
    Values,
    guest_values,
    resources_of,
    shown,
    sizes,
    whole,
    written,
)
from inventory.facts import Guest
from inventory.french import named, to
from inventory.gathering import Machines, unheard_of
from inventory.match import DOCUMENTED, REAL, SOLD, Tie, Trio, place_of

RUNNING = "running"
LONGEST_THING = 190
"""What a finding's column holds, less the number of a homonym; longer names end with a checksum instead."""
_TO_COME = frozenset({"planned", "staged"})  # NetBox's statuses of what does not exist yet
_RESOURCE = {"vcpu": "vcpus", "ram": "ram_gb", "disk": "disk_gb"}
_SHOWN = {"vcpu": ("{} vCPU", "de vCPU"), "ram": ("{} Go de mémoire", "de mémoire"), "disk": ("{} Go", "de disque")}


def thing_of(guest: Guest) -> str:
    """The stable name of a machine: "vm:amiens-a/101", or by its name where no vmid is known."""
    place = str(guest.vmid) if guest.cluster and guest.vmid is not None else guest.name or guest.reference or "?"
    thing = f"vm:{guest.cluster}/{place}" if guest.cluster else f"vm:{place}"
    if len(thing) <= LONGEST_THING:
        return thing
    return f"{thing[: LONGEST_THING - 9]}~{crc32(thing.encode()):08x}"


def vm_differences(
    machines: Machines, on: date, tolerances: Tolerances, names: Mapping[str, str]
) -> Iterator[Difference]:
    """Every difference of every machine; ``names`` of customers by code, for the titles."""
    for trio in machines.trios:
        if _agrees(trio):
            continue
        unheard = unheard_of(trio, machines)
        found = [_reused(trio)] if trio.reused else _of_trio(trio, machines, on, tolerances, names, unheard)
        yield from (replace(difference, unheard=unheard) for difference in found)
    for tie in machines.ties:
        yield _ambiguous(tie)


def _agrees(trio: Trio) -> bool:
    """Whether the three truths say the same of what they are asked here: so do nearly all."""
    sold, documented, real = trio.sold, trio.documented, trio.real
    if sold is None or documented is None or real is None or trio.reused:
        return False
    return sold.customer == documented.customer and sold.measures == real.measures


def _of_trio(
    trio: Trio,
    machines: Machines,
    on: date,
    tolerances: Tolerances,
    names: Mapping[str, str],
    unheard: frozenset[str],
) -> list[Difference]:
    return [
        *_unbilled(trio, machines, on, names),
        *_ghost(trio, machines),
        *_sizes(trio, tolerances),
        *_undocumented(trio, machines),
        *_tenant(trio, machines, names, unheard),
    ]


def _reused(trio: Trio) -> Difference:
    """Another machine stands where one was known: what was sold and documented there is not given to it silently."""
    assert trio.real is not None
    customer = trio.sold.customer if trio.sold else trio.real.customer
    title = f"{_name(trio.real)} a pris la place d'une autre machine : son empreinte (UUID, MAC) a changé"
    real = {**guest_values(trio.real), "uuid": trio.real.uuid, "macs": list(trio.real.macs)}
    return _difference(trio, "vm.reused-id", title, resources_of(trio.real), customer, real=real)


def _difference(
    trio: Trio, rule: str, title: str, resources: Resources, customer: str | None, **changed: Values
) -> Difference:
    """A difference of a whole machine, unless ``field`` and values of one field are given."""
    face = trio.real or trio.sold or trio.documented
    assert face is not None
    values: dict[str, Values] = {
        "field": "",
        "sold": guest_values(trio.sold),
        "documented": guest_values(trio.documented),
        "real": guest_values(trio.real),
    }
    values |= changed
    scope = face.cluster or ANYWHERE
    return Difference(
        thing=thing_of(face), rule=rule, scope=scope, title=title, customer=customer, resources=resources, **values
    )


def _unbilled(trio: Trio, machines: Machines, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    """Runs and is not sold on that day: never, no more, or not yet. Whose it is: the first word of a known customer."""
    real = trio.real
    if real is None or trio.sold or SOLD in trio.unsure or real.status != RUNNING or not machines.sold_complete:
        return
    lapsed = machines.lapsed_order(real)
    rule, why = "vm.unbilled", "tourne et n'est vendue à personne"
    if lapsed is not None and lapsed.end is not None and lapsed.end <= on:
        rule, why = "vm.after-end", f"tourne après la fin de son contrat ({lapsed.end:%d/%m/%Y})"
    elif lapsed is not None and lapsed.start is not None:
        why = f"tourne avant le début de son contrat ({lapsed.start:%d/%m/%Y})"
    said = [guest.customer for guest in (lapsed, trio.documented, real) if guest and guest.customer]
    customer = next((code for code in said if code in names), said[0] if said else None)
    shown_trio = replace(trio, sold=lapsed)
    yield _difference(shown_trio, rule, f"{_name(real)} {why}", resources_of(real), customer)


def _ghost(trio: Trio, machines: Machines) -> Iterator[Difference]:
    """Sold or documented, and absent from the complete scope where it should be."""
    if trio.real is not None or machines.may_come_back(trio.sold, trio.documented):
        return
    if trio.sold is not None and machines.absence_counts(trio.sold.cluster):
        title = f"{_name(trio.sold)} est vendue et n'existe pas"
        yield _difference(trio, "vm.ghost", title, resources_of(trio.sold), trio.sold.customer)
    elif trio.sold is None and trio.documented is not None and _should_run(trio.documented, machines):
        title = f"{_name(trio.documented)} est documentée et n'existe pas"
        yield _difference(trio, "vm.ghost", title, Resources(), trio.documented.customer)


def _should_run(documented: Guest, machines: Machines) -> bool:
    """A documentation places the machine in a cluster that answered, and does not call it yet to come."""
    in_cluster = documented.cluster is not None and machines.absence_counts(documented.cluster)
    return in_cluster and documented.status not in _TO_COME


def _sizes(trio: Trio, tolerances: Tolerances) -> Iterator[Difference]:
    """Larger or smaller than sold, one difference per resource; an unknown size differs from nothing."""
    if trio.sold is None or trio.real is None or trio.sold.measures == trio.real.measures:
        return
    sold, real = sizes(trio.sold), sizes(trio.real)
    documented = sizes(trio.documented) if trio.documented else {}
    for field, column in _RESOURCE.items():
        asked, found = sold[field], real[field]
        if asked is None or found is None or abs(found - asked) <= getattr(tolerances, field):
            continue
        rule, word = ("vm.oversized", "plus") if found > asked else ("vm.undersized", "moins")
        amount, noun = _SHOWN[field]
        title = (
            f"{_name(trio.real)} a {amount.format(written(found))} au lieu de {written(asked)} : "
            f"{written(abs(found - asked))} de {word}"
        )
        yield _difference(
            trio,
            rule,
            title if field != "disk" else f"{title} {noun}",
            _between(column, found, asked),
            trio.sold.customer,
            field=field,
            sold=shown(asked),
            documented=shown(documented.get(field)),
            real=shown(found),
        )


def _between(column: str, found: Decimal, asked: Decimal) -> Resources:
    """The whole units of a resource between sold and real, counted from the smaller."""
    delta = whole(abs(found - asked))
    said: dict[str, Any] = {column: delta, "above": whole(asked) - (delta if found < asked else 0)}
    return Resources(**said)


def _undocumented(trio: Trio, machines: Machines) -> Iterator[Difference]:
    """Runs, and the complete documentation does not know it."""
    real = trio.real
    if real is None or place_of(real) in machines.conclusion.undocumented:
        return
    known = trio.documented is not None or DOCUMENTED in trio.unsure
    if not known and real.status == RUNNING and machines.documented_complete:
        customer = trio.sold.customer if trio.sold else real.customer
        yield _difference(trio, "vm.undocumented", f"{_name(real)} n'est pas documentée", Resources(), customer)


def _tenant(trio: Trio, machines: Machines, names: Mapping[str, str], unheard: frozenset[str]) -> Iterator[Difference]:
    """Documented for another customer than the one it is sold to.

    A machine that only the silent truth gives its place keeps its finding as it is: it would be told by another name.
    """
    if trio.sold is None or trio.documented is None or (REAL in unheard and trio.sold.vmid is None):
        return
    if trio.real is None and machines.known_elsewhere(trio.sold):
        return
    sold, documented = trio.sold.customer, trio.documented.customer
    if sold is not None and documented is not None and sold != documented:
        buyer = to(named(names, sold))
        title = f"{_name(trio.sold)} est vendue {buyer} et documentée pour {named(names, documented)}"
        yield _difference(
            trio, "vm.tenant-differs", title, Resources(), sold, field="customer", sold=sold, documented=documented,
            real=trio.real.customer if trio.real else None,
        )  # fmt: skip


def _ambiguous(tie: Tie) -> Difference:
    """Several machines could be this one: nothing is concluded until a person says which."""
    first = tie.guests[0]
    words = {SOLD: "vendue", DOCUMENTED: "documentée", REAL: "réelle"}
    names = ", ".join(thing_of(guest).removeprefix("vm:") for guest in tie.candidates[:3])
    values = {SOLD: None, DOCUMENTED: None, tie.truth: [guest_values(guest) for guest in tie.guests]}
    return Difference(
        thing=thing_of(first),
        rule="vm.ambiguous",
        field=tie.truth,
        scope=first.cluster or ANYWHERE,
        title=f"{_name(first)}, {words[tie.truth]}, peut être plusieurs machines : {names}",
        customer=first.customer,
        sold=values[SOLD],
        documented=values[DOCUMENTED],
        real=[guest_values(guest) for guest in tie.candidates],
        resources=Resources(),
    )


def _name(guest: Guest) -> str:
    place = thing_of(guest).removeprefix("vm:")
    return f"{guest.name} ({place})" if guest.name and guest.name != place else f"Machine {place}"


def thing_at(place: tuple[str, int]) -> str:
    """The stable name of whatever machine stands at a place."""
    return thing_of(Guest(None, *place))
