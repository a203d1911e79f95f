"""What is issued becomes what is owed: nothing twice, nothing lost, whatever changes between two runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.corrections import Billed, Corrections, corrections
from dcops.money import ZERO

YEAR = date(2024, 1, 1)


def charge(order: int, first: int, last: int, cents: int, code: str = "vm1") -> Charge:
    """A charge of 20 % for days [first, last) of 2024, counted from 0."""
    return Charge(
        customer_code="abbeville", code=code, label=code, quantity=Decimal(1), unit_price=Decimal(cents) / 100,
        amount=Decimal(cents) / 100, start=YEAR + timedelta(days=first), end=YEAR + timedelta(days=last), kind="annual",
        vat_category="S", vat_rate=Decimal(20), explanation=(),
        evidence={"tariff": "2024", "order": {"order": "machine", "id": order, "name": f"m{order}"}},
    )  # fmt: skip


def untold(order: int, first: int, last: int, code: str = "vm1") -> Unbilled:
    days = YEAR + timedelta(days=first), YEAR + timedelta(days=last)
    return Unbilled("abbeville", code, *days, "rien", {"order": "machine", "id": order, "name": f"m{order}"})


class Ledger:
    """Issued lines as the database keeps them, in memory: what a run adds to them and what it takes back."""

    def __init__(self) -> None:
        self.lines: list[Billed] = []
        self.versions: dict[str, int] = {}

    def run(self, lines: Sequence[Line]) -> Corrections:
        found = corrections(lines, self.lines, self.versions)
        gone = {line.id for line in found.wrong}
        self.lines = [line for line in self.lines if line.id not in gone]
        for one, version in found.owed:
            assert version == self.versions.get(one.key, 0) + 1
            self.versions[one.key] = version
            self.lines.append(billed(one, len(self.versions) * 1000 + version))
        return found

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)


def billed(one: Charge, id: int, *, settled: bool = False) -> Billed:
    rate = (one.vat_category, one.vat_rate)
    return Billed(id, one.key, one.code, one.kind, "F-2025-00001", one.amount, *rate, one.start, one.end, settled)


@st.composite
def years(draw: st.DrawFn) -> list[Charge]:
    """What three machines owe in a year: each cut anywhere, at any price, or not held at all."""
    found = []
    for order in range(3):
        cuts = sorted(draw(st.sets(st.integers(0, 366), max_size=4)))
        for first, last in pairwise(cuts):
            found.append(charge(order, first, last, draw(st.integers(0, 100_000))))
    return found


@given(st.lists(years(), min_size=1, max_size=5))
def test_after_each_run_what_is_issued_is_what_is_owed(owed: list[list[Charge]]) -> None:
    ledger = Ledger()
    for lines in owed:
        ledger.run(lines)
        assert sorted(line.key for line in ledger.lines) == sorted(line.key for line in lines)
        assert ledger.total == sum((line.amount for line in lines), ZERO)
        again = ledger.run(lines)
        assert (again.owed, again.wrong) == ((), ())


@given(years(), years(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_owed_changes_nothing(before: list[Charge], after: list[Charge], random: object) -> None:
    ledger = Ledger()
    ledger.run(before)
    shuffled = list(after)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = corrections(after, ledger.lines, ledger.versions)
    other = corrections(shuffled, ledger.lines, ledger.versions)
    assert one.wrong == other.wrong
    assert {charge.key for charge, _ in one.owed} == {charge.key for charge, _ in other.owed}


def test_what_cannot_be_told_today_stands_as_it_was_billed() -> None:
    ledger = Ledger()
    ledger.run([charge(1, 0, 366, 42000), charge(2, 0, 366, 42000)])
    found = ledger.run([untold(1, 100, 200), charge(2, 0, 100, 11475)])
    assert [line.key for line in found.wrong] == ["machine/2/vm1/annual/2024-01-01/2025-01-01"]
    assert [line.why for line in found.kept] == ["rien"]


def test_days_credited_for_good_are_not_billed_again_however_they_are_cut() -> None:
    settled = billed(charge(1, 0, 366, 42000), 1, settled=True)
    found = corrections([charge(1, 0, 100, 11475), charge(1, 100, 366, 30525)], [settled], {settled.key: 1})
    assert (found.owed, found.wrong) == ((), ())
    assert {line.why for line in found.kept} == {"facturé par F-2025-00001, puis crédité sans nouvelle facturation."}


def test_another_thing_on_the_same_days_is_billed() -> None:
    settled = billed(charge(1, 0, 366, 42000), 1, settled=True)
    found = corrections([charge(2, 0, 366, 42000), charge(1, 0, 366, 9000, "vm-cpu")], [settled], {})
    assert len(found.owed) == 2


def test_another_vat_rate_is_a_correction() -> None:
    ledger = Ledger()
    ledger.run([charge(1, 0, 366, 42000)])
    (line,) = ledger.lines
    ledger.lines = [Billed(**{**vars(line), "vat_rate": Decimal("5.5")})]
    found = ledger.run([charge(1, 0, 366, 42000)])
    assert len(found.wrong) == len(found.owed) == 1
    assert found.owed[0][1] == 2
