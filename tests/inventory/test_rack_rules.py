"""Promised space: what is sold above the rack, sold twice, or sold and set aside for another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.compare import compare
from inventory.differences import Resources
from inventory.facts import ScopeStatus
from tests.inventory.telling import ON, documented, found, only, rack, share, sold

HALF = share("A01", 0, 42, "abbeville", "half")
ASIDE = replace(share("A01", 38, 46, "amiens", "Extension"), start=None)


def test_space_set_aside_for_another_is_promised_twice() -> None:
    one = only(sold(HALF), documented(ASIDE))
    assert (one.rule, one.thing, one.field) == ("rack.overlap", "rack:A01", "U1-U21 reserved U20-U23")
    assert (one.resources, one.customer) == (Resources(half_units=4, share="half"), "abbeville")
    assert one.title == "Baie A01 U1-U21 vendu à abbeville est réservé à amiens (U20-U23)"
    operator = replace(ASIDE, customer=None)
    assert only(sold(HALF), documented(operator)).title.endswith("réservé à l'opérateur (U20-U23)")


@pytest.mark.parametrize(
    "kept",
    [
        replace(ASIDE, first_half_unit=0, customer="abbeville"),
        replace(ASIDE, first_half_unit=42),
        replace(ASIDE, rack="A02"),
        replace(ASIDE, end=ON),
    ],
    ids=["for the same", "beside", "elsewhere", "over"],
)
def test_space_set_aside_elsewhere_or_for_the_same_is_not(kept: object) -> None:
    assert found(sold(HALF), documented(kept)) == []  # type: ignore[arg-type]


def test_space_sold_twice_is_told_of_the_share_that_starts_higher() -> None:
    other = replace(HALF, first_half_unit=40, end_half_unit=63, customer="amiens")
    twice = only(sold(HALF, other))
    assert (twice.rule, twice.field, twice.customer) == ("rack.overlap", "U21-U31½ twice", "amiens")
    assert twice.resources == Resources(half_units=2, share="half")
    assert [share["customer"] for share in twice.sold] == ["amiens", "abbeville"]
    assert found(sold(HALF, replace(other, first_half_unit=42))) == []  # one ends where the other begins


def test_space_sold_above_the_documented_height() -> None:
    full = share("A01", 0, 84, "abbeville", "full")
    above = only(sold(full, rack("A01")), documented(rack("A01", 40), status=ScopeStatus.PARTIAL))
    assert (above.rule, above.field, above.documented) == ("rack.oversold", "U1-U42 height", {"u_height": 40})
    assert above.resources == Resources(half_units=4, share="full")
    assert above.title == "Baie A01 U1-U42 vendu à abbeville dépasse la baie, documentée à 40 U"
    half = ScopeStatus.PARTIAL  # of a rack that is not empty: nothing else is to be told of it
    assert found(sold(full), documented(rack("A01", 42), status=half)) == []
    assert found(sold(replace(full, end=ON)), documented(rack("A01", 40))) == []


def test_a_rack_that_nobody_documented_has_the_height_that_we_know() -> None:
    full = share("A01", 0, 84, "abbeville", "full")
    above = only(sold(full, rack("A01", 41)))
    assert (above.documented, above.resources.half_units) == (None, 2)
    assert above.title == "Baie A01 U1-U42 vendu à abbeville dépasse la baie, qui a 41 U"
    assert found(sold(full)) == []  # no height is known: no conclusion


def test_a_share_that_stands_wholly_above_its_rack_is_worth_itself() -> None:
    unit = share("A01", 82, 84, "abbeville")
    assert only(sold(unit), documented(rack("A01", 40), status=ScopeStatus.PARTIAL)).resources.half_units == 2


def test_titles_call_customers_by_their_names_and_nothing_else_does() -> None:
    names = {"abbeville": "Abbeville", "le-crotoy": "Le Crotoy"}
    told = [sold(HALF), documented(rack("A01", 20), replace(ASIDE, customer="le-crotoy"), status=ScopeStatus.PARTIAL)]
    by_name, by_code = compare(told, ON, names=names), compare(told, ON)
    assert {one.title for one in by_name} >= {
        "Baie A01 U1-U21 vendu à Abbeville dépasse la baie, documentée à 20 U",
        "Baie A01 U1-U21 vendu à Abbeville est réservé au Crotoy (U20-U23)",
    }
    assert [replace(one, title="") for one in by_name] == [replace(one, title="") for one in by_code]


def test_homonyms_keep_their_numbers_when_customers_change_names() -> None:
    told = [sold(HALF), documented(*(replace(ASIDE, customer=customer) for customer in ("amiens", "roye")))]
    numbered = [(one.thing, one.documented["customer"]) for one in compare(told, ON)]
    assert numbered == [("rack:A01", "amiens"), ("rack:A01#2", "roye")]
    renamed = compare(told, ON, names={"amiens": "Zuydcoote", "roye": "Abbeville"})
    assert [(one.thing, one.documented["customer"]) for one in renamed] == numbered
