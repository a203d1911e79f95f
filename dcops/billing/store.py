"""The SELECTs over billing runs and the documents they issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, case, delete, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from dcops.billing.models import BillingRun, Invoice, InvoiceLine
from dcops.billing.numbering import series_of
from dcops.money import ZERO
from inventory.errors import NotFound
from inventory.models import Customer
from inventory.orm import Transaction


@dataclass(frozen=True)
class Totals:
    """What the documents of a run add up to."""

    invoices: int = 0
    credit_notes: int = 0
    net: Decimal = ZERO
    vat: Decimal = ZERO

    @property
    def documents(self) -> int:
        return self.invoices + self.credit_notes

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def runs(tx: Transaction) -> Sequence[BillingRun]:
    """Every run, the latest first."""
    return tx.scalars(select_runs()).all()


def select_runs() -> Select[BillingRun]:
    return select(BillingRun).order_by(BillingRun.id.desc())


def find_run(tx: Transaction, name: str) -> BillingRun | None:
    """A run by its name."""
    return tx.scalar(select(BillingRun).where(BillingRun.name == name))


def run(tx: Transaction, name: str) -> BillingRun:
    """A run by its name. Raises NotFound saying which there are."""
    found = find_run(tx, name)
    if found is None:
        known = ", ".join(each.name for each in runs(tx)) or "aucune"
        raise NotFound(f"campagne inconnue : « {name} » ; campagnes : {known}.")
    return found


def run_on_its_way(tx: Transaction, year: int) -> BillingRun | None:
    """The run of a year that is not issued yet."""
    return tx.scalar(select(BillingRun).where(BillingRun.year == year, BillingRun.state != "issued"))


def totals(tx: Transaction) -> dict[int, Totals]:
    """What each run that has documents adds up to, by its id."""
    notes = func.sum(case((Invoice.kind == "credit_note", 1), else_=0))
    sums = (func.count(Invoice.id), notes, func.sum(Invoice.net), func.sum(Invoice.vat))
    wanted = select(Invoice.run_id, *sums).where(Invoice.run_id.is_not(None)).group_by(Invoice.run_id)
    return {row[0]: Totals(row[1] - row[2], row[2], row[3], row[4]) for row in tx.execute(wanted)}


def runs_of(tx: Transaction, year: int) -> int:
    """How many runs a year has had."""
    return tx.scalar(select(func.count(BillingRun.id)).where(BillingRun.year == year)) or 0


def select_documents() -> Select[Invoice]:
    """Documents with their lines, their customer and the invoice they credit, in the order they were made."""
    return (
        select(Invoice)
        .options(joinedload(Invoice.customer), joinedload(Invoice.credited), joinedload(Invoice.run))
        .options(selectinload(Invoice.lines))
        .order_by(Invoice.id)
    )


def documents_of(tx: Transaction, run_id: int) -> Sequence[Invoice]:
    """The documents of a run with their lines."""
    return tx.scalars(select_documents().where(Invoice.run_id == run_id)).all()


def headers_of(tx: Transaction, run_id: int) -> Sequence[Invoice]:
    """The documents of a run without their lines."""
    wanted = select(Invoice).options(joinedload(Invoice.customer), joinedload(Invoice.credited))
    return tx.scalars(wanted.where(Invoice.run_id == run_id).order_by(Invoice.id)).all()


def document(tx: Transaction, number: str) -> Invoice:
    """An issued document by its number. Raises NotFound."""
    found = tx.scalar(select_documents().where(Invoice.number == number))
    if found is None:
        raise unknown(number)
    return found


def unknown(number: str) -> NotFound:
    """What is told of a number that nobody has, or that is not the reader's."""
    return NotFound(f"facture inconnue : « {number} » ; vérifier le numéro.")


def draft(tx: Transaction, invoice_id: int) -> Invoice:
    """A document by its id, issued or not. Raises NotFound."""
    found = tx.scalar(select_documents().where(Invoice.id == invoice_id))
    if found is None:
        raise NotFound(f"document inconnu : n° {invoice_id}.")
    return found


