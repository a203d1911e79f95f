"""What was ordered beside space, with its days: virtual machines, backup boxes and their plans, antivirus licences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dcops.api import order_shapes, paging, queries, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.contracts.holdings import terms_of_box
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.models import AntivirusSeats, Machine, NasUnit
from inventory.orm import Transaction

if TYPE_CHECKING:
    from apiflask import APIBlueprint

MACHINE = ("id", "name", "cluster", "vmid", "vcpu", "ram_gb", "disk_gb", "backup_days")
Read = Callable[[Transaction, tuple[int] | None, int, str | None], Sequence[Any]]


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/machines")
    @bp.input(queries.OrdersQuery, location="query", arg_name="query")
    @bp.output(order_shapes.Machines)
    def list_machines(query: queries.OrdersQuery) -> Any:
        """Virtual machines as they were ordered; one that was changed is an order after another one."""
        return _page(parts, query, store.machines, _machine)

    @bp.get("/nas")
    @bp.input(queries.OrdersQuery, location="query", arg_name="query")
    @bp.output(order_shapes.NasUnits)
    def list_nas(query: queries.OrdersQuery) -> Any:
        """Backup boxes at customers' sites, each with its plans from the first day on."""
        return _page(parts, query, store.nas_units, _nas)

    @bp.get("/antivirus")
    @bp.input(queries.OrdersQuery, location="query", arg_name="query")
    @bp.output(order_shapes.Licences)
    def list_antivirus(query: queries.OrdersQuery) -> Any:
        """Antivirus licences as they were ordered; those held on a day add up."""
        return _page(parts, query, store.antivirus_seats, _seats)


def _page(parts: Parts, query: queries.OrdersQuery, read: Read, shown: Callable[[Any], dict[str, Any]]) -> Any:
    actor().require(Permission.READ_SPACE)
    after = paging.decode(query.cursor, int)
    with parts.database.transaction() as tx:
        if query.customer is not None:
            inventory_store.customer(tx, query.customer)
        rows = read(tx, after, query.limit + 1, query.customer)
        items, following = paging.cut(rows, query.limit, lambda row: (row.id,))
        return {"items": [shown(row) for row in items], "next": following}


def _machine(row: Machine) -> dict[str, Any]:
    return {**{field: getattr(row, field) for field in MACHINE}, **_of(row)}


def _nas(row: NasUnit) -> dict[str, Any]:
    plans = [{"plan_gb": term.plan_gb, "from": term.start, "to": term.end} for term in terms_of_box(row)]
    return {"id": row.id, "serial": row.serial, "model": row.model, "plans": plans, **_of(row)}


def _seats(row: AntivirusSeats) -> dict[str, Any]:
    return {"id": row.id, "kind": row.kind, "quantity": row.quantity, **_of(row)}


def _of(row: Machine | NasUnit | AntivirusSeats) -> dict[str, Any]:
    """Whose an order is, and its days."""
    return {"customer": row.customer.code, "from": row.start, "to": row.end}
