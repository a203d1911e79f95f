"""The pages, one module per area of the menu."""

from __future__ import annotations

from dcops.web.pages import (
    admin,
    antivirus,
    auth,
    backups,
    billing,
    contracts,
    customers,
    dashboard,
    energy,
    findings,
    machines,
    portal,
    racks,
    search,
    support,
    tariffs,
)

BLUEPRINTS = tuple(
    page.blueprint
    for page in (
        auth,
        dashboard,
        racks,
        machines,
        backups,
        antivirus,
        findings,
        energy,
        contracts,
        support,
        billing,
        tariffs,
        customers,
        admin,
        portal,
        search,
    )
)
