"""A list filters, sorts, pages and sums as people expect, whatever it lists."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from dcops.web.listing import PAGE_SIZE, Badge, Column, Filter, Listing, show

Town = tuple[str, int | None]
TOWNS: list[Town] = [("Roye", 6), ("Étaples", 11), ("Abbeville", 22), ("Ercheu", None), ("Péronne", 7)]


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    with Flask(__name__).test_request_context("/villes"):
        yield


def listing(rows: list[Town], **args: str) -> Listing[Town]:
    columns = [
        Column[Town]("name", "Ville", lambda row: row[0]),
        Column[Town]("people", "Habitants", lambda row: row[1], "number", total=True),
    ]
    large = Filter[Town]("taille", "Taille", [("grande", "Grande")], lambda row, _: (row[1] or 0) > 9)
    return Listing("Villes", rows, columns, [large], sort="name", args=args)


def names(found: Listing[Town]) -> list[str]:
    return [name for name, _ in found.kept]


def test_accents_and_case_do_not_change_the_order() -> None:
    assert names(listing(TOWNS)) == ["Abbeville", "Ercheu", "Étaples", "Péronne", "Roye"]


def test_words_are_found_as_pages_print_them_and_as_keyboards_type_them() -> None:
    towns: list[Town] = [("Villers-l'Île", 1), ("Les Deux Sœurs", 2)]
    assert names(listing(towns, q="l’île")) == names(listing(towns, q="l'ile")) == ["Villers-l'Île"]
    assert names(listing(towns, q="soeurs")) == names(listing(towns, q="sœurs")) == ["Les Deux Sœurs"]


def test_unknown_values_come_last_in_both_orders() -> None:
    assert names(listing(TOWNS, sort="people"))[-1] == "Ercheu"
    assert names(listing(TOWNS, sort="-people")) == ["Abbeville", "Étaples", "Péronne", "Roye", "Ercheu"]


def test_words_are_found_without_accents_and_filters_add_up() -> None:
    assert names(listing(TOWNS, q="peronne 7")) == ["Péronne"]
    assert names(listing(TOWNS, q="e", taille="grande")) == ["Abbeville", "Étaples"]


def test_an_unknown_sort_or_page_is_the_default() -> None:
    assert names(listing(TOWNS, sort="nothing", page="99")) == names(listing(TOWNS))
    assert {listing(TOWNS, page=asked).page for asked in ("-3", "²", "x", "")} == {1}


def test_addresses_keep_what_was_asked() -> None:
    found = listing(TOWNS, q="é", taille="grande")
    assert found.url(page=2) == "/villes?q=%C3%A9&taille=grande&page=2"


def test_badges_sort_and_export_by_their_word() -> None:
    assert sorted([Badge("ouvert", "bad"), Badge("ignoré", "good")])[0].label == "ignoré"


def test_a_spreadsheet_never_runs_what_somebody_typed() -> None:
    answer = show(listing([("=HYPERLINK(1)", 3)], format="csv"), "unused")
    assert not isinstance(answer, str)
    assert "'=HYPERLINK(1);3" in answer.get_data(as_text=True)


@given(
    st.lists(st.tuples(st.text(max_size=5), st.none() | st.integers(0, 10**6))), st.sampled_from(["name", "-people"])
)
def test_pages_show_every_row_once_and_the_total_is_theirs(rows: list[Town], sort: str) -> None:
    first = listing(rows, sort=sort)
    shown = [row for page in range(1, first.pages + 1) for row in listing(rows, sort=sort, page=str(page)).shown]
    assert sorted(shown, key=repr) == sorted(rows, key=repr)
    assert all(len(listing(rows, page=str(page)).shown) <= PAGE_SIZE for page in range(1, first.pages + 1))
    assert Decimal(first.total(first.columns[1])) == sum(people or 0 for _, people in rows)


def test_a_page_that_is_no_number_is_the_first() -> None:
    assert [listing(TOWNS, page=asked).page for asked in ("²", "-1", "0", "x", "9" * 30)] == [1] * 5


def workbook(found: Listing[Any]) -> dict[str, str]:
    """The parts of an XLSX export that say something here, by name."""
    answer = show(found, "unused")
    assert not isinstance(answer, str)
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as parts:
        return {name.rsplit("/")[-1]: parts.read(name).decode() for name in parts.namelist()}


def test_a_workbook_has_no_link_that_somebody_typed_and_any_title() -> None:
    found = listing([("external:\\\\ailleurs\\x.exe", 3)], format="xlsx")
    found.title = "Courbe B/02 [1]"
    parts = workbook(found)
    assert "hyperlink" not in parts["sheet1.xml"]
    assert 'name="Courbe B-02 -1-"' in parts["workbook.xml"]


def test_a_file_has_the_days_of_paris_and_the_units_of_its_numbers() -> None:
    seen = datetime(2024, 5, 31, 22, 30, tzinfo=UTC)
    columns = [Column[Any]("at", "Vu le", lambda _: seen, "day"), Column[Any]("wh", "Énergie", lambda _: 12, "energy")]
    parts = workbook(Listing("Relevés", [0], columns, args={"format": "xlsx"}))
    assert "Énergie (Wh)" in parts["sharedStrings.xml"]
    first_of_june = (datetime(2024, 6, 1, 0, 30) - datetime(1899, 12, 30)).total_seconds() / 86400
    assert f"<v>{first_of_june:.6f}" in parts["sheet1.xml"]
