"""What ends soon, and where the invoices of a customer go, as scripts read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dcops.contracts.sale import Offer, sell
from tests.dcops.api.conftest import Api


def test_what_ends_soon_is_listed_for_those_who_read_money(world: Api) -> None:
    with world.parts.database.transaction() as tx:
        sell(tx, Offer("albert", "maint-poste", Decimal(2), date(2024, 1, 1), date(2024, 8, 1)))
    answer = world.get("/contracts/ending").get_json()
    assert (answer["on"], answer["within"]) == ("2024-06-15", 90)
    assert answer["items"] == [
        {
            "last_day": "2024-07-31", "what": "end", "customer": "albert", "order": "subscription", "id": 1,
            "name": "maint-poste", "code": "maint-poste", "eur_per_year": "288.00",
            "label": "Contrat maintenance postes informatiques (eng. 3 ans)",
        }
    ]  # fmt: skip
    assert world.get("/contracts/ending?within=30").get_json()["items"] == []
    assert world.get("/contracts/ending?within=30&on=2024-07-15&customer=albert").get_json()["items"] != []
    assert world.get("/contracts/ending?customer=atlantis").status_code == 404
    assert world.get("/contracts/ending?within=-1").status_code == 422
    assert world.get("/contracts/ending?on=9999-12-31").status_code == 422
    assert world.get("/contracts/ending", "abbeville").status_code == 403


def test_a_customer_tells_where_its_invoices_go(world: Api) -> None:
    detail = world.get("/customers/albert").get_json()
    assert (detail["address"], detail["order_number_required"], detail["populations"]) == ("", False, [])
    assert detail["missing"] == ["le SIRET", "l'adresse", "le code postal", "la ville"]
