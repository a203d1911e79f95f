"""Real databases for every test: a migrated SQLite file, and a PostgreSQL server started from its pip package."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from dcops import db, wiring
from dcops.catalogue.grids import load_shipped
from dcops.config import Settings
from dcops.db import Database
from inventory.clock import FixedClock
from tests import postgres_server
from tests.chromium import browser
from tests.quick_python import compile_routes_once, pytest_collection_finish

__all__ = ["browser", "pytest_collection_finish"]
compile_routes_once()

settings.register_profile("dcops", deadline=None)  # no test looks at a clock
settings.load_profile("dcops")
NOW = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Real recordings kept outside the project; tests that need them skip where they are absent."""
    path = Path(os.environ.get("DCOPS_RECORDINGS", SHARED / "recordings"))
    if not path.is_dir():
        pytest.skip(f"recordings absent ({path})")
    return path


@pytest.fixture(scope="session")
def seed() -> Path:
    """The customer's document and its tables as CSV, kept outside the project."""
    path = Path(os.environ.get("DCOPS_SEED", SHARED / "seed"))
    if not path.is_dir():
        pytest.skip(f"seed absent ({path})")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    db.upgrade(database)
    with database.transaction() as tx:
        load_shipped(tx)
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A PostgreSQL server of this test process, with a migrated template database."""
    with postgres_server.running() as server:
        _migrate(server.create("template_dcops"))
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh migrated database with the shipped grids: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "dcops.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        opened = Database(f"sqlite:///{path}")
    else:
        opened = Database(request.getfixturevalue("postgres").create_from("template_dcops"))
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A fresh migrated SQLite database, for tests of what does not depend on the engine."""
    path = tmp_path / "dcops.db"
    shutil.copy(sqlite_template, path)
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def parts(sqlite_database: Database, clock: FixedClock) -> wiring.Parts:
    """The parts of an installation on a fresh SQLite database at a fixed instant."""
    return wiring.Parts(Settings(), sqlite_database, clock, {})
