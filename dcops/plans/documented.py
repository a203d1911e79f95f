"""The three truths as they were last told, asked about one machine, rack or customer at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from inventory import evidence_store, store
from inventory.answers import Answers
from inventory.clock import civil_date
from inventory.errors import Conflict
from inventory.evidence import fact_of
from inventory.facts import RackUnit, Scope, ScopeStatus, Snapshot, Tenant
from inventory.gathering import gather_machines
from inventory.link_rows import link_of
from inventory.links import Memory
from inventory.match import DOCUMENTED, REAL, SOLD, Trio
from inventory.models import SourceSnapshot
from inventory.orm import Transaction
from inventory.vm_rules import thing_of

_GONE = "n'est plus dans les dernières réponses des sources : relancer le rapprochement."


@dataclass(frozen=True)
class LastTold:
    """What the sources last told; read once, when it is first asked for, inside the transaction."""

    tx: Transaction
    now: datetime

    def trio(self, thing: str) -> Trio:
        """A machine as each truth tells it, brought together as the last run did. Raises Conflict when it is gone."""
        if thing not in self._trios:
            raise Conflict(f"{thing} {_GONE}")
        return self._trios[thing]

    def rack(self, name: str) -> RackUnit:
        """A rack as it is documented. Raises Conflict when it is not any more."""
        found = next((rack for rack in self._answers.facts(DOCUMENTED, RackUnit) if rack.name == name), None)
        if found is None:
            raise Conflict(f"la baie {name} {_GONE}")
        return found

    def tenant(self, customer: str) -> str:
        """The slug of the tenant that stands for a customer: its code where there is none yet."""
        return self._tenants.get(customer, customer)

    @cached_property
    def _tenants(self) -> dict[str, str]:
        told = sorted(self._answers.facts(DOCUMENTED, Tenant), key=lambda tenant: tenant.slug, reverse=True)
        slugs = {tenant.customer: tenant.slug for tenant in told if tenant.customer}
        return slugs | {tenant.slug: tenant.slug for tenant in told if tenant.customer == tenant.slug}

    @cached_property
    def _trios(self) -> dict[str, Trio]:
        memory = Memory([link_of(row) for row in store.guest_links(self.tx)], self.now)
        faces = (
            (trio.real or trio.sold or trio.documented, trio)
            for trio in gather_machines(self._answers, civil_date(self.now), memory).trios
        )
        return {thing_of(face): trio for face, trio in faces if face is not None}

    @cached_property
    def _answers(self) -> Answers:
        rows = [row for kind in (SOLD, DOCUMENTED, REAL) for row in evidence_store.last_told(self.tx, kind)]
        return Answers([_snapshot(row) for row in rows])


def _snapshot(row: SourceSnapshot) -> Snapshot:
    scope = Scope(row.scope, ScopeStatus(row.status), tuple(map(fact_of, row.facts)), tuple(row.faults))
    return Snapshot(row.source, row.kind, row.taken_at, row.duration_s, (scope,))
