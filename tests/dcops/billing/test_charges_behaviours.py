"""Every billing behaviour of the grid, for members and for others, a whole year and a part of it: values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dcops.billing.charge import Charge
from dcops.billing.known import Known
from dcops.catalogue.behaviours import BEHAVIOURS
from dcops.sections import Billing
from metering.backups.held import Stored
from tests.dcops.billing.accounts import (
    EVER,
    GRIDS,
    LEAVES,
    MEMBER,
    OTHER,
    account,
    amounts,
    bill,
    billed,
    grids_with,
    held,
    subscribed,
    why,
)

NEW_YEAR, JULY, NEXT = date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1)
HALF = Decimal(184) / 366
"""From the 1st of July on, in a leap year."""

CASES = [
    # (code, quantity, kind of customer, inhabitants, a member's year, anybody else's); None: not sold to that class
    ("actes-legalite", "1", "commune", 22000, "55.00", "100.00"),  # annual_flat
    ("zimbra-5go", "12", "commune", 22000, "180.00", "252.00"),  # annual_per_unit
    ("vm-go", "30", "commune", 22000, "360.00", "450.00"),
    ("demat-commune", "1", "commune", 22000, "2200.00", "2640.00"),  # annual_per_inhabitant
    ("demat-commune", "1", "commune", 120, "90.00", "90.00"),  # its floor
    ("demat-epci", "1", "epci", 30000, "2100.00", None),
    ("demat-epci", "1", "epci", 90000, "5000.00", None),  # its cap
    ("intramuros-commune", "1", "commune", 149, "60.00", None),  # annual_bracket
    ("intramuros-commune", "1", "commune", 150, "120.00", None),
    ("intramuros-commune", "1", "commune", 22000, "2640.00", None),  # annual_formula
    ("intramuros-epci", "1", "epci", 30000, "4560.00", None),
    ("connect-commune", "1", "commune", 499, "36.00", "48.00"),
    ("connect-commune", "1", "commune", 500, "84.00", "90.00"),
    ("connect-commune", "1", "commune", 2000, "180.00", "204.00"),
    ("domaine-std", "14", "commune", 22000, "32.00", "168.00"),  # annual_per_unit_above_threshold, members only
    ("domaine-std", "10", "commune", 22000, "0.00", "120.00"),
    ("visio-base", "1", "commune", 22000, "0.00", "0.00"),  # included_free: shown at 0.00
    ("backup-go-sup", "25", "commune", 22000, "200.00", "225.00"),  # annual_per_usage, counted by hand
]


@pytest.mark.parametrize(("code", "quantity", "kind", "people", "member", "other"), CASES)
def test_a_year_and_its_second_half(
    code: str, quantity: str, kind: str, people: int, member: str | None, other: str | None
) -> None:
    classes = ((account(kind, people, EVER), member), (account(kind, people), other))
    for who, yearly in classes:
        whole = bill([subscribed(1, code, date(2020, 1, 1), None, quantity)], who)
        half = bill([subscribed(1, code, JULY, None, quantity)], who)
        if yearly is None:
            assert "aucun prix n'est imprimé pour les non-adhérents" in why(whole) == why(half)
            continue
        prorated = str((Decimal(yearly) * HALF).quantize(Decimal("0.01")))
        assert amounts(whole) == [(NEW_YEAR, NEXT, yearly)]
        assert amounts(half) == [(JULY, NEXT, prorated)]


@pytest.mark.parametrize(
    ("code", "kind", "member", "other"),
    [
        ("web-mise-en-place", "fee", "250.00", "300.00"),  # one_off_access_fee
        ("zimbra-mise-en-service", "fee", "0.00", "11.00"),  # printed 0,00: free, and shown
        ("backup-nas", "fee", "400.00", "400.00"),  # one_off_equipment
        ("marches-formation", "fee", "250.00", "350.00"),  # one_off_per_use
        ("assist-10h", "pack", "700.00", "735.00"),  # prepaid_hours_pack
        ("av-forfait-4-6", "package", "180.00", "216.00"),  # one_off_multi_year
    ],
)
def test_what_is_owed_once_is_owed_whole_on_its_day(code: str, kind: str, member: str, other: str) -> None:
    for who, price in ((MEMBER, member), (OTHER, other)):
        (line,) = billed(bill([subscribed(1, code, date(2024, 12, 30), kind=kind)], who))
        assert (str(line.amount), line.start, line.end) == (price, date(2024, 12, 30), date(2024, 12, 31))
        assert bill([subscribed(1, code, date(2023, 12, 30), kind=kind)], who) == []


def test_a_package_is_billed_once_per_36_months() -> None:
    package = subscribed(1, "av-forfait", date(2021, 3, 15), None, "5", kind="package")
    years = {year: [str(line.amount) for line in billed(bill([package], year=year))] for year in (2023, 2024, 2025)}
    assert years == {2023: [], 2024: ["180.00"], 2025: []}
    agreed = replace(package, code="av-forfait-7plus", quantity=Decimal(12), agreed_price=Decimal(400))
    (line,) = billed(bill([agreed], year=2027))
    assert (str(line.amount), line.quantity, line.start) == ("400.00", 1, date(2027, 3, 15))


def test_a_fee_is_owed_again_for_what_an_amendment_adds() -> None:
    first = subscribed(1, "zimbra-mise-en-service", date(2023, 5, 1), JULY, "10", kind="fee")
    more = replace(first, start=JULY, end=None, quantity=Decimal(12), since=first.start, already=Decimal(10))
    assert amounts(bill([first, more], OTHER)) == [(JULY, date(2024, 7, 2), "22.00")]
    less = replace(more, quantity=Decimal(8))
    assert bill([first, less], OTHER) == []


@pytest.mark.parametrize(("supplier", "member", "other"), [("25", "30.00", "30.50"), ("25.4321", "30.52", "31.03")])
def test_a_supplier_s_price_is_marked_up(supplier: str, member: str, other: str) -> None:
    domain = subscribed(1, "domaine-autre-ext", NEW_YEAR, supplier_price=Decimal(supplier))
    assert [amount for _, _, amount in amounts(bill([domain], MEMBER))] == [member]
    assert [amount for _, _, amount in amounts(bill([domain], OTHER))] == [other]


def test_a_new_supplier_s_price_splits_the_year() -> None:
    before = subscribed(1, "domaine-autre-ext", NEW_YEAR, JULY, "2", supplier_price=Decimal(20))
    after = replace(before, start=JULY, end=None, supplier_price=Decimal(30), since=NEW_YEAR, already=Decimal(2))
    assert amounts(bill([before, after])) == [
        (NEW_YEAR, JULY, "23.87"),  # 48 × 182/366
        (JULY, NEXT, "36.20"),  # 72 × 184/366
    ]


def test_without_its_supplier_s_price_it_is_not_billed() -> None:
    assert "le prix suit celui du fournisseur" in why(bill([subscribed(1, "domaine-autre-ext", NEW_YEAR)]))


def test_on_quote_needs_an_agreed_price_which_may_change() -> None:
    study = subscribed(1, "backup-autre", NEW_YEAR)
    assert "sur devis" in why(bill([study]))
    first = replace(study, end=JULY, agreed_price=Decimal("640.00"))
    then = replace(study, start=JULY, agreed_price=Decimal("700.00"), since=NEW_YEAR, already=Decimal(1))
    assert amounts(bill([first, then])) == [(NEW_YEAR, JULY, "318.25"), (JULY, NEXT, "351.91")]


def test_a_price_printed_as_not_applicable_has_its_own_words() -> None:
    small = account("commune", 800)
    assert "sans objet pour les non-adhérents" in why(bill([subscribed(1, "mairie-socle-v1", NEW_YEAR)], small))


def test_a_line_for_others_is_not_billed_unless_its_price_was_agreed() -> None:
    line = subscribed(1, "connect-epci", NEW_YEAR)
    assert "ligne réservée aux EPCI" in why(bill([line]))
    assert amounts(bill([replace(line, agreed_price=Decimal(200))])) == [(NEW_YEAR, NEXT, "200.00")]


@pytest.mark.parametrize("code", ["m365", "wifi-installation"])
def test_a_line_that_informs_is_never_billed_even_at_an_agreed_price(code: str) -> None:
    assert "rien n'y est vendu" in why(bill([subscribed(1, code, NEW_YEAR)]))
    assert "rien n'y est vendu" in why(bill([subscribed(1, code, NEW_YEAR, agreed_price=Decimal(50))]))


def test_a_population_that_is_not_known_is_asked_for() -> None:
    who = account("commune", None, EVER)
    assert "la renseigner sur la collectivité" in why(bill([subscribed(1, "demat-commune", NEW_YEAR)], who))


def test_a_floor_is_for_a_year_and_prorated_with_it() -> None:
    tiny = account("commune", 100, (date(2015, 1, 1), JULY))
    lines = bill([subscribed(1, "demat-commune", NEW_YEAR)], tiny)
    assert amounts(lines) == [(NEW_YEAR, JULY, "44.75"), (JULY, NEXT, "45.25")]  # 90.00 in all
    assert "Montant minimum : 90,00\u00a0€." in billed(lines)[0].explanation


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (NEW_YEAR, None, [("vm1", "420.00", "12/12")]),
        (date(2024, 1, 31), None, [("vm1", "420.00", "12/12")]),
        (date(2024, 2, 1), None, [("vm1", "385.00", "11/12")]),
        (date(2024, 3, 31), date(2024, 4, 2), [("vm1", "70.00", "2/12")]),
    ],
)
def test_by_the_month_a_month_begun_is_owed(
    start: date, end: date | None, expected: list[tuple[str, str, str]]
) -> None:
    grids = grids_with("vm1", proration="month")
    lines = billed(bill([subscribed(1, "vm1", start, end)], grids=grids))
    assert [(line.code, str(line.amount), line.evidence["months"]) for line in lines] == expected


def test_by_the_month_a_change_is_paid_from_the_next_one_on() -> None:
    before = subscribed(1, "vm1", NEW_YEAR, date(2024, 6, 10))
    after = replace(before, start=date(2024, 6, 10), end=None, quantity=Decimal(2), since=NEW_YEAR, already=Decimal(1))
    lines = billed(bill([before, after], grids=grids_with("vm1", proration="month")))
    assert [(str(line.amount), line.evidence["months"]) for line in lines] == [("210.00", "6/12"), ("420.00", "6/12")]


def test_without_proration_a_day_is_a_year_and_what_is_added_is_owed_too() -> None:
    grids = grids_with("vm1", proration="none")
    assert amounts(bill([subscribed(1, "vm1", date(2024, 12, 31))], grids=grids)) == [
        (date(2024, 12, 31), NEXT, "420.00")
    ]
    before = subscribed(1, "vm1", date(2020, 1, 1), JULY, "2")
    after = replace(before, start=JULY, end=None, quantity=Decimal(5), since=before.start, already=Decimal(2))
    lines = bill([before, after], LEAVES, grids=grids)
    assert amounts(lines) == [(NEW_YEAR, JULY, "840.00"), (JULY, NEXT, "1440.00")]  # then 3 more, no member any more
    assert amounts(bill([after], LEAVES, 2025, grids=grids)) == [(NEXT, date(2026, 1, 1), "2400.00")]


def _stored(*gb: str, first: date = NEW_YEAR) -> list[Stored]:
    """Measures of a box from the 1st of January 2024 on, a day each, under one plan."""
    found = [Decimal(one) for one in gb]
    return [Stored(len(found), sum(found, Decimal(0)), max(found), found[-1], first, date(2024, 12, 31), 900)]


BOX = {"order": "nas", "id": 3, "name": "2230SQRA0017", "plan_gb": 60}


@pytest.mark.parametrize(
    ("basis", "gb", "member", "other"),
    [
        ("average", "21", "168.00", "189.00"),  # (60 + 90.5 + 90.6) / 3 = 80.366… : 20.366… above
        ("peak", "31", "248.00", "279.00"),
        ("last", "31", "248.00", "279.00"),
    ],
)
def test_gb_above_the_plan_by_the_basis_of_the_settings(basis: str, gb: str, member: str, other: str) -> None:
    known = Known(stored={3: _stored("60", "90.5", "90.6")})
    rules = Billing.model_validate({"backup_basis": basis})
    box = held("backup-go-sup", "usage", date(2020, 1, 1), order=BOX)
    for who, price in ((MEMBER, member), (OTHER, other)):
        (line,) = billed(bill([box], who, known=known, rules=rules))
        assert (str(line.quantity), str(line.amount), line.evidence["basis"]) == (gb, price, basis)
        assert line.evidence["measured_days"] == "3/366"


def test_gb_are_those_of_the_year_at_the_price_of_each_span() -> None:
    box = held("backup-go-sup", "usage", date(2020, 1, 1), order=BOX)
    lines = bill([box], LEAVES, known=Known(stored={3: _stored("100")}))
    assert amounts(lines) == [(NEW_YEAR, JULY, "159.13"), (JULY, NEXT, "180.98")]  # 40 GB: 320 then 360 a year
    assert [line.quantity for line in billed(lines)] == [40, 40]


def test_gb_above_each_plan_are_those_of_its_own_days() -> None:
    small = held("backup-go-sup", "usage", date(2020, 1, 1), JULY, order=BOX)
    large = held("backup-go-sup", "usage", JULY, order=BOX | {"plan_gb": 120})
    measured = Known(stored={3: _stored("50") + _stored("130", "140", first=JULY)})
    lines = billed(bill([small, large], known=measured))
    assert [(line.start, line.quantity) for line in lines] == [(NEW_YEAR, 0), (JULY, 15)]
    assert any("135" in sentence for sentence in lines[1].explanation)


def test_a_box_below_its_plan_owes_nothing_and_says_so_but_one_without_measure_is_not_billed() -> None:
    box = held("backup-go-sup", "usage", JULY, date(2024, 9, 1), order=BOX)
    (line,) = billed(bill([box], known=Known(stored={3: _stored("59.99", first=JULY)})))
    assert (str(line.amount), line.quantity) == ("0.00", 0)
    assert any("59,99" in sentence for sentence in line.explanation)
    assert "2230SQRA0017 : aucune mesure du 01/07/2024 au 31/08/2024" in why(bill([box]))


def test_every_behaviour_of_the_shipped_grids_is_known() -> None:
    used = {line.behaviour for grid in GRIDS for line in grid.lines}
    assert used <= set(BEHAVIOURS)


@pytest.mark.parametrize(("category", "rate"), [("S", "5.5"), ("E", "0.00"), ("O", "0.00")])
def test_the_rate_of_vat_is_that_of_the_settings_for_what_is_taxed(category: str, rate: str) -> None:
    rules = Billing.model_validate({"vat_rate": "5.5"})
    (line,) = bill([subscribed(1, "vm1", NEW_YEAR)], grids=grids_with("vm1", vat_category=category), rules=rules)
    assert isinstance(line, Charge)
    assert (line.vat_category, str(line.vat_rate)) == (category, rate)
