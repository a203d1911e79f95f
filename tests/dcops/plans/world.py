"""Two communes, what they ordered, and findings as a run leaves them, for the tests of plans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dcops.billing import runs
from dcops.config import Settings
from dcops.plans.choices import Choices
from dcops.sections import Operator
from inventory.findings import State
from inventory.models import AntivirusSeats, Customer, Finding, GuestLink, Machine, Membership, NasUnit
from inventory.orm import Transaction
from inventory.plan import Kind
from tests.conftest import NOW

JULY = date(2024, 7, 1)
START = date(2024, 1, 1)


def customers(tx: Transaction) -> None:
    """Albert is a member, Doullens is not."""
    tx.add(Customer(code="albert", name="Albert", kind="commune", memberships=[Membership(start=date(2020, 1, 1))]))
    tx.add(Customer(code="doullens", name="Doullens", kind="commune"))
    tx.flush()


def named(tx: Transaction, code: str) -> Customer:
    (found,) = [row for row in tx.query(Customer) if row.code == code]
    return found


def machine(tx: Transaction, name: str = "web", vmid: int | None = 101, **told: Any) -> Machine:
    """Albert's web: 2 vCPU, 4 GB, 50 GB since January."""
    told = {"cluster": "amiens-a", "vcpu": 2, "ram_gb": 4, "disk_gb": 50, "start": START, "end": None} | told
    row = Machine(name=name, vmid=vmid, customer=named(tx, told.pop("customer", "albert")), **told)
    tx.add(row)
    tx.flush()
    return row


def seats(tx: Transaction, quantity: int, start: date = START, end: date | None = None) -> AntivirusSeats:
    row = AntivirusSeats(customer=named(tx, "albert"), kind="workstation", quantity=quantity, start=start, end=end)
    tx.add(row)
    tx.flush()
    return row


def box(tx: Transaction, serial: str = "NAS-1", plan_gb: int = 60) -> NasUnit:
    row = NasUnit(serial=serial, customer=named(tx, "albert"), plan_gb=plan_gb, start=START, plans=[])
    tx.add(row)
    tx.flush()
    return row


def finding(tx: Transaction, rule: str, thing: str, customer: str | None = "albert", **told: Any) -> int:
    """A finding of the last run; its number."""
    values = {"sold": None, "documented": None, "real": None} | told
    row = Finding(
        thing=thing, rule=rule, field=values.pop("field", ""), scope=values.pop("scope", "amiens-a"),
        title=f"{thing} : {rule}", customer=named(tx, customer) if customer else None,
        eur_per_year=values.pop("eur_per_year", Decimal(100)), state=values.pop("state", State.OPEN),
        first_seen=NOW, last_seen=NOW, frozen=values.pop("frozen", False), sources={}, **values,
    )  # fmt: skip
    tx.add(row)
    tx.flush()
    return row.id


def running(vmid: int = 901, name: str = "essai", **told: Any) -> dict[str, Any]:
    """A real machine as a finding tells it."""
    return {"name": name, "cluster": "amiens-a", "vmid": vmid, "vcpu": 2, "ram_gb": 4, "disk_gb": 50} | told


def unbilled(
    tx: Transaction, vmid: int = 901, name: str = "essai", customer: str | None = "albert", **told: Any
) -> int:
    """A machine that runs and is sold to nobody."""
    real = running(vmid, name, **told)
    return finding(tx, "vm.unbilled", f"vm:amiens-a/{vmid}", customer, real=real)


def oversized(tx: Transaction, field: str, sold: int, real: Any, vmid: int = 101) -> int:
    """A machine that has more of something than was ordered."""
    return finding(tx, "vm.oversized", f"vm:amiens-a/{vmid}", field=field, sold=sold, real=real)


def ghost(tx: Transaction, row: Machine) -> int:
    """An order of what does not exist."""
    sold = {
        "name": row.name, "cluster": row.cluster, "vmid": row.vmid, "customer": row.customer.code,
        "vcpu": row.vcpu, "ram_gb": row.ram_gb, "disk_gb": row.disk_gb, "from": row.start.isoformat(),
    }  # fmt: skip
    return finding(tx, "vm.ghost", f"vm:{row.cluster}/{row.vmid or row.name}", row.customer.code, sold=sold)


def from_july(kinds: dict[int, Kind] | None = None, customers: dict[int, str] | None = None) -> Choices:
    return Choices(JULY, customers or {}, kinds or {})


def link(tx: Transaction, vmid: int = 101, sold: str | None = None) -> None:
    """What a run remembers of a guest."""
    tx.add(
        GuestLink(
            cluster="amiens-a", vmid=vmid, name="web", macs=[], sold=sold, state="known", since=NOW, missing_runs=0,
            undocumented_runs=0, gone=False,
        )
    )  # fmt: skip
    tx.flush()


def billed(tx: Transaction, code: str, year: int) -> None:
    """An issued year of a customer that has a machine of its own."""
    machine(tx, "facturée", 1, customer=code)
    settings = Settings(
        operator=Operator(siret="25800436500015", address="1 rue de l'Exemple", postcode="80000", city="Amiens")
    )
    runs.draft(tx, year, settings, "moi", NOW)
    runs.issue(tx, f"{year}-1", settings, "moi", NOW)


def seat_count(quantity: int) -> dict[str, Any]:
    """Licences as a finding tells them."""
    return {"quantity": quantity}


def plan(plan_gb: int) -> dict[str, Any]:
    """A backup box as a finding tells what was sold."""
    return {"serial": "NAS-1", "plan_gb": plan_gb}
