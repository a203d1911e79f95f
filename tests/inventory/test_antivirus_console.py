"""Exports of consoles as they are: separators, encodings, titles, duplicates; and what is no export."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.antivirus_console import NO_GROUP, Columns, decoded, read_export
from inventory.facts import Seats
from inventory.mapping import ANTIVIRUS_GROUP, CustomerRule, CustomerRules

TEXT = """group,host,type
Roye,PC-1,Workstation
Roye,PC-2,Workstation
roye,pc-1,workstation
Roye,SRV,Windows Server 2019
Péronne,PC-1,Poste
"""
SEATS = (
    Seats("péronne", "workstation", 1, group="Péronne", hosts=("PC-1",)),
    Seats("roye", "server", 1, group="Roye", hosts=("SRV",)),
    Seats("roye", "workstation", 2, group="Roye", hosts=("PC-1", "PC-2")),
)


def test_hosts_are_counted_once_by_group_and_kind() -> None:
    assert read_export(TEXT, Columns()).seats == SEATS
    assert read_export(TEXT, Columns()).faults == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_way_of_writing_the_same_export(encoding: str, separator: str, end: str) -> None:
    content = TEXT.replace(",", separator).replace("\n", end).encode(encoding)
    assert read_export(decoded(content), Columns()).seats == SEATS


def test_a_title_before_the_columns_and_columns_of_no_interest() -> None:
    text = (
        'Export du 15/06/2024\n\n"Nom du poste";"Système, version";"Groupe";"Type"\n'
        '"PC ""ACCUEIL""";"Windows 11, 23H2";"Mairie; Roye";"Ordinateur"\n\n'
        "SRV;Linux;Mairie de Conty;SERVEUR\n"
    )
    columns = Columns("groupe", "NOM DU POSTE", "type", ("serveur",))
    assert [(seats.group, seats.kind, seats.hosts) for seats in read_export(text, columns).seats] == [
        ("Mairie de Conty", "server", ("SRV",)), ("Mairie; Roye", "workstation", ('PC "ACCUEIL"',)),
    ]  # fmt: skip


def test_the_same_host_under_two_kinds_is_a_server() -> None:
    seats = read_export("group;host;type\nRoye;S1;Poste\nRoye;S1;Serveur\n", Columns()).seats
    assert seats == (Seats("roye", "server", 1, group="Roye", hosts=("S1",)),)


def test_homonyms_of_two_groups_are_two_hosts() -> None:
    seats = read_export("group;host;type\nRoye;PC-1;Poste\nConty;PC-1;Poste\n", Columns()).seats
    assert [(one.group, one.quantity) for one in seats] == [("Conty", 1), ("Roye", 1)]


def test_the_rules_read_whose_a_group_is_and_without_a_rule_nobody_says() -> None:
    text = "group;host;type\nCom. Roye;A;Poste\nAutre;B;Poste\n;C;Poste\n"
    rules = CustomerRules((CustomerRule(ANTIVIRUS_GROUP, r"com\. (.+)"),))
    assert [(one.group, one.customer) for one in read_export(text, Columns(), rules).seats] == [
        (NO_GROUP, None), ("Autre", None), ("Com. Roye", "roye"),
    ]  # fmt: skip


def test_what_cannot_be_counted_is_told_with_its_lines() -> None:
    text = "group;host;type\nRoye;;Poste\nRoye;A;\nRoye;B;Poste\nRoye\nRoye;;Serveur\n"
    export = read_export(text, Columns())
    assert [seats.hosts for seats in export.seats] == [("B",)]
    assert export.faults == (
        "2 lignes non comptées, sans nom de poste : 2, 6.",
        "1 ligne non comptée, sans type : 3.",
        "1 ligne non comptée, cellules manquantes : 5.",
    )


def test_quotes_that_do_not_close_stop_the_reading_and_say_so() -> None:
    export = read_export('group;host;type\nRoye;A;Poste\nRoye;"B;Poste\n', Columns())
    assert export.seats[0].hosts == ("A",)
    assert "lecture arrêtée : guillemets mal fermés" in export.faults[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "aucune"),
        ("client;poste;genre\nRoye;A;Poste\n", "client, poste, genre"),
        ("group;host\nRoye;A\n", "group, host"),
    ],
)
def test_columns_that_are_not_there_are_named(text: str, found: str) -> None:
    with pytest.raises(ValueError, match="introuvables") as refused:
        read_export(text, Columns())
    assert "« group », « host », « type »" in str(refused.value)
    assert f"(trouvées : {found})" in str(refused.value)
    assert "kind_column" in str(refused.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\x81\x8d\x00", b"\xff\xfe\x00", bytes(range(256))])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="pas un fichier texte"):
        decoded(content)


NAMES = st.text("abé -", min_size=1, max_size=3).map(str.strip).filter(bool)


@given(st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["Poste", "Serveur"])), max_size=30))
def test_every_host_of_a_group_counts_exactly_once(rows: list[tuple[str, str, str]]) -> None:
    from inventory.french import folded

    text = "group;host;type\n" + "".join(f"{group};{host};{kind}\n" for group, host, kind in rows)
    export = read_export(text, Columns())
    assert sum(seats.quantity for seats in export.seats) == len({(folded(g), folded(h)) for g, h, _ in rows})
    assert all(seats.quantity == len(seats.hosts) for seats in export.seats)
    assert export.faults == ()
