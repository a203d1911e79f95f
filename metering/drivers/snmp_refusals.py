"""Why an SNMP device was not read, in a sentence that names it and what to do."""

from __future__ import annotations

from gufo.snmp import SnmpAuthError, SnmpError

from inventory.errors import Unavailable
from metering.drivers.address import Address
from metering.drivers.snmp_session import Unreadable

REFUSED = (SnmpError, OSError, RuntimeError, ValueError, OverflowError)
"""What the library raises."""


def refusal(device: Address, error: Exception, waited_s: float) -> Unavailable:
    """The sentence for an error of the library, after so many seconds."""
    return Unavailable(f"{device.place} {_why(device, error, waited_s)}.")


def _why(device: Address, error: Exception, waited_s: float) -> str:
    if isinstance(error, Unreadable) and error.version is not None:
        return (
            f"répond en version {error.version} de SNMP à une question en version {device.version} ; "
            "corriger version dans l'adresse"
        )
    if isinstance(error, SnmpAuthError) and device.user:
        return f"refuse l'utilisateur SNMPv3 « {device.user} » ; vérifier son nom, ses protocoles et ses secrets"
    if isinstance(error, SnmpAuthError):
        return "refuse la communauté ; vérifier ses droits dans l'appareil"
    if isinstance(error, ConnectionRefusedError) or (isinstance(error, TimeoutError) and error.args):
        return "ne répond pas (port fermé) ; vérifier l'adresse, le port et que SNMP est activé"
    if isinstance(error, TimeoutError):
        return f"ne répond pas ({_seconds(waited_s)}) ; vérifier l'adresse, la version, la communauté et le pare-feu"
    if isinstance(error, OSError):
        return "n'est pas joignable depuis cette machine ; vérifier l'adresse et le réseau"
    return "répond autre chose que du SNMP ; vérifier l'adresse, le port et la version"


def _seconds(waited: float) -> str:
    return f"{waited:.1f} s".replace(".", ",")
