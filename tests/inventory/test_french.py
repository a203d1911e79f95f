"""French sentences: one and none are singular, amounts are grouped by thousands."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from inventory.facts import ScopeStatus
from inventory.french import counted, cut, euros, instant, named, plural, some, to


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 relevé"), (1, "1 relevé"), (2, "2 relevés"), (-1, "-1 relevé"), (-2, "-2 relevés")]
)
def test_plural_begins_at_two(count: int, said: str) -> None:
    assert counted(count, "relevé") == said


def test_what_does_not_take_one_s_is_given_in_full() -> None:
    assert counted(3, "relevé mis de côté", "relevés mis de côté") == "3 relevés mis de côté"
    assert plural(Decimal("1.9"), "unité gratuite", "unités gratuites") == "unité gratuite"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("47420.00", "47\u00a0420,00\u00a0€"),
        ("0.00", "0,00\u00a0€"),
        ("-0.50", "-0,50\u00a0€"),
        ("1234567.80", "1\u00a0234\u00a0567,80\u00a0€"),
    ],
)
def test_euros(amount: str, written: str) -> None:
    assert euros(Decimal(amount)) == written


def test_every_state_of_an_answer_has_its_word() -> None:
    assert [status.french for status in ScopeStatus] == ["complète", "partielle", "en échec"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Péronne", "à Péronne"),
        ("Le Crotoy", "au Crotoy"),
        ("Les Damps", "aux Damps"),
        ("La Neuville", "à La Neuville"),
        ("Lesboeufs", "à Lesboeufs"),
        ("l'opérateur", "à l'opérateur"),
    ],
)
def test_to_whom(name: str, said: str) -> None:
    assert to(name) == said


def test_a_customer_that_only_another_source_knows_keeps_its_code() -> None:
    assert [named({"peronne": "Péronne"}, code) for code in ("peronne", "amiens")] == ["Péronne", "amiens"]


def test_instants_are_told_in_paris() -> None:
    assert instant(datetime(2024, 5, 14, 9, 30, tzinfo=UTC)) == "14/05/2024 11:30"


def test_some_names_stand_for_many() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(list("abcdefg")) == "a, b, c, d, e et 2 autres"


def test_what_is_cut_says_so() -> None:
    assert [cut("à créer", longest) for longest in (7, 6, 3)] == ["à créer", "à cré…", "à…"]
