"""How a CSV file of rows becomes typed values, every fault named by line and column; pure but for ``read_file``."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from inventory.errors import Invalid
from inventory.french import counted

Problem = tuple[int, str, str]
"""(line, column, reason): line 1 is the header row, the reason is a French sentence."""
Converter = Callable[[str], Any]
"""From a stripped, non-empty cell to a value; raises ValueError with a French reason."""

_SEPARATOR = "sep="
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """The converted cells of one line; an empty or absent optional cell is None.

    ``untold`` are the columns that the whole file leaves out.
    """

    line: int
    values: Mapping[str, Any]
    untold: Set[str] = frozenset()


class BadCell(Exception):
    """A well-formed cell that cannot be accepted: ``column`` and a French ``reason``."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason
        super().__init__(f"{column} : {reason}")


def read_file(path: Path) -> str:
    """The text of a UTF-8 file, byte order mark removed. Raises Invalid naming the file and the bad byte."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Invalid(f"fichier illisible : {path} ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        where = f"l'octet {error.start} (ligne {content[: error.start].count(10) + 1})"
        raise Invalid(f"{path} : {where} n'est pas de l'UTF-8 ; enregistrer le fichier en « CSV UTF-8 ».") from None


def read_rows(
    text: str, columns: Mapping[str, Converter], optional: Set[str] = frozenset()
) -> tuple[list[Row], list[Problem]]:
    """The good rows of a CSV text, and every problem of the others.

    ``;`` or ``,`` is detected in the header row; blank lines are skipped, and what spreadsheets add: a first line
    ``sep=;``, empty columns on the right. An ``optional`` column may be
    left out of the header, and its cells may be empty. A header in fault gives no row at all.
    """
    text = text.removeprefix("\ufeff")
    lines = _lines(text)
    try:
        _, cells = next(lines)
    except StopIteration:
        return [], [(1, "", "fichier vide : il faut une ligne d'en-tête.")]
    except csv.Error as error:
        return [], [(1, "", f"en-tête illisible ({error}).")]
    header = [cell.strip().lower() for cell in _trimmed(cells, 0)]
    problems = list(_header_problems(header, columns, optional))
    if problems:
        return [], problems
    return _body(lines, header, columns, optional)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(first line number, cells) of each record: a quoted cell may span several lines."""
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith(_SEPARATOR)), "")
    reader = csv.reader(StringIO(text, newline=""), delimiter=";" if ";" in header else ",", strict=True)
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells) and (before or not cells[0].startswith(_SEPARATOR)):
            yield before + 1, cells
        before = reader.line_num


def _trimmed(cells: list[str], width: int) -> list[str]:
    """The cells without the empty ones on the right, beyond a width."""
    filled = max((number for number, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[: max(width, filled)]


def _header_problems(header: list[str], columns: Mapping[str, Converter], optional: Set[str]) -> Iterator[Problem]:
    for name in columns:
        if name not in header and name not in optional:
            yield 1, name, "colonne manquante."
    for number, name in enumerate(header, start=1):
        if name not in columns:
            shown = name or f"n° {number}"
            yield 1, shown, f"colonne inconnue ; colonnes attendues : {', '.join(columns)}."
        elif name in header[: number - 1]:
            yield 1, name, "colonne présente deux fois."


def _body(
    lines: Iterator[tuple[int, list[str]]], header: list[str], columns: Mapping[str, Converter], optional: Set[str]
) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    untold = frozenset(columns) - frozenset(header)
    last = 1
    try:
        for last, cells in lines:
            values, faults = _convert(header, cells, columns, optional)
            if faults:
                problems += [(last, column, reason) for column, reason in faults]
            else:
                rows.append(Row(last, values, untold))
    except csv.Error as error:
        problems.append((last + 1, "", f"ligne illisible : guillemets mal fermés ou caractère interdit ({error})."))
    return rows, problems


def _convert(
    header: list[str], cells: list[str], columns: Mapping[str, Converter], optional: Set[str]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    cells = _trimmed(cells, len(header))
    if len(cells) != len(header):
        where = header[len(cells)] if len(cells) < len(header) else f"n° {len(header) + 1}"
        remedy = "" if len(cells) < len(header) else " : mettre entre guillemets ce qui contient le séparateur"
        return {}, [(where, f"{counted(len(cells), 'cellule')} au lieu de {len(header)}{remedy}.")]
    values: dict[str, Any] = dict.fromkeys(columns)
    faults: list[tuple[str, str]] = []
    for name, cell in zip(header, cells, strict=True):
        stripped = cell.strip()
        if not stripped:
            if name not in optional:
                faults.append((name, "valeur obligatoire absente."))
            continue
        try:
            values[name] = columns[name](stripped)
        except ValueError as error:
            faults.append((name, str(error)))
    return values, faults


def text_up_to(limit: int) -> Converter:
    """A converter of plain text of at most ``limit`` characters, without control characters."""

    def convert(cell: str) -> str:
        if len(cell) > limit:
            raise ValueError(f"{len(cell)} caractères, {limit} au plus.")
        if any(unicodedata.category(letter) == "Cc" for letter in cell):
            raise ValueError("caractère de contrôle ou retour à la ligne interdit.")
        return cell

    return convert


text = text_up_to(200)
"""Plain text of at most 200 characters."""


def integer(cell: str) -> int:
    """A whole number written with digits only."""
    if not _INTEGER.fullmatch(cell):
        raise ValueError(f"« {cell} » n'est pas un nombre entier.")
    return int(cell)


def integer_between(low: int, high: int = 2**31 - 1) -> Converter:
    """A converter of whole numbers of [low, high]."""

    def convert(cell: str) -> int:
        number = integer(cell)
        if number < low:
            raise ValueError(f"{number} : il faut au moins {low}.")
        if number > high:
            raise ValueError(f"{number} : il faut au plus {high}.")
        return number

    return convert


def decimal(cell: str) -> Decimal:
    """An exact number with a decimal point; a decimal comma is refused rather than guessed."""
    if "," in cell:
        raise ValueError(f"« {cell} » : écrire les décimales avec un point, par exemple 1.5, sans espace.")
    if not _DECIMAL.fullmatch(cell):
        raise ValueError(f"« {cell} » n'est pas un nombre.")
    return Decimal(cell)


def day(cell: str) -> date:
    """A calendar day written 2024-03-01."""
    try:
        if _DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"« {cell} » : cette date n'existe pas.") from None
    raise ValueError(f"« {cell} » : écrire la date sous la forme 2024-03-01.")


def instant(cell: str) -> datetime:
    """An ISO 8601 instant with its offset, such as 2024-03-01T00:00:00+01:00."""
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"« {cell} » : écrire l'instant sous la forme 2024-03-01T00:00:00+01:00.") from None
    if at.tzinfo is None:
        raise ValueError(f"« {cell} » : préciser le décalage horaire, par exemple {cell}+01:00 ou {cell}Z.")
    return at


def choice(*allowed: str) -> Converter:
    """A converter that accepts one of the allowed words, whatever the case."""

    def convert(cell: str) -> str:
        word = cell.lower()
        if word not in allowed:
            raise ValueError(f"« {cell} » : choisir parmi {', '.join(allowed)}.")
        return word

    return convert
