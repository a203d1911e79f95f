"""Where a device answers and with which words: ``host[:port][?community=C&version=1]``; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from inventory.errors import Invalid

PORT = 161
COMMUNITY = "public"
VERSION = "2c"
VERSIONS = ("1", "2c")

_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?))(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """One agent. ``host`` has no brackets; ``str()`` gives the text that parses back to the same address."""

    host: str
    port: int = PORT
    community: str = COMMUNITY
    version: str = VERSION

    @property
    def place(self) -> str:
        """Host and port, without the community: what may be shown and logged."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        options = {}
        if self.community != COMMUNITY:
            options["community"] = self.community
        if self.version != VERSION:
            options["version"] = self.version
        return f"{self.place}?{urlencode(options)}" if options else self.place


def parse(text: str) -> Address:
    """The address a text means. Raises Invalid with the text and what is expected."""
    authority, _, query = text.strip().partition("?")
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        _refuse(text, _why(authority))
    port = int(found["port"] or PORT)
    if not 0 < port < 65536:
        _refuse(text, f"le port {port} n'existe pas")
    options = _options(text, query)
    return Address(_host(text, found), port, options.get("community", COMMUNITY), options.get("version", VERSION))


def _host(text: str, found: re.Match[str]) -> str:
    if found["v6"] is None:
        return found["host"]
    try:
        return str(IPv6Address(found["v6"]))
    except AddressValueError:
        _refuse(text, f"« {found['v6']} » n'est pas une adresse IPv6")


def _options(text: str, query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        _refuse(text, f"« {query} » n'est pas une suite clé=valeur")
    options = dict(pairs)
    unknown = sorted(options.keys() - {"community", "version"})
    if unknown:
        _refuse(text, f"option inconnue « {unknown[0]} » (community ou version)")
    if options.get("community") == "":
        _refuse(text, "la communauté est vide")
    if options.get("version", VERSION) not in VERSIONS:
        _refuse(text, f"version SNMP « {options['version']} » inconnue ({' ou '.join(VERSIONS)})")
    return options


def _why(authority: str) -> str:
    if not authority:
        return "l'hôte manque"
    if authority.count(":") > 1 and "[" not in authority:
        return "une adresse IPv6 s'écrit entre crochets, par exemple [2001:db8::1]:161"
    return "hôte ou port illisible"


def _refuse(text: str, why: str) -> NoReturn:
    raise Invalid(f"adresse de compteur « {text} » invalide : {why} ; attendu hôte[:port][?community=C].")


def shown(text: str) -> str:
    """An address as it may be displayed: without what follows ``?``, where the community is."""
    return text.partition("?")[0]
