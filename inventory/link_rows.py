"""What is known of the guests, as rows: read before a run, written where the run learnt something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, delete, insert, update

from inventory.links import Link
from inventory.models import GuestLink
from inventory.orm import Transaction

_FIELDS = (
    "cluster", "vmid", "kind", "uuid", "name", "node", "sold", "documented", "missing_since", "missing_runs",
    "undocumented_since", "undocumented_runs", "gone",
)  # fmt: skip
_said = attrgetter(*_FIELDS)
_TABLE = cast(Table, GuestLink.__table__)
_LEFT = delete(_TABLE).where(_TABLE.c.id == bindparam("left"))


def link_of(row: Row[Any]) -> Link:
    """A row as the value that a run works with."""
    said = dict(zip(_FIELDS, _said(row), strict=True))
    return Link(**said, macs=tuple(row.macs), reused=row.state == "reused", approved=row.approved_by is not None)


def keep_links(
    tx: Transaction, rows: Sequence[Row[Any]], before: Sequence[Link], after: Iterable[Link], now: datetime
) -> None:
    """Write the links that a run leaves: those that changed, those that are new; those of machines that moved go.

    ``before`` are the links of the ``rows``, one by one: a link that the run left as it was is the same object.
    """
    known = {link.place: (row, link) for row, link in zip(rows, before, strict=True)}
    new, changed = [], []
    for link in after:
        row, was = known.pop(link.place, (None, None))
        if row is None:
            new.append({"since": now, **_columns(link)})
        elif was is not link and was != link:
            approved_by = row.approved_by if link.approved else None
            changed.append({"id": row.id, **_columns(link), "approved_by": approved_by})
    left = [{"left": row.id} for row, _ in known.values()]
    for written, lines in ((_LEFT, left), (insert(GuestLink), new), (update(GuestLink), changed)):
        if lines:
            tx.execute(written, lines)


def _columns(link: Link) -> dict[str, Any]:
    said = dict(zip(_FIELDS, _said(link), strict=True))
    return {**said, "macs": list(link.macs), "state": "reused" if link.reused else "known"}
