"""What each section of the settings holds, and what is refused in it; secrets only by reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from stdnum import iban as iban_number

from inventory.antivirus_console import Columns
from inventory.customers import check_siret
from inventory.errors import Invalid
from inventory.mapping import CustomerRule


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _WithSecret(Section):
    token_env: str | None = None
    token_file: Path | None = None

    def token(self, environ: Mapping[str, str]) -> str:
        """The secret that the settings refer to. Raises Invalid when the reference leads nowhere."""
        return secret_of(environ, "token", self.token_env, self.token_file)


def secret_of(environ: Mapping[str, str], key: str, variable: str | None, path: Path | None) -> str:
    """The secret of ``key_env`` or ``key_file``. Raises Invalid when the reference leads nowhere."""
    if variable and environ.get(variable, "").strip():
        return environ[variable].strip()
    if path:
        return _read_secret(path)
    if variable:
        raise Invalid(f"secret absent : la variable d'environnement {variable} n'est pas définie.")
    raise Invalid(f"secret absent : régler {key}_env (une variable d'environnement) ou {key}_file (un fichier).")


def _zone(name: str) -> str:
    try:
        return str(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two for names such as "../x" or "Europe"
        raise ValueError(f"fuseau horaire « {name} » inconnu, écrire par exemple Europe/Paris") from None


def _siret(number: str) -> str:
    try:
        check_siret(number)
    except Invalid as refusal:
        raise ValueError(str(refusal)) from None
    return number


def _iban(number: str) -> str:
    if not iban_number.is_valid(number):
        raise ValueError(f"« {number} » : la clé de contrôle de cet IBAN est fausse, le recopier")
    return iban_number.compact(number)


class Operator(Section):
    """Who issues invoices."""

    name: str = "Somme Numérique"
    siret: Annotated[str, AfterValidator(_siret)] | None = None
    vat_number: str | None = None
    address: str = ""
    postcode: str | None = Field(None, pattern=r"^[0-9]{5}$")
    city: str | None = None
    iban: Annotated[str, AfterValidator(_iban)] | None = None
    bic: str | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    budget: str = "principal"
    nomenclature: str = "M57"


class DatabaseSettings(Section):
    url: str = "sqlite:///var/dcops.db"


class Web(Section):
    bind: str = "127.0.0.1:8000"
    base_url: str = "http://127.0.0.1:8000"
    secret_file: Path = Path("var/secret_key")
    languages: list[str] = ["fr", "en"]
    metrics_token_env: str | None = None


class Proxmox(_WithSecret):
    """One Proxmox VE cluster, or one Proxmox Backup Server; ``token_env`` holds only the token's secret part."""

    name: str
    kind: Literal["pve", "pbs"] = "pve"
    host: str
    port: int | None = Field(None, ge=1, le=65535)  # None: that of its kind
    user: str
    token_name: str
    verify_tls: bool | Path = True
    timeout_s: float = Field(10, gt=0)

    @property
    def listens_on(self) -> int:
        """The port of its API: the one told, else the usual one of its kind."""
        return self.port or {"pve": 8006, "pbs": 8007}[self.kind]


class Netbox(_WithSecret):
    url: str
    verify_tls: bool | Path = True
    timeout_s: float = Field(30, gt=0)
    filters: dict[str, Any] = Field(default_factory=dict)
    megabyte: Literal[1000, 1024] = 1000  # what NetBox's server counts as a GB in MB: it does not say
    write: bool = False  # whether plans may create and change objects there; never delete
    write_token_env: str | None = None  # the token that may write; without one, the token that reads
    write_token_file: Path | None = None
    write_tag: str | None = None  # the slug of a tag that is added to whatever is written there; NetBox 4.6 or later

    def write_token(self, environ: Mapping[str, str]) -> str:
        """The secret of the token that writes. Raises Invalid as ``token`` does."""
        if self.write_token_env is None and self.write_token_file is None:
            return self.token(environ)
        return _WithSecret(token_env=self.write_token_env, token_file=self.write_token_file).token(environ)


class MappingRule(Section):
    """Whose a thing is, by what an outside system writes on it; of an ordered list, the first that matches counts.

    ``match`` is a regular expression of the whole word, whatever its case; ``customer`` the customer's code, where
    ``\\1`` or ``\\g<name>`` is what a group caught.
    """

    source: Literal["netbox-tenant", "proxmox-pool", "proxmox-tag", "name", "backup-store", "antivirus-group"]
    match: str
    customer: str = r"\1"

    @model_validator(mode="after")
    def _can_be_used(self) -> MappingRule:
        self.rule.check()
        return self

    @property
    def rule(self) -> CustomerRule:
        return CustomerRule(self.source, self.match, self.customer)


class Reconcile(Section):
    """When an absence is believed, and how long a source may be silent."""

    missing_runs: int = Field(2, ge=1)
    missing_hours: int = Field(12, ge=0)
    ceiling_percent: int = Field(10, ge=0, le=100)
    stale_hours: int = Field(48, ge=1)
    source_timeout_s: int = Field(900, ge=1)


class Space(Section):
    """How much of a rack's power may be promised."""

    feed_limit_percent: int = Field(80, ge=1, le=100)
    balance_percent: int = Field(60, ge=50, le=100)  # of a rack's energy on one feed, beyond which A and B are uneven
    redundant: bool = True  # A and B carry the same load: one alone must be able to


class Antivirus(Section):
    """Where the console of the antivirus leaves its export, and what its columns are called."""

    console_file: Path | None = None
    stale_days: int = Field(35, ge=1)
    customer_column: str = "group"
    host_column: str = "host"
    kind_column: str = "type"
    server_words: list[str] = ["server", "serveur"]

    @property
    def columns(self) -> Columns:
        """What the console calls its columns."""
        return Columns(self.customer_column, self.host_column, self.kind_column, tuple(self.server_words))


class Support(Section):
    step_minutes: int = Field(15, gt=0)
    minimum_minutes: int = Field(0, ge=0)
    overage: Literal["refuse", "owed"] = "refuse"


class Billing(Section):
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


class Budget(Section):
    """A budget that issues its own series of numbers; ``sections`` of the grid, empty: all that no other one has."""

    code: str = Field("F", pattern=r"^[A-Z0-9]{1,8}$")
    name: str = ""
    sections: list[str] = []
    account: str = Field("7068", pattern=r"^[0-9]{2,12}$")
    pes_code: str = Field("00", pattern=r"^[0-9A-Z][0-9]$")


class Pes(Section):
    """What Hélios knows the collectivity by, for titres in PES V2."""

    post: str | None = Field(None, pattern=r"^(02[AB][0-9]{3,4}|[0-9]{6,7})$")
    collectivity: str | None = Field(None, pattern=r"^(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})$")
    product: str = Field("PS01", pattern=r"^[0-9a-zA-Z]{1,4}$")
    sender: str = Field("dcops", min_length=1, max_length=32)


class Accounting(Section):
    """What the reports need to know besides what was billed."""

    history: Path | None = None  # revenue of the years before dcops, by service
    cooperation: list[str] = []  # codes of the customers whose revenue is that of the cooperation


def _read_secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"secret illisible : {path} ({getattr(error, 'strerror', 'pas un texte')}).") from None
    if not secret:
        raise Invalid(f"secret absent : le fichier {path} est vide.")
    return secret
