"""What ends soon: contracts, commitments, last days to give notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.api import queries, shapes
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.contracts.ending import ending
from dcops.wiring import Parts
from inventory import store
from inventory.clock import civil_date

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/contracts/ending")
    @bp.input(queries.EndingQuery, location="query", arg_name="query")
    @bp.output(shapes.Endings)
    def list_ending(query: queries.EndingQuery) -> Any:
        """The last days of contracts, of commitments and to give notice, from a day on, the first ones first."""
        actor().require(Permission.READ_MONEY)
        on = query.on or civil_date(parts.clock.now())
        with parts.database.transaction() as tx:
            if query.customer is not None:
                store.customer(tx, query.customer)
            found = ending(tx, on, query.within, query.customer)
            return {"on": on, "within": query.within, "items": [each.document() for each in found]}
