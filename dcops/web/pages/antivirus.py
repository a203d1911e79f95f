"""Antivirus licences by customer and kind, as they were sold and as the console counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.costs import prices_on
from dcops.contracts.orders import lines_of_antivirus
from dcops.contracts.seat_counts import KINDS, Beside, Console, console_of
from dcops.web.access import permits
from dcops.web.context import parts, today, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.standing import CHOICES, standing, standing_badge
from inventory import store
from inventory.customers import in_force
from inventory.models import AntivirusSeats

blueprint = Blueprint("antivirus", __name__, url_prefix="/antivirus")
AGREES = (("plus", "Plus que vendu"), ("moins", "Moins que vendu"), ("autant", "Autant"), ("inconnu", "Groupe inconnu"))


@dataclass(frozen=True)
class Row:
    """One dated quantity of licences in the list."""

    seats: AntivirusSeats
    standing: Badge
    yearly: Decimal | None


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every dated quantity of licences, and what is in force today."""
    with transaction() as tx:
        on, prices = today(), prices_on(tx, today())
        store.customers(tx)  # with their memberships, in two queries
        rows = [
            Row(s, standing_badge(s, on), prices.yearly(s.customer, lines_of_antivirus(s.kind, s.quantity)))
            for s in store.antivirus_seats(tx)
        ]
        current = [row for row in rows if in_force(row.seats, on)]
        return show(_listing(rows, on), "antivirus/index.html", figures=_figures(current, console_of(tx, on)))


@blueprint.get("/console")
@permits(P.READ_SPACE)
def console() -> Response | str:
    """What the console counts beside what is sold, and what it counted before."""
    with transaction() as tx:
        told = console_of(tx, today())
        return show(_console(told), "antivirus/console.html", told=told, file=parts().settings.antivirus.console_file)


def _figures(rows: list[Row], told: Console) -> list[tuple[str, int, Decimal, str, int | None]]:
    """(label, seats, euros per year, kind) in force, and how many the console counts (None: it was never heard)."""
    return [
        (
            label,
            sum(row.seats.quantity for row in rows if row.seats.kind == kind),
            sum((row.yearly or Decimal(0) for row in rows if row.seats.kind == kind), Decimal(0)),
            kind,
            sum(one.counted or 0 for one in told.rows if one.kind == kind) if told.answer else None,
        )
        for kind, label in (("workstation", "Licences de postes"), ("server", "Licences de serveurs"))
    ]


def _console(told: Console) -> Listing[Beside]:
    return Listing(
        "Licences vendues et postes comptés", list(told.rows),
        [
            Column("customer", "Collectivité ou groupe", lambda r: r.name, link=_holder_url),
            Column("kind", "Genre", lambda r: KINDS[r.kind]),
            Column("sold", "Vendues", lambda r: r.sold, "number", total=True),
            Column("counted", "Comptés", lambda r: r.counted, "number", total=True),
            Column("difference", "Différence", lambda r: r.difference, "number", total=True),
            Column("state", "Constat", _verdict, "badge"),
            Column("groups", "Groupes de la console", lambda r: ", ".join(r.groups) or None, phone=False),
        ],
        filters=[
            Filter("constat", "Constat", AGREES, lambda r, chosen: _agrees(r) == chosen),
            Filter("genre", "Genre", tuple(KINDS.items()), lambda r, chosen: r.kind == chosen),
        ],
        sort="customer", empty="Aucune licence vendue, aucun poste compté.",
        hint="Réglez console_file dans [antivirus], puis lancez « dcops sync ».",
    )  # fmt: skip


def _agrees(row: Beside) -> str:
    if row.code is None:
        return "inconnu"
    difference = row.difference or 0
    return "plus" if difference > 0 else "moins" if difference < 0 else "autant"


def _verdict(row: Beside) -> Badge:
    if row.counted is None:
        return Badge("non vérifié")
    word = _agrees(row)
    tone = {"plus": "warn", "moins": "info", "autant": "good", "inconnu": "warn"}[word]
    return Badge({"autant": "concorde", "inconnu": "groupe inconnu"}.get(word, f"{word} que vendu"), tone)


def _holder_url(row: Beside) -> str | None:
    return url_for("customers.detail", code=row.code) if row.code else None


def _listing(rows: list[Row], on: date) -> Listing[Row]:
    return Listing(
        "Licences antivirus", rows,
        [
            Column("customer", "Collectivité", lambda r: r.seats.customer.name, link=_customer_url),
            Column("kind", "Genre", lambda r: KINDS[r.seats.kind]),
            Column("quantity", "Licences", lambda r: r.seats.quantity, "number", total=True),
            Column("start", "Depuis le", lambda r: r.seats.start, "day", phone=False),
            Column("standing", "État", lambda r: r.standing, "badge"),
            Column("yearly", "Par an", lambda r: r.yearly, "amount", total=True),
        ],
        filters=[
            Filter("etat", "État", CHOICES, lambda r, chosen: standing(r.seats, on) == chosen),
            Filter("genre", "Genre", tuple(KINDS.items()), lambda r, chosen: r.seats.kind == chosen),
        ],
        sort="customer", empty="Aucune licence antivirus.",
        hint="Importez-les avec « dcops antivirus import FICHIER.csv ».",
    )  # fmt: skip


def _customer_url(row: Row) -> str:
    return url_for("customers.detail", code=row.seats.customer.code)
