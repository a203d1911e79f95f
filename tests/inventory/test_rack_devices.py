"""What stands in racks: whose space it takes, by how much; a silence that is not a whole answer proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.compare import compare
from inventory.differences import Difference, Resources
from inventory.facts import Fact, Mounting, Reservation, ScopeStatus, Tenant
from tests.inventory.telling import COMPLETE, LONG_AGO, ON, device, documented, found, only, rack, share, sold

PARTIAL, FAILED = ScopeStatus.PARTIAL, ScopeStatus.FAILED
LOW, HIGH = share("A01", 0, 42, "albert", "half"), share("A01", 42, 84, "peronne", "half")
INSIDE = device("A01", 0, 2, "albert", "albert-srv1"), device("A01", 42, 2, "peronne", "peronne-srv1")
ROYE = Tenant("roye", "Roye", "roye")


def told(
    *facts: Fact, bought: tuple[Fact, ...] = (LOW, HIGH, ROYE), status: ScopeStatus = COMPLETE
) -> list[Difference]:
    return found(sold(*bought), documented(rack("A01"), *INSIDE, *facts, status=status))


def test_each_in_its_own_share_makes_no_difference() -> None:
    assert told() == []


def test_a_device_in_space_sold_to_another_squats() -> None:
    (one,) = told(device("A01", 4, 4, "peronne", "peronne-srv2"))
    assert (one.rule, one.thing, one.field) == ("rack.squatter", "rack:A01", "device peronne-srv2-front in albert")
    assert (one.customer, one.resources) == ("peronne", Resources(half_units=4))
    assert one.title == "Baie A01 U3-U4 : « peronne-srv2 » (peronne) occupe un espace vendu à albert"
    assert [one["customer"] for one in one.sold] == ["albert"]
    assert (one.documented["units"], one.documented["customer"]) == ("U3-U4", "peronne")


@pytest.mark.parametrize("tenant", [None, "somme-numerique"], ids=["no tenant", "a tenant that is no customer"])
def test_what_is_the_operators_squats_in_sold_space_only(tenant: str | None) -> None:
    (one,) = told(device("A01", 40, 2, tenant, "sw-a01"))
    assert (one.rule, one.customer) == ("rack.squatter", "albert")
    assert one.title == "Baie A01 U21 : « sw-a01 » (l'opérateur) occupe un espace vendu à albert"
    assert told(device("A01", 40, 2, tenant), bought=(replace(LOW, end_half_unit=40), HIGH)) == []


def test_a_customer_in_space_that_nobody_bought_squats() -> None:
    lone = device("A02", 10, 2, "roye", "roye-srv1")
    (one,) = told(lone)
    assert (one.rule, one.customer, one.sold) == ("rack.squatter", "roye", None)
    assert one.title == "Baie A02 U6 : « roye-srv1 » (roye) occupe un espace vendu à personne"
    assert told(lone, bought=(LOW, HIGH)) == []  # nobody says that roye is a customer


def test_a_customer_whose_share_has_ended_squats_where_it_stays() -> None:
    ended = replace(HIGH, end=ON)
    (one,) = told(bought=(LOW, ended))
    assert (one.rule, one.customer) == ("rack.squatter", "peronne")
    assert told(bought=(LOW, replace(HIGH, end=ON + timedelta(days=1)))) == []


def test_a_device_outside_of_the_share_of_its_customer_is_misplaced_and_no_squatter() -> None:
    (one,) = told(device("A01", 60, 4, "albert", "albert-srv2"), bought=(LOW, replace(HIGH, end_half_unit=60)))
    assert (one.rule, one.field) == ("rack.position-differs", "device albert-srv2-front")
    assert (one.customer, one.resources) == ("albert", Resources(half_units=4))
    assert one.title == "Baie A01 U31-U32 : « albert-srv2 » (albert) est hors de l'espace vendu (U1-U21)"


def test_a_device_that_straddles_its_share_counts_for_what_is_outside() -> None:
    (one,) = told(device("A01", 40, 4, "albert", "albert-srv2"))
    assert (one.rule, one.resources) == ("rack.squatter", Resources(half_units=2))
    assert one.title.startswith("Baie A01 U22 : ")


def test_the_devices_of_a_customer_may_straddle_its_own_shares() -> None:
    both = LOW, replace(HIGH, customer="albert")
    assert found(sold(*both), documented(rack("A01"), device("A01", 40, 4, "albert"))) == []


def test_a_quarter_ends_in_the_middle_of_a_unit() -> None:
    quarters = share("A01", 0, 21, "albert", "quarter"), share("A01", 21, 42, "peronne", "quarter")
    devices = device("A01", 18, 3, "albert", "a"), device("A01", 21, 3, "peronne", "p")
    assert found(sold(*quarters), documented(rack("A01"), *devices)) == []
    (one,) = found(sold(*quarters), documented(rack("A01"), device("A01", 20, 2, "albert", "a"), devices[1]))
    assert (one.rule, one.resources) == ("rack.squatter", Resources(half_units=1))


def test_a_device_over_two_shares_of_others_is_told_of_each() -> None:
    astride = told(device("A01", 38, 8, "roye", "roye-srv1"))
    assert [(one.rule, one.field, one.resources.half_units) for one in astride] == [
        ("rack.squatter", "device roye-srv1-front in albert", 4),
        ("rack.squatter", "device roye-srv1-front in peronne", 4),
    ]


def test_two_devices_on_the_faces_of_one_unit_take_it_once() -> None:
    both = [device("A01", 4, 2, "peronne", "panel", face) for face in ("front", "rear")]
    assert [(one.rule, one.resources.half_units) for one in told(*both)] == [("rack.squatter", 2), ("rack.squatter", 0)]


def test_what_takes_no_unit_and_what_is_told_twice_do_not_count_more() -> None:
    assert told(device("A01", 4, 0, "peronne", "pdu")) == []
    twice = device("A01", 4, 4, "peronne")
    assert len(told(twice, twice)) == 1


def test_a_cage_is_one_space() -> None:
    racks = [f"C0{number}" for number in range(1, 6)]
    bought = [share(name, 0, 84, "amiens", "full") for name in racks]
    stand = [device(name, 80, 4, "amiens", f"{name}-srv") for name in racks]
    assert found(sold(*bought), documented(*map(rack, racks), *stand)) == []
    (one,) = found(sold(*bought), documented(*map(rack, racks), *stand[1:]))
    assert (one.rule, one.thing, one.resources) == (
        "rack.sold-empty",
        "rack:C01",
        Resources(half_units=84, share="full"),
    )


@pytest.mark.parametrize(
    ("start", "told_empty"),
    [(ON - timedelta(days=30), True), (ON - timedelta(days=29), False), (ON + timedelta(days=1), False), (None, True)],
)
def test_a_share_is_empty_once_its_customer_had_thirty_days_to_move_in(start: date | None, told_empty: bool) -> None:
    empty = replace(share("A02", 10, 14, "albert"), start=start)
    rules = [one.rule for one in found(sold(empty), documented(rack("A02")))]
    assert rules == ["rack.sold-empty"] * told_empty


@pytest.mark.parametrize(
    ("before", "told_empty"),
    [
        (share("A02", 0, 42, "albert", "half"), True),  # it took less of the same space
        (share("A02", 0, 42, "peronne", "half"), False),
        (share("A02", 42, 84, "albert", "half"), False),
        (replace(share("A02", 0, 42, "albert", "half"), end=ON - timedelta(days=2)), False),  # a day between
    ],
)
def test_a_share_that_was_renewed_is_as_old_as_its_first(before: Reservation, told_empty: bool) -> None:
    yesterday = ON - timedelta(days=1)
    renewed = share("A02", 10, 14, "albert", start=yesterday)
    told = found(sold(replace(before, end=before.end or yesterday), renewed), documented(rack("A02")))
    assert [one.rule for one in told] == ["rack.sold-empty"] * told_empty
    assert not told_empty or "depuis le 01/01/2024" in told[0].title


def test_an_empty_share_is_worth_what_it_is_sold_for() -> None:
    one = only(sold(share("A02", 0, 42, "albert", "half")), documented(rack("A02")))
    assert (one.field, one.customer, one.resources) == ("U1-U21", "albert", Resources(half_units=42, share="half"))
    assert one.title == "Baie A02 U1-U21 vendu à albert depuis le 01/01/2024 : rien n'y est documenté"


@pytest.mark.parametrize("face", ["front", "rear"])
def test_a_share_with_anything_on_any_face_is_not_empty(face: str) -> None:
    half = share("A02", 0, 42, "albert", "half")
    assert found(sold(half), documented(rack("A02"), device("A02", 41, 1, "albert", face=face))) == []
    assert only(sold(half), documented(rack("A02"), device("A02", 42, 2, None, face=face))).rule == "rack.sold-empty"


@pytest.mark.parametrize("status", [PARTIAL, FAILED])
def test_a_share_is_not_empty_because_the_documentation_is_silent(status: ScopeStatus) -> None:
    assert found(sold(LOW), documented(rack("A01"), status=status)) == []


def test_a_rack_that_nobody_documented_is_not_empty() -> None:
    assert found(sold(LOW), documented(rack("A02"))) == []


@pytest.mark.parametrize("status", [PARTIAL, FAILED])
def test_space_is_not_unsold_because_the_contracts_are_silent(status: ScopeStatus) -> None:
    stray = device("A02", 0, 2, "roye")
    assert found(sold(ROYE, status=status), documented(rack("A02"), stray)) == []
    other = device("A01", 4, 2, "roye")
    assert [one.rule for one in found(sold(LOW, ROYE, status=status), documented(other, status=PARTIAL))] == [
        "rack.squatter"
    ]


customers = st.sampled_from(["albert", "peronne", "roye", None, "somme-numerique"])
shares = st.lists(
    st.builds(
        lambda name, first, length, who, start: share(name, first, first + length, who, "unit", start),
        st.sampled_from(["A01", "A02"]), st.integers(0, 8), st.integers(1, 5),
        st.sampled_from(["albert", "peronne", "roye"]), st.sampled_from([LONG_AGO, ON]),
    ), max_size=6,
)  # fmt: skip
devices = st.lists(
    st.builds(
        device, st.sampled_from(["A01", "A02"]), st.integers(0, 10), st.integers(0, 4), customers,
        st.sampled_from(["x", "y", "z" * 64]), st.sampled_from(["front", "rear"]),
    ), max_size=6,
)  # fmt: skip
statuses = st.sampled_from(list(ScopeStatus))
racks = [rack("A01", 6), rack("A02", 5)]


@given(shares, devices, st.randoms(use_true_random=False))
def test_neither_the_order_nor_a_second_comparison_changes_anything(
    bought: list[Fact], stand: list[Fact], random: object
) -> None:
    straight = compare([sold(*bought, ROYE), documented(*racks, *stand)], ON)
    mixed = [*bought, ROYE], [*racks, *stand]
    for facts in mixed:
        random.shuffle(facts)  # type: ignore[attr-defined]
    assert compare([documented(*mixed[1]), sold(*mixed[0])], ON) == straight
    keys = [one.key for one in straight]
    assert len(keys) == len(set(keys))
    assert all(len(one.field) <= 40 for one in straight)


@given(shares, devices)
def test_an_unrelated_rack_changes_nothing_of_the_others(bought: list[Fact], stand: list[Fact]) -> None:
    more = share("Z99", 0, 4, "roye"), device("Z99", 2, 4, "peronne"), rack("Z99", 1)
    alone = found(sold(*bought, ROYE), documented(*racks, *stand))
    beside = found(sold(*bought, ROYE, more[0]), documented(*racks, *stand, *more[1:]))
    assert [one for one in beside if one.thing.split("#")[0] != "rack:Z99"] == alone


@given(shares, devices, statuses, statuses)
def test_nothing_is_concluded_from_a_silence(
    bought: list[Fact], stand: list[Fact], of_sold: ScopeStatus, of_documented: ScopeStatus
) -> None:
    told = found(sold(*bought, ROYE, status=of_sold), documented(*racks, *stand, status=of_documented))
    assert of_documented is COMPLETE or "rack.sold-empty" not in {one.rule for one in told}
    assert of_sold is COMPLETE or all(one.sold is not None for one in told)
    assert of_sold is COMPLETE or "rack.position-differs" not in {one.rule for one in told}


@given(shares, devices)
def test_each_half_unit_taken_from_somebody_or_nobody_is_counted_once(
    bought: list[Reservation], stand: list[Mounting]
) -> None:
    told = found(sold(*bought, ROYE), documented(*racks, *stand))
    worth = sum(one.resources.half_units for one in told if one.rule in ("rack.squatter", "rack.position-differs"))
    buyers: dict[tuple[str, int], set[str | None]] = {}
    for one in bought:
        for half_unit in range(one.first_half_unit, one.end_half_unit):
            buyers.setdefault((one.rack, half_unit), set()).add(one.customer)
    known = {"roye"} | {one.customer for one in bought}
    taken: set[tuple[tuple[str, int], str | None]] = set()
    for stands in stand:
        whose = stands.customer if stands.customer in known else None
        for place in ((stands.rack, stands.first_half_unit + above) for above in range(stands.half_units)):
            others = buyers.get(place, set())
            if whose not in others:
                taken |= {(place, other) for other in others} or ({(place, None)} if whose else set())
    assert worth == len(taken)
