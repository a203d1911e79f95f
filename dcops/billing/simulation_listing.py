"""How a simulation is shown to a person in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from dcops.billing.comparison import Cell, Effect, Simulation
from dcops.catalogue.listing import render
from dcops.money import ZERO, french, number, round_cents
from inventory.french import counted

LOST_SHOWN = 20


def text(simulation: Simulation) -> str:
    """Totals, services, customers, and what could not be billed any more."""
    total = simulation.total
    head = (
        f"Simulation {simulation.year} : {simulation.draft}, face à la grille {', '.join(simulation.against)}\n"
        f"Avant {french(total.before)} HT, après {french(total.after)} HT : {_signed(total)}"
    )
    services = [
        ((section.section, line.code, line.label), line.effect)
        for section in simulation.sections
        for line in section.lines
    ]
    customers = [((simulation.named(customer.code),), customer.effect) for customer in simulation.customers]
    parts = [head, _table("Par service", ("§", "Code", "Ligne"), services)]
    parts += [_table("Par collectivité", ("Collectivité",), customers), *_lost(simulation)]
    if simulation.unbilled:
        parts.append(f"Non facturable avant comme après : {counted(len(simulation.unbilled), 'ligne')}.")
    return "\n".join(parts)


def _signed(effect: Effect) -> str:
    """``+1 234,00 € (+2,0 %)``."""
    sign = "+" if effect.difference > 0 else ""
    part = f" ({sign}{number(round_cents(effect.variation * 100))} %)" if effect.variation is not None else ""
    return f"{sign}{french(effect.difference)}{part}"


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], Effect]]) -> str:
    from rich.table import Table

    shown = Table(title=title, title_justify="left")
    for name in heads:
        shown.add_column(name)
    for name in ("Avant", "Après", "Différence"):
        shown.add_column(name, justify="right", no_wrap=True)
    for words, effect in rows:
        shown.add_row(*words, french(effect.before), french(effect.after), _signed(effect))
    return render(shown)


def _lost(simulation: Simulation) -> list[str]:
    if not simulation.lost:
        return []
    lines = counted(len(simulation.lost), "ligne")
    title = f"Plus facturable avec ce projet : {lines}, {french(simulation.total.lost)} HT aujourd'hui"
    shown = [_lost_line(simulation, cell) for cell in simulation.lost[:LOST_SHOWN]]
    more = len(simulation.lost) - LOST_SHOWN
    return [title, *shown, *([f"  et {counted(more, 'autre')} (--json ou --xlsx les donnent)"] if more > 0 else [])]


def _lost_line(simulation: Simulation, cell: Cell) -> str:
    return f"  {simulation.named(cell.customer_code)}, {cell.code}, {french(cell.before or ZERO)} : {cell.lost}"
