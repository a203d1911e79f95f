"""The XML passes the XSD and both Schematrons, says what the document says, and what is wrong is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcops.billing.document import Document
from dcops.billing.exports import facturx
from dcops.money import round_cents
from inventory.errors import Invalid
from tests.dcops.billing.exports import schematron
from tests.dcops.billing.exports.documents import BUYER, SELLER, credit_note, invoice, line, outside
from tests.dcops.billing.exports.snapshot import assert_kept

NS = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
VAT = "FR55258004365"
HALF, EXEMPT = {"vat_rate": Decimal("5.5")}, {"vat_category": "E", "vat_rate": Decimal(0)}


def changed(first: dict[str, object], rest: dict[str, object] | None = None) -> Document:
    """The invoice with other VAT on its first line, and on the others."""
    one, *others = invoice().lines
    return invoice(lines=(replace(one, **first), *(replace(each, **rest or {}) for each in others)))


VALID: dict[str, Callable[[], Document]] = {
    "invoice": invoice,
    "credit note": credit_note,
    "credit note of some lines": lambda: credit_note(lines=credit_note().lines[1:3]),
    "outside the scope of VAT": outside,
    "credit note outside": lambda: credit_note(lines=tuple(replace(x, amount=-x.amount) for x in outside().lines)),
    "exempt": lambda: changed(EXEMPT, EXEMPT),
    "exempt, with a VAT number": lambda: replace(changed(EXEMPT, EXEMPT), seller=replace(SELLER, vat_number=VAT)),
    "exempt and taxed": lambda: changed(EXEMPT),
    "two rates": lambda: changed(HALF),
    "a free line only": lambda: invoice(lines=invoice().lines[3:]),
    "a negative line": lambda: invoice(lines=(*invoice().lines, line(5, "vm1", "Remise", "1", "420", "-100.00"))),
    "more decimals than allowed": lambda: invoice(lines=(line(1, "backup-go", "Go", "10.123456", "2.5", "25.31"),)),
    "a buyer without SIRET": lambda: invoice(buyer=replace(BUYER, siret=None)),
    "a buyer without SIREN": lambda: invoice(buyer=replace(BUYER, siren=None)),
    "a buyer with a VAT number": lambda: invoice(buyer=replace(BUYER, vat_number="FR41218000016")),
    "a service that is no code": lambda: invoice(buyer=replace(BUYER, service="Direction des finances & marchés")),
    "a long name": lambda: invoice(buyer=replace(BUYER, name="Communauté d’agglomération de l’Œuvre & Cie " * 4)),
    "no address": lambda: invoice(buyer=replace(BUYER, address="", postcode=None, city=None, service=None)),
    "no IBAN": lambda: invoice(seller=replace(SELLER, iban=None, bic=None)),
    "no due day": lambda: invoice(due_on=None, order_number=None),
}  # fmt: skip


def text(xml: bytes, path: str) -> list[str]:
    """The texts of the elements that a path names."""
    return [element.text for element in etree.fromstring(xml).xpath(path, namespaces=NS)]


@pytest.mark.parametrize("document", VALID.values(), ids=VALID)
def test_it_passes_the_schema_and_both_schematrons(document: Callable[[], Document]) -> None:
    xml = facturx.xml(document())
    assert schematron.schema_faults(xml) == []
    for rules in (schematron.EN16931, schematron.FRENCH):
        assert schematron.rules_fired(xml, rules) > 20
        assert schematron.faults(xml, rules) == []


BROKEN = {
    "a due amount that is not the total": (schematron.EN16931, b"DuePayableAmount>", b"DuePayableAmount>1", "BR-CO-16"),
    "lines that do not add up": (
        schematron.EN16931,
        b"LineTotalAmount>8400.00",
        b"LineTotalAmount>8401.00",
        "BR-CO-10",
    ),
    "a unit that is none": (schematron.EN16931, b'"KWH"', b'"KILOWATT"', "FX-SCH-A-000613"),
    "no word on recovery": (schematron.FRENCH, b">PMT<", b">AAI<", "BR-FR-05_BT-22_PMT"),
    "a SIRET of another SIREN": (schematron.FRENCH, b">21800001600012<", b">11800001600012<", "BR-FR-09_BT-46"),
}


@pytest.mark.parametrize(("rules", "right", "wrong", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_broken_invoice_fails_for_its_rule(rules: str, right: bytes, wrong: bytes, rule: str) -> None:
    xml = facturx.xml(invoice())
    assert right in xml
    assert rule in [fault.partition(":")[0] for fault in schematron.faults(xml.replace(right, wrong), rules)]


def test_the_schema_refuses_an_element_it_does_not_know() -> None:
    broken = facturx.xml(invoice()).replace(b"ram:BuyerReference", b"ram:BuyerRef")
    assert any("BuyerRef" in fault for fault in schematron.schema_faults(broken))


def test_who_is_unknown_to_the_platforms_is_said_before_the_schematron_does() -> None:
    unknown = invoice(buyer=replace(BUYER, siren=None, siret=None))
    faults = schematron.faults(facturx.xml(unknown), schematron.FRENCH)
    assert [fault.partition(":")[0] for fault in faults] == ["BR-FR-12_BT-49"]


def test_an_invoice_says_who_what_when_and_how_to_pay() -> None:
    xml = facturx.xml(invoice())
    told = {
        "//rsm:ExchangedDocument/ram:ID": ["CSN-2025-00007"],
        "//rsm:ExchangedDocument/ram:TypeCode": ["380"],
        "//ram:IssueDateTime/udt:DateTimeString": ["20250203"],
        "//ram:BuyerReference": ["FINANCES"],
        "//ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID": ["ENG-2024-118"],
        "//ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID[@schemeID='0002']": ["258004365"],
        "//ram:SellerTradeParty/ram:GlobalID[@schemeID='0009']": ["25800436500015"],
        "//ram:SellerTradeParty//ram:ID[@schemeID='VA']": ["FR55258004365"],
        "//ram:BuyerTradeParty//ram:URIID[@schemeID='0225']": ["218000016_21800001600012_FINANCES"],
        "//ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod/ram:StartDateTime/*": ["20240101"],
        "//ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod/ram:EndDateTime/*": ["20241231"],
        "//ram:ActualDeliverySupplyChainEvent//udt:DateTimeString": ["20241231"],
        "//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode": ["58"],
        "//ram:IBANID": ["FR7630001007941234567890185"],
        "//ram:DueDateDateTime/udt:DateTimeString": ["20250305"],
        "//ram:BilledQuantity": ["1", "1", "10452.625", "3"],
        "//ram:NetPriceProductTradePrice/ram:ChargeAmount": ["8400.00", "211.15", "0.20", "0.00"],
        "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount": [
            "8400.00", "211.15", "2090.53", "0.00",
        ],
        "//ram:TaxTotalAmount": ["2140.34"],
        "//ram:DuePayableAmount": ["12842.02"],
    }  # fmt: skip
    assert {path: text(xml, path) for path in told} == told
    assert etree.fromstring(xml).xpath("//ram:BilledQuantity/@unitCode", namespaces=NS) == ["C62", "LS", "KWH", "C62"]


def test_a_line_that_does_not_multiply_is_a_lump_sum_that_tells_the_quantity_and_price_of_the_grid() -> None:
    one = invoice(lines=invoice().lines[1:2])
    xml = facturx.xml(one)
    attributes = dict(
        zip(
            text(xml, "//ram:ApplicableProductCharacteristic/ram:Description"),
            text(xml, "//ram:ApplicableProductCharacteristic/ram:Value"),
            strict=True,
        )
    )
    assert attributes == {
        "Grille tarifaire": "2024", "Délibération": "Comité syndical du 29 janvier 2024",
        "Quantité": "1 machine par an", "Prix unitaire": "420,00\u00a0€",
    }  # fmt: skip


def test_a_credit_note_is_positive_names_its_invoice_and_its_reason_and_asks_for_no_payment() -> None:
    xml = facturx.xml(credit_note())
    told = {
        "//rsm:ExchangedDocument/ram:TypeCode": ["381"],
        "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID": ["CSN-2025-00007"],
        "//ram:InvoiceReferencedDocument//qdt:DateTimeString": ["20250203"],
        "//ram:IncludedNote[ram:SubjectCode='ACD']/ram:Content": ["Part de baie rendue au 30 juin, facturée à tort."],
        "//ram:DuePayableAmount": ["12842.02"],
        "//ram:BilledQuantity": ["1", "1", "10452.625", "3"],
        "//ram:SpecifiedTradeSettlementPaymentMeans": [],
    }
    assert {path: text(xml, path) for path in told} == told


def test_what_is_outside_the_scope_has_no_rate_no_vat_number_and_says_why() -> None:
    xml = facturx.xml(outside())
    assert text(xml, "//ram:ExemptionReason") == ["Hors champ de la TVA, article 256 B du code général des impôts"]
    assert text(xml, "//ram:ExemptionReasonCode") == ["VATEX-EU-O"]
    assert text(xml, "//ram:RateApplicablePercent") == []
    assert text(xml, "//ram:ID[@schemeID='VA']") == []


def test_a_draft_has_no_electronic_invoice() -> None:
    with pytest.raises(Invalid, match="un projet n'a pas de Factur-X"):
        facturx.xml(invoice(number=None, issued_on=None))


amounts = st.decimals("-9999", "99999", places=2)
quantities, prices = st.decimals("0", "99999", places=6), st.decimals("0", "999", places=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(quantities, prices, amounts, st.booleans()), min_size=1, max_size=8), st.booleans())
def test_every_line_multiplies_and_the_lines_add_up(
    rows: list[tuple[Decimal, Decimal, Decimal, bool]], credited: bool
) -> None:
    lines = tuple(
        line(n, "x", "Ligne", str(quantity), str(price), str(amount if prorated else round_cents(quantity * price)))
        for n, (quantity, price, amount, prorated) in enumerate(rows, start=1)
    )
    document = credit_note(lines=lines) if credited else invoice(lines=lines)
    xml = facturx.xml(document)
    told = [
        [Decimal(value) for value in text(xml, path)]
        for path in ("//ram:BilledQuantity", "//ram:NetPriceProductTradePrice/ram:ChargeAmount",
                     "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount")
    ]  # fmt: skip
    assert all(round_cents(quantity * price) == amount for quantity, price, amount in zip(*told, strict=True))
    assert text(xml, "//ram:TaxBasisTotalAmount") == [str(sum(told[2]))]
    assert b"-0.00<" not in xml


@pytest.mark.parametrize(
    ("name", "document"), [("invoice", invoice), ("credit_note", credit_note), ("outside", outside)]
)
def test_the_whole_file_is_the_kept_one_each_time(name: str, document: Callable[[], Document]) -> None:
    assert_kept(f"{name}.xml", facturx.xml(document()))
    assert facturx.xml(document()) == facturx.xml(document())
