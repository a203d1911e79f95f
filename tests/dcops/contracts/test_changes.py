"""Which amendments make sense, and what they make of a subscription."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.contracts.changes import Draft, amended, check_days, term_on
from dcops.contracts.terms import Term, terms
from inventory.errors import Invalid

START, TODAY = date(2024, 1, 1), date(2024, 6, 15)
FIRST = Term(START, None, Decimal(10), Decimal(5))


def change(day: date, **told: Any) -> Draft:
    return Draft("change", day, **told)


def shown(found: list[Term]) -> list[tuple[str, str | None, int]]:
    return [(f"{one.start}", one.end and f"{one.end}", int(one.quantity)) for one in found]


def test_a_change_cuts_the_term_at_its_day() -> None:
    found = amended(FIRST, [], change(date(2024, 3, 1), quantity=Decimal(12)), TODAY)
    assert shown(found) == [("2024-01-01", "2024-03-01", 10), ("2024-03-01", None, 12)]
    assert found[1].agreed_price == 5  # what is not told does not change


def test_a_change_on_the_first_day_replaces_what_was_agreed() -> None:
    assert shown(amended(FIRST, [], change(START, quantity=Decimal(8)), TODAY)) == [("2024-01-01", None, 8)]


def test_an_earlier_change_holds_until_the_later_one() -> None:
    told = [change(date(2024, 9, 1), quantity=Decimal(20))]
    found = amended(FIRST, told, change(date(2024, 3, 1), quantity=Decimal(12)), TODAY)
    assert [one[2] for one in shown(found)] == [10, 12, 20]


def test_an_end_is_moved_and_taken_back() -> None:
    told = [Draft("end", date(2024, 9, 1))]
    assert terms(FIRST, told)[-1].end == date(2024, 9, 1)
    assert amended(FIRST, told, Draft("end", date(2024, 7, 1)), TODAY)[-1].end == date(2024, 7, 1)
    assert amended(FIRST, told, Draft("end", date(2024, 12, 1)), TODAY)[-1].end == date(2024, 12, 1)
    assert amended(FIRST, told, Draft("resume", date(2024, 9, 1)), TODAY)[-1].end is None


ENDED = [Draft("end", date(2024, 4, 1))]


@pytest.mark.parametrize(
    ("told", "draft", "words"),
    [
        ([], change(date(2023, 12, 31), quantity=Decimal(1)), "ne commence que le 01/01/2024"),
        ([], change(TODAY, quantity=Decimal(0)), "mettre fin à l'abonnement"),
        ([], change(TODAY, quantity=Decimal(-1)), "supérieure à zéro"),
        ([], change(TODAY, quantity=Decimal("1e10")), "au plus"),
        ([], change(TODAY, quantity=Decimal("1.1234567")), "six décimales"),
        ([], change(TODAY, agreed_price=Decimal(-1)), "jamais négatif"),
        ([], change(TODAY), "dire ce qui change"),
        ([], change(TODAY, quantity=Decimal(10)), "ne changerait rien"),
        ([], change(TODAY, quantity=Decimal(10), agreed_price=Decimal(5)), "ne changerait rien"),
        (ENDED, change(date(2024, 4, 1), quantity=Decimal(2)), "dernier jour de l'abonnement est le 31/03/2024"),
        ([], Draft("end", START), "avant d'avoir commencé"),
        ([], Draft("end", date(2023, 6, 1)), "avant d'avoir commencé"),
        (ENDED, Draft("end", date(2024, 4, 1)), "finit déjà le 31/03/2024"),
        (ENDED, Draft("end", date(2024, 9, 1)), "le reprendre d'abord"),
        ([], Draft("resume", TODAY), "rien à reprendre"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_remedy(told: list[Draft], draft: Draft, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        amended(FIRST, told, draft, TODAY)


def test_what_was_held_before_an_end_may_still_be_corrected() -> None:
    found = amended(FIRST, ENDED, change(date(2024, 2, 1), quantity=Decimal(3)), TODAY)
    assert shown(found) == [("2024-01-01", "2024-02-01", 10), ("2024-02-01", "2024-04-01", 3)]
    assert amended(FIRST, ENDED, Draft("end", date(2024, 3, 1)), TODAY)[-1].end == date(2024, 3, 1)


def test_days_that_end_before_they_start_are_refused() -> None:
    check_days(START, None)
    check_days(START, date(2024, 1, 2))
    with pytest.raises(Invalid, match="31/12/2023, avant d'avoir commencé le 01/01/2024"):
        check_days(START, START)


@given(
    st.lists(
        st.builds(
            lambda day, kind, quantity: Draft(kind, day, quantity=quantity if kind == "change" else None),
            st.dates(START, date(2026, 12, 31)),
            st.sampled_from(["change", "end", "resume"]),
            st.integers(1, 30).map(Decimal),
        ),
        max_size=8,
    )
)
def test_terms_touch_and_cover_the_whole_subscription(drafts: list[Draft]) -> None:
    told: list[Draft] = []
    for draft in drafts:
        try:
            found = amended(FIRST, told, draft, TODAY)
        except Invalid:
            continue
        told.append(draft)
        assert found[0].start == START
        assert all(one.end == other.start for one, other in pairwise(found))
        if draft.kind == "change":
            current = term_on(found, draft.effective)
            assert current is not None
            assert current.quantity == draft.quantity
