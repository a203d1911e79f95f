"""``dcops meters probe``: what a device measures, through which profile, and what each of its registers gave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Invalid
from inventory.french import kwh

if TYPE_CHECKING:
    from metering.drivers import DeviceReport, Given, Point

DRIVERS = ("snmp", "modbus", "prometheus", "simulated")
OF_DRIVER = {"community": "snmp", "version": "snmp", "user": "snmp", "auth": "snmp", "priv": "snmp", "unit": "modbus"}
_WHAT = {"energy": "énergie", "power": "puissance", "label": "libellé"}
_UNIT = {"energy": " Wh", "power": " W", "label": ""}


@click.command()
@click.argument("host", metavar="HOST[:PORT]")
@click.option("--driver", metavar="|".join(DRIVERS), help="How to ask (default: snmp; http… is prometheus).")
@click.option("--community", help="SNMP community (default: public).")
@click.option("--version", metavar="1|2c", help="SNMP version (default: 2c).")
@click.option("--v3", "user", metavar="USER", help="Ask over SNMPv3 as this user.")
@click.option("--auth", metavar="PROTOCOL:VARIABLE", help="SNMPv3: e.g. sha1:PDU_AUTH, the secret's variable.")
@click.option("--priv", metavar="PROTOCOL:VARIABLE", help="SNMPv3: e.g. aes128:PDU_PRIV.")
@click.option("--unit", metavar="0-255", help="Modbus unit (default: 1).")
@click.option("--profile", help="Force this profile instead of finding it.")
@click.option("--explain", is_flag=True, help="Tell what each OID or register gave.")
@json_option
@pass_parts
def probe(
    parts: Parts,
    /,
    host: str,
    driver: str | None,
    profile: str | None,
    explain: bool,
    as_json: bool,
    **asked: str | None,
) -> None:
    """Ask a device what it measures, and say what matched and what was refused. Needs no database."""
    from metering.drivers.address import shown

    kind = driver or ("prometheus" if host.startswith(("http://", "https://")) else "snmp")
    options = {name: word for name, word in asked.items() if word is not None}
    _check(kind, options, profile)
    words = urlencode(options)
    address = f"{host}{'&' if '?' in host else '?'}{words}" if words else host
    report = asyncio.run(parts.driver(kind).read(address, profile))
    emit(report.document(), as_json, _report_text(_place(kind, address, shown(host)), report, explain))


def _check(kind: str, options: dict[str, str], profile: str | None) -> None:
    """Raises Invalid when the driver does not exist or an option is not of it."""
    if kind not in DRIVERS:
        raise Invalid(f"pilote « {kind} » inconnu ; pilotes : {', '.join(DRIVERS)}.")
    for name in options:
        if (owner := OF_DRIVER[name]) != kind:
            word = "v3" if name == "user" else name
            raise Invalid(f"--{word} est du pilote {owner}, pas de {kind} ; l'omettre ou écrire --driver {owner}.")
    if options.get("community") == "":
        raise Invalid("la communauté est vide ; en donner une, ou omettre --community pour « public ».")
    if profile is not None and kind not in ("snmp", "modbus"):
        raise Invalid(f"le pilote {kind} n'a pas de profil ; omettre --profile.")


def _place(kind: str, address: str, shown: str) -> str:
    from metering.drivers import address as snmp_address
    from metering.drivers import modbus_address

    if kind == "snmp":
        return snmp_address.parse(address).place
    return modbus_address.parse(address).place if kind == "modbus" else shown


def _report_text(place: str, report: DeviceReport, explain: bool) -> str:
    lines = [
        f"Appareil     : {place}",
        f"Profil       : {report.profile or 'aucun'} ({report.explanation})",
        f"Constructeur : {report.vendor or 'inconnu'}",
        f"Modèle       : {report.model or 'inconnu'}",
        f"N° de série  : {report.serial or 'inconnu'}",
    ]
    if report.candidates:
        lines += ["", "Profils essayés sans rien trouver :"]
        lines += [f"  - {each.profile} ({each.explanation}) : {each.refused}" for each in report.candidates]
    if report.points:
        lines += ["", f"{'Point':<14} {'Énergie (kWh)':>16} {'Puissance (W)':>14}  Libellé"]
        lines += [_point_text(point) for point in report.points]
    if explain and report.answers:
        lines += ["", "Ce que chaque registre a répondu :", *(_given_text(one) for one in report.answers)]
    if report.faults:
        lines += ["", "Refusé ou manquant :", *(f"  - {fault}" for fault in report.faults)]
    return "\n".join(lines)


def _given_text(given: Given) -> str:
    raw = "sans réponse" if given.raw is None else given.raw
    made = f"→ {given.value}{_UNIT[given.what]}" if given.refused is None else f"→ {given.refused}"
    scale = f" {given.scale}" if given.scale else ""
    return f"  {given.point:<12} {_WHAT[given.what]:<10} {given.oid} = {raw}{scale} {made}"


def _point_text(point: Point) -> str:
    energy = "-" if point.energy_wh is None else kwh(point.energy_wh)
    power = "-" if point.power_w is None else str(point.power_w)
    return f"{point.name:<14} {energy:>16} {power:>14}  {point.label}".rstrip()
