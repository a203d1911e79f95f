"""How the rows of a file are applied: all of them or none, unless the bad ones are to be set aside."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from inventory.csv_import import BadCell, Converter, Problem, Row, read_rows
from inventory.customers import Dated
from inventory.errors import ImportRefused, Invalid, place
from inventory.french import counted
from inventory.orm import Transaction

T = TypeVar("T")
HEADER_LINE = 1


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: rows written, rows already there as they are, bad rows set aside with their problems.

    ``warnings`` are of rows that were taken all the same.
    """

    name: str
    imported: int
    skipped: int
    problems: Sequence[Problem] = ()
    unchanged: int = 0
    warnings: Sequence[Problem] = ()

    def document(self) -> dict[str, Any]:
        return {
            "file": self.name,
            "imported": self.imported,
            "unchanged": self.unchanged,
            "skipped": self.skipped,
            "problems": _documents(self.problems),
            "warnings": _documents(self.warnings),
        }

    def human(self) -> str:
        head = (
            f"{self.name} : {counted(self.imported, 'ligne importée', 'lignes importées')}, "
            f"{counted(self.unchanged, 'inchangée')}, {counted(self.skipped, 'écartée')}."
        )
        tail = [f"  {place(line, column)} : {reason}" for line, column, reason in self.problems]
        tail += [f"  attention, {place(line, column)} : {reason}" for line, column, reason in self.warnings]
        return "\n".join([head, *tail])


def _documents(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [{"line": line, "column": column, "reason": reason} for line, column, reason in problems]


def import_rows(
    tx: Transaction,
    name: str,
    text: str,
    columns: Mapping[str, Converter],
    optional: Set[str],
    apply: Callable[[Row], bool],
    *,
    skip_bad: bool = False,
) -> ImportReport:
    """Apply each row of a file; ``apply`` writes one row and says whether it changed anything.

    ``apply`` raises BadCell before it writes. Raises ImportRefused with every problem, leaving nothing
    written, unless ``skip_bad``; a header in fault is refused in any case.
    """
    rows, problems = read_rows(text, columns, optional)
    written = unchanged = 0
    with tx.begin_nested():
        for row in rows:
            try:
                changed = apply(row)
            except BadCell as error:
                problems.append((row.line, error.column, error.reason))
                continue
            written += changed
            unchanged += not changed
        problems.sort()
        if problems and (not skip_bad or problems[0][0] == HEADER_LINE):
            raise ImportRefused(name, problems)
    skipped = len({line for line, _, _ in problems})
    return ImportReport(name, written, skipped, tuple(problems), unchanged)


def known(column: str, word: str, found: Mapping[str, T], name: str) -> T:
    """The thing of that name. Raises BadCell when the installation does not know it."""
    if name not in found:
        raise BadCell(column, f"{word} « {name} » introuvable : l'importer d'abord ou corriger le nom.")
    return found[name]


def check(column: str, rule: Callable[..., object], *values: object) -> None:
    """Turn a rule's refusal into a problem of that column."""
    try:
        rule(*values)
    except Invalid as error:
        raise BadCell(column, str(error)) from None


def check_period(start: date, end: date | None) -> None:
    """Refuse an end that is not after the start: periods are half open, ``to`` is the day after the last one."""
    if end is not None and end <= start:
        raise BadCell("to", f"{end} n'est pas après le début {start} (« to » est le lendemain du dernier jour).")


def check_followed(held: Dated, end: date | None, others: Iterable[Dated]) -> None:
    """Refuse to move an end on, or to take it back, where another order took over that day: both would be held."""
    if held.end is None or (end is not None and end <= held.end):
        return
    if any(other.start == held.end for other in others):
        raise BadCell(
            "to",
            f"une autre commande prend la suite de celle-ci le {held.end:%d/%m/%Y} : écrire « {held.end} », "
            "ou retirer la ligne.",
        )


_ATTRIBUTES = {"from": "start", "to": "end"}


def completed(values: Mapping[str, Any], thing: object | None, row: Row) -> dict[str, Any]:
    """The values of a row; a column that the file leaves out keeps what the thing already has."""
    untold = {_ATTRIBUTES.get(column, column) for column in row.untold} if thing is not None else set()
    kept = {name: getattr(thing, name) for name in untold if name in values and values[name] is None}
    return {**values, **kept}


class Told:
    """What the rows of one file say of each thing: said twice alike is once, said otherwise is refused."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, Row] = {}

    def once(self, key: Hashable, row: Row, column: str) -> None:
        """Raise BadCell when an earlier row of the file said something else of that thing."""
        before = self._rows.setdefault(key, row)
        different = [name for name, value in row.values.items() if before.values[name] != value]
        if different:
            where = f"à la ligne {before.line}"
            raise BadCell(column, f"déjà décrit autrement {where} ({', '.join(different)}) : garder une seule ligne.")


def assign(thing: object, values: Mapping[str, Any]) -> bool:
    """Set the attributes that differ; whether one did."""
    different = {name: value for name, value in values.items() if getattr(thing, name) != value}
    for name, value in different.items():
        setattr(thing, name, value)
    return bool(different)
