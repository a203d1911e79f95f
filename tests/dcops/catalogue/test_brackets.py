"""Brackets leave nobody out and nobody twice, unless a note says which numbers have no price."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.catalogue.brackets import faults_of_brackets, hole, tells
from dcops.catalogue.line import GridLine

Bounds = tuple[int | None, int | None]


def _line(code: str, low: int | None, high: int | None, note: str = "", **more: object) -> GridLine:
    values = {"member_word": "quote", "population_min": low, "population_max": high, "note": note, **more}
    return GridLine("2025", "vote", 1, "5", "app", code, code, "x", "annual_bracket", **values)  # type: ignore[arg-type]


def _reasons(*lines: GridLine) -> list[str]:
    return [fault.reason for fault in faults_of_brackets(lines)]


def test_brackets_side_by_side_from_nobody_to_everybody_hold() -> None:
    assert _reasons(_line("c", 301, None), _line("a", 0, 149), _line("b", 150, 300)) == []
    assert _reasons(_line("a", None, 149), _line("b", 150, None)) == []


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([_line("a", 0, 149), _line("b", 149, None)], "les tranches a et b se chevauchent à 149."),
        ([_line("a", 0, None), _line("b", 150, None)], "les tranches a et b se chevauchent à 150."),
        ([_line("a", 0, 149), _line("b", 151, None)], "a et b laissent 150 sans prix ; corriger"),
        ([_line("a", 0, 149), _line("b", 200, None)], "a et b laissent 150 à 199 sans prix ; corriger"),
        ([_line("a", 1, None)], "a laisse 0 sans prix"),
        ([_line("a", 0, 2000)], "écrire « 2001 et plus sans prix » dans la note de a"),
    ],
)
def test_a_fault_is_told_with_what_to_write(lines: list[GridLine], reason: str) -> None:
    (found,) = _reasons(*lines)
    assert reason in found


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("150 à 199 sans prix", True),
        ("Voulu : 150\u00a0à 199 sans\u202fprix, vote du 3 mars.", True),
        ("150 à 199 SANS PRIX", True),
        ("Le vote ne dit rien de 150 à 199.", False),
        ("150 à 198 sans prix", False),
        ("1150 à 199 sans prix", False),
        ("Engagement de 3 ans.", False),
    ],
)
def test_only_a_note_that_says_its_bounds_excuses_a_hole(note: str, told: bool) -> None:
    for side in (0, 1):
        notes = ["", ""]
        notes[side] = note
        assert (_reasons(_line("a", 0, 149, notes[0]), _line("b", 200, None, notes[1])) == []) is told
    assert _reasons(_line("a", 0, 149), _line("b", 200, None), _line("far", None, None, note)) != []


def test_a_note_excuses_one_hole_and_no_other() -> None:
    lines = [_line("a", 0, 149, "150 sans prix"), _line("b", 151, 300), _line("c", 302, None)]
    (found,) = _reasons(*lines)
    assert "301 sans prix" in found


def test_thousands_may_be_written_with_a_space() -> None:
    for space in (" ", "\u00a0", "\u202f"):
        assert tells(f"2{space}001 et plus sans prix", 2001, None)
    assert not tells("12 001 et plus sans prix", 2001, None)


def test_quantities_begin_at_one() -> None:
    def of(code: str, low: int, high: int | None) -> GridLine:
        return _line(code, None, None, quantity_min=low, quantity_max=high)

    assert _reasons(of("a", 1, 3), of("b", 4, None)) == []
    assert "1 sans prix" in _reasons(of("a", 2, None))[0]


def test_brackets_of_different_customers_or_classes_do_not_overlap() -> None:
    communes, others = _line("a", 0, None, kinds="commune"), _line("b", 0, None, kinds="epci")
    assert _reasons(communes, others) == []
    strangers = _line("b", 0, None, member_word="", nonmember_word="quote")
    assert _reasons(_line("a", 0, None), strangers) == []
    assert len(_reasons(_line("a", 0, None, nonmember_word="quote"), strangers)) == 1


def test_brackets_in_two_dimensions_are_compared_where_they_meet() -> None:
    small = [_line("s1", 0, 999, quantity_min=1, quantity_max=3), _line("s2", 0, 999, quantity_min=4)]
    large = [_line("l1", 1000, None, quantity_min=1, quantity_max=3), _line("l2", 1000, None, quantity_min=4)]
    assert _reasons(*small, *large) == []


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True), st.data())
def test_whatever_the_bounds_every_number_in_a_hole_is_told(cuts: list[int], data: st.DataObject) -> None:
    """Take one bracket out of a gapless series: what is told is exactly what it covered."""
    edges = [0, *sorted(cuts)]
    bounds: list[Bounds] = [(low, high - 1) for low, high in pairwise(edges)] + [(edges[-1], None)]
    lines = [_line(f"l{place}", low, high) for place, (low, high) in enumerate(bounds)]
    assert _reasons(*lines) == []
    gone = data.draw(st.integers(0, len(bounds) - 1))
    kept = lines[:gone] + lines[gone + 1 :]
    low, high = bounds[gone]
    assert low is not None
    assert [hole(low, high) in reason for reason in _reasons(*kept)] == [True] * bool(kept)
