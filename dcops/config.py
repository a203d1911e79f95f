"""Settings from ``dcops.toml`` and the environment; secrets only by reference."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from inventory.errors import Invalid
from inventory.refusals import reason

ENV_PREFIX = "DCOPS_"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _WithSecret(_Section):
    token_env: str | None = None
    token_file: Path | None = None

    def token(self, environ: Mapping[str, str]) -> str:
        """The secret that the settings refer to. Raises Invalid when the reference leads nowhere."""
        if self.token_env and environ.get(self.token_env, "").strip():
            return environ[self.token_env].strip()
        if self.token_file:
            return _read_secret(self.token_file)
        if self.token_env:
            raise Invalid(f"secret absent : la variable d'environnement {self.token_env} n'est pas définie.")
        raise Invalid("secret absent : régler token_env (une variable d'environnement) ou token_file (un fichier).")


def _zone(name: str) -> str:
    try:
        return str(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two for names such as "../x" or "Europe"
        raise ValueError(f"fuseau horaire « {name} » inconnu, écrire par exemple Europe/Paris") from None


class Operator(_Section):
    name: str = "Somme Numérique"
    siret: str | None = None
    vat_number: str | None = None
    address: str = ""
    postcode: str | None = None
    city: str | None = None
    iban: str | None = None
    bic: str | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    budget: str = "principal"
    nomenclature: str = "M57"


class DatabaseSettings(_Section):
    url: str = "sqlite:///var/dcops.db"


class Web(_Section):
    bind: str = "127.0.0.1:8000"
    base_url: str = "http://127.0.0.1:8000"
    secret_file: Path = Path("var/secret_key")
    languages: list[str] = ["fr", "en"]
    metrics_token_env: str | None = None


class Proxmox(_WithSecret):
    """One Proxmox VE cluster; ``token_env`` holds only the token's secret part."""

    name: str
    kind: Literal["pve", "pbs"] = "pve"
    host: str
    port: int = 8006
    user: str
    token_name: str
    verify_tls: bool | Path = True
    timeout_s: float = Field(10, gt=0)


class Netbox(_WithSecret):
    url: str
    verify_tls: bool | Path = True
    timeout_s: float = Field(30, gt=0)
    filters: dict[str, Any] = Field(default_factory=dict)
    megabyte: Literal[1000, 1024] = 1000  # what NetBox's server counts as a GB in MB: it does not say


class Metering(_Section):
    poll_interval_s: int = Field(300, gt=0)
    concurrency: int = Field(64, gt=0)
    timeout_s: float = Field(2, gt=0)
    profiles_dir: Path | None = None


class Support(_Section):
    step_minutes: int = Field(15, gt=0)
    minimum_minutes: int = Field(0, ge=0)
    overage: Literal["refuse", "owed"] = "refuse"


class Billing(_Section):
    vat_rate: Decimal = Field(Decimal(20), ge=0, le=100)  # percent
    minimum_coverage: Decimal = Field(Decimal("0.95"), ge=0, le=1)  # of a share's hours, below which it is not billed
    payment_days: int = Field(30, ge=0, le=365)
    exports_dir: Path = Path("var/exports")  # where the PDFs of a run are put together, and kept as one archive
    backup_basis: Literal["average", "peak", "last"] = "average"  # what of a year's daily GB is "consumed"
    jump: Decimal = Field(Decimal("0.25"), gt=0)  # of last year's amount, beyond which a review flags a customer
    gate: Literal["warn", "block", "off"] = "warn"  # what silent sources and open findings do to an issue
    stale_days: int = Field(7, ge=1)
    open_findings: Decimal = Field(Decimal(1000), ge=0)  # euros a year
    ground: str = "Délibérations du comité syndical fixant les tarifs, citées ci-dessous."
    contest: str = (
        "Réclamation à adresser à l'ordonnateur ; recours devant le tribunal compétent dans les deux mois de la "
        "réception (article L.1617-5 du code général des collectivités territoriales)."
    )
    exempt_reason: str = "Exonération de TVA, article 261 du code général des impôts"
    outside_reason: str = "Hors champ de la TVA, article 256 B du code général des impôts"


class Budget(_Section):
    """A budget that issues its own series of numbers; ``sections`` of the grid, empty: all that no other one has."""

    code: str = Field("F", pattern=r"^[A-Z0-9]{1,8}$")
    name: str = ""
    sections: list[str] = []
    account: str = Field("7068", pattern=r"^[0-9]{2,12}$")
    pes_code: str = Field("00", pattern=r"^[0-9A-Z][0-9]$")


class Pes(_Section):
    """What Hélios knows the collectivity by, for titres in PES V2."""

    post: str | None = Field(None, pattern=r"^(02[AB][0-9]{3,4}|[0-9]{6,7})$")
    collectivity: str | None = Field(None, pattern=r"^(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})$")
    product: str = Field("PS01", pattern=r"^[0-9a-zA-Z]{1,4}$")
    sender: str = Field("dcops", min_length=1, max_length=32)


class Accounting(_Section):
    """What the reports need to know besides what was billed."""

    history: Path | None = None  # revenue of the years before dcops, by service
    cooperation: list[str] = []  # codes of the customers whose revenue is that of the cooperation


class Settings(_Section):
    """Everything an installation decides, validated."""

    operator: Operator = Operator()
    database: DatabaseSettings = DatabaseSettings()
    web: Web = Web()
    proxmox: list[Proxmox] = []
    netbox: Netbox | None = None
    metering: Metering = Metering()
    support: Support = Support()
    billing: Billing = Billing()
    budgets: list[Budget] = []
    pes: Pes = Pes()
    accounting: Accounting = Accounting()
    jobs: dict[str, str] = {}

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
        where = ".".join(str(part) for part in first["loc"]) or "proxmox"
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


def _read_secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"secret illisible : {path} ({getattr(error, 'strerror', 'pas un texte')}).") from None
    if not secret:
        raise Invalid(f"secret absent : le fichier {path} est vide.")
    return secret
