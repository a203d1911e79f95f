"""Contributions: revenue by service over three civil years, as the budget debate prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

from dcops.accounting import store
from dcops.accounting.history_file import History, parse
from dcops.accounting.services import OTHERS, Service, service_of, services
from dcops.billing.dry_run import FIRST_YEAR, LAST_YEAR, dry_run
from dcops.config import Settings
from dcops.money import ZERO, text
from dcops.sections import Accounting
from inventory import store as inventory_store
from inventory.csv_import import read_file
from inventory.errors import Invalid, NotFound
from inventory.orm import Transaction

YEARS = 3
Origin = Literal["issued", "history", "forecast", "unknown"]
ORIGINS: Mapping[Origin, str] = {
    "issued": "facturé", "history": "repris", "forecast": "prévision", "unknown": "inconnu",
}  # fmt: skip
Share = tuple[str, str, Decimal]
"""(section, customer, euros) of something billed."""


class OfYear(NamedTuple):
    """The revenue of a civil year by code of service, and where it comes from.

    ``incomplete``: how many lines a forecast leaves out, for want of a measure or of a price.
    """

    year: int
    origin: Origin
    amounts: Mapping[str, Decimal] = {}
    incomplete: int = 0

    @property
    def heading(self) -> str:
        return f"{self.year} ({ORIGINS[self.origin]})"

    def of(self, code: str) -> Decimal | None:
        """The revenue of a service; of what was billed, a service that is not there had none."""
        return self.amounts.get(code, ZERO if self.origin in ("issued", "forecast") else None)


class Row(NamedTuple):
    """One service over the years; None where nothing is known."""

    code: str
    label: str
    amounts: tuple[Decimal | None, ...]

    @property
    def variation(self) -> int | None:
        """From the year before the last to the last, in percent."""
        return variation(self.amounts[-2], self.amounts[-1])


@dataclass(frozen=True)
class Contributions:
    """The table: a column a year, a row a service, and their sums."""

    years: tuple[OfYear, ...]
    rows: tuple[Row, ...]

    @property
    def total(self) -> Row:
        columns = zip(*(row.amounts for row in self.rows), strict=True)
        return Row("total", "Total", tuple(_sum(column) for column in columns))

    def document(self) -> dict[str, Any]:
        """The JSON shape of ``report contributions``."""
        years = [
            {"year": each.year, "origin": each.origin, "incomplete": each.incomplete, "total": _text(total)}
            for each, total in zip(self.years, self.total.amounts, strict=True)
        ]
        services = [{"code": row.code, "label": row.label, **self._document(row)} for row in self.rows]
        return {"years": years, "services": services, "total": self._document(self.total)}

    def _document(self, row: Row) -> dict[str, Any]:
        amounts = {str(each.year): _text(amount) for each, amount in zip(self.years, row.amounts, strict=True)}
        return {"amounts": amounts, "variation_pct": row.variation}


def variation(before: Decimal | None, after: Decimal | None) -> int | None:
    """Whole percents, rounded half up; None from nothing and to what is not known."""
    if not before or after is None:
        return None
    return int(((after - before) * 100 / before).quantize(Decimal(1), ROUND_HALF_UP))


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else text(amount)


def table(years: Sequence[OfYear], labels: Mapping[str, str]) -> Contributions:
    """The services in their order, then those that only ``labels`` know and, where there are any, the others."""
    known = {service.code: service for service in services()}
    gone = [Service(code, label) for code, label in labels.items() if code not in known and code != OTHERS.code]
    others = [OTHERS] if any(each.amounts.get(OTHERS.code) for each in years) else []
    shown = [*known.values(), *gone, *others]
    rows = tuple(Row(one.code, one.label, tuple(each.of(one.code) for each in years)) for one in shown)
    return Contributions(tuple(years), rows)


def contributions(tx: Transaction, year: int, settings: Settings) -> Contributions:
    """The three years that end with ``year``: what was issued, else the file of history, else the dry run.

    Raises Invalid on a year, a file or a setting that cannot be used.
    """
    if not FIRST_YEAR + YEARS <= year <= LAST_YEAR:
        raise Invalid(f"année {year} hors limites : de {FIRST_YEAR + YEARS} à {LAST_YEAR}.")
    history = _history(settings.accounting)
    cooperation = _cooperation(tx, settings.accounting)
    asked = range(year - YEARS + 1, year + 1)
    issued: dict[int, list[Share]] = {}
    for billed in store.billed(tx, asked[0], year):
        issued.setdefault(billed.year, []).append(billed[1:])
    years = [_of_year(tx, each, settings, issued.get(each), history, cooperation) for each in asked]
    return table(years, history.labels)


def _of_year(
    tx: Transaction, year: int, settings: Settings, issued: list[Share] | None, history: History, cooperation: Set[str]
) -> OfYear:
    if issued is not None:
        return OfYear(year, "issued", by_service(issued, cooperation))
    if year in history.amounts:
        return OfYear(year, "history", history.amounts[year])
    try:
        run = dry_run(tx, year, settings)
    except NotFound:  # no grid that year
        return OfYear(year, "unknown")
    lines = [(line.section, line.customer_code, line.amount) for invoice in run.invoices for line in invoice.lines]
    return OfYear(year, "forecast", by_service(lines, cooperation), len(run.skipped))


def by_service(shares: Iterable[Share], cooperation: Set[str]) -> dict[str, Decimal]:
    """Euros by code of service; not a cent is left out."""
    found: dict[str, Decimal] = {}
    for section, customer, amount in shares:
        code = service_of(section, customer, cooperation).code
        found[code] = found.get(code, ZERO) + amount
    return found


def _history(accounting: Accounting) -> History:
    path = accounting.history
    return History() if path is None else parse(read_file(path), path.name)


def _cooperation(tx: Transaction, accounting: Accounting) -> frozenset[str]:
    """The customers of the cooperation. Raises Invalid on one that does not exist."""
    unknown = set(accounting.cooperation) - {customer.code for customer in inventory_store.customers(tx)}
    if unknown:
        names = ", ".join(f"« {code} »" for code in sorted(unknown))
        raise Invalid(f"réglage accounting.cooperation : collectivité inconnue {names}.")
    return frozenset(accounting.cooperation)
