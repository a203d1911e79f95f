"""What a holding costs in a civil year, line by line, each with why and from what; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from dcops.billing import measured as measured_words
from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.measured import Measured
from dcops.billing.spans import Account, Span, anniversaries, clip, part_of_year, split
from dcops.catalogue.behaviours import Priced
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.quote import grid_words, pick, terms
from dcops.contracts.holding import Holding
from dcops.contracts.prices import price_of
from dcops.money import ZERO, french, round_cents
from inventory.errors import DomainError, Invalid
from inventory.french import counted

_WH = Decimal(1000)
_ONE_DAY = timedelta(days=1)
TAXED = "S"

Days = tuple[date, date]
Usage = Mapping[Days, Measured | str]
"""Energy by days [start, end) of the spans of a consumption; a sentence where it could not be told."""


class Rules(Protocol):
    """What an installation decides of its bills: the section ``billing`` of its settings."""

    @property
    def vat_rate(self) -> Decimal: ...
    @property
    def minimum_coverage(self) -> Decimal: ...


def charges(
    holding: Holding,
    year: int,
    account: Account,
    grids: tuple[Grid, ...],
    rules: Rules,
    usage: Usage | None = None,
) -> list[Line]:
    """The lines that a holding adds to the bill of a civil year; Unbilled where something is missing.

    A fee, a pack and a package are owed on their day, at the grid of that day, never prorated; a yearly price is
    prorated by the rule of its line and split where the price changes; a consumption is its measured energy.
    """
    days = clip(holding.start, holding.end, year)
    if days is None:
        return []
    if holding.kind == "consumption":
        return [_consumed(holding, span, usage or {}, rules) for span in split(*days, account, grids)]
    if holding.kind in ("annual", "unknown"):
        first = max(holding.first, date(year, 1, 1))
        lines = [_yearly(holding, span, first, rules) for span in split(*days, account, grids)]
        return [line for line in lines if line is not None]
    return [_once(holding, day, account, grids, rules) for day in _due_days(holding, days, grids)]


def _due_days(holding: Holding, days: Days, grids: tuple[Grid, ...]) -> list[date]:
    """The days on which something owed once, or once per term, is owed within ``days``."""
    if holding.kind == "package":
        line = next((grid.candidates(holding.code)[0] for grid in grids if grid.candidates(holding.code)), None)
        if line is not None and line.validity_months:
            return anniversaries(holding.first, line.validity_months, *days)
    return [holding.first] if holding.first >= days[0] else []


def _once(holding: Holding, day: date, account: Account, grids: tuple[Grid, ...], rules: Rules) -> Line:
    span = split(day, day + _ONE_DAY, account, grids)[0]
    try:
        line = _line(holding, span)
        priced = price_of(line, span.buyer, holding.quantity, holding.agreed_price, holding.supplier_price)
    except DomainError as error:
        return _unbilled(holding, span, str(error))
    return _charge(holding, span, line, priced, priced.exact, (f"Dû une fois, le {day:%d/%m/%Y}.",), {}, rules)


def _yearly(holding: Holding, span: Span, first: date, rules: Rules) -> Line | None:
    try:
        line = _line(holding, span)
        priced = price_of(line, span.buyer, holding.quantity, holding.agreed_price, holding.supplier_price)
    except DomainError as error:
        return _unbilled(holding, span, str(error))
    part, whole = part_of_year(line.proration, first, span.start, span.end)
    if part == 0:
        return None  # owed once, with the first span
    exact = priced.exact * part / whole
    words = () if part == whole else (_prorated(part, whole, line.proration, exact),)
    unit = {"day": "days", "month": "months"}.get(line.proration, "part")
    return _charge(holding, span, line, priced, exact, words, {unit: f"{part}/{whole}"}, rules)


def _consumed(holding: Holding, span: Span, usage: Usage, rules: Rules) -> Line:
    measured = usage.get((span.start, span.end), "aucune mesure d'énergie pour cette ligne.")
    if isinstance(measured, str):
        return _unbilled(holding, span, measured)
    if measured.coverage < rules.minimum_coverage:
        name = str(holding.evidence["name"])
        return _unbilled(holding, span, measured_words.too_little(measured, rules.minimum_coverage, name))
    try:
        line = _line(holding, span)
        kwh = Decimal(measured.wh) / _WH
        priced = price_of(line, span.buyer, kwh, holding.agreed_price)
    except DomainError as error:
        return _unbilled(holding, span, str(error))
    return _charge(
        holding, span, line, priced, priced.exact, measured_words.words(measured), measured_words.evidence(measured),
        rules,
    )  # fmt: skip


def _line(holding: Holding, span: Span) -> GridLine:
    if span.grid is None:
        raise Invalid("aucune grille tarifaire en vigueur.")
    candidates = span.grid.candidates(holding.code)
    if not candidates:
        raise Invalid(f"la ligne n'est pas dans la grille {span.grid.name}.")
    return pick(candidates, span.buyer, holding.quantity, agreed=holding.agreed_price is not None)


def _charge(
    holding: Holding, span: Span, line: GridLine, priced: Priced, exact: Decimal,
    words: tuple[str, ...], evidence: dict[str, Any], rules: Rules,
) -> Charge:  # fmt: skip
    estimated = evidence.get("estimated_kwh")
    return Charge(
        customer_code=holding.customer_code,
        code=line.code,
        label=f"{line.label} (dont {estimated} kWh estimés)" if estimated else line.label,
        quantity=priced.quantity,
        unit_price=priced.unit_price,
        amount=round_cents(exact),
        start=span.start,
        end=span.end,
        kind=holding.kind,
        vat_category=line.vat_category,
        vat_rate=rules.vat_rate if line.vat_category == TAXED else ZERO,
        evidence={
            "tariff": line.tariff, "deliberation": line.deliberation, "line": line.code,
            "price_class": "member" if span.buyer.member else "nonmember", "order": holding.evidence, **evidence,
        },
        explanation=(*grid_words(line, span.buyer), *priced.why, *words, *terms(line)),
        unit=line.unit,
        section=line.section,
        account=line.account,
    )  # fmt: skip


def _unbilled(holding: Holding, span: Span, why: str) -> Unbilled:
    return Unbilled(holding.customer_code, holding.code, span.start, span.end, why, holding.evidence)


def _prorated(part: int, whole: int, proration: str, exact: Decimal) -> str:
    unit = counted(part, "jour") if proration == "day" else counted(part, "mois commencé", "mois commencés")
    return f"Prorata : {unit} sur {whole} = {french(round_cents(exact))}."
