"""What a customer owes for a civil year, line by line, each with why and from what; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from dcops.billing import measured as told
from dcops.billing.charge import Charge, Line
from dcops.billing.known import Days, Known
from dcops.billing.pooled import Part, pooled, together
from dcops.billing.pricing import LinePrice, Pricing, unbilled
from dcops.billing.spans import Account, Span, anniversaries
from dcops.contracts.holding import Holding
from inventory.errors import DomainError

_WH = Decimal(1000)
_ONE_DAY = timedelta(days=1)
NOTHING = Known()


def charges(held: Iterable[Holding], account: Account, pricing: Pricing, known: Known = NOTHING) -> list[Line]:
    """The lines of a customer's bill of the year of ``pricing``; Unbilled where something is missing.

    A fee, a pack and a package are owed on their day, at the grid of that day, never prorated; a yearly price is
    prorated by the rule of its line and split where the price changes; a consumption is its measured energy. What
    counts a customer as a whole (units above a threshold, uses of the year before) is one line for all its orders.
    """
    lines: list[Line] = []
    parts: list[Part] = []
    for holding in held:
        days = pricing.days(holding)
        if days is None:
            continue
        if holding.kind == "consumption":
            lines += _consumed(holding, days, account, pricing, known)
        elif holding.kind == "usage" and holding.evidence["order"] == "nas":
            lines += _stored(holding, days, account, pricing, known)
        elif holding.kind in ("annual", "usage", "unknown"):
            lines += _yearly(holding, days, account, pricing, parts)
        else:
            lines += _once(holding, days, account, pricing)
    return lines + pooled(parts, account, pricing, known) if parts else lines


def _once(holding: Holding, days: Days, account: Account, pricing: Pricing) -> Iterator[Line]:
    """What is owed on its day: a quantity when it begins, a package again at each term."""
    quantity = holding.quantity if holding.kind == "package" else holding.added
    for day in _due_days(holding, days, pricing):
        (span,) = pricing.spans(account, day, day + _ONE_DAY)
        try:
            found = _price(holding, span, quantity, pricing)
        except DomainError as error:
            yield unbilled(holding, span, str(error))
        else:
            yield pricing.charge(holding, span, found, found.priced.exact, (f"Dû une fois, le {day:%d/%m/%Y}.",))


def _due_days(holding: Holding, days: Days, pricing: Pricing) -> list[date]:
    """The days on which something owed once, or once per term, is owed within ``days``."""
    if holding.kind == "package":
        months = pricing.validity_months(holding.code)
        if months:
            return anniversaries(holding.first, months, *days)
    return [holding.start] if holding.start >= days[0] and holding.added else []


def _yearly(holding: Holding, days: Days, account: Account, pricing: Pricing, parts: list[Part]) -> Iterator[Line]:
    """The lines of a yearly price; what is counted with the customer's other orders goes to ``parts``."""
    for span in pricing.spans(account, *days):
        try:
            found = _price(holding, span, holding.quantity, pricing)
            if together(holding, found.line):
                parts.append(Part(holding, span, found.line))
                continue
            if found.line.proration == "none":
                line = _whole(holding, span, found, pricing)
            else:
                line = pricing.prorated(holding, span, found, holding.first)
        except DomainError as error:
            yield unbilled(holding, span, str(error))
        else:
            if line is not None:
                yield line


def _whole(holding: Holding, span: Span, found: LinePrice, pricing: Pricing) -> Charge | None:
    """All of a yearly price with its first day in the year, then what each change of its quantity adds."""
    if span.start != max(holding.start, pricing.first):
        return None
    if span.start > pricing.first and holding.already:
        if not holding.added:
            return None
        found = _price(holding, span, holding.added, pricing)
    return pricing.charge(holding, span, found, found.priced.exact)


def _consumed(holding: Holding, days: Days, account: Account, pricing: Pricing, known: Known) -> Iterator[Line]:
    """Measured kWh of a share at the price of each span."""
    share = holding.evidence["id"] if holding.evidence["order"] == "share" else 0
    usage = known.energies.get(share, {})
    minimum = pricing.rules.minimum_coverage
    for span in pricing.spans(account, *days):
        measured = usage.get((span.start, span.end), "aucune mesure d'énergie pour cette ligne.")
        if isinstance(measured, str):
            yield unbilled(holding, span, measured)
            continue
        if measured.coverage < minimum:
            yield unbilled(holding, span, told.too_little(measured, minimum, str(holding.evidence["name"])))
            continue
        try:
            found = _price(holding, span, Decimal(measured.wh) / _WH, pricing)
        except DomainError as error:
            yield unbilled(holding, span, str(error))
            continue
        words, evidence = told.words(measured), told.evidence(measured)
        yield pricing.charge(holding, span, found, found.priced.exact, words, evidence)


def _stored(holding: Holding, days: Days, account: Account, pricing: Pricing, known: Known) -> Iterator[Line]:
    """GB of a backup box above a plan: one figure for the days of that plan, at the price of each span."""
    stored, basis = known.stored_of(holding.evidence["id"], days), pricing.rules.backup_basis
    plan, held_days = Decimal(holding.evidence["plan_gb"]), (days[1] - days[0]).days
    for span in pricing.spans(account, *days):
        if stored is None:
            yield unbilled(holding, span, told.nothing_stored(str(holding.evidence["name"]), days))
            continue
        try:
            found = _price(holding, span, stored.above(basis, plan), pricing)
        except DomainError as error:
            yield unbilled(holding, span, str(error))
            continue
        words = told.stored_words(stored, basis, plan, held_days)
        evidence = told.stored_evidence(stored, basis, plan, held_days)
        line = pricing.prorated(holding, span, found, holding.first, words, evidence)
        if line is not None:
            yield line


def _price(holding: Holding, span: Span, quantity: Decimal, pricing: Pricing) -> LinePrice:
    return pricing.price(span, holding.code, quantity, holding.agreed_price, holding.supplier_price)
