"""``dcops antivirus``: licences that were sold, and what the console of the antivirus counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.commands.imports import group_of, row_of

if TYPE_CHECKING:
    from inventory.orm import Transaction


def _rows(tx: Transaction) -> list[dict[str, Any]]:
    from inventory import store

    return [row_of(seats, "kind quantity") for seats in store.antivirus_seats(tx)]


antivirus = group_of("antivirus", "Antivirus licences.", "inventory.imports:import_antivirus", _rows)
