"""Where a register is in a Prometheus-compatible database: ``http(s)://host[/prefix]?energy=SELECTOR&…``; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from inventory.errors import Invalid

OPTIONS = (
    "energy", "power", "scale", "power_scale", "point", "lookback", "tenant", "token_env", "user", "password_env", "ca",
)  # fmt: skip
USUAL_POINT = "inlet:1"
USUAL_LOOKBACK = "5m"

_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_MATCHER = rf"\s*(?:{_TEXT}|[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*{_TEXT})\s*"
_SELECTOR = re.compile(
    rf"(?=[A-Za-z_:{{])(?:[A-Za-z_:][\w:]*)?\s*(?:\{{(?:{_MATCHER}(?:,{_MATCHER})*,?\s*)?\}})?", re.ASCII
)
_SCALE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12}|/[1-9][0-9]{0,11})?", re.ASCII)
_LOOKBACK = re.compile(r"([1-9][0-9]{0,4})([smhd])", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_POINT = re.compile(r"(inlet|phase|branch|outlet|total):(\S+)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Access:
    """A database and who asks it. Secrets are names of environment variables; ``tenant`` is Mimir's X-Scope-OrgID."""

    base_url: str
    tenant: str | None = None
    token_env: str | None = None
    user: str | None = None
    password_env: str | None = None
    ca: str | None = None

    def headers(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The headers that every request carries, but a user's. Raises Invalid naming a variable that is not set."""
        found = {"X-Scope-OrgID": self.tenant} if self.tenant else {}
        if self.token_env:
            found["Authorization"] = f"Bearer {self._secret(self.token_env, environ)}"
        return found

    def user_and_password(self, environ: Mapping[str, str]) -> tuple[str, str] | None:
        """What HTTP basic authentication sends. Raises Invalid naming a variable that is not set."""
        if not self.user:
            return None
        return self.user, self._secret(self.password_env, environ) if self.password_env else ""

    def _secret(self, variable: str, environ: Mapping[str, str]) -> str:
        if not environ.get(variable):
            raise Invalid(f"{self.base_url} : la variable d'environnement {variable} n'est pas définie ou est vide.")
        return environ[variable]


@dataclass(frozen=True, slots=True)
class Address:
    """One register of a database: which series hold its energy and power, and Wh and W for one of their units."""

    access: Access
    energy: str
    power: str | None = None
    scale: Fraction = Fraction(1)
    power_scale: Fraction = Fraction(1)
    point: str = USUAL_POINT
    lookback: timedelta = timedelta(minutes=5)


def parse(text: str) -> Address:
    """The register that a text means. Raises Invalid with what is wrong and what is expected."""
    head, _, query = text.strip().partition("?")
    base = _base(head)
    options = _options(head, query)
    if "energy" not in options:
        _refuse(head, "energy= manque : le sélecteur de la série qui porte l'index")
    for name in ("energy", "power"):
        if name in options and not _SELECTOR.fullmatch(options[name].strip()):
            _refuse(head, f"{name} « {options[name]} » n'est pas un sélecteur de série brute, sans fonction ni durée")
    power = options.get("power")
    return Address(
        _access(head, base, options),
        options["energy"].strip(),
        power.strip() if power else None,
        _scale(head, options, "scale"),
        _scale(head, options, "power_scale"),
        _point(head, options.get("point", USUAL_POINT)),
        _lookback(head, options.get("lookback", USUAL_LOOKBACK)),
    )


def _base(head: str) -> str:
    try:
        parts = urlsplit(head)
        port = parts.port
    except ValueError:
        _refuse(head, "adresse illisible")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or "#" in head:
        _refuse(_bare(parts), "une adresse http:// ou https:// est attendue")
    if "@" in parts.netloc:
        _refuse(_bare(parts), "aucun secret dans l'adresse : écrire user=NOM et password_env=VARIABLE")
    return head.rstrip("/").removesuffix("/api/v1")


def _bare(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _options(head: str, query: str) -> dict[str, str]:
    # Not parse_qsl, for which the « + » of a regular expression is a space.
    found: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, equals, value = pair.partition("=")
        if name not in OPTIONS or not equals or not value:
            _refuse(head, f"option « {name} » inconnue ou vide ({', '.join(OPTIONS)})")
        if name in found:
            _refuse(head, f"option « {name} » donnée deux fois")
        found[name] = unquote(value)
    return found


def _access(head: str, base: str, options: dict[str, str]) -> Access:
    for name in ("token_env", "password_env"):
        if name in options and not _VARIABLE.fullmatch(options[name]):
            _refuse(head, f"{name} est le nom d'une variable d'environnement, jamais le secret")
    if "password_env" in options and "user" not in options:
        _refuse(head, "password_env demande user=NOM")
    if "token_env" in options and "user" in options:
        _refuse(head, "un jeton ou un utilisateur, pas les deux")
    if re.search(r"[\r\n]", options.get("tenant", "")):
        _refuse(head, "tenant tient sur une ligne")
    names = ("tenant", "token_env", "user", "password_env", "ca")
    return Access(base, **{name: options.get(name) for name in names})


def _scale(head: str, options: dict[str, str], name: str) -> Fraction:
    text = options.get(name, "1")
    if not _SCALE.fullmatch(text) or Fraction(text) == 0:
        _refuse(head, f"{name} « {text} » n'est pas un nombre tel que 1000, 0.1 ou 1/3600")
    return Fraction(text)


def _point(head: str, text: str) -> str:
    if not _POINT.fullmatch(text):
        _refuse(head, f"point « {text} » : écrire genre:numéro, par exemple outlet:3")
    return text


def _lookback(head: str, text: str) -> timedelta:
    found = _LOOKBACK.fullmatch(text)
    if found is None:
        _refuse(head, f"lookback « {text} » n'est pas une durée telle que 90s, 5m ou 2h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _refuse(head: str, why: str) -> NoReturn:
    raise Invalid(
        f"adresse de compteur « {head} » invalide : {why} ; attendu http(s)://hôte[:port][/préfixe]?energy=SÉLECTEUR."
    )
