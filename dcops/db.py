"""The database: engine with safe defaults, transactions, and whether its schema is up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import Session

from inventory.errors import Conflict, Invalid, Unavailable
from inventory.french import folded
from inventory.orm import ARCHIVE_DIR, Transaction

PATIENCE_S = "30"
"""How long a write waits for another one on SQLite; ``?timeout=`` in the URL replaces it."""
EXPECTED = "attendu « sqlite:///FICHIER » ou « postgresql+psycopg://UTILISATEUR@HÔTE/BASE »"
_OF_THE_DATABASE = (OperationalError, ProgrammingError, DatabaseError)
"""Failures of the database itself; the other kinds of DatabaseError are of what was asked."""
_REMEDIES = {
    "readonly database": "Rendre le fichier et son dossier modifiables par dcops.",
    "not a database": "Ce fichier n'est pas une base SQLite : vérifier database.url.",
    "is malformed": "Le fichier est abîmé : restaurer une sauvegarde (« dcops db restore FICHIER »).",
    "disk is full": "Libérer de la place sur le disque.",
    "disk I/O error": "Le disque est plein ou en défaut : libérer de la place, puis réessayer.",
    "is locked": "Une autre écriture est en cours, réessayer dans un instant.",
}
_SOLD_TWICE = "cet espace est déjà vendu ces jours-là : relire l'élévation de la baie, puis choisir un autre espace."
_TOO_HIGH = "une part de baie ne dépasse pas sa baie : vérifier la hauteur de la baie et la place de ses parts."
_REFUSED = {
    "already sold on some of these days": _SOLD_TWICE,
    "shares_exclusive": _SOLD_TWICE,
    "a share lies inside its rack": _TOO_HIGH,
}
"""What ``dcops.migrations.exclusive`` refuses, in the words of both databases, and what to tell of it."""


class Database:
    """One database. Ways in open a transaction; use cases receive it. Raises Invalid on a URL that means nothing."""

    def __init__(self, url: str, archive_dir: Path = Path("var/archives")) -> None:
        self.url = _parsed(url)
        self.archive_dir = archive_dir  # transactions tell it: part of what is read there is in files
        self.engine = _engine(self.url)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit on success, roll back on any exception.

        Raises Invalid on a value that no column holds, Conflict on space sold twice or above its rack, and Unavailable,
        with the remedy, when nothing answers or when the schema is not the one expected.
        """
        try:
            info = {ARCHIVE_DIR: self.archive_dir}
            with Session(self.engine, expire_on_commit=False, info=info) as session, session.begin():
                yield session
        except DataError as error:
            raise Invalid(f"une valeur ne tient pas dans la base ({_why(error)}).") from error
        except IntegrityError as error:
            told = next((told for words, told in _REFUSED.items() if words in _why(error)), None)
            if told is None:
                raise
            raise Conflict(told) from error
        except DatabaseError as error:
            if type(error) not in _OF_THE_DATABASE:
                raise
            raise self._unavailable(error) from error

    def _unavailable(self, error: DBAPIError) -> Exception:
        """What to tell of a statement that the database refused or did not answer."""
        try:
            self.require_current()
        except Unavailable as outdated:
            return outdated
        if isinstance(error, ProgrammingError):
            return error
        return Unavailable(f"la base {self.safe_url} a refusé l'opération : {_why(error)}. {_remedy(error)}")

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Raise Unavailable, with the remedy, when nothing answers as a database at that URL."""
        try:
            yield
        except DBAPIError as error:
            known = _remedy(error, "Vérifier database.url.")
            raise Unavailable(f"la base {self.safe_url} ne répond pas ({_why(error)}). {known}") from error

    def dispose(self) -> None:
        self.engine.dispose()

    def revision(self) -> str | None:
        """The migration the database is at; None when it has never been migrated. Raises Unavailable."""
        from alembic.migration import MigrationContext

        with self.answering(), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def require_current(self) -> None:
        """Raise Unavailable, with the remedy, unless the schema is the one this version expects."""
        found, expected = self.revision(), head()
        if found == expected:
            return
        if found is not None and found not in revisions():
            raise Unavailable(_too_recent(self, found))
        state = "n'est pas initialisée" if found is None else f"est à la version {found}, attendu {expected}"
        raise Unavailable(f"la base {self.safe_url} {state} : lancer « dcops db upgrade ».")

    @property
    def safe_url(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)


def _too_recent(database: Database, found: str) -> str:
    return f"la base {database.safe_url} est à la version {found}, inconnue de ce programme : le mettre à jour."


def _why(error: DBAPIError) -> str:
    """The driver's own words, on one line."""
    return " ".join(str(error.orig).split())


def _remedy(error: DBAPIError, otherwise: str = "Réessayer dans un instant.") -> str:
    """What to do about a failure that SQLite names the same way everywhere."""
    return next((remedy for words, remedy in _REMEDIES.items() if words in _why(error)), otherwise)


def _parsed(text: str) -> URL:
    """The URL of a database that dcops works on; what was written may hold a password and is not repeated."""
    try:
        url = make_url(text)
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError, NoSuchModuleError):
        raise Invalid(f"réglage database.url illisible : {EXPECTED}.") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise Invalid(f"réglage database.url : {url.get_backend_name()} n'est pas pris en charge ; {EXPECTED}.")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        _make_folder(Path(url.database).parent)
    engine = create_engine(url.set(query=url.query | {"timeout": url.query.get("timeout", PATIENCE_S)}))
    event.listen(engine, "connect", _sqlite_pragmas)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"dossier de la base impossible à créer : {folder} ({error.strerror}).") from None


def _sqlite_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN, not the driver's late one
    connection.create_function("folded", 1, folded, deterministic=True)  # see inventory.conditions.Folded
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _alembic_config(url: str | None = None) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("dcops") / "migrations"))
    if url is not None:
        config.attributes["url"] = url
    return config


def head() -> str:
    """The newest migration shipped with this version."""
    from alembic.script import ScriptDirectory

    revision = ScriptDirectory.from_config(_alembic_config()).get_current_head()
    assert revision is not None
    return revision


def revisions() -> frozenset[str]:
    """Every migration that this version knows."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions())


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema to the newest migration, or to one before it, whole or not at all.

    Raises Unavailable when the database does not answer, is newer than this version, or holds tables of its own.
    """
    from alembic import command

    found = database.revision()
    if found is not None and found not in revisions():
        raise Unavailable(_too_recent(database, found))
    config = _alembic_config()
    try:
        with _rebuilding(database.engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except DatabaseError as error:
        remedy = _remedy(error, "Rien n'a changé.")
        raise Unavailable(
            f"la base {database.safe_url} n'a pas pu être mise à jour ({_why(error)}). {remedy}"
        ) from error


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be made anew: SQLite changes a column only so, and drops no table referred to.

    It looks at references again before the end instead of at each row.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        bare = connection.connection.dbapi_connection
        assert isinstance(bare, sqlite3.Connection)
        bare.execute("PRAGMA foreign_keys=OFF")  # of no effect once a transaction has begun
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise Unavailable(
                        f"la mise à jour laisserait des renvois sans cible dans {broken[0]} : rien n'a changé."
                    )
        finally:
            bare.execute("PRAGMA foreign_keys=ON")
