"""The machines of which something is unknown: what was told of them is not taken back."""

from __future__ import annotations

import pytest

from tests.inventory.test_links import World, order, vm


@pytest.mark.parametrize(("status", "unsure"), [("running", False), ("stopped", False), ("unknown", True)])
def test_a_machine_whose_status_is_not_known_is_unsure(status: str, unsure: bool) -> None:
    found = World().run([vm(101, status=status)], [order(101, "compta")])
    assert found.unsure == ({"vm:pve-a/101"} if unsure else set())
