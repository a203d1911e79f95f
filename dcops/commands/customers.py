"""``dcops customers``: import a file of customers or of communes, list them, show one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, emit, json_option, pass_parts
from dcops.commands.imports import group_of, import_options, run_import
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.customers import in_words, is_member, missing_identity
from inventory.orm import Transaction

if TYPE_CHECKING:
    from inventory.models import Customer

IDENTITY = (
    "code", "name", "kind", "siren", "siret", "insee", "address", "postcode", "city", "paying_service",
    "order_number_required", "order_number",
)  # fmt: skip
BASES = {"municipal": "municipale", "total": "totale"}
LABELS = {
    "siren": "SIREN",
    "siret": "SIRET",
    "insee": "code INSEE",
    "address": "adresse",
    "postcode": "code postal",
    "city": "ville",
    "paying_service": "service exécutant",
    "order_number": "numéro d'engagement",
}


def listed(tx: Transaction) -> list[dict[str, Any]]:
    """Every customer, as ``list`` shows it."""
    from inventory import store

    return [document(found) for found in store.customers(tx)]


def document(customer: Customer) -> dict[str, Any]:
    """A customer as JSON: its identity, what of it invoices lack, its populations and memberships."""
    counted = [{"year": one.year, "base": one.base, "inhabitants": one.inhabitants} for one in customer.populations]
    return {
        **{column: getattr(customer, column) for column in IDENTITY},
        "missing": missing_identity(customer),
        "populations": counted,
        "memberships": [
            {"from": one.start.isoformat(), "to": one.end.isoformat() if one.end else None}
            for one in customer.memberships
        ],
    }


customers = group_of("customers", "Customers.", "inventory.imports:import_customers", listed)


@customers.command()
@click.argument("code")
@json_option
@pass_parts
def show(parts: Parts, code: str, as_json: bool) -> None:
    """Show one customer: identity, populations, memberships, and what invoices lack of it."""
    from inventory import store

    today = civil_date(parts.clock.now())
    with parts.database.transaction() as tx:
        customer = store.customer(tx, code)
        found = {**document(customer), "on": today.isoformat(), "member": is_member(customer.memberships, today)}
    emit(found, as_json, "" if as_json else _human(customer, found))


def _human(customer: Customer, found: dict[str, Any]) -> str:
    member = "adhérent" if found["member"] else "non adhérent"
    lines = [f"{customer.name} ({customer.code}, {customer.kind}), {member}."]
    lines += [f"  {label} : {found[name]}" for name, label in LABELS.items() if found[name]]
    if customer.order_number_required:
        lines.append("  numéro d'engagement exigé")
    for one in customer.populations:
        lines.append(f"  population {BASES[one.base]} {one.year or 'sans année'} : {one.inhabitants}")
    lines += [f"  adhésion {in_words(held)}" for held in customer.memberships]
    missing = ", ".join(found["missing"])
    return "\n".join([*lines, f"  identité incomplète : il manque {missing}."] if missing else lines)


@customers.command("import-communes")
@import_options
@click.option("--population-year", type=click.IntRange(1900, 2100), help="Year from whose 1 January they are in force.")
@click.option("--base", type=click.Choice(["municipal", "total"]), help="Which population (default: municipal).")
@click.option("--population-column", help="The column to read (default: that of the base).")
@click.option("--member-from", type=DATE, help="First day of membership of those that have none.")
@pass_parts
def import_communes(
    parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool, population_year: int | None,
    base: str | None, population_column: str | None, member_from: date | None,
) -> None:  # fmt: skip
    """Make customers of the communes of a public FILE and of their EPCI; those already known are completed."""
    from inventory.commune_imports import Terms, import_communes, population_column_of

    column = population_column_of(base, population_column)
    terms = Terms(column, population_year, member_from)
    run_import(parts, import_communes, file, dry_run, skip_bad, as_json, terms=terms)
