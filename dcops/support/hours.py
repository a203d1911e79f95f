"""Selling packs of minutes, logging interventions, correcting them, and what is left: the use cases of support."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from dcops.catalogue import store as catalogue
from dcops.catalogue.line import GridLine
from dcops.sections import Support
from dcops.support import store
from dcops.support.ledger import Balance, Entry, accounted, add_months, pack_valid_on, replay, shortage
from dcops.support.models import LedgerEntry
from dcops.support.statement import Statement
from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.customers import is_member
from inventory.errors import Conflict, Invalid, NotFound
from inventory.models import Customer
from inventory.orm import Transaction

LONGEST_TEXT = 2000
DAY_MINUTES = 24 * 60
LATER = 2**62
"""Id of an entry about to be recorded: after every other of its day."""


def sell(tx: Transaction, customer: str, pack: str, on: date, author: str, now: datetime) -> LedgerEntry:
    """Credit a pack: minutes and validity are those of the grid line in force that day.

    Raises NotFound (customer, pack) or Invalid (future day, not a pack of hours, not sold that year).
    """
    holder = store.lock_customer(tx, customer)
    _not_in_future(on, now, "un forfait ne peut pas être vendu")
    line = _pack_line(tx, pack, holder, on)
    expires_on = add_months(on, line.validity_months or 36)
    return _add(
        tx,
        LedgerEntry(
            customer=holder, kind="purchase", on=on, minutes=line.minutes, pack=line.code, expires_on=expires_on,
            what=line.label, author=author, recorded_at=now,
        ),
    )  # fmt: skip


def packs_sold(tx: Transaction, customer: str, pack: str, on: date) -> int:
    """How many of a pack were sold to a customer on a day, those reversed since left out. Raises NotFound."""
    ledger = _ledger(tx, customer)
    reversed_ids = {entry.reverses_id for entry in ledger}
    return sum((e.kind, e.pack, e.on) == ("purchase", pack, on) and e.id not in reversed_ids for e in ledger)


def log(
    tx: Transaction, customer: str, minutes: int, on: date, what: str, author: str, now: datetime, support: Support
) -> LedgerEntry:
    """Debit an intervention, rounded up to the step; the packs valid on the worked day pay it.

    Raises NotFound (customer), Invalid (minutes, day, text) or Conflict (no valid pack covers it, unless
    the overage setting is "owed").
    """
    holder = store.lock_customer(tx, customer)
    _not_in_future(on, now, "une intervention ne peut pas être saisie")
    _check_minutes(minutes)
    charged = accounted(minutes, support.step_minutes, support.minimum_minutes)
    ledger = _pure(store.entries(tx, holder.id))
    missing = shortage(ledger, Entry(LATER, "debit", on, -charged))
    if missing > 0 and support.overage == "refuse":
        raise Conflict(_no_pack(customer, on, charged, missing, pack_valid_on(ledger, on)))
    return _add(
        tx,
        LedgerEntry(
            customer=holder, kind="debit", on=on, minutes=-charged, logged_minutes=minutes,
            what=_text(what, "la description"), author=author, recorded_at=now,
        ),
    )  # fmt: skip


def give(
    tx: Transaction,
    customer: str,
    minutes: int,
    on: date,
    reason: str,
    author: str,
    now: datetime,
    expires_on: date | None = None,
) -> LedgerEntry:
    """Credit minutes as a goodwill gesture; without ``expires_on`` they never expire.

    Raises NotFound (customer) or Invalid (minutes, day, term, no reason).
    """
    holder = store.lock_customer(tx, customer)
    _not_in_future(on, now, "un geste commercial ne peut pas être accordé")
    _check_minutes(minutes)
    if expires_on is not None and expires_on <= on:
        raise Invalid(f"terme refusé : {expires_on:%d/%m/%Y} n'est pas après le {on:%d/%m/%Y}.")
    return _add(
        tx,
        LedgerEntry(
            customer=holder, kind="goodwill", on=on, minutes=minutes, expires_on=expires_on,
            what=_text(reason, "le motif"), author=author, recorded_at=now,
        ),
    )  # fmt: skip


def correct(tx: Transaction, entry_id: int, reason: str, author: str, now: datetime, support: Support) -> LedgerEntry:
    """Reverse one entry, with a reason; both stay in the ledger, dated alike, so that every day's balance is right.

    Raises NotFound, Invalid (no reason) or Conflict (a correction, already corrected, or a pack already used).
    """
    wrong = store.lock_entry(tx, entry_id)
    ledger = store.entries(tx, wrong.customer_id)
    _check_correctable(wrong, ledger)
    reversal = Entry(LATER, "correction", wrong.on, -wrong.minutes, reverses_id=wrong.id)
    missing = shortage(_pure(ledger), reversal)
    if missing > 0 and support.overage == "refuse":
        raise Conflict(f"l'écriture n° {entry_id} ne peut pas être annulée : {missing} min en sont déjà consommées.")
    return _add(
        tx,
        LedgerEntry(
            customer=wrong.customer, kind="correction", on=wrong.on, minutes=-wrong.minutes, reverses_id=wrong.id,
            what=_text(reason, "le motif"), author=author, recorded_at=now,
        ),
    )  # fmt: skip


def balance(tx: Transaction, customer: str, on: date) -> Balance:
    """A customer's minutes on a day. Raises NotFound."""
    return replay(_pure(_ledger(tx, customer)), on, customer)


