"""Percent changes of a grid: how they are written, what they change, and a grid written as the file that loads it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.catalogue.grid_export import written
from dcops.catalogue.grid_file import parse
from dcops.catalogue.grids import SHIPPED, shipped_text
from dcops.catalogue.line import Grid
from dcops.catalogue.variations import Variation, check, read, varied
from inventory.errors import Invalid


def _shipped(name: str) -> Grid:
    return Grid(name, date(int(name), 1, 1), None, "vote", tuple(parse(shipped_text(name), name, "vote")[0]))


GRID = _shipped("2024")


def _prices(grid: Grid, code: str) -> tuple[str, str]:
    line = grid.line(code)
    assert line is not None
    return str(line.member_price), str(line.nonmember_price)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+2 %", [("2", None)]),
        ("2", [("2", None)]),
        ("tout : -1,5 %", [("-1.5", None)]),
        ("13 +3,5 %\n\ndc-elec −10 %; +1", [("3.5", "13"), ("-10", "dc-elec"), ("1", None)]),
        ("6.1: 4\u202f%", [("4", "6.1")]),
        ("", []),
    ],
)
def test_changes_are_read_as_people_write_them(text: str, expected: list[tuple[str, str | None]]) -> None:
    found = read(text)
    assert [(variation.percent, variation.of) for variation in found] == [(Decimal(p), of) for p, of in expected]
    assert read("\n".join(variation.text for variation in found)) == found


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("deux pour cent", "« deux pour cent » ne se lit pas"),
        ("13 +2 %\n13 +3 %", "« 13 » est donné deux fois"),
        ("+2\n-2", "« tout » est donné deux fois"),
        ("-101", "de −100 % à +1000 %"),
        ("13 +1001 %", "de −100 % à +1000 %"),
    ],
)
def test_what_cannot_be_read_is_said_with_how_to_write_it(text: str, word: str) -> None:
    with pytest.raises(Invalid, match="variations") as refused:
        read(text)
    assert word in str(refused.value)


def test_the_change_that_names_a_line_best_is_the_one_applied() -> None:
    grid = varied(GRID, read("+1; 13 +10; dc-elec -50; 6 +100; zimbra-illimite 0"))
    assert _prices(grid, "vm1") == ("424.200000", "484.800000")
    assert _prices(grid, "dc-baie-42u") == ("9240.000000", "10164.000000")
    assert _prices(grid, "dc-elec") == ("0.100000", "0.110000")
    assert _prices(grid, "zimbra-5go") == ("30.000000", "42.000000")
    assert _prices(grid, "zimbra-illimite") == ("23.000000", "28.000000")


def test_floors_and_caps_follow_and_formulas_do_not() -> None:
    grid = varied(GRID, read("+10 %"))
    pack, epci, formula = (grid.line(code) for code in ("demat-commune", "demat-epci", "intramuros-gt10000"))
    assert (pack and pack.floor, epci and epci.cap) == (Decimal("99.00"), Decimal("5500.00"))
    assert formula == GRID.line("intramuros-gt10000")


def test_a_section_that_is_changed_leaves_the_others_alone() -> None:
    grid = varied(GRID, [Variation(Decimal(5), "1")])
    changed = {line.section for line, was in zip(grid.lines, GRID.lines, strict=True) if line != was}
    assert changed == {"1", "1.1"}  # neither 10 nor 13


def test_what_names_nothing_is_refused() -> None:
    check(read("13 +2; av-forfait 3; dc-elec 1; +1"), [GRID])
    with pytest.raises(Invalid, match="« 99 », « vm9 » : ni section, ni service, ni ligne de la grille 2024"):
        check(read("99 +2; vm9 1"), [GRID])


@given(st.decimals(-100, 1000, places=2))
def test_no_price_becomes_negative_nor_more_precise_than_a_file_may_be(percent: Decimal) -> None:
    for line in varied(GRID, [Variation(percent)]).lines:
        for price in (line.member_price, line.nonmember_price):
            assert price is None or (price >= 0 and price == round(price, 6))


@pytest.mark.parametrize("name", [shipped.name for shipped in SHIPPED])
def test_a_grid_is_written_as_the_file_that_loads_it_again(name: str) -> None:
    grid = _shipped(name)
    lines, problems = parse(written(grid.lines), name, "vote")
    assert problems == []
    assert tuple(lines) == grid.lines


def test_a_changed_grid_can_be_written_and_read_too() -> None:
    grid = varied(GRID, read("+2,5 %"))
    lines, problems = parse(written(grid.lines), "2024", "vote")
    assert problems == []
    assert tuple(lines) == grid.lines
