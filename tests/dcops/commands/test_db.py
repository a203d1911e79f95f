"""``dcops db``: what is saved comes back whole, and nothing is lost by mistake."""

from __future__ import annotations

import json
import resource
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.db import Database, head
from dcops.wiring import Parts
from inventory import store
from inventory.errors import Conflict, DomainError, Invalid, Unavailable
from inventory.imports import import_customers
from tests.postgres_server import Server


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], obj=parts)


def document(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def add(parts: Parts, code: str) -> None:
    with parts.database.transaction() as tx:
        import_customers(tx, "c", f"code,name,kind\n{code},{code},commune\n")


def codes(parts: Parts) -> list[str]:
    with parts.database.transaction() as tx:
        return [customer.code for customer in store.customers(tx)]


def refusal(parts: Parts, *args: object) -> DomainError:
    error = run(parts, *args).exception
    assert isinstance(error, DomainError), error
    return error


def test_what_is_saved_comes_back_and_what_was_there_is_kept(parts: Parts, tmp_path: Path) -> None:
    file = tmp_path / "saved.db"
    add(parts, "before")
    told = document(parts, "db", "backup", file)
    assert (told["file"], told["revision"], told["bytes"]) == (str(file), head(), file.stat().st_size)
    add(parts, "after")
    restored = document(parts, "db", "restore", file)
    assert codes(parts) == ["before"]
    kept = replace(parts, database=Database(f"sqlite:///{restored['kept']}"))
    assert codes(kept) == ["after", "before"]
    kept.database.dispose()


def test_a_backup_is_taken_while_the_database_is_written(parts: Parts, tmp_path: Path) -> None:
    add(parts, "before")
    with parts.database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind\nunfinished,u,commune\n")
        assert document(parts, "db", "backup", tmp_path / "saved.db")["revision"] == head()
    with sqlite3.connect(tmp_path / "saved.db") as saved:
        assert saved.execute("SELECT code FROM customers").fetchall() == [("before",)]
    assert [path.name for path in tmp_path.glob("saved*")] == ["saved.db"]  # nothing beside it


def test_a_restored_file_fills_an_empty_place(parts: Parts, tmp_path: Path) -> None:
    add(parts, "before")
    document(parts, "db", "backup", tmp_path / "saved.db")
    elsewhere = replace(parts, database=Database(f"sqlite:///{tmp_path}/new/dcops.db"))
    assert document(elsewhere, "db", "restore", tmp_path / "saved.db")["kept"] is None
    assert codes(elsewhere) == ["before"]
    elsewhere.database.dispose()


@pytest.mark.parametrize("damage", ["header", "pages"])
def test_a_damaged_database_is_replaced_and_kept_byte_for_byte(parts: Parts, tmp_path: Path, damage: str) -> None:
    add(parts, "abbeville")
    saved = tmp_path / "saved.db"
    document(parts, "db", "backup", saved)
    broken = _damaged(saved, tmp_path / "broken.db", damage)
    before = broken.read_bytes()
    there = replace(parts, database=Database(f"sqlite:///{broken}"))
    kept = document(there, "db", "restore", saved)["kept"]
    assert codes(there) == ["abbeville"]
    assert Path(kept).read_bytes() == before


def _damaged(saved: Path, broken: Path, damage: str) -> Path:
    content = bytearray(saved.read_bytes())
    start, end = (0, 100) if damage == "header" else (4096 * 3, 4096 * 20)
    content[start:end] = b"\xff" * (end - start)
    broken.write_bytes(content)
    return broken


def test_a_backup_never_overwrites(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    assert isinstance(refusal(parts, "db", "backup", tmp_path / "mine"), Conflict)
    assert isinstance(refusal(parts, "db", "backup", parts.database.url.database), Conflict)
    assert (tmp_path / "mine").read_text() == "precious"
    assert isinstance(refusal(parts, "db", "backup", tmp_path / "nowhere" / "saved.db"), Unavailable)


def test_a_backup_that_finds_no_room_leaves_nothing(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    with sqlite3.connect(str(parts.database.url.database)) as large:
        large.execute("CREATE TABLE filler AS SELECT zeroblob(16000000) AS room")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, before[1]))
    try:
        assert "sauvegarde impossible" in str(refusal(parts, "db", "backup", folder / "saved.db"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(folder.iterdir()) == []


def test_what_is_not_a_backup_of_dcops_changes_nothing(parts: Parts, tmp_path: Path) -> None:
    add(parts, "before")
    (tmp_path / "text").write_text("not a database, but long enough to look like one" * 10)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    newer = tmp_path / "newer.db"
    document(parts, "db", "backup", newer)
    with sqlite3.connect(newer) as saved:
        saved.execute("UPDATE alembic_version SET version_num = '9999'")
    for name, words in {
        "absent": "introuvable",
        "text": "pas une sauvegarde",
        "other.db": "pas une",
        "newer.db": "9999",
    }.items():
        assert words in str(refusal(parts, "db", "restore", tmp_path / name))
    assert codes(parts) == ["before"]
    assert not list(Path(str(parts.database.url.database)).parent.glob("*.before-restore"))


@pytest.mark.postgres
def test_postgresql_is_sent_to_its_own_tools(postgres: Server, parts: Parts, tmp_path: Path) -> None:
    database = Database(postgres.create_from("template_dcops"))
    there = replace(parts, database=database)
    for action, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        error = refusal(there, "db", action, tmp_path / "saved")
        assert isinstance(error, Invalid)
        assert tool in str(error)
    database.dispose()


def test_upgrade_and_check_answer_in_json(parts: Parts) -> None:
    assert document(parts, "db", "upgrade") == {
        "database": parts.database.safe_url,
        "revision": head(),
        "tariffs_loaded": [],
    }
    assert document(parts, "db", "check")["current"] is True
