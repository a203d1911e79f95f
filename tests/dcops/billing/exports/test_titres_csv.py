"""The CSV of titres: what a finance officer reads in it, the totals to the cent, nothing that runs."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.document import Document, Party
from dcops.billing.exports.titres_csv import COLUMNS, write
from dcops.money import ZERO
from inventory.errors import Invalid
from tests.dcops.billing.exports.documents import credit_note, invoice, line, outside
from tests.dcops.billing.exports.test_imputations import DOCUMENTS


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def euros(cell: str) -> Decimal:
    return Decimal(cell.replace(",", "."))


def test_an_invoice_is_a_titre_with_all_that_finance_software_asks() -> None:
    (row,) = rows(write([invoice()]))
    assert list(row) == list(COLUMNS)
    assert row == {
        "exercice": "2025", "budget": "CSN", "libelle_budget": "Centre de services numériques", "serie": "CSN/2025",
        "numero_titre": "7", "type": "Titre", "numero_facture": "CSN-2025-00007", "facture_annulee": "",
        "date_emission": "03/02/2025", "echeance": "05/03/2025", "tiers_code": "abbeville",
        "tiers_nom": "Ville d’Abbeville", "tiers_siret": "21800001600012", "tiers_siren": "218000016",
        "tiers_adresse": "1 place Max-Lejeune", "tiers_code_postal": "80100", "tiers_ville": "Abbeville",
        "service": "FINANCES", "engagement": "ENG-2024-118",
        "objet": "Facture CSN-2025-00007 : services de l'année 2024",
        "periode_du": "01/01/2024", "periode_au": "31/12/2024", "nature": "7068", "categorie_tva": "S",
        "montant_ht": "10701,68", "taux_tva": "20", "montant_tva": "2140,34", "montant_ttc": "12842,02",
    }  # fmt: skip


def test_a_credit_note_names_the_invoice_it_reduces_and_is_negative() -> None:
    (row,) = rows(write([credit_note()]))
    assert (row["type"], row["facture_annulee"]) == ("Annulation-réduction", "CSN-2025-00007")
    assert "rendue au 30 juin" in row["objet"]
    assert (row["montant_ht"], row["montant_ttc"]) == ("-10701,68", "-12842,02")


def test_a_credit_note_of_an_earlier_year_is_a_mandat() -> None:
    (row,) = rows(write([credit_note(credits=("CSN-2024-00031", date(2024, 2, 3)))]))
    assert row["type"] == "Mandat 673 (exercice antérieur)"


def test_one_row_per_account_category_and_rate() -> None:
    several = invoice(
        lines=(
            line(1, "a", "Baie", "1", "100", "100.03"),
            line(2, "b", "Baie", "1", "100", "100.03", account="7083"),
            line(3, "c", "Livre", "1", "100", "10.10", vat_rate=Decimal("5.5")),
            line(4, "d", "Formation", "1", "50", "50.00", vat_category="E", vat_rate=ZERO),
        )
    )
    found = {(row["nature"], row["categorie_tva"], row["taux_tva"]): row for row in rows(write([several]))}
    assert list(found) == [("7068", "E", "0"), ("7068", "S", "5,5"), ("7068", "S", "20"), ("7083", "S", "20")]
    # 200,06 at 20 % is 40,01 once; each half would be 20,01
    assert [found[account, "S", "20"]["montant_tva"] for account in ("7068", "7083")] == ["20,01", "20,00"]


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_columns_sum_to_the_totals_of_the_documents(documents: list[Document]) -> None:
    found = rows(write(documents))
    for column, total in (("montant_ht", "net"), ("montant_tva", "vat"), ("montant_ttc", "gross")):
        expected = sum((getattr(each, total) for each in documents), ZERO)
        assert sum((euros(row[column]) for row in found), ZERO) == expected
    assert all(euros(row["montant_ht"]) + euros(row["montant_tva"]) == euros(row["montant_ttc"]) for row in found)


def test_the_order_of_the_documents_does_not_matter_and_repeating_gives_the_same_bytes() -> None:
    documents = [invoice(), credit_note(), outside()]
    assert write(documents) == write(documents[::-1]) == write(documents)
    assert [row["numero_titre"] for row in rows(write(documents[::-1]))] == ["7", "8", "9"]


def test_spreadsheets_know_its_encoding_and_run_nothing_of_it() -> None:
    content = write([credit_note(buyer=Party("=HYPERLINK(1)", code="@x", city="+33"), order_number="-1+1")])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    (row,) = rows(content)
    assert (row["tiers_nom"], row["tiers_code"], row["tiers_ville"]) == ("'=HYPERLINK(1)", "'@x", "'+33")
    assert row["engagement"] == "'-1+1"
    assert row["montant_ht"] == "-10701,68"  # a number stays one


def test_a_text_of_several_lines_stays_in_its_row() -> None:
    buyer = Party("Ville ; « A »", address='Hôtel de ville\r\n1, place "X"\n', code="a")
    content = write([invoice(buyer=buyer)])
    assert [content.count(end) for end in (b"\r\n", b"\n", b"\r")] == [2, 2, 2]
    (row,) = rows(content)
    assert (row["tiers_nom"], row["tiers_adresse"]) == ("Ville ; « A »", 'Hôtel de ville 1, place "X"')


def test_a_free_document_is_there_too() -> None:
    (row,) = rows(write([invoice(lines=(line(1, "a", "Offert", "1", "0", "0.00"),))]))
    assert (row["montant_ht"], row["montant_tva"], row["montant_ttc"]) == ("0,00", "0,00", "0,00")


def test_a_draft_is_refused() -> None:
    with pytest.raises(Invalid, match=r"Ville d’Abbeville .* l'émettre avant d'exporter"):
        write([invoice(number=None, series=None, sequence=None, issued_on=None)])


def test_no_document_is_a_header_alone() -> None:
    assert rows(write([])) == []
    assert write([]).decode("utf-8-sig").strip().split(";") == list(COLUMNS)
