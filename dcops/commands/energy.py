"""``dcops energy``: the energy of a meter, a rack, a share, a customer or the site over civil days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.clock import PARIS
from inventory.errors import Invalid
from inventory.french import kwh

if TYPE_CHECKING:
    from inventory.orm import Transaction
    from metering.energy.told import Energy
    from metering.period import Period

FIRST, LAST = date(2000, 1, 1), date(2200, 1, 1)
SHOWN = {"hour": "%d/%m/%Y %H:%M %z", "day": "%d/%m/%Y", "month": "%m/%Y", "year": "%Y", None: "%d/%m/%Y %H:%M"}


@click.command()
@click.option("--meter", help="A meter, by name.")
@click.option("--rack", help="A rack, by name: both feeds.")
@click.option("--feed", help="Only that feed of the --rack.")
@click.option("--share", type=int, help="A share of a rack, by id, while it was held.")
@click.option("--site", is_flag=True, help="The whole site, cooling included, by its site meters.")
@click.option("--customer", help="A customer, by code: all its shares while it held them.")
@click.option("--from", "first", type=DATE, required=True, help="First civil day (Europe/Paris).")
@click.option("--to", "end", type=DATE, required=True, help="The civil day after the last one.")
@click.option("--by", type=click.Choice(["hour", "day", "month", "year"]), help="One interval for each of these.")
@click.option("--priced", is_flag=True, help="What it costs a customer, at the prices of those days.")
@json_option
@pass_parts
def energy(parts: Parts, /, first: date, end: date, by: str | None, priced: bool, as_json: bool, **asked: Any) -> None:
    """Energy of one thing, from a civil day to another (not included)."""
    from metering.period import of_days

    feed = asked.pop("feed")
    asked = {kind: name for kind, name in asked.items() if name is not None and name is not False}
    if len(asked) != 1:
        raise click.UsageError("give one of --meter, --rack, --share, --customer and --site.")
    if feed is not None and "rack" not in asked:
        raise click.UsageError("--feed needs a --rack.")
    customer = asked.get("customer")
    if priced and customer is None:
        raise click.UsageError("--priced needs a --customer: a price is that of its buyer.")
    if first >= end:
        raise Invalid(
            f"période vide : --to ({end}) doit être après --from ({first}), c'est le lendemain du dernier jour."
        )
    if not FIRST <= first < end <= LAST:
        raise Invalid(f"période hors de portée : elle se demande entre {FIRST.year} et {LAST.year}.")
    if priced and customer is not None:
        _cost(parts, customer, first, end, by or "month", as_json)
        return
    with parts.database.transaction() as tx:
        found = _find(tx, *asked.popitem(), feed, of_days(first, end))
    document = found.document(by)
    emit(document, as_json, _text(document, by))


def _cost(parts: Parts, customer: str, first: date, end: date, by: str, as_json: bool) -> None:
    """Show what the energy of a customer costs, and the prices behind it."""
    from decimal import Decimal

    from dcops.billing.energy_cost import energy_cost
    from dcops.money import french

    with parts.database.transaction() as tx:
        document = energy_cost(tx, customer, first, end, by).document()
    lines = [f"Énergie : {kwh(document['wh'])} kWh, {french(Decimal(document['euros']))} HT"]
    for price in document["prices"]:
        told = (
            price["why"] if price["unit_price"] is None else f"{price['unit_price']} € / kWh, grille {price['tariff']}"
        )
        lines.append(f"Du {price['from']} au {price['to']} exclu : {told}")
    lines += [
        f"{_when(each['start'], by):<24} {kwh(each['wh']):>16} kWh {french(Decimal(each['euros'])):>16}"
        for each in document["intervals"]
    ]
    emit(document, as_json, "\n".join(lines))


def _find(tx: Transaction, kind: str, name: Any, feed: str | None, period: Period) -> Energy:
    from metering.energy import scopes

    if kind == "site":
        return scopes.energy_of_site(tx, period)
    if kind == "share":
        return scopes.energy_of_share(tx, name, period)
    if feed is not None:
        return scopes.energy_of_feed(tx, name, feed, period)
    of = {
        "meter": scopes.energy_of_meter,
        "rack": scopes.energy_of_rack,
        "customer": scopes.energy_of_customer,
    }
    return of[kind](tx, name, period)


def _text(document: dict[str, Any], by: str | None) -> str:
    from metering.readings import Flag

    flags = ", ".join(f"{Flag(flag).french} {kwh(wh)}" for flag, wh in document["flags"].items()) or "aucune"
    lines = [
        f"Énergie     : {kwh(document['wh'])} kWh",
        f"Qualité     : {flags}",
        f"Couverture  : {document['coverage']}",
        *(f"Remarque    : {note}" for note in document["notes"]),
        "",
    ]
    for item in document["intervals"]:
        start, quality = _when(item["start"], by), Flag(item["flag"]).french
        lines.append(f"{start:<24} {kwh(item['wh']):>16} kWh  {quality:<10} {item['method']}")
    return "\n".join(lines).rstrip()


def _when(instant: str, by: str | None) -> str:
    from datetime import datetime

    return datetime.fromisoformat(instant).astimezone(PARIS).strftime(SHOWN[by])
