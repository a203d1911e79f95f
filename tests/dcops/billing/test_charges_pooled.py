"""What counts a customer as a whole: the first free domains, uses of the year before, a cap for all its contracts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dcops.billing.charge import Charge, Unbilled
from dcops.billing.known import Count, Known
from tests.dcops.billing.accounts import EVER, LEAVES, MEMBER, OTHER, account, amounts, bill, billed, subscribed, why

NEW_YEAR, APRIL, JULY, NEXT = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1), date(2025, 1, 1)
DOMAINS, PROCUREMENTS = "domaine-std", "marches-plateforme"


def _counted(quantity: int, *earlier: str) -> Known:
    """Procurements of 2023; ``earlier``: what was subscribed to before 2024."""
    counts = {("abbeville", PROCUREMENTS): Count(Decimal(quantity), 5)} if quantity >= 0 else {}
    return Known(counts=counts, earlier={("abbeville", code) for code in earlier})


def test_the_first_ten_domains_are_free_once_per_customer() -> None:
    lines = billed(
        bill([subscribed(1, DOMAINS, date(2020, 1, 1), None, "7"), subscribed(2, DOMAINS, APRIL, None, "9")])
    )
    assert [(line.code, line.start, line.quantity, str(line.amount)) for line in lines] == [
        ("domaine-std-sup10", NEW_YEAR, 7, "0.00"),
        ("domaine-std-sup10", APRIL, 16, "36.07"),  # 6 × 8.00 × 275/366
    ]
    assert lines[1].order == {"order": "subscription", "id": 1, "name": DOMAINS, "orders": [1, 2]}
    assert lines[1].evidence["orders"] == [
        {"order": "subscription", "id": 1, "name": DOMAINS, "quantity": "7", "from": "2024-04-01", "to": "2025-01-01"},
        {"order": "subscription", "id": 2, "name": DOMAINS, "quantity": "9", "from": "2024-04-01", "to": "2025-01-01"},
    ]
    assert "Commandes réunies : domaine-std n° 1, quantité 7 ; domaine-std n° 2, quantité 9." in lines[1].explanation
    assert "10 unités gratuites sur 16." in lines[1].explanation


def test_what_replaces_as_many_units_cuts_nothing() -> None:
    first = subscribed(1, DOMAINS, date(2020, 1, 1), JULY, "12")
    (line,) = billed(bill([first, subscribed(2, DOMAINS, JULY, None, "12")]))
    assert (str(line.amount), line.start, line.end) == ("16.00", NEW_YEAR, NEXT)
    assert [(order["id"], order["from"], order["to"]) for order in line.evidence["orders"]] == [
        (1, "2024-01-01", "2024-07-01"),
        (2, "2024-07-01", "2025-01-01"),
    ]
    assert any("domaine-std n° 1, quantité 12 du 01/01/2024 au 30/06/2024" in words for words in line.explanation)


def test_the_key_of_a_pool_is_that_of_its_first_order_of_the_year() -> None:
    ended = subscribed(1, DOMAINS, date(2020, 1, 1), APRIL, "7")
    lines = billed(bill([ended, subscribed(2, DOMAINS, date(2023, 1, 1), None, "9")]))
    assert [line.key for line in lines] == [
        "subscription/1/domaine-std-sup10/annual/2024-01-01/2024-04-01",
        "subscription/1/domaine-std-sup10/annual/2024-04-01/2025-01-01",
    ]
    assert [line.order["orders"] for line in lines] == [[1, 2], [2]]


def test_units_at_an_agreed_price_are_apart() -> None:
    agreed = subscribed(1, DOMAINS, NEW_YEAR, None, "5", agreed_price=Decimal(6))
    lines = billed(bill([agreed, subscribed(2, DOMAINS, NEW_YEAR, None, "11")]))
    assert {(line.quantity, str(line.amount)) for line in lines} == {(5, "30.00"), (11, "8.00")}


def test_a_member_that_leaves_pays_each_of_its_orders_apart_from_then_on() -> None:
    found = [subscribed(1, DOMAINS, NEW_YEAR, None, "7"), subscribed(2, DOMAINS, NEW_YEAR, None, "9")]
    lines = billed(bill(found, LEAVES))
    assert [(line.code, line.start, str(line.amount)) for line in sorted(lines, key=lambda line: line.amount)] == [
        ("domaine-std-sup10", NEW_YEAR, "23.87"),
        ("domaine-std", JULY, "42.23"),
        ("domaine-std", JULY, "54.30"),
    ]


def test_a_gap_between_two_orders_is_not_billed() -> None:
    first = subscribed(1, DOMAINS, date(2020, 1, 1), APRIL, "11")
    assert amounts(bill([first, subscribed(2, DOMAINS, JULY, None, "11")])) == [
        (NEW_YEAR, APRIL, "1.99"),
        (JULY, NEXT, "4.02"),
    ]


@pytest.mark.parametrize(("count", "member", "other"), [(20, "1300.00", "1500.00"), (130, "8000.00", "8000.00")])
def test_uses_of_the_year_before_are_billed_up_to_the_cap(count: int, member: str, other: str) -> None:
    platform = subscribed(1, PROCUREMENTS, date(2020, 1, 1))
    for who, price in ((MEMBER, member), (OTHER, other)):
        (line,) = billed(bill([platform], who, known=_counted(count, PROCUREMENTS)))
        assert (line.quantity, str(line.amount)) == (count, price)
        assert line.evidence["count"] == {"year": 2023, "quantity": str(count), "id": 5}


def test_the_cap_is_per_customer_and_year_whatever_the_number_of_its_contracts() -> None:
    found = [
        subscribed(1, PROCUREMENTS, date(2020, 1, 1)),
        subscribed(2, PROCUREMENTS, date(2020, 6, 1)),
        subscribed(3, PROCUREMENTS, JULY, None, "4"),
    ]
    lines = billed(bill(found, known=_counted(200, PROCUREMENTS)))
    assert [(str(line.amount), line.start, line.end) for line in lines] == [("8000.00", NEW_YEAR, NEXT)]
    cut = billed(bill(found, LEAVES, known=_counted(200, PROCUREMENTS)))
    assert [str(line.amount) for line in cut] == ["3978.14", "4021.86"]  # 8000.00 in all, leaving in July


def test_the_days_of_a_counted_line_are_those_of_all_its_contracts() -> None:
    found = [subscribed(1, PROCUREMENTS, date(2020, 1, 1), APRIL), subscribed(2, PROCUREMENTS, JULY)]
    lines = billed(bill(found, known=_counted(12, PROCUREMENTS)))
    assert [(line.start, line.end, line.evidence["days"]) for line in lines] == [
        (NEW_YEAR, APRIL, "91/366"),
        (JULY, NEXT, "184/366"),
    ]


def test_a_first_year_owes_nothing_and_is_shown() -> None:
    (line,) = billed(bill([subscribed(1, PROCUREMENTS, APRIL)], known=_counted(-1)))
    assert (str(line.amount), line.quantity, line.start) == ("0.00", 0, APRIL)
    assert "Première année : rien à compter en 2023." in line.explanation


def test_a_count_that_is_missing_in_a_later_year_is_asked_for_never_0() -> None:
    platform = subscribed(1, PROCUREMENTS, date(2023, 6, 1))
    reason = why(bill([platform], known=_counted(-1, PROCUREMENTS)))
    assert reason == "le nombre de 2023 n'est pas connu : l'importer, 0 compris (dcops usages import)."
    assert amounts(bill([platform], known=_counted(0, PROCUREMENTS))) == [(NEW_YEAR, NEXT, "0.00")]


def test_a_contract_that_replaces_another_one_is_no_first_year() -> None:
    renewed = subscribed(2, PROCUREMENTS, NEW_YEAR)
    assert "n'est pas connu" in why(bill([renewed], known=_counted(-1, PROCUREMENTS)))
    assert amounts(bill([renewed], known=_counted(3, PROCUREMENTS))) == [(NEW_YEAR, NEXT, "195.00")]


def test_a_price_agreed_for_one_contract_is_that_of_the_count() -> None:
    agreed = subscribed(1, PROCUREMENTS, date(2020, 1, 1), agreed_price=Decimal(50))
    plain = subscribed(2, PROCUREMENTS, date(2020, 1, 1))
    for found in ([agreed, plain], [plain, agreed]):
        assert amounts(bill(found, known=_counted(10, PROCUREMENTS))) == [(NEW_YEAR, NEXT, "500.00")]


def test_the_other_lines_of_the_customer_are_billed_beside() -> None:
    found = [
        subscribed(1, DOMAINS, NEW_YEAR, None, "11"),
        subscribed(2, "vm1", NEW_YEAR),
        replace(subscribed(3, PROCUREMENTS, date(2020, 1, 1)), kind="annual"),
    ]
    lines = bill(found, account("commune", 22000, EVER), known=_counted(-1, PROCUREMENTS))
    charged = {(line.code, str(line.amount)) for line in lines if isinstance(line, Charge)}
    assert charged == {("domaine-std-sup10", "8.00"), ("vm1", "420.00")}
    assert [line.code for line in lines if isinstance(line, Unbilled)] == [PROCUREMENTS]
