"""Two rooms of racks and two customers, for tests of what is sold in them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from inventory.booking import By, Wish
from inventory.models import Customer, Rack, Room, Share, Site
from inventory.orm import Transaction

START = date(2024, 1, 1)
AT = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)
TODAY = date(2024, 6, 15)
CAMILLE, ALEX = By("Camille", AT), By("Alex", AT)
CAGED = ("A01", "A02", "A03", "A04", "A05")


def fill(tx: Transaction) -> None:
    """Six racks of 42 U in room A, one in room B; Albert holds the lower half of A06 since the start."""
    albert = Customer(code="albert", name="Ville d'Albert", kind="commune")
    roye = Customer(code="roye", name="Ville de Roye", kind="commune")
    site = Site(name="Amiens")
    rooms = {name: Room(site=site, name=f"Salle {name}") for name in "AB"}
    racks = [Rack(name=name, room=rooms[name[0]], u_height=42, capacity_w=7360) for name in (*CAGED, "A06", "B01")]
    tx.add_all([albert, roye, *racks])
    tx.add(
        Share(rack=racks[5], customer=albert, kind="half", position=1, first_half_unit=0, end_half_unit=42, start=START)
    )


def wish(**changes: object) -> Wish:
    """A half of A06 for Roye from July on, with changes."""
    asked = {"rack": "A06", "kind": "half", "customer": "roye", "start": date(2024, 7, 1), "position": 2}
    return Wish(**{**asked, **changes})  # type: ignore[arg-type]
