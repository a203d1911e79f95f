"""Files enter whole or not at all, and twice without doubling."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy.orm import Session

from dcops.db import Database
from inventory import store
from inventory.customers import is_member
from inventory.errors import ImportRefused, NotFound
from inventory.imports import (
    ImportReport,
    import_antivirus,
    import_customers,
    import_machines,
    import_nas,
    import_racks,
    import_shares,
)
from inventory.models import Customer

CUSTOMERS = (
    "code;name;kind;siren;siret;insee;population;population_year;member_from;member_to\n"
    "abbeville;Ville d'Abbeville;commune;732829320;73282932000074;80001;22980;2020;2015-01-01;\n"
    "amiens;Ville d'Amiens;commune;;;80021;133625;2020;2010-01-01;2022-01-01\n"
    "peronne;Péronne;commune;;;;;;;\n"
)
RACKS = 'site,room,name,u_height,feeds,capacity_w\nAmiens,Salle 1,A01,42,"A,B",3500\nAmiens,Salle 1,A02,47,,\n'
SHARES = (
    "rack;kind;position;units;customer;from;to\n"
    "A01;half;1;;abbeville;2024-01-01;\n"
    "A01;quarter;3;;amiens;2024-01-01;2025-01-01\n"
    "A01;unit;42;1;peronne;2024-02-01;\n"
)
MACHINES = (
    "name;customer;cluster;vmid;vcpu;ram_gb;disk_gb;from;to\n"
    "web-1;abbeville;pve-a;101;2;4;50;2024-01-01;\n"
    "old;amiens;;;1;2;20;2023-01-01;2024-01-01\n"
)
NAS = "serial;customer;model;plan_gb;from;to\nSN1;abbeville;DS220;;2024-01-01;\n"
ANTIVIRUS = "customer;kind;quantity;from;to\nabbeville;workstation;30;2024-01-01;\n"

Importer = Callable[..., ImportReport]
FILES: list[tuple[Importer, str, int]] = [
    (import_customers, CUSTOMERS, 3),
    (import_racks, RACKS, 2),
    (import_shares, SHARES, 3),
    (import_machines, MACHINES, 2),
    (import_nas, NAS, 1),
    (import_antivirus, ANTIVIRUS, 1),
]


def fill(tx: Session) -> None:
    for importer, content, _ in FILES:
        importer(tx, "f.csv", content)


def refused(database: Database, importer: Importer, content: str) -> list[tuple[int, str, str]]:
    """The problems of a refusal, once seen that nothing of the file was written."""
    with database.transaction() as tx:
        before = counts(tx)
        with pytest.raises(ImportRefused) as caught:
            importer(tx, "f.csv", content)
        assert counts(tx) == before
    with database.transaction() as tx:
        assert counts(tx) == before
    return caught.value.problems


def counts(tx: Session) -> list[int]:
    readers = (store.customers, store.sites, store.racks, store.shares, store.machines, store.nas_units)
    return [len(reader(tx)) for reader in readers] + [len(store.antivirus_seats(tx))]


def _inhabitants(customer: Customer) -> list[int]:
    return [each.inhabitants for each in customer.populations]


def test_importing_twice_changes_nothing(database: Database) -> None:
    with database.transaction() as tx:
        for importer, content, rows in FILES:
            assert importer(tx, "f.csv", content) == ImportReport("f.csv", rows, 0, (), 0)
    with database.transaction() as tx:
        for importer, content, rows in FILES:
            assert importer(tx, "f.csv", content) == ImportReport("f.csv", 0, 0, (), rows)
        assert counts(tx) == [3, 1, 2, 3, 2, 1, 1]


def test_what_was_imported_is_read_back(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
    with database.transaction() as tx:
        abbeville = store.customer(tx, "abbeville")
        assert (abbeville.siren, _inhabitants(abbeville)) == ("732829320", [22980])
        assert is_member(abbeville.memberships, date(2024, 1, 1))
        assert not is_member(store.customer(tx, "amiens").memberships, date(2024, 1, 1))
        rack = store.rack(tx, "A01")
        assert [(s.first_half_unit, s.end_half_unit) for s in rack.shares] == [(0, 42), (42, 63), (82, 84)]
        assert store.rack(tx, "A02").feeds == "A,B"
        assert [share.customer.code for share in store.shares(tx, date(2025, 6, 1))] == ["abbeville", "peronne"]
        assert [machine.name for machine in store.machines(tx, date(2024, 6, 1))] == ["web-1"]
        assert store.nas_units(tx)[0].plan_gb == 60
        with pytest.raises(NotFound, match="inconnue"):
            store.rack(tx, "Z99")


def test_a_corrected_file_updates_by_natural_key(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
    with database.transaction() as tx:
        changed = CUSTOMERS.replace("22980", "23000").replace("2015-01-01;", "2015-01-01;2024-01-01")
        assert import_customers(tx, "f.csv", changed).imported == 1
        import_shares(tx, "f.csv", SHARES.replace("abbeville;2024-01-01;", "abbeville;2024-01-01;2024-07-01"))
        import_machines(tx, "f.csv", MACHINES.replace("101;2;4;50", "101;4;8;100"))
    with database.transaction() as tx:
        abbeville = store.customer(tx, "abbeville")
        assert _inhabitants(abbeville) == [23000]
        assert [m.end for m in abbeville.memberships] == [date(2024, 1, 1)]
        assert store.rack(tx, "A01").shares[0].end == date(2024, 7, 1)
        assert [(m.vcpu, m.disk_gb) for m in store.machines(tx, customer="abbeville")] == [(4, 100)]
        assert counts(tx) == [3, 1, 2, 3, 2, 1, 1]


def test_a_customer_who_comes_back_has_two_memberships(database: Database) -> None:
    content = "code,name,kind,member_from,member_to\na,A,commune,2010-01-01,2015-01-01\na,A,commune,2020-01-01,\n"
    with database.transaction() as tx:
        import_customers(tx, "f.csv", content)
    with database.transaction() as tx:
        memberships = store.customer(tx, "a").memberships
        assert [is_member(memberships, date(year, 6, 1)) for year in (2012, 2017, 2022)] == [True, False, True]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("A B;X;commune;;;;;;;", "code", "minuscules"),
        ("x;X;village;;;;;;;", "kind", "choisir parmi"),
        ("x;X;commune;732829321;;;;;;", "siren", "clé de contrôle"),
        ("x;X;commune;;73282932000075;;;;;", "siret", "clé de contrôle"),
        ("x;X;commune;552100554;73282932000074;;;;;", "siret", "n'est pas celui"),
        ("x;X;commune;;;800;;;;", "insee", "cinq caractères"),
        ("x;X;commune;;;;-4;;;", "population", "au moins 0"),
        ("x;X;commune;;;;;;;2024-01-01", "member_from", "avoir commencé"),
        ("x;X;commune;;;;;;2024-01-01;2024-01-01", "member_to", "n'est pas après"),
        ("abbeville;Autre;commune;;;;;;;", "code", "autrement à la ligne 2"),
        (
            "peronne;Péronne;commune;;;;;;;\namiens;Ville d'Amiens;commune;;;80021;133625;2020;2021-01-01;",
            "member_from",
            "chevauche l'adhésion 2010-01-01",
        ),
    ],
)
def test_a_bad_customer_is_named(database: Database, row: str, column: str, words: str) -> None:
    problems = refused(database, import_customers, CUSTOMERS + row + "\n")
    line = 5 + row.count("\n")
    assert [(found, name) for found, name, _ in problems] == [(line, column)]
    assert words in problems[0][2]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("Z99;full;1;;abbeville;2024-01-01;", "rack", "« Z99 » introuvable"),
        ("A02;full;1;;nobody;2024-01-01;", "customer", "« nobody » introuvable"),
        ("A02;half;3;;abbeville;2024-01-01;", "position", "de 1 à 2"),
        ("A02;half;;;abbeville;2024-01-01;", "position", "indiquer"),
        ("A02;unit;47;2;abbeville;2024-01-01;", "position", "U1 à U47"),
        ("A02;full;1;;abbeville;2024-01-01;2024-01-01", "to", "n'est pas après"),
        ("A01;unit;42;1;abbeville;2024-06-01;", "position", "part de peronne depuis le 01/02/2024 (ligne 4"),
        ("A01;full;1;;peronne;2023-01-01;", "position", "U1 à U42 chevauche U1 à U21, part de abbeville"),
    ],
)
def test_a_bad_share_is_named(database: Database, row: str, column: str, words: str) -> None:
    with database.transaction() as tx:
        import_customers(tx, "f.csv", CUSTOMERS)
        import_racks(tx, "f.csv", RACKS)
    problems = refused(database, import_shares, SHARES + row + "\n")
    assert [(line, name) for line, name, _ in problems] == [(5, column)]
    assert words in problems[0][2]


def test_space_sold_before_is_not_sold_again(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
    problems = refused(database, import_shares, "rack,kind,position,customer,from\nA01,half,1,amiens,2024-03-01\n")
    assert "A01 U1 à U21 chevauche U1 à U21, part de abbeville" in problems[0][2]
    with database.transaction() as tx:  # the quarter of amiens ends on 2025-01-01
        import_shares(tx, "f.csv", "rack,kind,position,customer,from\nA01,quarter,3,peronne,2025-01-01\n")


def test_two_who_sell_the_same_space_at_once_do_not_both_succeed(database: Database) -> None:
    with database.transaction() as tx:
        import_customers(tx, "f.csv", CUSTOMERS)
        import_racks(tx, "f.csv", RACKS)

    def sell(customer: str) -> bool:
        try:
            with database.transaction() as tx:
                import_shares(tx, "f.csv", f"rack,kind,customer,from\nA01,full,{customer},2024-01-01\n")
        except ImportRefused:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(sell, ["abbeville", "amiens", "peronne"])) == [False, False, True]
    with database.transaction() as tx:
        assert len(store.shares(tx)) == 1


def test_a_share_prolonged_into_the_next_one_is_refused(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
        import_shares(tx, "f.csv", "rack,kind,position,customer,from\nA01,quarter,3,peronne,2025-01-01\n")
    longer = "rack,kind,position,customer,from,to\nA01,quarter,3,amiens,2024-01-01,2026-01-01\n"
    assert "part de peronne" in refused(database, import_shares, longer)[0][2]


def test_a_rack_with_sold_space_keeps_its_height(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
    assert refused(database, import_racks, RACKS.replace("A01,42", "A01,47"))[0][:2] == (2, "u_height")
    assert refused(database, import_racks, RACKS + "Amiens,Salle 2,A01,42,,\n")[0][:2] == (4, "name")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("x;nobody;pve-a;102;2;4;50;2024-01-01;", "customer", "introuvable"),
        ("x;amiens;pve-a;101;2;4;50;2024-06-01;", "vmid", "déjà vendu : machine « web-1 » de abbeville"),
        ("x;amiens;;101;2;4;50;2024-06-01;", "cluster", "n'a de sens que dans un cluster"),
        ("x;amiens;pve-a;102;0;4;50;2024-06-01;", "vcpu", "au moins 1"),
        ("x;amiens;pve-a;102;2;4,5;50;2024-06-01;", "ram_gb", "entier"),
        ("x;amiens;pve-a;102;2;4;50;2024-06-01;2024-05-01", "to", "n'est pas après"),
    ],
)
def test_a_bad_machine_is_named(database: Database, row: str, column: str, words: str) -> None:
    with database.transaction() as tx:
        import_customers(tx, "f.csv", CUSTOMERS)
    problems = refused(database, import_machines, MACHINES + row + "\n")
    assert [(line, name) for line, name, _ in problems] == [(4, column)]
    assert words in problems[0][2]


def test_a_siren_is_not_changed_without_the_siret_that_is_known(database: Database) -> None:
    with database.transaction() as tx:
        import_customers(tx, "f.csv", CUSTOMERS)
    header = "code;name;kind;siren"
    problems = refused(database, import_customers, f"{header}\nabbeville;Ville d'Abbeville;commune;552100554\n")
    assert [(line, column) for line, column, _ in problems] == [(2, "siren")]
    with database.transaction() as tx:
        assert import_customers(tx, "f.csv", f"{header}\nabbeville;Abbeville;commune;732829320\n").imported == 1
        both = f"{header};siret\nabbeville;Abbeville;commune;552100554;55210055400013\n"
        assert import_customers(tx, "f.csv", both).imported == 1


def test_a_membership_that_ended_does_not_cross_the_next_one_when_a_file_has_no_ends(database: Database) -> None:
    columns = "code;name;kind;member_from"
    again = f"{columns}\namiens;Ville d'Amiens;commune;2010-01-01\namiens;Ville d'Amiens;commune;2024-01-01\n"
    with database.transaction() as tx:
        import_customers(tx, "f.csv", CUSTOMERS)
        assert import_customers(tx, "f.csv", again).imported == 1
        assert import_customers(tx, "f.csv", again).imported == 0
        memberships = [(one.start.year, one.end and one.end.year) for one in store.customer(tx, "amiens").memberships]
    assert memberships == [(2010, 2022), (2024, None)]


def test_a_vmid_is_sold_again_once_the_first_machine_ended(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
        ended = MACHINES.replace("50;2024-01-01;", "50;2024-01-01;2024-06-01")
        again = "web-2;peronne;pve-a;101;2;4;50;2024-06-01;\n"
        assert import_machines(tx, "f.csv", ended + again).imported == 2


def test_a_box_never_changes_hands_silently(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
    problems = refused(database, import_nas, NAS.replace("abbeville", "amiens"))
    assert problems == [(2, "serial", "« SN1 » est déjà chez abbeville.")]


def test_bad_rows_are_set_aside_when_asked(database: Database) -> None:
    with database.transaction() as tx:
        import_customers(tx, "f.csv", CUSTOMERS)
        content = MACHINES + "x;nobody;;;2;4;50;2024-01-01;\ny;amiens;;;2;;x;2024-01-01;\n"
        report = import_machines(tx, "m.csv", content, skip_bad=True)
    assert (report.imported, report.skipped) == (2, 2)
    assert [(line, column) for line, column, _ in report.problems] == [(4, "customer"), (5, "disk_gb"), (5, "ram_gb")]
    assert report.document()["problems"][0]["line"] == 4
    assert "ligne 4, colonne customer" in report.human()


def test_a_header_in_fault_is_refused_even_then(database: Database) -> None:
    with database.transaction() as tx, pytest.raises(ImportRefused, match="colonne manquante"):
        import_machines(tx, "m.csv", "name;customer\n", skip_bad=True)


def test_the_search_finds_customers_racks_machines_and_serials(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
        assert [hit.kind for hit in store.search(tx, "abbe")] == ["customer", "machine", "nas"]
        assert [(hit.kind, hit.key) for hit in store.search(tx, "a01")] == [("rack", "A01")]
        assert store.search(tx, "sn1")[0].key == "SN1"
        assert store.search(tx, "web-1")[0].label == "web-1"
        assert store.search(tx, "  ") == []
        assert store.search(tx, "100%") == []


@pytest.mark.parametrize("typed", ["l'île-aux", "L’île", "L'ÎLE", "I\u0302le-aux", "fruits d’eau", "Île aux"])
def test_the_search_finds_what_keyboards_write_in_two_ways(database: Database, typed: str) -> None:
    with database.transaction() as tx:
        import_customers(tx, "c.csv", "code;name;kind\nile;L’Île-aux-Fruits d'Eau;commune\nham;Ham;commune\n")
        assert [hit.key for hit in store.search(tx, typed)] == ["ile"]


CONTRADICTIONS = [
    (import_customers, "code,name,kind,member_from,member_to", "abbeville,A,commune,2024-01-01,{}", "2024-06-01", ""),
    (
        import_shares,
        "rack,kind,position,units,customer,from,to",
        "A02,full,,,abbeville,2024-01-01,{}",
        "2025-01-01",
        "",
    ),
    (import_machines, "name,customer,vcpu,ram_gb,disk_gb,from", "new,abbeville,{},4,50,2024-01-01", "2", "4"),
    (import_nas, "serial,customer,plan_gb,from", "S1,abbeville,{},2024-01-01", "60", "120"),
    (import_antivirus, "customer,kind,quantity,from", "abbeville,server,{},2024-01-01", "10", "5"),
]


@pytest.mark.parametrize(("importer", "header", "row", "one", "other"), CONTRADICTIONS)
def test_two_rows_that_contradict_each_other_are_refused_rather_than_the_last_one_kept(
    database: Database, importer: Callable[..., ImportReport], header: str, row: str, one: str, other: str
) -> None:
    with database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind\nabbeville,A,commune\n")
        import_racks(tx, "r", RACKS)
    with (
        pytest.raises(ImportRefused, match=r"ligne 3.*déjà décrit autrement à la ligne 2"),
        database.transaction() as tx,
    ):
        importer(tx, "f", f"{header}\n{row.format(one)}\n{row.format(other)}\n")
    with database.transaction() as tx:
        assert importer(tx, "f", f"{header}\n{row.format(one)}\n{row.format(one)}\n").unchanged == 1


@pytest.mark.parametrize(
    ("importer", "header", "row"),
    [
        (import_machines, "name,customer,vcpu,ram_gb,disk_gb,from,to", "web,amiens,{},2,20,{},{}"),
        (import_antivirus, "customer,kind,quantity,from,to", "amiens,server,{},{},{}"),
    ],
)
def test_the_file_of_a_first_order_does_not_revive_it_beside_the_one_that_followed(
    sqlite_database: Database, importer: Importer, header: str, row: str
) -> None:
    first = row.format(2, "2024-01-01", "")
    with sqlite_database.transaction() as tx:
        fill(tx)
        changed = [row.format(2, "2024-01-01", "2024-06-01"), row.format(4, "2024-06-01", "")]
        importer(tx, "f", "\n".join([header, *changed]))
    told = refused(sqlite_database, importer, f"{header}\n{first}\n")
    assert [(column, "prend la suite de celle-ci le 01/06/2024" in words) for _, column, words in told] == [
        ("to", True)
    ]
    with sqlite_database.transaction() as tx:
        assert importer(tx, "f", f"{header}\n{changed[0]}\n").unchanged == 1


def test_a_column_left_out_leaves_what_is_there_and_an_empty_cell_empties_it(database: Database) -> None:
    with database.transaction() as tx:
        import_customers(tx, "c", CUSTOMERS)
        import_racks(tx, "r", RACKS)
        import_customers(tx, "c", "code,name,kind,member_from\nabbeville,Abbeville,commune,2015-01-01\n")
        import_racks(tx, "r", "site,room,name,u_height\nAmiens,Salle 1,A01,42\n")
        import_nas(tx, "n", "serial,customer,plan_gb,from,to\nS1,amiens,120,2024-01-01,2024-06-01\n")
        import_nas(tx, "n", "serial,customer,from\nS1,amiens,2024-01-01\n")
        abbeville, unit = store.customer(tx, "abbeville"), store.nas_units(tx)[0]
        assert (abbeville.name, abbeville.siren, _inhabitants(abbeville)) == ("Abbeville", "732829320", [22980])
        assert (store.racks(tx)[0].capacity_w, unit.plan_gb, unit.end) == (3500, 120, date(2024, 6, 1))
        import_customers(tx, "c", "code,name,kind,population\nabbeville,Abbeville,commune,\n")
        assert _inhabitants(store.customer(tx, "abbeville")) == [22980]  # a dated fact is not erased by silence
