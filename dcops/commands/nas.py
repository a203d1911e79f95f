"""``dcops nas``: backup boxes, the GB that they hold day by day, their plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, author_option, dry_run_option, emit, json_option, pass_parts
from dcops.commands.imports import group_of, import_options, row_of, run_import
from dcops.wiring import Parts

if TYPE_CHECKING:
    from dcops.contracts.nas_plans import PlanEffect
    from inventory.backups import PlanTerm
    from inventory.orm import Transaction


def _rows(tx: Transaction) -> list[dict[str, Any]]:
    from dcops.contracts.holdings import terms_of_box
    from inventory import store

    return [
        {**row_of(unit, "serial model plan_gb"), "plans": [plan_row(term) for term in terms_of_box(unit)]}
        for unit in store.nas_units(tx)
    ]


def plan_row(term: PlanTerm) -> dict[str, Any]:
    """A plan and its days, as JSON values."""
    end = term.end.isoformat() if term.end else None
    return {"plan_gb": term.plan_gb, "from": term.start.isoformat(), "to": end}


nas = group_of("nas", "Backup boxes.", "inventory.imports:import_nas", _rows)


@nas.command("measures")
@import_options
@pass_parts
def import_measures(parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Import the GB that boxes hold, day by day: everything, or nothing when a row is bad."""
    from metering.backups.backup_imports import import_measures

    run_import(parts, import_measures, file, dry_run, skip_bad, as_json, now=parts.clock.now())


@nas.command("plan")
@click.argument("serial")
@click.argument("gb", type=click.IntRange(0))
@click.option("--from", "start", type=DATE, required=True, help="First day of the plan.")
@click.option("--reason", required=True, help="Why.")
@author_option
@dry_run_option
@json_option
@pass_parts
def change_plan(
    parts: Parts, serial: str, gb: int, start: date, reason: str, author: str, dry_run: bool, as_json: bool
) -> None:
    """Give the box SERIAL a plan of GB from a day on; what was billed is corrected by the next run."""
    from dcops.contracts.nas_plans import change_plan, preview_plan

    with parts.database.transaction() as tx:
        if dry_run:
            effect = preview_plan(tx, serial, gb, start)
        else:
            effect = change_plan(tx, serial, gb, start, author, reason, parts.clock.now())
    emit({**_document(effect), "dry_run": dry_run}, as_json, _human(effect, dry_run))


def _document(effect: PlanEffect) -> dict[str, Any]:
    difference = effect.difference
    return {
        "serial": effect.serial,
        "plan_gb": effect.draft.plan_gb,
        "from": effect.draft.start.isoformat(),
        "plans": [plan_row(term) for term in effect.after],
        "difference": None if difference is None else f"{difference:.2f}",
    }


def _human(effect: PlanEffect, dry_run: bool) -> str:
    from dcops.money import french

    head = "Essai : rien n'a été enregistré" if dry_run else "forfait enregistré"
    difference = effect.difference
    cost = "prix inconnu" if difference is None else f"{'+' if difference > 0 else ''}{french(difference)} HT par an"
    plans = ", ".join(f"{term.plan_gb} Go dès le {term.start:%d/%m/%Y}" for term in effect.after)
    return f"{head} : {effect.serial}, {plans} ; {cost}."
