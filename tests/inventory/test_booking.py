"""Space is booked once: of two people who want the same units, one is told who has them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from dcops.db import Database
from inventory import booking, cages, space_store, store
from inventory.cages import CageWish
from inventory.errors import Conflict, Invalid, NotFound
from tests.inventory.space_world import ALEX, AT, CAGED, CAMILLE, TODAY, fill, wish


def never(order: str, id: int) -> date | None:
    """Nothing was billed."""
    return None


def until_2025(order: str, id: int) -> date | None:
    """Shares are billed, nothing else."""
    return date(2025, 1, 1) if order == "share" else None


JULY, OCTOBER = date(2024, 7, 1), date(2024, 10, 1)
CAGE = CageWish("Cage 1", CAGED, "roye", JULY, power_w=3000)


@pytest.fixture
def space(database: Database) -> Database:
    with database.transaction() as tx:
        fill(tx)
    return database


def book(space: Database, **changes: object) -> int:
    with space.transaction() as tx:
        return booking.book(tx, wish(**changes), CAMILLE).id


def test_a_share_is_booked_with_its_power_and_who_did_it(space: Database) -> None:
    booked = book(space, power_w=1500)
    with space.transaction() as tx:
        share = space_store.share(tx, booked)
        assert (share.place, share.customer.code, share.start, share.end) == ("A06 U22 à U42", "roye", JULY, None)
        (move,) = space_store.moves_of_rack(tx, share.rack_id)
    assert (move.what, move.author, move.recorded_at, move.values["power_w"]) == ("booked", "Camille", AT, 1500)


def test_whoever_comes_second_is_told_who_has_it_and_who_booked_it(space: Database) -> None:
    book(space)
    with pytest.raises(Conflict, match="U22 à U42 est déjà à Ville de Roye depuis le 01/07/2024, réservé par Camille"):
        book(space, kind="unit", position=30, customer="albert")
    with pytest.raises(Conflict, match=r"est déjà à Ville d'Albert depuis le 01/01/2024, U22 à U42 est"):
        book(space, kind="full")


def test_what_is_only_looked_at_is_not_written(space: Database) -> None:
    with space.transaction() as tx:
        assert booking.assess(tx, wish()).place == "A06 U22 à U42"
    with space.transaction() as tx:
        assert len(store.shares(tx)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rack": "Z9"}, "baie « Z9 » inconnue"),
        ({"customer": "nobody"}, "collectivité « nobody » inconnue"),
        ({"position": 3}, "baie A06 : position 3"),
        ({"end": JULY}, "finirait avant de commencer"),
        ({"power_w": 0}, "une puissance va de 1"),
        ({"kind": "third"}, "une part est"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(space: Database, changes: dict[str, object], words: str) -> None:
    with pytest.raises((Invalid, NotFound), match=words):
        book(space, **changes)


def test_an_end_is_set_moved_and_taken_back_unless_somebody_follows(space: Database) -> None:
    booked = book(space)
    with space.transaction() as tx:
        assert booking.move_end(tx, booked, OCTOBER, ALEX).end == OCTOBER
    follower = book(space, customer="albert", start=OCTOBER)
    for end in (date(2024, 12, 1), None):
        with pytest.raises(Conflict, match="Ville d'Albert depuis le 01/10/2024"), space.transaction() as tx:
            booking.move_end(tx, booked, end, ALEX)
    with space.transaction() as tx:
        booking.cancel(tx, follower, never, ALEX, TODAY)
        assert booking.move_end(tx, booked, None, ALEX).end is None
    with pytest.raises(Conflict, match="rien à changer"), space.transaction() as tx:
        booking.move_end(tx, booked, None, ALEX)
    with pytest.raises(Invalid, match="commence le 01/07/2024"), space.transaction() as tx:
        booking.move_end(tx, booked, JULY, ALEX)


def test_only_what_has_not_begun_nor_been_billed_is_cancelled(space: Database) -> None:
    booked = book(space)
    with pytest.raises(Conflict, match="a commencé le 01/01/2024"), space.transaction() as tx:
        booking.cancel(tx, 1, never, ALEX, TODAY)
    with pytest.raises(Conflict, match="facture émise"), space.transaction() as tx:
        booking.cancel(
            tx, booked, lambda order, id: date(2025, 1, 1) if (order, id) == ("share", booked) else None, ALEX, TODAY
        )
    with space.transaction() as tx:
        booking.cancel(tx, booked, never, ALEX, TODAY)
    with space.transaction() as tx:
        assert [share.id for share in store.shares(tx)] == [1]
        assert [move.what for move in space_store.moves_of_rack(tx, store.rack(tx, "A06").id)] == [
            "booked",
            "cancelled",
        ]


def test_a_cage_is_all_of_its_racks(space: Database) -> None:
    with space.transaction() as tx:
        cage = cages.book(tx, CAGE, CAMILLE)
        assert [(share.place, share.power_w) for share in cage.shares] == [(f"{name} U1 à U42", 3000) for name in CAGED]
    with pytest.raises(Conflict, match="Cage 1"), space.transaction() as tx:
        booking.move_end(tx, cage.shares[0].id, OCTOBER, ALEX)
    with pytest.raises(Conflict, match="Cage 1"), space.transaction() as tx:
        booking.cancel(tx, cage.shares[0].id, never, ALEX, TODAY)
    with space.transaction() as tx:
        cages.move_end(tx, cage.id, OCTOBER, ALEX)
    with space.transaction() as tx:
        assert {share.end for share in space_store.cage(tx, cage.id).shares} == {OCTOBER}
        cages.cancel(tx, cage.id, never, ALEX, TODAY)
    with space.transaction() as tx:
        assert space_store.cages(tx) == []
        assert [share.id for share in store.shares(tx)] == [1]


def test_a_cage_is_all_or_nothing_and_says_everything_in_its_way(space: Database) -> None:
    book(space, rack="A02", kind="quarter", position=1)
    book(space, rack="A04", kind="unit", position=7)
    told = r"A02 U1 à U42 : .*Ville de Roye.* ; A04 U1 à U42 : U7"
    with pytest.raises(Conflict, match=told) as refused, space.transaction() as tx:
        cages.book(tx, CAGE, ALEX)
    assert str(refused.value).endswith("Choisir une autre place ou d'autres jours.")
    with space.transaction() as tx:
        assert space_store.cages(tx) == []
        assert len(store.shares(tx)) == 3


@pytest.mark.parametrize(
    ("racks", "words"), [(CAGED[:4], "plus de quatre baies"), ((*CAGED, "B01"), "dans une seule salle")]
)
def test_a_cage_is_more_than_four_racks_of_one_room(space: Database, racks: tuple[str, ...], words: str) -> None:
    with pytest.raises(Invalid, match=words), space.transaction() as tx:
        cages.book(tx, CageWish("Cage 1", racks, "roye", JULY), ALEX)


def test_of_two_technicians_at_once_one_has_it_and_the_other_knows_who(space: Database) -> None:
    together = Barrier(2)

    def technician(by: booking.By, customer: str, position: int) -> str:
        together.wait()
        try:
            with space.transaction() as tx:
                booking.book(tx, wish(rack="A01", kind="unit", customer=customer, position=position, units=4), by)
        except Conflict as told:
            return str(told)
        return "booked"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(technician, (CAMILLE, ALEX), ("albert", "roye"), (10, 12)))
    assert answers.count("booked") == 1
    (told,) = [answer for answer in answers if answer != "booked"]
    assert ("Ville d'Albert" in told and "Camille" in told) or ("Ville de Roye" in told and "Alex" in told)
    with space.transaction() as tx:
        assert len(store.shares(tx)) == 2
