"""The table of contributions as text, CSV and workbook, with what must be known to read it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from dcops.accounting.contributions import Contributions, OfYear, Row
from dcops.catalogue.listing import render
from dcops.money import french
from dcops.workbook import Book, Cell, Column
from inventory.csv_export import inert
from inventory.french import NO_BREAK, counted

TITLE = "Contributions de service"
NONE = "—"
COLOURS = ("#9FB8BE", "#C98200", "#0B4F5C")


def percent(value: int | None) -> str:
    """``−12 %``, or a dash."""
    return NONE if value is None else f"{value}{NO_BREAK}%".replace("-", "−")


def text(found: Contributions) -> str:
    """The table for a person, amounts excluding VAT."""
    from rich.table import Table

    shown = Table(title=f"{TITLE}, hors taxes", title_justify="left", show_footer=True)
    total = found.total
    shown.add_column("Service", footer=total.label)
    for year, amount in zip(found.years, total.amounts, strict=True):
        shown.add_column(year.heading, justify="right", no_wrap=True, footer=_euros(amount))
    shown.add_column("Variation", justify="right", no_wrap=True, footer=percent(total.variation))
    for row in found.rows:
        shown.add_row(row.label, *map(_euros, row.amounts), percent(row.variation))
    return "\n".join([render(shown), *notes(found)])


def notes(found: Contributions) -> list[str]:
    """What must be known to read it: forecasts and what they leave out, years that nobody told."""
    said = [(each, f"{each.year}{_left_out(each)}") for each in found.years]
    forecasts = ", ".join(words for each, words in said if each.origin == "forecast")
    unknown = ", ".join(str(each.year) for each in found.years if each.origin == "unknown")
    told = {
        f"Pas encore facturé, montants d'une simulation : {forecasts}.": forecasts,
        f"Rien n'est connu de {unknown} : ni facture, ni fichier d'historique, ni grille tarifaire.": unknown,
    }
    return [sentence for sentence, years in told.items() if years]


def _left_out(each: OfYear) -> str:
    lines = counted(each.incomplete, "ligne non facturable", "lignes non facturables")
    return f" (sans {lines} en l'état)" if each.incomplete else ""


def _euros(amount: Decimal | None) -> str:
    return NONE if amount is None else french(amount)


def sheet_csv(found: Contributions) -> bytes:
    """The table as spreadsheets open it, the total last."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Code", "Service", *(year.heading for year in found.years), "Variation (%)"])
    for row in (*found.rows, found.total):
        cells = ("" if value is None else str(value) for value in (*row.amounts, row.variation))
        writer.writerow([row.code, inert(row.label), *cells])
    return ("\ufeff" + out.getvalue()).encode("utf-8")


def workbook(found: Contributions) -> bytes:
    """One sheet with a chart beside; the same values make the same bytes."""
    book = Book()
    sheet = book.sheet("Contributions")
    amounts = [Column(year.heading, "amount", 18, total=True) for year in found.years]
    columns = (Column("Service", width=52), *amounts, Column("Variation", "whole_percent", 11))
    end = book.table(sheet, 0, columns, [(row.label, *row.amounts, _part(row)) for row in found.rows], filters=False)
    book.write(sheet, end - 1, len(columns) - 1, _part(found.total), "whole_percent", "total")
    for row, note in enumerate(notes(found), start=end + 1):
        book.write(sheet, row, 0, note)
    chart = book.chart("column")
    for place, colour in enumerate(COLOURS[-len(found.years) :], start=1):
        chart.add_series({
            "name": ["Contributions", 0, place], "categories": ["Contributions", 1, 0, len(found.rows), 0],
            "values": ["Contributions", 1, place, len(found.rows), place], "fill": {"color": colour},
        })  # fmt: skip
    chart.set_title({"name": TITLE, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"num_format": '#,##0 "€"'})
    chart.set_size({"width": 980, "height": 420})
    sheet.insert_chart(end + 4, 0, chart)
    return book.content()


def _part(row: Row) -> Cell:
    return None if row.variation is None else Decimal(row.variation) / 100
