"""A loaded grid may be corrected under its name, but for what was billed: message, and trigger as last guard."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from dcops.billing.billed_store import billed_lines, uses_of
from dcops.billing.models import Invoice, InvoiceLine
from dcops.catalogue import grids, store
from dcops.catalogue.correction import Billed, Plan
from dcops.catalogue.line import Grid
from dcops.db import Database
from inventory.errors import Conflict
from inventory.models import Customer

HEADER = "section,service,code,label,unit,behaviour,member,nonmember,note"
VM1 = "12,vm1,vm1,VM1,VM/year,annual_per_unit,430.00,490.00,"
RAM = "12,vm-ram,vm-ram,RAM,GB/year,annual_per_unit,60.00,70.00,"
CPU = "12,vm-cpu,vm-cpu,CPU,vCPU/year,annual_per_unit,60.00,70.00,"
START, VOTE = date(2025, 1, 1), "Comité du 3 février 2025"


def _file(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def _load(database: Database, text: str, start: date = START, vote: str = VOTE, name: str = "2025") -> None:
    with database.transaction() as tx:
        grids.load(tx, text, name, start, vote, billed_lines(tx))


def _plan(database: Database, text: str, start: date = START, vote: str = VOTE) -> Plan:
    with database.transaction() as tx:
        return grids.plan(tx, text, "2025", start, vote, billed_lines(tx))


def _grid(database: Database, name: str = "2025") -> Grid:
    with database.transaction() as tx:
        return store.tariff_named(tx, name)


def _bill(database: Database, code: str, number: int | None = 1, tariff: str = "2025") -> None:
    """An invoice with one line of the grid: issued under that number, or still a draft."""
    with database.transaction() as tx:
        customer = Customer(code=f"c{code}{number}", name="C", kind="commune")
        line = InvoiceLine(
            position=1, key=f"{code}/{number}", version=1, code=code, tariff=tariff, section="12", label=code, unit="x",
            kind="annual", quantity=Decimal(1), unit_price=Decimal(430), amount=Decimal(430), start=date(2025, 1, 1),
            end=date(2026, 1, 1), vat_category="S", vat_rate=Decimal(20), evidence={}, explanation=[],
        )  # fmt: skip
        invoice = Invoice(
            customer=customer, kind="invoice", year=2025, budget="F", net=Decimal(430), vat=Decimal(86),
            gross=Decimal(516), lines=[line],
        )  # fmt: skip
        tx.add(invoice)
        tx.flush()
        if number is not None:
            invoice.series, invoice.sequence, invoice.number = "F/2025", number, f"F-2025-{number}"
            invoice.issued_on = date(2025, 6, 1)


def test_lines_that_were_never_billed_are_changed_added_and_removed(database: Database) -> None:
    _load(database, _file(VM1, RAM))
    _load(database, _file(VM1.replace("430.00", "431.00"), CPU))
    lines = _grid(database).lines
    assert [(line.code, line.member_price) for line in lines] == [("vm1", Decimal(431)), ("vm-cpu", Decimal(60))]


def test_a_corrected_grid_keeps_the_order_of_its_lines(database: Database) -> None:
    _load(database, _file(VM1, RAM))
    first, between = CPU.replace("vm-cpu", "vm-a"), CPU.replace("vm-cpu", "vm-b")
    _load(database, _file(first, VM1, between, CPU, RAM))
    assert [line.code for line in _grid(database).lines] == ["vm-a", "vm1", "vm-b", "vm-cpu", "vm-ram"]


def test_a_billed_line_stays_and_the_others_may_change(database: Database) -> None:
    _load(database, _file(VM1, RAM))
    _bill(database, "vm1")
    _load(database, _file(CPU, VM1, RAM.replace("60.00", "61.00")))
    prices = {line.code: line.member_price for line in _grid(database).lines}
    assert prices == {"vm1": Decimal(430), "vm-cpu": Decimal(60), "vm-ram": Decimal(61)}


@pytest.mark.parametrize(
    "rows",
    [(VM1.replace("430.00", "431.00"), RAM), (RAM,), (f"{VM1}Une lecture", RAM)],
    ids=["another price", "gone", "another note"],
)
def test_what_was_billed_is_refused_by_its_name_and_nothing_is_written(
    database: Database, rows: tuple[str, ...]
) -> None:
    _load(database, _file(VM1, RAM))
    _bill(database, "vm1")
    before = _grid(database)
    text = _file(*(row.replace("60.00", "99.00") for row in rows))
    with pytest.raises(Conflict, match=r"la ligne vm1 de la grille 2025 est déjà facturée .* une nouvelle grille"):
        _load(database, text)
    assert _grid(database) == before


@pytest.mark.parametrize("rows", [(VM1.replace("430.00", "431.00"), RAM), (RAM,)], ids=["another price", "gone"])
def test_the_database_itself_refuses_what_was_billed(database: Database, rows: tuple[str, ...]) -> None:
    _load(database, _file(VM1, RAM))
    _bill(database, "vm1")
    with pytest.raises(IntegrityError, match="billed never changes"), database.transaction() as tx:
        grids.load(tx, _file(*rows), "2025", START, VOTE)  # nobody said what was billed
    assert [line.member_price for line in _grid(database).lines] == [Decimal(430), Decimal(60)]


def test_a_draft_and_another_grid_bind_nothing(database: Database) -> None:
    _load(database, _file(VM1, RAM))
    _bill(database, "vm1", number=None)
    _bill(database, "vm1", tariff="2024")
    _load(database, _file(VM1.replace("430.00", "431.00"), RAM))
    assert _grid(database).lines[0].member_price == Decimal(431)


def test_the_first_day_moves_as_long_as_nothing_was_billed(database: Database) -> None:
    _load(database, _file(VM1))
    moved = _plan(database, _file(VM1), date(2025, 3, 1))
    assert "passe du 01/01/2025 au 01/03/2025" in moved.warnings[0]
    _load(database, _file(VM1), date(2025, 3, 1))
    with database.transaction() as tx:
        spans = [(grid.name, grid.start, grid.end) for grid in store.history(tx)]
    assert spans[1:] == [("2024", date(2024, 1, 1), date(2025, 3, 1)), ("2025", date(2025, 3, 1), None)]
    _load(database, _file(VM1), date(2022, 1, 1))
    with database.transaction() as tx:
        spans = [(grid.name, grid.start, grid.end) for grid in store.history(tx)]
    assert [(name, end) for name, _, end in spans] == [
        ("2025", date(2023, 1, 1)), ("2023", date(2024, 1, 1)), ("2024", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "vote", "kept"),
    [
        (date(2025, 3, 1), VOTE, "le premier jour reste 01/01/2025"),
        (START, "Autre vote", "la délibération reste « Com"),
    ],
)
def test_the_day_and_the_vote_of_a_billed_grid_stay(database: Database, start: date, vote: str, kept: str) -> None:
    _load(database, _file(VM1))
    _bill(database, "vm1")
    with pytest.raises(Conflict, match=kept):
        _load(database, _file(VM1), start, vote)


def test_the_vote_of_a_grid_is_corrected(database: Database) -> None:
    _load(database, _file(VM1))
    assert "la délibération passe de" in _plan(database, _file(VM1), vote="Comité du 4 février 2025").warnings[0]
    _load(database, _file(VM1), vote="Comité du 4 février 2025")
    assert _grid(database).lines[0].deliberation == "Comité du 4 février 2025"


def test_a_day_taken_by_another_grid_is_refused_with_both_remedies(database: Database) -> None:
    with pytest.raises(Conflict, match=r"--name 2024.*--from"):
        _load(database, _file(VM1), date(2024, 1, 1))
    _load(database, _file(VM1))
    with pytest.raises(Conflict, match="2024"):
        _load(database, _file(VM1), date(2024, 1, 1))
    assert _grid(database).start == START


def test_a_vote_that_comes_after_bills_is_told_what_they_keep(database: Database) -> None:
    _bill(database, "vm1", tariff="2024")
    (warning,) = _plan(database, _file(VM1), date(2025, 7, 1)).warnings
    assert "jusqu'au 31/12/2025" in warning
    assert _plan(database, _file(VM1), date(2026, 1, 1)).warnings == ()


def test_what_changed_since_it_was_accepted_is_not_done(database: Database) -> None:
    agreed = _plan(database, _file(VM1))
    _load(database, _file(CPU))
    with pytest.raises(Conflict, match="ont changé pendant la relecture"), database.transaction() as tx:
        grids.load(tx, _file(VM1), "2025", START, VOTE, agreed=agreed)
    assert [line.code for line in _grid(database).lines] == ["vm-cpu"]


def test_what_was_billed_from_a_line_is_counted(database: Database) -> None:
    _load(database, _file(VM1))
    with database.transaction() as tx:
        assert (billed_lines(tx), uses_of(tx, "vm1")) == (Billed(), {})
    _bill(database, "vm1", 1)
    _bill(database, "vm1", 2)
    _bill(database, "vm1", None)
    with database.transaction() as tx:
        (use,) = uses_of(tx, "vm1").values()
        assert billed_lines(tx) == Billed(frozenset({("2025", "vm1")}), date(2026, 1, 1))
    assert (use.tariff, use.documents, use.first, use.net) == ("2025", 2, date(2025, 6, 1), Decimal(860))
