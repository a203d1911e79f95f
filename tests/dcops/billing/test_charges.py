"""What a holding costs in a year: fees, prorata, price changes, energy; sums are conserved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.known import Known, Usage
from dcops.billing.spans import Account
from dcops.catalogue.grids import SHIPPED
from dcops.contracts.holding import Holding
from metering.period import of_days
from tests.dcops.billing.accounts import LEAVES, MEMBER, OTHER, Energy, amounts, bill, held


def charges(holding: Holding, year: int, account: Account, usage: Usage | None = None) -> list[Line]:
    """The lines of one holding, whose energy is that of its share."""
    known = Known(energies={7: usage or {}})
    return bill([holding], account, year, known)


def test_a_fee_is_owed_in_the_year_of_its_start_and_never_prorated() -> None:
    fee = held("dc-baie-42u-fas", "fee", date(2024, 12, 31))
    assert amounts(charges(fee, 2024, MEMBER)) == [(date(2024, 12, 31), date(2025, 1, 1), "1000.00")]
    assert charges(fee, 2023, MEMBER) == charges(fee, 2025, MEMBER) == []


@pytest.mark.parametrize(
    ("start", "end", "amount", "days"),
    [
        (date(2020, 1, 1), None, "8400.00", "366/366"),
        (date(2024, 7, 1), None, "4222.95", "184/366"),
        (date(2024, 2, 29), date(2024, 3, 1), "22.95", "1/366"),
        (date(2024, 12, 31), None, "22.95", "1/366"),
        (date(2020, 1, 1), date(2024, 3, 1), "1377.05", "60/366"),
    ],
)
def test_a_year_is_prorated_by_days_of_the_leap_year(start: date, end: date | None, amount: str, days: str) -> None:
    (line,) = charges(held("dc-baie-42u", "annual", start, end), 2024, MEMBER)
    assert isinstance(line, Charge)
    assert (str(line.amount), line.evidence["days"]) == (amount, days)


def test_a_common_year_has_365_days() -> None:
    holding = held("dc-baie-42u", "annual", date(2023, 7, 1))
    assert amounts(charges(holding, 2023, MEMBER)) == [(date(2023, 7, 1), date(2024, 1, 1), "4234.52")]


def test_leaving_the_syndicate_changes_the_price_on_that_day() -> None:
    holding = held("dc-baie-42u", "annual", date(2020, 1, 1))
    lines = charges(holding, 2024, LEAVES)
    assert amounts(lines) == [
        (date(2024, 1, 1), date(2024, 7, 1), "4177.05"),
        (date(2024, 7, 1), date(2025, 1, 1), "4645.25"),
    ]
    assert [line.evidence["price_class"] for line in lines] == ["member", "nonmember"]


def test_every_line_says_why() -> None:
    (line,) = charges(held("dc-baie-42u", "annual", date(2024, 7, 1)), 2024, MEMBER)
    assert isinstance(line, Charge)
    document = line.document()
    assert document["evidence"] == {
        "tariff": "2024", "deliberation": SHIPPED[1].deliberation, "line": "dc-baie-42u", "price_class": "member",
        "order": {"order": "share", "id": 7, "name": "A01"}, "days": "184/366",
    }  # fmt: skip
    assert (document["quantity"], document["unit_price"], document["amount"]) == ("1", "8400.00", "4222.95")
    assert (document["from"], document["to"]) == ("2024-07-01", "2025-01-01")
    assert any("184 jours sur 366" in sentence for sentence in document["explanation"])


def test_electricity_is_its_energy_at_the_price_rounded_once() -> None:
    holding = held("dc-elec", "consumption", date(2024, 3, 1))
    usage = {(date(2024, 3, 1), date(2025, 1, 1)): Energy(1_234_567, {"ACTUAL": 1_222_222, "ESTIMATED": 12_345})}
    (line,) = charges(holding, 2024, MEMBER, usage)
    assert isinstance(line, Charge)
    document = line.document()
    assert (document["quantity"], document["unit_price"], document["amount"]) == ("1234.567", "0.20", "246.91")
    assert "12,345 kWh estimés" in document["label"]
    assert document["evidence"]["readings"] == ["a01@2024"]
    assert document["evidence"]["flags"] == {"ACTUAL": 1_222_222, "ESTIMATED": 12_345}


def test_electricity_is_split_where_the_price_changes() -> None:
    holding = held("dc-elec", "consumption", date(2020, 1, 1))
    usage = {
        (date(2024, 1, 1), date(2024, 7, 1)): Energy(1_000_000),
        (date(2024, 7, 1), date(2025, 1, 1)): Energy(1_000_000),
    }
    assert [amount for _, _, amount in amounts(charges(holding, 2024, LEAVES, usage))] == [
        "200.00",
        "220.00",
    ]


def test_too_little_measured_is_not_billed_and_says_so() -> None:
    holding = held("dc-elec", "consumption", date(2024, 1, 1))
    missing = (of_days(date(2024, 3, 1), date(2024, 3, 20)),)
    energy = Energy(5, coverage=Decimal("0.949"), notes=("aucun compteur.",), missing=missing)
    usage = {(date(2024, 1, 1), date(2025, 1, 1)): energy}
    (line,) = charges(holding, 2024, MEMBER, usage)
    assert isinstance(line, Unbilled)
    assert line.why.startswith("A01 : mesures insuffisantes : 94,9 %")
    assert "du 01/03/2024 00:00 au 20/03/2024 00:00" in line.why
    assert "aucun compteur" in line.why
    (unmeasured,) = charges(holding, 2024, MEMBER)
    assert isinstance(unmeasured, Unbilled)


def test_what_the_grid_does_not_price_is_left_out_with_its_reason() -> None:
    (line,) = charges(held("dc-espace-privatif", "annual", date(2024, 1, 1)), 2024, MEMBER)
    assert isinstance(line, Unbilled)
    assert "sur devis" in line.why
    (missing,) = charges(held("maint-poste", "annual", date(2023, 6, 1)), 2023, MEMBER)
    assert isinstance(missing, Unbilled)
    assert "grille 2023" in missing.why_text
    (unknown,) = charges(held("rien", "unknown", date(2020, 6, 1)), 2024, MEMBER)
    assert isinstance(unknown, Unbilled)


@pytest.mark.parametrize(
    ("code", "account"),
    [
        ("demat-autre", MEMBER),  # an empty cell: not sold to that class
        (
            "mairie-socle-v1",
            replace(OTHER, populations=(SimpleNamespace(year=2020, base="municipal", inhabitants=800),)),
        ),  # sans objet
    ],
)
def test_an_agreed_price_is_billed_where_the_grid_prints_none(code: str, account: Account) -> None:
    holding = held(code, "annual", date(2024, 1, 1))
    assert isinstance(charges(holding, 2024, account)[0], Unbilled)
    agreed = replace(holding, agreed_price=Decimal("300.00"))
    assert amounts(charges(agreed, 2024, account)) == [(date(2024, 1, 1), date(2025, 1, 1), "300.00")]


def test_an_agreed_price_stands_for_the_grid() -> None:
    holding = held("dc-espace-privatif", "annual", date(2024, 7, 1), quantity="2", agreed_price=Decimal("10000.00"))
    assert [amount for _, _, amount in amounts(charges(holding, 2024, OTHER))] == ["10054.64"]


def test_a_package_is_owed_once_per_term() -> None:
    holding = held("av-forfait", "package", date(2021, 5, 31), quantity="5")
    (line,) = charges(holding, 2024, MEMBER)
    assert isinstance(line, Charge)
    assert (line.code, str(line.amount), line.start, line.quantity) == (
        "av-forfait-4-6",
        "180.00",
        date(2024, 5, 31),
        1,
    )
    assert charges(holding, 2023, MEMBER) == []
    own_price = held("av-forfait-7plus", "package", date(2024, 2, 1), quantity="12", agreed_price=Decimal("400"))
    assert [amount for _, _, amount in amounts(charges(own_price, 2024, MEMBER))] == ["400.00"]


def test_a_pack_is_owed_on_its_day() -> None:
    holding = held("assist-10h", "pack", date(2024, 5, 2), date(2024, 5, 3))
    assert amounts(charges(holding, 2024, OTHER)) == [(date(2024, 5, 2), date(2024, 5, 3), "735.00")]
