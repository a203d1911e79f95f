"""Two runs side by side: what is paired, what is lost, what is gained; and sums that always add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.comparison import Cell, Effect, Simulation, effect_of
from dcops.billing.pairing import Priced, paired
from dcops.catalogue.line import GridLine
from dcops.money import ZERO

FIRST, END = date(2024, 1, 1), date(2025, 1, 1)


def _grid_line(code: str, service: str, section: str = "5") -> GridLine:
    return GridLine("2024", "vote", 1, section, service, code, f"Ligne {code}", "U", "annual_flat")


GRID = {
    line.code: line for line in (_grid_line("small", "town"), _grid_line("large", "town"), _grid_line("vm1", "vm1"))
}


def _charge(code: str, amount: str, customer: str = "albert", order: int = 7) -> Charge:
    return Charge(
        customer, code, code, Decimal(1), Decimal(amount), Decimal(amount), FIRST, END, "annual", "S", Decimal(20),
        {"tariff": "2024", "order": {"order": "subscription", "id": order, "name": code}}, (), section="5",
    )  # fmt: skip


def _unbilled(code: str, why: str = "sans prix", order: int = 7) -> Unbilled:
    return Unbilled("albert", code, FIRST, END, why, {"order": "subscription", "id": order, "name": code})


def _pair(before: list[Line], after: list[Line]) -> tuple[tuple[Cell, ...], tuple[Unbilled, ...]]:
    return paired(Priced(before, GRID), Priced(after, GRID))


def test_a_line_meets_itself() -> None:
    (cell,), neither = _pair([_charge("vm1", "420.00")], [_charge("vm1", "428.40")])
    assert (cell.before, cell.after, cell.lost, cell.gained) == (Decimal("420.00"), Decimal("428.40"), "", False)
    assert neither == ()


def test_a_line_without_a_price_any_more_is_lost_not_zero() -> None:
    (cell,), neither = _pair([_charge("vm1", "420.00")], [_unbilled("vm1", "la ligne n'est pas dans la grille.")])
    assert (cell.before, cell.after, cell.lost) == (Decimal("420.00"), None, "la ligne n'est pas dans la grille.")
    assert effect_of([cell]) == Effect(before=Decimal("420.00"), lost=Decimal("420.00"))
    assert effect_of([cell]).repriced == ZERO
    assert neither == ()


def test_what_is_asked_by_its_service_is_lost_by_the_line_that_billed_it() -> None:
    cells, _ = _pair([_charge("small", "60.00")], [_unbilled("town", "aucune tranche ne convient.")])
    assert [(cell.code, cell.lost) for cell in cells] == [("small", "aucune tranche ne convient.")]


def test_a_customer_that_changes_bracket_moves_from_a_line_to_another() -> None:
    cells, _ = _pair([_charge("small", "60.00")], [_charge("large", "90.00")])
    assert [(cell.code, cell.before, cell.after, cell.lost, cell.gained) for cell in cells] == [
        ("small", Decimal("60.00"), None, "", False), ("large", None, Decimal("90.00"), "", False),
    ]  # fmt: skip
    assert effect_of(cells).repriced == Decimal("30.00")


def test_what_had_no_price_and_has_one_is_gained() -> None:
    cells, neither = _pair([_unbilled("town")], [_charge("large", "90.00")])
    assert effect_of(cells) == Effect(after=Decimal("90.00"), gained=Decimal("90.00"))
    assert neither == ()


def test_what_has_no_price_on_either_side_is_told_apart_from_what_is_lost() -> None:
    cells, neither = _pair([_unbilled("town", "mesures insuffisantes")], [_unbilled("town", "mesures insuffisantes")])
    assert cells == ()
    assert [line.why for line in neither] == ["mesures insuffisantes"]


def test_days_that_owed_nothing_and_get_no_price_are_lost_at_nothing() -> None:
    (cell,), neither = _pair([], [_unbilled("town", "non vendu")])
    assert (cell.before, cell.after, cell.lost) == (None, None, "non vendu")
    assert neither == ()


def test_orders_that_are_billed_together_are_lost_together() -> None:
    first, half = date(2024, 1, 1), date(2024, 7, 1)
    alone, both = _charge("vm1", "60.00"), _charge("vm1", "120.00")
    billed = [
        alone._replace(end=half),
        both._replace(start=half, evidence={"tariff": "2024", "order": {**both.order, "orders": [7, 8]}}),
    ]
    refused = [_unbilled("vm1", order=7), replace(_unbilled("vm1", order=8), start=half)]
    cells, neither = _pair([*billed], [*refused])
    assert [(cell.start, str(cell.before), cell.lost) for cell in cells] == [
        (first, "60.00", "sans prix"), (half, "120.00", "sans prix"),
    ]  # fmt: skip
    assert effect_of(cells).repriced == ZERO
    assert _pair([*refused], [*billed])[0] == tuple(
        replace(cell, before=None, after=cell.before, lost="", gained=True) for cell in cells
    )
    assert neither == ()


def test_two_quantities_of_the_same_days_add_up() -> None:
    (cell,), _ = _pair([_charge("vm1", "1.00"), _charge("vm1", "2.00")], [_charge("vm1", "4.00")])
    assert (cell.before, cell.after) == (Decimal("3.00"), Decimal("4.00"))


def test_a_variation_from_nothing_is_none() -> None:
    assert Effect(after=Decimal("5.00")).variation is None
    assert Effect(before=Decimal("200.00"), after=Decimal("195.00")).variation == Decimal("-0.025")


CENTS = st.one_of(st.none(), st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100))
CELLS = st.builds(
    lambda customer, code, before, after, lost, gained: Cell(
        customer, code[0], code, code, "order", FIRST, END, before, None if lost else after, lost, gained
    ),
    st.sampled_from(["abbeville", "albert", "roye"]), st.sampled_from(["1a", "1b", "2a", "6c"]), CENTS, CENTS,
    st.sampled_from(["", "", "sans prix"]), st.booleans(),
)  # fmt: skip


@given(st.lists(CELLS, max_size=40))
def test_differences_by_service_and_by_customer_add_up_to_the_total(cells: list[Cell]) -> None:
    simulation = Simulation(2024, "projet", ("2024",), tuple(cells), (), {})
    lines = [line for section in simulation.sections for line in section.lines]
    for parts in ([each.effect for each in simulation.sections], [each.effect for each in simulation.customers],
                  [each.effect for each in lines]):  # fmt: skip
        for name in ("before", "after", "difference", "lost", "gained", "repriced"):
            assert sum((getattr(part, name) for part in parts), ZERO) == getattr(simulation.total, name)
    document = simulation.document()
    assert sum(Decimal(row["difference"]) for row in document["services"]) == Decimal(document["difference"])
    assert sum(Decimal(row["difference"]) for row in document["customers"]) == Decimal(document["difference"])


BILLED = st.lists(
    st.builds(_charge, st.sampled_from(sorted(GRID)), st.integers(0, 99999).map(lambda c: str(Decimal(c) / 100)),
              st.sampled_from(["albert", "roye"]), st.integers(1, 3)),
    max_size=12,
)  # fmt: skip


@given(BILLED, BILLED, st.lists(st.builds(_unbilled, st.sampled_from(["town", "vm1"]), order=st.integers(1, 3))))
def test_pairing_neither_makes_nor_loses_a_cent(before: list[Line], after: list[Line], lost: list[Line]) -> None:
    cells, _ = _pair(before, [*after, *lost])
    total = effect_of(cells)
    assert total.before == sum((line.amount for line in before if isinstance(line, Charge)), ZERO)
    assert total.after == sum((line.amount for line in after if isinstance(line, Charge)), ZERO)
    assert total.difference == total.repriced - total.lost + total.gained
