"""``dcops meters``: ask a device, run a round of polling, import meters and readings, tell exchanges, list them."""

from __future__ import annotations

import getpass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import INSTANT, emit, json_option, pass_parts
from dcops.commands.allocation import allocation
from dcops.commands.archives import archive, archives
from dcops.commands.exceptions import exceptions
from dcops.commands.imports import import_options, run_import
from dcops.commands.polling import devices, poll, runs
from dcops.commands.probe import probe
from dcops.wiring import Parts
from inventory.french import counted, instant, kwh

if TYPE_CHECKING:
    from metering.models import Meter, MeterPlace

LARGEST_WH = 2**63


@click.group()
def meters() -> None:
    """Meters, probes, readings and exchanges."""


for command in (allocation, archive, archives, probe, poll, devices, runs):
    meters.add_command(command)
meters.add_command(exceptions)


@meters.command()
@import_options
@pass_parts
def readings(parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Import the readings of FILE (meter, at, wh or kwh)."""
    from metering.meters.reading_imports import import_readings

    now, validation = parts.clock.now(), parts.settings.metering.vee.validation
    run_import(parts, import_readings, file, dry_run, skip_bad, as_json, now=now, validation=validation)


def register_wh(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """A register value in kWh, as its display shows it, in Wh."""
    try:
        exact = Decimal(value) * 1000
    except InvalidOperation:
        raise click.BadParameter(f"{value!r} is not a number of kWh such as 57322.3") from None
    if not exact.is_finite() or not 0 <= exact < LARGEST_WH or exact != exact.to_integral_value():
        raise click.BadParameter(f"{value!r} is not a register: 0 kWh or more, three decimals at most")
    return int(exact)


@meters.command()
@click.argument("meter")
@click.option("--at", type=INSTANT, required=True, help="When the device was replaced or reset, with its offset.")
@click.option("--closing", metavar="KWH", callback=register_wh, required=True, help="The old register's last value.")
@click.option("--opening", metavar="KWH", callback=register_wh, required=True, help="The new register's first value.")
@click.option("--reason", required=True, help="Why, for who reads the bill one day.")
@click.option("--author", default=getpass.getuser, show_default="login name", help="Who saw both values.")
@json_option
@pass_parts
def exchange(
    parts: Parts, meter: str, at: datetime, closing: int, opening: int, reason: str, author: str, as_json: bool
) -> None:
    """Tell that the device of METER was replaced or reset: no kWh is lost around it."""
    from metering.exceptions.checking import validate
    from metering.meters.exchange import record_exchange

    now, validation = parts.clock.now(), parts.settings.metering.vee.validation
    told: dict[str, Any] = {"closing_wh": closing, "opening_wh": opening, "author": author, "reason": reason}
    with parts.database.transaction() as tx:
        kept = record_exchange(tx, meter, at, **told, now=now, validation=validation)
        written = validate(tx, now, [kept.meter_id], validation).intervals
        document = {"meter": meter, "at": kept.at.isoformat(), **told, "intervals": written}
    human = (
        f"compteur {meter} : changement du {instant(kept.at)} enregistré, index "
        f"{kwh(closing)} puis {kwh(opening)} kWh ; {counted(written, 'intervalle écrit', 'intervalles écrits')}."
    )
    emit(document, as_json, human)


@meters.command("import")
@import_options
@pass_parts
def import_(parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Import the meters of FILE."""
    from metering.meters.meter_imports import import_meters

    now, profiles_dir = parts.clock.now(), parts.settings.metering.profiles_dir
    run_import(parts, import_meters, file, dry_run, skip_bad, as_json, now=now, profiles_dir=profiles_dir)


@meters.command("list")
@json_option
@pass_parts
def list_(parts: Parts, as_json: bool) -> None:
    """Every meter: where it counts and how it is read."""
    from metering.store import meters as all_meters

    with parts.database.transaction() as tx:
        rows = [_meter_document(meter) for meter in all_meters(tx)]
    lines = [
        f"{row['name']:<24} {row['rack'] or '-':<12} {row['feed'] or '-':<4} {row['scope']:<7} {row['driver']:<10} "
        f"{row['point']}"
        for row in rows
    ]
    emit(
        rows,
        as_json,
        "\n".join(lines) or "aucun compteur ; importer un fichier avec « dcops meters import FICHIER.csv ».",
    )


def _meter_document(meter: Meter) -> dict[str, Any]:
    from metering.drivers.address import shown

    places = [_place_document(place) for place in meter.places]
    return {
        "name": meter.name,
        "rack": places[-1]["rack"],
        "feed": places[-1]["feed"],
        "driver": meter.driver,
        "address": shown(meter.address),
        "profile": meter.profile,
        "point": meter.point,
        "scope": places[-1]["scope"],
        "max_w": meter.max_w,
        "serial": meter.serial,
        "from": meter.start.isoformat(),
        "to": meter.end.isoformat() if meter.end else None,
        "places": places,
    }


def _place_document(place: MeterPlace) -> dict[str, Any]:
    return {
        "scope": place.scope,
        "rack": place.rack.name if place.rack else None,
        "feed": place.feed,
        "share": place.share_id,
        "from": place.start.isoformat(),
        "to": place.end.isoformat() if place.end else None,
    }
