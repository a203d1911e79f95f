"""One line of the grid: its price in every grid, how it is read and charged, who holds it, what was billed from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from dcops.auth.permissions import Permission as P
from dcops.billing.billed_store import Use, uses_of
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.quoting import close_codes
from dcops.catalogue.reserved import kinds_words
from dcops.catalogue.sections import title
from dcops.catalogue.units import in_french
from dcops.contracts.held import Held, held_on
from dcops.money import ZERO, number
from dcops.web import formats, tariff_words
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.grid_rows import Cell, cell_of, printed
from inventory.errors import NotFound

blueprint = Blueprint("lines", __name__, url_prefix="/lignes")
MOST_HOLDERS = 10


@dataclass(frozen=True)
class Voted:
    """The line in one grid: both classes against the grid before; ``use``: what was billed from it, if anything."""

    grid: Grid
    line: GridLine
    member: Cell
    nonmember: Cell
    use: Use | None


@dataclass(frozen=True)
class Holders:
    """Who holds the line today, the largest first."""

    held: Sequence[Held]

    @property
    def customers(self) -> int:
        return len({each.customer.code for each in self.held})

    @property
    def quantity(self) -> Decimal:
        return sum((each.holding.quantity for each in self.held), Decimal(0))

    @property
    def yearly(self) -> Decimal:
        amounts = (each.cost.amount for each in self.held if each.cost.rhythm == "annual")
        return sum((amount for amount in amounts if amount is not None), ZERO)

    @property
    def words(self) -> str:
        """How much they hold together: euros per year, or a quantity; what is metered has none."""
        if self.yearly:
            return f"{formats.amount(self.yearly)} par an"
        counted = [each for each in self.held if each.cost.rhythm != "consumption"]
        return f"quantité {number(self.quantity)}" if counted else ("au compteur" if self.held else "")

    @property
    def shown(self) -> Sequence[Held]:
        return self.held[:MOST_HOLDERS]


@blueprint.get("/<code>")
@permits(P.READ_MONEY)
def detail(code: str) -> Response | str:
    """A line in every grid that has it; a service leads to its lines. 404 with the codes that resemble it."""
    with transaction() as tx:
        grids = catalogue.history(tx)
        votes = _votes(grids, code, uses_of(tx, code))
        if not votes:
            return _to_service(grids, code)
        holders = Holders(sorted(_held(held_on(tx, today()), code), key=_size, reverse=True))
    line = votes[0].line
    return render_template(
        "tariffs/line.html", line=line, votes=votes, section=title(line.section), terms=_facts(line), holders=holders,
        siblings=[each for each in votes[0].grid.lines if each.service == line.service and each.code != code],
        current=votes[0].grid.covers(today()), readings=_readings(votes), bracket=tariff_words.bracket, printed=printed,
    )  # fmt: skip


def _votes(grids: Sequence[Grid], code: str, uses: dict[str, Use]) -> list[Voted]:
    """The newest grid first."""
    found: list[Voted] = []
    before: GridLine | None = None
    for grid in grids:
        line = grid.line(code)
        if line is not None:
            cells = (cell_of(before, line, True), cell_of(before, line, False))
            found.insert(0, Voted(grid, line, *cells, uses.get(grid.name)))
        before = line
    return found


def _readings(votes: Sequence[Voted]) -> list[tuple[str, str]]:
    """(names of grids, note) of each way the line was read, the newest first."""
    names: dict[str, list[str]] = {}
    for vote in votes:
        names.setdefault(vote.line.note, []).insert(0, vote.grid.name)
    return [(", ".join(grids), note) for note, grids in names.items() if note]


def _to_service(grids: tuple[Grid, ...], code: str) -> Response:
    if any(grid.candidates(code) for grid in grids):
        return redirect(url_for("tariffs.index", q=code))
    raise NotFound(f"« {code} » n'est dans aucune grille{close_codes(grids, code)}")


def _held(held: Sequence[Held], code: str) -> list[Held]:
    return [each for each in held if each.cost.code == code]


def _size(held: Held) -> tuple[Decimal, Decimal]:
    return (held.cost.amount or Decimal(0), held.holding.quantity)


def _facts(line: GridLine) -> list[tuple[str, str]]:
    """What does not depend on who buys, for those that say something."""
    euros, months = formats.amount, "mois"
    pairs = [
        ("Unité", in_french(line.unit)),
        ("Calcul", tariff_words.behaviour(line)),
        ("Réservé aux", kinds_words(line.kinds) if line.kinds else ""),
        ("Tranche", tariff_words.bracket(line)),
        ("Minimum", euros(line.floor) if line.floor is not None else ""),
        ("Maximum", euros(line.cap) if line.cap is not None else ""),
        ("Compris", number(line.included) if line.included is not None else ""),
        ("Engagement", f"{line.commitment_months} {months}" if line.commitment_months else ""),
        ("Temps compris", formats.minutes(line.minutes) if line.minutes else ""),
        ("Validité", f"{line.validity_months} {months}" if line.validity_months else ""),
        ("Prorata", tariff_words.PRORATIONS[line.proration]),
        ("TVA", tariff_words.VAT.get(line.vat_category, line.vat_category)),
        ("Compte budgétaire", line.account or "celui des réglages"),
    ]
    return [(label, value) for label, value in pairs if value]
