"""Whether a meter can be read as it is told: its driver, its address, its profile, its point."""

from __future__ import annotations

from pathlib import Path

from inventory.errors import Invalid
from metering.drivers import address, modbus_address, prometheus_address, simulated
from metering.drivers.modbus_profile import load as load_modbus
from metering.drivers.profile import load as load_snmp

DRIVERS = ("snmp", "modbus", "prometheus", "csv", "simulated")


def check_address(driver: str, text: str, point: str) -> None:
    """Raises Invalid when the driver cannot ask this address."""
    if driver == "csv":
        return
    if not text:
        raise Invalid(f"le pilote {driver} demande une adresse.")
    if driver == "snmp":
        address.parse(text)
    elif driver == "modbus":
        modbus_address.parse(text)
    elif driver == "simulated":
        simulated.parse(text)
    elif driver == "prometheus" and prometheus_address.parse(text).point != point:
        raise Invalid(f"l'adresse ne donne pas le point « {point} » : y écrire point={point}.")


def modulus_wh(driver: str, profile: str | None, point: str, profiles_dir: Path | None = None) -> int | None:
    """At how many Wh the register of a point returns to 0, where a known profile says so."""
    if profile and driver == "snmp" and (family := load_snmp(profiles_dir).by_name.get(profile)):
        return family.modulus_wh(point)
    if profile and driver == "modbus" and (meter := load_modbus(profiles_dir).by_name.get(profile)):
        return meter.modulus_wh(point)
    return None
