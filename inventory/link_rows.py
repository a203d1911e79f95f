"""What is known of the guests, as rows: read before a run, written where the run learnt something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from inventory.links import Link
from inventory.models import GuestLink
from inventory.orm import Transaction

_FIELDS = (
    "cluster", "vmid", "kind", "uuid", "name", "node", "sold", "documented", "missing_since", "missing_runs",
    "undocumented_since", "undocumented_runs", "gone",
)  # fmt: skip


def link_of(row: GuestLink) -> Link:
    """A row as the value that a run works with."""
    said = {name: getattr(row, name) for name in _FIELDS}
    return Link(**said, macs=tuple(row.macs), reused=row.state == "reused", approved=row.approved_by is not None)


def keep_links(
    tx: Transaction, rows: Sequence[GuestLink], before: Sequence[Link], after: Iterable[Link], now: datetime
) -> None:
    """Write the links that a run leaves: those that changed, those that are new; those of machines that moved go.

    ``before`` are the links of the ``rows``, one by one: a link that the run left as it was is the same object.
    """
    known = {link.place: (row, link) for row, link in zip(rows, before, strict=True)}
    for link in after:
        row, was = known.pop(link.place, (None, None))
        if row is None:
            tx.add(GuestLink(since=now, **_columns(link)))
        elif was is not link and was != link:
            for name, value in _columns(link).items():
                setattr(row, name, value)
            row.approved_by = row.approved_by if link.approved else None
    for row, _ in known.values():
        tx.delete(row)
    tx.flush()


def _columns(link: Link) -> dict[str, Any]:
    said = {name: getattr(link, name) for name in _FIELDS}
    return {**said, "macs": list(link.macs), "state": "reused" if link.reused else "known"}
