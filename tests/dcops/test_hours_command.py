"""``dcops hours`` and ``dcops users`` as a script calls them."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import Conflict
from inventory.models import Customer, Membership


@pytest.fixture
def abbeville(parts: Parts) -> Parts:
    with parts.database.transaction() as tx:
        member = Membership(start=date(2020, 1, 1))
        tx.add(Customer(code="abbeville", name="Abbeville", kind="commune", memberships=[member]))
    return parts


def run(parts: Parts, *args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(args), obj=parts, input=stdin)


def test_sell_log_correct_balance_and_statement(abbeville: Parts) -> None:
    def document(*args: str) -> dict:  # type: ignore[type-arg]
        return json.loads(run(abbeville, *args, "--json").stdout)  # type: ignore[no-any-return]

    assert document("hours", "sell", "abbeville", "assist-2h30", "--on", "2024-03-01")["minutes"] == 150
    logged = document("hours", "log", "abbeville", "--minutes", "40", "--on", "2024-06-01", "--what", "Imprimante")
    assert (logged["minutes"], logged["logged_minutes"], logged["balance"]["remaining_minutes"]) == (-45, 40, 105)
    document("hours", "correct", str(logged["id"]), "--reason", "doublon")
    balance = document("hours", "balance", "abbeville", "--on", "2024-06-15")
    assert (balance["remaining_minutes"], balance["on"]) == (150, "2024-06-15")
    assert len(document("hours", "statement", "abbeville", "--year", "2024")["entries"]) == 3


def test_people_read_hours_and_a_spreadsheet_runs_no_formula(abbeville: Parts) -> None:
    run(abbeville, "hours", "sell", "abbeville", "assist-2h30")
    run(abbeville, "hours", "log", "abbeville", "--minutes", "30", "--what", "=HYPERLINK()", "--author", "alex")
    assert "reste 2 h 00" in run(abbeville, "hours", "balance", "abbeville").stdout
    rows = run(abbeville, "hours", "statement", "abbeville", "--year", "2024", "--csv").stdout.splitlines()
    assert rows[0].startswith("écriture;date;nature;minutes")
    assert rows[2].split(";")[3:8] == ["-30", "30", "", "'=HYPERLINK()", "alex"]


def test_given_minutes_without_term(abbeville: Parts) -> None:
    assert run(abbeville, "hours", "give", "abbeville", "--minutes", "60", "--reason", "panne").exit_code == 0
    assert "1 h 00, sans terme" in run(abbeville, "hours", "balance", "abbeville").stdout


def test_a_refusal_is_a_sentence_and_a_bad_date_is_wrong_usage(abbeville: Parts) -> None:
    refused = run(abbeville, "hours", "log", "abbeville", "--minutes", "30", "--what", "x")
    assert isinstance(refused.exception, Conflict)
    assert "vendre un forfait" in str(refused.exception)
    assert run(abbeville, "hours", "balance", "abbeville", "--on", "31/12/2024").exit_code == 2


def test_users_and_tokens(abbeville: Parts) -> None:
    add = ("users", "add", "alex", "--name", "Alex Dubois", "--role", "technician", "--password-stdin")
    assert run(abbeville, *add, stdin="quatre mots pris au hasard\n").exit_code == 0
    secret = run(abbeville, "users", "token", "portail", "--role", "commune", "--customer", "abbeville").stdout.strip()
    assert secret.startswith("dcops_")
    assert json.loads(run(abbeville, "users", "revoke", "portail", "--json").stdout)["revoked"] is True
    assert json.loads(run(abbeville, "users", "disable", "alex", "--json").stdout) == {
        "login": "alex",
        "disabled": True,
    }
    listed = run(abbeville, "users", "list", "--json").stdout
    assert secret not in listed
    assert json.loads(listed)["tokens"] == [
        {"name": "portail", "role": "commune", "customer": "abbeville", "revoked": True}
    ]
