"""Technicians plan and correct documentation; what changes contracts is applied by who may change them."""

from __future__ import annotations

import pytest

from dcops.auth.permissions import Actor, Permission, Role
from dcops.plans.rights import require_apply
from inventory.errors import Forbidden
from inventory.plan import ORDERS, Kind

DOCUMENTATION = (Kind.NETBOX_CREATE, Kind.NETBOX_PATCH, Kind.TICKET)


def test_staff_decide_and_communes_do_not() -> None:
    assert {role for role in Role if Actor("x", role).may(Permission.DECIDE_FINDINGS)} == {
        Role.TECHNICIAN, Role.ACCOUNTANT,
    }  # fmt: skip


@pytest.mark.parametrize("kind", sorted(ORDERS))
def test_orders_are_applied_by_who_may_change_contracts(kind: Kind) -> None:
    require_apply(Actor("camille", Role.ACCOUNTANT), [kind, *DOCUMENTATION])
    with pytest.raises(Forbidden, match="par la comptabilité"):
        require_apply(Actor("alex", Role.TECHNICIAN), [*DOCUMENTATION, kind])


def test_documentation_is_applied_by_technicians_too() -> None:
    require_apply(Actor("alex", Role.TECHNICIAN), DOCUMENTATION)
    with pytest.raises(Forbidden):
        require_apply(Actor("abbeville", Role.COMMUNE, "abbeville"), DOCUMENTATION)
