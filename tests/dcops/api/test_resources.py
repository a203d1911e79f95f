"""What each resource answers, to whom, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from openapi_spec_validator import validate

from dcops.auth.tokens import revoke
from dcops.db import Database
from inventory import store
from inventory.models import AntivirusSeats, Machine, NasPlan, NasUnit
from tests.dcops.api.conftest import NOW, Api


def test_hours_of_a_customer(world: Api) -> None:
    document = world.get("/customers/abbeville/hours", "abbeville").get_json()
    assert document["customer"] == "abbeville"
    assert (document["bought_minutes"], document["used_minutes"], document["remaining_minutes"]) == (300, 45, 255)
    assert document["packs"][0]["expires_on"] == "2027-03-01"
    before = world.get("/customers/abbeville/hours?on=2024-02-29", "abbeville").get_json()
    assert (before["on"], before["bought_minutes"], before["packs"]) == ("2024-02-29", 0, [])


@pytest.mark.parametrize("path", ["", "/hours", "/subscriptions", "/invoices", "/energy?from=2024-01-01&to=2024-02-01"])
def test_another_communes_data_looks_like_an_unknown_customer(world: Api, path: str) -> None:
    other = world.get(f"/customers/roye{path}", "abbeville")
    unknown = world.get(f"/customers/nowhere{path}", "abbeville")
    assert (other.status_code, unknown.status_code) == (404, 404)
    assert other.get_data(as_text=True).replace("roye", "nowhere") == unknown.get_data(as_text=True)


@pytest.mark.parametrize("path", ["", "/hours", "/subscriptions", "/invoices"])
def test_an_unknown_customer_is_404_as_a_problem(world: Api, path: str) -> None:
    answer = world.get(f"/customers/atlantis{path}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    problem = answer.get_json()
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert "atlantis" in problem["detail"]


@pytest.mark.parametrize("secret", [None, "dcops_faux", "", "é"])
def test_without_a_valid_token_it_is_401_and_says_how(world: Api, secret: str | None) -> None:
    answer = world.get("/customers", secret)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_is_401(world: Api) -> None:
    with world.parts.database.transaction() as tx:
        revoke(tx, "technicien", NOW)
    assert world.get("/customers").status_code == 401


@pytest.mark.parametrize("path", ["/findings", "/racks", "/racks/A01", "/machines", "/nas", "/antivirus"])
def test_a_commune_has_no_access_to_the_operators_lists(world: Api, path: str) -> None:
    assert world.get(path, "abbeville").status_code == 403
    assert world.get(path, "technician").status_code == 200


def test_a_commune_lists_itself_only(world: Api) -> None:
    assert [item["code"] for item in world.get("/customers", "abbeville").get_json()["items"]] == ["abbeville"]
    assert len(world.get("/customers").get_json()["items"]) == 3


@pytest.mark.parametrize("path", ["/customers", "/findings", "/machines", "/racks", "/nas", "/antivirus"])
def test_pages_follow_each_other_without_loss_or_repeat(world: Api, path: str) -> None:
    whole = world.get(path).get_json()["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = world.get(f"{path}?limit=2{f'&cursor={cursor}' if cursor else ''}").get_json()
        assert len(page["items"]) <= 2
        found, cursor = found + page["items"], page["next"]
    assert found == whole


def test_orders_tell_their_days_and_a_box_all_its_plans(world: Api) -> None:
    with world.parts.database.transaction() as tx:
        who = store.customer(tx, "roye")
        box = NasUnit(serial="SN-9", customer=who, plan_gb=60, start=date(2024, 1, 1))
        box.plans.append(NasPlan(start=date(2024, 3, 1), plan_gb=120, author="c", reason="r", recorded_at=NOW))
        seats = AntivirusSeats(customer=who, kind="server", quantity=3, start=date(2024, 1, 1), end=date(2024, 2, 1))
        sizes = {"vcpu": 1, "ram_gb": 2, "disk_gb": 20, "backup_days": 30}
        tx.add_all([box, seats, Machine(customer=who, name="neuve", start=date(2024, 1, 1), **sizes)])
    (told,) = world.get("/nas?customer=roye").get_json()["items"]
    assert [(plan["plan_gb"], plan["from"], plan["to"]) for plan in told["plans"]] == [
        (60, "2024-01-01", "2024-03-01"), (120, "2024-03-01", None),
    ]  # fmt: skip
    (told,) = world.get("/antivirus?customer=roye").get_json()["items"]
    assert (told["kind"], told["quantity"], told["to"]) == ("server", 3, "2024-02-01")
    assert 30 in [each["backup_days"] for each in world.get("/machines?customer=roye").get_json()["items"]]


def test_findings_are_dearest_first_and_priced(world: Api) -> None:
    items = world.get("/findings?rule=vm.unbilled&state=open").get_json()["items"]
    assert [item["eur_per_year"] for item in items] == ["730.00", "365.00", "365.00", "0.00", "0.00"]
    assert items[1]["eur_since_seen"] == "10.00"
    assert world.get("/findings?state=verified").get_json() == {"items": [], "next": None}
    whose = world.get("/findings?state=all&customer=roye").get_json()["items"]
    assert whose
    assert {item["customer"] for item in whose} == {"roye"}
    for resource in ("findings", "machines", "nas", "antivirus"):
        assert world.get(f"/{resource}?customer=nobody").status_code == 404


def test_a_rack_says_what_is_sold_and_free(world: Api) -> None:
    rack = world.get("/racks/A01").get_json()
    assert (rack["half_units_sold"], rack["half_units_free"], rack["feeds"]) == (42, 42, ["A", "B"])
    assert rack["shares"][0]["customer"] == "abbeville"
    assert world.get("/racks/Z99").status_code == 404


def test_holdings_of_a_period(world: Api) -> None:
    document = world.get("/customers/abbeville/subscriptions", "accountant").get_json()
    assert (document["from"], document["to"]) == ("2024-01-01", "2025-01-01")
    assert "assist-5h" in {item["code"] for item in document["items"]}


def test_energy_is_this_civil_year_s_unless_days_are_given(world: Api) -> None:
    document = world.get("/customers/abbeville/energy").get_json()
    assert (document["from"][:10], document["to"][:10]) == ("2023-12-31", "2024-12-31")  # Paris midnights, in UTC
    document = world.get("/customers/abbeville/energy?to=2024-02-01").get_json()
    assert (document["from"][:10], document["to"][:10]) == ("2023-12-31", "2024-01-31")


@pytest.mark.parametrize("who", ["technician", "accountant", "abbeville"])
def test_the_invoices_of_a_customer_are_an_empty_page_until_one_is_issued(world: Api, who: str) -> None:
    assert world.get("/customers/abbeville/invoices?limit=10", who).get_json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "path",
    [
        "/customers?limit=0", "/customers/roye/invoices?cursor=xxx", "/customers/roye/invoices?limit=0",
        "/customers?limit=abc", "/customers?limit=1000", "/customers?cursor=xxx",
        "/customers?page=2", "/findings?rule=a&rule=b", "/findings?cursor=WzFd",
        "/machines?cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OV0",
        "/customers?cursor=WyJcdTAwMDAiXQ", "/customers?cursor=é", "/customers/a%00b", "/findings?rule=%00",
        "/customers/roye/energy?from=2024-02-01&to=2024-01-01", "/customers/roye/energy?from=x&to=y",
        "/findings?state=ouvert", "/customers/roye/energy?from=1900-01-01&to=2024-01-01",
        "/customers/roye/energy?from=2024-01-01&to=2024-02-01&by=week",
    ],
)  # fmt: skip
def test_bad_parameters_are_422_with_words(world: Api, path: str) -> None:
    answer = world.get(path)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert len(answer.get_json()["detail"]) > 10


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/customers?limit=abc", "limit : nombre entier attendu"),
        ("/customers?limit=0", "limit : 1 au moins"),
        ("/customers?page=2", "page : paramètre inconnu"),
        ("/customers/roye/hours?on=hier", "on : date attendue, telle que 2024-01-31"),
        ("/customers/roye/energy?by=week", "by : valeurs possibles : 'hour', 'day', 'month' ou 'year'"),
        (f"/findings?cursor={'x' * 501}", "cursor : 500 caractères au plus"),
    ],
)
def test_a_refused_parameter_is_named_with_its_remedy(world: Api, path: str, told: str) -> None:
    assert world.get(path).get_json()["detail"] == f"paramètre invalide : {told}"


@pytest.mark.parametrize(("path", "method", "status"), [("/nowhere", "GET", 404), ("/customers", "DELETE", 405)])
def test_unknown_addresses_and_methods_are_problems(world: Api, path: str, method: str, status: int) -> None:
    answer = world.get(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["status"] == status


def test_too_many_requests_are_429_as_a_problem(world: Api) -> None:
    world.app.config["API_RATE"] = "3/hour"
    codes = [world.get("/customers").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    refused = world.get("/customers")
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert world.get("/customers", "accountant").status_code == 200


def test_the_openapi_document_is_valid_and_complete(world: Api) -> None:
    spec = world.app.test_client().get("/api/openapi.json").get_json()
    validate(spec)
    assert set(spec["paths"]) == {
        "/api/v1/customers", "/api/v1/customers/{code}", "/api/v1/customers/{code}/hours",
        "/api/v1/customers/{code}/energy", "/api/v1/customers/{code}/subscriptions",
        "/api/v1/customers/{code}/invoices", "/api/v1/contracts/ending", "/api/v1/findings",
        "/api/v1/racks", "/api/v1/racks/{name}", "/api/v1/racks/{name}/shares", "/api/v1/placements",
        "/api/v1/machines", "/api/v1/nas", "/api/v1/antivirus", "/api/v1/findings/{number}/done",
        "/api/v1/findings/{number}", "/api/v1/findings/{number}/acknowledge",
        "/api/v1/findings/{number}/ignore", "/api/v1/plans", "/api/v1/plans/{number}",
        "/api/v1/plans/{number}/apply", "/api/v1/plans/{number}/abandon",
        "/api/v1/tariffs", "/api/v1/tariffs/{year}", "/api/v1/tariffs/quote",
        "/api/v1/invoices/{number}", "/api/v1/invoices/{number}/lines/{position}/why",
        "/api/v1/invoices/{number}/pdf", "/api/v1/invoices/{number}/xml",
        "/api/v1/billing/runs", "/api/v1/billing/runs/{name}",
        "/api/v1/meters", "/api/v1/meters/{name}/readings", "/api/v1/meters/{name}/energy",
        "/api/v1/racks/{name}/energy", "/api/v1/shares/{share}/energy", "/api/v1/site/energy",
        "/api/v1/meters/exceptions", "/api/v1/meters/exceptions/{number}",
        "/api/v1/meters/exceptions/{number}/decision", "/api/v1/alerts",
    }  # fmt: skip
    asked = [
        (name, each) for name, path in spec["paths"].items() for way, each in path.items() if way in ("get", "post")
    ]
    for name, path in asked:
        assert path["security"] == [{"token": []}]
        assert path["summary"]
        assert "null" not in str(path.get("parameters"))
        (answer,) = [each for status, each in path["responses"].items() if status in ("200", "201")]
        content = answer["content"]
        ((kind, told),) = content.items()
        file = {"pdf": "application/pdf", "xml": "application/xml"}.get(name.rpartition("/")[2])
        assert kind == (file or "application/json")
        assert ("$ref" in told["schema"]) is (file is None)
    assert "HTTPError" not in str(spec)


def test_it_answers_alike_on_postgresql(build: Callable[[Database], Api], database: Database) -> None:
    world = build(database)
    for path in ("/customers?limit=1", "/findings?limit=2", "/machines?limit=2", "/racks", "/customers/roye/hours"):
        assert world.get(path).status_code == 200
    cursor = world.get("/findings?limit=2").get_json()["next"]
    assert len(world.get(f"/findings?limit=9&cursor={cursor}").get_json()["items"]) == 3
