"""The findings that a bulk action is about: those ticked, or all of a filter; what identifies them as seen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

from flask import request, url_for

from dcops.web.board import wanted_of
from dcops.web.context import now
from inventory import board_store
from inventory.errors import Conflict
from inventory.findings import MOVES, State, check_move
from inventory.models import Finding
from inventory.orm import Transaction, row_id

BOX, EVERY = "finding", "tout"
"""Names of the address: one finding ticked; every one of the filter beside it."""
DIGITS = 20
"""Of the longest number that is looked at: longer ones name nothing."""


@dataclass(frozen=True)
class Selection:
    """The findings, the dearest first; ``back`` is the list that they were chosen from."""

    found: list[Finding]
    back: str

    @property
    def ids(self) -> list[int]:
        return [finding.id for finding in self.found]

    def split(self, after: State) -> tuple[list[Finding], list[tuple[Finding, str]]]:
        """Those that may go to a state, and those that may not with why."""
        may = [finding for finding in self.found if after in MOVES[State(finding.state)]]
        others = [finding for finding in self.found if after not in MOVES[State(finding.state)]]
        return may, [(finding, _why_not(finding, after)) for finding in others]


def selection(tx: Transaction) -> Selection:
    """What the address of the request names."""
    args = request.args
    kept = [(key, value) for key, value in args.items(multi=True) if key not in (BOX, EVERY, "action", "page")]
    back = url_for("findings.index") + ("?" + urlencode(kept) if kept else "")
    if args.get(EVERY):
        ids = board_store.ids(tx, wanted_of(args.to_dict(), now()))
    else:
        ids = [row_id(int(value)) for value in args.getlist(BOX) if value.isdecimal() and len(value) <= DIGITS]
    return Selection(board_store.among(tx, ids), back)


def seal(found: Iterable[Finding]) -> str:
    """What identifies findings in their state, with their values: another one means that something changed since."""
    told = sorted([f.id, f.state, f.sold, f.documented, f.real, str(f.eur_per_year)] for f in found)
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _why_not(finding: Finding, after: State) -> str:
    try:
        check_move(State(finding.state), after)
    except Conflict as refused:
        return str(refused)
    return ""
