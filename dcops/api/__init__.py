"""The REST interface: one file per resource, errors as RFC 9457 problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiflask import APIFlask

    from dcops.wiring import Parts


def register(app: APIFlask, parts: Parts) -> None:
    """Add ``/api/v1`` to the application: resources behind bearer tokens, their OpenAPI, their errors."""
    from apiflask import APIBlueprint

    from dcops.api import (
        alerts,
        billing_runs,
        contracts,
        customers,
        exceptions,
        findings,
        gate,
        invoices,
        meters,
        openapi,
        orders,
        plans,
        problems,
        space,
        tariffs,
        usage,
    )

    blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1")
    gate.protect(blueprint, app, parts)
    money = (contracts, invoices, billing_runs, tariffs)
    for resource in (customers, usage, *money, findings, plans, space, orders, meters, exceptions, alerts):
        resource.register(blueprint, parts)
    problems.register(blueprint, app)
    app.register_blueprint(blueprint)
    openapi.complete(app)
