"""What a run knows of the guests as rows: what is read back, and how long an approval lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dcops.db import Database
from inventory import store
from inventory.link_rows import keep_links, link_of
from inventory.links import Link
from inventory.removals import approve

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
GUEST = Link("pve-a", 101, "qemu", "u-1", ("AA:BB",), "web", "n1", sold="machine/1@pve-a/101", documented="7@pve-a/101")
AWAY = replace(GUEST, missing_since=NOW, missing_runs=2, undocumented_since=NOW, undocumented_runs=1)


def after(database: Database, *links: Link) -> list[Link]:
    """The links as the next run reads them, once a run left these."""
    with database.transaction() as tx:
        rows = store.guest_links(tx)
        keep_links(tx, rows, [link_of(row) for row in rows], links, NOW)
    with database.transaction() as tx:
        return [link_of(row) for row in store.guest_links(tx)]


def test_links_are_read_back_as_they_were_left(sqlite_database: Database) -> None:
    for link in (AWAY, replace(AWAY, reused=True), replace(GUEST, gone=True)):
        assert after(sqlite_database, link) == [link]
    assert after(sqlite_database) == []


def test_an_absence_that_was_approved_is_approved_until_it_ends(sqlite_database: Database) -> None:
    after(sqlite_database, AWAY)
    with sqlite_database.transaction() as tx:
        approve(tx, "pve-a", "alex")
    longer = replace(AWAY, missing_runs=3, approved=True)
    assert after(sqlite_database, longer) == [longer]
    assert after(sqlite_database, GUEST) == [GUEST]  # it came back
    assert after(sqlite_database, AWAY) == [AWAY]  # and leaves again: a person is asked again
