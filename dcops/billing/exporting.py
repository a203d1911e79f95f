"""Documents as files in a folder: a file is there whole or not at all, and the same documents give the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from dcops.billing import store
from dcops.billing.document import Document
from dcops.billing.documents import document_of
from dcops.billing.exports.pes_titres import Slips
from dcops.billing.models import BillingRun, Invoice
from dcops.config import Settings
from inventory.errors import Invalid, NotFound, Unavailable
from inventory.orm import Transaction

FORMATS = ("facturx", "html", "titres-csv", "pes")
Files = Iterator[tuple[str, bytes]]


@dataclass(frozen=True)
class Batch:
    """What is exported together: the documents of a run, or one document, in the order of their numbers.

    ``slips``: by budget, the bordereaux they are on; ``credited``: the invoices that their credit notes are for;
    ``part_of``: the run that one document is of.
    """

    name: str
    documents: tuple[Document, ...]
    slips: Mapping[str, Slips]
    credited: tuple[Document, ...] = ()
    part_of: str | None = None

    def of_budgets(self) -> Iterator[tuple[str, tuple[Document, ...]]]:
        """The documents of each budget."""
        for budget, group in groupby(sorted(self.documents, key=_order), key=lambda document: document.budget):
            yield budget, tuple(group)


@dataclass
class Exported:
    """The files that were written, and the documents that none of them holds, with why, in French."""

    files: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def _order(document: Document) -> tuple[str, int]:
    return document.budget, document.sequence or 0


def batch(tx: Transaction, name: str, settings: Settings) -> Batch:
    """The documents of an issued run (``2024-1``) or of one number (``F-2025-00001``).

    Raises NotFound, Invalid when the run is not issued.
    """
    rows = _rows(tx, name)
    documents = tuple(sorted((document_of(row, settings) for row in rows), key=_order))
    credited = [row.credited.number for row in rows if row.credited and row.credited.number]
    slips = {budget: _slips(tx, tuple(group)) for budget, group in groupby(documents, key=lambda each: each.budget)}
    originals = tuple(document_of(store.document(tx, number), settings) for number in sorted(set(credited)))
    run = rows[0].run
    return Batch(name, documents, slips, originals, run.name if run is not None and run.name != name else None)


def _rows(tx: Transaction, name: str) -> Sequence[Invoice]:
    found = store.find_run(tx, name)
    if found is None:
        try:
            return [store.document(tx, name)]
        except NotFound:
            raise NotFound(f"ni campagne ni facture : « {name} » ; voir « dcops billing list ».") from None
    require_issued(found)
    return store.documents_of(tx, found.id)


def require_issued(run: BillingRun) -> None:
    """Raise Invalid, with what to do, for a run whose documents have no number yet."""
    if run.state != "issued":
        raise Invalid(
            f"la campagne {run.name} n'est pas émise : l'émettre d'abord (« dcops billing issue {run.name} »)."
        )


def _slips(tx: Transaction, documents: tuple[Document, ...]) -> Slips:
    """The bordereaux of issued documents of one budget: numbered by kind in the year of issue."""
    first = documents[0]
    if first.issued_on is None:
        raise Invalid("un document sans numéro n'est sur aucun bordereau.")
    known = store.slips(tx, first.budget, first.issued_on.year)
    sequences = {document.kind: document.sequence or 0 for document in documents}
    ranks = {kind: sum(1 for slip in known if slip[1] == kind and slip[0] <= last) for kind, last in sequences.items()}
    return Slips(first.issued_on, ranks.get("invoice", 1), ranks.get("credit_note", 1))


def write(
    found: Batch, form: str, folder: Path, settings: Settings, done: Callable[[Path], None] = lambda path: None
) -> Exported:
    """Write the files of a format in a folder, which is made; ``done`` is told each file as it is there.

    Raises Invalid for another format or when something needed is missing, Unavailable when a file cannot be written:
    the files written before it are whole, and writing again gives the same ones.
    """
    told = Exported()
    for name, content in files_of(found, form, settings, told.left_out):
        path = folder / name
        _write(path, content)
        told.files.append(path)
        done(path)
    return told


def files_of(found: Batch, form: str, settings: Settings, left_out: list[str]) -> Files:
    """(name, bytes) of each file of a format; what no file holds is added to ``left_out``."""
    if form == "facturx":
        return _facturx(found)
    if form == "html":
        return _html(found)
    if form == "titres-csv":
        return _titres_csv(found)
    if form == "pes":
        return _pes(found, settings, left_out)
    raise Invalid(f"format inconnu : « {form} » ; choisir parmi {', '.join(FORMATS)}.")


def _facturx(found: Batch) -> Files:
    from dcops.billing.exports import pdf

    return ((pdf_name(document), pdf.render(document)) for document in found.documents)


def pdf_name(document: Document) -> str:
    """The file that holds an issued document as PDF."""
    return f"{document.number}.pdf"


def _html(found: Batch) -> Files:
    from dcops.billing.exports import html

    return ((f"{document.number}.html", html.render(document)) for document in found.documents)


def _titres_csv(found: Batch) -> Files:
    from dcops.billing.exports import titres_csv

    for budget, documents in found.of_budgets():
        yield f"titres-{found.name}-{budget}.csv", titres_csv.write(documents)


def _pes(found: Batch, settings: Settings, left_out: list[str]) -> Files:
    from dcops.billing.exports import pes

    if found.part_of:
        raise Invalid(f"{found.name} est sur un bordereau de la campagne {found.part_of} : l'exporter tout entière.")
    known = {each.number: each for each in (*found.credited, *found.documents) if each.number}
    for budget, documents in found.of_budgets():
        reasons = pes.left_out(documents, known)
        if len(reasons) == len(documents):
            left_out += reasons  # no titre at all in this budget; the others have theirs
            continue
        named = settings.budget_named(budget)
        flow = pes.write(documents, found.slips[budget], settings.pes, named, found.credited)
        left_out += flow.left_out
        yield f"{flow.name}.xml", flow.content


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(
            f"export impossible dans {path} ({error.strerror}) : libérer de la place ou changer de dossier, puis "
            "recommencer ; les fichiers déjà écrits sont entiers."
        ) from None
