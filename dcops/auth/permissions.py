"""Who may do what: the one table of roles and permissions; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inventory.errors import Forbidden, NotFound


class Permission(StrEnum):
    """What can be permitted. A view or a resource asks for exactly one."""

    READ_SPACE = "space.read"  # racks, machines, backups, antivirus, energy of every customer
    WRITE_SPACE = "space.write"  # book shares and cages, end them
    DECIDE_READINGS = "readings.decide"  # believe, reject, estimate or write energy; not who bills it
    READ_FINDINGS = "findings.read"
    DECIDE_FINDINGS = "findings.decide"  # acknowledge, ignore, plan; apply what changes no contract
    READ_MONEY = "money.read"  # contracts, grid, dry runs
    RUN_BILLING = "billing.run"  # draft, review, issue, credit
    WRITE_CONTRACTS = "contracts.write"
    READ_CUSTOMERS = "customers.read"
    WRITE_CUSTOMERS = "customers.write"
    READ_HOURS = "hours.read"
    LOG_HOURS = "hours.log"
    SELL_HOURS = "hours.sell"
    READ_JOBS = "jobs.read"
    TAKE_ALERTS = "alerts.take"  # say who deals with one; who sees racks sees alerts
    OWN_PORTAL = "portal.own"  # a commune's own hours, energy, contracts


class Role(StrEnum):
    TECHNICIAN = "technician"
    ACCOUNTANT = "accountant"
    COMMUNE = "commune"


P = Permission
GRANTED: dict[Role, frozenset[Permission]] = {
    Role.TECHNICIAN: frozenset(
        {P.READ_SPACE, P.READ_FINDINGS, P.DECIDE_FINDINGS, P.READ_MONEY, P.READ_CUSTOMERS, P.READ_HOURS, P.LOG_HOURS}
        | {P.READ_JOBS, P.WRITE_SPACE, P.DECIDE_READINGS, P.TAKE_ALERTS}
    ),
    Role.ACCOUNTANT: frozenset(
        {P.READ_SPACE, P.READ_FINDINGS, P.DECIDE_FINDINGS, P.READ_MONEY, P.RUN_BILLING, P.READ_CUSTOMERS}
        | {P.READ_HOURS, P.SELL_HOURS, P.READ_JOBS, P.WRITE_CONTRACTS, P.WRITE_CUSTOMERS, P.WRITE_SPACE}
        | {P.TAKE_ALERTS}
    ),
    Role.COMMUNE: frozenset({P.OWN_PORTAL}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a user (with ``user_id``) or a token. ``customer`` is the code a commune's actor is limited to."""

    name: str
    role: Role
    customer: str | None = None
    user_id: int | None = None

    def may(self, permission: Permission) -> bool:
        return permission in GRANTED[self.role]

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless this actor holds the permission."""
        if not self.may(permission):
            raise Forbidden(f"{self.name} ({self.role}) n'a pas la permission « {permission} ».")

    def require_customer(self, code: str, permission: Permission) -> None:
        """Allow staff with the permission, and a commune for itself; another's data is NotFound, never revealed."""
        if self.may(permission) or (self.may(P.OWN_PORTAL) and self.customer == code):
            return
        if self.role is Role.COMMUNE:
            raise NotFound(f"collectivité inconnue : « {code} ».")
        self.require(permission)
