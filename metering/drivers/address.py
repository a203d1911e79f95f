"""Where a device answers and with which words: ``host[:port][?community=C&version=1]``, ``?user=U&auth=P:V``; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from inventory.errors import Invalid
from metering.drivers.authority import host_and_port, place

PORT = 161
COMMUNITY = "public"
VERSION = "2c"
V3 = "3"
VERSIONS = ("1", "2c", V3)
AUTH = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
PRIV = ("des", "aes128", "aes192", "aes256")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by reference: its protocol, and the environment variable that holds it."""

    protocol: str
    variable: str

    def __str__(self) -> str:
        return f"{self.protocol}:{self.variable}"


@dataclass(frozen=True, slots=True)
class Address:
    """One agent. ``host`` has no brackets; ``str()`` gives the text that parses back to the same address.

    ``user``, ``auth`` and ``priv`` are of version 3, ``community`` of the others.
    """

    host: str
    port: int = PORT
    community: str = COMMUNITY
    version: str = VERSION
    user: str = ""
    auth: Secret | None = None
    priv: Secret | None = None

    @property
    def place(self) -> str:
        """Host and port, without the community: what may be shown and logged."""
        return place(self.host, self.port)

    def __str__(self) -> str:
        usual = {"community": COMMUNITY, "version": VERSION, "user": "", "auth": None, "priv": None}
        options = {name: str(getattr(self, name)) for name, value in usual.items() if getattr(self, name) != value}
        return f"{self.place}?{urlencode(options, safe=':')}" if options else self.place


def parse(text: str) -> Address:
    """The address a text means. Raises Invalid with the text and what is expected."""
    authority, _, query = text.strip().partition("?")
    try:
        host, port = host_and_port(authority, PORT)
    except ValueError as error:
        _refuse(text, str(error))
    return replace(_asked(text, _options(text, query)), host=host, port=port)


def _asked(text: str, options: dict[str, str]) -> Address:
    """An address without its place: how the device is asked."""
    user = options.get("user", "")
    version = options.get("version", V3 if user else VERSION)
    if version not in VERSIONS:
        _refuse(text, f"version SNMP « {version} » inconnue ({', '.join(VERSIONS)})")
    if (version == V3) != bool(user):
        _refuse(text, "la version 3 demande user=NOM, et elle seule")
    if version == V3 and "community" in options:
        _refuse(text, "la version 3 n'a pas de communauté")
    auth, priv = (_secret(text, options, name, known) for name, known in (("auth", AUTH), ("priv", PRIV)))
    if (auth or priv) and version != V3:
        _refuse(text, "auth et priv sont de la version 3")
    if priv and not auth:
        _refuse(text, "priv demande auth")
    return Address("", PORT, options.get("community", COMMUNITY), version, user, auth, priv)


def _secret(text: str, options: dict[str, str], name: str, known: tuple[str, ...]) -> Secret | None:
    if name not in options:
        return None
    protocol, _, variable = options[name].partition(":")
    if protocol not in known or not _VARIABLE.fullmatch(variable):
        _refuse(text, f"{name} s'écrit PROTOCOLE:VARIABLE, avec un protocole parmi {', '.join(known)}")
    return Secret(protocol, variable)


def _options(text: str, query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        _refuse(text, "ce qui suit « ? » n'est pas une suite clé=valeur")
    options = dict(pairs)
    unknown = sorted(options.keys() - {"community", "version", "user", "auth", "priv"})
    if unknown:
        _refuse(text, f"option inconnue « {unknown[0]} » (community, version, user, auth ou priv)")
    if options.get("community") == "":
        _refuse(text, "la communauté est vide")
    return options


def _refuse(text: str, why: str) -> NoReturn:
    raise Invalid(f"adresse de compteur « {shown(text)} » invalide : {why} ; attendu hôte[:port][?community=C].")


def shown(text: str) -> str:
    """An address as it may be displayed: without what follows ``?``, where the community is."""
    return text.partition("?")[0]
