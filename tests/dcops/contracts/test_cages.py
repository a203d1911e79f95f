"""A private cage costs what was agreed, once for all its racks, and the electricity of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dcops.contracts import cages, store
from dcops.contracts.changes import end_of
from dcops.contracts.holdings import holdings, terms_of
from dcops.contracts.sale import Offer, sell
from dcops.contracts.source import sold
from dcops.contracts.valuation import Valuation
from dcops.db import Database
from inventory import space_store
from inventory import store as inventory
from inventory.cages import CageWish
from inventory.differences import Resources
from inventory.errors import Conflict
from inventory.facts import Reservation
from tests.inventory.space_world import ALEX, CAGED, CAMILLE, TODAY, fill

JULY, OCTOBER = date(2024, 7, 1), date(2024, 10, 1)
WISH = CageWish("Cage 1", CAGED, "roye", JULY)
PRICE = Decimal(42000)
TWIN = CageWish("Cage 2", CAGED, "roye", JULY)


def never(order: str, id: int) -> date | None:
    """Nothing was billed."""
    return None


@pytest.fixture
def space(database: Database) -> Database:
    with database.transaction() as tx:
        fill(tx)
    return database


def test_its_racks_bring_their_electricity_and_its_subscription_its_price(space: Database) -> None:
    with space.transaction() as tx:
        cage, paying = cages.book(tx, WISH, PRICE, CAMILLE)
    assert paying is not None
    with space.transaction() as tx:
        held = holdings(tx, JULY, date(2025, 1, 1), "roye")
    racks = [(each.code, each.kind) for each in held if each.evidence["order"] == "share"]
    assert racks == [("dc-elec", "consumption")] * 5
    assert {each.evidence["name"] for each in held} >= {"A01, espace privatif Cage 1"}
    (sold,) = [each for each in held if each.evidence["order"] == "subscription"]
    assert (sold.code, sold.quantity, sold.agreed_price, sold.start) == ("dc-espace-privatif", 1, PRICE, JULY)
    assert cage.shares[0].cage is cage


@pytest.mark.parametrize(("price", "worth"), [(PRICE, "8400.00"), (Decimal(10000), "2000.00"), (None, "0.00")])
def test_a_rack_of_it_that_stands_empty_is_worth_its_part_of_the_price(
    space: Database, price: Decimal | None, worth: str
) -> None:
    with space.transaction() as tx:
        cages.book(tx, WISH, price, CAMILLE)
    with space.transaction() as tx:
        told = [fact for fact in sold(tx) if isinstance(fact, Reservation) and fact.cage == "Cage 1"]
        assert len(told) == 5
        caged, value = Resources(half_units=84, share="full", cage="Cage 1"), Valuation(tx)
        assert value("roye", caged, JULY) == Decimal(worth)
        assert value("roye", replace(caged, half_units=42), JULY) == Decimal(worth) / 2
        assert value("roye", caged, date(2024, 6, 30)) == 0


def test_without_a_price_only_the_racks_are_booked(space: Database) -> None:
    with space.transaction() as tx:
        assert cages.assess(tx, WISH, None).price is None
        _, paying = cages.book(tx, WISH, None, CAMILLE)
        assert paying is None
        assert store.subscriptions(tx, "roye") == []


def test_a_sale_that_is_refused_leaves_no_rack_booked(space: Database) -> None:
    with space.transaction() as tx:
        sell(tx, Offer("roye", "dc-espace-privatif", Decimal(1), JULY, agreed_price=PRICE))
    with pytest.raises(Conflict, match="commence déjà"), space.transaction() as tx:
        cages.book(tx, WISH, PRICE, CAMILLE)
    with space.transaction() as tx:
        assert space_store.cages(tx) == []
        assert len(inventory.shares(tx)) == 1


def test_its_end_is_that_of_what_pays_for_it_until_it_is_taken_back(space: Database) -> None:
    with space.transaction() as tx:
        cage, _ = cages.book(tx, WISH, PRICE, CAMILLE)
    with space.transaction() as tx:
        _, paying = cages.move_end(tx, cage.id, OCTOBER, ALEX)
        assert paying is not None
        assert end_of(terms_of(paying)) == OCTOBER
        assert paying.amendments[0].reason == "fin de l'espace privatif « Cage 1 »"
    with space.transaction() as tx:
        _, paying = cages.move_end(tx, cage.id, None, ALEX)
        assert paying is not None
        assert end_of(terms_of(paying)) is None
    with pytest.raises(Conflict, match="avenants"), space.transaction() as tx:
        cages.cancel(tx, cage.id, never, ALEX, TODAY)


def test_what_has_not_begun_is_taken_back_whole_unless_it_was_billed(space: Database) -> None:
    with space.transaction() as tx:
        cage, _ = cages.book(tx, WISH, PRICE, CAMILLE)
    for what in ("share", "subscription"):
        with pytest.raises(Conflict, match="factur"), space.transaction() as tx:
            cages.cancel(tx, cage.id, lambda order, id, what=what: OCTOBER if order == what else None, ALEX, TODAY)
    with space.transaction() as tx:
        cages.cancel(tx, cage.id, never, ALEX, TODAY)
    with space.transaction() as tx:
        assert store.subscriptions(tx, "roye") == []
        assert len(inventory.shares(tx)) == 1


def test_two_cages_of_a_customer_never_begin_the_same_day_which_would_hide_what_pays_for_which(space: Database) -> None:
    with space.transaction() as tx:
        cages.book(tx, WISH, None, CAMILLE)
    for act in (lambda tx: cages.book(tx, TWIN, PRICE, ALEX), lambda tx: cages.assess(tx, TWIN, None)):
        with pytest.raises(Conflict, match="« Cage 1 », qui commence le 01/07/2024"), space.transaction() as tx:
            act(tx)
