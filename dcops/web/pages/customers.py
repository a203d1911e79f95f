"""Customers: who they are, whether they are members, what they hold, use and owe attention to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, render_template, request, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.held import Held, held_on
from dcops.support import hours
from dcops.web.access import permits
from dcops.web.context import now, today, transaction
from dcops.web.curves import asked_subject, curve_of
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.open_findings import open_findings
from dcops.web.pages import customer_forms
from dcops.web.spans import Days
from dcops.web.words import ORDERS
from inventory import store
from inventory.customers import is_member, missing_identity, population_on
from inventory.models import Customer

blueprint = Blueprint("customers", __name__, url_prefix="/collectivites")
blueprint.register_blueprint(customer_forms.blueprint)
KINDS = {
    "commune": "Commune",
    "epci": "EPCI",
    "department": "Département",
    "metropole": "Métropole",
    "syndicate": "Syndicat",
    "other": "Autre",
}
INCOMPLETE = "incomplete"
MEMBER, STRANGER = Badge("Adhérent", "good"), Badge("Non adhérent")


@dataclass(frozen=True)
class Row:
    """One customer in the list: what it holds today, counted by kind of order, and its yearly price."""

    customer: Customer
    inhabitants: int | None
    member: Badge
    missing: Sequence[str]
    counts: Counter[str]
    yearly: Decimal


@dataclass(frozen=True)
class Order:
    """One thing ordered, with the lines of the grid it is charged as."""

    name: str
    url: str | None
    lines: Sequence[Held]
    yearly: Decimal


@dataclass(frozen=True)
class Group:
    """The orders of one kind, with their price per year."""

    label: str
    orders: Sequence[Order]
    yearly: Decimal


@blueprint.get("/")
@permits(P.READ_CUSTOMERS)
def index() -> Response | str:
    """Every customer and what it holds today."""
    with transaction() as tx:
        held: dict[str, list[Held]] = defaultdict(list)
        for row in held_on(tx, today()):
            held[row.customer.code].append(row)
        rows = [_row(customer, held[customer.code], today()) for customer in store.customers(tx)]
        todo = sum(bool(row.missing) for row in rows)
        return show(_listing(rows), "customers/index.html", todo=todo)


@blueprint.get("/<code>")
@permits(P.READ_CUSTOMERS)
def detail(code: str) -> str:
    """One customer: facts, orders, hours, energy of the year, findings. 404 when unknown."""
    on = today()
    year = Days(date(on.year, 1, 1), on)
    with transaction() as tx:
        customer = store.customer(tx, code)
        held = held_on(tx, on, code)
        racks = {share.id: share.rack.name for share in store.shares(tx, customer=code)}
        curve = curve_of(tx, asked_subject(tx, f"collectivite:{code}"), year.counted(now()), "month")
        return render_template(
            "customers/detail.html",
            customer=customer, kind=KINDS.get(customer.kind, customer.kind), member=_member(customer, on),
            groups=_groups(held, racks), yearly=yearly(held), balance=hours.balance(tx, code, on),
            curve=curve, days=year, year=on.year,
            population=population_on(customer.populations, on), findings=open_findings(tx, customer=code),
            missing=missing_identity(customer), bases=customer_forms.BASE_WORDS,
        )  # fmt: skip


def yearly(held: Sequence[Held]) -> Decimal:
    """Euros per year of what is held, without what is paid once or by the meter."""
    return sum((h.cost.amount for h in held if h.cost.rhythm == "annual" and h.cost.amount is not None), Decimal(0))


def _row(customer: Customer, held: Sequence[Held], on: date) -> Row:
    counted = population_on(customer.populations, on)
    inhabitants = counted.inhabitants if counted else None
    missing = missing_identity(customer)
    return Row(customer, inhabitants, _member(customer, on), missing, _orders(held), yearly(held))


def _member(customer: Customer, on: date) -> Badge:
    return MEMBER if is_member(customer.memberships, on) else STRANGER


def _orders(held: Sequence[Held]) -> Counter[str]:
    """How many orders of each kind: an order makes several holdings, it counts once."""
    return Counter(order for order, _ in {(h.order, h.holding.evidence["id"]) for h in held})


def _groups(held: Sequence[Held], racks: dict[int, str]) -> list[Group]:
    """What is held by kind of order, in the order of ``ORDERS``; ``racks``: rack name by share id."""
    groups = []
    for order, label in ORDERS.items():
        by_id: dict[int, list[Held]] = defaultdict(list)
        for h in held:
            if h.order == order:
                by_id[h.holding.evidence["id"]].append(h)
        orders = [_order(sorted(lines, key=_place_in_grid), racks) for lines in by_id.values()]
        if orders:
            groups.append(Group(label, orders, sum((each.yearly for each in orders), Decimal(0))))
    return groups


def _order(lines: Sequence[Held], racks: dict[int, str]) -> Order:
    return Order(lines[0].name, _page_of(lines[0], racks), lines, yearly(lines))


def _place_in_grid(held: Held) -> tuple[bool, int]:
    """Yearly lines first, then in the order of the grid: a machine before its options."""
    return held.cost.rhythm != "annual", held.cost.position


def _page_of(held: Held, racks: dict[int, str]) -> str | None:
    """The page of the thing ordered, when it has one."""
    evidence = held.holding.evidence
    if evidence["order"] == "machine":
        return url_for("machines.detail", machine_id=evidence["id"])
    if evidence["order"] == "nas":
        return url_for("backups.detail", serial=evidence["name"])
    if evidence["order"] == "share":
        return url_for("racks.detail", name=racks[evidence["id"]])
    if evidence["order"] == "subscription":
        return url_for("contracts.subscriptions.detail", id=evidence["id"])
    return None


def _listing(rows: list[Row]) -> Listing[Row]:
    return Listing(
        "Collectivités", rows,
        [
            Column("name", "Collectivité", lambda r: r.customer.name, link=_detail_url),
            Column("kind", "Genre", lambda r: KINDS.get(r.customer.kind, r.customer.kind)),
            Column("member", "Adhésion", lambda r: r.member, "badge"),
            Column("population", "Habitants", lambda r: r.inhabitants, "number", phone=False),
            *(_missing() if request.args.get("identite") == INCOMPLETE else _counts()),
            Column("yearly", "Par an", lambda r: r.yearly, "amount", total=True),
        ],
        filters=[
            Filter("genre", "Genre", tuple(KINDS.items()), lambda r, chosen: r.customer.kind == chosen),
            Filter("adhesion", "Adhésion", (("oui", "Adhérent"), ("non", "Non adhérent")),
                   lambda r, chosen: (r.member is MEMBER) == (chosen == "oui")),
            Filter("identite", "Identité", ((INCOMPLETE, "Incomplète"), ("complete", "Complète")),
                   lambda r, chosen: bool(r.missing) == (chosen == INCOMPLETE)),
        ],
        sort="name", empty="Aucune collectivité.", hint="Importez-les avec « dcops customers import FICHIER.csv ».",
    )  # fmt: skip


def _missing() -> list[Column[Row]]:
    """What invoices lack of each: a list of things to do."""
    return [Column("missing", "Il manque", lambda r: ", ".join(r.missing))]


def _counts() -> list[Column[Row]]:
    """How many orders of each kind."""
    kinds = {"share": "Baies", "machine": "Machines", "nas": "NAS", "antivirus": "Antivirus"}
    return [_counted(order, label) for order, label in {**kinds, "subscription": "Abonnements"}.items()]


def _counted(order: str, label: str) -> Column[Row]:
    return Column(order, label, lambda r: r.counts[order], "number", total=True, phone=False)


def _detail_url(row: Row) -> str:
    return url_for("customers.detail", code=row.customer.code)
