"""Membership by date, and identifiers that are checked before they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from inventory.customers import check_code, check_insee, check_siren, check_siret, is_member
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
