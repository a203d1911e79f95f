"""Files of racks and shares: where racks stand, what shares may draw; files without these columns still do."""

from __future__ import annotations

from datetime import date

import pytest

from dcops.db import Database
from inventory import cages, store
from inventory.cages import CageWish
from inventory.errors import ImportRefused
from inventory.imports import import_racks, import_shares
from tests.inventory.space_world import CAGED, CAMILLE, fill

RACKS = "site,room,name,u_height,row,place\nAmiens,Salle A,{},42,{},{}\n"


@pytest.fixture
def space(database: Database) -> Database:
    with database.transaction() as tx:
        fill(tx)
    return database


def test_a_rack_stands_somewhere_and_a_file_that_does_not_say_moves_it_nowhere(space: Database) -> None:
    with space.transaction() as tx:
        import_racks(tx, "racks.csv", RACKS.format("A01", "1", 3))
    with space.transaction() as tx:
        import_racks(tx, "racks.csv", "site,room,name,u_height\nAmiens,Salle A,A01,42\nAmiens,Salle A,A02,42\n")
        rack = store.rack(tx, "A01")
        assert (rack.row, rack.place) == ("1", 3)
        assert (store.rack(tx, "A02").row, store.rack(tx, "A02").place) == ("", None)


def test_two_racks_never_stand_at_one_place(space: Database) -> None:
    with space.transaction() as tx:
        import_racks(tx, "racks.csv", RACKS.format("A01", "1", 3))
    told = "la place 3 de la rangée 1 est celle de la baie A01"
    with pytest.raises(ImportRefused, match=told), space.transaction() as tx:
        import_racks(tx, "racks.csv", RACKS.format("A02", "1", 3))
    with space.transaction() as tx:
        assert import_racks(tx, "racks.csv", RACKS.format("A02", "2", 3)).imported == 1
        assert import_racks(tx, "racks.csv", RACKS.format("A01", "1", 3)).unchanged == 1


def test_a_share_is_promised_watts_and_keeps_them_when_a_file_does_not_say(space: Database) -> None:
    told = "rack;kind;position;customer;from;power_w\nA01;half;1;roye;2024-01-01;1800\n"
    silent = "rack;kind;position;customer;from;to\nA01;half;1;roye;2024-01-01;2025-01-01\n"
    with space.transaction() as tx:
        import_shares(tx, "shares.csv", told)
    with space.transaction() as tx:
        import_shares(tx, "shares.csv", silent)
        (share,) = store.rack(tx, "A01").shares
        assert (share.power_w, share.end) == (1800, date(2025, 1, 1))


def test_a_file_does_not_move_the_end_of_a_cage(space: Database) -> None:
    with space.transaction() as tx:
        cages.book(tx, CageWish("Cage 1", CAGED, "roye", date(2024, 7, 1)), CAMILLE)
    same = "rack;kind;customer;from;to\nA01;full;roye;2024-07-01;{}\n"
    with pytest.raises(ImportRefused, match="« Cage 1 » : finir l'espace"), space.transaction() as tx:
        import_shares(tx, "shares.csv", same.format("2025-01-01"))
    with space.transaction() as tx:
        assert import_shares(tx, "shares.csv", same.format("")).unchanged == 1
