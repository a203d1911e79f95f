"""What no bill may break, whatever is held: cuts, order, free units, floors and caps, totals, VAT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.charge import Charge, Line
from dcops.billing.document import vat_parts
from dcops.billing.known import Count, Known
from dcops.billing.run import Run, assemble
from dcops.billing.spans import Account
from dcops.catalogue.line import GridLine
from dcops.config import Settings
from dcops.contracts.holding import Holding
from dcops.money import ZERO, round_cents
from metering.backups.held import Stored
from tests.dcops.billing.accounts import (
    GRIDS,
    LEAVES,
    MEMBER,
    Energy,
    account,
    bill,
    billed,
    grids_with,
    held,
    subscribed,
)

CENT = Decimal("0.01")
NEW_YEAR, NEXT = date(2024, 1, 1), date(2025, 1, 1)
DAYS = st.integers(0, 365).map(lambda n: NEW_YEAR + timedelta(days=n))
CODES = st.sampled_from(["dc-baie-42u", "dc-1u", "vm1", "vm-go", "av-serveur", "maint-serveur", "backup-60go"])
QUANTITIES = st.integers(1, 500).map(str)
BUDGETS = Settings.model_validate({"budgets": [{"code": "F"}, {"code": "CSN", "sections": ["12", "13"]}]})


def _sum(lines: Iterable[Line]) -> Decimal:
    return sum((line.amount for line in lines if isinstance(line, Charge)), ZERO)


def _whole(code: str, quantity: str, days: list[date], **more: Any) -> tuple[Holding, list[Holding]]:
    """A holding over days, and the same cut at each of the days in between."""
    first, *_, last = days = sorted(days)
    whole = subscribed(1, code, first, last, quantity, **more)
    return whole, [replace(whole, start=start, end=end) for start, end in pairwise(days)]


@given(CODES, QUANTITIES, st.lists(DAYS, min_size=2, max_size=8, unique=True), st.booleans())
def test_cutting_a_holding_anywhere_moves_at_most_a_cent_per_cut(
    code: str, quantity: str, days: list[date], leaves: bool
) -> None:
    whole, parts = _whole(code, quantity, days)
    who = LEAVES if leaves else MEMBER
    one, cut = bill([whole], who), [line for part in parts for line in bill([part], who)]
    assert abs(_sum(cut) - _sum(one)) <= CENT * (len(cut) - len(one))


@given(QUANTITIES, st.lists(DAYS, min_size=2, max_size=8, unique=True))
def test_cutting_a_pooled_holding_anywhere_cuts_nothing(quantity: str, days: list[date]) -> None:
    whole, parts = _whole("domaine-std", quantity, days)
    assert [line.amount for line in billed(bill(parts))] == [line.amount for line in billed(bill([whole]))]


@given(st.sampled_from(["day", "month"]), st.lists(DAYS, min_size=2, max_size=8, unique=True))
def test_the_parts_of_a_year_add_up_to_the_whole(proration: str, days: list[date]) -> None:
    grids = grids_with("vm1", proration=proration)
    whole, parts = _whole("vm1", "1", days)
    parts = [replace(part, since=whole.start) for part in parts]
    name = {"day": "days", "month": "months"}[proration]
    one, cut = (
        sum(Fraction(line.evidence[name]) for line in billed(bill(some, grids=grids))) for some in ([whole], parts)
    )
    assert one == cut
    assert 0 < one <= 1


HELD = st.lists(
    st.tuples(st.sampled_from(["domaine-std", "marches-plateforme", "vm1", "zimbra-5go", "demat-commune"]),
              st.integers(1, 30), DAYS, st.integers(1, 400)),
    min_size=1, max_size=8,
)  # fmt: skip
COUNTED = Known(counts={("abbeville", "marches-plateforme"): Count(Decimal(200), 5)})


def _otherwise(line: GridLine) -> GridLine:
    """Some lines exempt from VAT, some outside its scope."""
    return replace(line, vat_category={"zimbra-5go": "E", "demat-commune": "O"}.get(line.code, line.vat_category))


def _held(rows: list[tuple[str, int, date, int]]) -> list[Holding]:
    return [
        subscribed(index, code, start, start + timedelta(days=days), str(quantity))
        for index, (code, quantity, start, days) in enumerate(rows, start=1)
    ]


MIXED = tuple(replace(grid, lines=tuple(map(_otherwise, grid.lines))) for grid in GRIDS)


def _run(holdings: list[Holding], who: Account = LEAVES) -> Run:
    return assemble("r", 2024, bill(holdings, who, known=COUNTED, grids=MIXED), BUDGETS, dry_run=True)


@given(HELD, st.randoms())
def test_a_run_is_the_same_in_whatever_order_contracts_are_told(
    rows: list[tuple[str, int, date, int]], random: Any
) -> None:
    found = _held(rows)
    assert _run(found).document() == _run(random.sample(found, len(found))).document()


@given(HELD)
def test_totals_are_sums_and_vat_is_rounded_once_per_part(rows: list[tuple[str, int, date, int]]) -> None:
    run = _run(_held(rows))
    for invoice in run.invoices:
        assert invoice.net == _sum(invoice.lines) == sum(part.base for part in invoice.vat_parts)
        assert invoice.vat == sum(round_cents(part.base * part.rate / 100) for part in vat_parts(invoice.lines))
        assert invoice.gross == invoice.net + invoice.vat
        assert "O" not in {line.vat_category for line in invoice.lines} or {"O"} == {
            line.vat_category for line in invoice.lines
        }
        assert {BUDGETS.budget_of(line.section).code for line in invoice.lines} == {invoice.budget}
    assert run.net == sum((invoice.net for invoice in run.invoices), ZERO)
    assert run.gross == run.net + run.vat == sum((invoice.gross for invoice in run.invoices), ZERO)


@given(st.lists(st.tuples(st.integers(1, 30), DAYS, st.integers(1, 400)), min_size=1, max_size=8))
def test_free_units_are_given_once_on_each_day(rows: list[tuple[int, date, int]]) -> None:
    """By brute force, day after day: what is paid is what exceeds ten domains, nothing lost and nothing given twice."""
    found = _held([("domaine-std", *row) for row in rows])
    lines = billed(bill(found))
    exact = Decimal(0)
    for n in range(366):
        day = NEW_YEAR + timedelta(days=n)
        total = sum((one.quantity for one in found if one.start <= day < (one.end or date.max)), Decimal(0))
        (seen,) = [line.quantity for line in lines if line.start <= day < line.end] or [Decimal(0)]
        assert seen == total
        exact += max(Decimal(0), total - 10) * 8 / 366
    assert abs(_sum(lines) - exact) <= CENT / 2 * len(lines) + Decimal("0.000001")


@given(st.integers(0, 5000), DAYS)
def test_leaving_keeps_a_floored_price_between_the_years_of_both_classes(people: int, day: date) -> None:
    """demat-commune: 0.10 or 0.12 per inhabitant, 90.00 at least; each part of the year rounds by half a cent."""
    who = account("commune", people, (date(2015, 1, 1), day))
    lines = billed(bill([subscribed(1, "demat-commune", date(2020, 1, 1))], who))
    member, other = (max(Decimal(90), Decimal(price) * people) for price in ("0.10", "0.12"))
    slack = CENT / 2 * len(lines)
    assert member - slack <= _sum(lines) <= other + slack


@given(st.integers(0, 300), DAYS, st.integers(1, 4))
def test_a_cap_holds_for_the_year_wherever_it_is_cut(count: int, day: date, contracts: int) -> None:
    known = Known(counts={("abbeville", "marches-plateforme"): Count(Decimal(count), 5)})
    found = [subscribed(n, "marches-plateforme", date(2020, 1, n)) for n in range(1, contracts + 1)]
    lines = billed(bill(found, account("commune", 1, (date(2015, 1, 1), day)), known=known))
    assert _sum(lines) <= Decimal(8000) + CENT / 2 * len(lines)
    assert _sum(lines) >= min(Decimal(8000), 65 * Decimal(count)) - CENT / 2 * len(lines)


@given(st.lists(st.decimals(0, 500, places=2), min_size=1, max_size=20), DAYS)
def test_gb_are_whole_and_cutting_the_year_keeps_them(gb: list[Decimal], day: date) -> None:
    stored = Stored(len(gb), sum(gb, Decimal(0)), max(gb), gb[-1], NEW_YEAR, NEXT, 1)
    box = held("backup-go-sup", "usage", date(2020, 1, 1), order={"order": "nas", "id": 3, "name": "S1", "plan_gb": 60})
    lines = billed(bill([box], account("commune", 1, (date(2015, 1, 1), day)), known=Known(stored={3: [stored]})))
    assert len({line.quantity for line in lines}) == 1
    above = lines[0].quantity
    assert above == int(above) >= 0
    assert above == 0 or above - 1 < sum(gb, Decimal(0)) / len(gb) - 60 <= above
    assert 8 * above - CENT <= _sum(lines) <= 9 * above + CENT


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_energy_is_priced_per_span_and_rounded_once_each(wh: list[int]) -> None:
    days = [NEW_YEAR + timedelta(days=30 * n) for n in range(len(wh) + 1)]
    members = tuple((start, start + timedelta(days=30)) for start in days[:-1:2])
    usage = {days_: Energy(one) for days_, one in zip(pairwise(days), wh, strict=True)}
    share = held("dc-elec", "consumption", days[0], days[-1])
    lines = billed(bill([share], account("commune", 1, *members), known=Known(energies={7: usage})))
    assert sum(line.quantity for line in lines) * 1000 == sum(wh)
    for index, line in enumerate(lines):
        price = Decimal("0.20") if index % 2 == 0 else Decimal("0.22")
        assert line.amount == round_cents(Decimal(wh[index]) / 1000 * price)
