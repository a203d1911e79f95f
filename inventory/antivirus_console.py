"""What the export of an antivirus console says: protected hosts by group and kind, whatever its columns are; pure."""

from __future__ import annotations

import codecs
import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from inventory.facts import Seats
from inventory.french import counted, folded, some
from inventory.mapping import ANTIVIRUS_GROUP, CONVENTION, CustomerRules

WORKSTATION, SERVER = "workstation", "server"
NO_GROUP = "(sans groupe)"
HEADER_WITHIN = 20
"""A console may write a title and a date before the names of its columns."""
_BINARY = "\0"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the console calls its columns, and the words by which it says that a host is a server."""

    group: str = "group"
    host: str = "host"
    kind: str = "type"
    server_words: Sequence[str] = ("server", "serveur")

    @property
    def names(self) -> tuple[str, str, str]:
        return self.group, self.host, self.kind


@dataclass(frozen=True, slots=True)
class Export:
    """The seats of an export, by group and kind, and what could not be read of it, in French."""

    seats: tuple[Seats, ...]
    faults: tuple[str, ...] = ()


def decoded(content: bytes) -> str:
    """The text of an export: UTF-16 or UTF-8, else as Windows writes it. Raises ValueError, in French, for no text."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _BINARY not in text:
            return text
    raise ValueError("ce n'est pas un fichier texte ; exporter la liste des postes de la console en CSV")


def read_export(text: str, columns: Columns, rules: CustomerRules = CONVENTION) -> Export:
    """The seats that an export counts; a host that a group has twice counts once.

    ``rules`` read whose a group is in its name. Raises ValueError, in French, when the columns are not there.
    """
    lines = list(text.splitlines())
    start = next((n for n, line in enumerate(lines[:HEADER_WITHIN]) if _is_header(line, columns)), None)
    if start is None:
        raise ValueError(_no_header(lines, columns))
    hosts: dict[tuple[str, str], _Host] = {}
    unread: defaultdict[str, list[int]] = defaultdict(list)
    try:
        for number, cells in _rows(lines, start, columns):
            host = _host(cells, columns.server_words)
            if isinstance(host, str):
                unread[host].append(number)
                continue
            known = hosts.setdefault((folded(host.group), folded(host.name)), host)
            known.is_server = known.is_server or host.is_server
    except csv.Error as error:
        return Export(_seats(hosts, rules), (*_faults(unread), f"lecture arrêtée : guillemets mal fermés ({error})."))
    return Export(_seats(hosts, rules), tuple(_faults(unread)))


@dataclass
class _Host:
    """One protected host as the console names it."""

    group: str
    name: str
    is_server: bool


def _delimiter(line: str) -> str:
    return max(";,\t", key=line.count)


def _cells(line: str) -> list[str]:
    try:
        return [folded(cell.strip()) for cell in next(csv.reader([line], delimiter=_delimiter(line)), [])]
    except csv.Error:
        return []


def _is_header(line: str, columns: Columns) -> bool:
    return {folded(name) for name in columns.names} <= set(_cells(line))


def _rows(lines: Sequence[str], start: int, columns: Columns) -> Iterator[tuple[int, tuple[str, str, str] | None]]:
    """(line number, group, host and kind) of each record; None for one that has not as many cells."""
    header = _cells(lines[start])
    places = [header.index(folded(name)) for name in columns.names]
    body = StringIO("\n".join(lines[start + 1 :]), newline="")
    reader = csv.reader(body, delimiter=_delimiter(lines[start]), strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            whole = len(cells) > max(places)
            group, host, kind = (cells[place].strip() if whole else "" for place in places)
            yield start + 1 + reader.line_num, (group, host, kind) if whole else None


def _host(cells: tuple[str, str, str] | None, server_words: Sequence[str]) -> _Host | str:
    """The host of a record, or why it is not counted."""
    if cells is None:
        return "cellules manquantes"
    group, name, kind = cells
    if not name or not kind:
        return "sans nom de poste" if not name else "sans type"
    return _Host(group or NO_GROUP, name, any(folded(word) in folded(kind) for word in server_words))


def _faults(unread: dict[str, list[int]]) -> Iterator[str]:
    for why, lines in unread.items():
        numbers = some([str(line) for line in lines])
        yield f"{counted(len(lines), 'ligne non comptée', 'lignes non comptées')}, {why} : {numbers}."


def _seats(hosts: dict[tuple[str, str], _Host], rules: CustomerRules) -> tuple[Seats, ...]:
    found: defaultdict[tuple[str, str], list[_Host]] = defaultdict(list)
    for (group, _), host in hosts.items():
        found[group, SERVER if host.is_server else WORKSTATION].append(host)
    return tuple(_told(kind, members, rules) for (_, kind), members in sorted(found.items(), key=lambda told: told[0]))


def _told(kind: str, members: Sequence[_Host], rules: CustomerRules) -> Seats:
    group = members[0].group
    holder = None if group == NO_GROUP else rules.code(ANTIVIRUS_GROUP, group)
    return Seats(holder, kind, len(members), group=group, hosts=tuple(sorted(host.name for host in members)))


def _no_header(lines: Sequence[str], columns: Columns) -> str:
    named = ", ".join(f"« {name} »" for name in columns.names)
    first = next((line for line in lines if line.strip()), "")
    found = ", ".join(cell for cell in _cells(first) if cell)[:200] or "aucune"
    keys = "customer_column, host_column et kind_column de [antivirus]"
    return f"colonnes {named} introuvables (trouvées : {found}) ; régler {keys}"
