"""The rules of the comparison: what each one compares, and which part of the world must answer for it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.errors import Invalid
from inventory.facts import ANTIVIRUS, BACKUPS, GUESTS, POWER, SPACE, TENANTS
from inventory.match import DOCUMENTED, REAL, SOLD


@dataclass(frozen=True, slots=True)
class Rule:
    """``truths`` are those that it compares, ``subject`` what their scopes must be about; see ``inventory.facts``."""

    code: str
    subject: str
    truths: frozenset[str]


SOURCES, STALE = "sources", "source.stale"
"""The subject of what is said of the sources themselves, and its rule; its scope is the name of the source."""

_ALL = SOLD, DOCUMENTED, REAL
_TABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("vm.unbilled", GUESTS, (SOLD, REAL)),
    ("vm.after-end", GUESTS, (SOLD, REAL)),
    ("vm.ghost", GUESTS, _ALL),
    ("vm.oversized", GUESTS, (SOLD, REAL)),
    ("vm.undersized", GUESTS, (SOLD, REAL)),
    ("vm.undocumented", GUESTS, (DOCUMENTED, REAL)),
    ("vm.misdocumented", GUESTS, (DOCUMENTED, REAL)),
    ("vm.tenant-differs", GUESTS, _ALL),
    ("vm.reused-id", GUESTS, _ALL),
    ("vm.ambiguous", GUESTS, _ALL),
    ("rack.oversold", SPACE, (SOLD, DOCUMENTED)),
    ("rack.overlap", SPACE, (SOLD, DOCUMENTED)),
    ("rack.squatter", SPACE, (SOLD, DOCUMENTED)),
    ("rack.sold-empty", SPACE, (SOLD, DOCUMENTED)),
    ("rack.position-differs", SPACE, (SOLD, DOCUMENTED)),
    ("rack.undocumented", SPACE, (SOLD, DOCUMENTED)),
    ("rack.misdocumented", SPACE, (SOLD, DOCUMENTED)),
    ("tenant.undocumented", TENANTS, (SOLD, DOCUMENTED)),
    ("backup.over-plan", BACKUPS, (SOLD, REAL)),
    ("backup.unbilled", BACKUPS, (SOLD, REAL)),
    ("backup.missing", BACKUPS, (SOLD, REAL)),
    ("nas.undocumented", SPACE, (SOLD, DOCUMENTED)),
    ("av.over-seats", ANTIVIRUS, (SOLD, REAL)),
    ("av.unused-seats", ANTIVIRUS, (SOLD, REAL)),
    ("power.unmetered-share", POWER, (SOLD, REAL)),
    ("power.over-capacity", POWER, (REAL,)),
    (STALE, SOURCES, ()),
)
RULES: Mapping[str, Rule] = {code: Rule(code, subject, frozenset(truths)) for code, subject, truths in _TABLE}


def rule_asked(asked: str | None) -> str | None:
    """The rule that a list is asked for, None for every one. Raises Invalid: a slip is not an empty list."""
    if asked is not None and asked not in RULES:
        raise Invalid(f"règle « {asked} » inconnue : {', '.join(RULES)}.")
    return asked
