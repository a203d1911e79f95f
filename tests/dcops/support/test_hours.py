"""Packs sold, interventions logged and corrected, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from dcops.db import Database
from dcops.sections import Support
from dcops.support import hours
from dcops.support.models import LedgerEntry
from inventory.errors import Conflict, DomainError, Invalid, NotFound
from inventory.models import Customer, Membership
from inventory.orm import Transaction

NOW = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)
TODAY = date(2024, 6, 15)
SUPPORT = Support()


def abbeville(tx: Transaction) -> None:
    member = Membership(start=date(2020, 1, 1))
    tx.add(Customer(code="abbeville", name="Abbeville", kind="commune", memberships=[member]))
    tx.flush()


def sell(tx: Transaction, pack: str = "assist-2h30", on: date = TODAY) -> LedgerEntry:
    return hours.sell(tx, "abbeville", pack, on, "camille", NOW)


def log(tx: Transaction, minutes: int, on: date = TODAY, what: str = "Imprimante", support: Support = SUPPORT) -> int:
    return hours.log(tx, "abbeville", minutes, on, what, "alex", NOW, support).id


def test_a_pack_brings_the_minutes_and_the_validity_of_the_grid(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sold = sell(tx, on=date(2024, 2, 29))
    assert (sold.minutes, sold.expires_on, sold.pack) == (150, date(2027, 3, 1), "assist-2h30")


def test_the_balance_document_has_the_published_shape(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sell(tx, on=date(2024, 3, 1))
        log(tx, 40)
        document = hours.balance(tx, "abbeville", TODAY).document()
    pack = document.pop("packs")[0]
    expected = {"customer": "abbeville", "on": "2024-06-15", "bought_minutes": 150, "used_minutes": 45}
    assert document == {**expected, "remaining_minutes": 105, "owed_minutes": 0, "expired_minutes": 0}
    assert {"code": "assist-2h30", "bought_on": "2024-03-01", "expires_on": "2027-03-01"}.items() <= pack.items()
    assert pack["remaining_minutes"] == 105


def test_logged_and_accounted_minutes_are_both_kept(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sell(tx)
        log(tx, 50)
        last = hours.statement(tx, "abbeville", 2024).entries[-1]
    assert (last.logged_minutes, last.minutes) == (50, -60)


def give(tx: Transaction, minutes: int, reason: str = "panne", expires_on: date | None = None) -> LedgerEntry:
    return hours.give(tx, "abbeville", minutes, TODAY, reason, "alex", NOW, expires_on)


def test_given_minutes_pay_like_a_pack_and_before_those_that_expire_later(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sell(tx)
        give(tx, 30, expires_on=date(2024, 7, 1))
        log(tx, 45)
        packs = hours.balance(tx, "abbeville", TODAY).packs
    assert [(pack.code, pack.remaining_minutes) for pack in packs] == [("goodwill", 0), ("assist-2h30", 135)]


REFUSED: list[tuple[str, type[DomainError], Callable[[Transaction], object], str]] = [
    ("zero", Invalid, lambda tx: log(tx, 0), "durée refusée : 0 min"),
    ("negative", Invalid, lambda tx: log(tx, -15), "durée refusée"),
    ("more than a day", Invalid, lambda tx: log(tx, 1441), "24 h"),
    ("tomorrow", Invalid, lambda tx: log(tx, 15, on=date(2024, 6, 16)), "date future"),
    ("long text", Invalid, lambda tx: log(tx, 15, what="x" * 2001), "2001 caractères"),
    ("no text", Invalid, lambda tx: log(tx, 15, what="  "), "description est vide"),
    ("before the pack", Conflict, lambda tx: log(tx, 15, on=date(2024, 6, 14)), "aucun forfait valable le 14/06/2024"),
    ("too much", Conflict, lambda tx: log(tx, 151), "il en manque 15"),
    ("pack of tomorrow", Invalid, lambda tx: sell(tx, on=date(2024, 6, 16)), "date future"),
    ("unknown pack", NotFound, lambda tx: sell(tx, "assist-3h"), "Forfaits : assist-2h30"),
    ("not a pack", NotFound, lambda tx: sell(tx, "vm1"), "Forfaits : assist-2h30"),
    ("pack not yet voted", DomainError, lambda tx: sell(tx, on=date(2023, 6, 1)), "assist-2h30"),
    ("gift of nothing", Invalid, lambda tx: give(tx, 0), "durée refusée"),
    ("gift without reason", Invalid, lambda tx: give(tx, 30, reason=" "), "motif est vide"),
    ("gift already expired", Invalid, lambda tx: give(tx, 30, expires_on=TODAY), "terme refusé"),
    ("unknown customer", NotFound, lambda tx: hours.balance(tx, "atlantis", TODAY), "atlantis"),
    ("unknown buyer", NotFound, lambda tx: hours.sell(tx, "atlantis", "assist-5h", TODAY, "c", NOW), "atlantis"),
    ("year 0", Invalid, lambda tx: hours.statement(tx, "abbeville", 0), "année hors limites"),
]


@pytest.mark.parametrize(("error", "action", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_refused_is_said_and_changes_nothing(
    sqlite_database: Database, error: type[DomainError], action: Callable[[Transaction], object], words: str
) -> None:
    with sqlite_database.transaction() as tx:
        abbeville(tx)
        sell(tx)
        with pytest.raises(error, match=words):
            action(tx)
        assert hours.balance(tx, "abbeville", TODAY).remaining_minutes == 150


def test_with_the_owed_policy_the_missing_minutes_are_owed(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        abbeville(tx)
        log(tx, 45, support=Support(overage="owed"))
        assert hours.balance(tx, "abbeville", TODAY).owed_minutes == 45


def test_a_correction_restores_the_balance_and_is_made_once(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sell(tx)
        wrong = log(tx, 60)
        undone = hours.correct(tx, wrong, "mauvaise commune", "alex", NOW, SUPPORT)
        assert hours.balance(tx, "abbeville", TODAY).remaining_minutes == 150
        with pytest.raises(Conflict, match="déjà annulée"):
            hours.correct(tx, wrong, "encore", "alex", NOW, SUPPORT)
        with pytest.raises(Conflict, match="est une correction"):
            hours.correct(tx, undone.id, "encore", "alex", NOW, SUPPORT)
        with pytest.raises(NotFound, match="n° 999999"):
            hours.correct(tx, 999999, "rien", "alex", NOW, SUPPORT)


def test_a_debit_that_nothing_covered_can_be_corrected_under_the_refusing_policy(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        owed = log(tx, 45, support=Support(overage="owed"))
        hours.correct(tx, owed, "mauvaise commune", "alex", NOW, SUPPORT)
        assert hours.balance(tx, "abbeville", TODAY).owed_minutes == 0


def test_a_pack_that_is_valid_but_empty_is_not_said_to_be_out_of_date(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        abbeville(tx)
        sell(tx, on=date(2024, 6, 1))
        log(tx, 150)
        for day in (TODAY, date(2024, 6, 3)):  # used up, or needed by what was logged for later
            with pytest.raises(Conflict, match=r"forfaits insuffisants.*il en manque 15"):
                log(tx, 15, on=day)


def test_a_number_that_no_entry_can_have_is_unknown(database: Database) -> None:
    with database.transaction() as tx:
        for number in (0, -1, 10**20):
            with pytest.raises(NotFound, match="écriture inconnue"):
                hours.correct(tx, number, "rien", "alex", NOW, SUPPORT)


def test_a_pack_already_used_cannot_be_taken_back(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        pack = sell(tx)
        log(tx, 60)
        with pytest.raises(Conflict, match="60 min en sont déjà consommées"):
            hours.correct(tx, pack.id, "vendu par erreur", "camille", NOW, SUPPORT)


def test_a_statement_opens_and_closes_with_what_moved_between(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        abbeville(tx)
        sell(tx, on=date(2024, 1, 2))
        wrong = log(tx, 60)
        hours.correct(tx, wrong, "doublon", "alex", NOW, SUPPORT)
        log(tx, 15)
        document = hours.statement(tx, "abbeville", 2024).document()
    assert document["opening"]["remaining_minutes"] == 0
    assert sum(entry["minutes"] for entry in document["entries"]) == document["closing"]["remaining_minutes"] == 135


def test_parallel_debits_never_overdraw(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sell(tx)

    def one(_: int) -> bool:
        try:
            with database.transaction() as tx:
                log(tx, 15)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, range(24)))
    assert done.count(True) == 10
    with database.transaction() as tx:
        assert tx.scalar(select(func.sum(LedgerEntry.minutes))) == 0


def test_parallel_corrections_reverse_once(database: Database) -> None:
    with database.transaction() as tx:
        abbeville(tx)
        sell(tx)
        wrong = log(tx, 60)

    def one(_: int) -> bool:
        try:
            with database.transaction() as tx:
                hours.correct(tx, wrong, "doublon", "alex", NOW, SUPPORT)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(12))).count(True) == 1
    with database.transaction() as tx:
        assert hours.balance(tx, "abbeville", TODAY).remaining_minutes == 150
