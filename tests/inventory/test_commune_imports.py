"""A public file of communes makes each of them and their EPCI a customer, once."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from dcops.db import Database
from inventory import store
from inventory.commune_imports import CommuneReport, Terms, import_communes, population_column_of
from inventory.customers import is_member, population_on
from inventory.errors import ImportRefused, Invalid
from inventory.models import Customer, Membership, Population

HEADER = (
    "code_insee,nom,population,epci,epci_siren,commune_siren,codes_postaux,population_municipale_dgcl,"
    "population_totale_dgcl\n"
)
FILE = HEADER + (
    "80001,Abbeville,22395,CA de la Baie de Somme,200070993,218000016,80100,22406,22797\n"
    "80021,Amiens,136449,CA Amiens Métropole,248000531,218000198,80000|80080|80090,134780,137473\n"
    "80228,Le Crotoy,1958,CA de la Baie de Somme,200070993,218002202,80550,1960,2000\n"
)
DAY = date(2024, 6, 1)


def load(tx: Session, content: str = FILE, terms: Terms | None = None, *, skip_bad: bool = False) -> CommuneReport:
    return import_communes(tx, "communes.csv", content, terms=terms, skip_bad=skip_bad)


def outcomes(report: CommuneReport) -> tuple[dict[str, int], dict[str, int]]:
    return dict(report.outcomes["commune"]), dict(report.outcomes["epci"])


def inhabitants(customer: Customer) -> int:
    counted = population_on(customer.populations, DAY)
    assert counted is not None
    return counted.inhabitants


def test_communes_and_epci_become_customers_and_a_second_run_changes_nothing(database: Database) -> None:
    terms = Terms(year=2024, member_from=date(2024, 1, 1))
    with database.transaction() as tx:
        assert outcomes(load(tx, terms=terms)) == ({"added": 3}, {"added": 2})
    with database.transaction() as tx:
        assert outcomes(load(tx, terms=terms)) == ({"unchanged": 3}, {"unchanged": 2})
        amiens, baie = store.customer(tx, "amiens"), store.customer(tx, "ca-de-la-baie-de-somme")
        assert (amiens.kind, amiens.insee, amiens.siren) == ("commune", "80021", "218000198")
        assert (amiens.address, amiens.postcode, amiens.city) == ("Mairie", "80000", "Amiens")
        assert inhabitants(amiens) == 136449
        assert (baie.kind, baie.siren, inhabitants(baie)) == ("epci", "200070993", 22395 + 1958)
        assert all(is_member(each.memberships, DAY) for each in store.customers(tx))


@pytest.mark.parametrize(
    ("base", "column", "expected"),
    [
        (None, None, 22395),
        ("municipal", None, 22395),
        ("total", None, 22797),
        ("municipal", "population_municipale_dgcl", 22406),
        (None, "population_totale_dgcl", 22797),
    ],
)
def test_the_population_read_is_the_one_asked(
    sqlite_database: Database, base: str | None, column: str | None, expected: int
) -> None:
    terms = Terms(population_column_of(base, column), 2024)
    with sqlite_database.transaction() as tx:
        load(tx, terms=terms)
        known = store.customer(tx, "abbeville").populations
        assert [(each.inhabitants, each.base) for each in known] == [(expected, terms.base)]


def test_a_column_of_another_base_is_refused() -> None:
    with pytest.raises(Invalid, match="base « total »"):
        population_column_of("total", "population_municipale_dgcl")
    with pytest.raises(Invalid, match="choisir parmi"):
        population_column_of(None, "habitants")


def test_those_already_known_keep_their_code_and_what_they_tell(database: Database) -> None:
    with database.transaction() as tx:
        tx.add_all([
            Customer(code="ville-abbeville", name="Ville d'Abbeville", kind="commune", insee="80001", postcode="80103",
                     city="Abbeville Cedex", memberships=[], populations=[Population(year=2024, inhabitants=1)]),
            Customer(code="am", name="Amiens Métropole", kind="metropole", siren="248000531", memberships=[],
                     populations=[Population(year=2024, inhabitants=184392)]),
            Customer(code="le-crotoy", name="Le Crotoy", kind="commune", memberships=[], populations=[]),
            Customer(code="amiens", name="Régie d'Amiens", kind="other", memberships=[], populations=[]),
        ])  # fmt: skip
    with database.transaction() as tx:
        report = load(tx, terms=Terms(year=2024))
        assert outcomes(report) == ({"updated": 2, "added": 1}, {"added": 1, "unchanged": 1})
    with database.transaction() as tx:
        abbeville = store.customer(tx, "ville-abbeville")
        assert (abbeville.name, abbeville.siren) == ("Ville d'Abbeville", "218000016")
        assert (abbeville.postcode, abbeville.city) == ("80103", "Abbeville Cedex")
        assert inhabitants(abbeville) == 22395
        metropole = store.customer(tx, "am")
        assert (metropole.kind, inhabitants(metropole)) == ("metropole", 184392)  # more than the communes of the file
        assert any("Amiens Métropole : 184 392 habitants gardés" in note.replace("\xa0", " ") for note in report.notes)
        assert store.customer(tx, "le-crotoy").insee == "80228"
        assert store.customer(tx, "amiens-80021").insee == "80021"  # the plain code was taken
        assert len(store.customers(tx)) == 6


def test_homonyms_are_told_apart_by_their_insee_code(sqlite_database: Database) -> None:
    rows = "80001,Saint-Léger,10,,,,,,\n80002,Saint Leger,20,,,,,,\n"
    with sqlite_database.transaction() as tx:
        tx.add(Customer(code="saint-leger", name="Saint-Léger", kind="commune", memberships=[], populations=[]))
        tx.flush()
        load(tx, HEADER + rows)
        assert {each.code for each in store.customers(tx)} == {"saint-leger", "saint-leger-80001", "saint-leger-80002"}
        assert outcomes(load(tx, HEADER + rows)) == ({"unchanged": 2}, {})


def test_a_membership_that_is_known_is_left_as_it_is(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        tx.add(
            Customer(
                code="abbeville",
                name="Abbeville",
                kind="commune",
                insee="80001",
                populations=[],
                memberships=[Membership(start=date(2014, 1, 1), end=None)],
            )
        )
        tx.flush()
        load(tx, terms=Terms(member_from=date(2024, 1, 1)))
        assert [each.start for each in store.customer(tx, "abbeville").memberships] == [date(2014, 1, 1)]
        assert [each.start for each in store.customer(tx, "le-crotoy").memberships] == [date(2024, 1, 1)]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("800,X,1,,,,,,", "code_insee", "cinq caractères"),
        ("80001,Double,1,,,,,,", "code_insee", "déjà celui de la ligne 2"),
        ("80003,X,1,,,218000017,,,", "commune_siren", "clé de contrôle"),
        ("80003,X,1,,,218000016,,,", "commune_siren", "déjà celui de la ligne 2"),
        ("80003,X,-1,,,,,,", "population", "au moins 0"),
        ("80003,X,,,,,,,", "population", "obligatoire"),
        ("80003,X,1,CC,,,,,", "epci_siren", "un nom et un SIREN"),
        ("80003,X,1,Autre nom,200070993,,,,", "epci", "s'appelle autrement à la ligne 2"),
        ("80003,X,1,,,,8O000,,", "codes_postaux", "cinq chiffres"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(
    sqlite_database: Database, row: str, column: str, words: str
) -> None:
    with sqlite_database.transaction() as tx:
        with pytest.raises(ImportRefused) as refused:
            load(tx, FILE + row + "\n")
        assert store.customers(tx) == []
        assert [(line, where) for line, where, _ in refused.value.problems] == [(5, column)]
        assert words in refused.value.problems[0][2]
        report = load(tx, FILE + row + "\n", skip_bad=True)
        assert (report.skipped, report.outcomes["commune"]) == (1, Counter(added=3))
        assert store.customer(tx, "ca-de-la-baie-de-somme").populations == []  # a commune may be missing in the sum


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"insee": "80001", "siren": "218000198"}, "SIREN 218000016 dans le fichier, 218000198 sur la collectivité"),
        ({"insee": "80999", "siren": "218000016"}, "code INSEE 80001 dans le fichier, 80999"),
    ],
)
def test_identifiers_that_contradict_are_refused(sqlite_database: Database, known: dict[str, str], words: str) -> None:
    with sqlite_database.transaction() as tx:
        tx.add(Customer(code="abb", name="Abbeville", kind="commune", memberships=[], populations=[], **known))
        tx.flush()
        with pytest.raises(ImportRefused, match=words):
            load(tx, FILE.replace("218000198", ""))


def test_the_identifiers_of_two_customers_are_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        for code, column, value in (("a", "insee", "80001"), ("b", "siren", "218000016")):
            tx.add(Customer(code=code, name=code, kind="commune", memberships=[], populations=[], **{column: value}))
        tx.flush()
        with pytest.raises(ImportRefused, match="ceux de deux collectivités, « a » et « b »"):
            load(tx)


def test_the_whole_department_enters_in_few_statements(database: Database, seed: Path) -> None:
    content = (seed / "somme_communes.csv").read_text(encoding="utf-8")
    terms = Terms(year=2024, member_from=date(2024, 1, 1))
    with database.transaction() as tx:
        assert outcomes(load(tx, content, terms)) == ({"added": 771}, {"added": 17})
    asked: list[str] = []
    with database.transaction() as tx:
        event.listen(tx.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert outcomes(load(tx, content, terms)) == ({"unchanged": 771}, {"unchanged": 17})
        customers = store.customers(tx)
    assert len(asked) < 20
    assert Counter(each.kind for each in customers) == {"commune": 771, "epci": 17}
    assert len({each.code for each in customers}) == 788
    communes = sum(inhabitants(each) for each in customers if each.kind == "commune")
    assert communes == sum(inhabitants(each) for each in customers if each.kind == "epci") == 565_413
