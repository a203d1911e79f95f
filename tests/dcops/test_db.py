"""The schema: migrations, models and triggers agree on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from dcops import db
from dcops.auth import tokens, users
from dcops.catalogue.grids import load, shipped_text
from dcops.db import Database
from dcops.schema import metadata
from dcops.support.models import LedgerEntry
from inventory.errors import Invalid, Unavailable
from inventory.models import Customer, Membership
from inventory.orm import Transaction
from tests.postgres_server import Server


def test_models_and_migrations_tell_the_same_schema(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_a_database_of_an_earlier_version_keeps_what_it_holds(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    db.upgrade(database, "0001")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO customers (code, name, kind) VALUES ('roye', 'Roye', 'commune')"))
    with pytest.raises(Unavailable, match="dcops db upgrade"):
        database.require_current()
    db.upgrade(database)
    database.require_current()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT name FROM customers")) == "Roye"


def test_a_database_without_schema_is_refused_with_the_remedy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(Unavailable, match="dcops db upgrade"):
        database.require_current()


def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.add(Membership(customer_id=999, start=date(2024, 1, 1)))


def test_the_ledger_refuses_changes(database: Database) -> None:
    with database.transaction() as tx:
        customer = Customer(code="abbeville", name="Abbeville", kind="commune")
        tx.add(customer)
        tx.flush()
        tx.add(
            LedgerEntry(
                customer_id=customer.id,
                kind="goodwill",
                on=date(2024, 1, 1),
                minutes=60,
                author="t",
                recorded_at=datetime(2024, 1, 1, tzinfo=UTC),
            )
        )
    for sql in ("UPDATE hour_ledger SET minutes = 90", "DELETE FROM hour_ledger"):
        with pytest.raises(DBAPIError, match="append only"), database.transaction() as tx:
            tx.execute(text(sql))


def test_a_command_on_a_database_without_schema_gets_the_remedy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(Unavailable, match="dcops db upgrade"), database.transaction() as tx:
        tx.get(Customer, 1)


def test_a_server_that_does_not_answer_is_named_with_the_setting_to_check() -> None:
    database = Database("postgresql+psycopg://dcops:secret@127.0.0.1:1/dcops")
    with pytest.raises(Unavailable, match=r"Vérifier database\.url") as refused, database.transaction() as tx:
        tx.get(Customer, 1)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense:s3cret",
        "",
        "mysql://root:s3cret@host/dcops",
        "oracle://a:s3cret@b",
        "postgresql+nope://a:s3cret@b/c",
        "postgresql+asyncpg://a:s3cret@b/c",
    ],
)
def test_a_url_that_means_nothing_is_refused_with_what_is_expected(url: str) -> None:
    with pytest.raises(Invalid, match=r"database\.url.*postgresql\+psycopg") as refused:
        Database(url)
    assert "s3cret" not in str(refused.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file/deep"):
        Database(f"sqlite:///{tmp_path}/file/deep/dcops.db")


@pytest.mark.parametrize("ask", [Database.require_current, Database.revision, db.upgrade])
def test_whatever_is_asked_a_server_that_does_not_answer_is_named_in_one_line(
    ask: Callable[[Database], object],
) -> None:
    database = Database("postgresql+psycopg://dcops:secret@127.0.0.1:1/dcops")
    with pytest.raises(Unavailable, match=r"Vérifier database\.url") as refused:
        ask(database)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def _read(database: Database) -> None:
    with database.transaction() as tx:
        tx.get(Customer, 1)


@pytest.mark.parametrize("ask", [Database.require_current, db.upgrade, _read])
def test_a_file_that_is_no_database_is_refused_and_left(ask: Callable[[Database], object], tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("the minutes of a meeting, " * 20)
    with pytest.raises(Unavailable, match="n'est pas une base SQLite"):
        ask(Database(f"sqlite:///{file}"))
    assert file.read_text().startswith("the minutes")


def test_a_database_of_a_newer_version_is_not_told_to_upgrade_itself(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (Database.require_current, db.upgrade):
        with pytest.raises(Unavailable, match="9999, inconnue de ce programme"):
            ask(database)


def test_a_database_that_holds_tables_of_another_program_is_not_upgraded(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/other.db")
    with database.transaction() as tx:
        tx.execute(text("CREATE TABLE customers (name TEXT)"))
    with pytest.raises(Unavailable, match="customers already exists") as refused:
        db.upgrade(database)
    assert "CREATE" not in str(refused.value)
    assert database.revision() is None


@pytest.mark.postgres
def test_a_value_that_no_column_holds_is_refused_without_its_sql(postgres: Server) -> None:
    database = Database(postgres.create_from("template_dcops"))
    with pytest.raises(Invalid, match="une valeur ne tient pas") as refused, database.transaction() as tx:
        tx.add(Customer(code="c" * 999, name="x", kind="commune"))
    assert "INSERT" not in str(refused.value)
    database.dispose()


NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
WRITES: dict[str, Callable[[Transaction], object]] = {
    "user": lambda tx: users.add_user(tx, "sam", "Sam", "technician", "quatre mots pris au hasard", NOW),
    "close an account": lambda tx: users.disable(tx, "alex"),
    "token": lambda tx: tokens.create_token(tx, "other", "technician", NOW),
    "revoke": lambda tx: tokens.revoke(tx, "grafana", NOW),
    "grid": lambda tx: load(tx, shipped_text("2024"), "2025", date(2025, 1, 1), "Vote"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_that_reads_first_waits_for_the_writer_before_it(
    sqlite_database: Database, write: Callable[[Transaction], object]
) -> None:
    with sqlite_database.transaction() as tx:
        users.add_user(tx, "alex", "Alex", "technician", "quatre mots pris au hasard", NOW)
        tokens.create_token(tx, "grafana", "technician", NOW)

    def second() -> None:
        with sqlite_database.transaction() as tx:
            write(tx)

    with ThreadPoolExecutor() as pool:
        with sqlite_database.transaction() as tx:
            tx.add(Customer(code="abbeville", name="Abbeville", kind="commune"))
            tx.flush()
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        waiting.result(timeout=20)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [("disk I/O error", "libérer de la place"), ("database is locked", "autre écriture est en cours")],
)
def test_a_disk_or_a_lock_in_the_way_is_told_with_what_to_do(tmp_path: Path, words: str, remedy: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/dcops.db")
    with pytest.raises(Unavailable, match=remedy) as refused, database.answering():
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError(words))
    assert "database.url" not in str(refused.value)
