"""The account commands as an operator types them."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from dcops.auth.users import authenticate
from dcops.cli import cli
from dcops.config import Settings
from dcops.db import Database
from dcops.wiring import Parts
from inventory.clock import FixedClock
from tests.conftest import NOW

FIRST, SECOND = "quatre mots pris au hasard", "cinq autres mots pris au hasard"


def call(parts: Parts, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["users", *words], obj=parts, input=typed)


def test_an_account_is_made_closed_opened_again_and_given_another_password(sqlite_database: Database) -> None:
    parts = Parts(Settings(), sqlite_database, FixedClock(NOW), {})
    made = call(parts, "add", "alex", "--name", "Alex Dubois", "--role", "accountant", "--password-stdin", typed=FIRST)
    assert made.exit_code == 0, made.output
    call(parts, "disable", "alex")
    assert json.loads(call(parts, "list", "--json").stdout)["users"][0]["disabled"] is True
    call(parts, "enable", "alex")
    changed = call(parts, "password", "alex", typed=f"{SECOND}\n{SECOND}\n")
    assert "mot de passe de alex changé" in changed.stdout
    assert SECOND not in changed.output
    with sqlite_database.transaction() as tx:
        assert authenticate(tx, "alex", FIRST) is None
        assert authenticate(tx, "alex", SECOND) is not None


def test_an_unknown_login_is_named(sqlite_database: Database) -> None:
    parts = Parts(Settings(), sqlite_database, FixedClock(NOW), {})
    refused = call(parts, "password", "personne", "--password-stdin", typed=SECOND)
    assert refused.exit_code == 1
    assert "« personne »" in str(refused.exception)