def select_issued(customer: str | None = None) -> Select[Invoice]:
    """Issued documents of everybody or of one customer code, the latest first, without their lines."""
    wanted = (
        select(Invoice)
        .join(Invoice.customer)
        .where(Invoice.number.is_not(None))
        .options(joinedload(Invoice.customer), joinedload(Invoice.credited), joinedload(Invoice.run))
        .order_by(Invoice.id.desc())
    )
    return wanted if customer is None else wanted.where(Customer.code == customer)


def issued(tx: Transaction, customer: str | None = None) -> Sequence[Invoice]:
    return tx.scalars(select_issued(customer)).all()


def numbered_like(tx: Transaction, text: str, limit: int = 20) -> Sequence[Invoice]:
    """Issued documents whose number holds a text, the latest first."""
    return tx.scalars(select_issued().where(Invoice.number.icontains(text, autoescape=True)).limit(limit)).all()


def credits_of(tx: Transaction, invoice_id: int) -> Sequence[Invoice]:
    """The issued credit notes of an invoice, in their order."""
    wanted = select(Invoice).where(Invoice.credits_id == invoice_id, Invoice.number.is_not(None)).order_by(Invoice.id)
    return tx.scalars(wanted).all()


def credited_keys(tx: Transaction, invoice_id: int) -> set[tuple[str, int]]:
    """(key, version) of the lines of an invoice that a credit note already credits, a draft one included."""
    note = aliased(Invoice)
    wanted = (
        select(InvoiceLine.key, InvoiceLine.version)
        .join(note, note.id == InvoiceLine.invoice_id)
        .where(note.credits_id == invoice_id)
    )
    return {(key, version) for key, version in tx.execute(wanted)}


def drafted(tx: Transaction, run_id: int) -> set[tuple[str, Decimal, bool]]:
    """(key, amount, whether it is a credit) of each line of a run."""
    columns = (InvoiceLine.key, InvoiceLine.amount, InvoiceLine.credit)
    wanted = select(*columns).join(Invoice, Invoice.id == InvoiceLine.invoice_id).where(Invoice.run_id == run_id)
    return {(row[0], row[1], row[2]) for row in tx.execute(wanted)}


def remove_documents(tx: Transaction, run_id: int) -> None:
    """Remove the documents of a run that is not issued."""
    of_run = select(Invoice.id).where(Invoice.run_id == run_id)
    tx.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id.in_(of_run)))
    tx.execute(delete(Invoice).where(Invoice.run_id == run_id))


def remove_run(tx: Transaction, run_id: int) -> None:
    tx.execute(delete(BillingRun).where(BillingRun.id == run_id))


def last_sequence(tx: Transaction, series: str) -> tuple[int, date | None]:
    """The last number given in a series and the last day of issue; (0, None) for a new one."""
    wanted = select(func.max(Invoice.sequence), func.max(Invoice.issued_on)).where(Invoice.series == series)
    sequence, day = tx.execute(wanted).one()
    return sequence or 0, day


def net_by_customer(tx: Transaction, year: int) -> dict[str, Decimal]:
    """Net amounts issued for a civil year, credit notes taken off, by customer code."""
    wanted = (
        select(Customer.code, func.sum(Invoice.net))
        .join(Invoice.customer)
        .where(Invoice.year == year, Invoice.number.is_not(None))
        .group_by(Customer.code)
    )
    return {row[0]: row[1] for row in tx.execute(wanted)}


def slips(tx: Transaction, budget: str, year: int) -> list[tuple[int, str]]:
    """(first sequence, kind) of each bordereau issued by a budget in a year, in their order.

    Documents of one run and one kind are on one bordereau; a credit note outside runs is alone on its own; what is
    worth 0 is on none.
    """
    first = func.min(Invoice.sequence)
    wanted = (
        select(first, Invoice.kind)
        .where(Invoice.series == series_of(budget, date(year, 1, 1)), Invoice.gross != ZERO)
        .group_by(func.coalesce(Invoice.run_id, -Invoice.id), Invoice.kind)
        .order_by(first)
    )
    return [(row[0] or 0, row[1]) for row in tx.execute(wanted)]
