"""Grids and quotes over the API: the same documents as the commands, and refusals in words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from dcops.cli import cli
from dcops.db import Database
from tests.dcops.api.conftest import Api

QUOTE = "/tariffs/quote?code=dc-baie-42u&customer=abbeville&on=2024-03-01"


def test_a_grid_is_the_one_of_the_command(world: Api) -> None:
    told = CliRunner().invoke(cli, ["tariffs", "list", "--year", "2024", "--json"], obj=world.parts).stdout
    document = world.get("/tariffs/2024").get_json()
    assert document == json.loads(told)
    assert len(document["lines"]) == 72
    items = world.get("/tariffs").get_json()["items"]
    assert [(item["tariff"], item["from"], item["to"]) for item in items] == [
        ("2023", "2023-01-01", "2024-01-01"), ("2024", "2024-01-01", None),
    ]  # fmt: skip


def test_a_quote_is_the_one_of_the_command(world: Api) -> None:
    command = ["tariffs", "quote", "dc-baie-42u", "--customer", "abbeville", "--on", "2024-03-01", "--json"]
    document = world.get(QUOTE, "accountant").get_json()
    assert document == json.loads(CliRunner().invoke(cli, command, obj=world.parts).stdout)
    assert (document["amount"], document["member"], document["tariff"]) == ("8400.00", True, "2024")


def test_a_quote_is_of_today_and_of_one_unless_said(world: Api) -> None:
    document = world.get("/tariffs/quote?code=vm1&customer=roye").get_json()
    assert (document["on"], document["quantity"]) == ("2024-06-15", "1")
    document = world.get("/tariffs/quote?code=domaine-autre-ext&customer=roye&supplier_price=10&quantity=2").get_json()
    assert (document["unit_price"], document["amount"]) == ("12.00", "24.00")


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/tariffs/1999", 404, "grilles chargées : 2023"),
        ("/tariffs/0", 404, "aucune grille tarifaire"),
        ("/tariffs/99999999999999999999", 404, "aucune grille tarifaire"),
        ("/tariffs/quote?customer=roye", 422, "code : valeur obligatoire absente"),
        ("/tariffs/quote?code=vm1&customer=roye&quantity=beaucoup", 422, "quantity : nombre attendu"),
        ("/tariffs/quote?code=vm1&customer=roye&quantity=-1", 422, "quantity : 0 au moins"),
        ("/tariffs/quote?code=vm1&customer=roye&quantity=NaN", 422, "quantity : nombre attendu"),
        ("/tariffs/quote?code=vm1&customer=roye&quantité=1", 422, "paramètre inconnu"),
        ("/tariffs/quote?code=vm&customer=roye", 404, "codes proches : vm"),
        ("/tariffs/quote?code=vm1&customer=atlantis", 404, "atlantis"),
        ("/tariffs/quote?code=dc-espace-privatif&customer=roye", 422, "sur devis"),
        ("/tariffs/quote?code=demat-autre&customer=roye", 422, "or Roye est une commune"),
        ("/tariffs/quote?code=domaine-autre-ext&customer=roye", 422, "prix suit celui du fournisseur"),
        ("/tariffs/quote?code=demat-commune&customer=roye", 422, "dépend de la population"),
    ],
)
def test_what_has_no_price_is_a_problem_with_its_remedy(world: Api, path: str, status: int, told: str) -> None:
    answer = world.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert told in answer.get_json()["detail"]


@pytest.mark.parametrize("path", ["/tariffs", "/tariffs/2024", QUOTE])
def test_grids_and_quotes_are_for_those_who_read_money(world: Api, path: str) -> None:
    assert world.get(path, "abbeville").status_code == 403
    assert world.get(path, None).status_code == 401
    assert world.get(path, "accountant").status_code == 200


def test_it_answers_alike_on_postgresql(build: Callable[[Database], Api], database: Database) -> None:
    world = build(database)
    assert world.get(QUOTE).get_json()["amount"] == "8400.00"
    assert len(world.get("/tariffs/2023").get_json()["lines"]) == 57
