"""A run killed half way, a database held by another, a disk without room: nothing half written, and one can go on."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from dcops.billing import exporting, runs, store
from dcops.db import Database
from inventory.errors import Unavailable
from tests.dcops.billing.year import NOW, SETTINGS, customer, machine, mailboxes
from tests.forked import command, forked

DCOPS = (sys.executable, "-c", "from dcops.cli import main; main()")
MANY = 60
SELLER = {
    "DCOPS_OPERATOR__SIRET": "25800436500015", "DCOPS_OPERATOR__ADDRESS": "1 rue de l'Exemple",
    "DCOPS_OPERATOR__POSTCODE": "80000", "DCOPS_OPERATOR__CITY": "Amiens",
}  # fmt: skip


@pytest.fixture
def environ(database: Database) -> Mapping[str, str]:
    """What a process needs to work on the database of the test."""
    url = database.url.render_as_string(hide_password=False)
    return {**os.environ, **SELLER, "DCOPS_DATABASE__URL": url}


def start(environ: Mapping[str, str], *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*DCOPS, *args], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def dcops(environ: Mapping[str, str], *args: str) -> dict[str, object]:
    process = start(environ, *args, "--json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    found: dict[str, object] = json.loads(out)
    return found


def kills(environ: Mapping[str, str], *args: str) -> Iterator[int]:
    """Start a command over and over and kill it a little later each time, until it ends by itself."""
    delay = 0.05
    while True:
        process = forked(command, environ, *args)
        process.join(delay)
        if not process.is_alive():
            return
        process.kill()
        process.join()
        delay *= 1.4
        yield process.exitcode or 0


def numbers(database: Database) -> list[str | None]:
    with database.transaction() as tx:
        return list(tx.scalars(text("SELECT number FROM invoices ORDER BY id")))


def fill(database: Database) -> None:
    with database.transaction() as tx:
        for place in range(MANY):
            who = customer(tx, f"commune-{place:03d}")
            machine(tx, who)
            mailboxes(tx, who, 10)


def test_a_run_killed_while_it_drafts_or_issues_leaves_all_or_nothing_and_goes_on(
    database: Database, environ: Mapping[str, str]
) -> None:
    fill(database)
    for code in kills(environ, "billing", "run", "--year", "2024"):
        assert code == -signal.SIGKILL
        assert numbers(database) in ([], [None] * MANY)
    assert numbers(database) == [None] * MANY
    expected = [f"F-{time.localtime().tm_year}-{place:05d}" for place in range(1, MANY + 1)]
    for _ in kills(environ, "billing", "issue", "2024-1"):
        assert numbers(database) in ([None] * MANY, expected)
    assert numbers(database) == expected
    again = dcops(environ, "billing", "run", "--year", "2024")
    assert (again["invoices"], again["net"]) == ([], "0.00")


def test_a_database_held_by_another_process_is_told_and_nothing_is_written(
    sqlite_database: Database, environ_of_sqlite: Mapping[str, str]
) -> None:
    with sqlite_database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    path = str(sqlite_database.url.database)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        process = start(environ_of_sqlite, "billing", "run", "--year", "2024")
        out, err = process.communicate(timeout=60)
        other.execute("ROLLBACK")
    assert (process.returncode, out) == (1, "")
    assert "Une autre écriture est en cours, réessayer dans un instant" in err
    assert err.count("\n") == 1
    assert numbers(sqlite_database) == []


@pytest.fixture
def environ_of_sqlite(sqlite_database: Database) -> Mapping[str, str]:
    """The same, waiting a fifth of a second for a lock."""
    return {**os.environ, **SELLER, "DCOPS_DATABASE__URL": f"sqlite:///{sqlite_database.url.database}?timeout=0.2"}


@pytest.mark.parametrize("form", ["facturx", "titres-csv"])
def test_an_export_without_room_says_so_and_leaves_whole_files_only(
    sqlite_database: Database, tmp_path: Path, form: str
) -> None:
    with sqlite_database.transaction() as tx:
        for code in ("abbeville", "roye"):
            machine(tx, customer(tx, code))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
        runs.issue(tx, "2024-1", SETTINGS, "moi", NOW)
        batch = exporting.batch(tx, "2024-1", SETTINGS)
    folder = tmp_path / "out"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        with pytest.raises(Unavailable, match="export impossible dans"):
            exporting.write(batch, form, folder, SETTINGS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(folder.iterdir()) == []
    assert exporting.write(batch, form, folder, SETTINGS).files


def test_an_export_written_again_is_the_same_to_the_byte(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
        runs.issue(tx, "2024-1", SETTINGS, "moi", NOW)
    written = []
    for name in ("one", "two"):
        with sqlite_database.transaction() as tx:
            batch = exporting.batch(tx, "2024-1", SETTINGS)
        for form in ("facturx", "html", "titres-csv"):
            exporting.write(batch, form, tmp_path / name, SETTINGS)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert sorted(written[0]) == ["F-2025-00001.html", "F-2025-00001.pdf", "titres-2024-1-F.csv"]


def test_a_run_that_is_not_issued_is_not_exported(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
        with pytest.raises(Exception, match="pas émise"):
            exporting.batch(tx, "2024-1", SETTINGS)
        with pytest.raises(Exception, match="ni campagne ni facture"):
            exporting.batch(tx, "2024-9", SETTINGS)
        assert store.issued(tx) == []
