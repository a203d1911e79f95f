"""What accounts receive: the VAT of a document is shared to the cent, whatever the lines."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.document import Document, DocumentLine
from dcops.billing.exports.imputations import imputations, split
from dcops.money import CENT, ZERO
from tests.dcops.billing.exports.documents import credit_note, invoice, line, outside

RATES = st.sampled_from([("S", Decimal(20)), ("S", Decimal("5.5")), ("S", Decimal("2.1")), ("E", ZERO), ("O", ZERO)])


@st.composite
def lines(draw: st.DrawFn, least: int = -500_000) -> DocumentLine:
    """A line of any account and VAT; ``least``: of its amount, in cents."""
    category, rate = draw(RATES)
    amount = str(draw(st.integers(least, 500_000)) * CENT)
    account = draw(st.sampled_from(["7068", "70878", "7083", "752"]))
    return line(1, "x", "Ligne", "1", "1", amount, vat_category=category, vat_rate=rate, account=account)


DOCUMENTS = st.lists(lines(), min_size=1, max_size=12).map(lambda some: invoice(lines=tuple(some)))
OWED = st.lists(lines(0), min_size=1, max_size=12).map(lambda some: invoice(lines=tuple(some)))


@given(DOCUMENTS)
def test_sums_are_the_totals_of_the_document(document: Document) -> None:
    parts = imputations(document)
    assert sum((each.net for each in parts), ZERO) == document.net
    assert sum((each.vat for each in parts), ZERO) == document.vat
    assert sum((each.gross for each in parts), ZERO) == document.gross


@given(DOCUMENTS)
def test_the_vat_of_an_account_is_within_a_cent_of_its_exact_value(document: Document) -> None:
    for each in imputations(document):
        assert abs(each.vat - each.net * each.rate / 100) < CENT
        assert each.vat == each.vat.quantize(CENT)


@given(OWED)
def test_a_credit_note_of_all_takes_back_what_each_account_received(document: Document) -> None:
    opposite = replace(document, lines=tuple(replace(each, amount=-each.amount) for each in document.lines))
    received = [(each.key, -each.net, -each.vat) for each in imputations(document)]
    assert [(each.key, each.net, each.vat) for each in imputations(opposite)] == received


def test_a_cent_goes_to_the_largest_remainder_then_to_the_first_account() -> None:
    one = [Decimal("0.004"), Decimal("0.006"), Decimal("1.000")]
    assert split(Decimal("1.01"), one) == [Decimal("0.00"), Decimal("0.01"), Decimal("1.00")]
    assert split(Decimal("0.01"), [Decimal("0.005"), Decimal("0.005")]) == [Decimal("0.01"), Decimal("0.00")]
    assert split(Decimal("-0.01"), [Decimal("-0.005"), Decimal("-0.005")]) == [Decimal("-0.01"), Decimal("0.00")]


def test_one_account_and_rate_is_one_imputation_labelled_by_what_is_worth_something() -> None:
    (one,) = imputations(invoice())
    assert (one.account, one.category, one.rate, one.net, one.vat) == (
        "7068", "S", Decimal(20), Decimal("10701.68"), Decimal("2140.34"),
    )  # fmt: skip
    assert one.label.startswith("Mise à disposition d'une baie complète")
    assert "Mise en service" not in one.label
    assert imputations(credit_note())[0].gross == -one.gross
    assert imputations(outside())[0].vat == 0
