"""How a billing run is shown to a person in a terminal."""

from __future__ import annotations

from dcops.billing.run import Invoice, Run
from dcops.catalogue.listing import render
from dcops.money import french


def text(run: Run) -> str:
    """Every invoice with its lines, what was left out, and the totals."""
    kind = "simulation, rien n'est écrit" if run.dry_run else run.name
    totals = f"Total HT {french(run.net)}, TVA {french(run.vat)}, TTC {french(run.gross)}"
    skipped = [f"  non facturé : {line.customer_code} : {line.why_text}" for line in run.skipped]
    return "\n".join([f"Facturation {run.year} ({kind})", *map(_invoice, run.invoices), *skipped, totals])


def _invoice(invoice: Invoice) -> str:
    from rich.table import Table

    title = f"{invoice.customer_code}, budget {invoice.budget} : {french(invoice.net)} HT, {french(invoice.gross)} TTC"
    shown = Table(title=title, title_justify="left")
    for name in ("Code", "Libellé", "Du", "Au (exclu)"):
        shown.add_column(name)
    for name in ("Quantité", "Prix", "Montant"):
        shown.add_column(name, justify="right", no_wrap=True)
    for line in invoice.lines:
        days = f"{line.start:%d/%m/%Y}", f"{line.end:%d/%m/%Y}"
        shown.add_row(line.code, line.label, *days, line.quantity_text, french(line.unit_price), french(line.amount))
    return render(shown)
