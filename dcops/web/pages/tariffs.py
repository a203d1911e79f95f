"""The tariff grid by section, both classes and every year, and the quote form that explains itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, SelectField
from wtforms.validators import DataRequired, NumberRange

from dcops.auth.permissions import Permission as P
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.listing import word_text
from dcops.catalogue.quote import Quote
from dcops.catalogue.quoting import quote_for
from dcops.catalogue.sections import order, title
from dcops.web import formats
from dcops.web.access import permits
from dcops.web.context import today, transaction
from inventory import store
from inventory.errors import DomainError

blueprint = Blueprint("tariffs", __name__, url_prefix="/grille")
NEEDED = DataRequired("Ce champ est nécessaire.")


class QuoteForm(FlaskForm):  # type: ignore[misc]
    """What to price, for whom, when; read from the query string so that a quote can be shared."""

    class Meta:
        csrf = False

    code = SelectField("Ligne de la grille", [NEEDED])
    customer = SelectField("Collectivité", [NEEDED])
    on = DateField("Date", [NEEDED])
    quantity = DecimalField("Quantité", [NEEDED, NumberRange(min=0, message="Une quantité positive.")], places=None)


@dataclass(frozen=True)
class Row:
    """One line of the grid across the grids that have it: ``cells`` are (member, non-member) per grid."""

    line: GridLine
    cells: tuple[tuple[str, str], ...]
    changed: bool


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> str:
    """Every section; a price that changed from one grid to the next is said so."""
    with transaction() as tx:
        grids = catalogue.history(tx)
    sections: dict[str, list[Row]] = {}
    for row in _rows(grids):
        sections.setdefault(row.line.section, []).append(row)
    titles = [(key, title(key), sections[key]) for key in sorted(sections, key=order)]
    return render_template("tariffs/index.html", grids=grids, sections=titles)


@blueprint.get("/devis")
@permits(P.READ_MONEY)
def quote() -> str:
    """A price for a customer on a day, with its reasons."""
    form = QuoteForm(request.args if "code" in request.args else None, on=today(), quantity=1)
    result: Quote | None = None
    refusal: str | None = None
    with transaction() as tx:
        form.customer.choices = [("", "Choisir…"), *((c.code, c.name) for c in store.customers(tx))]
        form.code.choices = [("", "Choisir…"), *_services(catalogue.history(tx))]
        if "code" in request.args and form.validate():
            try:
                result = quote_for(tx, form.code.data, form.customer.data, form.on.data, form.quantity.data)
            except DomainError as error:
                refusal = str(error)
    return render_template("tariffs/quote.html", form=form, quote=result, refusal=refusal)


def _rows(grids: tuple[Grid, ...]) -> Iterable[Row]:
    seen: dict[str, GridLine] = {}
    for grid in reversed(grids):
        for line in grid.lines:
            seen.setdefault(line.code, line)
    for code, line in sorted(seen.items(), key=lambda item: (order(item[1].section), item[1].position)):
        found = [grid.line(code) for grid in grids]
        prices = {(known.member_price, known.nonmember_price) for known in found if known}
        yield Row(line, tuple(_cells(known) for known in found), len(prices) > 1)


def _cells(line: GridLine | None) -> tuple[str, str]:
    if line is None:
        return ("—", "—")
    return (_cell(line, True), _cell(line, False))


def _cell(line: GridLine, member: bool) -> str:
    price = line.price(member)
    return word_text(line, member) if price is None else formats.price(price)


def _services(grids: tuple[Grid, ...]) -> list[tuple[str, str]]:
    codes = {line.code: line.label for grid in grids for line in grid.lines}
    return [(code, f"{label} ({code})") for code, label in codes.items()]
