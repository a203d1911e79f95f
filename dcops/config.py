"""Settings from ``dcops.toml`` and the environment; secrets only by reference."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from dcops.alert_sections import Alerts
from dcops.metering_sections import Metering
from dcops.sections import (
    Accounting,
    Antivirus,
    Billing,
    Budget,
    DatabaseSettings,
    MappingRule,
    Netbox,
    Operator,
    Pes,
    Proxmox,
    Reconcile,
    Section,
    Space,
    Support,
    Web,
)
from inventory.errors import Invalid
from inventory.refusals import reason

ENV_PREFIX = "DCOPS_"


class Settings(Section):
    """Everything an installation decides, validated."""

    operator: Operator = Operator()
    database: DatabaseSettings = DatabaseSettings()
    web: Web = Web()
    proxmox: list[Proxmox] = Field(default_factory=list)
    netbox: Netbox | None = None
    mapping: list[MappingRule] = Field(default_factory=list)
    antivirus: Antivirus = Antivirus()
    reconcile: Reconcile = Reconcile()
    space: Space = Space()
    metering: Metering = Metering()
    alerts: Alerts = Alerts()
    support: Support = Support()
    billing: Billing = Billing()
    budgets: list[Budget] = Field(default_factory=list)
    pes: Pes = Pes()
    accounting: Accounting = Accounting()
    jobs: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        names = [cluster.name for cluster in self.proxmox]
        if len(set(names)) != len(names):
            raise ValueError("deux sections [[proxmox]] portent le même nom")
        return self

    @model_validator(mode="after")
    def _budgets_share_the_sections(self) -> Settings:
        codes = [budget.code for budget in self.budgets]
        if len(set(codes)) != len(codes):
            raise ValueError("deux sections [[budgets]] portent le même code")
        sections = [section for budget in self.budgets for section in budget.sections]
        if len(set(sections)) != len(sections):
            raise ValueError("une section de la grille est dans deux [[budgets]]")
        if self.budgets and [bool(budget.sections) for budget in self.budgets].count(False) != 1:
            raise ValueError("un des [[budgets]], et un seul, reçoit les sections que les autres n'ont pas")
        return self

    def budget_of(self, section: str) -> Budget:
        """The budget that bills a section of the grid; without ``[[budgets]]``, the operator's one."""
        if not self.budgets:
            return Budget(name=self.operator.budget)
        other = next(budget for budget in self.budgets if not budget.sections)
        return next((budget for budget in self.budgets if section in budget.sections), other)

    def budget_named(self, code: str) -> Budget:
        """The budget of that code; one that the settings no longer have has no name."""
        known = self.budgets or [Budget(name=self.operator.budget)]
        return next((budget for budget in known if budget.code == code), Budget(code=code))


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Settings of a TOML file (or of the defaults), with ``DCOPS_SECTION__KEY`` overriding.

    Raises Invalid with the file, the key and the reason.
    """
    raw: dict[str, Any] = {}
    if path is not None:
        raw = _read_toml(path)
    for name, value in environ.items():
        if name.startswith(ENV_PREFIX) and "__" in name:
            section, key = name.removeprefix(ENV_PREFIX).lower().split("__", 1)
            if not isinstance(raw.setdefault(section, {}), dict):
                raise Invalid(f"{name} : la section [{section}] est une liste, elle ne se règle que par fichier.")
            raw[section][key] = _of_environment(name, value)
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"]) or "proxmox"
        raise Invalid(f"réglage {where} ({path or 'environnement'}) : {_reason(first)}") from None


def _of_environment(name: str, value: str) -> Any:
    """A value as it was written, except lists and tables, which are JSON: ``["fr"]``."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise Invalid(f"{name} : « {value} » n'est pas du JSON ({error}).") from None


def _reason(fault: ErrorDetails) -> str:
    """Why a setting is refused, in French."""
    return f"{reason(fault, {'extra_forbidden': 'section ou clé inconnue ; voir docs/settings.md'})}."


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"réglages illisibles : {path} ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"réglages invalides : {path} : {error}") from None
