"""Virtual machines: what was ordered, next to what runs and what is documented, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import Blueprint, Response, render_template, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.costs import prices_on, total
from dcops.contracts.orders import OrderLine, lines_of_machine
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.open_findings import open_findings
from dcops.web.standing import CHOICES, standing, standing_badge
from inventory import board_store, store, vm_rules
from inventory.backup_rules import is_of
from inventory.board import Wanted
from inventory.facts import GIB, BackupGroup, Guest
from inventory.match import DOCUMENTED, REAL, match
from inventory.models import Machine
from inventory.orm import Transaction

blueprint = Blueprint("machines", __name__, url_prefix="/machines")


@dataclass(frozen=True)
class Row:
    """One ordered machine in the list."""

    machine: Machine
    standing: Badge
    yearly: Decimal | None
    findings: int


@dataclass(frozen=True)
class Size:
    """One resource told by the three truths; None where the source does not say."""

    label: str
    unit: str
    sold: Decimal
    documented: Decimal | None
    real: Decimal | None

    @property
    def differs(self) -> bool:
        return any(told is not None and told != self.sold for told in (self.documented, self.real))


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every ordered machine, with its price and its open findings."""
    with transaction() as tx:
        on, prices = today(), prices_on(tx, today())
        store.customers(tx)  # with their memberships, in two queries
        counts = board_store.counts_by_thing(tx, Wanted())
        rows = [
            Row(m, standing_badge(m, on), prices.yearly(m.customer, ordered(m)), counts.get(thing_of(m), 0))
            for m in store.machines(tx)
        ]
        return show(_listing(rows, on), "machines/index.html")


@blueprint.get("/<int:machine_id>")
@permits(P.READ_SPACE)
def detail(machine_id: int) -> str:
    """One machine: sizes sold, documented and real; costs; findings. 404 when unknown."""
    with transaction() as tx:
        machine = store.machine(tx, machine_id)
        documented, real = seen(machine, store.guests(tx, DOCUMENTED), store.guests(tx, REAL))
        backups = _backups(store.facts_told(tx, REAL, BackupGroup), real or _sold(machine))
        costs = prices_on(tx, today()).lines(machine.customer, ordered(machine))
        return render_template(
            "machines/detail.html",
            machine=machine, standing=standing_badge(machine, today()), real=real, documented=documented,
            sizes=sizes(machine, documented, real), costs=costs, yearly=total(costs, "annual"),
            findings=open_findings(tx, thing=thing_of(machine)), snapshots=store.latest_snapshots(tx),
            orders=_history(tx, machine), backups=backups, last_backup=_last(backups),
        )  # fmt: skip


def _backups(groups: Iterable[BackupGroup], guest: Guest) -> list[BackupGroup]:
    """The backups of a machine, as the backup servers last told them."""
    return [] if guest.vmid is None else [group for group in groups if is_of(group, guest)]


def _last(backups: Iterable[BackupGroup]) -> datetime | None:
    return max((group.last_backup for group in backups if group.last_backup is not None), default=None)


def _history(tx: Transaction, machine: Machine) -> list[tuple[Machine, Badge, Decimal | None]]:
    """The orders of the same machine over time, each with its standing and what it costs a year."""
    prices = prices_on(tx, today())
    return [
        (one, standing_badge(one, today()), prices.yearly(one.customer, ordered(one)))
        for one in store.dated_machines(tx, machine)
    ]


def ordered(machine: Machine) -> list[OrderLine]:
    """The lines of the grid that a machine is charged as."""
    return lines_of_machine(machine.vcpu, machine.ram_gb, machine.disk_gb)


def thing_of(machine: Machine) -> str:
    """The name under which findings speak of it: that of the comparison, which never changes."""
    return vm_rules.thing_of(_sold(machine))


def sizes(machine: Machine, documented: Guest | None, real: Guest | None) -> list[Size]:
    """vCPU, memory and disk of the three truths."""
    told = [_told(documented), _told(real)]
    return [
        Size("vCPU", "", Decimal(machine.vcpu), *(vcpus for vcpus, _, _ in told)),
        Size("Mémoire", "Go", Decimal(machine.ram_gb), *(ram for _, ram, _ in told)),
        Size("Disque", "Go", Decimal(machine.disk_gb), *(disk for _, _, disk in told)),
    ]


def _told(guest: Guest | None) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """vCPU, GB of memory and GB of disk that a source tells."""
    if guest is None:
        return None, None, None
    return guest.vcpus, _gib(guest.memory_bytes), _gib(guest.disk_bytes)


def _gib(size: int | None) -> Decimal | None:
    return None if size is None else (Decimal(size) / GIB).quantize(Decimal("0.1"), ROUND_HALF_UP)


def seen(machine: Machine, documented: Iterable[Guest], real: Iterable[Guest]) -> tuple[Guest | None, Guest | None]:
    """The machine as documented and as it runs: the guests that the comparison takes for it."""
    sold = _sold(machine)
    trios = (trio for trio in match([sold], documented, real).trios if trio.sold is sold)
    return next(((trio.documented, trio.real) for trio in trios), (None, None))


def _sold(machine: Machine) -> Guest:
    return Guest(machine.name, machine.cluster, machine.vmid)


def _listing(rows: list[Row], on: date) -> Listing[Row]:
    clusters = sorted({row.machine.cluster for row in rows if row.machine.cluster})
    holders = sorted({(row.machine.customer.code, row.machine.customer.name) for row in rows}, key=lambda c: c[1])
    return Listing(
        "Machines virtuelles", rows, _columns(),
        filters=[
            Filter("etat", "État", CHOICES, lambda r, chosen: standing(r.machine, on) == chosen),
            Filter("cluster", "Cluster", [(c, c) for c in clusters], lambda r, chosen: r.machine.cluster == chosen),
            Filter("client", "Collectivité", holders, lambda r, chosen: r.machine.customer.code == chosen),
        ],
        sort="name", empty="Aucune machine commandée.",
        hint="Importez-les avec « dcops machines import FICHIER.csv ».",
    )  # fmt: skip


def _columns() -> list[Column[Row]]:
    return [
        Column("name", "Machine", lambda r: r.machine.name, link=_detail_url),
        Column("customer", "Collectivité", lambda r: r.machine.customer.name, link=_customer_url),
        Column("cluster", "Cluster", lambda r: r.machine.cluster, phone=False, short=True),
        Column("vmid", "VMID", lambda r: r.machine.vmid, "text", phone=False),
        Column("vcpu", "vCPU", lambda r: r.machine.vcpu, "number", total=True),
        Column("ram", "Mémoire (Go)", lambda r: r.machine.ram_gb, "number", total=True),
        Column("disk", "Disque (Go)", lambda r: r.machine.disk_gb, "number", total=True),
        Column("backup", "Sauvegarde (jours)", lambda r: r.machine.backup_days, "number", phone=False),
        Column("start", "Depuis le", lambda r: r.machine.start, "day", phone=False),
        Column("standing", "État", lambda r: r.standing, "badge"),
        Column("yearly", "Par an", lambda r: r.yearly, "amount", total=True),
        Column("findings", "Écarts", lambda r: r.findings, "number", total=True),
    ]


def _detail_url(row: Row) -> str:
    return url_for("machines.detail", machine_id=row.machine.id)


def _customer_url(row: Row) -> str:
    return url_for("customers.detail", code=row.machine.customer.code)
