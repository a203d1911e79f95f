"""Racks and customers that the documentation does not know, or knows otherwise than they are."""

from __future__ import annotations

from datetime import date

import pytest

from inventory.compare import Difference, compare, examine
from inventory.facts import Fact, Guest, RackUnit, Reservation, Scope, ScopeStatus, Snapshot, Tenant
from tests.inventory.test_compare import AT, COMPLETE, ON, PARTIAL, sold

NAMES = {"ham": "Ham", "roye": "Roye", "gone": "Ancienne"}
CUSTOMERS = tuple(Tenant(code, name, code) for code, name in NAMES.items())
A01 = RackUnit("A01", "Amiens", "Salle 1", 42)
WHOLE = Reservation("A01", 0, 84, "ham", "full", date(2024, 1, 1))
LOW, HIGH = Reservation("A01", 0, 42, "ham", "half"), Reservation("A01", 42, 84, "ham", "half")


def netbox(*facts: Fact, racks: ScopeStatus = COMPLETE, tenants: ScopeStatus = COMPLETE) -> Snapshot:
    slugs = tuple(fact for fact in facts if isinstance(fact, Tenant))
    space = tuple(fact for fact in facts if not isinstance(fact, Tenant))
    return Snapshot("netbox", "documented", AT, 0.1, (Scope("racks", racks, space), Scope("tenants", tenants, slugs)))


def rack_drift(
    *shares: Reservation, tenant: str | None = None, customer: str | None = None, u: int = 42
) -> list[Difference]:
    said = RackUnit("A01", "Amiens", "Salle 1", u, "7", tenant, customer)
    found = compare([sold(A01, *CUSTOMERS, *shares), netbox(said, *CUSTOMERS)], ON, names=NAMES)
    return [one for one in found if one.rule == "rack.misdocumented"]


def test_a_rack_that_is_not_documented_says_what_it_takes_to_create_it() -> None:
    (found,) = compare([sold(A01, *CUSTOMERS, WHOLE), netbox(*CUSTOMERS)], ON, names=NAMES)
    assert (found.rule, found.thing, found.field, found.scope) == ("rack.undocumented", "rack:A01", "", "racks")
    assert found.sold == {"rack": "A01", "site": "Amiens", "room": "Salle 1", "u_height": 42, "customer": "ham"}
    assert found.title == "Baie A01 (Amiens, Salle 1) n'est pas documentée"


def test_a_list_of_racks_cut_short_misses_none() -> None:
    assert compare([sold(A01, *CUSTOMERS), netbox(*CUSTOMERS, racks=PARTIAL)], ON) == []
    assert compare([sold(A01, *CUSTOMERS)], ON) == []


def test_another_height_is_corrected_to_ours() -> None:
    (found,) = rack_drift(u=47)
    assert (found.field, found.sold, found.documented) == ("u_height", 42, 47)
    assert found.title == "Baie A01 a 42 U et est documentée à 47 U"


@pytest.mark.parametrize("shares", [(WHOLE,), (LOW, HIGH)])
def test_a_rack_sold_whole_has_its_customer_as_tenant(shares: tuple[Reservation, ...]) -> None:
    assert rack_drift(*shares, tenant="ham", customer="ham") == []
    assert rack_drift(*shares, tenant="client-ham", customer="ham") == []
    (missing,) = rack_drift(*shares)
    assert (missing.field, missing.sold, missing.documented, missing.customer) == ("tenant", "ham", None, "ham")
    assert missing.title == "Baie A01 est vendue entière à Ham et documentée sans tenant"
    (other,) = rack_drift(*shares, tenant="roye", customer="roye")
    assert other.title == "Baie A01 est vendue entière à Ham et documentée pour Roye"


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((), "vendue à personne"),
        ((LOW,), "vendue par parts"),
        ((LOW, Reservation("A01", 42, 84, "roye", "half")), "vendue par parts"),
    ],
)
def test_a_rack_that_is_free_or_shared_is_no_customer_s(shares: tuple[Reservation, ...], told: str) -> None:
    assert rack_drift(*shares) == []
    assert rack_drift(*shares, tenant="fournisseur", customer="fournisseur") == []
    (found,) = rack_drift(*shares, tenant="gone", customer="gone")
    assert (found.sold, found.documented) == (None, "gone")
    assert found.title == f"Baie A01 est {told} et documentée pour Ancienne"


def test_a_tenant_may_be_written_before_the_first_day_of_its_whole_rack() -> None:
    to_come = Reservation("A01", 0, 84, "roye", "full", date(2024, 7, 1))
    assert rack_drift(to_come, tenant="roye", customer="roye") == []
    assert [one.documented for one in rack_drift(LOW, to_come, tenant="roye", customer="roye")] == ["roye"]


def test_a_customer_that_is_served_and_is_no_tenant() -> None:
    machine = Guest("web", "pve-a", 101, customer="ham")
    told = [sold(*CUSTOMERS, machine), netbox(Tenant("roye", "Roye", "roye"))]
    (found,) = [one for one in compare(told, ON) if one.rule == "tenant.undocumented"]
    assert (found.thing, found.scope, found.customer) == ("tenant:ham", "tenants", "ham")
    assert found.sold == {"slug": "ham", "name": "Ham"}
    assert ("tenant.undocumented", "tenants") in examine(told, ON).trusted


@pytest.mark.parametrize(
    ("machine", "tenants", "state"),
    [
        (Guest("web", "pve-a", 101, customer="ham", end=ON), (), COMPLETE),
        (Guest("web", "pve-a", 101, customer="ham"), (Tenant("client-ham", "Ham", "ham"),), COMPLETE),
        (Guest("web", "pve-a", 101, customer="ham"), (Tenant("roye", "Roye", "roye"),), PARTIAL),
    ],
)
def test_a_customer_that_left_is_known_by_another_slug_or_perhaps_there(
    machine: Guest, tenants: tuple[Tenant, ...], state: ScopeStatus
) -> None:
    told = [sold(*CUSTOMERS, machine), netbox(*tenants, tenants=state)]
    assert [one for one in compare(told, ON) if one.rule == "tenant.undocumented"] == []
    assert (("tenant.undocumented", "tenants") in examine(told, ON).trusted) is (state is COMPLETE)
