"""How a grid and a quote are shown: as JSON, and as text for a person."""

from __future__ import annotations

from typing import Any

from dcops.catalogue.line import KINDS_SEPARATOR, NOT_APPLICABLE, NOT_SOLD, QUOTE, Grid, GridLine
from dcops.catalogue.quote import Quote
from dcops.money import french, number, plain, text
from dcops.money import price_text as price

_WORDS = {
    QUOTE: "sur devis",
    NOT_APPLICABLE: "sans objet",
    NOT_SOLD: "non vendu",
    "supplier+20%": "tarif fournisseur + 20 %",
    "supplier+22%": "tarif fournisseur + 22 %",
    "0.01*inhabitants*12": "0,01 € × habitants × 12",
    "(100+0.01*inhabitants)*12": "(100 € + 0,01 € × habitants) × 12",
}


def document(grid: Grid) -> dict[str, Any]:
    """A grid as JSON: a price is a string, a word stands in its place otherwise ("quote", "n/a", "")."""
    return {
        "tariff": grid.name,
        "from": grid.start.isoformat(),
        "to": grid.end.isoformat() if grid.end else None,
        "deliberation": grid.deliberation,
        "lines": [_line(line) for line in grid.lines],
    }


def _line(line: GridLine) -> dict[str, Any]:
    return {
        "section": line.section, "service": line.service, "code": line.code, "label": line.label, "unit": line.unit,
        "behaviour": line.behaviour, "member": _cell(line, True), "nonmember": _cell(line, False),
        "commitment_months": line.commitment_months,
        "quantity_min": line.quantity_min, "quantity_max": line.quantity_max,
        "population_min": line.population_min, "population_max": line.population_max,
        "floor": text(line.floor) if line.floor is not None else None,
        "cap": text(line.cap) if line.cap is not None else None,
        "included": plain(line.included) if line.included is not None else None,
        "minutes": line.minutes, "validity_months": line.validity_months, "proration": line.proration,
        "vat_category": line.vat_category, "kinds": line.kinds.split(KINDS_SEPARATOR) if line.kinds else [],
        "account": line.account, "note": line.note,
    }  # fmt: skip


def _cell(line: GridLine, member: bool) -> str:
    value = line.price(member)
    return line.word(member) if value is None else price(value)


def cell_text(line: GridLine, member: bool) -> str:
    """A price for a person: ``8 400,00 €``, "sur devis", "sans objet", "non vendu" or the formula in its place."""
    value = line.price(member)
    return word_text(line, member) if value is None else french(value)


def word_text(line: GridLine, member: bool) -> str:
    """What stands for a person where no price is printed."""
    word = QUOTE if line.behaviour == "quote_only" else line.word(member)
    return _WORDS.get(word, word)


def table(grid: Grid) -> str:
    """A grid as a table for a terminal."""
    from rich.table import Table

    shown = Table(title=f"Grille {grid.name} — {grid.deliberation}", title_justify="left")
    for name in ("§", "Code", "Libellé"):
        shown.add_column(name)
    shown.add_column("Adhérent", justify="right", no_wrap=True)
    shown.add_column("Non adhérent", justify="right", no_wrap=True)
    for line in grid.lines:
        shown.add_row(line.section, line.code, line.label, cell_text(line, True), cell_text(line, False))
    return render(shown)


def render(shown: Any) -> str:
    """The text of a rich table, wide enough to be piped."""
    from rich.console import Console

    console = Console(width=120, highlight=False)
    with console.capture() as captured:
        console.print(shown)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def quote_text(found: Quote) -> str:
    """A quote as sentences for a terminal."""
    head = f"{found.line.code} × {number(found.quantity)} : {french(found.amount)} HT ({found.line.label})"
    return "\n".join([head, *(f"  {sentence}" for sentence in found.explanation)])
