"""Where a share can go, from the tables: what is sold, documented and measured of every rack."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dcops.db import Database
from dcops.sections import Space
from dcops.space.placing import places, powers
from dcops.space.placing_listing import document, human, notes
from inventory import booking, store
from inventory.evidence import document_of
from inventory.facts import Mounting, Reservation
from inventory.models import SourceSnapshot
from inventory.orm import Transaction
from inventory.placement import Wanted
from metering.models import MeterReading
from tests.inventory.space_world import AT, CAMILLE, fill, wish
from tests.metering.world import add_meter

JULY, OCTOBER = date(2024, 7, 1), date(2024, 10, 1)
HALF = Wanted("half", JULY, watts=2000, customer="roye")
SPACE = Space()


def documented(tx: Transaction) -> None:
    facts = [
        document_of(Mounting("A01", "srv-inconnu", 4, 4, "front", None)),
        document_of(Reservation("A02", 0, 84, "albert", "Extension d'Albert")),
    ]
    tx.add(
        SourceSnapshot(
            source="netbox", kind="documented", scope="racks", status="complete", taken_at=AT, duration_s=0.1,
            object_count=len(facts), facts=facts, faults=[],
        )
    )  # fmt: skip


def measured(tx: Transaction, rack: str, watts: int) -> None:
    for feed in "AB":
        meter = add_meter(tx, f"{rack}-{feed}", store.rack(tx, rack), feed, start=datetime(2024, 1, 1, tzinfo=UTC))
        tx.add(
            MeterReading(meter_id=meter.id, at=AT.replace(hour=9), wh=1, power_w=watts, source="poll", received_at=AT)
        )


@pytest.fixture
def space(database: Database) -> Database:
    with database.transaction() as tx:
        fill(tx)
        documented(tx)
        for name, watts in (("A01", 300), ("A02", 300), ("A03", 300), ("A04", 2500), ("A06", 300)):
            measured(tx, name, watts)
        booking.book(tx, wish(rack="A05", kind="full", start=OCTOBER), CAMILLE)
    return database


def test_the_answer_ranks_says_what_to_check_and_counts_what_does_not_do(space: Database) -> None:
    with space.transaction() as tx:
        answer = places(tx, HALF, SPACE, AT)
    assert [(each.rack.name, each.position) for each in answer.places] == [
        ("A06", 2),  # leaves nothing unused
        ("A01", 2),  # its lower half is documented as occupied
        ("A03", 1),
        ("B01", 1),  # not measured
        ("A02", 1),  # set aside for another
    ]
    told = {each.rack.name: notes(each) for each in answer.places}
    assert told["A02"] == ["U1 à U42 réservé dans NetBox : Extension d'Albert"]
    assert told["B01"] == ["puissance non mesurée sur toutes les voies depuis 30 jours"]
    assert told["A01"] == told["A03"] == []
    assert [(each.rack.name, each.until) for each in answer.for_a_time] == [("A05", OCTOBER)]
    text = human(answer, HALF)
    assert "A06 U22 à U42 (Salle A) : 5\xa0288\xa0W libres sur 5\xa0888\xa0W utilisables" in text
    assert "libre jusqu'au 30/09/2024 seulement" in text
    assert "1 baie avec la place, sans 2\xa0000\xa0W disponibles." in text
    assert document(answer, HALF)["refused"] == [
        {"reason": "sold-later", "racks": 1, "text": "1 baie libre au début, déjà réservée pour la suite"},
        {"reason": "power", "racks": 1, "text": "1 baie avec la place, sans 2\xa0000\xa0W disponibles"},
    ]


def test_a_room_narrows_and_the_settings_decide_of_the_power(space: Database) -> None:
    with space.transaction() as tx:
        assert [each.rack.name for each in places(tx, HALF, SPACE, AT, "Salle B").places] == ["B01"]
        generous = Space(feed_limit_percent=100, redundant=False)
        assert "A04" in {each.rack.name for each in places(tx, HALF, generous, AT).places}
        assert powers(tx, store.racks(tx), SPACE, AT)["A04"].headroom == 7360 * 80 // 100 - 5000
