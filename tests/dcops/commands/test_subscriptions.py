"""``dcops subscriptions`` as a script calls it: sold, amended, shown, listed, refused."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import DomainError
from tests.dcops.contracts.world import customers

NEW = ("albert", "maint-poste", "--quantity", "6", "--from", "2024-01-01", "--notice-months", "3")
WHY = ("--reason", "demande du client", "--author", "Dominique")


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, ["subscriptions", *map(str, args)], obj=parts)


def told(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def refusal(parts: Parts, *args: object) -> str:
    result = run(parts, *args)
    assert isinstance(result.exception, DomainError), result.output
    return str(result.exception)


@pytest.fixture
def shop(parts: Parts) -> Parts:
    with parts.database.transaction() as tx:
        customers(tx)
    return parts


def test_a_subscription_lives_from_its_sale_to_its_end(shop: Parts) -> None:
    rehearsed = told(shop, "add", *NEW, "--dry-run")
    assert (rehearsed["id"], rehearsed["price"]["amount"]) == (None, "864.00")
    assert told(shop, "list") == []
    assert told(shop, "add", *NEW, "--renewal-months", "12")["id"] == 1

    change = ("amend", 1, "--from", "2024-06-01", "--quantity", "8", *WHY)
    assert told(shop, *change, "--dry-run")["amendment"] is None
    recorded = told(shop, *change)
    assert (recorded["amendment"]["author"], recorded["effect"]["difference"]) == ("Dominique", "288.00")

    ended = told(shop, "end", 1, "--to", "2025-07-01", *WHY)
    assert (ended["exit"]["due"], ended["billed_to"]) == ("1732.73", None)  # 1152 × 184/365 + 1152
    shown = told(shop, "show", 1, "--exit", "2026-12-31")
    assert [(term["from"], term["to"], term["quantity"]) for term in shown["terms"]] == [
        ("2024-01-01", "2024-06-01", "6"),
        ("2024-06-01", "2025-07-01", "8"),
    ]
    assert [each["kind"] for each in shown["amendments"]] == ["change", "end"]
    assert (shown["commitment"]["commitment_to"], shown["exit"]["due"]) == ("2027-01-01", "3.16")
    assert told(shop, "resume", 1, *WHY)["effect"]["difference"] == "1152.00"
    assert told(shop, "list")[0]["to"] is None


def test_the_list_is_that_of_a_day(shop: Parts) -> None:
    told(shop, "add", *NEW)
    told(shop, "amend", 1, "--from", "2024-06-01", "--quantity", "8", *WHY)
    told(shop, "add", "cc-coquelicot", "connect-epci", "--quantity", "1", "--from", "2024-03-01", "--to", "2024-07-01")
    for day, quantities in (
        ("2023-12-31", []),
        ("2024-02-01", ["6"]),
        ("2024-06-15", ["8", "1"]),
        ("2024-08-01", ["8"]),
    ):
        assert [row["quantity"] for row in told(shop, "list", "--on", day)] == quantities
    assert [row["code"] for row in told(shop, "list", "--customer", "cc-coquelicot")] == ["connect-epci"]
    soon = told(shop, "list", "--ending-within", "90")
    assert [(row["code"], row["ending"]) for row in soon] == [
        ("connect-epci", [{"last_day": "2024-06-30", "what": "end"}])
    ]
    ending = told(shop, "ending", "--within", "1000")
    assert [(each["last_day"], each["what"]) for each in ending["items"]] == [
        ("2024-06-30", "end"), ("2026-12-31", "commitment"),
    ]  # fmt: skip
    assert "30/06/2024  fin du contrat : Cc-Coquelicot" in run(shop, "ending").stdout


def test_it_reads_as_sentences(shop: Parts) -> None:
    assert "abonnement n° 1 : Contrat maintenance postes" in run(shop, "add", *NEW).stdout
    assert "effet : −864,00 € HT par an" in run(shop, "end", 1, "--to", "2025-01-01", *WHY).stdout.replace("\xa0", " ")
    shown = run(shop, "show", 1).stdout
    assert "6, du 01/01/2024 au 31/12/2024" in shown
    assert "engagement de 36 mois, jusqu'au 31/12/2026" in shown
    warned = run(shop, "add", "albert", "connect-epci", "--quantity", 1, "--from", "2024-01-01").stdout
    assert "attention : connect-epci" in warned


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("add", *NEW, "--to", "2023-12-01"), "avant d'avoir commencé"),
        (("add", "albert", "dc-espace-privatif", "--quantity", 1, "--from", "2024-01-01"), "sur devis"),
        (("add", "nulle-part", "maint-poste", "--quantity", 1, "--from", "2024-01-01"), "nulle-part"),
        (("show", 9), "abonnement n° 9"),
        (("end", 1, "--to", "2023-12-01", *WHY), "avant d'avoir commencé"),
        (("resume", 1, *WHY), "rien à reprendre"),
        (("amend", 1, "--from", "2024-06-01", *WHY), "dire ce qui change"),
        (("amend", 1, "--from", "2024-06-01", "--quantity", 0, *WHY), "mettre fin"),
        (("list", "--customer", "nulle-part"), "nulle-part"),
        (("ending", "--customer", "nulle-part"), "nulle-part"),
    ],
)
def test_a_refusal_is_one_sentence(shop: Parts, args: tuple[object, ...], words: str) -> None:
    told(shop, "add", *NEW)
    assert words in refusal(shop, *args)


def test_a_reason_is_asked(shop: Parts) -> None:
    told(shop, "add", *NEW)
    assert run(shop, "end", 1, "--to", "2025-01-01").exit_code == 2


def test_a_file_says_what_deserves_a_look(shop: Parts, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("customer,code,quantity,from\nalbert,connect-epci,1,2024-01-01\n", encoding="utf-8")
    report = told(shop, "import", file)
    assert (report["imported"], len(report["warnings"])) == (1, 1)
    assert told(shop, "list")[0]["quantity"] == str(Decimal(1))
