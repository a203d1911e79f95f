"""``dcops billing``: the bills of a year simulated, drafted, reviewed, issued, credited and exported."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts

author_option = click.option("--author", default=getpass.getuser, show_default="login name", help="Who does it.")
run_argument = click.argument("run_name", metavar="RUN")
FORMATS = click.Choice(["facturx", "html", "titres-csv", "pes"])


@click.group()
def billing() -> None:
    """Billing runs, invoices and credit notes."""


@billing.command()
@click.option("--year", type=click.IntRange(1900, 9998), required=True, help="Civil year to bill.")
@click.option("--dry-run", "dry", is_flag=True, help="Compute everything, write nothing.")
@author_option
@json_option
@pass_parts
def run(parts: Parts, year: int, dry: bool, author: str, as_json: bool) -> None:
    """Draft the bills of a year: what is owed and not billed yet, what was billed wrongly.

    Every line says the grid, the order and the readings it came from. Run again, it computes the draft anew; once
    everything is issued it bills nothing.
    """
    if dry:
        _dry_run(parts, year, as_json)
        return
    from dcops.billing import runs

    now = parts.clock.now()
    with parts.database.transaction() as tx:
        drafted = runs.draft(tx, year, parts.settings, author, now)
        shown, human = _shown(parts, tx, drafted) if drafted else _nothing(year)
    emit(shown, as_json, human)


def _dry_run(parts: Parts, year: int, as_json: bool) -> None:
    from dcops.billing.dry_run import dry_run
    from dcops.billing.listing import text

    with parts.database.transaction() as tx:
        found = dry_run(tx, year, parts.settings)
    emit(found.document(), as_json, "" if as_json else text(found))


def _nothing(year: int) -> tuple[dict[str, Any], str]:
    from dcops.billing.run_listing import nothing_document

    return nothing_document(year), f"{year} : rien à facturer ni à corriger, aucune campagne n'est ouverte."


def _shown(parts: Parts, tx: Any, found: Any) -> tuple[dict[str, Any], str]:
    """A run with its documents, as JSON and for a person."""
    from dcops.billing import store
    from dcops.billing.documents import document_of
    from dcops.billing.run_listing import run_document, run_text

    documents = [document_of(row, parts.settings) for row in store.documents_of(tx, found.id)]
    return run_document(found, documents), run_text(found, documents)


@billing.command("list")
@json_option
@pass_parts
def list_runs(parts: Parts, as_json: bool) -> None:
    """List the runs, the latest first."""
    from dcops.billing import store
    from dcops.billing.run_listing import row_text, run_row

    with parts.database.transaction() as tx:
        rows = [run_row(found, store.documents_of(tx, found.id)) for found in store.runs(tx)]
    emit(rows, as_json, "\n".join(map(row_text, rows)) or "aucune campagne : « dcops billing run --year 2024 ».")


@billing.command()
@click.argument("name", metavar="RUN|NUMBER")
@json_option
@pass_parts
def show(parts: Parts, name: str, as_json: bool) -> None:
    """Show a run with its documents, or one document by its number."""
    from dcops.billing import store
    from dcops.billing.documents import document_of
    from dcops.billing.run_listing import lines_text

    with parts.database.transaction() as tx:
        found = store.find_run(tx, name)
        if found is not None:
            shown, human = _shown(parts, tx, found)
        else:
            document = document_of(store.document(tx, name), parts.settings)
            shown, human = document.document(), lines_text(document)
    emit(shown, as_json, human)


@billing.command()
@click.argument("number")
@click.argument("position", type=click.IntRange(1, 10**6))
@json_option
@pass_parts
def why(parts: Parts, number: str, position: int, as_json: bool) -> None:
    """Say why a line of an invoice has its amount: grid line and vote, contract, readings."""
    from dcops.billing import why as reasons
    from dcops.billing.why_listing import text

    with parts.database.transaction() as tx:
        found = reasons.why(tx, number, position)
    emit(found.as_json(), as_json, text(found))


@billing.command()
@run_argument
@author_option
@json_option
@pass_parts
def review(parts: Parts, run_name: str, author: str, as_json: bool) -> None:
    """Compare a run with the year before and mark it reviewed: it is computed no more until it is reopened."""
    from dcops.billing import reviewing, runs, store
    from dcops.billing.run_listing import review_text

    with parts.database.transaction() as tx:
        now = parts.clock.now()
        reviewed = runs.review(tx, run_name, author, now)
        found = reviewing.review_of(tx, reviewed, store.documents_of(tx, reviewed.id), parts.settings, now)
    emit({"run": run_name, **found.document()}, as_json, review_text(run_name, found))


@billing.command()
@run_argument
@json_option
@pass_parts
def reopen(parts: Parts, run_name: str, as_json: bool) -> None:
    """Take a review back, so that the run can be computed anew."""
    from dcops.billing import runs

    with parts.database.transaction() as tx:
        runs.reopen(tx, run_name)
    emit({"run": run_name, "state": "draft"}, as_json, f"campagne {run_name} rouverte.")


@billing.command()
@run_argument
@json_option
@pass_parts
def discard(parts: Parts, run_name: str, as_json: bool) -> None:
    """Remove a run that is not issued."""
    from dcops.billing import runs

    with parts.database.transaction() as tx:
        runs.discard(tx, run_name)
    emit({"run": run_name, "state": None}, as_json, f"campagne {run_name} abandonnée, rien n'en reste.")


@billing.command()
@run_argument
@author_option
@json_option
@pass_parts
def issue(parts: Parts, run_name: str, author: str, as_json: bool) -> None:
    """Number every document of a run: from then on they never change."""
    from dcops.billing import runs

    with parts.database.transaction() as tx:
        issued = runs.issue(tx, run_name, parts.settings, author, parts.clock.now())
        shown, human = _shown(parts, tx, issued)
    emit(shown, as_json, human)


@billing.command()
@click.argument("invoice")
@click.option("--reason", required=True, help="Why; it is written on the credit note.")
@click.option("--line", "lines", type=click.IntRange(1, 10**6), multiple=True, help="Only this line (repeatable).")
@click.option("--rebill", is_flag=True, help="The next run may bill these days again.")
@author_option
@json_option
@pass_parts
def credit(
    parts: Parts, invoice: str, reason: str, lines: tuple[int, ...], rebill: bool, author: str, as_json: bool
) -> None:
    """Issue the credit note of an INVOICE, or of some of its lines."""
    from dcops.billing import credit as credits
    from dcops.billing.documents import document_of
    from dcops.billing.run_listing import lines_text

    now: datetime = parts.clock.now()
    with parts.database.transaction() as tx:
        note = credits.credit(tx, invoice, reason, parts.settings, author, now, lines, rebill=rebill)
        document = document_of(note, parts.settings)
    emit(document.document(), as_json, lines_text(document))


@billing.command()
@click.argument("name", metavar="RUN|NUMBER")
@click.option("--format", "form", type=FORMATS, required=True, help="facturx: PDF/A-3 with its XML inside.")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder.")
@json_option
@pass_parts
def export(parts: Parts, name: str, form: str, folder: Path, as_json: bool) -> None:
    """Write the files of an issued run, or of one document; the same again gives the same bytes."""
    from dcops.billing import exporting
    from inventory.french import counted

    with parts.database.transaction() as tx:
        batch = exporting.batch(tx, name, parts.settings)
    with _progress(len(batch.documents)) as bar:
        told = exporting.write(batch, form, folder, parts.settings, lambda path: bar.update(1))
    human = [f"{counted(len(told.files), 'fichier écrit', 'fichiers écrits')} dans {folder}.", *told.left_out]
    document = {"run": name, "format": form, "files": [str(path) for path in told.files], "left_out": told.left_out}
    emit(document, as_json, "\n".join(human))


def _progress(length: int) -> Any:
    """A bar on the standard error, silent where that is no terminal."""
    return click.progressbar(length=length, label="Export", file=sys.stderr, hidden=not sys.stderr.isatty())
