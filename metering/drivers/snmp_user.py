"""Who asks over SNMPv3: the user of an address with the secrets that it refers to, as the SNMP library takes them."""

from __future__ import annotations

from collections.abc import Mapping

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    DesKey,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    User,
)

from inventory.errors import Invalid
from metering.drivers.address import Address, Secret

SHORTEST = 8  # RFC 3414 makes keys of passwords of at least eight characters
_AUTH = {
    "md5": Md5Key, "sha1": Sha1Key, "sha224": Sha224Key, "sha256": Sha256Key, "sha384": Sha384Key, "sha512": Sha512Key,
}  # fmt: skip
_PRIV = {"des": DesKey, "aes128": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}


def user_of(agent: Address, environ: Mapping[str, str]) -> User | None:
    """The user to ask as; None below version 3. Raises Invalid naming a secret that is not there or too short."""
    if not agent.user:
        return None
    auth = _AUTH[agent.auth.protocol](_password(agent, agent.auth, environ)) if agent.auth else None
    priv = _PRIV[agent.priv.protocol](_password(agent, agent.priv, environ)) if agent.priv else None
    return User(agent.user, auth_key=auth, priv_key=priv)


def _password(agent: Address, secret: Secret, environ: Mapping[str, str]) -> bytes:
    found = environ.get(secret.variable, "").encode()
    if len(found) < SHORTEST:
        why = "n'est pas définie" if not found else f"a moins de {SHORTEST} caractères"
        raise Invalid(
            f"{agent.place} : la variable d'environnement {secret.variable} {why} (utilisateur {agent.user})."
        )
    return found
