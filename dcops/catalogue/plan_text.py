"""What a grid file changes, as an accountant reads it before saying yes: old price → new price, +x %; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from dcops.catalogue.correction import Plan
from dcops.catalogue.diff import Diff, Modified, rise
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.listing import cell_text
from dcops.money import french, number
from inventory.french import counted

WORDS = {
    "section": "section", "service": "service", "label": "libellé", "unit": "unité", "behaviour": "comportement",
    "commitment_months": "engagement en mois", "quantity_min": "quantité à partir de",
    "quantity_max": "quantité jusqu'à", "population_min": "habitants à partir de",
    "population_max": "habitants jusqu'à",
    "floor": "montant minimum", "cap": "montant maximum", "included": "unités comprises", "minutes": "minutes",
    "validity_months": "validité en mois", "proration": "prorata", "vat_category": "catégorie de TVA",
    "kinds": "réservé à", "account": "compte budgétaire", "note": "note",
}  # fmt: skip
"""Columns of a line for a person; the prices of both classes are told apart."""
_PRICES = ("member_price", "member_word", "nonmember_price", "nonmember_word")


def plan_text(plan: Plan) -> str:
    """What loading a file will do: which grid, its days, its vote, then every difference."""
    grid = plan.grid
    if plan.corrected is not None:
        head = f"Correction de la grille {grid.name}, en vigueur depuis le {grid.start:%d/%m/%Y} :"
    else:
        head = f"Nouvelle grille {grid.name}, en vigueur à partir du {grid.start:%d/%m/%Y} ({grid.deliberation})"
        head += f", face à la grille {plan.before.name} :" if plan.before else ", la première :"
    warnings = [f"Attention : {warning}" for warning in plan.warnings]
    return "\n".join([head, diff_text(plan.diff), *warnings])


def against_text(against: Grid, found: Diff) -> str:
    """Differences from a grid, under its name."""
    return f"face à la grille {against.name} ({against.deliberation}) :\n{diff_text(found)}"


def diff_text(found: Diff) -> str:
    """Every difference, lines of one kind together, then how many lines stay as they are."""
    parts = [
        *_titled("Lignes modifiées", found.modified, _modified),
        *_titled("Lignes ajoutées", found.added, _whole),
        *_titled("Lignes supprimées", found.removed, _whole),
    ]
    left = counted(found.unchanged, "ligne inchangée", "lignes inchangées")
    return "\n".join([*parts, f"  {left}." if parts else f"  aucune différence, {left}."])


def percent_text(before: Decimal | None, after: Decimal | None) -> str:
    """``+25 %`` or ``−2,5 %``; empty where a percentage has no meaning."""
    risen = rise(before, after)
    if risen is None or risen == 0:
        return ""
    return f"{'+' if risen > 0 else '−'}{number(abs(risen))} %"


def _titled(title: str, items: Iterable[Any], written: Any) -> list[str]:
    rows = [row for item in items for row in written(item)]
    return [f"  {title} :", *rows] if rows else []


def _modified(line: Modified) -> Iterator[str]:
    yield f"    § {line.after.section}  {line.after.code} — {line.after.label}"
    for member, words in ((True, "adhérent"), (False, "non adhérent")):
        before, after = cell_text(line.before, member), cell_text(line.after, member)
        if before != after:
            risen = percent_text(line.before.price(member), line.after.price(member))
            yield f"        {words} : {before} → {after}" + (f" ({risen})" if risen else "")
    for change in line.changes:
        if change.column not in _PRICES:
            yield f"        {WORDS[change.column]} : {_said(change.before)} → {_said(change.after)}"


def _whole(line: GridLine) -> Iterator[str]:
    yield (
        f"    § {line.section}  {line.code} — {line.label} : adhérent {cell_text(line, True)}, "
        f"non adhérent {cell_text(line, False)}"
    )


def _said(value: Any) -> str:
    if value is None or value == "":
        return "rien"
    return french(value) if isinstance(value, Decimal) else f"« {value} »" if isinstance(value, str) else str(value)
