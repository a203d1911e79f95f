"""Who sends a write to NetBox: one person at a time, and a process that died holds it no longer than its lease."""

from __future__ import annotations

from datetime import timedelta

from dcops.db import Database
from dcops.plans.claims import LEASE, free, take
from tests.conftest import NOW


def test_a_write_is_one_person_s_until_it_ends_or_its_lease_does(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        assert take(tx, 7, "alex", NOW) == ""
        assert take(tx, 8, "sam", NOW) == ""  # another write
        assert take(tx, 7, "sam", NOW + LEASE - timedelta(seconds=1)).startswith("alex l'envoie depuis")
        assert take(tx, 7, "sam", NOW + LEASE) == ""
        assert take(tx, 7, "alex", NOW + LEASE).startswith("sam l'envoie depuis")
        free(tx, 7)
        assert take(tx, 7, "alex", NOW + LEASE) == ""
