"""PES files: valid against the DGFiP's schema whatever the texts, sums to the cent, nothing lost without a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dcops.billing.document import Document, DocumentLine
from dcops.billing.exports.pes import Flow, write
from dcops.billing.exports.pes_texts import fit
from dcops.billing.exports.pes_titres import Slips, missing
from dcops.money import ZERO
from dcops.sections import Budget, Pes
from inventory.errors import Invalid
from tests.dcops.billing.exports.documents import BUYER, SELLER, credit_note, invoice, line, outside
from tests.dcops.billing.exports.test_imputations import OWED

PES = Pes(post="080001", collectivity="123")
BUDGET = Budget(code="CSN", name="Centre de services numériques", pes_code="01")
SLIPS = Slips(date(2025, 3, 12), invoices=4, credit_notes=2)
ONE_SCHEMA = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def flow(*documents: Document, credited: Sequence[Document] = ()) -> Flow:
    return write(documents, SLIPS, PES, BUDGET, credited)


def parsed(content: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(content)


def checked(schema: Any, found: Flow) -> Any:
    """The tree of a file that the schema accepts."""
    root = parsed(found.content)
    assert schema.validate(root), schema.error_log
    return root


def values(root: Any, tag: str) -> list[str]:
    return [each.get("V") for each in root.iter(tag)]


def several(**changes: Any) -> Document:
    """Two accounts at 20 %, one at 5,5 %, one exempt, and a free line of an account of its own."""
    lines = (
        line(1, "a", "Baie", "1", "100", "100.03"),
        line(2, "b", "Machine", "1", "100", "100.03", account="7083"),
        line(3, "c", "Livre", "1", "10", "10.10", vat_rate=Decimal("5.5")),
        line(4, "d", "Formation", "1", "50", "50.00", vat_category="E", vat_rate=ZERO),
        line(5, "e", "Offert", "1", "0", "0.00", account="7588"),
    )
    return invoice(**{"lines": lines, **changes})


def reduction(lines: Sequence[DocumentLine], **changes: Any) -> Document:
    return credit_note(lines=tuple(replace(each, amount=-each.amount) for each in lines), **changes)


def test_an_invoice_is_a_titre_on_an_ordinary_slip(pes_schema: Any) -> None:
    found = flow(invoice())
    root = checked(pes_schema, found)
    assert root.tag == "{http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller}PES_Aller"
    assert all("{" not in each.tag for each in root.iterdescendants())
    assert {each.tag: each.get("V") for each in root.iter() if each.get("V")} == {
        "Version": "2", "TypFic": "PESALR1", "NomFic": "PESALR1_25800436500015_123_01_2025_T4", "Sigle": "dcops",
        "DteStr": "2025-03-12", "IdPost": "080001", "IdColl": "25800436500015", "CodCol": "123", "CodBud": "01",
        "LibelleColBud": "Centre de services numériques", "IdVer": "2", "InfoDematerialisee": "0",
        "Exer": "2025", "IdBord": "4", "DteBordEm": "2025-03-12", "TypBord": "01", "NbrPce": "1",
        "MtBordHt": "10701.68", "MtBordTVA": "2140.34",
        "IdPce": "7", "TypPce": "01", "NatPce": "01", "Edition": "04",
        "ObjPce": "Facture CSN-2025-00007 : services de l'année 2024",
        "NumeroFacture": "CSN-2025-00007", "NumeroEngagement": "ENG-2024-118", "CodeService": "FINANCES",
        "IdLigne": "1", "CodProdLoc": "PS01", "Nature": "7068", "TxTva": "20.00", "Majo": "0", "TvaIntraCom": "0",
        "ObjLignePce": "Mise à disposition d'une baie complète hors part variable ; VM1 (1 vcpu, 2Go ram, 20Go de "
        "disque, sauvegarde 7 jours) ; Part variable indexée sur la",
        "MtHT": "10701.68", "MtTVA": "2140.34",
        "IdTiers": "21800001600012", "NatIdTiers": "01", "RefTiers": "abbeville", "CatTiers": "23", "NatJur": "09",
        "TypTiers": "01", "Nom": "Ville d'Abbeville", "TypAdr": "1", "Adr2": "1 place Max-Lejeune", "CP": "80100",
        "Ville": "Abbeville", "CodRes": "0", "Adresse": "dcops",
    }  # fmt: skip
    assert found.left_out == ()
    assert found.name == values(root, "NomFic")[0]
    assert found.content.startswith(b"<?xml version='1.0' encoding='ISO-8859-1'?>")
    assert "baie complète".encode("latin-1") in found.content


def test_a_credit_note_cancels_the_line_of_the_titre_of_its_invoice(pes_schema: Any) -> None:
    lines = several().lines
    part = reduction([lines[1], lines[2]])
    root = checked(pes_schema, flow(part, credited=[several()]))
    assert values(root, "NomFic") == ["PESALR1_25800436500015_123_01_2025_A2"]
    assert [values(root, tag) for tag in ("TypBord", "IdBord", "TypPce", "NatPce")] == [["02"], ["2"], ["02"], ["06"]]
    assert values(root, "Edition") == []
    assert list(zip(values(root, "Nature"), values(root, "TxTva"), values(root, "MtHT"), strict=True)) == [
        ("7068", "5.50", "10.10"), ("7083", "20.00", "100.03"),
    ]  # fmt: skip
    assert values(root, "NatPceOrig") == ["01", "01"]
    assert values(root, "ExerRat") == ["2025", "2025"]
    assert values(root, "IdPceOrig") == ["7", "7"]
    titre = checked(pes_schema, flow(several()))
    own = zip(values(titre, "Nature"), values(titre, "MtHT"), values(titre, "IdLigne"), strict=True)
    assert set(own) >= {("7068", "10.10", "2"), ("7083", "100.03", "4")}
    assert values(root, "IdLigneOrig") == ["2", "4"]


def test_invoices_and_credit_notes_are_two_slips_of_one_file(pes_schema: Any) -> None:
    root = checked(pes_schema, flow(credit_note(), outside(), invoice()))
    assert values(root, "TypBord") == ["01", "02"]
    assert values(root, "NbrPce") == ["2", "1"]
    assert values(root, "IdPce") == ["7", "9", "8"]
    assert values(root, "MtBordHt") == ["11051.68", "10701.68"]
    assert values(root, "MtBordTVA") == ["2140.34", "2140.34"]
    assert values(root, "NomFic") == ["PESALR1_25800436500015_123_01_2025_T4_A2"]


def test_without_vat_nothing_is_said_of_it(pes_schema: Any) -> None:
    root = checked(pes_schema, flow(outside()))
    assert [values(root, tag) for tag in ("MtTVA", "MtBordTVA", "TxTva")] == [[], [], []]
    assert values(root, "MtHT") == ["350.00"]


def test_each_account_and_rate_is_a_line_with_the_debtor(pes_schema: Any) -> None:
    root = checked(pes_schema, flow(several()))
    assert values(root, "IdLigne") == ["1", "2", "3", "4"]
    assert values(root, "Nature") == ["7068", "7068", "7068", "7083"]
    assert values(root, "MtTVA") == ["0.56", "20.01", "20.00"]
    assert len(values(root, "TypTiers")) == 4


@given(OWED)
@ONE_SCHEMA
def test_sums_are_the_totals_of_the_document(pes_schema: Any, document: Document) -> None:
    assume(document.net)
    root = checked(pes_schema, flow(document))
    for one, whole, total in (("MtHT", "MtBordHt", document.net), ("MtTVA", "MtBordTVA", document.vat)):
        assert sum((Decimal(each) for each in values(root, one)), ZERO) == total
        assert sum((Decimal(each) for each in values(root, whole)), ZERO) == total


def test_three_hundred_documents(pes_schema: Any) -> None:
    many = [several(id=n, number=f"CSN-2025-{n:05d}", sequence=n) for n in range(1, 301)]
    root = checked(pes_schema, flow(*many[::-1]))
    assert values(root, "IdPce") == [str(n) for n in range(1, 301)]
    assert values(root, "NbrPce") == ["300"]
    assert Decimal(values(root, "MtBordHt")[0]) == 300 * several().net
    assert Decimal(values(root, "MtBordTVA")[0]) == 300 * several().vat


def test_repeating_gives_the_same_bytes() -> None:
    documents = [invoice(), credit_note(), outside()]
    assert flow(*documents).content == flow(*documents[::-1]).content


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("commune", "23"),
        ("epci", "24"),
        ("metropole", "24"),
        ("syndicate", "24"),
        ("department", "22"),
        ("other", "29"),
    ],
)
def test_the_category_of_a_customer_follows_its_kind(pes_schema: Any, kind: str | None, category: str) -> None:
    root = checked(pes_schema, flow(invoice(buyer=replace(BUYER, kind=kind))))
    assert (values(root, "CatTiers"), values(root, "NatJur")) == ([category], ["09"])


def test_a_customer_without_siret_is_known_by_its_siren(pes_schema: Any) -> None:
    root = checked(pes_schema, flow(invoice(buyer=replace(BUYER, siret=None))))
    assert (values(root, "IdTiers"), values(root, "NatIdTiers")) == (["218000016"], ["02"])


LONG = "Syndicat mixte d’aménagement numérique des communautés de communes du Vimeu & de « l’Œuvre » – Picardie"


@pytest.mark.parametrize(
    ("name", "shown", "more"),
    [
        (LONG, ["Syndicat mixte d'aménagement numérique"], ["des communautés de communes du Vimeu &"]),
        ('Régie "L\'Étoile" <10 €> & fils', ['Régie "L\'Étoile" <10 EUR> & fils'], []),
        ("Győr\u00a0: Ÿ ½ ﬁn№\t3…\u200b", ["Gyor : Y ½ finNo 3..."], []),
        ("Ελλάς", ["?????"], []),
        ("A" * 120, ["A" * 38], ["A" * 38]),
        ("000", ["Client abbeville"], []),
        (".", ["Client abbeville"], []),
        ("nc", ["Client abbeville"], []),
        ("", ["Client abbeville"], []),
        ("\x00\x1f", ["Client abbeville"], []),
    ],
)
def test_names_are_written_as_the_schema_takes_them(pes_schema: Any, name: str, shown: Any, more: Any) -> None:
    root = checked(pes_schema, flow(invoice(buyer=replace(BUYER, name=name))))
    assert (values(root, "Nom"), values(root, "ComplNom")) == (shown, more)


def test_a_long_address_goes_on_and_is_cut_between_words(pes_schema: Any) -> None:
    address = "Hôtel de ville, 1 place de l’Amiral-Courbet, bâtiment C, deuxième étage, service des finances"
    root = checked(
        pes_schema, flow(invoice(buyer=replace(BUYER, address=address, city="Saint-Valery-sur-Somme Cedex")))
    )
    assert values(root, "Adr2") == ["Hôtel de ville, 1 place de"]
    assert values(root, "Adr3") == ["l'Amiral-Courbet, bâtiment C, deuxième"]


@given(st.text(max_size=150))
@ONE_SCHEMA
def test_any_name_gives_a_file_that_the_schema_accepts(pes_schema: Any, name: str) -> None:
    checked(pes_schema, flow(invoice(buyer=replace(BUYER, name=name))))


@given(st.lists(st.text(max_size=200), min_size=8, max_size=8))
@ONE_SCHEMA
def test_any_text_elsewhere_too(pes_schema: Any, texts: list[str]) -> None:
    name, address, city, service, code, order, label, reason = texts
    assume(fit(address, 38))
    assume(fit(city, 38))
    buyer = replace(BUYER, name=name, address=address, city=city, service=service, code=code)
    one = invoice(lines=(line(1, "a", label, "1", "10", "10.00"),), buyer=buyer, order_number=order)
    back = reduction(one.lines, buyer=buyer, reason=reason)
    checked(
        pes_schema, write([one, back], SLIPS, Pes(post="02A001", collectivity="001", sender=label[:32] or "0"), BUDGET)
    )


def test_what_has_no_amount_is_left_out_and_told(pes_schema: Any) -> None:
    free = invoice(lines=(line(1, "a", "Offert", "1", "0", "0.00"),), number="CSN-2025-00001", sequence=1)
    found = flow(free, invoice())
    assert values(checked(pes_schema, found), "IdPce") == ["7"]
    assert found.left_out == ("CSN-2025-00001 (Ville d’Abbeville) : son total est nul, il n'y a rien à titrer",)


def test_a_credit_note_of_an_earlier_year_is_left_out_for_a_mandat(pes_schema: Any) -> None:
    old = credit_note(credits=("CSN-2024-00031", date(2024, 2, 3)))
    (told,) = flow(old, invoice()).left_out
    assert "exercice 2024" in told
    assert "mandat (compte 673" in told


def test_a_credit_note_whose_titre_is_unknown_is_left_out() -> None:
    (told,) = flow(credit_note(), outside()).left_out
    assert told.startswith("CSN-2025-00008 (Ville d’Abbeville) : la facture CSN-2025-00007 n'a pas de titre connu")
    elsewhere = reduction([line(1, "a", "Baie", "1", "8", "8.00", account="7083")])
    (told,) = flow(elsewhere, invoice()).left_out
    assert "un de ses comptes n'est pas dans le titre de la facture CSN-2025-00007" in told


def test_an_account_of_the_other_sign_is_left_out() -> None:
    mixed = invoice(
        lines=(line(1, "a", "Baie", "1", "8", "8.00"), line(2, "b", "x", "1", "2", "-2.00", account="7083"))
    )
    (told,) = flow(mixed, outside()).left_out
    assert "compte 7083 y est de signe contraire (-2,00" in told


def test_when_nothing_is_left_the_reasons_are_the_refusal() -> None:
    free = invoice(lines=(line(1, "a", "Offert", "1", "0", "0.00"),))
    with pytest.raises(Invalid, match=r"aucun document ne donne un titre\n.*son total est nul"):
        flow(free)
    with pytest.raises(Invalid, match="aucun document ne donne un titre"):
        flow()


def test_all_that_is_missing_is_told_at_once() -> None:
    bare = replace(BUYER, name="Péronne", siren=None, siret=None, address=".", postcode="8020", city=None)
    documents = [
        invoice(seller=replace(SELLER, siret=None)),
        invoice(
            seller=replace(SELLER, siret=None), buyer=bare, lines=(line(1, "a", "Baie", "1", "8", "8.00", account=""),)
        ),
    ]
    with pytest.raises(Invalid) as refused:
        write(documents, SLIPS, Pes(product="00"), BUDGET)
    assert str(refused.value).split("\n")[1:] == [
        "  réglages : pes.post, pes.collectivity, pes.product, à demander au comptable (docs/settings.md)",
        "  Somme Numérique, émetteur : SIRET (operator.siret)",
        "  Péronne : SIRET ou SIREN, adresse, code postal de cinq chiffres, ville, compte budgétaire (budgets.account) "
        "de « Baie » (fiche du client)",
    ]
    assert "rien n'a été produit" in str(refused.value)


def test_a_draft_can_be_asked_what_it_will_lack() -> None:
    draft = invoice(number=None, series=None, sequence=None, issued_on=None, due_on=None)
    assert missing([draft], PES) == []
    assert missing([replace(draft, buyer=replace(BUYER, city=""))], PES) == [
        "Ville d’Abbeville : ville (fiche du client)"
    ]
    assert missing([replace(draft, buyer=replace(BUYER, siret="21800001600013"))], PES) == []  # its SIREN is right
    wrong = replace(BUYER, siret="21800001600013", siren="218000017")
    assert missing([replace(draft, buyer=wrong)], PES) == ["Ville d’Abbeville : SIRET ou SIREN (fiche du client)"]


@pytest.mark.parametrize(
    ("changes", "slips", "told"),
    [
        ({"number": None, "issued_on": None}, SLIPS, "pas encore émis, à émettre avant d'exporter : Ville d’Abbeville"),
        ({"budget": "F"}, SLIPS, "documents du budget F, à exporter à part du budget CSN"),
        ({"issued_on": date(2024, 5, 5)}, SLIPS, "plusieurs exercices, à exporter chacun à part : 2024, 2025"),
        ({"seller": replace(SELLER, siret="21800001600012")}, SLIPS, "plusieurs émetteurs"),
        ({}, replace(SLIPS, invoices=0), "bordereaux à numéroter de 1 à 9999999"),
        ({}, replace(SLIPS, day=date(2025, 2, 2)), "bordereaux datés du 02/02/2025, avant leurs factures"),
    ],
)
def test_documents_that_are_not_of_one_file_are_refused(changes: dict[str, Any], slips: Slips, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        write([invoice(), outside(**changes)] if changes.get("number", 1) else [invoice(**changes)], slips, PES, BUDGET)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'<MtHT V="10701.68"', b'<MtHT V="-10701.68"'),
        (b'<MtTVA V="2140.34"', b'<MtTVA V="0.00"'),
        (b'<CodRes V="0" />', b""),
        (b'Nom V="Ville d\'Abbeville"', b'Nom V="000"'),
        (b'<Majo V="0" />', b'<Major V="0" />'),
    ],
)
def test_a_broken_file_is_refused_by_the_schema(pes_schema: Any, good: bytes, bad: bytes) -> None:
    content = flow(invoice()).content
    assert good in content
    assert not pes_schema.validate(parsed(content.replace(good, bad)))
