"""The file of a console: there, absent, old, huge, unreadable."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from inventory.antivirus_console import Columns
from inventory.clock import FixedClock
from inventory.facts import ANTIVIRUS, Scope, ScopeStatus
from inventory.sources.antivirus import MOST_BYTES, AntivirusSource
from tests.conftest import NOW


def scope_of(file: Path, columns: Columns | None = None, days: int = 0) -> Scope:
    if file.is_file():
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(file, (at, at))
    snapshot = AntivirusSource(file, FixedClock(NOW), 35, columns or Columns()).facts()
    (scope,) = snapshot.scopes
    assert (snapshot.source, snapshot.kind, scope.name, scope.subject) == ("antivirus", "real", "antivirus", ANTIVIRUS)
    return scope


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "console.csv"
    path.write_text("group;host;type\nRoye;PC-1;Poste\n", encoding="cp1252")
    return path


def test_a_whole_file(file: Path) -> None:
    scope = scope_of(file, days=35)
    assert (scope.status, scope.faults, len(scope.facts)) == (ScopeStatus.COMPLETE, (), 1)


def test_an_old_file_is_told_and_proves_no_absence(file: Path) -> None:
    scope = scope_of(file, days=36)
    assert (scope.status, len(scope.facts)) == (ScopeStatus.PARTIAL, 1)
    assert "de plus de 35 jours : exporter de nouveau" in scope.faults[0]


def test_lines_that_are_not_counted_make_it_partial(file: Path) -> None:
    file.write_text("group;host;type\nRoye;PC-1;Poste\nRoye;;Poste\n")
    scope = scope_of(file)
    assert scope.status is ScopeStatus.PARTIAL
    assert scope.faults == ("export de l'antivirus : 1 ligne non comptée, sans nom de poste : 3.",)


def test_no_file(tmp_path: Path) -> None:
    scope = scope_of(tmp_path / "absent.csv")
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert "absent.csv ; l'y faire déposer par la console, ou corriger console_file" in scope.faults[0]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    scope = scope_of(tmp_path)
    assert scope.status is ScopeStatus.FAILED
    assert "illisible" in scope.faults[0]


def test_a_huge_file_is_refused_without_being_read(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(200 * 1024**2)  # sparse: it takes no place on the disk
    scope = scope_of(file)
    assert scope.status is ScopeStatus.FAILED
    assert f"200 Mo, {MOST_BYTES // 1024**2} au plus" in scope.faults[0]


def test_a_binary_file_and_other_columns_are_refused(file: Path) -> None:
    assert "introuvables" in scope_of(file, Columns(group="client")).faults[0]
    file.write_bytes(b"PK\x03\x04\x00\x00\x00")
    scope = scope_of(file)
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert "pas un fichier texte" in scope.faults[0]


def test_an_export_of_nobody_is_whole_and_empty(file: Path) -> None:
    """The engine doubts it where the console had hosts before."""
    file.write_text("group;host;type\n")
    scope = scope_of(file)
    assert (scope.status, scope.facts) == (ScopeStatus.COMPLETE, ())
