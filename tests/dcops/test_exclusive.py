"""The database itself never holds space sold twice, nor above its rack, whatever asks it: raw SQL on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from dcops.db import Database
from inventory.errors import Conflict
from inventory.models import Customer, Rack, Room, Site
from inventory.orm import Transaction
from inventory.racks import Span, overlaps

INSERT = text(
    'INSERT INTO shares (rack_id, customer_id, kind, position, first_half_unit, end_half_unit, start, "end") '
    "VALUES (:rack, 1, 'unit', 1, :first, :last, :start, :until)"
)
UPDATE = text(
    "UPDATE shares SET rack_id = :rack, first_half_unit = :first, end_half_unit = :last, start = :start, "
    '"end" = :until WHERE id = :id'
)
JANUARY, JUNE, DECEMBER = date(2024, 1, 1), date(2024, 6, 1), date(2024, 12, 1)
HELD = Span(10, 20, JANUARY, JUNE)


def fill(tx: Transaction) -> None:
    room = Room(site=Site(name="Amiens"), name="Salle 1")
    tx.add(Customer(code="albert", name="Albert", kind="commune"))
    tx.add_all(Rack(name=name, room=room, u_height=42) for name in ("A01", "A02"))


@pytest.fixture
def racks(database: Database) -> Database:
    with database.transaction() as tx:
        fill(tx)
    return database


def values(span: Span, rack: int = 1) -> dict[str, object]:
    return {
        "rack": rack, "first": span.first_half_unit, "last": span.end_half_unit, "start": span.start, "until": span.end
    }  # fmt: skip


def insert(database: Database, span: Span, rack: int = 1) -> None:
    with database.transaction() as tx:
        tx.execute(INSERT, values(span, rack))


TOUCHING = [
    Span(20, 30, JANUARY, None),  # just above
    Span(0, 10, JANUARY, None),  # just below
    Span(10, 20, JUNE, None),  # from the day after the last one
    Span(0, 84, date(2023, 1, 1), JANUARY),  # until the day before the first one
]
CROSSING = [
    Span(10, 20, JANUARY, JUNE),
    Span(19, 30, JANUARY, None),
    Span(0, 84, date(2023, 1, 1), None),
    Span(12, 13, JUNE - timedelta(days=1), None),
    Span(12, 13, date(2023, 1, 1), JANUARY + timedelta(days=1)),
]


@pytest.mark.parametrize("span", TOUCHING, ids=str)
def test_spans_that_touch_stand_side_by_side(racks: Database, span: Span) -> None:
    insert(racks, HELD)
    insert(racks, span)


@pytest.mark.parametrize("span", CROSSING, ids=str)
def test_spans_that_share_a_half_unit_on_one_day_are_refused_in_words(racks: Database, span: Span) -> None:
    insert(racks, HELD)
    with pytest.raises(Conflict, match="déjà vendu ces jours-là") as refused:
        insert(racks, span)
    assert isinstance(refused.value.__cause__, IntegrityError)
    insert(racks, span, rack=2)


@pytest.mark.parametrize("span", CROSSING, ids=str)
def test_nor_can_a_share_be_moved_onto_another_one(racks: Database, span: Span) -> None:
    insert(racks, HELD)
    insert(racks, HELD, rack=2)
    with pytest.raises(Conflict, match="déjà vendu"), racks.transaction() as tx:
        tx.execute(UPDATE, {**values(span), "id": 2})
    with racks.transaction() as tx:
        tx.execute(UPDATE, {**values(span, rack=2), "id": 2})


def test_two_open_ends_meet_one_day(racks: Database) -> None:
    insert(racks, Span(0, 84, DECEMBER, None))
    with pytest.raises(Conflict):
        insert(racks, Span(0, 2, JANUARY, None))
    insert(racks, Span(0, 2, JANUARY, DECEMBER))


def test_a_share_stays_inside_its_rack_and_a_rack_above_its_shares(racks: Database) -> None:
    with pytest.raises(Conflict, match="ne dépasse pas sa baie"):
        insert(racks, Span(80, 85, JANUARY, None))
    insert(racks, Span(80, 84, JANUARY, None))
    with pytest.raises(Conflict, match="ne dépasse pas sa baie"), racks.transaction() as tx:
        tx.execute(text("UPDATE shares SET end_half_unit = 86"))
    with pytest.raises(Conflict, match="ne dépasse pas sa baie"), racks.transaction() as tx:
        tx.execute(text("UPDATE racks SET u_height = 41 WHERE id = 1"))
    with racks.transaction() as tx:
        tx.execute(text("UPDATE racks SET u_height = 41 WHERE id = 2"))


def test_other_faults_of_integrity_are_not_taken_for_space_sold_twice(racks: Database) -> None:
    with pytest.raises(IntegrityError), racks.transaction() as tx:
        tx.execute(text("INSERT INTO customers (code, name, kind) VALUES ('albert', 'Albert', 'commune')"))


days = st.dates(date(2024, 1, 1), date(2024, 1, 12))
spans = st.builds(
    lambda first, size, start, length: Span(
        first, min(84, first + size), start, None if length == 0 else start + timedelta(days=length)
    ),
    st.integers(0, 20), st.integers(1, 6), days, st.integers(0, 6),
)  # fmt: skip


class _Undone(Exception):
    pass


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=spans, wanted=spans)
def test_the_database_refuses_exactly_what_the_rule_calls_an_overlap(racks: Database, held: Span, wanted: Span) -> None:
    refused = False
    try:
        with racks.transaction() as tx:
            tx.execute(INSERT, values(held))
            tx.execute(INSERT, values(wanted))
            raise _Undone
    except Conflict:
        refused = True
    except _Undone:
        pass
    assert refused == overlaps(held, wanted)
