"""What the antivirus protects, read in the CSV file that its console leaves on a disk; never writes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from inventory.antivirus_console import Columns, Export, decoded, read_export
from inventory.clock import Clock
from inventory.errors import Invalid
from inventory.facts import ANTIVIRUS, Scope, ScopeStatus, Snapshot
from inventory.french import instant
from inventory.mapping import CONVENTION, CustomerRules

NAME = "antivirus"
MOST_BYTES = 20 * 1024**2
"""A hundred thousand hosts; what is larger is no export of a console."""


@dataclass(frozen=True)
class AntivirusSource:
    """The export of one console; its only scope is "antivirus". A file older than ``stale_days`` makes it PARTIAL."""

    kind: ClassVar[str] = "real"
    file: Path
    clock: Clock
    stale_days: int = 35
    columns: Columns = field(default_factory=Columns)
    rules: CustomerRules = CONVENTION
    name: str = NAME

    def facts(self) -> Snapshot:
        """The seats that the console counts. Never raises for what the file is: the scope says it, in French."""
        taken_at, started = self.clock.now(), time.perf_counter()
        try:
            scope = self._scope(taken_at)
        except Invalid as error:
            scope = Scope(NAME, ScopeStatus.FAILED, faults=(str(error),), subject=ANTIVIRUS)
        return Snapshot(self.name, self.kind, taken_at, time.perf_counter() - started, (scope,))

    def _scope(self, now: datetime) -> Scope:
        export, written_at = read_console(self.file, self.columns, self.rules)
        faults = [f"export de l'antivirus : {fault}" for fault in export.faults]
        if now - written_at > timedelta(days=self.stale_days):
            faults.append(
                f"export de l'antivirus du {instant(written_at)}, de plus de {self.stale_days} jours : "
                f"exporter de nouveau la liste de la console vers {self.file}."
            )
        status = ScopeStatus.PARTIAL if faults else ScopeStatus.COMPLETE
        return Scope(NAME, status, export.seats, tuple(faults), ANTIVIRUS)


def read_console(file: Path, columns: Columns, rules: CustomerRules = CONVENTION) -> tuple[Export, datetime]:
    """What a file says, and when it was written. Raises Invalid, naming the file and the remedy."""
    try:
        told = file.stat()
        if told.st_size > MOST_BYTES:
            raise Invalid(
                f"{file} : {told.st_size // 1024**2} Mo, {MOST_BYTES // 1024**2} au plus ; "
                "ce n'est pas l'export d'une console."
            )
        export = read_export(decoded(file.read_bytes()), columns, rules)
    except FileNotFoundError:
        raise Invalid(
            f"export de l'antivirus absent : {file} ; l'y faire déposer par la console, ou corriger console_file."
        ) from None
    except OSError as error:
        raise Invalid(f"export de l'antivirus illisible : {file} ({error.strerror}).") from None
    except ValueError as error:
        raise Invalid(f"{file} : {error}.") from None
    return export, datetime.fromtimestamp(told.st_mtime, UTC)
