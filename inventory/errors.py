"""Refusals a person can act on: each names the thing and the remedy, in the user's language."""

from __future__ import annotations

from inventory.french import counted


class DomainError(Exception):
    """A request that cannot be carried out; ``str(error)`` is one clear sentence for a person."""


class NotFound(DomainError):
    """The named thing does not exist (or is not visible to the asker)."""


class Invalid(DomainError):
    """The input is malformed or breaks a rule."""


class Conflict(DomainError):
    """The request contradicts what is already recorded."""


class Forbidden(DomainError):
    """The asker has not the permission."""


class Unavailable(DomainError):
    """An outside system (source, meter, database) does not answer or refuses us."""


class ImportRefused(Invalid):
    """A file was refused as a whole.

    ``problems`` lists (line, column, reason); line 1 is the header row.
    """

    def __init__(self, name: str, problems: list[tuple[int, str, str]]) -> None:
        self.problems = problems
        shown = "\n".join(f"  {place(line, column)} : {reason}" for line, column, reason in problems)
        super().__init__(f"{name} : {counted(len(problems), 'erreur')}, rien n'a été importé.\n{shown}")


def place(line: int, column: str) -> str:
    """Where a problem of a file is; the column is empty when it is the whole line."""
    return f"ligne {line}, colonne {column}" if column else f"ligne {line}"
