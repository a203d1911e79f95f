"""The rules of backups: more than a plan pays for, for nobody, promised and not made, boxes not documented; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from inventory.answers import ANYWHERE, SPACE_SCOPE, Answers
from inventory.backups import GB, Boxes, held_bytes
from inventory.differences import Difference, Resources, Values, whole
from inventory.facts import BACKUPS, GUESTS, SPACE, Appliance, BackupGroup, BackupStore, Guest
from inventory.french import grouped, named, to
from inventory.gathering import Machines
from inventory.lapsed import is_held, nearness
from inventory.match import DOCUMENTED, REAL, SOLD, Trio
from inventory.vm_rules import thing_of

LATE = timedelta(days=2)
"""A machine is backed up every night; one night may be missed."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_WRITES_AS = {"qemu": "vm", "lxc": "ct"}
"""The kind of the backups that a kind of guest has."""


def backup_differences(
    answers: Answers, machines: Machines, on: date, names: Mapping[str, str]
) -> Iterator[Difference]:
    """Every difference of backups on a day; ``names`` of customers by code, for the titles."""
    told = _Backups.of(answers, on)
    yield from _of_boxes(told, names)
    if told.stores and answers.complete(SOLD, BACKUPS):
        yield from _unbilled(told, answers, names)
    if told.stores and answers.complete(REAL, BACKUPS):
        yield from _missing(told, machines, on)
    if answers.complete(DOCUMENTED, SPACE):
        yield from _undocumented(told.sold.values(), answers, names)


@dataclass(frozen=True)
class _Backups:
    """What is told of backups: boxes sold that day and other days, by serial; datastores and their groups."""

    on: date
    sold: Mapping[str, Appliance]
    other_days: Mapping[str, Appliance]
    stores: Sequence[BackupStore]
    groups: Sequence[BackupGroup]
    asked_at: datetime

    @classmethod
    def of(cls, answers: Answers, on: date) -> _Backups:
        boxes = sorted(answers.facts(SOLD, Appliance), key=lambda box: nearness(box, on))
        asked = [one.taken_at for one in answers.snapshots if one.kind == REAL]
        return cls(
            on,
            {box.serial: box for box in boxes if is_held(box, on)},
            {box.serial: box for box in boxes if not is_held(box, on)},
            answers.facts(REAL, BackupStore),
            answers.facts(REAL, BackupGroup),
            max(asked, default=_NEVER),
        )


def gb_of(size: int) -> int:
    """Whole GB of so many bytes: a GB begun counts, as it is billed."""
    return whole(Decimal(size) / GB)


def _of_boxes(told: _Backups, names: Mapping[str, str]) -> Iterator[Difference]:
    """``backup.over-plan``: a box holds more than its plans pay for; unknown bytes exceed nothing."""
    for serial, stores in sorted(_boxes(told.sold).stores(told.stores).items()):
        box, size = told.sold[serial], held_bytes(stores)
        used = 0 if size is None else gb_of(size)
        plan = box.plan_gb
        if plan is not None and used > plan:
            title = (
                f"Boîtier {serial}, vendu {_to(box.customer, names)}, garde {grouped(str(used))} Go pour un forfait de "
                f"{plan} Go : {grouped(str(used - plan))} Go au-delà"
            )
            scope = stores[0].server if len({store.server for store in stores}) == 1 else ANYWHERE
            real = {"used_gb": used, "stores": [f"{store.server}/{store.name}" for store in stores]}
            resources = Resources(backup_gb=used - plan)
            yield _difference("backup.over-plan", f"nas:{serial}", scope, title, box, real, resources)


def _unbilled(told: _Backups, answers: Answers, names: Mapping[str, str]) -> Iterator[Difference]:
    """``backup.unbilled``: a datastore keeps backups for a box that is not sold; one with unknown bytes is not told.

    A datastore of the machines of the data centre is nobody's box. Which it is, without a rule that gives it to
    somebody, only its groups say: they must be known, and the machines too.
    """
    known = _known_machines(answers)
    all_told = answers.places(GUESTS).get(ANYWHERE, True)
    sold, other_days = _boxes(told.sold), _boxes(told.other_days)
    by_store: defaultdict[tuple[str, str], list[BackupGroup]] = defaultdict(list)
    for group in told.groups:
        by_store[group.server, group.store].append(group)
    for store in told.stores:
        groups = by_store[store.server, store.name]
        if not store.used_bytes or not store.groups or sold.may_be(store):
            continue
        box = told.other_days.get(other_days.of(store) or "")
        of_guests = [group for group in groups if group.kind in _WRITES_AS.values()]
        if box is None and store.holder is None and of_guests and (not all_told or _ours(of_guests, known)):
            continue
        yield _unsold(store, gb_of(store.used_bytes), box, told.on, names)


def unsure_stores(answers: Answers) -> set[str]:
    """The datastores of which nobody can say whose machines they keep, since a cluster did not answer in full."""
    if answers.places(GUESTS).get(ANYWHERE, True):
        return set()
    return {_thing(store) for store in answers.facts(REAL, BackupStore)}


def _thing(store: BackupStore) -> str:
    return f"backup:{store.server}/{store.name}"


def _boxes(sold: Mapping[str, Appliance]) -> Boxes:
    return Boxes({serial: box.customer for serial, box in sold.items()})


