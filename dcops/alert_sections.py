"""What ``[alerts]`` holds: when something is an alert, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dcops.sections import Section, secret_of

EMAIL = "email"
"""The name of the channel of ``[alerts.email]``."""
Severity = Literal["warning", "critical"]
Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Email(Section):
    """One message to a list of people, through an SMTP server."""

    host: str
    port: int | None = Field(None, ge=1, le=65535)  # None: that of its security
    security: Literal["starttls", "tls", "none"] = "starttls"
    verify_tls: bool | Path = True
    user: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    sender: Address
    to: list[Address] = Field(min_length=1)
    minimum_severity: Severity = "warning"
    timeout_s: float = Field(10, gt=0)

    @property
    def name(self) -> str:
        return EMAIL

    @property
    def listens_on(self) -> int:
        """The port of the server: the one told, else the usual one."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]

    def password(self, environ: Mapping[str, str]) -> str:
        """Raises Invalid when its reference leads nowhere."""
        return secret_of(environ, "password", self.password_env, self.password_file)


class Webhook(Section):
    """An address to which alerts are posted as JSON, signed where there is a secret."""

    name: str = Field(pattern=r"^[\w.-]{1,100}$")
    url: str = Field(pattern=r"^https?://\S+$")
    verify_tls: bool | Path = True
    secret_env: str | None = None
    secret_file: Path | None = None
    minimum_severity: Severity = "warning"
    timeout_s: float = Field(10, gt=0)

    @property
    def signs(self) -> bool:
        return bool(self.secret_env or self.secret_file)

    def secret(self, environ: Mapping[str, str]) -> str:
        """Raises Invalid when its reference leads nowhere."""
        return secret_of(environ, "secret", self.secret_env, self.secret_file)


class Alerts(Section):
    """When something is an alert, for how long it must last, and who is told."""

    off: list[str] = Field(default_factory=list)  # kinds that nobody wants
    hold_minutes: int = Field(10, ge=0)  # how long what varies must last to open an alert, and be over to close it
    hysteresis_points: int = Field(2, ge=0, le=50)  # of percent below the limit that opened an alert, to close it
    silent_minutes: int = Field(15, ge=1)  # a feed that does not answer while the other one does
    stale_minutes: int = Field(60, ge=1)
    stale_prometheus_minutes: int = Field(180, ge=1)
    stale_csv_days: int = Field(35, ge=1)  # meters that people read
    frozen_hours: int = Field(6, ge=1)
    estimated_days: int = Field(7, ge=1)
    email: Email | None = None
    webhook: list[Webhook] = Field(default_factory=list)

    @model_validator(mode="after")
    def _channels_have_names_of_their_own(self) -> Alerts:
        names = [one.name for one in self.channels]
        if len(set(names)) != len(names):
            raise ValueError(f"deux canaux portent le même nom (« {EMAIL} » est celui du courriel)")
        return self

    @property
    def channels(self) -> list[Email | Webhook]:
        """Every way to tell people, the e-mail first."""
        return [*([self.email] if self.email else []), *self.webhook]
