"""What a holding costs in a year: fees, prorata, price changes, energy; sums are conserved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.charges import charges as charges_of
from dcops.billing.known import Known, Usage
from dcops.billing.pricing import Pricing
from dcops.billing.run import assemble
from dcops.billing.spans import Account, add_months, anniversaries, part_of_year
from dcops.catalogue.grid_file import parse
from dcops.catalogue.grids import SHIPPED, shipped_text
from dcops.catalogue.line import Grid
from dcops.config import Billing, Settings
from dcops.contracts.holding import Holding
from dcops.money import ZERO
from metering.period import Period, of_days


def _grid(index: int, end: date | None) -> Grid:
    name, start, vote = SHIPPED[index]
    return Grid(name, start, end, vote, tuple(parse(shipped_text(name), name, vote)[0]))


GRIDS = (_grid(0, date(2024, 1, 1)), _grid(1, None))
RULES = Billing()
MEMBER = Account(
    "abbeville",
    "commune",
    (SimpleNamespace(year=None, base="municipal", inhabitants=22000),),
    (SimpleNamespace(start=date(2015, 1, 1), end=None),),
)
OTHER = Account("abbeville", "commune", (SimpleNamespace(year=None, base="municipal", inhabitants=22000),), ())
LEAVES = Account(
    "abbeville",
    "commune",
    (SimpleNamespace(year=None, base="municipal", inhabitants=22000),),
    (SimpleNamespace(start=date(2015, 1, 1), end=date(2024, 7, 1)),),
)


@dataclass(frozen=True)
class Energy:
    wh: int
    flags: dict[str, int] = field(default_factory=dict)
    coverage: Decimal = Decimal("1.000")
    evidence: tuple[str, ...] = ("a01@2024",)
    notes: tuple[str, ...] = ()
    missing: tuple[Period, ...] = ()


def _held(code: str, kind: str, start: date, end: date | None = None, quantity: str = "1", **more: Any) -> Holding:
    return Holding(
        "abbeville", code, Decimal(quantity), start, end, kind, {"order": "share", "id": 7, "name": "A01"}, **more
    )


def charges(holding: Holding, year: int, account: Account, usage: Usage | None = None) -> list[Line]:
    """The lines of one holding, whose energy is that of its share."""
    known = Known(energies={7: usage or {}})
    return charges_of([holding], account, Pricing(year, GRIDS, RULES), known)


def _amounts(lines: list[Line]) -> list[tuple[date, date, str]]:
    assert all(isinstance(line, Charge) for line in lines), lines
    return [(line.start, line.end, str(line.amount)) for line in lines if isinstance(line, Charge)]


def test_a_fee_is_owed_in_the_year_of_its_start_and_never_prorated() -> None:
    fee = _held("dc-baie-42u-fas", "fee", date(2024, 12, 31))
    assert _amounts(charges(fee, 2024, MEMBER)) == [(date(2024, 12, 31), date(2025, 1, 1), "1000.00")]
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
    (line,) = charges(_held("dc-baie-42u", "annual", start, end), 2024, MEMBER)
    assert isinstance(line, Charge)
    assert (str(line.amount), line.evidence["days"]) == (amount, days)


def test_a_common_year_has_365_days() -> None:
    held = _held("dc-baie-42u", "annual", date(2023, 7, 1))
    assert _amounts(charges(held, 2023, MEMBER)) == [(date(2023, 7, 1), date(2024, 1, 1), "4234.52")]


def test_leaving_the_syndicate_changes_the_price_on_that_day() -> None:
    held = _held("dc-baie-42u", "annual", date(2020, 1, 1))
    lines = charges(held, 2024, LEAVES)
    assert _amounts(lines) == [
        (date(2024, 1, 1), date(2024, 7, 1), "4177.05"),
        (date(2024, 7, 1), date(2025, 1, 1), "4645.25"),
    ]
    assert [line.evidence["price_class"] for line in lines] == ["member", "nonmember"]


def test_every_line_says_why() -> None:
    (line,) = charges(_held("dc-baie-42u", "annual", date(2024, 7, 1)), 2024, MEMBER)
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
    held = _held("dc-elec", "consumption", date(2024, 3, 1))
    usage = {(date(2024, 3, 1), date(2025, 1, 1)): Energy(1_234_567, {"ACTUAL": 1_222_222, "ESTIMATED": 12_345})}
    (line,) = charges(held, 2024, MEMBER, usage)
    assert isinstance(line, Charge)
    document = line.document()
    assert (document["quantity"], document["unit_price"], document["amount"]) == ("1234.567", "0.20", "246.91")
    assert "12,345 kWh estimés" in document["label"]
    assert document["evidence"]["readings"] == ["a01@2024"]
    assert document["evidence"]["flags"] == {"ACTUAL": 1_222_222, "ESTIMATED": 12_345}


def test_electricity_is_split_where_the_price_changes() -> None:
    held = _held("dc-elec", "consumption", date(2020, 1, 1))
    usage = {
        (date(2024, 1, 1), date(2024, 7, 1)): Energy(1_000_000),
        (date(2024, 7, 1), date(2025, 1, 1)): Energy(1_000_000),
    }
    assert [amount for _, _, amount in _amounts(charges(held, 2024, LEAVES, usage))] == [
        "200.00",
        "220.00",
    ]


def test_too_little_measured_is_not_billed_and_says_so() -> None:
    held = _held("dc-elec", "consumption", date(2024, 1, 1))
    missing = (of_days(date(2024, 3, 1), date(2024, 3, 20)),)
    energy = Energy(5, coverage=Decimal("0.949"), notes=("aucun compteur.",), missing=missing)
    usage = {(date(2024, 1, 1), date(2025, 1, 1)): energy}
    (line,) = charges(held, 2024, MEMBER, usage)
    assert isinstance(line, Unbilled)
    assert line.why.startswith("A01 : mesures insuffisantes : 94,9 %")
    assert "du 01/03/2024 00:00 au 20/03/2024 00:00" in line.why
    assert "aucun compteur" in line.why
    (unmeasured,) = charges(held, 2024, MEMBER)
    assert isinstance(unmeasured, Unbilled)


def test_what_the_grid_does_not_price_is_left_out_with_its_reason() -> None:
    (line,) = charges(_held("dc-espace-privatif", "annual", date(2024, 1, 1)), 2024, MEMBER)
    assert isinstance(line, Unbilled)
    assert "sur devis" in line.why
    (missing,) = charges(_held("maint-poste", "annual", date(2023, 6, 1)), 2023, MEMBER)
    assert isinstance(missing, Unbilled)
    assert "grille 2023" in missing.why_text
    (unknown,) = charges(_held("rien", "unknown", date(2020, 6, 1)), 2024, MEMBER)
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
    held = _held(code, "annual", date(2024, 1, 1))
    assert isinstance(charges(held, 2024, account)[0], Unbilled)
    agreed = replace(held, agreed_price=Decimal("300.00"))
    assert _amounts(charges(agreed, 2024, account)) == [(date(2024, 1, 1), date(2025, 1, 1), "300.00")]


def test_an_agreed_price_stands_for_the_grid() -> None:
    held = _held("dc-espace-privatif", "annual", date(2024, 7, 1), quantity="2", agreed_price=Decimal("10000.00"))
    assert [amount for _, _, amount in _amounts(charges(held, 2024, OTHER))] == ["10054.64"]


def test_a_package_is_owed_once_per_term() -> None:
    held = _held("av-forfait", "package", date(2021, 5, 31), quantity="5")
    (line,) = charges(held, 2024, MEMBER)
    assert isinstance(line, Charge)
    assert (line.code, str(line.amount), line.start, line.quantity) == (
        "av-forfait-4-6",
        "180.00",
        date(2024, 5, 31),
        1,
    )
    assert charges(held, 2023, MEMBER) == []
    own_price = _held("av-forfait-7plus", "package", date(2024, 2, 1), quantity="12", agreed_price=Decimal("400"))
    assert [amount for _, _, amount in _amounts(charges(own_price, 2024, MEMBER))] == ["400.00"]


def test_a_pack_is_owed_on_its_day() -> None:
    held = _held("assist-10h", "pack", date(2024, 5, 2), date(2024, 5, 3))
    assert _amounts(charges(held, 2024, OTHER)) == [(date(2024, 5, 2), date(2024, 5, 3), "735.00")]


def test_terms_of_months() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 36) == date(2027, 2, 28)
    assert add_months(date(2023, 12, 15), 0) == date(2023, 12, 15)
    assert add_months(date(2023, 11, 15), 1) == date(2023, 12, 15)
    assert anniversaries(date(2021, 5, 31), 36, date(2024, 1, 1), date(2025, 1, 1)) == [date(2024, 5, 31)]


def test_months_begun_are_counted_where_they_begin() -> None:
    first = date(2024, 1, 20)
    assert part_of_year("month", first, first, date(2024, 3, 10)) == (3, 12)
    assert part_of_year("month", first, date(2024, 3, 10), date(2024, 4, 1)) == (0, 12)
    assert part_of_year("none", first, date(2024, 3, 10), date(2024, 4, 1)) == (0, 1)


DAYS = st.integers(0, 365).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
CODES = st.sampled_from(["dc-baie-42u", "dc-1u", "vm1", "vm-go", "av-serveur", "maint-serveur", "backup-60go"])


@given(CODES, st.integers(1, 500), st.lists(DAYS, min_size=2, max_size=8, unique=True))
def test_cutting_a_holding_anywhere_moves_at_most_a_cent_per_cut(code: str, quantity: int, days: list[date]) -> None:
    first, *_, last = days = sorted(days)
    whole = _held(code, "annual", first, last, str(quantity))
    parts = [replace(whole, start=start, end=end) for start, end in pairwise(days)]
    (one,) = charges(whole, 2024, MEMBER)
    cut = [line for part in parts for line in charges(part, 2024, MEMBER)]
    assert isinstance(one, Charge)
    total = sum((line.amount for line in cut if isinstance(line, Charge)), ZERO)
    assert abs(total - one.amount) <= Decimal("0.01") * (len(parts) - 1)


@given(st.lists(st.tuples(CODES, st.integers(1, 50), DAYS), min_size=1, max_size=8), st.randoms())
def test_order_changes_nothing_and_totals_are_sums(rows: list[tuple[str, int, date]], random: Any) -> None:
    held = [
        replace(_held(code, "annual", day, None, str(quantity)), evidence={"order": "machine", "id": index})
        for index, (code, quantity, day) in enumerate(rows)
    ]
    shuffled = random.sample(held, len(held))
    runs = [
        assemble(
            "r",
            2024,
            [line for one in some for line in charges(one, 2024, LEAVES)],
            Settings(),
            dry_run=True,
        )
        for some in (held, shuffled)
    ]
    assert runs[0].document() == runs[1].document()
    (invoice,) = runs[0].invoices
    assert runs[0].net == invoice.net == sum(line.amount for line in invoice.lines)
    assert runs[0].gross == runs[0].net + runs[0].vat
