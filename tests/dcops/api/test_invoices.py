"""Invoices and runs through the API: what accountants and each customer read, and nobody else."""

from __future__ import annotations

import json

import pytest

from dcops.billing import credit, runs, store
from dcops.billing.documents import document_of
from dcops.billing.exports import facturx
from dcops.billing.why import why
from tests.dcops.api.conftest import NOW, Api, billed
from tests.dcops.billing.year import SETTINGS

NUMBERS = ["F-2024-00001", "F-2024-00002", "F-2024-00003"]
"""Of Abbeville, Roye, then a credit note of Roye's."""


@pytest.fixture
def billing(world: Api) -> Api:
    """The world with 2024 issued, a credit note, and a draft on its way."""
    billed(world.parts)
    with world.parts.database.transaction() as tx:
        credit.credit(tx, NUMBERS[1], "Machine rendue", SETTINGS, "camille", NOW, [1], rebill=True)
    with world.parts.database.transaction() as tx:
        assert runs.draft(tx, 2024, SETTINGS, "camille", NOW) is not None
    return world


def test_a_customer_s_invoices_are_listed_the_latest_first(billing: Api) -> None:
    items = billing.get("/customers/roye/invoices").get_json()["items"]
    assert [(item["number"], item["kind"], item["credits"]) for item in items] == [
        (NUMBERS[2], "credit_note", NUMBERS[1]), (NUMBERS[1], "invoice", None),
    ]  # fmt: skip
    with billing.parts.database.transaction() as tx:
        row = store.document(tx, NUMBERS[1])
    assert (items[1]["net"], items[1]["gross"]) == (str(row.net), str(row.gross))
    assert items[1]["issued_on"] == "2024-06-15"
    assert items[0]["net"].startswith("-")


def test_pages_of_invoices_follow_each_other_without_loss_or_repeat(billing: Api) -> None:
    first = billing.get("/customers/roye/invoices?limit=1").get_json()
    second = billing.get(f"/customers/roye/invoices?limit=1&cursor={first['next']}").get_json()
    assert [page["items"][0]["number"] for page in (first, second)] == [NUMBERS[2], NUMBERS[1]]
    assert second["next"] is None


def test_a_commune_reads_its_own_invoices_and_no_other(billing: Api) -> None:
    assert [item["number"] for item in billing.get("/customers/abbeville/invoices", "abbeville").get_json()["items"]] \
        == [NUMBERS[0]]  # fmt: skip
    assert billing.get(f"/invoices/{NUMBERS[0]}", "abbeville").status_code == 200
    for part in ("", "/lines/1/why", "/pdf", "/xml"):
        other = billing.get(f"/invoices/{NUMBERS[1]}{part}", "abbeville")
        unknown = billing.get(f"/invoices/F-2024-00099{part}", "abbeville")
        assert (other.status_code, unknown.status_code) == (404, 404)
        assert other.get_data(as_text=True).replace(NUMBERS[1], "F-2024-00099") == unknown.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/billing/runs", "/billing/runs/2024-1"])
def test_a_commune_reads_no_run(billing: Api, path: str) -> None:
    assert billing.get(path, "abbeville").status_code == 403


@pytest.mark.parametrize("path", ["/invoices/F-1", "/invoices/F-2024-00001/lines/99/why", "/billing/runs/1999-1"])
def test_what_does_not_exist_is_404_as_a_problem(billing: Api, path: str) -> None:
    answer = billing.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("number", NUMBERS)
def test_an_invoice_is_the_document_that_every_exit_shows(billing: Api, number: str) -> None:
    with billing.parts.database.transaction() as tx:
        document = document_of(store.document(tx, number), SETTINGS).document()
    assert billing.get(f"/invoices/{number}").get_json() == json.loads(json.dumps(document))


def test_why_is_what_the_command_says(billing: Api) -> None:
    with billing.parts.database.transaction() as tx:
        said = why(tx, NUMBERS[1], 1).as_json()
    told = billing.get(f"/invoices/{NUMBERS[1]}/lines/1/why").get_json()
    for key in ("amount", "explanation", "grid_line", "price_class", "order", "energy", "credited_by", "from", "to"):
        assert told[key] == said[key], key
    assert told["credited_by"] == [NUMBERS[2]]
    assert len(told["terms"]) == len(said["terms"])


def test_files_are_those_of_the_exports(billing: Api) -> None:
    with billing.parts.database.transaction() as tx:
        document = document_of(store.document(tx, NUMBERS[0]), SETTINGS)
    xml = billing.get(f"/invoices/{NUMBERS[0]}/xml", "abbeville")
    assert (xml.mimetype, xml.data) == ("application/xml", facturx.xml(document))
    pdf = billing.get(f"/invoices/{NUMBERS[0]}/pdf", "abbeville")
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")


def test_runs_are_followed_from_draft_to_issue(billing: Api) -> None:
    items = billing.get("/billing/runs").get_json()["items"]
    assert [(item["run"], item["state"]) for item in items] == [("2024-2", "draft"), ("2024-1", "issued")]
    assert billing.get("/billing/runs?limit=1").get_json()["next"]
    issued = billing.get("/billing/runs/2024-1").get_json()
    assert [row["number"] for row in issued["invoices"]] == NUMBERS[:2]
    assert issued["issued_by"] == "camille"
    draft = billing.get("/billing/runs/2024-2").get_json()
    assert [row["number"] for row in draft["invoices"]] == [None]
    assert {line["customer"] for line in draft["skipped"]} == {"abbeville"}


def test_a_draft_is_no_invoice_of_its_customer(billing: Api) -> None:
    with billing.parts.database.transaction() as tx:
        runs.discard(tx, "2024-2")
    before = billing.get("/customers/roye/invoices").get_json()
    with billing.parts.database.transaction() as tx:
        runs.draft(tx, 2024, SETTINGS, "camille", NOW)
    assert billing.get("/customers/roye/invoices").get_json() == before
