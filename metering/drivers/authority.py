"""The ``host[:port]`` that addresses of devices begin with; pure."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?))(?::(?P<port>[0-9]{1,5}))?"
)


def host_and_port(text: str, usual_port: int) -> tuple[str, int]:
    """The host, without brackets, and the port. Raises ValueError with a French reason."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise ValueError(_why(text))
    port = int(found["port"] or usual_port)
    if not 0 < port < 65536:
        raise ValueError(f"le port {port} n'existe pas")
    return found["host"] or _v6(found["v6"]), port


def place(host: str, port: int) -> str:
    """Host and port as they are written."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _v6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except AddressValueError:
        raise ValueError(f"« {text} » n'est pas une adresse IPv6") from None


def _why(text: str) -> str:
    if not text:
        return "l'hôte manque"
    if text.count(":") > 1 and "[" not in text:
        return "une adresse IPv6 s'écrit entre crochets, par exemple [2001:db8::1]:161"
    return "hôte ou port illisible"
