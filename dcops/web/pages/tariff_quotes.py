"""The quote form: what a line costs a customer on a day, why, and what to do when it has no price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from flask import Blueprint, render_template, request
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from dcops.auth.permissions import Permission as P
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid, GridLine, grids_from
from dcops.catalogue.quote import Quote
from dcops.catalogue.quoting import quote_for
from dcops.catalogue.sections import title
from dcops.money import round_cents
from dcops.web import tariff_words
from dcops.web.access import permits
from dcops.web.context import parts, today, transaction
from dcops.web.fields import Number
from dcops.web.grid_rows import printed
from inventory import store
from inventory.errors import DomainError
from inventory.orm import Transaction

blueprint = Blueprint("quotes", __name__, url_prefix="/devis")
NEEDED = DataRequired("Ce champ est nécessaire.")
SUPPLIER = "annual_formula_supplier_markup"
Choices = dict[str, list[tuple[str, str]]]


class QuoteForm(FlaskForm):  # type: ignore[misc]
    """What to price, for whom, when; read from the query string so that a quote can be shared."""

    class Meta:
        csrf = False

    code = StringField("Ligne de la grille", [NEEDED])
    customer = SelectField("Collectivité", [NEEDED])
    on = DateField("Date", [InputRequired("Ce champ est nécessaire.")])
    quantity = Number(
        "Quantité", [InputRequired("Ce champ est nécessaire."), NumberRange(min=0, message="Une quantité positive.")],
    )  # fmt: skip
    supplier_price = Number(
        "Prix du fournisseur (€ HT, par unité)",
        [Optional(), NumberRange(min=0, message="Un prix positif.")],
    )


@dataclass(frozen=True)
class Answer:
    """A price, or why there is none; VAT is that of the settings for what is taxed."""

    quote: Quote | None = None
    refusal: DomainError | None = None
    vat_rate: Decimal = Decimal(0)

    @property
    def vat(self) -> Decimal:
        assert self.quote is not None
        return round_cents(self.quote.amount * self.vat_rate / 100)


@blueprint.get("")
@permits(P.READ_MONEY)
def index() -> str:
    """A price for a customer on a day, with its reasons; with a code only, what to say of it."""
    form = QuoteForm(request.args if request.args else None, on=today(), quantity=1)
    with transaction() as tx:
        grids = catalogue.history(tx)
        form.customer.choices = [("", "Choisir…"), *((c.code, c.name) for c in store.customers(tx))]
        lines = _asked(grids, form) if form.code.data else ()
        sent = "customer" in request.args
        answer = _answer(tx, form, lines) if sent else None
    return render_template(
        "tariffs/quote.html", form=form, answer=answer, lines=lines, sent=sent, notes=_notes(lines, answer),
        choices=_choices(grids), by_supplier=_by_supplier(lines),
        help=tariff_words.quantity_help(lines[0]) if lines else "", words=tariff_words, printed=printed,
    )  # fmt: skip


def _lacks_supplier_price(form: QuoteForm, lines: Sequence[GridLine]) -> bool:
    """Ask for the supplier's price of a line that follows it."""
    lacking = bool(lines) and _by_supplier(lines) and form.supplier_price.data is None
    if lacking:
        form.supplier_price.errors = ["Donner le prix du fournisseur : la majoration de la grille s’y ajoute."]
    return lacking


def _by_supplier(lines: Sequence[GridLine]) -> bool:
    return any(line.behaviour == SUPPLIER for line in lines)


def _answer(tx: Transaction, form: QuoteForm, lines: Sequence[GridLine]) -> Answer | None:
    """The price asked for; None when the form must be corrected first."""
    if not form.validate() or _lacks_supplier_price(form, lines):
        return None
    asked = (form.code.data.strip(), form.customer.data, form.on.data, form.quantity.data, form.supplier_price.data)
    try:
        found = quote_for(tx, *asked)
    except DomainError as refusal:
        return Answer(refusal=refusal)
    return Answer(found, vat_rate=parts().settings.billing.vat_rate if found.line.vat_category == "S" else Decimal(0))


def _asked(grids: tuple[Grid, ...], form: QuoteForm) -> tuple[GridLine, ...]:
    """The lines that the code names, in the grid of that day or else in the newest that has it."""
    for grid in grids_from(grids, form.on.data or today()):
        found = grid.candidates(form.code.data.strip())
        if found:
            return found
    return ()


def _notes(lines: Sequence[GridLine], answer: Answer | None) -> list[tuple[str, str]]:
    """(codes, note) of each way the lines are read; none with a price, whose reasons tell its own."""
    codes: dict[str, list[str]] = {}
    for line in lines if answer is None or answer.quote is None else ():
        codes.setdefault(line.note, []).append(line.code)
    return [(", ".join(named), note) for note, named in codes.items() if note]


def _choices(grids: Sequence[Grid]) -> Choices:
    """What can be asked, by section: services first, then lines; those of older grids say until when."""
    choices: Choices = {}
    seen: set[str] = set()
    for grid in reversed(grids):
        late = "" if grid.end is None else f" – jusqu’en {grid.name}"
        for line in grid.lines:
            of_section = choices.setdefault(f"{line.section} · {title(line.section)}", [])
            for code, label in (*_service(grid, line), (line.code, line.label)):
                if code not in seen:
                    of_section.append((code, f"{label}{late} ({code})"))
                    seen.add(code)
    return choices


def _service(grid: Grid, line: GridLine) -> list[tuple[str, str]]:
    """The service of a line, when its brackets choose among several lines."""
    lines = grid.candidates(line.service)
    if len(lines) < 2 or any(each.code == line.service for each in lines):
        return []
    words = zip(*(each.label.split() for each in lines), strict=False)
    shared = " ".join(alike[0] for alike in takewhile(lambda alike: len(set(alike)) == 1, words))
    return [(line.service, f"{shared.rstrip(' -<>/') or line.service} – la tranche qui convient")]
