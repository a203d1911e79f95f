"""The tariff grid by section, both classes and every year, and the quote form that explains itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

from flask import Blueprint, Response, request

from dcops.auth.permissions import Permission as P
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid
from dcops.catalogue.reserved import ALL, kinds_words
from dcops.catalogue.sections import order, title
from dcops.catalogue.units import in_french
from dcops.web.access import permits
from dcops.web.context import transaction
from dcops.web.grid_rows import CHANGES, Row, rows_of
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.pages import tariff_lines, tariff_quotes
from dcops.web.tariff_words import bracket

blueprint = Blueprint("tariffs", __name__, url_prefix="/grille")
for child in (tariff_lines, tariff_quotes):
    blueprint.register_blueprint(child.blueprint)
MANY = 3
"""Grids that stand side by side; the older ones are shown on demand."""


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """Every section, and what changed from one grid to the next; ``?grilles=toutes`` shows the old ones too."""
    with transaction() as tx:
        every = catalogue.history(tx)
    grids = every if request.args.get("grilles") == "toutes" else every[-MANY:]
    listing = _listing(rows_of(grids), grids)
    return show(listing, "tariffs/index.html", grids=grids, hidden=len(every) - len(grids), sections=_sections(listing))


def _sections(listing: Listing[Row]) -> list[tuple[str, str, list[Row]]]:
    """(section, title, rows) of what is kept; rows come by section."""
    groups = groupby(listing.kept, key=lambda row: row.line.section)
    return [(section, title(section), list(rows)) for section, rows in groups]


def _listing(rows: list[Row], grids: Sequence[Grid]) -> Listing[Row]:
    """The rows to filter and to export; they keep the order of the grid."""
    sections = sorted({row.line.section for row in rows}, key=order)
    asked = {name: value for name, value in request.args.to_dict().items() if name != "sort"}
    return Listing(
        "Grille tarifaire", rows, [*_columns(), *_prices(grids), *_terms()],
        [
            Filter("section", "Section", [(key, f"{key} · {title(key)}") for key in sections],
                   lambda r, chosen: r.line.section == chosen),
            Filter("evolution", "Évolution", CHANGES, lambda r, chosen: chosen in r.changes),
            Filter("pour", "Pour", [(kind, words[0].upper() + words[1:]) for kind, words in ALL.items()],
                   lambda r, chosen: r.line.meant_for(chosen)),
        ],
        empty="Aucune grille n’est chargée.", hint="Lancer « dcops db upgrade » charge les grilles livrées.",
        args=asked,
    )  # fmt: skip


def _columns() -> list[Column[Row]]:
    return [
        Column("section", "Section", lambda r: r.line.section),
        Column("title", "Titre", lambda r: title(r.line.section)),
        Column("service", "Service", lambda r: r.line.service),
        Column("code", "Code", lambda r: r.line.code),
        Column("label", "Libellé", lambda r: r.line.label),
        Column("unit", "Unité", lambda r: in_french(r.line.unit)),
        Column("kinds", "Réservé aux", lambda r: kinds_words(r.line.kinds) if r.line.kinds else ""),
        Column("bracket", "Tranche", lambda r: bracket(r.line)),
    ]


def _prices(grids: Sequence[Grid]) -> list[Column[Row]]:
    """Both classes of every grid, then how they changed last."""
    columns: list[Column[Row]] = []
    for place, grid in enumerate(grids):
        for member, words in enumerate(("adhérent", "non adhérent")):
            columns.append(Column(f"{grid.name}-{member}", f"{grid.name} {words}", _price(place, member)))
    for member, words in enumerate(("adhérent", "non adhérent")):
        columns.append(Column(f"rise-{member}", f"Évolution {words} (%)", _rise(member)))
    return columns


def _price(place: int, member: int) -> Callable[[Row], Decimal | str]:
    return lambda row: row.cells[place][member].value


def _rise(member: int) -> Callable[[Row], Decimal | None]:
    return lambda row: row.rises[member]


def _terms() -> list[Column[Row]]:
    return [
        Column("commitment", "Engagement (mois)", lambda r: r.line.commitment_months),
        Column("floor", "Minimum", lambda r: r.line.floor),
        Column("cap", "Maximum", lambda r: r.line.cap),
        Column("account", "Compte", lambda r: r.line.account),
        Column("note", "Lecture retenue", lambda r: r.line.note),
        Column("badges", "Changements", lambda r: ", ".join(badge.label for badge in r.badges)),
    ]
