"""What leaves dcops once a run is issued: titres for finance software and Hélios, and all the PDFs as one archive."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response as Redirect

from dcops.auth.permissions import Permission as P
from dcops.billing import exporting, store
from dcops.jobs import archives
from dcops.web.access import permits
from dcops.web.context import parts, transaction
from dcops.web.pages.billing_runs import head_of
from inventory.errors import Invalid, NotFound, Unavailable

blueprint = Blueprint("exports", __name__, url_prefix="/campagnes")
TYPES = {"csv": "text/csv; charset=utf-8", "xml": "application/xml"}


@dataclass
class Files:
    """The files of one format; ``refused`` says line by line what keeps them from being made."""

    names: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@blueprint.get("/<name>/exports")
@permits(P.READ_MONEY)
def index(name: str) -> str:
    """Every export of an issued run. Raises Invalid for another one."""
    with transaction() as tx:
        run, head = head_of(tx, name)
    exporting.require_issued(run)
    return render_template("billing/exports.html", archive=archives.archive_of(parts(), run.name), **head)


@blueprint.get("/<name>/exports/<any('titres-csv', pes):form>")
@permits(P.READ_MONEY)
def files(name: str, form: str) -> str:
    """The files of a format and what keeps them from being made, as the part of a page: all are made to know it."""
    with transaction() as tx:
        found = exporting.batch(tx, name, parts().settings)
    return render_template("billing/_files.html", name=name, form=form, found=_files(found, form))


def _files(found: exporting.Batch, form: str) -> Files:
    told = Files()
    try:
        told.names = [name for name, _ in exporting.files_of(found, form, parts().settings, told.left_out)]
    except Invalid as refused:
        told.refused = [line.strip() for line in str(refused).splitlines()]
    return told


@blueprint.get("/<name>/exports/<any('titres-csv', pes):form>/<file>")
@permits(P.READ_MONEY)
def download(name: str, form: str, file: str) -> Response:
    """One file of a format, made now: the same again gives the same bytes."""
    with transaction() as tx:
        found = exporting.batch(tx, name, parts().settings)
    for made, content in exporting.files_of(found, form, parts().settings, []):
        if made == file:
            kind = TYPES[made.rpartition(".")[2]]
            return send_file(io.BytesIO(content), kind, as_attachment=True, download_name=made)
    raise NotFound(f"la campagne {name} n'a pas de fichier « {file} ».")


@blueprint.post("/<name>/archive")
@permits(P.RUN_BILLING)
def ask(name: str) -> Redirect:
    """Have the archive of all the PDFs made; it goes on when one leaves the page."""
    with transaction() as tx:
        exporting.require_issued(store.run(tx, name))
    try:
        archives.ask(parts(), name)
    except Unavailable as refused:
        flash(str(refused), "error")
    return redirect(url_for("billing.exports.index", name=name, _anchor="archive"))


@blueprint.get("/<name>/archive/avancement")
@permits(P.READ_MONEY)
def progress(name: str) -> str:
    """How far the archive is, as the part of a page."""
    with transaction() as tx:
        _, head = head_of(tx, name)
    return render_template("billing/_archive.html", archive=archives.archive_of(parts(), name), **head)


@blueprint.get("/<name>/archive.zip")
@permits(P.READ_MONEY)
def archive(name: str) -> Response:
    """The archive, read from the disk as it is sent."""
    with transaction() as tx:
        run = store.run(tx, name)
    found = archives.archive_of(parts(), run.name)
    if not found.ready:
        raise NotFound(f"l'archive de la campagne {name} n'est pas prête : la demander depuis ses exports.")
    return send_file(found.file.resolve(), "application/zip", as_attachment=True, download_name=found.file.name)
