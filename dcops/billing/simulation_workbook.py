"""A simulation as a workbook: totals with a chart, then every service, every customer, every line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dcops.billing.comparison import Effect, Simulation
from dcops.workbook import Book, Cell, Column

_EFFECT = (
    Column("Avant (HT)", "amount", 16, total=True), Column("Après (HT)", "amount", 16, total=True),
    Column("Différence", "amount", 16, total=True), Column("Variation", "percent", 11),
    Column("Dont plus facturable", "amount", 16, total=True),
    Column("Dont devenu facturable", "amount", 16, total=True),
)  # fmt: skip
_SECTIONS_FROM = 12
"""The row of the synthesis where its table of sections starts."""


def workbook(simulation: Simulation) -> bytes:
    """The file; the same simulation makes the same bytes."""
    book = Book()
    _synthesis(book, simulation)
    service = (Column("Section", width=34), Column("Code", width=22), Column("Ligne", width=60),
               Column("Collectivités", "number", 13), *_EFFECT)  # fmt: skip
    book.table(book.sheet("Par service"), 0, service, _services(simulation))
    customer = (Column("Collectivité", width=40), Column("Code", width=22), *_EFFECT)
    book.table(book.sheet("Par collectivité"), 0, customer, _customers(simulation))
    line = (
        Column("Collectivité", width=40), Column("Section", width=9), Column("Code", width=22),
        Column("Ligne", width=60), Column("Commande", width=26), Column("Du", "day", 11), Column("Au", "day", 11),
        Column("Avant (HT)", "amount", 16, total=True), Column("Après (HT)", "amount", 16, total=True),
        Column("Différence", "amount", 16, total=True), Column("Plus facturable : pourquoi", width=60),
    )  # fmt: skip
    book.table(book.sheet("Lignes"), 0, line, _lines(simulation))
    return book.content()


def _synthesis(book: Book, simulation: Simulation) -> None:
    sheet = book.sheet("Synthèse")
    total = simulation.total
    book.write(sheet, 0, 0, f"Simulation de l’année {simulation.year} : {simulation.draft}", look="head")
    facts: tuple[tuple[str, Cell, str], ...] = (
        ("Comparée à", f"grille {', '.join(simulation.against)}", "text"),
        ("Avant (HT)", total.before, "amount"), ("Après (HT)", total.after, "amount"),
        ("Différence", total.difference, "amount"), ("Variation", total.variation, "percent"),
        ("Dont effet des prix", total.repriced, "amount"), ("Dont plus facturable", -total.lost, "amount"),
        ("Dont devenu facturable", total.gained, "amount"),
        ("Lignes non facturables avant comme après", len(simulation.unbilled), "number"),
    )  # fmt: skip
    for row, (label, value, kind) in enumerate(facts, start=1):
        book.write(sheet, row, 0, label)
        book.write(sheet, row, 1, value, kind)
    rows = [(section.name, *_cells(section.effect)) for section in simulation.sections]
    book.table(sheet, _SECTIONS_FROM, (Column("Section", width=44), *_EFFECT), rows, filters=False)
    if rows:
        sheet.insert_chart(1, 3, _chart(book, len(rows)), {"object_position": 3})


def _chart(book: Book, sections: int) -> Any:
    """Horizontal bars of the difference of each section, what falls in another colour."""
    first, last = _SECTIONS_FROM + 1, _SECTIONS_FROM + sections
    chart = book.chart("bar")
    chart.add_series({
        "name": "Différence (HT)", "categories": ["Synthèse", first, 0, last, 0],
        "values": ["Synthèse", first, 3, last, 3], "fill": {"color": "#0B4F5C"},
        "invert_if_negative": True, "invert_if_negative_color": "#C98200", "gap": 40,
    })  # fmt: skip
    chart.set_title({"name": "Différence par section", "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_x_axis({"num_format": '#,##0 "€"', "major_gridlines": {"visible": True}})
    chart.set_size({"width": 700, "height": 220})
    return chart


def _cells(effect: Effect) -> tuple[Decimal | None, ...]:
    return effect.before, effect.after, effect.difference, effect.variation, effect.lost, effect.gained


def _services(simulation: Simulation) -> Iterator[tuple[Cell, ...]]:
    for section in simulation.sections:
        for line in section.lines:
            yield section.name, line.code, line.label, line.customers, *_cells(line.effect)


def _customers(simulation: Simulation) -> Iterator[tuple[Cell, ...]]:
    for customer in simulation.customers:
        yield simulation.named(customer.code), customer.code, *_cells(customer.effect)


def _lines(simulation: Simulation) -> Iterator[tuple[Cell, ...]]:
    for cell in simulation.cells:
        yield (
            simulation.named(cell.customer_code), cell.section, cell.code, cell.label, cell.order, cell.start,
            cell.last, cell.before, cell.after, cell.difference, cell.lost or None,
        )  # fmt: skip
