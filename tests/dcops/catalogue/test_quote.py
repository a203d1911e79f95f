"""What lines cost: the numbers of the document, the refusals, and the reasons given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.catalogue import grids
from dcops.catalogue.buyers import buyer_on
from dcops.catalogue.grid_file import parse
from dcops.catalogue.line import Grid
from dcops.catalogue.quote import Buyer, quote
from dcops.catalogue.quoting import quote_for
from dcops.catalogue.refusals import NotApplicable, NotForKind, NotSold, QuoteOnly
from dcops.contracts.valuation import Valuation
from dcops.db import Database
from inventory.differences import Resources
from inventory.errors import Invalid, NotFound
from inventory.models import Customer, Membership, Population

DAY = date(2024, 6, 15)
MEMBER = Buyer("abbeville", True)
OTHER = Buyer("autre", False)
LINES, PROBLEMS = parse(grids.shipped_text("2024"), "2024", "Comité syndical du 29 janvier 2024")
GRID = Grid("2024", date(2024, 1, 1), None, "Comité syndical du 29 janvier 2024", tuple(LINES))


def _amount(code: str, who: Buyer, quantity: str = "1") -> str:
    return str(quote(GRID.candidates(code), who, DAY, Decimal(quantity)).amount)


@pytest.mark.parametrize(
    ("code", "who", "quantity", "amount"),
    [
        ("dc-baie-42u-fas", MEMBER, "1", "1000.00"),
        ("dc-baie-42u", MEMBER, "1", "8400.00"),
        ("dc-baie-42u", OTHER, "1", "9240.00"),
        ("dc-elec", MEMBER, "1", "0.20"),
        ("dc-elec", OTHER, "1234.567", "271.60"),
        ("vm1", OTHER, "1", "480.00"),
        ("vm-cpu", OTHER, "1", "70.00"),
        ("vm-ram", OTHER, "2", "140.00"),
        ("vm-go", OTHER, "30", "450.00"),
        ("av-forfait", MEMBER, "2", "75.00"),
        ("av-forfait", OTHER, "6", "216.00"),
        ("av-forfait-4-6", MEMBER, "1", "180.00"),
        ("backup-go-sup", MEMBER, "12", "96.00"),
        ("assist-10h", OTHER, "3", "2205.00"),
        ("maint-serveur", OTHER, "1", "880.00"),
    ],
)
def test_amounts(code: str, who: Buyer, quantity: str, amount: str) -> None:
    assert PROBLEMS == []
    assert _amount(code, who, quantity) == amount


def test_the_document_and_its_reasons() -> None:
    since = SimpleNamespace(start=date(2020, 1, 1), end=None)
    client = SimpleNamespace(code="abbeville", kind="commune", populations=[], memberships=[since])
    who = buyer_on(client, DAY)
    document = quote(GRID.candidates("dc-baie-42u"), who, DAY).document()
    explanation = " ".join(document.pop("explanation"))
    assert document == {
        "code": "dc-baie-42u", "label": "Mise à disposition d'une baie complète hors part variable",
        "customer": "abbeville", "on": "2024-06-15", "member": True, "quantity": "1", "unit": "rack share/year",
        "unit_price": "8400.00", "amount": "8400.00", "tariff": "2024",
    }  # fmt: skip
    for words in ("29 janvier 2024", "depuis le 01/01/2020", "8\u00a0400,00\u00a0€ × 1 = 8\u00a0400,00\u00a0€"):
        assert words in explanation


def test_the_service_code_picks_the_line_of_the_bracket() -> None:
    assert quote(GRID.candidates("av-forfait"), MEMBER, DAY, Decimal(2)).line.code == "av-forfait-1-3"
    assert quote(GRID.candidates("av-forfait"), MEMBER, DAY, Decimal(4)).line.code == "av-forfait-4-6"
    with pytest.raises(QuoteOnly, match="av-forfait-7plus"):
        _amount("av-forfait", MEMBER, "7")
    with pytest.raises(Invalid, match="aucune tranche"):
        _amount("av-forfait-1-3", MEMBER, "5")


COLUMNS = (
    "section,service,code,label,unit,behaviour,member,nonmember,population_min,population_max,floor,cap,included,note"
)
BEHAVIOURS = """
1,a,a,A,x,annual_flat,,300.00,,,,,,
8,b,b,B,x,annual_flat,350.00,n/a,,,,,,
13,c,c,C,x,quote_only,quote,quote,,,,,,
6,free,free,F,x,one_off_access_fee,0.00,11.00,,,,,,
1,hab,hab,H,inhabitant/year,annual_per_inhabitant,0.10,0.12,,,90,,,
1,epci,epci,E,inhabitant/year,annual_per_inhabitant,0.07,,,,,5000,,
5,br,br-small,S,x,annual_bracket,60.00,,0,149,,,,
5,br,br-big,B,x,annual_bracket,120.00,,150,300,,,,301 et plus sans prix
5,fm,fm,F,x,annual_formula,(100+0.01*inhabitants)*12,,,,,,,
2,use,use,U,x,annual_per_usage_prev_year,65.00,75.00,,,,8000,,
3,ext,ext,X,x,annual_formula_supplier_markup,supplier+20%,supplier+22%,,,,,,
3,thr,thr,T,x,annual_per_unit_above_threshold,8.00,,,,,,10,
"""
OTHERS, OTHER_PROBLEMS = parse(COLUMNS + BEHAVIOURS, "essai", "vote")
OTHER_GRID = Grid("essai", date(2024, 1, 1), None, "vote", tuple(OTHERS))


def _commune(population: int | None, member: bool = True) -> Buyer:
    return Buyer("c", member, population, "commune")


def test_three_ways_of_having_no_price_are_three_refusals() -> None:
    assert OTHER_PROBLEMS == []
    with pytest.raises(NotSold, match="aucun prix"):
        quote(OTHER_GRID.candidates("a"), MEMBER, DAY)
    with pytest.raises(NotApplicable, match="sans objet"):
        quote(OTHER_GRID.candidates("b"), OTHER, DAY)
    with pytest.raises(QuoteOnly, match="sur devis"):
        quote(OTHER_GRID.candidates("c"), MEMBER, DAY)
    assert quote(OTHER_GRID.candidates("free"), MEMBER, DAY).amount == 0


@pytest.mark.parametrize(
    ("code", "population", "quantity", "supplier", "amount"),
    [
        ("hab", 4500, "1", None, "450.00"),
        ("hab", 899, "1", None, "90.00"),
        ("epci", 71429, "1", None, "5000.00"),
        ("epci", 71428, "1", None, "4999.96"),
        ("br", 149, "1", None, "60.00"),
        ("br", 150, "1", None, "120.00"),
        ("fm", 20000, "1", None, "3420.00"),
        ("use", 1, "4", None, "260.00"),
        ("use", 1, "0", None, "0.00"),
        ("use", 1, "124", None, "8000.00"),
        ("ext", 1, "2", "10.00", "24.00"),
        ("thr", 1, "11", None, "8.00"),
        ("thr", 1, "10", None, "0.00"),
    ],
)
def test_behaviours(code: str, population: int, quantity: str, supplier: str | None, amount: str) -> None:
    price = Decimal(supplier) if supplier else None
    found = quote(OTHER_GRID.candidates(code), _commune(population), DAY, Decimal(quantity), price)
    assert str(found.amount) == amount


@pytest.mark.parametrize(
    ("code", "who", "quantity", "line", "amount"),
    [
        ("domaine-std", _commune(500), "12", "domaine-std-sup10", "16.00"),
        ("domaine-std", _commune(500), "10", "domaine-std-sup10", "0.00"),
        ("domaine-std", _commune(500, member=False), "2", "domaine-std", "24.00"),
        ("intramuros-commune", _commune(300), "1", "intramuros-150-300", "120.00"),
        ("intramuros-commune", _commune(10001), "1", "intramuros-gt10000", "1200.12"),
        ("intramuros-epci", _commune(20000), "1", "intramuros-epci", "3420.00"),
        ("connect-commune", _commune(499), "1", "connect-lt499", "36.00"),
        ("connect-commune", _commune(2000, member=False), "1", "connect-gt2000", "204.00"),
        ("mairie-socle-v2", _commune(1000), "1", "mairie-socle-v2-lt1000", "350.00"),
        ("mairie-socle-v2", _commune(2000), "1", "mairie-socle-v2-1001-2000", "450.00"),
        ("demat-commune", _commune(500, member=False), "1", "demat-commune", "90.00"),
        ("zimbra-mise-en-service", _commune(500), "3", "zimbra-mise-en-service", "0.00"),
        ("visio-base", _commune(500), "1", "visio-base", "0.00"),
        ("marches-plateforme", _commune(500), "200", "marches-plateforme", "8000.00"),
        ("demat-commune", _commune(899), "1", "demat-commune", "90.00"),
        ("demat-commune", _commune(900), "1", "demat-commune", "90.00"),
        ("demat-commune", _commune(901), "1", "demat-commune", "90.10"),
        ("demat-commune", _commune(749, member=False), "1", "demat-commune", "90.00"),
        ("demat-commune", _commune(751, member=False), "1", "demat-commune", "90.12"),
        ("demat-epci", _commune(71428), "1", "demat-epci", "4999.96"),
        ("demat-epci", _commune(71429), "1", "demat-epci", "5000.00"),
        ("marches-plateforme", _commune(500), "0", "marches-plateforme", "0.00"),
        ("marches-plateforme", _commune(500), "123", "marches-plateforme", "7995.00"),
        ("marches-plateforme", _commune(500), "124", "marches-plateforme", "8000.00"),
        ("marches-plateforme", _commune(500, member=False), "107", "marches-plateforme", "8000.00"),
        ("domaine-std", _commune(500), "11", "domaine-std-sup10", "8.00"),
        ("domaine-std", _commune(500, member=False), "11", "domaine-std", "132.00"),
        ("intramuros-commune", _commune(0), "1", "intramuros-lt150", "60.00"),
        ("intramuros-commune", _commune(149), "1", "intramuros-lt150", "60.00"),
        ("intramuros-commune", _commune(150), "1", "intramuros-150-300", "120.00"),
        ("intramuros-commune", _commune(301), "1", "intramuros-301-500", "180.00"),
        ("intramuros-commune", _commune(500), "1", "intramuros-301-500", "180.00"),
        ("intramuros-commune", _commune(501), "1", "intramuros-501-1000", "240.00"),
        ("intramuros-commune", _commune(1000), "1", "intramuros-501-1000", "240.00"),
        ("intramuros-commune", _commune(1001), "1", "intramuros-1001-2000", "420.00"),
        ("intramuros-commune", _commune(2000), "1", "intramuros-1001-2000", "420.00"),
        ("intramuros-commune", _commune(2001), "1", "intramuros-2001-3500", "540.00"),
        ("intramuros-commune", _commune(3500), "1", "intramuros-2001-3500", "540.00"),
        ("intramuros-commune", _commune(3501), "1", "intramuros-3501-5000", "720.00"),
        ("intramuros-commune", _commune(5000), "1", "intramuros-3501-5000", "720.00"),
        ("intramuros-commune", _commune(5001), "1", "intramuros-5001-10000", "900.00"),
        ("intramuros-commune", _commune(10000), "1", "intramuros-5001-10000", "900.00"),
        ("intramuros-epci", _commune(0), "1", "intramuros-epci", "1140.00"),
        ("intramuros-epci", _commune(50123), "1", "intramuros-epci", "6854.02"),
        ("mairie-socle-v2", _commune(0), "1", "mairie-socle-v2-lt1000", "350.00"),
        ("mairie-socle-v2", _commune(1001), "1", "mairie-socle-v2-1001-2000", "450.00"),
        ("av-forfait", _commune(500), "3", "av-forfait-1-3", "75.00"),
        ("av-forfait", _commune(500, member=False), "4", "av-forfait-4-6", "216.00"),
        ("connect-commune", _commune(0, member=False), "1", "connect-lt499", "48.00"),
        ("connect-commune", _commune(500), "1", "connect-500-1999", "84.00"),
        ("connect-commune", _commune(1999, member=False), "1", "connect-500-1999", "90.00"),
        ("connect-commune", _commune(2000), "1", "connect-gt2000", "180.00"),
        ("connect-epci", _commune(20000), "1", "connect-epci", "240.00"),
        ("connect-cd80-am", _commune(570000), "1", "connect-cd80-am", "800.00"),
        ("assist-2h30", _commune(500), "1", "assist-2h30", "250.00"),
        ("assist-audit", _commune(500, member=False), "2", "assist-audit", "178.00"),
        ("maint-poste", _commune(500), "7", "maint-poste", "1008.00"),
    ],
)
def test_services_of_the_shipped_grid(code: str, who: Buyer, quantity: str, line: str, amount: str) -> None:
    found = quote(GRID.candidates(code), who, DAY, Decimal(quantity))
    assert (found.line.code, str(found.amount)) == (line, amount)


def test_what_is_without_object_is_said_before_the_population_is_asked() -> None:
    with pytest.raises(NotApplicable):
        quote(GRID.candidates("mairie-socle-v2"), OTHER, DAY)
    with pytest.raises(NotSold):
        quote(GRID.candidates("intramuros-commune"), OTHER, DAY)


@pytest.mark.parametrize("quantity", ["-1", "NaN", "Infinity", "1e13"])
def test_an_impossible_quantity_is_refused(quantity: str) -> None:
    with pytest.raises(Invalid, match="quantité impossible"):
        quote(GRID.candidates("vm1"), MEMBER, DAY, Decimal(quantity))


def test_an_unknown_population_is_asked_for() -> None:
    with pytest.raises(Invalid, match="population"):
        quote(OTHER_GRID.candidates("br"), _commune(None), DAY)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_of_a_line_never_costs_less(one: int, more: int) -> None:
    smaller = quote(GRID.candidates("vm-go"), OTHER, DAY, Decimal(one).scaleb(-3))
    bigger = quote(GRID.candidates("vm-go"), OTHER, DAY, Decimal(one + more).scaleb(-3))
    assert smaller.amount <= bigger.amount


def _add_customers(database: Database) -> None:
    with database.transaction() as tx:
        membership = Membership(start=date(2020, 1, 1), end=date(2024, 7, 1))
        tx.add(Customer(code="abbeville", name="Abbeville", kind="commune", memberships=[membership]))


def test_quote_for_uses_the_membership_of_that_day(database: Database) -> None:
    _add_customers(database)
    with database.transaction() as tx:
        assert quote_for(tx, "vm1", "abbeville", date(2024, 6, 30)).amount == Decimal("420.00")
        after = quote_for(tx, "vm1", "abbeville", date(2024, 7, 1))
    assert after.amount == Decimal("480.00")
    assert any("01/07/2024" in sentence for sentence in after.explanation)


def test_a_line_for_one_kind_of_customers_is_not_quoted_to_another(database: Database) -> None:
    _add_customers(database)
    with database.transaction() as tx:
        with pytest.raises(
            NotForKind, match=r"réservée aux EPCI et métropoles, or Abbeville est une commune"
        ) as refused:
            quote_for(tx, "demat-epci", "abbeville", DAY)
        assert "pour une commune : demat-commune." in str(refused.value)
        with pytest.raises(NotForKind, match=r"pour une commune : connect-commune\."):
            quote_for(tx, "connect-epci", "abbeville", DAY)
        tx.add(Customer(code="terre", name="CC", kind="epci", populations=[Population(inhabitants=20000)]))
        tx.add(Customer(code="cd80", name="CD80", kind="department", memberships=[Membership(start=date(2020, 1, 1))]))
        tx.flush()
        with pytest.raises(NotForKind, match="aux communes, or CC est un EPCI"):
            quote_for(tx, "connect-commune", "terre", DAY)
        assert quote_for(tx, "connect-cd80-am", "cd80", DAY).amount == Decimal("800.00")


def test_a_commune_too_large_for_a_line_is_told_its_limits(database: Database) -> None:
    with database.transaction() as tx:
        member = [Membership(start=date(2020, 1, 1))]
        people = [Population(year=2024, base="municipal", inhabitants=4500)]
        tx.add(Customer(code="albert", name="Albert", kind="commune", memberships=member, populations=people))
        tx.flush()
        for code in ("mairie-installation", "mairie-socle-v1"):
            with pytest.raises(
                Invalid, match=r"albert a 4.500 habitants\. Réservé aux communes\. De 0 à 2.000 habitants"
            ):
                quote_for(tx, code, "albert", DAY)
        with pytest.raises(Invalid, match="aucune tranche ne convient"):
            quote_for(tx, "mairie-socle-v2", "albert", DAY)


def test_unknown_codes_days_and_customers_are_explained(sqlite_database: Database) -> None:
    _add_customers(sqlite_database)
    with sqlite_database.transaction() as tx:
        with pytest.raises(NotFound, match="vm-cpu"):
            quote_for(tx, "vm-cpus", "abbeville", DAY)
        with pytest.raises(NotFound, match="2024"):
            quote_for(tx, "assist-5h", "abbeville", date(2023, 6, 1))
        with pytest.raises(NotFound, match="grilles chargées"):
            quote_for(tx, "vm1", "abbeville", date(2019, 6, 1))
        with pytest.raises(NotFound, match="nulle-part"):
            quote_for(tx, "vm1", "nulle-part", DAY)


def test_valuation_of_what_runs_and_was_not_sold(database: Database) -> None:
    _add_customers(database)
    machine = Resources(guests=1, vcpus=2, ram_gb=4, disk_gb=50)
    option, space = Resources(ram_gb=2), Resources(half_units=2)
    with database.transaction() as tx:
        value = Valuation(tx)
        assert value(None, machine, DAY) == value("inconnu", machine, DAY) == Decimal("1140.00")
        assert value("abbeville", machine, DAY) == Decimal("960.00")
        assert value("abbeville", option, DAY) == Decimal("120.00")
        assert value("abbeville", space, DAY) == Decimal("600.00")
        assert value("abbeville", space, date(2024, 7, 1)) == Decimal("650.00")
        whole = Resources(half_units=84, share="full"), Resources(half_units=21, share="quarter")
        assert [value("abbeville", one, DAY) for one in whole] == [Decimal("8400.00"), Decimal("3000.00")]
        part = Resources(half_units=2, share="full"), Resources(half_units=40, share="unit")
        assert [value("abbeville", one, DAY) for one in part] == [Decimal("600.00"), Decimal("12000.00")]


def test_space_of_a_share_sold_on_quotation_is_worth_its_units(database: Database) -> None:
    text = grids.shipped_text("2024").replace(",8400.00,9240.00,", ",8400.00,quote,")
    with database.transaction() as tx:
        grids.load(tx, text, "2030", date(2030, 1, 1), "vote")
        whole = Resources(half_units=84, share="full")
        assert Valuation(tx)(None, whole, date(2030, 1, 1)) == 42 * Decimal("650.00")


@pytest.mark.parametrize(
    ("quantity", "words"), [("3", "3 unités gratuites sur 3."), ("12", "10 unités gratuites sur 12.")]
)
def test_no_more_units_are_free_than_there_are(quantity: str, words: str) -> None:
    assert words in quote(GRID.candidates("domaine-std"), _commune(500), DAY, Decimal(quantity)).explanation
