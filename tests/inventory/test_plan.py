"""What a checksum covers: everything that was reviewed, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from inventory.plan import Action, Kind, checksum

REVIEWED = Action(7, Kind.ORDER_END, "machine:3", "Terminer web", {"to": "2024-07-01"}, {"sold": 2}, Decimal("12.00"))
OTHER = replace(REVIEWED, finding=8, target="machine:4")


@pytest.mark.parametrize(
    "changed",
    [
        {"finding": 9},
        {"kind": Kind.ORDER_RESIZE},
        {"target": "machine:5"},
        {"title": "Terminer messagerie"},
        {"payload": {"to": "2024-08-01"}},
        {"expected": {"sold": 4}},
        {"eur_per_year": Decimal("12.01")},
    ],
)
def test_what_was_reviewed_is_all_in_the_checksum_whatever_its_order(changed: dict[str, Any]) -> None:
    shown = checksum([REVIEWED, OTHER])
    assert checksum([OTHER, REVIEWED]) == shown
    assert checksum([OTHER, replace(REVIEWED, **changed)]) != shown
    assert checksum([REVIEWED]) != shown
