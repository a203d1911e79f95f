"""Membership by date, and identifiers that are checked before they are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from inventory.customers import (
    check_code,
    check_insee,
    check_postcode,
    check_siren,
    check_siret,
    crossed,
    in_words,
    is_member,
    missing_identity,
    slug,
)
from inventory.errors import Invalid


@dataclass
class Held:
    start: date
    end: date | None


def test_a_membership_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    held = [Held(date(2020, 1, 1), date(2022, 1, 1)), Held(date(2024, 1, 1), None)]
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2021, 12, 31), date(2022, 1, 1), date(2030, 1, 1)]
    assert [is_member(held, on) for on in days] == [False, True, True, False, True]
    assert not is_member([], date(2024, 1, 1))


def test_well_formed_identifiers_pass() -> None:
    check_code("ca-baie-de-somme")
    check_insee("80001")
    check_insee("2A004")
    check_siren("732829320")
    check_siret("73282932000074", "732829320")
    check_siret("35600000049837")  # La Poste: its establishments follow another key


@pytest.mark.parametrize("code", ["Abbeville", "saint valery", "-a", "a--b", "é", ""])
def test_a_code_is_a_slug(code: str) -> None:
    with pytest.raises(Invalid, match="minuscules"):
        check_code(code)


def test_malformed_identifiers_are_refused() -> None:
    for number in ("732829321", "73282932", "732 829 320"):
        with pytest.raises(Invalid, match="SIREN"):
            check_siren(number)
    for number in ("73282932000075", "732829320"):
        with pytest.raises(Invalid, match="SIRET"):
            check_siret(number)
    with pytest.raises(Invalid, match="n'est pas celui du SIREN 552100554"):
        check_siret("73282932000074", "552100554")
    with pytest.raises(Invalid, match="INSEE"):
        check_insee("8001")


@dataclass
class Client:
    siret: str | None = "73282932000074"
    address: str = "Hôtel de ville"
    postcode: str | None = "80100"
    city: str | None = "Abbeville"
    order_number_required: bool = False
    order_number: str | None = None


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, []),
        ({"siret": None}, ["le SIRET"]),
        ({"address": "", "postcode": None, "city": None}, ["l'adresse", "le code postal", "la ville"]),
        ({"order_number_required": True}, ["le numéro d'engagement"]),
        ({"order_number_required": True, "order_number": "E-12"}, []),
    ],
)
def test_what_an_invoice_lacks_of_a_customer_is_told(changed: dict[str, object], missing: list[str]) -> None:
    assert missing_identity(replace(Client(), **changed)) == missing  # type: ignore[arg-type]


def test_a_membership_crosses_another_unless_they_only_touch() -> None:
    held = [Held(date(2020, 1, 1), date(2022, 1, 1)), Held(date(2024, 1, 1), None)]
    assert crossed(held, date(2022, 1, 1), date(2024, 1, 1)) is None
    assert crossed(held, date(2022, 1, 1), None) is held[1]
    assert crossed(held, date(2021, 12, 31), date(2023, 1, 1)) is held[0]
    assert crossed(held, date(2020, 1, 1), date(2023, 1, 1)) is None  # the same one, corrected
    assert [in_words(each) for each in held] == ["du 01/01/2020 au 31/12/2021", "depuis le 01/01/2024"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("L'Étoile", "l-etoile"),
        ("CC des Villes Sœurs", "cc-des-villes-soeurs"),
        ("CC de la Haute Somme (Combles - Péronne)", "cc-de-la-haute-somme-combles-peronne"),
        ("Crécy‑en‑Ponthieu", "crecy-en-ponthieu"),  # typographic hyphens
    ],
)
def test_a_name_makes_a_code(name: str, code: str) -> None:
    assert slug(name) == code
    check_code(code)


def test_a_postcode_has_five_digits() -> None:
    check_postcode("80000")
    for wrong in ("8000", "800000", "8OOOO", "80 000"):
        with pytest.raises(Invalid, match="cinq chiffres"):
            check_postcode(wrong)
