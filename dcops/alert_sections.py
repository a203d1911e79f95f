"""What ``[alerts]`` holds: when something is an alert, and who is told of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dcops.sections import Section, secret_of
from inventory.errors import Invalid

EMAIL = "email"
"""The name of the channel of ``[alerts.email]``."""
Severity = Literal["warning", "critical"]
HTTP = r"^https?://\S+$"
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
    """An address to which alerts are posted as JSON, signed where there is a secret.

    The address itself is a secret where it holds a key, as those of chat rooms do: then it is given by reference.
    """

    name: str = Field(pattern=r"^[\w.-]{1,100}$")
    url: str | None = Field(None, pattern=HTTP)
    url_env: str | None = None
    url_file: Path | None = None
    verify_tls: bool | Path = True
    secret_env: str | None = None
    secret_file: Path | None = None
    minimum_severity: Severity = "warning"
    timeout_s: float = Field(10, gt=0)

    @model_validator(mode="after")
    def _has_one_address(self) -> Webhook:
        if sum(given is not None for given in (self.url, self.url_env, self.url_file)) != 1:
            raise ValueError("donner l'adresse par une seule des clés url, url_env et url_file")
        return self

    def address(self, environ: Mapping[str, str]) -> str:
        """Where to post. Raises Invalid when its reference leads nowhere, or to what is no address."""
        if self.url is not None:
            return self.url
        found = secret_of(environ, "url", self.url_env, self.url_file)
        if not re.match(HTTP, found):
            raise Invalid(
                f"webhook « {self.name} » : {self.url_env or self.url_file} ne donne pas une adresse http(s)."
            )
        return found

    @property
    def signs(self) -> bool:
        return bool(self.secret_env or self.secret_file)

    def secret(self, environ: Mapping[str, str]) -> str:
        """Raises Invalid when its reference leads nowhere."""
        return secret_of(environ, "secret", self.secret_env, self.secret_file)


Channel = Email | Webhook
"""A way to tell people."""


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
    email: Email | None = None
    webhook: list[Webhook] = Field(default_factory=list)

    @model_validator(mode="after")
    def _channels_have_names_of_their_own(self) -> Alerts:
        names = [one.name for one in self.channels]
        if len(set(names)) != len(names):
            raise ValueError(f"deux canaux portent le même nom (« {EMAIL} » est celui du courriel)")
        return self

    @property
    def channels(self) -> list[Channel]:
        """Every way to tell people, the e-mail first."""
        return [*([self.email] if self.email else []), *self.webhook]
