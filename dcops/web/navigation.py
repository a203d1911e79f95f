"""The menu in the users' words: each entry shown to those who may open it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request
from flask_login import current_user

from dcops.alerts.store import count_waiting
from dcops.auth.permissions import Permission as P
from dcops.web.context import transaction
from inventory.errors import DomainError


@dataclass(frozen=True)
class Entry:
    label: str
    endpoint: str
    icon: str  # a Bootstrap icon
    permission: P


MENU = (
    Entry("Tableau de bord", "dashboard.index", "speedometer2", P.READ_SPACE),
    Entry("Baies", "racks.index", "hdd-rack", P.READ_SPACE),
    Entry("Machines", "machines.index", "pc-display", P.READ_SPACE),
    Entry("Sauvegarde", "backups.index", "archive", P.READ_SPACE),
    Entry("Antivirus", "antivirus.index", "shield-check", P.READ_SPACE),
    Entry("Écarts", "findings.index", "exclamation-diamond", P.READ_FINDINGS),
    Entry("Énergie", "energy.index", "lightning-charge", P.READ_SPACE),
    Entry("Alertes", "alerts.index", "bell", P.READ_SPACE),
    Entry("Contrats", "contracts.index", "file-earmark-text", P.READ_MONEY),
    Entry("Assistance", "support.index", "clock-history", P.READ_HOURS),
    Entry("Facturation", "billing.index", "receipt", P.READ_MONEY),
    Entry("Rapports", "reports.contributions", "bar-chart-line", P.READ_MONEY),
    Entry("Grille tarifaire", "tariffs.index", "tags", P.READ_MONEY),
    Entry("Collectivités", "customers.index", "buildings", P.READ_CUSTOMERS),
    Entry("Administration", "admin.index", "gear", P.READ_JOBS),
    Entry("Mon espace", "portal.index", "house", P.OWN_PORTAL),
)

BESIDE = {"rooms": "racks"}
"""Areas that stand in the menu under another one."""


def menu() -> list[tuple[Entry, bool]]:
    """The entries this user may open, and whether each is the area being looked at."""
    if not current_user.is_authenticated:
        return []
    area = (request.blueprint or "").split(".")[0]
    area = BESIDE.get(area, area)
    actor = current_user.actor
    return [(entry, entry.endpoint.split(".")[0] == area) for entry in MENU if actor.may(entry.permission)]


def waiting_alerts() -> int:
    """How many alerts nobody deals with: what the menu counts; none when the database does not tell."""
    try:
        with transaction() as tx:
            return count_waiting(tx)
    except DomainError:
        return 0


def register(app: Flask) -> None:
    """Give the menu to the templates."""
    app.jinja_env.globals.update(menu=menu, waiting_alerts=waiting_alerts)