def balances(tx: Transaction, on: date) -> dict[str, Balance]:
    """The balance of every customer that has a ledger, by code."""
    return {code: replay(_pure(ledger), on, code) for code, ledger in store.all_entries(tx).items()}


def entries(tx: Transaction, customer: str) -> list[LedgerEntry]:
    """A customer's whole ledger, latest day first. Raises NotFound."""
    return list(reversed(_ledger(tx, customer)))


def statement(tx: Transaction, customer: str, year: int) -> Statement:
    """What moved in a civil year, with the balances around it. Raises NotFound, Invalid (year)."""
    if not 2000 <= year <= 2200:
        raise Invalid(f"année hors limites : {year} (de 2000 à 2200).")
    ledger = _ledger(tx, customer)
    before = replay(_pure(ledger), date(year - 1, 12, 31), customer)
    after = replay(_pure(ledger), date(year, 12, 31), customer)
    return Statement(customer, year, before, after, tuple(entry for entry in ledger if entry.on.year == year))


def _ledger(tx: Transaction, customer: str) -> Sequence[LedgerEntry]:
    """A customer's whole ledger, by day. Raises NotFound."""
    return store.entries(tx, inventory_store.customer(tx, customer).id)


def _pure(ledger: Iterable[LedgerEntry]) -> list[Entry]:
    return [Entry(e.id, e.kind, e.on, e.minutes, e.pack, e.expires_on, e.reverses_id) for e in ledger]


def _add(tx: Transaction, entry: LedgerEntry) -> LedgerEntry:
    tx.add(entry)
    tx.flush()
    return entry


def _pack_line(tx: Transaction, pack: str, holder: Customer, on: date) -> GridLine:
    grid = catalogue.tariff_on(tx, on)
    packs = [line for line in grid.lines if line.minutes]
    line = next((line for line in packs if line.code == pack), None)
    if line is None:
        known = ", ".join(line.code for line in packs) or "aucun"
        raise NotFound(f"« {pack} » n'est pas un forfait d'heures de la grille {grid.name}. Forfaits : {known}.")
    member = is_member(holder.memberships, on)
    if line.price(member) is None:
        who = "adhérents" if member else "non-adhérents"
        raise Invalid(f"le forfait « {pack} » n'est pas vendu aux {who} dans la grille {grid.name}.")
    return line


def _not_in_future(on: date, now: datetime, what: str) -> None:
    today = civil_date(now)
    if on > today:
        raise Invalid(f"{what} à une date future : {on:%d/%m/%Y} est après aujourd'hui ({today:%d/%m/%Y}).")


def _check_minutes(minutes: int) -> None:
    if not 0 < minutes <= DAY_MINUTES:
        raise Invalid(f"durée refusée : {minutes} min. Une intervention dure de 1 à {DAY_MINUTES} min (24 h).")


def _text(text: str, name: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(f"{name} est vide : dire en quelques mots ce qui a été fait ou pourquoi.")
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"{name} a {len(text)} caractères : {LONGEST_TEXT} au plus.")
    return text


def _check_correctable(wrong: LedgerEntry, ledger: Iterable[LedgerEntry]) -> None:
    if wrong.kind == "correction":
        raise Conflict(f"l'écriture n° {wrong.id} est une correction : elle ne se corrige pas, saisir à nouveau.")
    by = next((entry.id for entry in ledger if entry.reverses_id == wrong.id), None)
    if by is not None:
        raise Conflict(f"l'écriture n° {wrong.id} est déjà annulée par l'écriture n° {by}.")


def _no_pack(customer: str, on: date, charged: int, missing: int, valid: bool) -> str:
    if not valid:
        return f"aucun forfait valable le {on:%d/%m/%Y} pour « {customer} » : vendre un forfait avant de saisir."
    return (
        f"forfaits insuffisants pour « {customer} » le {on:%d/%m/%Y} : {charged} min à décompter, "
        f"il en manque {missing}, les interventions déjà saisies déduites. Vendre un forfait avant de saisir."
    )