def _known_machines(answers: Answers) -> set[tuple[str, str]]:
    """(cluster, vmid) of the machines that are sold or real, and ("", vmid) of each."""
    guests = [*answers.facts(REAL, Guest), *answers.facts(SOLD, Guest)]
    known = {((guest.cluster or "").casefold(), str(guest.vmid)) for guest in guests if guest.vmid is not None}
    return known | {("", vmid) for _, vmid in known}


def _ours(groups: Iterable[BackupGroup], known: set[tuple[str, str]]) -> bool:
    """Whether some of these backups are those of a machine of the clusters."""
    return any(group.cluster or ("", group.backup_id) in known for group in groups)


def _unsold(
    store: BackupStore, used: int, box: Appliance | None, on: date, names: Mapping[str, str]
) -> Difference:  # fmt: skip
    customer = box.customer if box else store.holder if store.holder in names else None
    where, size = f"Dépôt {store.name} de {store.server}", f"{grouped(str(used))} Go"
    why = f"{where} : {size} qui ne sont vendus à personne"
    if customer is not None:
        why = f"{where} : {size} gardés pour {named(names, customer)}, sans boîtier vendu"
    if box is not None and box.end is not None and box.end <= on:
        why = f"Boîtier {box.serial}, {size}, sert encore après la fin de son contrat ({box.end:%d/%m/%Y})"
    elif box is not None and box.start is not None:
        why = f"Boîtier {box.serial}, {size}, sert avant le début de son contrat ({box.start:%d/%m/%Y})"
    thing = f"nas:{box.serial}" if box else _thing(store)
    real = {"used_gb": used, "stores": [f"{store.server}/{store.name}"], "groups": store.groups}
    resources = Resources(boxes=1, plan_gb=used)
    return _difference("backup.unbilled", thing, store.server, why, box, real, resources, customer)


def _missing(told: _Backups, machines: Machines, on: date) -> Iterator[Difference]:
    """``backup.missing``: a machine is sold with backups, and none was made lately; every server answered."""
    by_vmid: defaultdict[str, list[BackupGroup]] = defaultdict(list)
    for group in told.groups:
        by_vmid[group.backup_id].append(group)
    for trio in machines.trios:
        guest = _to_back_up(trio, machines, on)
        if guest is None or trio.sold is None:
            continue
        groups = [group for group in by_vmid[str(guest.vmid)] if is_of(group, guest)]
        last = [group.last_backup for group in groups if group.last_backup is not None]
        if len(last) < len(groups) or (last and told.asked_at - max(last) <= LATE):
            continue
        yield _not_backed_up(guest, trio.sold, max(last, default=None), groups)


def _to_back_up(trio: Trio, machines: Machines, on: date) -> Guest | None:
    """The guest of a machine that is sold with backups and had the time for one; its place must be known."""
    sold, real = trio.sold, trio.real
    if sold is None or not sold.backup_days or (sold.start or date.min) > on - LATE:
        return None
    if real is None and machines.absence_counts(sold.cluster):
        return None  # what does not exist is not backed up: that is another finding
    guest = real or sold
    return guest if guest.cluster and guest.vmid is not None else None


def is_of(group: BackupGroup, guest: Guest) -> bool:
    """Whether a group may be the backups of a guest: one of which nobody says the cluster may be those of any."""
    if group.backup_id != str(guest.vmid):
        return False
    cluster = group.cluster is None or group.cluster.casefold() == (guest.cluster or "").casefold()
    kinds = [_WRITES_AS[guest.kind]] if guest.kind in _WRITES_AS else list(_WRITES_AS.values())
    return cluster and group.kind in kinds


def _not_backed_up(guest: Guest, sold: Guest, last: datetime | None, groups: Sequence[BackupGroup]) -> Difference:
    place = f"{guest.cluster}/{guest.vmid}"
    promised = f"{sold.backup_days} jours de sauvegarde vendus"
    when = f"dernière le {last:%d/%m/%Y}" if last else "aucune"
    return Difference(
        thing=thing_of(guest),
        rule="backup.missing",
        field="",
        scope=ANYWHERE,
        title=f"{guest.name or sold.name} ({place}) : {promised}, {when}",
        customer=sold.customer,
        sold={"backup_days": sold.backup_days},
        documented=None,
        real={"last_backup": last.isoformat(), "count": sum(one.count for one in groups)} if last else None,
        resources=Resources(),
    )


def _undocumented(boxes: Iterable[Appliance], answers: Answers, names: Mapping[str, str]) -> Iterator[Difference]:
    """``nas.undocumented``: no device of the documentation has the serial of a box that is sold."""
    known = {fact.serial.strip().casefold() for fact in answers.facts(DOCUMENTED, Appliance)}
    for box in boxes:
        if box.serial.strip().casefold() not in known:
            title = f"Boîtier {box.serial}, vendu {_to(box.customer, names)}, n'est pas documenté"
            yield _difference("nas.undocumented", f"nas:{box.serial}", SPACE_SCOPE, title, box, None, Resources())


def _difference(
    rule: str, thing: str, scope: str, title: str, box: Appliance | None, real: Values, resources: Resources,
    customer: str | None = None,
) -> Difference:  # fmt: skip
    sold = None
    if box is not None:
        told = {"serial": box.serial, "plan_gb": box.plan_gb, "customer": box.customer, "from": _iso(box.start),
                "to": _iso(box.end)}  # fmt: skip
        sold = {name: value for name, value in told.items() if value is not None}
        customer = box.customer
    return Difference(thing, rule, "", scope, title, customer, sold, None, real, resources)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _to(customer: str | None, names: Mapping[str, str]) -> str:
    return to(named(names, customer)) if customer else "à personne"
